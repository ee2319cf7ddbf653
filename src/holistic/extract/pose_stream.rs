//! `.pose` files written and read frame by frame.
//!
//! The format has all positions first and all confidences after them, and the number of frames before
//! both, so a file is usually made in memory: gigabytes for an hour of video. Here positions go into the
//! file as they come and confidences into a second one, which is appended at the end; memory does not
//! grow with the video.

use super::ClipError;
use crate::pose::{ImageSize, Layout, PoseSequence};
use glam::Vec3;
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The header's last fields: rate (4 bytes), frames (4), people (2).
const COUNTS_BYTES: usize = 10;

/// Bytes of a file that are written or read at once.
const BUFFER: usize = 1 << 18;

/// The bytes before the first frame, for any number of frames.
fn header(path: &Path, layout: &Arc<Layout>, size: ImageSize) -> Result<Vec<u8>, ClipError> {
    let empty = PoseSequence::unseen(layout.clone(), size, 1.0, 0);
    empty.to_bytes().map_err(|source| ClipError::Format { path: path.to_owned(), source })
}

/// The name under which a file is written until it is whole: always the same, so that what a killed
/// program left is replaced. Each clip has one worker.
pub(super) fn unfinished(target: &Path, kind: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{kind}"));
    target.with_file_name(name)
}

/// A file that is being written under another name. What is left unfinished is removed.
struct Partial {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Partial {
    fn create(target: &Path, kind: &str) -> Result<Self, ClipError> {
        let path = unfinished(target, kind);
        // A file of its own even where another run still writes under this name: two never mix in one.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(ClipError::io(&path, "replacing")(error));
            }
            _ => {}
        }
        // Read, too: confidences are copied back.
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        let file = options.open(&path).map_err(ClipError::io(&path, "creating"))?;
        Ok(Self { path, file: BufWriter::with_capacity(BUFFER, file) })
    }

    fn write(&mut self, numbers: &[f32]) -> Result<(), ClipError> {
        let mut written = numbers.iter().map(|number| self.file.write_all(&number.to_le_bytes()));
        written.find(Result::is_err).unwrap_or(Ok(())).map_err(ClipError::io(&self.path, "writing"))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already where it has got its name.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A `.pose` file that is being written: version 0.2, one person, x, y and z.
pub(super) struct PoseWriter {
    path: PathBuf,
    positions: Partial,
    confidences: Partial,
    header_bytes: usize,
    points: usize,
    frames: u32,
}

impl PoseWriter {
    /// Begins a file; it appears under its name when it is finished.
    pub(super) fn create(path: &Path, layout: &Arc<Layout>, size: ImageSize) -> Result<Self, ClipError> {
        let header = header(path, layout, size)?;
        let mut positions = Partial::create(path, "partial")?;
        positions.file.write_all(&header).map_err(ClipError::io(&positions.path, "writing"))?;
        Ok(Self {
            confidences: Partial::create(path, "confidences")?,
            path: path.to_owned(),
            positions,
            header_bytes: header.len(),
            points: layout.point_count(),
            frames: 0,
        })
    }

    /// Appends a frame of as many points as the layout has.
    pub(super) fn push(&mut self, frame: impl Iterator<Item = (Vec3, f32)>) -> Result<(), ClipError> {
        let mut points = 0;
        for (position, confidence) in frame {
            self.positions.write(&position.to_array())?;
            self.confidences.write(&[confidence])?;
            points += 1;
        }
        debug_assert_eq!(points, self.points, "a frame has the layout's points");
        self.frames += 1;
        Ok(())
    }

    /// Completes the file, which has yet to get its name.
    pub(super) fn complete(self, fps: f32) -> Result<PoseWritten, ClipError> {
        let Self { path, mut positions, mut confidences, header_bytes, frames, .. } = self;
        let mut counts = Vec::with_capacity(COUNTS_BYTES);
        counts.extend(fps.to_le_bytes());
        counts.extend(frames.to_le_bytes());
        counts.extend(1_u16.to_le_bytes());
        let mut complete = || {
            confidences.file.flush()?;
            let seen = confidences.file.get_mut();
            seen.rewind()?;
            std::io::copy(seen, &mut positions.file)?;
            positions.file.seek(SeekFrom::Start((header_bytes - COUNTS_BYTES) as u64))?;
            positions.file.write_all(&counts)?;
            positions.file.flush()?;
            positions.file.get_ref().sync_all()?;
            Ok(positions.file.get_ref().metadata()?.len())
        };
        let bytes = complete().map_err(ClipError::io(&path, "writing"))?;
        Ok(PoseWritten { path, whole: positions, bytes })
    }
}

/// A `.pose` file that is complete on the disk, under another name still.
pub(super) struct PoseWritten {
    path: PathBuf,
    whole: Partial,
    /// Its size.
    pub(super) bytes: u64,
}

impl PoseWritten {
    /// Gives it its name, in place of what had it.
    pub(super) fn name(self) -> Result<(), ClipError> {
        std::fs::rename(&self.whole.path, &self.path).map_err(ClipError::io(&self.path, "naming"))
    }
}

/// A frame as it is in a file.
pub(super) struct PoseFrame {
    /// In the layout's order.
    pub(super) positions: Vec<Vec3>,
    /// In the layout's order.
    pub(super) confidences: Vec<f32>,
}

/// A file of [`PoseWriter`], read frame by frame.
pub(super) struct PoseReader {
    path: PathBuf,
    positions: BufReader<File>,
    confidences: BufReader<File>,
    points: usize,
    left: u32,
    /// Frames a second.
    pub(super) fps: f32,
}

impl PoseReader {
    /// Opens a file that was written with this layout and size.
    pub(super) fn open(path: &Path, layout: &Arc<Layout>, size: ImageSize) -> Result<Self, ClipError> {
        let expected = header(path, layout, size)?;
        let open = || File::open(path).map(|file| BufReader::with_capacity(BUFFER, file));
        let failed = || ClipError::io(path, "reading back");
        let (mut positions, mut confidences) = (open().map_err(failed())?, open().map_err(failed())?);
        let mut found = vec![0; expected.len()];
        positions.read_exact(&mut found).map_err(failed())?;
        let counts_at = expected.len() - COUNTS_BYTES;
        let [a, b, c, d, e, f, g, h, ..] = found[counts_at..] else {
            return Err(ClipError::NotOurs { path: path.to_owned() });
        };
        if found[..counts_at] != expected[..counts_at] {
            return Err(ClipError::NotOurs { path: path.to_owned() });
        }
        let (fps, frames) = (f32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let points = layout.point_count();
        let start = expected.len() as u64 + u64::from(frames) * points as u64 * 12;
        confidences.seek(SeekFrom::Start(start)).map_err(failed())?;
        Ok(Self { path: path.to_owned(), positions, confidences, points, left: frames, fps })
    }

    /// The next frame; none after the last.
    pub(super) fn next_frame(&mut self) -> Result<Option<PoseFrame>, ClipError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut positions = vec![0; self.points * 12];
        let mut confidences = vec![0; self.points * 4];
        let read = self.positions.read_exact(&mut positions);
        read.and_then(|()| self.confidences.read_exact(&mut confidences))
            .map_err(ClipError::io(&self.path, "reading back"))?;
        let numbers = |bytes: &[u8]| -> Vec<f32> {
            bytes.as_chunks::<4>().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
        };
        let positions = numbers(&positions).as_chunks::<3>().0.iter().map(|p| Vec3::from_array(*p)).collect();
        Ok(Some(PoseFrame { positions, confidences: numbers(&confidences) }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Points;
    use super::super::points::Arrange;
    use super::super::testing::frame_at;
    use super::*;

    const SIZE: ImageSize = ImageSize { width: 64, height: 48, depth: 0 };

    #[test]
    fn the_file_is_the_one_that_is_made_in_memory_and_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pose");
        for points in [Points::HolisticWithWorld, Points::Syrisign] {
            let layout = points.layout();
            let mut arrange = Arrange::new(points, (64, 48));
            let mut writer = PoseWriter::create(&path, &layout, SIZE).unwrap();
            let mut whole = PoseSequence::unseen(layout.clone(), SIZE, 29.97, 0);
            for i in 0..5 {
                let found = frame_at(i as f32 / 10.0);
                writer.push(arrange.frame(&found)).unwrap();
                for (position, confidence) in arrange.frame(&found) {
                    whole.positions.push(position);
                    whole.confidences.push(confidence);
                }
            }
            let whole_file = writer.complete(29.97).unwrap();
            let bytes = whole_file.bytes;
            whole_file.name().unwrap();
            let written = std::fs::read(&path).unwrap();
            assert!(written == whole.to_bytes().unwrap() && written.len() as u64 == bytes, "{points}");
            let mut reader = PoseReader::open(&path, &layout, SIZE).unwrap();
            for frame in 0..5 {
                let PoseFrame { positions, confidences } = reader.next_frame().unwrap().unwrap();
                assert_eq!(
                    (&positions[..], &confidences[..]),
                    (whole.frame(frame), whole.frame_confidences(frame))
                );
            }
            assert!(reader.next_frame().unwrap().is_none());
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let other = PoseReader::open(&path, &Points::Holistic.layout(), SIZE);
        assert!(other.is_err());
    }

    #[test]
    fn an_unfinished_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pose");
        let layout = Points::Holistic.layout();
        let mut writer = PoseWriter::create(&path, &layout, SIZE).unwrap();
        writer.push(Arrange::new(Points::Holistic, (64, 48)).frame(&frame_at(0.5))).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_program_left_is_replaced_and_the_old_file_stays_until_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pose");
        for (name, text) in [(".x.pose.partial", "half"), (".x.pose.confidences", "half"), ("x.pose", "old")]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mut writer = PoseWriter::create(&path, &Points::Holistic.layout(), SIZE).unwrap();
        writer.push(Arrange::new(Points::Holistic, (64, 48)).frame(&frame_at(0.5))).unwrap();
        let written = writer.complete(25.0).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        written.name().unwrap();
        let mut reader = PoseReader::open(&path, &Points::Holistic.layout(), SIZE).unwrap();
        assert!(reader.next_frame().unwrap().is_some());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
