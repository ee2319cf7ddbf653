//! The files of one model, found.

use super::{Place, Role, WeightsError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the files of a model are. Which of its alternatives is there, the names say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The model's id.
    pub id: String,
    /// The place that has it.
    pub place: Place,
    /// Its folder; in the Hugging Face cache, the snapshot that was looked in first.
    pub folder: PathBuf,
    /// The repository, where the folder's name tells it.
    pub repository: Option<String>,
    /// The files of each role, in the manifest's order; only roles that are there.
    pub files: BTreeMap<Role, Vec<PathBuf>>,
}

impl Found {
    /// The first file of a role.
    ///
    /// # Errors
    /// [`WeightsError::NoSuchRole`] where the model has none: the role is optional, or another model's.
    pub fn path(&self, role: Role) -> Result<&Path, WeightsError> {
        self.optional(role).ok_or_else(|| self.lacks(&role.to_string()))
    }

    /// The first file of a role that the model may do without.
    pub fn optional(&self, role: Role) -> Option<&Path> {
        self.paths(role).first().map(PathBuf::as_path)
    }

    /// All files of a role; none where it is not there.
    pub fn paths(&self, role: Role) -> &[PathBuf] {
        self.files.get(&role).map_or(&[], Vec::as_slice)
    }

    /// A file by its own name (`vocab.json`) or by its role's (`weights`).
    ///
    /// # Errors
    /// [`WeightsError::NoSuchRole`] where neither is there.
    pub fn named(&self, name: &str) -> Result<&Path, WeightsError> {
        let named = self.all().find(|(role, path)| path.ends_with(name) || role.to_string() == name);
        named.map(|(_, path)| path).ok_or_else(|| self.lacks(name))
    }

    /// Every file with its role.
    pub fn all(&self) -> impl Iterator<Item = (Role, &Path)> {
        self.files.iter().flat_map(|(role, paths)| paths.iter().map(|path| (*role, path.as_path())))
    }

    /// How many bytes the files have together; files that cannot be read count as none.
    pub fn bytes(&self) -> u64 {
        self.all().filter_map(|(_, path)| std::fs::metadata(path).ok()).map(|data| data.len()).sum()
    }

    fn lacks(&self, role: &str) -> WeightsError {
        WeightsError::NoSuchRole { id: self.id.clone(), folder: self.folder.clone(), role: role.to_owned() }
    }
}
