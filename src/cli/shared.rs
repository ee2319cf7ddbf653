//! What several commands read from their arguments in the same way.

use anyhow::{Context, bail};
use std::path::PathBuf;

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

/// The avatar file: the one that was named, else the one that comes with the program.
pub(super) fn avatar(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    const OURS: &str = "assets/avatars/presenter.glb";
    if let Some(path) = named {
        return Ok(path);
    }
    let executable = std::env::current_exe().context("where this program lies")?;
    let beside = executable.parent().map(|folder| folder.join(OURS));
    let candidates =
        [Some(PathBuf::from(OURS)), beside, Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(OURS))];
    let mut looked = Vec::new();
    for candidate in candidates.into_iter().flatten() {
        if candidate.is_file() {
            return Ok(candidate);
        }
        looked.push(candidate.display().to_string());
    }
    bail!("no avatar was found (looked for {}); name one with --avatar FILE", looked.join(", "))
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
    fn speeds_out_of_range_are_refused() {
        assert_eq!(speed("0.5"), Ok(0.5));
        assert!(speed("3").is_err() && speed("fast").is_err() && speed("NaN").is_err());
    }
}
