//! `MP_Data/word/take/frame.npy`: one array a frame, as keypoint-collecting scripts save them.
//!
//! Frames are called by their numbers; a number that is missing is a frame in which nothing was seen.
//! What the numbers in an array mean goes by how many there are ([`super::vectors`]). Nobody wrote down
//! the rate: `--fps`, else 30.

use super::files::{File, Kind, Tree};
use super::found::{Found, Landmarks, Listing, Span, UNKNOWN_SIGNER, number, word_of_name};
use super::vectors::MOST_FRAMES;
use super::{ImportError, Options};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The clips under a folder.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn read(root: &Path, options: &Options) -> Result<Listing, ImportError> {
    let tree = options.walk(root)?;
    let mut listing = Listing { rejected: tree.rejected.clone(), ..Listing::default() };
    let mut takes: BTreeMap<&[String], Vec<(usize, PathBuf)>> = BTreeMap::new();
    for file in tree.of(Kind::Landmarks) {
        match frame(file) {
            Some(number) => takes.entry(file.folders()).or_default().push((number, file.path.clone())),
            None => listing.reject(&file.path, "expected word/take/frame.npy, the frame a number"),
        }
    }
    for (folders, mut frames) in takes {
        let [.., word, take] = folders else { continue };
        frames.sort();
        let path: PathBuf = folders.iter().collect();
        if let Err(reason) = check(&frames) {
            listing.reject(root.join(path), reason);
            continue;
        }
        listing.found.push(Found {
            id: folders.join("/"),
            path,
            landmarks: Landmarks::Frames(frames),
            word: word_of_name(word),
            signer: UNKNOWN_SIGNER.to_owned(),
            session: String::new(),
            take: number(take),
            span: Span::Whole,
            fps: None,
            copy_of: None,
        });
    }
    Ok(listing)
}

/// Whether files lie as these do.
pub(super) fn is_mp_data(tree: &Tree) -> bool {
    let (frames, others): (Vec<&File>, Vec<&File>) = tree
        .of(Kind::Landmarks)
        .partition(|file| frame(file).is_some() && number(&file.parts[file.parts.len() - 2]).is_some());
    !frames.is_empty() && frames.len() > others.len()
}

/// A frame's number, of a file that is one.
fn frame(file: &File) -> Option<usize> {
    let is_array = file.path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy"));
    let number = number(file.stem()).filter(|_| is_array && file.folders().len() >= 2)?;
    Some(number as usize)
}

/// Numbers that are each there once, and no clip of hours because of one stray file.
fn check(frames: &[(usize, PathBuf)]) -> Result<(), String> {
    if let Some(twice) = frames.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("frame {} is there twice", twice[0].0));
    }
    let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return Ok(()) };
    let length = last.0 - first.0 + 1;
    // More gaps than frames is no recording.
    if length > MOST_FRAMES || length > 2 * frames.len() + 8 {
        return Err(format!(
            "{} frames numbered {} to {}: too many are missing",
            frames.len(),
            first.0,
            last.0
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_gathered_in_the_order_of_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        for (take, frames) in [("0", &["10", "2", "9"][..]), ("1", &["0", "1"]), ("2", &["0", "9999999"])] {
            let path = folder.path().join("thank_you").join(take);
            std::fs::create_dir_all(&path).unwrap();
            for frame in frames {
                std::fs::write(path.join(frame).with_extension("npy"), b"").unwrap();
            }
        }
        let tree = Tree::walk(folder.path()).unwrap();
        assert!(is_mp_data(&tree));
        let listing = read(folder.path(), &Options::default()).unwrap();
        assert_eq!(listing.found.len(), 2);
        let Landmarks::Frames(frames) = &listing.found[0].landmarks else { panic!("expected frames") };
        assert_eq!(frames.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2, 9, 10]);
        assert_eq!((listing.found[0].word.gloss.as_str(), listing.found[1].take), ("thank you", Some(1)));
        assert!(listing.rejected[0].reason.contains("too many are missing"));
    }
}
