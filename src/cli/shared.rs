//! What several commands read from their arguments in the same way.

use crate::lexicon::LexiconConfig;
use crate::sculpt::{self, Detail, Presenter};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Switch {
    /// Shown.
    On,
    /// Not shown.
    Off,
}

impl Switch {
    /// Whether it is on.
    pub(super) fn is_on(self) -> bool {
        self == Switch::On
    }
}

/// Width and height in pixels, written `1280x720`.
pub(super) fn size(text: &str) -> Result<(u32, u32), String> {
    let side = |text: &str| text.trim().parse::<u32>().ok().filter(|side| (16..=8192).contains(side));
    let sides = text.split_once(['x', 'X', '×']).and_then(|(width, height)| side(width).zip(side(height)));
    sides.ok_or_else(|| {
        format!("expected WIDTHxHEIGHT in pixels, such as 1280x720, each side 16 to 8192; found {text:?}")
    })
}

/// A signing speed.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse::<f64>().ok().filter(|speed| (0.25..=2.0).contains(speed));
    speed.ok_or_else(|| format!("expected a number from 0.25 to 2, found {text:?}"))
}

/// The avatar's file: the one that was named, one of our own by its name, else our woman.
///
/// Our own are looked for beside the program and in the user's data folder; where they are nowhere,
/// the one that is asked for is sculpted there, once.
pub(super) fn avatar(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let named = named.unwrap_or_else(|| PathBuf::from(Presenter::Woman.name()));
    let ours = named.to_str().and_then(Presenter::from_name).filter(|_| !named.is_file());
    match ours {
        Some(presenter) => our_own(presenter),
        None => Ok(named),
    }
}

/// The file of one of our own avatars.
fn our_own(presenter: Presenter) -> anyhow::Result<PathBuf> {
    let file = PathBuf::from("assets/avatars").join(presenter.name()).with_extension("glb");
    let executable = std::env::current_exe().context("where this program lies")?;
    let beside = executable.parent().map(|folder| folder.join(&file));
    // A program under development is run from anywhere; one that is given away names no folder of ours.
    #[cfg(debug_assertions)]
    let checkout = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file));
    #[cfg(not(debug_assertions))]
    let checkout = None;
    let made = LexiconConfig::from_environment().data_dir.map(|folder| {
        let version = env!("CARGO_PKG_VERSION");
        folder.join("avatars").join(format!("{}-{version}.glb", presenter.name()))
    });
    let candidates = [Some(file), beside, checkout, made.clone()];
    if let Some(found) = candidates.into_iter().flatten().find(|candidate| candidate.is_file()) {
        return Ok(found);
    }
    let Some(made) = made else {
        bail!("there is no folder to keep an avatar in: set NASHRA_DATA_DIR, or name one with --avatar FILE")
    };
    eprintln!("sculpting the avatar {} into {} (once)…", presenter.name(), made.display());
    std::fs::create_dir_all(made.parent().unwrap_or(Path::new(".")))
        .with_context(|| format!("making a folder for {}", made.display()))?;
    super::avatar::replace(&made, &sculpt::build(presenter, Detail::FULL))?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_nonsense_says_what_was_expected() {
        assert_eq!(size("1280x720"), Ok((1280, 720)));
        for wrong in ["", "x", "1280", "0x0", "1280x99999", "axb"] {
            assert!(size(wrong).unwrap_err().contains("1280x720"), "{wrong}");
        }
    }

    #[test]
    fn our_avatars_go_by_name_and_a_file_by_its_path() {
        for presenter in Presenter::ALL {
            let found = avatar(Some(PathBuf::from(presenter.name()))).unwrap();
            assert!(found.ends_with(format!("assets/avatars/{}.glb", presenter.name())), "{found:?}");
        }
        assert!(avatar(None).unwrap().ends_with("assets/avatars/woman.glb"));
        assert_eq!(avatar(Some(PathBuf::from("my.vrm"))).unwrap(), PathBuf::from("my.vrm"));
    }

    #[test]
    fn speeds_out_of_range_are_refused() {
        assert_eq!(speed("0.5"), Ok(0.5));
        assert!(speed("3").is_err() && speed("fast").is_err() && speed("NaN").is_err());
    }
}
