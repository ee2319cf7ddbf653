//! The files of a source: landmarks and videos under a folder, found once and in a fixed order.
//!
//! Names are compared as people read them: one Unicode normal form (macOS writes ي and أ in two parts)
//! and no difference between capitals and small letters. Links are followed, but no folder is entered
//! twice, so a link in a circle costs a line in the report.

use super::Rejected;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization;

/// Deeper folders are not entered.
const DEEPEST: usize = 24;

/// What a file is to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `.pose` or `.npy`.
    Landmarks,
    /// A video, from which landmarks have yet to be taken.
    Video,
    /// A frame of a video.
    Picture,
    /// A table: `.csv`, `.tsv`.
    Table,
    /// `.json`.
    Json,
}

impl Kind {
    /// What a file is by the end of its name; None for what no import reads.
    pub(super) fn of(path: &Path) -> Option<Kind> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "pose" | "npy" => Some(Kind::Landmarks),
            "mp4" | "avi" | "mov" | "mkv" | "webm" | "m4v" | "mpg" | "mpeg" | "wmv" | "mts" | "flv"
            | "swf" | "3gp" => Some(Kind::Video),
            "jpg" | "jpeg" | "png" | "bmp" => Some(Kind::Picture),
            "csv" | "tsv" => Some(Kind::Table),
            "json" => Some(Kind::Json),
            _ => None,
        }
    }
}

/// A file below the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Names of the folders from the root down, and of the file, as people read them (NFC).
    pub(super) parts: Vec<String>,
    /// Where it is.
    pub(super) path: PathBuf,
}

impl File {
    /// The folders that it is in, outermost first.
    pub(super) fn folders(&self) -> &[String] {
        self.parts.split_last().map_or(&[], |(_, folders)| folders)
    }

    /// Its name without the extension.
    pub(super) fn stem(&self) -> &str {
        stem(self.parts.last().map_or("", String::as_str))
    }

    /// What files are sorted by: folder, name, and of one name a `.pose` before others, as it says more.
    pub(super) fn order(&self) -> (&[String], &str, bool, &Path) {
        let is_pose = self.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pose"));
        (self.folders(), self.stem(), !is_pose, &self.path)
    }

    /// Its path below the root without the extension, `/` between the parts.
    pub(super) fn id(&self) -> String {
        let mut parts = self.folders().to_vec();
        parts.push(self.stem().to_owned());
        parts.join("/")
    }
}

/// Everything below a folder that an import may read, in the order of the names.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    /// The files with their kinds.
    pub(super) files: Vec<(Kind, File)>,
    /// Folders that could not be entered, and empty ones.
    pub(super) rejected: Vec<Rejected>,
}

impl Tree {
    /// Walks a folder.
    ///
    /// # Errors
    /// The root itself cannot be read.
    pub(super) fn walk(root: &Path) -> std::io::Result<Tree> {
        std::fs::read_dir(root)?;
        let mut tree = Tree::default();
        let mut entered = BTreeSet::new();
        entered.extend(root.canonicalize());
        tree.enter(root, &[], &mut entered);
        tree.files.sort_by(|a, b| a.1.order().cmp(&b.1.order()));
        Ok(tree)
    }

    fn enter(&mut self, folder: &Path, parts: &[String], entered: &mut BTreeSet<PathBuf>) {
        let reject = |reason: String| Rejected { path: folder.to_owned(), reason };
        let mut paths = match std::fs::read_dir(folder) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).collect::<Vec<_>>(),
            Err(error) => return self.rejected.push(reject(error.to_string())),
        };
        paths.sort();
        if paths.is_empty() {
            return self.rejected.push(reject("the folder is empty".to_owned()));
        }
        for path in paths {
            let Some(name) = path.file_name().map(|name| name.to_string_lossy().nfc().collect::<String>())
            else {
                continue;
            };
            // What programs leave behind: .DS_Store, .ipynb_checkpoints, __MACOSX.
            if name.starts_with('.') || name.starts_with("__") {
                continue;
            }
            let mut below = parts.to_vec();
            below.push(name);
            match std::fs::metadata(&path) {
                Ok(about) if about.is_dir() => match path.canonicalize() {
                    Ok(real) if !entered.insert(real.clone()) => self.rejected.push(Rejected {
                        path,
                        reason: format!("a link to {}, which was read already", real.display()),
                    }),
                    Ok(_) if below.len() > DEEPEST => {
                        let reason = format!("more than {DEEPEST} folders deep");
                        self.rejected.push(Rejected { path, reason });
                    }
                    _ => self.enter(&path, &below, entered),
                },
                Ok(_) => {
                    if let Some(kind) = Kind::of(&path) {
                        self.files.push((kind, File { parts: below, path }));
                    }
                }
                Err(error) => {
                    if Kind::of(&path).is_some() || path.extension().is_none() {
                        self.rejected.push(Rejected { path, reason: error.to_string() });
                    }
                }
            }
        }
    }

    /// The files of a kind.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |(found, _)| *found == kind).map(|(_, file)| file)
    }
}

/// Finds landmark files by the names that lists give them.
#[derive(Clone, Debug, Default)]
pub(super) struct Landmarks {
    /// By the whole path below a root, without the extension, folded.
    by_path: BTreeMap<String, PathBuf>,
    /// By the file's stem, folded; None where several files have it.
    by_stem: BTreeMap<String, Option<PathBuf>>,
}

impl Landmarks {
    /// The landmark files of trees; where two trees have the same one, the first tree's counts.
    pub(super) fn of(trees: &[&Tree]) -> Self {
        let mut landmarks = Self::default();
        for tree in trees {
            for file in tree.of(Kind::Landmarks) {
                landmarks.by_path.entry(fold(&file.id())).or_insert_with(|| file.path.clone());
            }
            let mut stems: BTreeMap<String, Option<PathBuf>> = BTreeMap::new();
            for file in tree.of(Kind::Landmarks) {
                let path = Some(file.path.clone());
                stems.entry(fold(file.stem())).and_modify(|found| *found = None).or_insert(path);
            }
            for (stem, path) in stems {
                landmarks.by_stem.entry(stem).or_insert(path);
            }
        }
        landmarks
    }

    /// The landmarks of a clip that a list calls `name`: a path below the root, with or without an
    /// extension, or a file's stem where only one has it.
    pub(super) fn find(&self, name: &str) -> Option<&Path> {
        let name = name.trim().replace('\\', "/");
        let name = name.trim_start_matches("./").trim_start_matches('/');
        let known = Path::new(name).extension().is_some_and(|_| Kind::of(Path::new(name)).is_some());
        let bare = if known { without_extension(name) } else { name };
        if bare.is_empty() {
            return None;
        }
        let by_path = self.by_path.get(&fold(bare));
        let last = bare.rsplit('/').next().unwrap_or(bare);
        by_path.or_else(|| self.by_stem.get(&fold(last))?.as_ref()).map(PathBuf::as_path)
    }
}

/// A name as names are compared.
pub(super) fn fold(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).collect()
}

fn without_extension(name: &str) -> &str {
    let folder = name.rfind('/').map_or(0, |slash| slash + 1);
    let stem = stem(&name[folder..]);
    &name[..folder + stem.len()]
}

fn stem(name: &str) -> &str {
    match name.rfind('.') {
        Some(dot) if dot > 0 => &name[..dot],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"x").unwrap();
    }

    #[test]
    fn names_in_any_normal_form_and_case_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let composed = "أمل";
        let decomposed: String = composed.nfd().collect();
        assert_ne!(composed, decomposed);
        touch(&folder.path().join(&decomposed).join("Take1.POSE"));
        let tree = Tree::walk(folder.path()).unwrap();
        assert_eq!(tree.files[0].1.folders(), [composed]);
        let landmarks = Landmarks::of(&[&tree]);
        for name in [format!("{composed}/take1.mp4"), format!("./{decomposed}\\TAKE1"), "take1".to_owned()] {
            assert!(landmarks.find(&name).is_some(), "{name}");
        }
        assert!(landmarks.find("take2").is_none() && landmarks.find("").is_none());
    }

    #[test]
    fn a_stem_that_two_files_have_names_neither() {
        let folder = tempfile::tempdir().unwrap();
        touch(&folder.path().join("a/1.pose"));
        touch(&folder.path().join("b/1.pose"));
        let landmarks = Landmarks::of(&[&Tree::walk(folder.path()).unwrap()]);
        assert!(landmarks.find("1").is_none() && landmarks.find("b/1").is_some());
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_and_empty_folders_end_in_the_report() {
        let folder = tempfile::tempdir().unwrap();
        touch(&folder.path().join("a/1.pose"));
        std::fs::create_dir(folder.path().join("nothing")).unwrap();
        std::os::unix::fs::symlink("..", folder.path().join("a/up")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("a/gone.pose")).unwrap();
        let tree = Tree::walk(folder.path()).unwrap();
        assert_eq!(tree.files.len(), 1);
        let reasons: Vec<&str> = tree.rejected.iter().map(|r| r.reason.as_str()).collect();
        assert!(reasons.iter().any(|r| r.contains("was read already")), "{reasons:?}");
        assert!(reasons.iter().any(|r| r.contains("empty")), "{reasons:?}");
        assert_eq!(reasons.len(), 3);
    }

    #[test]
    fn stems_keep_dots_inside_and_hidden_names() {
        assert_eq!((stem("a.b.pose"), stem(".pose"), stem("a")), ("a.b", ".pose", "a"));
        assert_eq!(without_extension("x.y/z.mp4"), "x.y/z");
    }
}
