//! Tables that list clips: a row a clip, columns found by name, whatever they are called.
//!
//! This is spoken-to-signed translation's `index.csv` and any manifest like it. A path and a word are
//! needed; signer, take, category, session, span and rate are read where they are there. Several forms
//! of a word in one cell are separated by `|`, `;`, `؛` or `،`.

use super::files::{Kind, Landmarks as LandmarkFiles, Tree};
use super::found::{Found, Landmarks, Listing, Span, UNKNOWN_SIGNER, language_code, number, tidy, word};
use super::table::{Table, cell};
use super::{ImportError, Options};
use std::path::Path;

const PATHS: [&str; 8] =
    ["path", "file", "filename", "file_name", "video", "video_path", "landmarks", "pose"];
const WORDS: [&str; 9] = ["words", "word", "glosses", "gloss", "label", "text", "sign", "class", "arabic"];

/// Which column is which.
struct Columns {
    path: usize,
    word: usize,
    key: Option<usize>,
    signer: Option<usize>,
    take: Option<usize>,
    category: Option<usize>,
    session: Option<usize>,
    fps: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
    language: Option<usize>,
    id: Option<usize>,
}

impl Columns {
    fn of(table: &Table) -> Result<Self, ImportError> {
        Ok(Self {
            path: table.need(&PATHS)?,
            word: table.need(&WORDS)?,
            key: table.column(&["key", "word_key"]),
            signer: table.column(&["signer", "signer_id", "signerid", "person", "subject", "performer"]),
            take: table.column(&["take", "repetition", "rep", "trial", "iteration"]),
            category: table.column(&["category", "topic", "domain"]),
            session: table.column(&["session", "date", "day", "split"]),
            fps: table.column(&["fps", "frame_rate", "framerate", "rate"]),
            start: table.column(&["start_ms", "start"]),
            end: table.column(&["end_ms", "end"]),
            language: table.column(&["signed_language", "sign_language"]),
            id: table.column(&["id", "clip", "clip_id"]),
        })
    }
}

/// Whether a table lists clips, going by its header.
pub(super) fn is_manifest(path: &Path) -> bool {
    Table::read(path).is_ok_and(|table| Columns::of(&table).is_ok())
}

/// The clips of a table. Their files are looked for beside it, then in `--landmarks`.
///
/// # Errors
/// The table cannot be read, or has no column of paths or words.
pub(super) fn read(path: &Path, options: &Options) -> Result<Listing, ImportError> {
    let table = Table::read(path)?;
    let columns = Columns::of(&table)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tree = Tree::walk(folder)
        .map_err(|error| ImportError::List { path: folder.to_owned(), reason: error.to_string() })?;
    let extra = options.landmarks_tree()?;
    let trees: Vec<&Tree> = std::iter::once(&tree).chain(&extra).collect();
    let files = LandmarkFiles::of(&trees);
    let mut listing = Listing::default();
    for (line, row) in &table.rows {
        let place = || format!("{}:{line}", path.display());
        let read = match row {
            Ok(row) => columns.clip(row, folder, &files),
            Err(reason) => Err((None, reason.clone())),
        };
        match read {
            Ok((found, language)) => {
                listing.found.push(found);
                listing.language = language.or(listing.language.take());
            }
            Err((named, reason)) => match named {
                Some(named) => listing.reject(folder.join(named), format!("{reason} (line {line})")),
                None => listing.reject(place(), reason),
            },
        }
    }
    Ok(listing)
}

/// Why a row cannot be used, with the file that it names, if it does.
type Wrong = (Option<String>, String);

impl Columns {
    fn clip(
        &self,
        row: &csv::StringRecord,
        folder: &Path,
        files: &LandmarkFiles,
    ) -> Result<(Found, Option<String>), Wrong> {
        let named = cell(row, Some(self.path));
        if named.is_empty() {
            return Err((None, "names no file".to_owned()));
        }
        let wrong = |reason: String| (Some(named.to_owned()), reason);
        let mut forms =
            cell(row, Some(self.word)).split(['|', ';', '؛', '،']).map(tidy).filter(|f| !f.is_empty());
        let Some(first) = forms.next() else {
            return Err(wrong("the row has no word".to_owned()));
        };
        let mut word = word(&first);
        word.forms.extend(forms);
        word.category = tidy(cell(row, self.category)).to_lowercase();
        if let Some(key) = Some(tidy(cell(row, self.key))).filter(|key| !key.is_empty()) {
            word.key = key;
        }
        let Some(path) = files.find(named) else { return Err(wrong(missing(named))) };
        let span = self.span(row).map_err(wrong)?;
        let take = cell(row, self.take);
        let found = Found {
            id: id(named, tidy(cell(row, self.id)), span),
            path: path.strip_prefix(folder).unwrap_or(path).to_owned(),
            landmarks: Landmarks::File(path.to_owned()),
            word,
            signer: Some(tidy(cell(row, self.signer)))
                .filter(|s| !s.is_empty())
                .unwrap_or(UNKNOWN_SIGNER.into()),
            session: tidy(cell(row, self.session)),
            take: number(take),
            span,
            fps: cell(row, self.fps).replace(',', ".").parse().ok().filter(|fps| *fps > 0.0),
            copy_of: None,
        };
        Ok((found, language_code(cell(row, self.language))))
    }

    /// The part of the file that is the clip, from milliseconds.
    fn span(&self, row: &csv::StringRecord) -> Result<Span, String> {
        const DAY: f64 = 86_400_000.0;
        let millis = |column: Option<usize>, name: &str| -> Result<Option<f64>, String> {
            let text = cell(row, column);
            let value = text.parse::<f64>().ok().filter(|value| (0.0..=DAY).contains(value));
            match (text, value) {
                ("", _) => Ok(None),
                (_, Some(value)) => Ok(Some(value)),
                _ => Err(format!("{name} is {text:?}; expected milliseconds, up to a day")),
            }
        };
        let start = millis(self.start, "start")?.unwrap_or(0.0);
        // Indexes write 0 to 0 for a whole file.
        let end = millis(self.end, "end")?.filter(|end| *end != 0.0);
        match end {
            None if start == 0.0 => Ok(Span::Whole),
            Some(end) if end <= start => {
                Err(format!("ends at {end} ms, which is not after its start at {start} ms"))
            }
            _ => Ok(Span::Seconds { start: start * 1e-3, end: end.map(|end| end * 1e-3) }),
        }
    }
}

/// Why a named file is not there.
pub(super) fn missing(named: &str) -> String {
    match Kind::of(Path::new(named)) {
        Some(Kind::Video) => "no landmarks beside it; `nashra extract` finds them".to_owned(),
        _ => format!("no such file of landmarks (.pose, .npy), or several are called {named:?}"),
    }
}

/// The clip's own id, else its path without the extension; with the span, because a file may hold many.
fn id(named: &str, given: String, span: Span) -> String {
    if !given.is_empty() {
        return given;
    }
    let named = tidy(&named.replace('\\', "/"));
    let named = named.trim_start_matches("./");
    let bare = Path::new(named).with_extension("");
    let bare = bare.to_string_lossy();
    match span {
        Span::Seconds { start, end: Some(end) } => format!("{bare}@{start:.2}-{end:.2}"),
        Span::Seconds { start, end: None } => format!("{bare}@{start:.2}"),
        Span::Whole | Span::Frames { .. } => bare.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(table: &str, files: &[&str]) -> Listing {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let path = folder.path().join("index.csv");
        std::fs::write(&path, table).unwrap();
        read(&path, &Options::default()).unwrap()
    }

    #[test]
    fn an_index_of_spoken_to_signed_is_read() {
        let table = "path,spoken_language,signed_language,start,end,words\na.pose,ar,jos,100,900,صحة|الصحة\n";
        let listing = listing(table, &["a.pose"]);
        assert_eq!(listing.language.as_deref(), Some("jos"));
        let found = &listing.found[0];
        assert_eq!((found.word.gloss.as_str(), found.word.forms.len()), ("صحة", 2));
        assert_eq!(found.span, Span::Seconds { start: 0.1, end: Some(0.9) });
        assert_eq!(found.id, "a@0.10-0.90");
    }

    #[test]
    fn a_manifest_of_videos_finds_the_landmarks_beside_them() {
        let table = "Video;Label;Signer ID;Repetition;Category;FPS\nv\\a.mp4;سلام;S1;٣;Society;59,94\n\
                     v/b.mp4;سلام;S1;4;;\n";
        let listing = listing(table, &["v/A.pose", "v/a.mp4", "v/b.mp4"]);
        let found = &listing.found[0];
        assert_eq!((found.signer.as_str(), found.take, found.fps), ("S1", Some(3), Some(59.94)));
        assert_eq!(found.word.category, "society");
        assert_eq!(listing.rejected.len(), 1);
        assert!(listing.rejected[0].reason.contains("`nashra extract` finds them"), "{:?}", listing.rejected);
    }

    #[test]
    fn rows_that_cannot_be_used_are_listed_and_the_rest_goes_on() {
        let rows = [",سلام", "a.pose,", "gone.pose,سلام", "a.pose,سلام,900,100", "a.pose,سلام,x,1", "a.pose,حرب"];
        let listing = listing(&format!("path,word,start,end\n{}\n", rows.join("\n")), &["a.pose"]);
        assert_eq!((listing.found.len(), listing.rejected.len()), (1, 5));
        assert_eq!(listing.found[0].word.gloss, "حرب");
        assert!(listing.rejected[2].reason.contains("line 4"), "{:?}", listing.rejected);
    }
}
