//! Files of a dataset's folder: whole or not at all.

use super::DatasetError;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

pub(super) const ABOUT: &str = "dataset.json";
pub(super) const WORDS: &str = "words.csv";
pub(super) const CLIPS: &str = "clips.csv";
pub(super) const LANDMARKS: &str = "clips.bin";
pub(super) const SPLITS: &str = "splits";

/// An error of the system, at a path.
pub(super) fn failed(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> DatasetError {
    move |source| DatasetError::Io { path: path.to_owned(), action, source }
}

/// The name that a file is written under before it is whole.
pub(super) fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Writes a file under another name, then renames it.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), DatasetError> {
    let part = partial(path);
    let written = File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    });
    written.map_err(|error| {
        // The first failure is the one to tell.
        let _ = fs::remove_file(&part);
        failed(path, "writing")(error)
    })
}

/// A file's bytes, without the mark that spreadsheets put before UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, DatasetError> {
    let bytes = fs::read(path).map_err(failed(path, "reading"))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| DatasetError::File {
        path: path.to_owned(),
        message: format!("expected UTF-8, found other bytes after byte {}", error.valid_up_to()),
    })?;
    Ok(text.to_owned())
}

/// The rows of a table with their lines, by the names in its header.
pub(super) fn read_table<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<(u64, T)>, DatasetError> {
    let text = read_text(path)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut records = reader.deserialize::<T>();
    while let Some(row) = records.next() {
        // After a row the reader stands at the line of the next.
        let line = records.reader().position().line().saturating_sub(1);
        let row = row.map_err(|error| {
            let line = error.position().map_or(line, csv::Position::line);
            DatasetError::Row { path: path.to_owned(), line, message: error.to_string() }
        })?;
        rows.push((line, row));
    }
    Ok(rows)
}

/// Writes a table.
pub(super) fn write_table<T: serde::Serialize>(
    path: &Path,
    header: &[&str],
    rows: impl Iterator<Item = T>,
) -> Result<(), DatasetError> {
    let wrong = |error: csv::Error| DatasetError::File { path: path.to_owned(), message: error.to_string() };
    // The header is written by hand, so that a table without rows has one.
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(header).map_err(wrong)?;
    for row in rows {
        writer.serialize(row).map_err(wrong)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(path, "writing")(error.into_error()))?;
    write(path, &bytes)
}
