//! `nashra avatar sheet`: a contact sheet to judge an avatar by.

use crate::app::sheet::{self, Layout, Look, Part, Shot};
use crate::app::{Options, Quality};
use crate::avatar::Model;
use crate::cli::shared;
use crate::lexicon::{Handshapes, Lexicon};
use clap::ValueEnum;
use indicatif::ProgressBar;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Arguments of `nashra avatar sheet`.
///
/// Faces, hands and arms are drawn as a bulletin draws them, only closer. No display is needed.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The avatar: `woman`, `man`, or a .glb or .vrm file [default: woman].
    #[arg(value_name = "FILE", env = "NASHRA_AVATAR")]
    file: Option<PathBuf>,
    /// The picture to write.
    #[arg(short, long, value_name = "FILE.png")]
    output: PathBuf,
    /// The side of a cell, pixels.
    #[arg(long, value_name = "PIXELS", default_value_t = 320, value_parser = clap::value_parser!(u32).range(32..=1024))]
    cell: u32,
    /// Cells in a row.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=40))]
    columns: u32,
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART,…")]
    only: Vec<Part>,
    /// How finely it is drawn; `auto` and `medium` thin the meshes, which is not what a sheet is for.
    #[arg(long, value_enum, default_value_t = Quality::High)]
    quality: Quality,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Args { file, output, cell, columns, mut only, quality } = args;
    let model = Arc::new(Model::load(shared::avatar(file)?)?);
    let look = Look::new(&model)?;
    let (lexicon, handshapes) = (Lexicon::builtin()?, Handshapes::builtin()?);
    if only.is_empty() {
        only = Part::value_variants().to_vec();
    }
    only.sort();
    only.dedup();
    let mut groups: Vec<Vec<Shot>> = Vec::new();
    for part in only {
        let shots = sheet::shots(part, &look, &lexicon, &handshapes)?;
        match groups.last_mut() {
            // Both are faces: one goes on where the other ends.
            Some(faces) if part == Part::Expressions => faces.extend(shots),
            _ => groups.push(shots),
        }
    }
    let bar = ProgressBar::new(groups.iter().map(Vec::len).sum::<usize>() as u64);
    let options = Options { quality, ..Options::new(model) };
    let picture =
        sheet::draw(options, Layout { cell, columns }, &groups, |drawn| bar.set_position(drawn as u64))?;
    bar.finish_and_clear();
    picture.write_png(&output)?;
    eprintln!("{}: {} × {} pixels", output.display(), picture.width, picture.height);
    Ok(ExitCode::SUCCESS)
}
