//! Folders of recorded signs: `.pose` files and an `index.csv` that says what each is.
//!
//! The layout is that of spoken-to-signed translation. Columns are found by name: `path`,
//! `spoken_language`, `signed_language`, `words` (or `glosses`), and, in milliseconds, `start` and
//! `end` (or `start_ms`, `end_ms`); `category` may be there. Several forms in one row are separated
//! by `|`, `;` or `،`. Rows that cannot be used are listed with their line and the reason, and the
//! rest goes on.

use super::{Category, LexiconError};
use crate::arabic::fold;
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Component, Path, PathBuf};

/// The index's name in its folder.
pub(super) const INDEX: &str = "index.csv";

/// How an import went.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportReport {
    /// The folder.
    pub folder: PathBuf,
    /// Signs that were taken in.
    pub signs: usize,
    /// Letters that were taken in.
    pub letters: usize,
    /// Rows that were not.
    pub rejected: Vec<RejectedRow>,
}

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RejectedRow {
    /// Its line in the index, from 1; the header is line 1.
    pub line: u64,
    /// Why, with what was expected and what was found.
    pub reason: String,
}

/// Whether recordings are opened while importing, or only when they are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Read every file: slow, once, when a folder is registered.
    Contents,
    /// Only see that it is there.
    Presence,
}

/// A recording of an index.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recording {
    /// Its file, relative to the folder, as in the index.
    pub(super) path: String,
    pub(super) signed_language: String,
    /// Display spelling, at least one.
    pub(super) forms: Vec<String>,
    /// The same as lookups spell them.
    pub(super) folded: Vec<String>,
    pub(super) category: Category,
    pub(super) span: Span,
    /// Whether it is a letter of the manual alphabet.
    pub(super) is_letter: bool,
}

/// Which part of a recording is the sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start_millis: u32,
    /// None: until the recording ends.
    pub(super) end_millis: Option<u32>,
}

/// Reads a folder's index.
///
/// # Errors
/// [`LexiconError::Import`] where there is no index, or it lacks a column.
pub(super) fn read_folder(
    folder: &Path,
    check: Check,
) -> Result<(Vec<Recording>, Vec<RejectedRow>), LexiconError> {
    let index = folder.join(INDEX);
    let wrong = |message: String| LexiconError::Import { path: index.clone(), message };
    let bytes = std::fs::read(&index).map_err(|source| {
        let expected = "expected a folder of .pose files with an index.csv";
        LexiconError::Import { path: folder.to_owned(), message: format!("{expected}: {INDEX}: {source}") }
    })?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let header = reader.byte_headers().map_err(|error| wrong(format!("no header: {error}")))?.clone();
    let columns = Columns::find(&header).map_err(wrong)?;
    let rows = rows(&mut reader);
    let read = |(line, row): (u64, Result<csv::ByteRecord, String>)| {
        let recording = row.and_then(|row| columns.read(folder, &row)).and_then(|recording| {
            check_file(&folder.join(&recording.path), recording.span, check)?;
            Ok(recording)
        });
        recording.map_err(|reason| RejectedRow { line, reason })
    };
    let read: Vec<Result<Recording, RejectedRow>> = rows.into_par_iter().map(read).collect();
    let (mut recordings, mut rejected) = (Vec::with_capacity(read.len()), Vec::new());
    for row in read {
        match row {
            Ok(recording) => recordings.push(recording),
            Err(row) => rejected.push(row),
        }
    }
    Ok((with_ligatures_of_an_alphabet(recordings), rejected))
}

/// The rows of an index with their lines.
fn rows(reader: &mut csv::Reader<&[u8]>) -> Vec<(u64, Result<csv::ByteRecord, String>)> {
    let mut rows = Vec::new();
    loop {
        let mut row = csv::ByteRecord::new();
        let before = reader.position().line();
        let read = reader.read_byte_record(&mut row);
        let line = row.position().map_or(before, csv::Position::line);
        match read {
            Ok(false) => return rows,
            Ok(true) => rows.push((line, Ok(row))),
            Err(error) => rows.push((line, Err(error.to_string()))),
        }
    }
}

/// Which column is which.
struct Columns {
    path: usize,
    spoken: usize,
    signed: usize,
    words: usize,
    start: Option<usize>,
    end: Option<usize>,
    category: Option<usize>,
}

impl Columns {
    fn find(header: &csv::ByteRecord) -> Result<Columns, String> {
        let names: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase()).collect();
        let any = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
        let need = |wanted: &[&str]| {
            any(wanted).ok_or_else(|| {
                format!(
                    "has no column {:?}; expected path, spoken_language, signed_language, words, and \
                         start and end in ms; found {}",
                    wanted[0],
                    names.join(", ")
                )
            })
        };
        Ok(Columns {
            path: need(&["path"])?,
            spoken: need(&["spoken_language"])?,
            signed: need(&["signed_language"])?,
            words: need(&["words", "word", "glosses", "gloss"])?,
            start: any(&["start_ms", "start"]),
            end: any(&["end_ms", "end"]),
            category: any(&["category"]),
        })
    }

    fn read(&self, folder: &Path, row: &csv::ByteRecord) -> Result<Recording, String> {
        let text = |column: usize, name: &str| -> Result<&str, String> {
            let bytes = row.get(column).unwrap_or_default();
            std::str::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))
        };
        let path = text(self.path, "path")?;
        check_path(folder, path)?;
        let spoken = text(self.spoken, "spoken_language")?;
        if !is_arabic(spoken) {
            return Err(format!("spoken_language is {spoken:?}; expected Arabic, such as \"ar\""));
        }
        let signed = text(self.signed, "signed_language")?;
        if signed.is_empty() || signed.len() > 16 {
            return Err(format!("signed_language is {signed:?}; expected a code such as \"jos\""));
        }
        let words = text(self.words, "words")?;
        let (forms, folded): (Vec<String>, Vec<String>) = forms(words).unzip();
        if forms.is_empty() {
            return Err(format!("words is {words:?}; expected at least one Arabic word"));
        }
        let category = match self.category.map(|column| text(column, "category")).transpose()? {
            None | Some("") => Category::Other,
            Some(name) => Category::from_name(name)?,
        };
        Ok(Recording {
            path: path.to_owned(),
            signed_language: signed.to_owned(),
            is_letter: forms.len() == 1 && is_letter(&forms[0]),
            forms,
            folded,
            category,
            span: self.span(row)?,
        })
    }

    fn span(&self, row: &csv::ByteRecord) -> Result<Span, String> {
        let millis = |column: Option<usize>, name: &str| -> Result<Option<u32>, String> {
            let bytes = column.and_then(|column| row.get(column)).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes);
            if text.is_empty() {
                return Ok(None);
            }
            let value: f64 =
                text.parse().map_err(|_| format!("{name} is {text:?}; expected milliseconds"))?;
            if (0.0..=86_400_000.0).contains(&value) {
                Ok(Some(value.round() as u32))
            } else {
                Err(format!("{name} is {text} ms; expected 0 to a day"))
            }
        };
        let start_millis = millis(self.start, "start")?.unwrap_or(0);
        // Indexes write 0 to 0 for a whole file.
        let end_millis = millis(self.end, "end")?.filter(|end| *end != 0);
        match end_millis {
            Some(end) if end <= start_millis => {
                Err(format!("ends at {end} ms, which is not after its start at {start_millis} ms"))
            }
            _ => Ok(Span { start_millis, end_millis }),
        }
    }
}

/// Refuses paths that lead out of the folder, which no index of its own files has.
fn check_path(folder: &Path, path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("path is empty".to_owned());
    }
    if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(format!("path {path:?} leads out of {}", folder.display()));
    }
    Ok(())
}

/// Arabic by its ISO 639 codes: the macrolanguage, the standard, and the Levant's spoken ones.
fn is_arabic(code: &str) -> bool {
    let language = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    matches!(language.as_str(), "ar" | "ara" | "arb" | "apc" | "ajp")
}

/// The forms of a row that can be looked up, as they are shown and folded.
fn forms(words: &str) -> impl Iterator<Item = (String, String)> {
    let parts = words.split(['|', ';', '؛', '،', ',']);
    let shown = parts.map(|form| form.split_whitespace().collect::<Vec<_>>().join(" "));
    let both = shown.map(|form| {
        let folded = fold(&form);
        (form, folded)
    });
    both.filter(|(form, folded)| is_letter(form) || !folded.is_empty())
}

/// A letter as alphabets write it, the tatweel of its joining form left out.
pub(super) fn letter_key(form: &str) -> String {
    form.chars().filter(|letter| *letter != 'ـ').collect()
}

fn is_letter(form: &str) -> bool {
    let key = letter_key(form);
    let mut letters = key.chars();
    matches!(
        (letters.next(), letters.next()),
        (Some('\u{621}'..='\u{64A}' | 'پ' | 'چ' | 'گ' | 'ڤ' | 'ژ'), None)
    )
}

/// ال and لا are letters' signs where a folder holds an alphabet, else words.
fn with_ligatures_of_an_alphabet(mut recordings: Vec<Recording>) -> Vec<Recording> {
    const ALPHABET: usize = 20;
    if recordings.iter().filter(|recording| recording.is_letter).count() >= ALPHABET {
        for recording in &mut recordings {
            recording.is_letter |=
                matches!(recording.forms.as_slice(), [form] if form == "ال" || form == "لا");
        }
    }
    recordings
}

fn check_file(path: &Path, span: Span, check: Check) -> Result<(), String> {
    if check == Check::Contents {
        return super::recording::read(path, span).map(|_| ()).map_err(|error| error.to_string());
    }
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err(format!("{}: expected a .pose file, found something else", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(index: &str) -> (Vec<Recording>, Vec<RejectedRow>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(INDEX), index).unwrap();
        std::fs::write(folder.path().join("a.pose"), b"").unwrap();
        read_folder(folder.path(), Check::Presence).unwrap()
    }

    const HEADER: &str = "path,spoken_language,signed_language,start,end,words\n";

    #[test]
    fn columns_are_found_by_name_in_any_order_and_spelling() {
        let (kept, rejected) = read(
            "\u{feff}words,end_ms,start_ms,path,signed_language,spoken_language\nوزارة الصحة|صحة,900,100,a.pose,jos,ar\n",
        );
        assert_eq!(rejected, []);
        assert_eq!(kept[0].forms, ["وزارة الصحة", "صحة"]);
        assert_eq!(kept[0].span, Span { start_millis: 100, end_millis: Some(900) });
    }

    #[test]
    fn bad_rows_are_listed_with_their_lines_and_the_rest_goes_on() {
        let rows = [
            "a.pose,ar,jos,0,900,سلام",
            "gone.pose,ar,jos,0,900,سلام",
            "../a.pose,ar,jos,0,900,سلام",
            "a.pose,de,jos,0,900,Frieden",
            "a.pose,ar,jos,900,100,سلام",
            "a.pose,ar,jos,x,100,سلام",
            "a.pose,ar,jos,0,900,",
            "a.pose",
            "a.pose,ar,jos,0,0,حرب",
        ];
        let (kept, rejected) = read(&(HEADER.to_owned() + &rows.join("\n")));
        assert_eq!(kept.len(), 2);
        let lines: Vec<u64> = rejected.iter().map(|row| row.line).collect();
        assert_eq!(lines, [3, 4, 5, 6, 7, 8, 9]);
        assert!(rejected[1].reason.contains("leads out"), "{}", rejected[1].reason);
    }

    #[test]
    fn bytes_that_are_not_utf8_cost_their_row_only() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.pose"), b"").unwrap();
        let mut index = HEADER.as_bytes().to_vec();
        index.extend(b"a.pose,ar,jos,0,9,\xff\xfe\na.pose,ar,jos,0,9,\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85\n");
        std::fs::write(folder.path().join(INDEX), index).unwrap();
        let (kept, rejected) = read_folder(folder.path(), Check::Presence).unwrap();
        assert_eq!((kept.len(), rejected.len()), (1, 1));
        assert!(rejected[0].reason.contains("UTF-8"));
    }

    #[test]
    fn a_missing_index_or_column_says_what_was_expected() {
        let folder = tempfile::tempdir().unwrap();
        let message = read_folder(folder.path(), Check::Presence).unwrap_err().to_string();
        assert!(message.contains("index.csv"), "{message}");
        std::fs::write(folder.path().join(INDEX), "path,words\n").unwrap();
        let message = read_folder(folder.path(), Check::Presence).unwrap_err().to_string();
        assert!(
            message.contains("\"spoken_language\"") && message.contains("found path, words"),
            "{message}"
        );
    }

    #[test]
    fn single_letters_are_letters_and_ligatures_only_beside_an_alphabet() {
        assert!(is_letter("ب") && is_letter("ئـ") && is_letter("ء") && !is_letter("لا") && !is_letter("من"));
        let row = |word: &str| format!("a.pose,ar,jos,0,9,{word}\n");
        let (kept, _) = read(&(HEADER.to_owned() + &row("لا")));
        assert!(!kept[0].is_letter);
        let alphabet: String = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي".chars().map(|c| row(&c.to_string())).collect();
        let (kept, _) = read(&(HEADER.to_owned() + &row("لا") + &alphabet));
        assert!(kept[0].is_letter);
    }
}
