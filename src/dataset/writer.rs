//! Writing a dataset: clips go to disk as they come, tables at the end, `dataset.json` last, so that a
//! folder is a dataset only when it is whole.

use super::about::Card;
use super::codec::EncodedClip;
use super::files::{self, failed};
use super::record::{self, Place};
use super::{About, ClipRecord, Dataset, DatasetError, Word};
use crate::pose::{Layout, PoseSequence};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A dataset that is being written. Dropped before [`Self::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct DatasetWriter {
    folder: PathBuf,
    about: About,
    words: Vec<Word>,
    numbers: BTreeMap<String, usize>,
    clips: Vec<ClipRecord>,
    ids: BTreeSet<String>,
    places: Vec<Place>,
    layouts: Vec<Arc<Layout>>,
    landmarks: BufWriter<File>,
    written: u64,
    part: Part,
}

/// The unfinished file, which goes with its writer.
#[derive(Debug)]
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // Renamed already where the dataset was finished.
        let _ = fs::remove_file(&self.0);
    }
}

impl DatasetWriter {
    /// Begins a dataset in a folder, which is made where there is none.
    ///
    /// # Errors
    /// [`DatasetError::Exists`] where the folder holds a dataset; [`DatasetError::Io`].
    pub fn create(folder: &Path, about: About) -> Result<Self, DatasetError> {
        if folder.join(files::ABOUT).exists() {
            return Err(DatasetError::Exists { path: folder.to_owned() });
        }
        Self::replace(folder, about)
    }

    /// As [`Self::create`], in place of the dataset that is there, which stays until this one is finished.
    /// Its splits stay too: they name clips by id.
    ///
    /// # Errors
    /// [`DatasetError::Io`].
    pub fn replace(folder: &Path, about: About) -> Result<Self, DatasetError> {
        fs::create_dir_all(folder).map_err(failed(folder, "making the folder"))?;
        let part = files::partial(&folder.join(files::LANDMARKS));
        let file = File::create(&part).map_err(failed(&part, "writing"))?;
        Ok(Self {
            folder: folder.to_owned(),
            about,
            words: Vec::new(),
            numbers: BTreeMap::new(),
            clips: Vec::new(),
            ids: BTreeSet::new(),
            places: Vec::new(),
            layouts: Vec::new(),
            landmarks: BufWriter::new(file),
            written: 0,
            part: Part(part),
        })
    }

    /// Adds a word and gives its index. A key that is there already is the same word: its forms are merged,
    /// and what it lacked is filled in.
    pub fn word(&mut self, mut word: Word) -> usize {
        // As it is read again from the table.
        word.key = word.key.trim().to_owned();
        let Some(&number) = self.numbers.get(&word.key) else {
            self.numbers.insert(word.key.clone(), self.words.len());
            self.words.push(word);
            return self.words.len() - 1;
        };
        let known = &mut self.words[number];
        for (field, value) in [(&mut known.gloss, word.gloss), (&mut known.category, word.category)] {
            if field.is_empty() {
                *field = value;
            }
        }
        for form in word.forms {
            if !known.forms.contains(&form) {
                known.forms.push(form);
            }
        }
        number
    }

    /// Adds a clip. The record's rate and number of frames are taken from the landmarks.
    ///
    /// # Errors
    /// [`DatasetError::Unstorable`] where the id is taken or empty, the word is none of this dataset's, or
    /// the landmarks are not finite; [`DatasetError::Io`].
    pub fn push(&mut self, record: ClipRecord, clip: &PoseSequence) -> Result<(), DatasetError> {
        match EncodedClip::new(clip) {
            Ok(encoded) => self.push_encoded(record, &encoded),
            Err(message) => Err(DatasetError::Unstorable { id: record.id, message }),
        }
    }

    /// As [`Self::push`], of a clip that another thread encoded.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn push_encoded(&mut self, mut record: ClipRecord, clip: &EncodedClip) -> Result<(), DatasetError> {
        if let Err(message) = self.check(&record) {
            return Err(DatasetError::Unstorable { id: record.id, message });
        }
        let layout = self.layout_number(&clip.layout);
        let layout = layout.map_err(|message| DatasetError::Unstorable { id: record.id.clone(), message })?;
        let bytes = clip.bytes(layout);
        self.landmarks.write_all(&bytes).map_err(failed(&self.part.0, "writing"))?;
        self.places.push(Place { offset: self.written, bytes: bytes.len() as u64 });
        self.written += bytes.len() as u64;
        self.ids.insert(record.id.clone());
        (record.fps, record.frames) = (clip.fps, clip.frames);
        self.clips.push(record);
        Ok(())
    }

    fn check(&self, record: &ClipRecord) -> Result<(), String> {
        if record.id.is_empty() || record.id.trim() != record.id {
            return Err("expected an id that neither is empty nor has spaces around it".to_owned());
        }
        if self.ids.contains(&record.id) {
            return Err("another clip has its id".to_owned());
        }
        if record.word >= self.words.len() {
            return Err(format!("expected one of {} words, found number {}", self.words.len(), record.word));
        }
        Ok(())
    }

    fn layout_number(&mut self, layout: &Arc<Layout>) -> Result<u16, String> {
        let same = |known: &Arc<Layout>| Arc::ptr_eq(known, layout) || known == layout;
        let number = self.layouts.iter().position(same).unwrap_or_else(|| {
            self.layouts.push(layout.clone());
            self.layouts.len() - 1
        });
        u16::try_from(number).map_err(|_| "there are too many different layouts".to_owned())
    }

    /// Writes what is left and opens the dataset.
    ///
    /// # Errors
    /// [`DatasetError::Io`]; what [`Dataset::open`] finds.
    pub fn finish(mut self) -> Result<Dataset, DatasetError> {
        self.landmarks.flush().map_err(failed(&self.part.0, "writing"))?;
        self.landmarks.get_ref().sync_all().map_err(failed(&self.part.0, "writing"))?;
        let about = self.folder.join(files::ABOUT);
        if about.exists() {
            fs::remove_file(&about).map_err(failed(&about, "removing the old one"))?;
        }
        let landmarks = self.folder.join(files::LANDMARKS);
        fs::rename(&self.part.0, &landmarks).map_err(failed(&landmarks, "renaming"))?;
        record::write_words(&self.folder, &self.words)?;
        record::write_clips(&self.folder, &self.words, &self.clips, &self.places)?;
        Card::new(self.about.clone(), self.clips.len(), self.written, &self.layouts).write(&self.folder)?;
        Dataset::open(&self.folder)
    }
}
