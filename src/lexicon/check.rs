//! Checking an edited text file: every mistake by file and line, and signs that look alike.

use super::builtin::{builtin_handshapes, parse_letters};
use super::compile::compile;
use super::signs;
use super::{Handshapes, LexiconError};
use crate::body::{Arm, Hand, Motion, Side};
use glam::Vec3;
use std::path::{Path, PathBuf};

/// Motions nearer than this, shoulder widths, are taken for one another.
pub(super) const ALIKE: f32 = 0.10;

/// What a text file holds, and what is wrong with it.
#[derive(Debug, Default)]
pub struct FileCheck {
    /// Signs without a mistake; handshapes or letters of a file of those.
    pub good: usize,
    /// Mistakes, in the order of the file.
    pub mistakes: Vec<LexiconError>,
    /// Pairs of signs whose motions look alike, by key, and how far apart they are, shoulder widths.
    pub alike: Vec<(String, String, f32)>,
}

/// Checks a file of signs; one called `handshapes.toml` or `letters.toml` as what its name says.
///
/// Handshapes are those of the `handshapes.toml` beside the file or in the folder above; where
/// there is none, those that ship.
///
/// # Errors
/// [`LexiconError::Io`] where a file cannot be read; a mistake in the handshapes.
pub fn check_file(file: &Path) -> Result<FileCheck, LexiconError> {
    let text = read(file)?;
    let name = file.display().to_string();
    let whole = match file.file_name().and_then(|name| name.to_str()) {
        Some("handshapes.toml") => Some(Handshapes::parse(&name, &text).map(|shapes| shapes.names().count())),
        Some("letters.toml") => Some(parse_letters(&name, &text).map(|table| table.letters.len())),
        _ => None,
    };
    match whole {
        Some(Ok(good)) => return Ok(FileCheck { good, ..FileCheck::default() }),
        Some(Err(mistake)) => return Ok(FileCheck { mistakes: vec![mistake], ..FileCheck::default() }),
        None => {}
    }
    let shapes = handshapes_for(file)?;
    let mut check = FileCheck::default();
    let mut motions: Vec<(String, Motion)> = Vec::new();
    match signs::parse_each(&name, &text, &shapes) {
        Err(mistake) => check.mistakes.push(mistake),
        Ok(signs) => {
            for sign in signs {
                match sign {
                    Ok(sign) => motions.push((sign.entry.key, compile(&sign.notation))),
                    Err(mistake) => check.mistakes.push(mistake),
                }
            }
        }
    }
    check.good = motions.len();
    check.alike = alike(&motions);
    Ok(check)
}

fn read(file: &Path) -> Result<String, LexiconError> {
    std::fs::read_to_string(file).map_err(|source| LexiconError::Io {
        path: file.to_owned(),
        action: "cannot read",
        source,
    })
}

fn handshapes_for(file: &Path) -> Result<Handshapes, LexiconError> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let candidates = [Some(folder), folder.parent()];
    let near: Option<PathBuf> =
        candidates.into_iter().flatten().map(|at| at.join("handshapes.toml")).find(|path| path.is_file());
    match near {
        Some(path) => Handshapes::parse(&path.display().to_string(), &read(&path)?),
        None => builtin_handshapes(),
    }
}

fn alike(motions: &[(String, Motion)]) -> Vec<(String, String, f32)> {
    let mut found = Vec::new();
    for (i, (key, motion)) in motions.iter().enumerate() {
        for (other_key, other) in &motions[..i] {
            let distance = motion_distance(motion, other);
            if distance < ALIKE {
                found.push((other_key.clone(), key.clone(), distance));
            }
        }
    }
    found
}

/// How far the farthest point of the hands is apart, shoulder widths, averaged over both strokes,
/// each stretched to the same length.
pub(super) fn motion_distance(a: &Motion, b: &Motion) -> f32 {
    const SAMPLES: usize = 8;
    let mut sum = 0.0;
    for sample in 0..SAMPLES {
        let share = sample as f32 / (SAMPLES - 1) as f32;
        let (Some(a), Some(b)) = (a.sample(share * a.duration()), b.sample(share * b.duration())) else {
            return f32::INFINITY;
        };
        let apart = Side::BOTH.map(|side| {
            let (a, b) = (hand_points(side, a.arm(side)), hand_points(side, b.arm(side)));
            a.iter().zip(b).map(|(p, q)| p.distance(q)).fold(0.0, f32::max)
        });
        sum += apart[0].max(apart[1]);
    }
    sum / SAMPLES as f32
}

/// The 21 points of an arm's hand, chest frame.
pub(super) fn hand_points(side: Side, arm: &Arm) -> [Vec3; 21] {
    Hand::REFERENCE.points(side, &arm.shape).map(|point| arm.wrist + arm.palm * point)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN: &str =
        "[[sign]]\nkey = \"KEY\"\ngloss = \"س\"\ncategory = \"time\"\nshape = \"fist\"\nat = \"chest\"\n";

    #[test]
    fn all_mistakes_of_a_file_are_listed_and_signs_that_look_alike() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.toml");
        let good = [SIGN.replace("KEY", "one"), SIGN.replace("KEY", "two")].concat();
        let bad = SIGN.replace("KEY", "three").replace("fist", "fsit");
        std::fs::write(&file, [good, bad.clone(), bad.replace("three", "Four")].concat()).unwrap();
        let check = check_file(&file).unwrap();
        assert_eq!((check.good, check.mistakes.len()), (2, 2));
        assert!(check.mistakes[0].to_string().contains("mine.toml:17: sign \"three\": shape"));
        assert_eq!(check.alike.len(), 1);
    }

    #[test]
    fn the_handshapes_beside_a_file_are_used() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("handshapes.toml"), "[paw]\nfingers = [30, 0, 60, 30]\n").unwrap();
        let file = folder.path().join("mine.toml");
        std::fs::write(&file, SIGN.replace("KEY", "one").replace("fist", "paw")).unwrap();
        assert_eq!(check_file(&file).unwrap().good, 1);
        assert_eq!(check_file(&folder.path().join("handshapes.toml")).unwrap().good, 1);
    }
}
