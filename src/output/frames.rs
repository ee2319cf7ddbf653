//! A folder of PNG files, one a frame.

use super::{OutputError, Picture, Sink};
use std::path::{Path, PathBuf};

/// A folder being filled: `00000.png`, `00001.png`, …
pub struct Frames {
    folder: PathBuf,
    next: usize,
}

impl Frames {
    /// Makes the folder if it is not there.
    ///
    /// # Errors
    /// If it cannot be made, or holds frames already: old ones would be left among the new.
    pub fn create(folder: &Path) -> Result<Frames, OutputError> {
        let name = folder.display().to_string();
        std::fs::create_dir_all(folder)
            .map_err(|source| OutputError::Write { file: name.clone(), source })?;
        if folder.join(file_name(0)).exists() {
            let problem = "it already holds frames; empty it or name another folder".into();
            return Err(OutputError::Unsuitable { file: name, problem });
        }
        Ok(Frames { folder: folder.to_owned(), next: 0 })
    }
}

fn file_name(index: usize) -> String {
    format!("{index:05}.png")
}

impl Sink for Frames {
    fn write(&mut self, picture: &Picture) -> Result<(), OutputError> {
        picture.write_png(&self.folder.join(file_name(self.next)))?;
        self.next += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), OutputError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbered_and_a_used_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er");
        let mut frames = Frames::create(&path).unwrap();
        let picture = Picture { width: 1, height: 1, rgba: vec![255; 4] };
        frames.write(&picture).unwrap();
        frames.write(&picture).unwrap();
        assert!(path.join("00001.png").exists());
        assert!(Frames::create(&path).is_err());
    }
}
