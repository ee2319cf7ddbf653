//! One model, brought from the hub: its files one by one, small ones first, all of one commit.

use super::hub::Hub;
use super::transfer::{Fetched, Job, Patience, fetch};
use super::{PullError, partial};
use crate::models::weights::record::{Record, RecordedFile};
use crate::models::weights::{HashSource, Model, Need, Progress, Role, Source};
use serde::Serialize;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Downloads models.
pub struct Puller {
    hub: Hub,
    patience: Patience,
}

/// What of a model to pull.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullOptions {
    /// This repository, not the manifest's first.
    pub repository: Option<String>,
    /// This branch, commit or `refs/pr/N`, not the manifest's.
    pub revision: Option<String>,
}

/// A model that was pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PullReport {
    /// Its id.
    pub id: String,
    /// Where from.
    pub repository: String,
    /// The commit, where the hub named it.
    pub commit: Option<String>,
    /// Where it is now.
    pub folder: PathBuf,
    /// Its files, those included that were there before.
    pub files: Vec<PulledFile>,
}

/// A file that is in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PulledFile {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Whether it was there before.
    pub kept: bool,
    /// Who promised the hash that it was held against; nobody where it was kept.
    pub hash_from: Option<HashSource>,
}

/// A file that a pull would bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// What it is for.
    pub role: Role,
    /// Where it is, each alternative; the first that the hub has is taken.
    pub urls: Vec<String>,
    /// About how many bytes it has, where that is known.
    pub about_bytes: Option<u64>,
    /// What of it is there.
    pub state: FileState,
}

/// What of a file is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// All of it.
    Present,
    /// So many bytes, which a pull goes on from.
    Partial(u64),
    /// Nothing.
    Absent,
}

impl Puller {
    /// The hub of `HF_ENDPOINT`, else `https://huggingface.co`, with the token of `HF_TOKEN` where it is
    /// set. A proxy is taken from the usual variables (`HTTPS_PROXY`, `NO_PROXY`).
    ///
    /// # Errors
    /// [`PullError::Setting`] where the address is none, or `HF_HUB_OFFLINE` forbids.
    pub fn from_environment() -> Result<Self, PullError> {
        let variable = |name: &str| std::env::var(name).ok().map(|value| value.trim().to_owned());
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_on = |value: String| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on");
        if set("HF_HUB_OFFLINE").is_some_and(is_on) {
            return Err(PullError::Setting("HF_HUB_OFFLINE is set: nothing is pulled".to_owned()));
        }
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
        Self::new(&endpoint, set("HF_TOKEN"))
    }

    /// A hub by its address; the token is shown to it alone.
    ///
    /// # Errors
    /// [`PullError::Setting`] where the address is none.
    pub fn new(endpoint: &str, token: Option<String>) -> Result<Self, PullError> {
        let patience = Patience { tries: 6, first_wait: Duration::from_millis(500) };
        Ok(Self { hub: Hub::new(endpoint, token)?, patience })
    }

    /// Waits so long before the second try; twice as long before each further one.
    #[must_use]
    pub fn waiting(mut self, first_wait: Duration) -> Self {
        self.patience.first_wait = first_wait;
        self
    }

    /// What a pull would bring; asks nobody.
    ///
    /// # Errors
    /// [`PullError::NotOnHub`], and [`PullError::Setting`] for a repository that is none.
    pub fn plan(
        &self,
        model: &Model,
        options: &PullOptions,
        folder: &Path,
    ) -> Result<Vec<Planned>, PullError> {
        let source = source(model, options)?;
        let plan = |need: &Need| {
            let group = need.any_of.iter().find(|group| is_there(folder, group));
            let names = || need.any_of.iter().flatten();
            let state = match group {
                Some(_) => FileState::Present,
                None => names()
                    .find_map(|name| partial::bytes_kept(&folder.join(name)))
                    .map_or(FileState::Absent, FileState::Partial),
            };
            let url = |name: &String| self.hub.url(&source.repository, revision(&source, name), name);
            let sizes = names().filter_map(|name| source.file(name)?.size());
            Planned { role: need.role, urls: names().map(url).collect(), about_bytes: sizes.max(), state }
        };
        Ok(model.needs.iter().map(plan).collect())
    }

    /// Brings a model's files into a folder; files that are there stay.
    ///
    /// # Errors
    /// Any [`PullError`]. What has come is kept where the same call can go on from it.
    pub fn pull(
        &self,
        model: &Model,
        options: &PullOptions,
        folder: &Path,
        progress: &mut dyn Progress,
    ) -> Result<PullReport, PullError> {
        let source = source(model, options)?;
        let failed = |source| PullError::Io { path: folder.to_owned(), action: "cannot write", source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let _lock = lock(folder)?;
        let record = open_record(folder, &source)?;
        let mut work = Work { puller: self, source: &source, folder, record, files: Vec::new() };
        for need in &model.needs {
            work.bring(need, progress)?;
        }
        let (commit, files) = (work.record.commit, work.files);
        let (id, repository) = (model.id.clone(), source.repository.clone());
        Ok(PullReport { id, repository, commit, folder: folder.to_owned(), files })
    }
}

/// Where a model is pulled from: as asked, else as the manifest prefers.
fn source(model: &Model, options: &PullOptions) -> Result<Source, PullError> {
    let mut source = match &options.repository {
        Some(name) => match model.sources.iter().find(|source| source.repository == *name) {
            Some(source) => source.clone(),
            None => Source::unknown(name).map_err(PullError::Setting)?,
        },
        None => model
            .sources
            .first()
            .cloned()
            .ok_or_else(|| PullError::NotOnHub { id: model.id.clone(), how: model.how_to_get() })?,
    };
    if let Some(revision) = &options.revision {
        // What is known is known of the manifest's revision.
        source.files.clear();
        source.revision.clone_from(revision);
    }
    Ok(source)
}

/// The revision that has a file.
fn revision<'a>(source: &'a Source, name: &str) -> &'a str {
    source.file(name).and_then(|file| file.revision.as_deref()).unwrap_or(&source.revision)
}

fn is_there(folder: &Path, group: &[String]) -> bool {
    group.iter().all(|name| folder.join(name).is_file())
}

/// Keeps a second pull out of the folder for as long as the file lives. It stays behind, empty: removing
/// it would let two others in at once.
fn lock(folder: &Path) -> Result<File, PullError> {
    let path = folder.join(".pull.lock");
    let failed = |source| PullError::Io { path: path.clone(), action: "cannot lock", source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PullError::Busy { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
            tracing::warn!(folder = %folder.display(), "cannot be locked: pull only once at a time");
            Ok(file)
        }
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// What was pulled into a folder before, or a fresh record. A folder never mixes two revisions.
fn open_record(folder: &Path, source: &Source) -> Result<Record, PullError> {
    let path = folder.join(crate::models::weights::record::NAME);
    let read = Record::read(folder);
    let read = read.map_err(|source| PullError::Io { path, action: "cannot read", source })?;
    let (repository, revision) = (source.repository.clone(), source.revision.clone());
    match read {
        Some(record) if record.repository == repository && record.revision == revision => Ok(record),
        Some(record) => Err(PullError::Occupied {
            folder: folder.to_owned(),
            held: format!("{} at {}", record.repository, record.revision),
            asked: format!("{repository} at {revision}"),
        }),
        None => Ok(Record { repository, revision, ..Record::default() }),
    }
}

/// A pull under way.
struct Work<'a> {
    puller: &'a Puller,
    source: &'a Source,
    folder: &'a Path,
    record: Record,
    files: Vec<PulledFile>,
}

impl Work<'_> {
    /// Brings the first group of a role that the hub has, unless one is there.
    fn bring(&mut self, need: &Need, progress: &mut dyn Progress) -> Result<(), PullError> {
        if let Some(group) = need.any_of.iter().find(|group| self.is_whole(group)) {
            for name in group {
                let bytes = std::fs::metadata(self.folder.join(name)).map_or(0, |data| data.len());
                progress.note(&format!("{name}: is there already"));
                self.files.push(PulledFile { name: name.clone(), bytes, kept: true, hash_from: None });
            }
            return Ok(());
        }
        for group in &need.any_of {
            if self.bring_group(group, progress)? {
                return Ok(());
            }
        }
        if need.optional {
            return Ok(());
        }
        let (repository, revision) = (self.source.repository.clone(), self.source.revision.clone());
        Err(PullError::NotFound { repository, revision, phrase: need.phrase() })
    }

    /// Whether all files of a group are there with the sizes that they should have.
    fn is_whole(&self, group: &[String]) -> bool {
        group.iter().all(|name| {
            let known = self.source.file(name).and_then(|file| file.bytes);
            let expected = known.or(self.record.files.get(name).map(|file| file.bytes));
            let data = std::fs::metadata(self.folder.join(name)).ok().filter(std::fs::Metadata::is_file);
            data.is_some_and(|data| expected.is_none_or(|bytes| bytes == data.len()))
        })
    }

    /// Brings all files of a group; false where the hub lacks one.
    fn bring_group(&mut self, group: &[String], progress: &mut dyn Progress) -> Result<bool, PullError> {
        for name in group {
            match self.fetch(name, progress) {
                Ok(fetched) => self.keep(name, fetched)?,
                Err(PullError::Status { status: 404, .. }) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn fetch(&self, name: &str, progress: &mut dyn Progress) -> Result<Fetched, PullError> {
        let known = self.source.file(name);
        let own = known.and_then(|file| file.revision.as_deref());
        // The branch may move while the files come: they all come from the commit that the first came from.
        let revision = own.or(self.record.commit.as_deref()).unwrap_or(&self.source.revision);
        let url = self.puller.hub.url(&self.source.repository, revision, name);
        let target = self.folder.join(name);
        if let Some(parent) = target.parent() {
            let failed = |source| PullError::Io { path: parent.to_owned(), action: "cannot make", source };
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        fetch(&self.puller.hub, self.puller.patience, &Job { name, url, target: &target, known }, progress)
    }

    fn keep(&mut self, name: &str, fetched: Fetched) -> Result<(), PullError> {
        let Fetched { bytes, sha256, hash_from, commit } = fetched;
        if self.source.file(name).is_none_or(|file| file.revision.is_none()) {
            self.record.commit = self.record.commit.take().or(commit);
        }
        self.record.files.insert(name.to_owned(), RecordedFile { bytes, sha256 });
        self.files.push(PulledFile { name: name.to_owned(), bytes, kept: false, hash_from });
        let failed = |source| PullError::Io { path: self.folder.to_owned(), action: "cannot write", source };
        self.record.write(self.folder).map_err(failed)
    }
}
