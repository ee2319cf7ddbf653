//! Reading a found model through: are its files the ones that they should be?
//!
//! A file's size and SHA-256 are held against the manifest, else against what was recorded when it was
//! pulled, else against the name that the Hugging Face cache keeps it by. Where none of them knows a
//! hash, the file's own is told, and only whether it opens is judged.

use super::manifest::KnownFile;
use super::record::Record;
use super::{Found, Model, Opener, Progress, Role, Source, WeightsError, hub_cache};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A model, read through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ModelCheck {
    /// Its id.
    pub id: String,
    /// Its licence, as far as it is known.
    pub licence: String,
    /// Where it is.
    pub folder: PathBuf,
    /// Every file.
    pub files: Vec<FileCheck>,
}

/// A file, read through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileCheck {
    /// Where it is.
    pub path: PathBuf,
    /// What it is for.
    pub role: Role,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in lower case.
    pub sha256: String,
    /// Who knew the hash that it has to have; nobody: its hash could not be judged.
    pub hash_from: Option<HashSource>,
    /// What it holds, in a few words.
    pub contents: String,
    /// What is wrong with it; nothing: it is good.
    pub faults: Vec<String>,
}

/// Who knows a file's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HashSource {
    /// The manifest of this program.
    Manifest,
    /// The hub, when the file was pulled.
    Hub,
    /// What was recorded when the file was pulled.
    PullRecord,
    /// The name by which the Hugging Face cache keeps it.
    HubCache,
}

impl HashSource {
    /// A few words for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Manifest => "the manifest",
            Self::Hub => "the hub",
            Self::PullRecord => "the pull's record",
            Self::HubCache => "the cache",
        }
    }
}

impl ModelCheck {
    /// Whether nothing is wrong with any file.
    pub fn is_good(&self) -> bool {
        self.files.iter().all(|file| file.faults.is_empty())
    }
}

/// Reads every file of a found model: size, SHA-256, and whether it opens as what it claims.
///
/// # Errors
/// [`WeightsError::Io`] where a file cannot be read at all. What is wrong with a file that can be read
/// is in its [`FileCheck::faults`].
pub fn verify(
    model: &Model,
    found: &Found,
    opener: &dyn Opener,
    progress: &mut dyn Progress,
) -> Result<ModelCheck, WeightsError> {
    let record = Record::read(&found.folder);
    let mut files = Vec::new();
    for (role, path) in found.all() {
        let known = record.as_ref().ok().and_then(Option::as_ref);
        let mut expected = expected(model, found, path, model.name_of(role, path), known);
        if let Err(error) = &record {
            expected.faults.push(format!("{}: {error}", super::record::NAME));
        }
        files.push(check(role, path, expected, opener, progress)?);
    }
    let (id, licence, folder) = (model.id.clone(), model.licence.clone(), found.folder.clone());
    Ok(ModelCheck { id, licence, folder, files })
}

/// What is known of a file before it is read.
#[derive(Default)]
struct Expected {
    bytes: Option<u64>,
    sha256: Option<(String, HashSource)>,
    faults: Vec<String>,
}

fn expected(model: &Model, found: &Found, path: &Path, name: &str, record: Option<&Record>) -> Expected {
    let repository = found.repository.as_deref().or(record.map(|record| record.repository.as_str()));
    // What the manifest knows, it knows of its own revision.
    let is_same = |source: &&Source| {
        Some(source.repository.as_str()) == repository
            && record.is_none_or(|record| record.revision == source.revision)
    };
    let source = model.sources.iter().find(is_same);
    let known: Option<&KnownFile> = source.and_then(|source| source.file(name));
    let recorded = record.and_then(|record| record.files.get(name));
    let hash = |hash: &String, source| (hash.clone(), source);
    Expected {
        bytes: known.and_then(|file| file.bytes).or(recorded.map(|file| file.bytes)),
        sha256: known
            .and_then(|file| file.sha256.as_ref())
            .map(|sha256| hash(sha256, HashSource::Manifest))
            .or(recorded.map(|file| hash(&file.sha256, HashSource::PullRecord)))
            .or(hub_cache::blob_hash(path).map(|sha256| (sha256, HashSource::HubCache))),
        faults: Vec::new(),
    }
}

fn check(
    role: Role,
    path: &Path,
    expected: Expected,
    opener: &dyn Opener,
    progress: &mut dyn Progress,
) -> Result<FileCheck, WeightsError> {
    let hashed = hash(path, progress);
    progress.end();
    let (bytes, sha256) = hashed.map_err(|source| WeightsError::Io { path: path.to_owned(), source })?;
    let mut faults = expected.faults;
    if let Some(size) = expected.bytes.filter(|size| *size != bytes) {
        faults.push(format!("expected {size} bytes, found {bytes}"));
    }
    if let Some((hash, source)) = expected.sha256.as_ref().filter(|(hash, _)| *hash != sha256) {
        faults.push(format!("expected the SHA-256 {hash} of {}", source.describe()));
    }
    let contents = opener.open(path).unwrap_or_else(|fault| {
        faults.push(fault);
        String::new()
    });
    let hash_from = expected.sha256.map(|(_, source)| source);
    Ok(FileCheck { path: path.to_owned(), role, bytes, sha256, hash_from, contents, faults })
}

/// Size and SHA-256 of a file, read once in pieces.
fn hash(path: &Path, progress: &mut dyn Progress) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    progress.begin(&name, 0, file.metadata().ok().map(|data| data.len()));
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((bytes, hexadecimal(hasher))),
            read => {
                hasher.update(buffer.get(..read).unwrap_or_default());
                bytes += read as u64;
                progress.at(bytes);
            }
        }
    }
}

/// The digest in lower-case hexadecimal digits.
pub(super) fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::weights::record::RecordedFile;
    use crate::models::weights::testing::{safetensors, write};
    use crate::models::weights::{Headers, Manifest, Places, Silent};
    use std::collections::BTreeMap;

    /// Of "abc", from FIPS 180-2.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn checked(root: &Path, manifest: &str) -> ModelCheck {
        let manifest = Manifest::parse(manifest).unwrap();
        let model = &manifest.models()[0];
        let found = Places::only(root).find_model(model).unwrap();
        verify(model, &found, &Headers, &mut Silent).unwrap()
    }

    fn manifest(known: &str) -> String {
        format!(
            "[[model]]\nid = 'm'\nname = 'M'\npurpose = 'tests'\nlicence = 'none'\n\
             needs = [{{ role = 'weights', any-of = [['a.dat', 'b.safetensors']] }}]\n\
             [[model.source]]\nrepository = 'org/m'\nfile = [{{ name = 'a.dat', {known} }}]\n"
        )
    }

    #[test]
    fn the_manifests_size_and_hash_are_held_against_the_file() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("org/m");
        write(&folder.join("a.dat"), b"abc");
        write(&folder.join("b.safetensors"), &safetensors(4));
        let good = checked(root.path(), &manifest(&format!("bytes = 3, sha256 = '{ABC}'")));
        assert!(good.is_good(), "{good:?}");
        assert_eq!((good.files[0].sha256.as_str(), good.files[0].bytes), (ABC, 3));
        assert_eq!(good.files[0].hash_from, Some(HashSource::Manifest));
        assert_eq!(
            (good.files[1].hash_from, good.files[1].contents.as_str()),
            (None, "safetensors, 1 tensors")
        );
        let bad = checked(root.path(), &manifest(&format!("bytes = 4, sha256 = '{}'", "0".repeat(64))));
        assert_eq!(bad.files[0].faults.len(), 2, "{bad:?}");
        assert!(!bad.is_good());
    }

    #[test]
    fn a_flipped_bit_is_found_by_the_record_of_the_pull() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("m");
        write(&folder.join("a.dat"), b"abc");
        let mut weights = safetensors(4);
        write(&folder.join("b.safetensors"), &weights);
        let before = checked(root.path(), &manifest("bytes = 3"));
        assert!(before.is_good(), "{before:?}");
        let recorded = before.files.iter().map(|file| {
            let name = file.path.file_name().unwrap().to_string_lossy().into_owned();
            (name, RecordedFile { bytes: file.bytes, sha256: file.sha256.clone() })
        });
        let files: BTreeMap<_, _> = recorded.collect();
        let record =
            Record { repository: "org/m".into(), revision: "main".into(), files, ..Record::default() };
        record.write(&folder).unwrap();
        assert!(checked(root.path(), &manifest("bytes = 3")).is_good());
        let other = Record { revision: "v2".into(), ..record.clone() };
        other.write(&folder).unwrap();
        assert!(checked(root.path(), &manifest("bytes = 99")).is_good(), "known of another revision");
        record.write(&folder).unwrap();
        assert!(!checked(root.path(), &manifest("bytes = 99")).is_good());
        *weights.last_mut().unwrap() ^= 1;
        write(&folder.join("b.safetensors"), &weights);
        let after = checked(root.path(), &manifest("bytes = 3"));
        assert!(after.files[0].faults.is_empty() && after.files[1].faults.len() == 1, "{after:?}");
        assert_eq!(after.files[1].hash_from, Some(HashSource::PullRecord));
    }

    #[cfg(unix)]
    #[test]
    fn a_flipped_bit_is_found_by_the_name_of_the_caches_blob() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("models--org--m");
        write(&folder.join("snapshots/c/b.safetensors"), &safetensors(4));
        write(&folder.join("blobs").join(ABC), b"abc");
        std::os::unix::fs::symlink(format!("../../blobs/{ABC}"), folder.join("snapshots/c/a.dat")).unwrap();
        let good = checked(root.path(), &manifest("bytes = 3"));
        assert_eq!((good.files[0].hash_from, good.is_good()), (Some(HashSource::HubCache), true));
        write(&folder.join("blobs").join(ABC), b"abd");
        assert!(!checked(root.path(), &manifest("bytes = 3")).is_good());
    }
}
