//! `nashra avatar build`.

use crate::sculpt::{Detail, Presenter, build};
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `nashra avatar build`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Who: `woman` or `man`.
    #[arg(long, default_value = "woman", value_parser = presenter)]
    presenter: Presenter,
    /// The GLB to write.
    #[arg(short, long, value_name = "FILE.glb")]
    output: PathBuf,
}

pub(super) fn run(Args { presenter, output }: Args) -> anyhow::Result<ExitCode> {
    let bytes = build(presenter, Detail::FULL);
    replace(&output, &bytes)?;
    eprintln!("{}: {:.1} MB", output.display(), bytes.len() as f64 / 1e6);
    Ok(ExitCode::SUCCESS)
}

fn presenter(name: &str) -> Result<Presenter, String> {
    Presenter::from_name(name).ok_or_else(|| {
        let known = Presenter::ALL.map(Presenter::name).join(", ");
        format!("no presenter is called so; there is: {known}")
    })
}

/// Writes beside the file and renames, so that nobody ever loads half an avatar.
pub(in crate::cli) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    std::fs::write(&partial, bytes).with_context(|| format!("writing {}", Path::new(&partial).display()))?;
    std::fs::rename(&partial, path).with_context(|| format!("writing {}", path.display()))
}
