//! What can be wrong with a lexicon, said so that whoever edits it finds the place.

use std::path::PathBuf;

/// Why a lexicon, or a sign of it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// A mistake in one of the text files.
    #[error("{file}:{line}: {message}")]
    Document {
        /// The file's name.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The sign, the field, what was found and what is known.
        message: String,
    },
    /// The letter table does not hold what it must.
    #[error("{file}: {message}")]
    Letters {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        message: String,
    },
    /// A file or folder that cannot be read or written.
    #[error("{}: {action}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder that is no import.
    #[error("{}: {message}", path.display())]
    Import {
        /// The folder or its index.
        path: PathBuf,
        /// What was expected and what was found.
        message: String,
    },
    /// A recording that cannot be used.
    #[error("{}: {message}", path.display())]
    Recording {
        /// The `.pose` file.
        path: PathBuf,
        /// What was expected and what was found.
        message: String,
    },
    /// A number that no sign of this lexicon has.
    #[error(
        "this lexicon has no sign number {number}: it has {count} signs; was the plan made with another?"
    )]
    NoSuchSign {
        /// The number asked for.
        number: u32,
        /// How many there are.
        count: usize,
    },
}

/// "; did you mean …?" for the nearest of `known`, or the whole list where none is near.
pub(super) fn suggestion<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(found, name), *name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 3);
    match nearest {
        Some((_, name)) => format!("; did you mean {name:?}?"),
        None => format!("; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_gets_the_nearest_name_and_nonsense_gets_the_list() {
        assert_eq!(suggestion("fsit", ["flat", "fist", "point"]), "; did you mean \"fist\"?");
        assert_eq!(suggestion("qqqqqq", ["flat", "fist"]), "; known are flat, fist");
    }
}
