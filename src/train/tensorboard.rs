//! Scalars as TensorBoard reads them: `Event` messages of protocol buffers in TFRecord frames.
//!
//! A frame is the length, its checksum, the message, its checksum; checksums are CRC-32C, masked as
//! TensorFlow does (`tensorflow/core/lib/hash/crc32c.h`). Of `event.proto` and `summary.proto` a handful
//! of fields are needed.

use super::TrainError;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A file of events.
pub(super) struct Events {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Events {
    /// A new file. Whatever earlier files have after `step` is declared void.
    pub(super) fn create(folder: &Path, step: u64) -> Result<Self, TrainError> {
        let seconds = now() as u64;
        // A run that is broken off and goes on within a second has two files.
        let paths = (0u32..).map(|nth| folder.join(format!("events.out.tfevents.{seconds}.{nth:03}.nashra")));
        let mut failed = None;
        for path in paths.take(1000) {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    let mut events = Self { file: BufWriter::new(file), path };
                    events.record(&header(now()))?;
                    events.record(&restart(now(), step + 1))?;
                    events.flush()?;
                    return Ok(events);
                }
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => {
                    failed = Some(e.to_string());
                    break;
                }
            }
        }
        Err(TrainError::write(folder, failed.unwrap_or_else(|| "too many event files".to_owned())))
    }

    /// A number of a curve.
    pub(super) fn scalar(&mut self, tag: &str, step: u64, value: f64) -> Result<(), TrainError> {
        self.record(&scalar(now(), step, tag, value as f32))
    }

    /// Writes it through.
    pub(super) fn flush(&mut self) -> Result<(), TrainError> {
        self.file.flush().map_err(|e| TrainError::write(&self.path, e))
    }

    fn record(&mut self, message: &[u8]) -> Result<(), TrainError> {
        self.file.write_all(&frame(message)).map_err(|e| TrainError::write(&self.path, e))
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

fn frame(message: &[u8]) -> Vec<u8> {
    let length = (message.len() as u64).to_le_bytes();
    let mut frame = length.to_vec();
    frame.extend(masked(crc32c(&length)).to_le_bytes());
    frame.extend(message);
    frame.extend(masked(crc32c(message)).to_le_bytes());
    frame
}

/// `Event { wall_time = 1, file_version = 3 }`.
fn header(time: f64) -> Vec<u8> {
    let mut event = event(time, 0);
    text(&mut event, 3, b"brain.Event:2");
    event
}

/// `Event { wall_time = 1, step = 2, session_log = 7 { status = 1: START } }`: later steps are void.
fn restart(time: f64, step: u64) -> Vec<u8> {
    let mut event = event(time, step);
    text(&mut event, 7, &[1 << 3, 1]);
    event
}

/// `Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }`.
fn scalar(time: f64, step: u64, tag: &str, number: f32) -> Vec<u8> {
    let mut value = Vec::new();
    text(&mut value, 1, tag.as_bytes());
    value.push(2 << 3 | 5);
    value.extend(number.to_le_bytes());
    let mut summary = Vec::new();
    text(&mut summary, 1, &value);
    let mut event = event(time, step);
    text(&mut event, 5, &summary);
    event
}

fn event(time: f64, step: u64) -> Vec<u8> {
    let mut event = vec![1 << 3 | 1];
    event.extend(time.to_le_bytes());
    event.push(2 << 3);
    varint(&mut event, step);
    event
}

/// A field of so many bytes.
fn text(to: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    to.push(field << 3 | 2);
    varint(to, bytes.len() as u64);
    to.extend(bytes);
}

fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Castagnoli's polynomial, bit by bit: events are few and short.
fn crc32c(bytes: &[u8]) -> u32 {
    let shift = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, appendix B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&(0..32).collect::<Vec<u8>>()), 0x46dd_794e);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn a_record_is_the_one_that_tensorflow_writes() {
        // The first record of a file of TensorBoard's own writer, its time set to 0.
        let mut expected = vec![9];
        expected.extend(0f64.to_le_bytes());
        expected.extend([16, 0, 26, 13]);
        expected.extend(b"brain.Event:2");
        assert_eq!(header(0.0), expected);
        let frame = frame(&header(0.0));
        assert_eq!(frame[..8], 26u64.to_le_bytes());
        assert_eq!(frame.len(), 8 + 4 + 26 + 4);
        assert_eq!(frame[8..12], masked(crc32c(&frame[..8])).to_le_bytes());
        assert_eq!(frame[38..], masked(crc32c(&frame[12..38])).to_le_bytes());
    }

    #[test]
    fn numbers_of_several_bytes_are_written_low_end_first() {
        let mut bytes = Vec::new();
        varint(&mut bytes, 300);
        assert_eq!(bytes, [0xac, 2]);
    }

    #[test]
    fn files_of_one_second_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..3 {
            Events::create(folder.path(), 0).unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
