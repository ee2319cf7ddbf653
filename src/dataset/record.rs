//! A dataset's words and clips, and the tables that list them.

use super::DatasetError;
use super::files::{self, read_table, write_table};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A word that clips sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Its name in the dataset, unique.
    pub key: String,
    /// The word itself: Arabic, or what the source has.
    pub gloss: String,
    /// Which part of the bulletin it belongs to; empty where nobody said.
    pub category: String,
    /// Spellings that mean it, the gloss among them or not.
    pub forms: Vec<String>,
}

/// What is known of a clip beside its landmarks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipRecord {
    /// Its name, unique in the dataset.
    pub id: String,
    /// Its word, an index into the dataset's words.
    pub word: usize,
    /// Who signs.
    pub signer: String,
    /// When or where it was recorded; empty where nobody said.
    pub session: String,
    /// Which repetition of the word by this signer, in order of recording.
    pub take: u32,
    /// Frames a second.
    pub fps: f32,
    /// How many frames it has.
    pub frames: usize,
    /// The file that it came from, or how it was made.
    pub source: String,
    /// The id of the clip that it is a copy or an augmentation of.
    pub copy_of: Option<String>,
}

/// Where a clip lies in the file of landmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct WordRow {
    key: String,
    gloss: String,
    category: String,
    forms: String,
}

#[derive(Serialize, Deserialize)]
struct ClipRow {
    id: String,
    word: String,
    signer: String,
    session: String,
    take: u32,
    fps: f32,
    frames: usize,
    source: String,
    copy_of: String,
    offset: u64,
    bytes: u64,
}

const WORD_COLUMNS: [&str; 4] = ["key", "gloss", "category", "forms"];
const CLIP_COLUMNS: [&str; 11] =
    ["id", "word", "signer", "session", "take", "fps", "frames", "source", "copy_of", "offset", "bytes"];

/// Between the forms of a word in one field.
const BETWEEN_FORMS: char = '|';

pub(super) fn write_words(folder: &Path, words: &[Word]) -> Result<(), DatasetError> {
    let rows = words.iter().map(|word| WordRow {
        key: word.key.clone(),
        gloss: word.gloss.clone(),
        category: word.category.clone(),
        forms: word.forms.join(&BETWEEN_FORMS.to_string()),
    });
    write_table(&folder.join(files::WORDS), &WORD_COLUMNS, rows)
}

pub(super) fn read_words(folder: &Path) -> Result<Vec<Word>, DatasetError> {
    let path = folder.join(files::WORDS);
    let mut keys = BTreeSet::new();
    let mut words = Vec::new();
    for (line, row) in read_table::<WordRow>(&path)? {
        if row.key.is_empty() || !keys.insert(row.key.clone()) {
            let message = format!("expected a key of its own, found {:?}", row.key);
            return Err(DatasetError::Row { path, line, message });
        }
        let forms = row.forms.split(BETWEEN_FORMS).map(str::trim).filter(|form| !form.is_empty());
        let forms = forms.map(str::to_owned).collect();
        words.push(Word { key: row.key, gloss: row.gloss, category: row.category, forms });
    }
    Ok(words)
}

pub(super) fn write_clips(
    folder: &Path,
    words: &[Word],
    clips: &[ClipRecord],
    places: &[Place],
) -> Result<(), DatasetError> {
    let rows = clips.iter().zip(places).map(|(clip, place)| ClipRow {
        id: clip.id.clone(),
        word: words.get(clip.word).map(|word| word.key.clone()).unwrap_or_default(),
        signer: clip.signer.clone(),
        session: clip.session.clone(),
        take: clip.take,
        fps: clip.fps,
        frames: clip.frames,
        source: clip.source.clone(),
        copy_of: clip.copy_of.clone().unwrap_or_default(),
        offset: place.offset,
        bytes: place.bytes,
    });
    write_table(&folder.join(files::CLIPS), &CLIP_COLUMNS, rows)
}

pub(super) fn read_clips(
    folder: &Path,
    words: &[Word],
) -> Result<(Vec<ClipRecord>, Vec<Place>), DatasetError> {
    let path = folder.join(files::CLIPS);
    let numbers: BTreeMap<&str, usize> = words.iter().enumerate().map(|(i, w)| (w.key.as_str(), i)).collect();
    let mut ids = BTreeSet::new();
    let (mut clips, mut places) = (Vec::new(), Vec::new());
    for (line, row) in read_table::<ClipRow>(&path)? {
        let wrong = |message| DatasetError::Row { path: path.clone(), line, message };
        let Some(&word) = numbers.get(row.word.as_str()) else {
            return Err(wrong(format!("expected a key of {}, found {:?}", files::WORDS, row.word)));
        };
        if row.id.is_empty() || !ids.insert(row.id.clone()) {
            return Err(wrong(format!("expected an id of its own, found {:?}", row.id)));
        }
        if !(row.fps.is_finite() && row.fps > 0.0) {
            return Err(wrong(format!("expected a rate above 0, found {}", row.fps)));
        }
        places.push(Place { offset: row.offset, bytes: row.bytes });
        clips.push(ClipRecord {
            id: row.id,
            word,
            signer: row.signer,
            session: row.session,
            take: row.take,
            fps: row.fps,
            frames: row.frames,
            source: row.source,
            copy_of: Some(row.copy_of).filter(|id| !id.is_empty()),
        });
    }
    Ok((clips, places))
}
