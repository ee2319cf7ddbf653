//! MS-ASL's lists: JSON arrays of `{clean_text, signer_id, start_time, end_time, url, file, …}`.
//!
//! Clips are parts of longer videos by time, in landmark files that are called by the list's `file`, or
//! by the video's id in `url`. The part that a list is of is in its name: `MSASL_train.json`. Source:
//! microsoft.com/en-us/research/project/ms-asl.

use super::files::Landmarks as LandmarkFiles;
use super::found::{Found, Landmarks, Listing, Span, UNKNOWN_SIGNER, word};
use super::lists::{entries, files_of, scalar};
use super::{ImportError, Options};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Whether an entry of a list is MS-ASL's.
pub(super) fn is_entry(entry: &Value) -> bool {
    let has = |key: &str| entry.get(key).is_some();
    (has("clean_text") || has("text")) && (has("url") || has("file"))
}

/// The clips of a list, or of all such lists in a folder.
///
/// # Errors
/// A list or the folder of landmarks cannot be read.
pub(super) fn read(source: &Path, options: &Options) -> Result<Listing, ImportError> {
    let (lists, trees) = files_of(source, options)?;
    let files = LandmarkFiles::of(&trees.iter().collect::<Vec<_>>());
    let mut listing = Listing { language: Some("ase".to_owned()), ..Listing::default() };
    for list in lists {
        let name = list.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
        let part = ["train", "val", "test"].into_iter().find(|part| name.contains(part)).unwrap_or_default();
        for (number, entry) in entries(&list)?.iter().enumerate() {
            match clip(entry, part, &files) {
                Ok(found) => listing.found.push(found),
                Err((Some(path), reason)) => listing.reject(path, reason),
                Err((None, reason)) => listing.reject(&list, format!("entry {number}: {reason}")),
            }
        }
    }
    Ok(listing)
}

fn clip(entry: &Value, part: &str, files: &LandmarkFiles) -> Result<Found, (Option<PathBuf>, String)> {
    let text = |key: &str| scalar(entry, key).filter(|text| !text.trim().is_empty());
    let gloss = text("clean_text").or(text("text")).ok_or((None, "no text".to_owned()))?;
    let names: Vec<String> =
        [text("file"), text("url").and_then(|url| video_id(&url))].into_iter().flatten().collect();
    let found = names.iter().find_map(|name| Some((name, files.find(name)?)));
    let Some((name, path)) = found else {
        let named = names.last().map(PathBuf::from);
        return Err((
            named,
            "no landmarks of this video; `nashra extract` finds them; --landmarks names their folder".into(),
        ));
    };
    let seconds = |key: &str| entry.get(key).and_then(Value::as_f64).filter(|t| t.is_finite() && *t >= 0.0);
    let start = seconds("start_time").unwrap_or(0.0);
    let span = match seconds("end_time") {
        Some(end) if end <= start => {
            return Err((
                Some(path.to_owned()),
                format!("ends at {end} s, which is not after its start at {start} s"),
            ));
        }
        end => Span::Seconds { start, end },
    };
    Ok(Found {
        id: format!("{name}@{start:.2}"),
        path: path.to_owned(),
        landmarks: Landmarks::File(path.to_owned()),
        word: word(&gloss),
        signer: text("signer_id").filter(|id| id != "-1").unwrap_or(UNKNOWN_SIGNER.into()),
        session: part.to_owned(),
        take: None,
        span,
        fps: entry.get("fps").and_then(Value::as_f64).filter(|fps| *fps > 0.0).map(|fps| fps as f32),
        copy_of: None,
    })
}

/// The id of a video in its address: after `v=`, or the last part of the path.
fn video_id(url: &str) -> Option<String> {
    let id = match url.split_once("v=") {
        Some((_, rest)) => rest.split('&').next()?,
        None => url.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?,
    };
    (!id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_videos_become_clips() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("MSASL_val.json");
        let json = r#"[
            {"clean_text": "match", "signer_id": 3, "start_time": 1.5, "end_time": 2.5, "fps": 30.0, "label": 830,
             "url": "https://www.youtube.com/watch?v=C37R_Ix8-qs&t=1", "file": "match light-a-MATCH"},
            {"clean_text": "book", "signer_id": 3, "start_time": 5.0, "end_time": 4.0, "url": "www.x.org/C37R_Ix8-qs"},
            {"clean_text": "fail", "url": "www.x.org/gone"}, {"url": "x"}]"#;
        std::fs::write(&list, json).unwrap();
        let landmarks = folder.path().join("elsewhere");
        std::fs::create_dir(&landmarks).unwrap();
        std::fs::write(landmarks.join("C37R_Ix8-qs.pose"), b"").unwrap();
        let options = Options { landmarks: Some(landmarks), ..Options::default() };
        let listing = read(&list, &options).unwrap();
        assert_eq!(listing.found.len(), 1);
        let found = &listing.found[0];
        assert_eq!(found.span, Span::Seconds { start: 1.5, end: Some(2.5) });
        assert_eq!((found.id.as_str(), found.session.as_str()), ("C37R_Ix8-qs@1.50", "val"));
        assert_eq!(listing.rejected.len(), 3);
    }
}
