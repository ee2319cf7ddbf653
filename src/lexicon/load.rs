//! A lexicon with its recordings: what ships, what is registered, what is given besides.

use super::import::{Check, ImportReport, Recording, letter_key, read_folder};
use super::store::Source;
use super::{Category, Entry, Lexicon, LexiconConfig, LexiconError, Provenance, Review};
use std::path::Path;
use std::sync::Arc;

impl Lexicon {
    /// What ships, the user's registered folders and the given ones. Later ones take precedence.
    ///
    /// A registered folder that has gone is warned about by name and left out; rows of a folder
    /// that cannot be used were reported when it was imported, and are counted in a warning.
    ///
    /// # Errors
    /// Where a text that ships, the list of folders, or a folder that was given cannot be read.
    pub fn load(config: &LexiconConfig) -> Result<Lexicon, LexiconError> {
        let mut lexicon = Lexicon::builtin()?;
        for folder in config.registered()? {
            match lexicon.take_in(&folder, Check::Presence) {
                Ok(report) => warn_of_rejected(&report),
                Err(error) => tracing::warn!(
                    "imported signs are left out: {error}; bring the folder back, or run \
                     `nashra lexicon remove {}`",
                    folder.display()
                ),
            }
        }
        for folder in &config.folders {
            warn_of_rejected(&lexicon.take_in(folder, Check::Presence)?);
        }
        Ok(lexicon)
    }

    /// Takes in a folder of `.pose` files with an `index.csv`, every file checked. Its signs take
    /// precedence over all that is there.
    ///
    /// # Errors
    /// [`LexiconError::Import`] where there is no usable index; bad rows are in the report instead.
    pub fn import(&mut self, dir: &Path) -> Result<ImportReport, LexiconError> {
        self.take_in(dir, Check::Contents)
    }

    fn take_in(&mut self, dir: &Path, check: Check) -> Result<ImportReport, LexiconError> {
        let (recordings, rejected) = read_folder(dir, check)?;
        let mut report = ImportReport { folder: dir.to_owned(), rejected, ..ImportReport::default() };
        let folder: Arc<Path> = dir.into();
        // The last part of the path names the collection, also for `.` and `..`.
        let canonical = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let collection =
            canonical.file_name().unwrap_or(canonical.as_os_str()).to_string_lossy().into_owned();
        self.begin_batch();
        for recording in recordings {
            if recording.is_letter {
                report.letters += 1;
            } else {
                report.signs += 1;
            }
            self.add_recording(&folder, &collection, recording);
        }
        Ok(report)
    }

    fn add_recording(&mut self, folder: &Arc<Path>, collection: &str, recording: Recording) {
        let Recording { path, signed_language, forms, folded, category, span, is_letter } = recording;
        let gloss = forms.first().cloned().unwrap_or_default();
        let entry = Entry {
            key: self.free_key(&path),
            category: if is_letter { Category::Letter } else { category },
            forms: if is_letter { Vec::new() } else { forms },
            provenance: Provenance::Recorded {
                source: format!("{collection}/{path}"),
                language: signed_language,
                review: Review::NotReviewed,
            },
            gloss,
        };
        let source = Source::Recorded { folder: folder.clone(), path: path.into(), span };
        if is_letter {
            let letter = letter_key(&entry.gloss);
            self.add_letter(&letter, entry, source);
        } else {
            self.add_folded(entry, &folded, source);
        }
    }

    /// The file's stem; with the entry's number where another entry has that already.
    fn free_key(&self, path: &str) -> String {
        let stem = Path::new(path).file_stem().map_or_else(|| path.into(), |stem| stem.to_string_lossy());
        match self.by_key(&stem) {
            None => stem.into_owned(),
            Some(_) => format!("{stem}-{}", self.len()),
        }
    }
}

fn warn_of_rejected(report: &ImportReport) {
    if let Some(first) = report.rejected.first() {
        tracing::warn!(
            "{}: {} rows are left out, the first is line {}: {}",
            report.folder.display(),
            report.rejected.len(),
            first.line,
            first.reason
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::SignClip;
    use crate::pose::{ImageSize, Layout, PoseSequence};
    use std::path::PathBuf;

    fn folder(rows: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut index = String::from("path,spoken_language,signed_language,start,end,words\n");
        for (file, words) in rows {
            index += &format!("{file},ar,jos,0,0,{words}\n");
            let clip = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, 3);
            clip.write(folder.path().join(file)).unwrap();
        }
        std::fs::write(folder.path().join("index.csv"), index).unwrap();
        folder
    }

    #[test]
    fn recordings_come_before_practice_signs_and_later_imports_before_earlier_ones() {
        let mut lexicon = Lexicon::builtin().unwrap();
        let practice = lexicon.lookup(&["سلام"])[0];
        let (first, second) = (folder(&[("x.pose", "سلام"), ("y.pose", "سلام")]), folder(&[("z.pose", "سلام")]));
        lexicon.import(first.path()).unwrap();
        lexicon.import(second.path()).unwrap();
        let keys: Vec<&str> =
            lexicon.lookup(&["سلام"]).iter().map(|id| lexicon.entry(*id).key.as_str()).collect();
        assert_eq!(keys, ["z", "x", "y", lexicon.entry(practice).key.as_str()]);
        let clip = lexicon.clip(lexicon.lookup(&["سلام"])[0]).unwrap();
        assert!(matches!(clip, SignClip::Recorded(clip) if clip.frame_count() == 3));
    }

    #[test]
    fn an_import_lists_files_that_are_no_recordings() {
        let folder = folder(&[("x.pose", "سلام"), ("y.pose", "حرب")]);
        std::fs::write(folder.path().join("y.pose"), b"nonsense").unwrap();
        let report = Lexicon::builtin().unwrap().import(folder.path()).unwrap();
        assert_eq!((report.signs, report.rejected.len(), report.rejected[0].line), (1, 1, 3));
    }

    #[test]
    fn a_recording_that_is_deleted_later_is_an_error_of_its_clip_only() {
        let folder = folder(&[("x.pose", "سلام")]);
        let mut lexicon = Lexicon::builtin().unwrap();
        lexicon.import(folder.path()).unwrap();
        std::fs::remove_file(folder.path().join("x.pose")).unwrap();
        let message = lexicon.clip(lexicon.lookup(&["سلام"])[0]).unwrap_err().to_string();
        assert!(message.contains("x.pose"), "{message}");
    }

    #[test]
    fn a_registered_folder_that_has_gone_is_left_out_and_a_given_one_is_an_error() {
        let data = tempfile::tempdir().unwrap();
        let mut config = LexiconConfig { data_dir: Some(data.path().to_owned()), folders: Vec::new() };
        let gone = folder(&[("x.pose", "سلام")]);
        config.register(gone.path()).unwrap();
        let with = Lexicon::load(&config).unwrap().len();
        drop(gone);
        assert_eq!(Lexicon::load(&config).unwrap().len(), with - 1);
        config.folders.push(PathBuf::from("/no/such/folder"));
        assert!(Lexicon::load(&config).unwrap_err().to_string().contains("/no/such/folder"));
    }

    #[test]
    fn the_recorded_alphabet_is_taken_for_spelling() {
        let reference = std::env::var_os("NASHRA_REFERENCE")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference"), PathBuf::from);
        let letters = reference.join("jos-letters");
        if !letters.exists() {
            println!("skipped: {} is not there", letters.display());
            return;
        }
        let mut lexicon = Lexicon::builtin().unwrap();
        let report = lexicon.import(&letters).unwrap();
        assert_eq!((report.signs, report.letters, report.rejected), (0, 38, vec![]));
        for letter in ["ب", "ال", "لا", "ئ", "ء"] {
            let (id, bytes) = lexicon.letter(letter).unwrap();
            assert_eq!(bytes, letter.len());
            assert_eq!(lexicon.entry(id).provenance.kind(), "recorded");
            let SignClip::Recorded(clip) = lexicon.clip(id).unwrap() else { panic!("not a recording") };
            assert!(clip.frame_count() as f32 / clip.fps > 0.5, "{letter}");
        }
    }
}
