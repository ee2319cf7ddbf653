//! CSV tables as people make them: columns found by name, comma, semicolon or tab, with or without a BOM.

use super::ImportError;
use super::found::read_list;
use std::path::{Path, PathBuf};

/// A table with a header.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    /// Column names: small letters, `_` for spaces and dashes.
    names: Vec<String>,
    /// Each row with its line in the file; Err where the row is no text.
    pub(super) rows: Vec<(u64, Result<csv::StringRecord, String>)>,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// The file cannot be read or has no header.
    pub(super) fn read(path: &Path) -> Result<Self, ImportError> {
        let bytes = read_list(path)?;
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let wrong = |reason: String| ImportError::List { path: path.to_owned(), reason };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(bytes))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = reader.byte_headers().map_err(|error| wrong(format!("no header: {error}")))?.clone();
        if header.iter().all(<[u8]>::is_empty) {
            return Err(wrong("no header".to_owned()));
        }
        let names = header.iter().map(|name| plain(&String::from_utf8_lossy(name))).collect();
        let mut rows = Vec::new();
        loop {
            let mut row = csv::ByteRecord::new();
            let before = reader.position().line();
            let read = reader.read_byte_record(&mut row);
            let line = row.position().map_or(before, csv::Position::line);
            match read {
                Ok(false) => break,
                Ok(true) if row.iter().all(<[u8]>::is_empty) => {}
                Ok(true) => {
                    let text = csv::StringRecord::from_byte_record(row);
                    rows.push((line, text.map_err(|_| "is not UTF-8".to_owned())));
                }
                Err(error) => {
                    rows.push((line, Err(error.to_string())));
                    break;
                }
            }
        }
        Ok(Self { path: path.to_owned(), names, rows })
    }

    /// The first column that has one of the names, the earlier name first.
    pub(super) fn column(&self, wanted: &[&str]) -> Option<usize> {
        wanted.iter().find_map(|wanted| self.names.iter().position(|name| name == wanted))
    }

    /// As [`Self::column`], or an error that says what there is.
    pub(super) fn need(&self, wanted: &[&str]) -> Result<usize, ImportError> {
        self.column(wanted).ok_or_else(|| ImportError::List {
            path: self.path.clone(),
            reason: format!("has no column {}; found {}", wanted.join(" or "), self.names.join(", ")),
        })
    }
}

/// A cell; empty where the row ends before it.
pub(super) fn cell(row: &csv::StringRecord, column: Option<usize>) -> &str {
    column.and_then(|column| row.get(column)).unwrap_or_default()
}

/// A column's name as names are compared.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

/// What separates the header's cells: whichever of the three there is most of.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| header.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|wanted| count(*wanted)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(bytes: &[u8]) -> Table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, bytes).unwrap();
        Table::read(&path).unwrap()
    }

    #[test]
    fn columns_go_by_name_in_any_case_and_with_any_separator() {
        for text in ["\u{feff}Path,Signer ID\na,b\n", "PATH;signer-id\r\n a ; b\r\n", "path\tsigner_id\na\tb"]
        {
            let table = table(text.as_bytes());
            let signer = table.column(&["signer", "signer_id"]);
            assert_eq!(signer, Some(1), "{text}");
            let row = table.rows[0].1.as_ref().unwrap();
            assert_eq!((cell(row, Some(0)), cell(row, signer), cell(row, Some(9))), ("a", "b", ""));
        }
    }

    #[test]
    fn a_row_that_is_no_text_costs_only_itself_and_empty_rows_nothing() {
        let table = table(b"path,word\na,b\n,\n\xff,c\nd,e\n");
        let lines: Vec<(u64, bool)> = table.rows.iter().map(|(line, row)| (*line, row.is_ok())).collect();
        assert_eq!(lines, [(2, true), (4, false), (5, true)]);
    }

    #[test]
    fn a_missing_column_is_named_beside_those_that_there_are() {
        let message = table(b"path,word\n").need(&["signer"]).unwrap_err().to_string();
        assert!(message.contains("signer") && message.contains("path, word"), "{message}");
    }
}
