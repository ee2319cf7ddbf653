//! The import itself: list, read on all cores, write in order.

use super::categories::Categories;
use super::found::{Found, Landmarks, Listing, UNKNOWN_SIGNER, language_code};
use super::{
    Format, ImportError, ImportReport, Options, Rejected, SourceReport, folders, format, karsl, landmarks,
    manifest, mp_data, ms_asl, stored, syrisign, wlasl,
};
use crate::dataset::{About, ClipRecord, DatasetError, DatasetWriter, EncodedClip};
use crate::lexicon::TrainedOn;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Clips that are read at once: bounds the memory, not the result.
const CHUNK: usize = 64;

/// A source's clips, and what it says of itself.
struct Source {
    path: PathBuf,
    format: Format,
    listing: Listing,
    /// What a dataset says that is taken over.
    about: Option<About>,
}

/// Imports sources into a dataset. `progress` is told how many clips are done, and of how many.
///
/// # Errors
/// A source cannot be listed at all, or the dataset cannot be written. Where no clip can be used, the
/// report says so and no dataset is made.
pub fn import(
    sources: &[PathBuf],
    folder: &Path,
    options: &Options,
    mut progress: impl FnMut(usize, usize),
) -> Result<ImportReport, ImportError> {
    check(folder, options)?;
    let mut listed = Vec::new();
    for path in sources {
        let format = options.format.map_or_else(|| Format::detect(path), Ok)?;
        let (listing, about) = list(path, format, options)?;
        listed.push(Source { path: path.clone(), format, listing, about });
    }
    let about = about(&listed, folder, options);
    let mut report = ImportReport::default();
    let clips = gather(listed, &mut report);
    let total = clips.len();
    let mut import = Import { folder, about, writer: None, categories: Categories::default(), report };
    let mut done = 0;
    for chunk in clips.chunks(CHUNK) {
        let read = chunk.par_iter().map(|(source, clip)| {
            let fps = options.fps.unwrap_or(import.report.sources[*source].format.assumed_fps());
            landmarks::read(clip, options.points, fps).and_then(|clip| EncodedClip::new(&clip))
        });
        let read: Vec<Result<EncodedClip, String>> = read.collect();
        for ((source, clip), read) in chunk.iter().zip(read) {
            import.take(*source, clip, read)?;
        }
        done += chunk.len();
        progress(done, total);
    }
    import.finish()
}

fn check(folder: &Path, options: &Options) -> Result<(), ImportError> {
    if let Some(found) = options.fps.filter(|fps| !(fps.is_finite() && *fps > 0.0)) {
        return Err(ImportError::Rate { found });
    }
    let holds_something = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if !options.force && holds_something {
        return Err(ImportError::Exists { path: folder.to_owned() });
    }
    Ok(())
}

fn list(path: &Path, format: Format, options: &Options) -> Result<(Listing, Option<About>), ImportError> {
    let table = || if path.is_file() { Some(path.to_owned()) } else { format::table_in(path) };
    let listing = match format {
        Format::Syrisign => match table() {
            Some(table) => manifest::read(&table, options)?,
            None => syrisign::read(path, options)?,
        },
        Format::Index if path.is_file() => manifest::read(path, options)?,
        Format::Index => manifest::read(&path.join("index.csv"), options)?,
        Format::Karsl => karsl::read(path, options)?,
        Format::Wlasl => wlasl::read(path, options)?,
        Format::MsAsl => ms_asl::read(path, options)?,
        Format::MpData => mp_data::read(path, options)?,
        Format::Folders => folders::read(path, options)?,
        Format::Dataset => {
            let (listing, about) = stored::read(path)?;
            return Ok((listing, Some(about)));
        }
    };
    Ok((listing, None))
}

/// All clips in one list, each with its source's number, their ids and signers told apart by source.
fn gather(sources: Vec<Source>, report: &mut ImportReport) -> Vec<(usize, Found)> {
    let prefixes = prefixes(&sources);
    let mut clips = Vec::new();
    let mut ids = BTreeSet::new();
    let mut takes = Takes::default();
    for (number, source) in sources.into_iter().enumerate() {
        let (path, format) = (source.path, source.format);
        let (found, rejected) = (source.listing.found.len(), source.listing.rejected.len());
        report.sources.push(SourceReport { path, format, found, taken: 0, rejected });
        report.rejected.extend(source.listing.rejected);
        for mut clip in source.listing.found {
            clip.id = clip.id.trim().to_owned();
            if let Some(prefix) = &prefixes[number] {
                clip.id = format!("{prefix}/{}", clip.id);
                clip.copy_of = clip.copy_of.map(|id| format!("{prefix}/{id}"));
                if clip.signer == UNKNOWN_SIGNER {
                    clip.signer = format!("{prefix}-{UNKNOWN_SIGNER}");
                }
            }
            if ids.insert(clip.id.clone()) {
                takes.reserve(&clip);
                clips.push((number, clip));
            } else {
                let reason = format!("another clip has its id {:?}", clip.id);
                report.rejected.push(Rejected { path: clip.path, reason });
                report.sources[number].rejected += 1;
            }
        }
    }
    clips.iter_mut().for_each(|(_, clip)| takes.number(clip));
    clips
}

/// What comes before the ids of a source's clips; nothing where there is only one source.
fn prefixes(sources: &[Source]) -> Vec<Option<String>> {
    let name = |source: &Source| {
        let whole = source.path.canonicalize().unwrap_or_else(|_| source.path.clone());
        whole.file_stem().map_or("source".to_owned(), |name| name.to_string_lossy().trim().to_owned())
    };
    let mut taken = BTreeSet::new();
    let prefix = |source: &Source| {
        let name = name(source);
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| taken.insert(name.clone()))
    };
    if sources.len() < 2 { vec![None; sources.len()] } else { sources.iter().map(prefix).collect() }
}

/// The takes of each word by each signer.
#[derive(Default)]
struct Takes {
    taken: BTreeMap<(String, String), BTreeSet<u32>>,
}

impl Takes {
    fn of(&mut self, clip: &Found) -> &mut BTreeSet<u32> {
        self.taken.entry((clip.word.key.clone(), clip.signer.clone())).or_default()
    }

    fn reserve(&mut self, clip: &Found) {
        if let Some(take) = clip.take {
            self.of(clip).insert(take);
        }
    }

    /// Gives a clip without a number the one after the last.
    fn number(&mut self, clip: &mut Found) {
        if clip.take.is_none() {
            let taken = self.of(clip);
            let next = taken.last().map_or(1, |last| last.saturating_add(1));
            taken.insert(next);
            clip.take = Some(next);
        }
    }
}

/// What the dataset will say of itself.
fn about(sources: &[Source], folder: &Path, options: &Options) -> About {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let named = || absolute.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut notes = vec![format!("imported by: {}", options.command)];
    for source in sources {
        let kept = source.about.as_ref().map(|about| format!(", which says: {}", about.notes));
        notes.push(format!("from {} ({}){}", source.path.display(), source.format, kept.unwrap_or_default()));
    }
    About {
        name: options.name.clone().or_else(named).unwrap_or_else(|| "dataset".to_owned()),
        trained_on_kind: learnt_from(sources, options),
        notes: notes.join("; "),
    }
}

/// Recordings stay recordings, and a single practice sign makes them mixed.
fn learnt_from(sources: &[Source], options: &Options) -> TrainedOn {
    let kind = |source: &Source| source.about.as_ref().map(|about| about.trained_on_kind.clone());
    let invented = sources.iter().filter_map(kind).filter(TrainedOn::is_practice).collect::<Vec<_>>();
    if invented.len() == sources.len() && invented.iter().all(|kind| *kind == TrainedOn::Practice) {
        return TrainedOn::Practice;
    }
    if !invented.is_empty() {
        return TrainedOn::Mixed;
    }
    let said = sources.iter().map(|source| source.listing.language.as_deref().unwrap_or("und"));
    let said: BTreeSet<&str> = said.collect();
    let language = match (&options.language, said.len()) {
        (Some(language), _) => language_code(language).unwrap_or_else(|| language.clone()),
        (None, 1) => said.first().map_or("und", |language| language).to_owned(),
        // ISO 639's code for several languages.
        (None, _) => "mul".to_owned(),
    };
    TrainedOn::Recorded { language }
}

/// An import that is going on.
struct Import<'a> {
    folder: &'a Path,
    about: About,
    /// None until the first clip: a folder without clips is not made.
    writer: Option<DatasetWriter>,
    categories: Categories,
    report: ImportReport,
}

impl Import<'_> {
    fn take(
        &mut self,
        source: usize,
        clip: &Found,
        read: Result<EncodedClip, String>,
    ) -> Result<(), ImportError> {
        let encoded = match read {
            Ok(encoded) => encoded,
            Err(reason) => {
                self.reject(source, clip, reason);
                return Ok(());
            }
        };
        if clip.word.key.is_empty() {
            self.reject(source, clip, "its path or row names no word".to_owned());
            return Ok(());
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(DatasetWriter::replace(self.folder, self.about.clone())?),
        };
        let mut word = clip.word.clone();
        self.categories.fill_in(&mut word)?;
        let record = ClipRecord {
            id: clip.id.clone(),
            word: writer.word(word),
            signer: clip.signer.clone(),
            session: clip.session.clone(),
            take: clip.take.unwrap_or(1),
            fps: encoded.fps,
            frames: encoded.frames,
            source: clip.path.display().to_string(),
            copy_of: clip.copy_of.clone(),
        };
        match writer.push_encoded(record, &encoded) {
            Ok(()) => {
                self.report.taken += 1;
                self.report.sources[source].taken += 1;
            }
            Err(DatasetError::Unstorable { message, .. }) => self.reject(source, clip, message),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn reject(&mut self, source: usize, clip: &Found, reason: String) {
        self.report.sources[source].rejected += 1;
        let path = match &clip.landmarks {
            Landmarks::File(path) => path,
            Landmarks::Frames(_) | Landmarks::Stored(..) => &clip.path,
        };
        self.report.rejected.push(Rejected { path: path.clone(), reason });
    }

    fn finish(mut self) -> Result<ImportReport, ImportError> {
        if let Some(writer) = self.writer {
            let dataset = writer.finish()?;
            let of = |name: fn(&ClipRecord) -> String| {
                dataset.clips().iter().map(name).collect::<BTreeSet<String>>().len()
            };
            self.report.words = of(|clip| clip.word.to_string());
            self.report.signers = of(|clip| clip.signer.clone());
            self.report.dataset = Some(dataset.folder().to_owned());
        }
        Ok(self.report)
    }
}
