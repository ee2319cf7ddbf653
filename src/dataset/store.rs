//! A dataset that is there: its tables in memory, its landmarks mapped.

use super::about::Card;
use super::files::{self, failed};
use super::record::{self, Place};
use super::{About, ClipRecord, DatasetError, Word, codec};
use crate::pose::{Layout, PoseSequence};
use memmap2::Mmap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A dataset, open for reading from any thread.
#[derive(Debug)]
pub struct Dataset {
    folder: PathBuf,
    about: About,
    words: Vec<Word>,
    clips: Vec<ClipRecord>,
    places: Vec<Place>,
    layouts: Vec<Arc<Layout>>,
    /// None of a dataset without clips: nothing cannot be mapped.
    landmarks: Option<Mmap>,
}

impl Dataset {
    /// Opens a folder. Tables are read and checked against each other and against the size of the file of
    /// landmarks; clips are decoded when they are asked for.
    ///
    /// # Errors
    /// [`DatasetError::NoDataset`] where there is no `dataset.json`; [`DatasetError::File`] and
    /// [`DatasetError::Row`] where the files do not hold what they must.
    pub fn open(folder: &Path) -> Result<Dataset, DatasetError> {
        let mut card = Card::read(folder)?;
        let layouts = card.layouts(folder)?;
        let words = record::read_words(folder)?;
        let (clips, places) = record::read_clips(folder, &words)?;
        let landmarks = open_landmarks(&folder.join(files::LANDMARKS), card.clip_bytes)?;
        let wrong = |message| DatasetError::File { path: folder.join(files::CLIPS), message };
        if clips.len() != card.clips {
            return Err(wrong(format!("expected {} clips, found {}", card.clips, clips.len())));
        }
        let outside =
            |place: &Place| place.offset.checked_add(place.bytes).is_none_or(|end| end > card.clip_bytes);
        if let Some(clip) = places.iter().position(outside) {
            let (id, bytes) = (&clips[clip].id, card.clip_bytes);
            return Err(wrong(format!("clip {id:?} lies beyond the {bytes} bytes of {}", files::LANDMARKS)));
        }
        Ok(Dataset { folder: folder.to_owned(), about: card.about, words, clips, places, layouts, landmarks })
    }

    /// What it is.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Its words; clips name them by index.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// Its clips; splits name them by index.
    pub fn clips(&self) -> &[ClipRecord] {
        &self.clips
    }

    /// The word of a clip.
    ///
    /// # Panics
    /// Where there is no such clip.
    pub fn word_of(&self, clip: usize) -> &Word {
        &self.words[self.clips[clip].word]
    }

    /// The index of the clip of an id.
    pub fn clip_of(&self, id: &str) -> Option<usize> {
        self.clips.iter().position(|clip| clip.id == id)
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Decodes a clip: `[frames, points]` in the layout that it was stored in. Points that were not seen
    /// are at the origin.
    ///
    /// # Errors
    /// [`DatasetError::NoSuchClip`]; [`DatasetError::Damaged`] where the bytes are not what was written.
    pub fn read(&self, clip: usize) -> Result<PoseSequence, DatasetError> {
        let no_such = DatasetError::NoSuchClip { index: clip, count: self.clips.len() };
        let Some((record, place)) = self.clips.get(clip).zip(self.places.get(clip)) else {
            return Err(no_such);
        };
        let damaged = |message| DatasetError::Damaged {
            path: self.folder.join(files::LANDMARKS),
            id: record.id.clone(),
            message,
        };
        let bytes = self.landmarks.as_deref().unwrap_or_default();
        let end = place.offset.saturating_add(place.bytes);
        let bytes = bytes.get(place.offset as usize..end as usize);
        let bytes = bytes.ok_or_else(|| damaged("it lies beyond the file".to_owned()))?;
        let decoded = codec::decode(bytes, &self.layouts).map_err(damaged)?;
        if decoded.frame_count() != record.frames || decoded.fps != record.fps {
            return Err(damaged(format!(
                "expected {} frames at {} a second, found {} at {}",
                record.frames,
                record.fps,
                decoded.frame_count(),
                decoded.fps
            )));
        }
        Ok(decoded)
    }
}

fn open_landmarks(path: &Path, expected: u64) -> Result<Option<Mmap>, DatasetError> {
    let file = File::open(path).map_err(failed(path, "reading"))?;
    let about = file.metadata().map_err(failed(path, "reading"))?;
    if !about.is_file() || about.len() != expected {
        let found = about.len();
        let message = format!("expected a file of {expected} bytes, found {found}");
        return Err(DatasetError::File { path: path.to_owned(), message });
    }
    if expected == 0 {
        return Ok(None);
    }
    map(&file).map(Some).map_err(failed(path, "mapping"))
}

#[expect(
    unsafe_code,
    reason = "mapping a file: sound while nobody shortens or changes it. A dataset is written under another \
              name and renamed, which leaves a mapped one as it was"
)]
fn map(file: &File) -> std::io::Result<Mmap> {
    unsafe { Mmap::map(file) }
}
