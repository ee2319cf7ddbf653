//! A headline a line from a file that somebody else appends to, as `tail -F` reads it.
//!
//! The file is read from its beginning, and looked at a few times a second: that works on every
//! file system, network ones included. Only whole lines count, because the last one may be half
//! written. A file that became shorter, or that another took the name of, is read from its beginning.

use super::lines::{LineSplitter, enqueue};
use super::{Feed, FeedError, HeadlineQueue};
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Follows a file on its own thread until the queue is closed; waits for it where it does not exist.
pub fn spawn(path: impl Into<PathBuf>, queue: HeadlineQueue) -> Result<Feed, FeedError> {
    let path = path.into();
    if path.is_dir() {
        return Err(FeedError::NotAFile { path });
    }
    Feed::spawn("feed-follow", move || Follower::new(path).run(&queue))
}

struct Follower {
    path: PathBuf,
    source: String,
    open: Option<Open>,
    told_missing: bool,
}

struct Open {
    file: File,
    read: u64,
    splitter: LineSplitter,
}

impl Follower {
    fn new(path: PathBuf) -> Self {
        let source = path.display().to_string();
        Self { path, source, open: None, told_missing: false }
    }

    fn run(mut self, queue: &HeadlineQueue) {
        while !queue.is_closed() {
            match self.look(queue) {
                Ok(true) => {}
                Ok(false) => std::thread::sleep(LOOK_EVERY),
                Err(error) => {
                    self.tell(&error);
                    self.open = None;
                    std::thread::sleep(LOOK_EVERY);
                }
            }
        }
    }

    /// Says once that the file cannot be read, until it can be again.
    fn tell(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.told_missing, true) {
            tracing::warn!(file = self.source, %error, "waiting for the file");
        }
    }

    /// Reads what is new; whether there may be more at once.
    fn look(&mut self, queue: &HeadlineQueue) -> io::Result<bool> {
        let Some(open) = &mut self.open else {
            self.open = Some(Open::new(&self.path)?);
            self.told_missing = false;
            return Ok(true);
        };
        if open.read_some(|line| enqueue(queue, &self.source, line))? {
            return Ok(!queue.is_closed());
        }
        let now = open.file.metadata()?;
        if now.len() < open.read {
            tracing::info!(file = self.source, "the file became shorter: reading it from its beginning");
            open.rewind()?;
            return Ok(true);
        }
        match std::fs::metadata(&self.path) {
            Ok(named) if !is_same(&named, &now) => {
                tracing::info!(file = self.source, "another file has the name now: reading it");
                // Its writer may have said something between the last look and the change of names.
                while open.read_some(|line| enqueue(queue, &self.source, line))? {}
                self.open = Some(Open::new(&self.path)?);
                Ok(true)
            }
            // Between the old file's going and the new one's coming there is nothing to do.
            _ => Ok(false),
        }
    }
}

impl Open {
    fn new(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, read: 0, splitter: LineSplitter::default() })
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.read = 0;
        self.splitter = LineSplitter::default();
        Ok(())
    }

    /// Reads a piece; false at the file's present end.
    fn read_some(&mut self, mut each: impl FnMut(super::lines::Line) -> bool) -> io::Result<bool> {
        let mut chunk = [0; 16 << 10];
        let count = self.file.read(&mut chunk)?;
        self.read += count as u64;
        self.splitter.push(chunk.get(..count).unwrap_or_default(), &mut each);
        Ok(count > 0)
    }
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    a.created().ok() == b.created().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::QueuePolicy;
    use std::io::Write;

    fn next(queue: &HeadlineQueue) -> String {
        queue.pop(Duration::from_secs(20)).expect("a headline in time").text
    }

    fn append(path: &Path, text: &str) {
        let mut file = File::options().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_file_is_waited_for_followed_cut_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("أخبار.txt");
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 8);
        let feed = spawn(&path, queue.clone()).unwrap();

        append(&path, "أول\nنص");
        assert_eq!(next(&queue), "أول");
        assert_eq!(queue.pop(LOOK_EVERY * 3), None, "half a line is no headline yet");
        append(&path, "ف ثان\n");
        assert_eq!(next(&queue), "نصف ثان");

        std::fs::write(&path, "قصير\n").unwrap();
        assert_eq!(next(&queue), "قصير");

        std::fs::rename(&path, folder.path().join("old")).unwrap();
        append(&path, "ملف جديد تماما\n");
        assert_eq!(next(&queue), "ملف جديد تماما");

        queue.close();
        while !feed.is_finished() {
            std::thread::sleep(LOOK_EVERY);
        }
    }

    #[test]
    fn a_folder_cannot_be_followed() {
        let folder = tempfile::tempdir().unwrap();
        let error = spawn(folder.path(), HeadlineQueue::new(QueuePolicy::Hold, 1)).unwrap_err();
        assert!(matches!(error, FeedError::NotAFile { .. }));
    }
}
