//! Which kinds of sources there are, and telling which one a path is.

use super::files::{Kind, Tree};
use super::{ImportError, Options, karsl, lists, manifest, mp_data, ms_asl, syrisign, wlasl};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Folders by word, signer and take, or a table of clips beside them.
    Syrisign,
    /// `.pose` files with an `index.csv`, as spoken-to-signed translation has them.
    Index,
    /// KArSL: signer, train or test, the sign's number.
    Karsl,
    /// WLASL's JSON list; landmarks are called by the video's id.
    Wlasl,
    /// MS-ASL's JSON lists; landmarks are called by the file or the video's id.
    MsAsl,
    /// `word/take/frame.npy`, a vector a frame.
    MpData,
    /// A folder of landmark files for each word.
    Folders,
    /// Another dataset of this program.
    Dataset,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 8] = [
        Format::Syrisign,
        Format::Index,
        Format::Karsl,
        Format::Wlasl,
        Format::MsAsl,
        Format::MpData,
        Format::Folders,
        Format::Dataset,
    ];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Format::Syrisign => "syrisign",
            Format::Index => "index",
            Format::Karsl => "karsl",
            Format::Wlasl => "wlasl",
            Format::MsAsl => "ms-asl",
            Format::MpData => "mp-data",
            Format::Folders => "folders",
            Format::Dataset => "dataset",
        }
    }

    /// The rate of arrays whose source does not say it, frames a second: the paper's for SyriSign,
    /// KArSL's for KArSL, else a webcam's.
    pub fn assumed_fps(self) -> f32 {
        if self == Format::Syrisign { 60.0 } else { 30.0 }
    }

    /// What a path is, by what lies there.
    ///
    /// # Errors
    /// [`ImportError::Source`] where nothing is there; [`ImportError::Unknown`] where nothing known is.
    pub fn detect(path: &Path) -> Result<Format, ImportError> {
        let about = std::fs::metadata(path)
            .map_err(|reason| ImportError::Source { path: path.to_owned(), reason: reason.to_string() })?;
        let unknown = || ImportError::Unknown { path: path.to_owned() };
        if about.is_file() {
            return match Kind::of(path) {
                Some(Kind::Json) => of_list(path).ok_or_else(unknown),
                Some(Kind::Table) if manifest::is_manifest(path) => Ok(Format::Index),
                _ => Err(unknown()),
            };
        }
        if path.join("dataset.json").is_file() {
            return Ok(Format::Dataset);
        }
        if path.join("index.csv").is_file() {
            return Ok(Format::Index);
        }
        let tree = Options::default().walk(path)?;
        if let Some(list) = outer(&tree, Kind::Json).find_map(|list| of_list(&list)) {
            return Ok(list);
        }
        if karsl::is_karsl(&tree) {
            return Ok(Format::Karsl);
        }
        if outer(&tree, Kind::Table).any(|table| manifest::is_manifest(&table)) {
            return Ok(Format::Syrisign);
        }
        if mp_data::is_mp_data(&tree) {
            return Ok(Format::MpData);
        }
        let mut clips = tree.of(Kind::Landmarks).chain(tree.of(Kind::Video)).peekable();
        if clips.peek().is_none() {
            return Err(unknown());
        }
        Ok(if syrisign::names_signers(&tree) { Format::Syrisign } else { Format::Folders })
    }
}

/// Files of a kind that lie in the root itself.
fn outer(tree: &Tree, kind: Kind) -> impl Iterator<Item = PathBuf> {
    tree.of(kind).filter(|file| file.folders().is_empty()).map(|file| file.path.clone())
}

/// The table of a SyriSign folder, where it has one.
pub(super) fn table_in(folder: &Path) -> Option<PathBuf> {
    let tree = Tree::walk(folder).ok()?;
    outer(&tree, Kind::Table).find(|table| manifest::is_manifest(table))
}

/// Which list a JSON file is, by its first entry that is one's.
fn of_list(path: &Path) -> Option<Format> {
    let entries = lists::entries(path).ok()?;
    entries.iter().find_map(|entry| match () {
        () if wlasl::is_entry(entry) => Some(Format::Wlasl),
        () if ms_asl::is_entry(entry) => Some(Format::MsAsl),
        () => None,
    })
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
            format!("expected one of {}; found {name:?}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(files: &[(&str, &str)]) -> Result<Format, ImportError> {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Format::detect(folder.path())
    }

    #[test]
    fn each_kind_of_source_is_told_from_the_others() {
        let cases: [(&[(&str, &str)], Format); 9] = [
            (&[("a/x-77f1.pose", ""), ("a/y-03b9.pose", ""), ("b/z-88c2.pose", "")], Format::Folders),
            (&[("سلام/signer1/1.pose", ""), ("سلام/signer2/1.mp4", "")], Format::Syrisign),
            (&[("clips/a.pose", ""), ("labels.csv", "Video;Word\nclips/a.mp4;x\n")], Format::Syrisign),
            (&[("index.csv", "path,words\n"), ("a.pose", "")], Format::Index),
            (&[("01/train/0071/a.mp4", ""), ("KARSL-502_Labels.csv", "SignID,Sign-Arabic\n")], Format::Karsl),
            (&[("WLASL_v0.3.json", r#"[{"gloss": "a", "instances": []}]"#)], Format::Wlasl),
            (&[("MSASL_train.json", r#"[{"text": "a", "url": "b"}]"#)], Format::MsAsl),
            (&[("MP_Data/bye/0/0.npy", ""), ("MP_Data/bye/0/1.npy", "")], Format::MpData),
            (&[("dataset.json", "{}")], Format::Dataset),
        ];
        for (files, expected) in cases {
            assert_eq!(detect(files).unwrap(), expected, "{files:?}");
        }
        assert!(matches!(detect(&[("a.txt", "")]), Err(ImportError::Unknown { .. })));
        assert!(matches!(Format::detect(Path::new("/no/such")), Err(ImportError::Source { .. })));
    }

    #[test]
    fn names_lead_back_to_their_formats() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert!("x".parse::<Format>().unwrap_err().contains("mp-data"));
    }
}
