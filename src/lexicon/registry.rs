//! Which folders of recordings belong to this user's lexicon, kept in the user's data folder.

use super::LexiconError;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Where a lexicon's recordings come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LexiconConfig {
    /// The folder whose `lexicons.toml` names the registered folders; none: nothing is registered.
    pub data_dir: Option<PathBuf>,
    /// Folders given besides. They come before the registered ones, the last of them first.
    pub folders: Vec<PathBuf>,
}

impl LexiconConfig {
    /// The user's data folder: `NASHRA_DATA_DIR`, else `nashra` under `XDG_DATA_HOME`, else under
    /// `~/.local/share`.
    pub fn from_environment() -> Self {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { data_dir: data_dir(&variable), folders: Vec::new() }
    }

    /// The registered folders, oldest first.
    ///
    /// # Errors
    /// [`LexiconError::Io`] or [`LexiconError::Document`] where the list is there and cannot be read.
    pub fn registered(&self) -> Result<Vec<PathBuf>, LexiconError> {
        let Some(file) = self.file() else { return Ok(Vec::new()) };
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(LexiconError::Io { path: file, action: "cannot read", source }),
        };
        let name = file.display().to_string();
        let list: List = super::document::Document::new(&name, &text).parse()?;
        Ok(list.folder.into_iter().map(|folder| folder.path).collect())
    }

    /// Registers a folder, once; the newest goes last. False if it was there already.
    ///
    /// # Errors
    /// As [`Self::registered`], and where the list cannot be written.
    pub fn register(&self, folder: &Path) -> Result<bool, LexiconError> {
        let folder = absolute(folder)?;
        let mut folders = self.registered()?;
        let known = folders.contains(&folder);
        folders.retain(|other| *other != folder);
        folders.push(folder);
        self.write(folders)?;
        Ok(!known)
    }

    /// Takes a folder off the list; its files stay. False if it was not on it.
    ///
    /// # Errors
    /// As [`Self::register`].
    pub fn unregister(&self, folder: &Path) -> Result<bool, LexiconError> {
        // A folder that is gone from the disk cannot be made canonical, and is still to be removed.
        let names = [absolute(folder).ok(), std::path::absolute(folder).ok(), Some(folder.to_owned())];
        let mut folders = self.registered()?;
        let before = folders.len();
        folders.retain(|other| !names.iter().flatten().any(|name| name == other));
        let removed = folders.len() != before;
        if removed {
            self.write(folders)?;
        }
        Ok(removed)
    }

    fn file(&self) -> Option<PathBuf> {
        self.data_dir.as_ref().map(|folder| folder.join("lexicons.toml"))
    }

    fn write(&self, folders: Vec<PathBuf>) -> Result<(), LexiconError> {
        let Some((data_dir, file)) = self.data_dir.as_ref().zip(self.file()) else {
            return Err(LexiconError::Import {
                path: PathBuf::from("lexicons.toml"),
                message: "no data folder: set NASHRA_DATA_DIR, XDG_DATA_HOME or HOME".to_owned(),
            });
        };
        let list = List { folder: folders.into_iter().map(|path| Folder { path }).collect() };
        let text = toml::to_string(&list)
            .map_err(|error| LexiconError::Import { path: file.clone(), message: error.to_string() })?;
        let failed = |source| LexiconError::Io { path: file.clone(), action: "cannot write", source };
        std::fs::create_dir_all(data_dir).map_err(failed)?;
        // Written beside and moved over, so that a full disk does not cost the old list.
        let fresh = file.with_extension("toml.new");
        let mut out = std::fs::File::create(&fresh).map_err(failed)?;
        out.write_all(HEADER.as_bytes()).and_then(|()| out.write_all(text.as_bytes())).map_err(failed)?;
        out.sync_all().and_then(|()| std::fs::rename(&fresh, &file)).map_err(failed)
    }
}

/// The user's data folder, of variables that are not empty: `NASHRA_DATA_DIR`, else `nashra` under
/// `XDG_DATA_HOME`, else under `~/.local/share`.
pub(crate) fn data_dir(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let home = || variable("HOME").map(|home| home.join(".local/share"));
    let share = || variable("XDG_DATA_HOME").or_else(home).map(|share| share.join("nashra"));
    variable("NASHRA_DATA_DIR").or_else(share)
}

const HEADER: &str =
    "# Folders of recorded signs, as `nashra lexicon import` registered them, oldest first.\n";

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    folder: Vec<Folder>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    path: PathBuf,
}

fn absolute(folder: &Path) -> Result<PathBuf, LexiconError> {
    folder.canonicalize().map_err(|source| LexiconError::Io {
        path: folder.to_owned(),
        action: "cannot find the folder",
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_remembered_once_and_forgotten_even_when_they_are_gone() {
        let data = tempfile::tempdir().unwrap();
        let config = LexiconConfig { data_dir: Some(data.path().join("deep/er")), folders: Vec::new() };
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, second) = (a.path().canonicalize().unwrap(), b.path().canonicalize().unwrap());
        assert_eq!(config.registered().unwrap(), Vec::<PathBuf>::new());
        assert!(config.register(&first).unwrap());
        assert!(config.register(&second).unwrap());
        assert!(!config.register(&first).unwrap());
        assert_eq!(config.registered().unwrap(), [second.clone(), first.clone()]);
        drop(a);
        assert!(config.unregister(&first).unwrap());
        assert!(!config.unregister(&first).unwrap());
        assert_eq!(config.registered().unwrap(), [second]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_registered() {
        let data = tempfile::tempdir().unwrap();
        let config = LexiconConfig { data_dir: Some(data.path().to_owned()), folders: Vec::new() };
        let message = config.register(Path::new("/no/such/folder")).unwrap_err().to_string();
        assert!(message.contains("/no/such/folder"), "{message}");
    }

    #[test]
    fn a_broken_list_is_reported_by_line() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join("lexicons.toml"), "# ok\nfolder = 3\n").unwrap();
        let config = LexiconConfig { data_dir: Some(data.path().to_owned()), folders: Vec::new() };
        let message = config.registered().unwrap_err().to_string();
        assert!(message.contains("lexicons.toml:2:"), "{message}");
    }
}
