//! SyriSign as it is released, and anything filed like it: clips in folders by word and signer.
//!
//! Nobody wrote down how the folders are nested, so it is worked out from the names: `word/signer/take`,
//! `signer/word/take`, `word/signer_take`, `signer/word_take` and `word_signer_take`, with a category's
//! folder around the word or not. A folder's level is the signers' where its names look like signers'
//! (`signer1`, `s02`, `01`), else where it has fewer names than the other: the paper has two signers and
//! 150 words. A table beside them that lists the clips counts instead ([`super::manifest`]).

use super::files::{File, Kind, Landmarks as LandmarkFiles, Tree};
use super::found::{Found, Landmarks, Listing, Span, UNKNOWN_SIGNER, number, word_of_name};
use super::{ImportError, Options};
use std::collections::BTreeSet;
use std::path::Path;

/// The clips under a folder.
///
/// # Errors
/// The folder, or the one of `--landmarks`, cannot be read.
pub(super) fn read(root: &Path, options: &Options) -> Result<Listing, ImportError> {
    let tree = options.walk(root)?;
    let mut listing = Listing { rejected: tree.rejected.clone(), ..Listing::default() };
    let clips = clips(&tree, options, &mut listing)?;
    let levels = Levels::of(&clips.iter().map(|(file, _)| file).collect::<Vec<_>>());
    for (file, landmarks) in clips {
        let Some(names) = levels.names(&file) else {
            listing.reject(file.path, "no word in its path: expected a folder for each word");
            continue;
        };
        let mut word = word_of_name(&names.word);
        word.category = names.category.unwrap_or_default().to_lowercase();
        listing.found.push(Found {
            id: file.id(),
            path: file.parts.iter().collect(),
            landmarks,
            word,
            signer: names.signer.unwrap_or_else(|| UNKNOWN_SIGNER.to_owned()),
            session: String::new(),
            take: names.take,
            span: Span::Whole,
            fps: None,
            copy_of: None,
        });
    }
    Ok(listing)
}

/// Whether the files' names tell signers, or nothing that could be mistaken for them: where nearly every
/// clip would have a signer of its own, names are no more than names.
pub(super) fn names_signers(tree: &Tree) -> bool {
    let clips: Vec<&File> = tree.of(Kind::Landmarks).chain(tree.of(Kind::Video)).collect();
    let levels = Levels::of(&clips);
    if levels.signer.is_some() {
        return true;
    }
    let names = clips.iter().filter_map(|file| levels.names(file)?.signer);
    let signers: BTreeSet<String> = names.collect();
    2 * signers.len() <= clips.len() || signers.iter().all(|name| is_signer(name))
}

/// Every clip once: landmarks under the root, and videos whose landmarks lie in `--landmarks`.
pub(super) fn clips(
    tree: &Tree,
    options: &Options,
    listing: &mut Listing,
) -> Result<Vec<(File, Landmarks)>, ImportError> {
    let extra = options.landmarks_tree()?;
    let elsewhere = LandmarkFiles::of(&extra.iter().collect::<Vec<_>>());
    let mut clips: Vec<(File, Landmarks)> =
        tree.of(Kind::Landmarks).map(|file| (file.clone(), Landmarks::File(file.path.clone()))).collect();
    let beside: BTreeSet<String> = clips.iter().map(|(file, _)| super::files::fold(&file.id())).collect();
    for video in tree.of(Kind::Video) {
        if beside.contains(&super::files::fold(&video.id())) {
            continue;
        }
        match elsewhere.find(&video.id()) {
            Some(path) => clips.push((video.clone(), Landmarks::File(path.to_owned()))),
            None => listing.reject(&video.path, "no landmarks beside it; `nashra extract` finds them"),
        }
    }
    clips.sort_by(|a, b| a.0.order().cmp(&b.0.order()));
    Ok(clips)
}

/// Which level of folders is what.
#[derive(Debug, PartialEq)]
struct Levels {
    category: Option<usize>,
    word: Option<usize>,
    signer: Option<usize>,
}

/// What a clip's path says.
#[derive(Debug, PartialEq)]
struct Names {
    category: Option<String>,
    word: String,
    signer: Option<String>,
    take: Option<u32>,
}

impl Levels {
    fn of(clips: &[&File]) -> Self {
        let depth = clips.iter().map(|file| file.folders().len()).max().unwrap_or(0);
        let names = |level: usize| -> BTreeSet<&str> {
            clips.iter().filter_map(|file| file.folders().get(level)).map(String::as_str).collect()
        };
        // `SyriSign/videos/…`: folders with nothing beside them say nothing.
        let mut levels: Vec<usize> = (0..depth).collect();
        while levels.len() > 2 && levels.first().is_some_and(|level| names(*level).len() == 1) {
            levels.remove(0);
        }
        let signers = |level: &usize| names(*level).iter().all(|name| is_signer(name));
        match *levels.as_slice() {
            [] => Self { category: None, word: None, signer: None },
            [only] if signers(&only) => Self { category: None, word: None, signer: Some(only) },
            [only] => Self { category: None, word: Some(only), signer: None },
            _ => {
                let last = &levels[levels.len().saturating_sub(3)..];
                let fewest = |levels: &[usize]| levels.iter().copied().rev().min_by_key(|l| names(*l).len());
                let named: Vec<usize> = last.iter().copied().filter(signers).collect();
                let signer = fewest(&named).or_else(|| fewest(&last[last.len() - 2..]));
                let rest: Vec<usize> = last.iter().copied().filter(|level| Some(*level) != signer).collect();
                let category = if rest.len() > 1 { rest.first().copied() } else { None };
                Self { category, word: rest.last().copied(), signer }
            }
        }
    }

    fn names(&self, file: &File) -> Option<Names> {
        let folder = |level: Option<usize>| file.folders().get(level?).cloned();
        let (mut word, mut signer) = (folder(self.word), folder(self.signer));
        let (named, take) = split_take(file.stem());
        let rest = match &word {
            Some(word) => without_word(named, word),
            None => named,
        };
        if !rest.is_empty() {
            match (&word, &signer) {
                (None, Some(_)) => word = Some(without_signer(rest, signer.as_deref()).to_owned()),
                (None, None) => match rest.rsplit_once(['_', '-']) {
                    Some((first, last)) => (word, signer) = (Some(first.to_owned()), Some(last.to_owned())),
                    None => word = Some(rest.to_owned()),
                },
                // `1` or `take1` beside a word is no signer; `ahmad_1`, `s1_3` and `s1` are.
                (Some(_), None) if (take.is_some() || is_signer(rest)) && !is_take_word(rest) => {
                    signer = Some(rest.to_owned());
                }
                _ => {}
            }
        } else if word.is_none() {
            // Nothing but a number in a folder: the folder is the word after all.
            (word, signer) = (signer, None);
        }
        Some(Names { category: folder(self.category), word: word?, signer, take })
    }
}

/// Whether a name is a signer's: a word for one and a number, or only a number.
pub(super) fn is_signer(name: &str) -> bool {
    let lower = name.to_lowercase();
    let bare = lower.trim_start_matches(|c: char| !c.is_numeric());
    let before = lower[..lower.len() - bare.len()].trim_end_matches(['_', '-', ' ']);
    let words =
        ["", "s", "p", "signer", "sig", "person", "subject", "sub", "user", "performer", "موقع", "مؤدي"];
    number(bare).is_some() && words.contains(&before)
}

/// A word for repetitions, which stands before their number.
fn is_take_word(name: &str) -> bool {
    let name = name.to_lowercase();
    ["take", "rep", "repetition", "trial", "t", "r", "v", "video", "clip", "sample", "محاولة"]
        .contains(&name.trim_matches(['_', '-', ' ']))
}

/// A stem's last number and what stands before it, a word for repetitions taken off.
fn split_take(stem: &str) -> (&str, Option<u32>) {
    let between = ['_', '-', ' ', '(', ')'];
    if is_signer(stem) && !stem.starts_with(char::is_numeric) {
        return (stem, None);
    }
    let bare = stem.trim_end_matches(between).trim_end_matches(|c: char| c.is_numeric());
    let Some(take) = number(stem[bare.len()..].trim_end_matches(between)) else { return (stem, None) };
    let named = bare.trim_end_matches(between);
    match named.rsplit_once(between) {
        Some((before, last)) if is_take_word(last) => (before.trim_end_matches(between), Some(take)),
        None if is_take_word(named) => ("", Some(take)),
        _ => (named, Some(take)),
    }
}

fn without_word<'a>(name: &'a str, word: &str) -> &'a str {
    name.strip_prefix(word).map_or(name, |rest| rest.trim_start_matches(['_', '-', ' ']))
}

fn without_signer<'a>(name: &'a str, signer: Option<&str>) -> &'a str {
    let Some(signer) = signer else { return name };
    let end = name.strip_suffix(signer).map(|rest| rest.trim_end_matches(['_', '-', ' ']));
    end.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Word, signer and take of paths, in their order.
    fn read_paths(paths: &[&str]) -> Vec<(String, String, Option<u32>)> {
        let file =
            |path: &&str| File { parts: path.split('/').map(str::to_owned).collect(), path: path.into() };
        let files: Vec<File> = paths.iter().map(file).collect();
        let levels = Levels::of(&files.iter().collect::<Vec<_>>());
        let names = files.iter().map(|file| levels.names(file).unwrap());
        names.map(|n| (n.word, n.signer.unwrap_or_default(), n.take)).collect()
    }

    fn is(word: &str, signer: &str, take: u32) -> (String, String, Option<u32>) {
        (word.into(), signer.into(), Some(take))
    }

    #[test]
    fn every_nesting_of_word_signer_and_take_is_understood() {
        let nestings: [&[&str]; 9] = [
            &["سلام/signer1/1.pose", "سلام/signer2/1.pose", "حرب/signer1/2.pose"],
            &["signer1/سلام/1.pose", "signer2/سلام/1.pose", "signer1/حرب/2.pose"],
            &["سلام/signer1_1.pose", "سلام/signer2_take1.pose", "حرب/signer1_02.pose"],
            &["signer1/سلام_1.pose", "signer2/سلام_1.pose", "signer1/حرب_2.pose"],
            &["سلام_signer1_1.pose", "سلام_signer2_1.pose", "حرب_signer1_2.pose"],
            &["society/سلام/signer1/1.pose", "society/سلام/signer2/1.pose", "security/حرب/signer1/2.pose"],
            &["S/v/سلام/signer1/1.pose", "S/v/سلام/signer2/1.pose", "S/v/حرب/signer1/2.pose"],
            &["سلام/سلام_signer1_1.pose", "سلام/سلام_signer2_1.pose", "حرب/حرب_signer1_2.pose"],
            &["signer1/سلام/take_1.pose", "signer2/سلام/take_1.pose", "signer1/حرب/take_2.pose"],
        ];
        for paths in nestings {
            let found = read_paths(paths);
            assert_eq!(found, [is("سلام", "signer1", 1), is("سلام", "signer2", 1), is("حرب", "signer1", 2)]);
        }
    }

    #[test]
    fn signers_with_names_are_the_level_of_fewer_names() {
        let words = ["سلام", "حرب", "أمل"];
        for nested in ["{w}/{s}/1.pose", "{s}/{w}/1.pose"] {
            let path = |w: &str, s: &str| nested.replace("{w}", w).replace("{s}", s);
            let paths: Vec<String> = words.iter().flat_map(|w| [path(w, "Rima"), path(w, "Omar")]).collect();
            let found = read_paths(&paths.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found[1], is("سلام", "Omar", 1), "{nested}");
        }
    }

    #[test]
    fn a_number_beside_a_word_is_a_take_and_no_signer() {
        assert_eq!(read_paths(&["سلام/1.pose", "حرب/take 2.pose"]), [is("سلام", "", 1), is("حرب", "", 2)]);
        assert_eq!(read_paths(&["07/1.pose", "08/1.pose"])[1], is("08", "", 1));
        assert_eq!(read_paths(&["سلام/s1.pose"])[0], ("سلام".into(), "s1".into(), None));
        assert_eq!((split_take("a"), split_take("s1_3")), (("a", None), ("s1", Some(3))));
        assert_eq!(split_take("signer1_take12"), ("signer1", Some(12)));
        assert!(is_signer("S-02") && is_signer("٠٢") && !is_signer("Rima") && !is_signer("street5"));
    }
}
