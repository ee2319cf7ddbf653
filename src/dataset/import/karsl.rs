//! KArSL: `signer/{train,test}/SIGNID/clip`, its official parts kept as sessions.
//!
//! Its labels come as a spreadsheet, `KARSL-502_Labels.xlsx`; saved as CSV (columns SignID, Sign-Arabic,
//! Sign-English) it is found beside the folders, or given by `--labels`. Clips are files, or folders of
//! pictures whose landmarks lie elsewhere. Source: github.com/Hamzah-Luqman/KArSL.

use super::files::{File, Kind, Landmarks as LandmarkFiles, Tree, fold};
use super::found::{Found, Landmarks, Listing, Span, number, tidy, word};
use super::table::{Table, cell};
use super::{ImportError, Options};
use crate::dataset::Word;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The clips under a folder, which holds all signers or is one's.
///
/// # Errors
/// The folder, `--landmarks` or `--labels` cannot be read.
pub(super) fn read(root: &Path, options: &Options) -> Result<Listing, ImportError> {
    let tree = options.walk(root)?;
    let labels = labels(&tree, options)?;
    let mut listing = Listing { rejected: tree.rejected.clone(), ..Listing::default() };
    if labels.is_empty() {
        tracing::warn!("no labels: words are called by their numbers; save the labels as CSV, --labels FILE");
    }
    let itself = root.canonicalize().ok().and_then(|p| Some(p.file_name()?.to_string_lossy().into_owned()));
    for (file, landmarks) in clips(&tree, options, &mut listing)? {
        let Some(place) = Place::of(&file, itself.as_deref()) else {
            listing.reject(&file.path, "not under signer/train/SIGNID or signer/test/SIGNID");
            continue;
        };
        listing.found.push(Found {
            id: file.id(),
            path: file.parts.iter().collect(),
            landmarks,
            word: sign(place.sign, labels.get(&place.sign)),
            signer: place.signer,
            session: place.part,
            take: None,
            span: Span::Whole,
            fps: None,
            copy_of: None,
        });
    }
    Ok(listing)
}

/// Whether files lie as KArSL's do.
pub(super) fn is_karsl(tree: &Tree) -> bool {
    let clips: Vec<&File> =
        tree.files.iter().filter(|(kind, _)| *kind != Kind::Table).map(|(_, file)| file).collect();
    !clips.is_empty() && clips.iter().filter(|f| Place::of(f, Some("01")).is_some()).count() * 2 > clips.len()
}

/// Clips as files, and as folders of pictures.
fn clips(
    tree: &Tree,
    options: &Options,
    listing: &mut Listing,
) -> Result<Vec<(File, Landmarks)>, ImportError> {
    let mut clips = super::syrisign::clips(tree, options, listing)?;
    let extra = options.landmarks_tree()?;
    let trees: Vec<&Tree> = std::iter::once(tree).chain(&extra).collect();
    let files = LandmarkFiles::of(&trees);
    let folders: BTreeSet<(Vec<String>, &Path)> = tree
        .of(Kind::Picture)
        .filter_map(|file| Some((file.folders().to_vec(), file.path.parent()?)))
        .collect();
    let taken: BTreeSet<String> = clips.iter().map(|(file, _)| fold(&file.id())).collect();
    for (parts, path) in folders {
        let name = parts.join("/");
        if taken.contains(&fold(&name)) {
            continue;
        }
        match files.find(&name) {
            Some(found) => {
                let file = File { parts, path: path.to_owned() };
                clips.push((file, Landmarks::File(found.to_owned())));
            }
            None => listing.reject(path, "no landmarks of these pictures; `nashra extract` finds them"),
        }
    }
    clips.sort_by(|a, b| a.0.order().cmp(&b.0.order()));
    Ok(clips)
}

/// What a path says.
struct Place {
    signer: String,
    part: String,
    sign: u32,
}

impl Place {
    fn of(file: &File, root: Option<&str>) -> Option<Self> {
        let is_part = |name: &String| matches!(name.to_lowercase().as_str(), "train" | "test" | "val");
        let at = file.parts.iter().position(is_part)?;
        // A clip lies in its sign's folder, so the number is a folder and not the clip.
        let sign = number(file.folders().get(at + 1)?)?;
        let signer =
            at.checked_sub(1).and_then(|before| file.parts.get(before)).map(String::as_str).or(root)?;
        Some(Self { signer: signer.to_owned(), part: file.parts[at].to_lowercase(), sign })
    }
}

/// The word of a number, with its label where there is one.
fn sign(number: u32, label: Option<&(String, String)>) -> Word {
    let bare = format!("{number:04}");
    let (arabic, english) = label.map_or(("", ""), |(arabic, english)| (arabic, english));
    let gloss = [arabic, english, bare.as_str()].into_iter().find(|name| !name.is_empty()).unwrap_or(&bare);
    let forms = [arabic, english].into_iter().filter(|form| !form.is_empty()).map(str::to_owned).collect();
    // The dataset's own chapters: its first 31 signs are numbers, the next 39 letters.
    let category = match number {
        1..=31 => "number",
        32..=70 => "letter",
        _ => "",
    };
    Word { key: format!("karsl-{bare}"), forms, category: category.to_owned(), ..word(gloss) }
}

/// Arabic and English by the sign's number.
fn labels(tree: &Tree, options: &Options) -> Result<BTreeMap<u32, (String, String)>, ImportError> {
    let beside = tree.of(Kind::Table).find(|file| fold(file.stem()).contains("label"));
    let Some(path) = options.labels.as_deref().or(beside.map(|file| file.path.as_path())) else {
        return Ok(BTreeMap::new());
    };
    let table = Table::read(path)?;
    let id = table.need(&["signid", "sign_id", "id", "sign"])?;
    let arabic = table.column(&["sign_arabic", "arabic", "ar"]);
    let english = table.column(&["sign_english", "english", "en"]);
    if arabic.or(english).is_none() {
        table.need(&["sign_arabic", "sign_english"])?;
    }
    let rows = table.rows.iter().filter_map(|(_, row)| row.as_ref().ok());
    let label = |row: &csv::StringRecord| {
        Some((number(cell(row, Some(id)))?, (tidy(cell(row, arabic)), tidy(cell(row, english)))))
    };
    Ok(rows.filter_map(label).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn signers_official_parts_and_labels_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        put(root, "KARSL-502_Labels.csv", "SignID,Sign-Arabic,Sign-English\n71,هيكل عظمي,Skeleton\n5,٥,5\n");
        put(root, "01/01/train/0071/a.pose", "");
        put(root, "01/02/Test/0071/b.pose", "");
        put(root, "01/02/test/0005/c.pose", "");
        put(root, "01/02/test/0300/d.pose", "");
        put(root, "01/stray.pose", "");
        let listing = read(root, &Options::default()).unwrap();
        let found: Vec<(&str, &str, &str)> = (listing.found.iter())
            .map(|f| (f.signer.as_str(), f.session.as_str(), f.word.gloss.as_str()))
            .collect();
        let expected = [
            ("01", "train", "هيكل عظمي"),
            ("02", "test", "هيكل عظمي"),
            ("02", "test", "0300"),
            ("02", "test", "٥"),
        ];
        assert_eq!(found.len(), 4);
        for one in expected {
            assert!(found.contains(&one), "{one:?} in {found:?}");
        }
        assert_eq!(listing.found[0].word.forms, ["هيكل عظمي", "Skeleton"]);
        assert_eq!(listing.found[0].word.key, "karsl-0071");
        assert_eq!(listing.rejected.len(), 1);
    }

    #[test]
    fn folders_of_pictures_want_landmarks_of_their_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("02");
        put(&root, "train/0071/one/0001.jpg", "");
        put(&root, "train/0071/two/0001.jpg", "");
        let landmarks = folder.path().join("landmarks");
        put(&landmarks, "one.pose", "");
        let options = Options { landmarks: Some(landmarks), ..Options::default() };
        let listing = read(&root, &options).unwrap();
        assert_eq!((listing.found.len(), listing.rejected.len()), (1, 1));
        assert_eq!((listing.found[0].signer.as_str(), listing.found[0].word.gloss.as_str()), ("02", "0071"));
    }
}
