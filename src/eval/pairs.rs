//! Which made clip belongs to which recorded one: files of the same name in two folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Two files to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What they are called: the file's name without its ending.
    pub name: String,
    /// What was made.
    pub hypothesis: PathBuf,
    /// What was recorded.
    pub reference: PathBuf,
}

/// Files that belong together, and those that are alone; sorted by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// Those that belong together.
    pub pairs: Vec<Pair>,
    /// Made clips without a recorded one.
    pub only_hypothesis: Vec<PathBuf>,
    /// Recorded clips without a made one.
    pub only_reference: Vec<PathBuf>,
}

/// Why there is nothing to compare.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// The operating system refused.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        reason: std::io::Error,
    },
    /// No name is on both sides.
    #[error(
        "no .pose file of {} has the name of one of {}: {hypotheses} files and {references} files",
        hypothesis.display(), reference.display()
    )]
    NonePaired {
        /// Where made clips were looked for.
        hypothesis: PathBuf,
        /// Where recorded ones were.
        reference: PathBuf,
        /// How many `.pose` files the first has.
        hypotheses: usize,
        /// How many the second has.
        references: usize,
    },
}

impl Pairs {
    /// Two files, whatever their names; or the `.pose` files of folders (not of those within them) that
    /// have one name.
    ///
    /// # Errors
    /// [`PairError`] if a path cannot be read, or nothing pairs up.
    pub fn find(hypothesis: &Path, reference: &Path) -> Result<Pairs, PairError> {
        if hypothesis.is_file() && reference.is_file() {
            let (hypothesis, reference) = (hypothesis.to_owned(), reference.to_owned());
            let pair = Pair { name: stem(&hypothesis), hypothesis, reference };
            return Ok(Pairs { pairs: vec![pair], only_hypothesis: Vec::new(), only_reference: Vec::new() });
        }
        let (made, mut recorded) = (poses(hypothesis)?, poses(reference)?);
        let (hypotheses, references) = (made.len(), recorded.len());
        let (mut pairs, mut only_hypothesis) = (Vec::new(), Vec::new());
        for (name, hypothesis) in made {
            match recorded.remove(&name) {
                Some(reference) => pairs.push(Pair { name, hypothesis, reference }),
                None => only_hypothesis.push(hypothesis),
            }
        }
        if pairs.is_empty() {
            let (hypothesis, reference) = (hypothesis.to_owned(), reference.to_owned());
            return Err(PairError::NonePaired { hypothesis, reference, hypotheses, references });
        }
        Ok(Pairs { pairs, only_hypothesis, only_reference: recorded.into_values().collect() })
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The `.pose` files of a folder by their names, or the file itself.
fn poses(path: &Path) -> Result<BTreeMap<String, PathBuf>, PairError> {
    if path.is_file() {
        return Ok([(stem(path), path.to_owned())].into());
    }
    let wrong = |reason| PairError::Read { path: path.to_owned(), reason };
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(path).map_err(wrong)? {
        let file = entry.map_err(wrong)?.path();
        if file.is_file() && file.extension().is_some_and(|ending| ending == "pose") {
            found.insert(stem(&file), file);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        folder
    }

    #[test]
    fn files_pair_by_name_and_the_others_are_listed() {
        let made = folder(&["b.pose", "a.pose", "c.pose", "a.txt"]);
        let recorded = folder(&["c.pose", "a.pose", "d.pose"]);
        let found = Pairs::find(made.path(), recorded.path()).unwrap();
        assert_eq!(found.pairs.iter().map(|pair| pair.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(found.only_hypothesis, [made.path().join("b.pose")]);
        assert_eq!(found.only_reference, [recorded.path().join("d.pose")]);
    }

    #[test]
    fn two_files_pair_whatever_their_names_and_a_file_finds_its_own_in_a_folder() {
        let (made, recorded) = (folder(&["x.pose"]), folder(&["y.pose", "x.pose"]));
        let file = made.path().join("x.pose");
        assert_eq!(Pairs::find(&file, &recorded.path().join("y.pose")).unwrap().pairs.len(), 1);
        let found = Pairs::find(&file, recorded.path()).unwrap();
        assert_eq!((found.pairs[0].name.as_str(), found.only_reference.len()), ("x", 1));
    }

    #[test]
    fn nothing_in_common_and_nothing_there_are_errors_with_paths() {
        let (made, recorded) = (folder(&["a.pose"]), folder(&["b.pose"]));
        let error = Pairs::find(made.path(), recorded.path()).unwrap_err().to_string();
        assert!(error.contains(&made.path().display().to_string()) && error.contains("1 files"), "{error}");
        let error = Pairs::find(&made.path().join("nowhere"), recorded.path()).unwrap_err().to_string();
        assert!(error.contains("nowhere"), "{error}");
    }
}
