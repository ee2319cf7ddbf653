//! WLASL's list: a JSON array of `{gloss, instances: [{video_id, signer_id, split, frame_start, …}]}`.
//!
//! Clips are landmark files that are called by the video's id. Frames count from 1, and an end of -1 is
//! the video's end. Videos are handed around cut to the sign already, so a span is only cut where the
//! file is longer than it (`landmarks.rs`). Source: github.com/dxli94/WLASL.

use super::files::Landmarks as LandmarkFiles;
use super::found::{Found, Landmarks, Listing, Span, UNKNOWN_SIGNER, word};
use super::lists::{entries, files_of, scalar};
use super::{ImportError, Options};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Whether an entry of a list is WLASL's.
pub(super) fn is_entry(entry: &Value) -> bool {
    entry.get("gloss").is_some() && entry.get("instances").is_some_and(Value::is_array)
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
        let found = entries(&list)?;
        for (number, entry) in found.iter().enumerate() {
            let gloss = entry.get("gloss").and_then(Value::as_str).unwrap_or_default();
            let instances = entry.get("instances").and_then(Value::as_array);
            let (Some(instances), false) = (instances, gloss.trim().is_empty()) else {
                listing.reject(&list, format!("entry {number} has no gloss with instances"));
                continue;
            };
            for instance in instances {
                match clip(gloss, instance, &files) {
                    Ok(found) => listing.found.push(found),
                    Err((path, reason)) => listing.reject(path, reason),
                }
            }
        }
    }
    Ok(listing)
}

fn clip(gloss: &str, instance: &Value, files: &LandmarkFiles) -> Result<Found, (PathBuf, String)> {
    let video = scalar(instance, "video_id")
        .ok_or_else(|| (PathBuf::from(gloss), "an instance of this gloss has no video_id".to_owned()))?;
    let path = files.find(&video).ok_or_else(|| {
        (
            PathBuf::from(&video),
            "no landmarks of this video; `nashra extract` finds them; --landmarks names their folder"
                .to_owned(),
        )
    })?;
    let number = |key: &str| instance.get(key).and_then(Value::as_i64);
    // 1 is the first frame; some entries count it 0.
    let first = number("frame_start").unwrap_or(1).max(1) as usize - 1;
    let span = match number("frame_end") {
        Some(end) if end > 0 && end as usize > first => Span::Frames { first, end: end as usize },
        Some(end) if end > 0 => {
            return Err((path.to_owned(), format!("ends at frame {end}, before its start at {}", first + 1)));
        }
        _ if first > 0 => Span::Frames { first, end: usize::MAX },
        _ => Span::Whole,
    };
    Ok(Found {
        id: video,
        path: path.to_owned(),
        landmarks: Landmarks::File(path.to_owned()),
        word: word(gloss),
        signer: scalar(instance, "signer_id").filter(|id| id != "-1").unwrap_or(UNKNOWN_SIGNER.into()),
        session: scalar(instance, "split").unwrap_or_default(),
        take: None,
        span,
        fps: instance.get("fps").and_then(Value::as_f64).filter(|fps| *fps > 0.0).map(|fps| fps as f32),
        copy_of: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_become_clips_and_missing_videos_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("WLASL_v0.3.json");
        let json = r#"[{"gloss": "book", "instances": [
            {"video_id": "00001", "signer_id": 12, "split": "train", "frame_start": 1, "frame_end": -1, "fps": 25},
            {"video_id": "00002", "signer_id": 12, "split": "val", "frame_start": 10, "frame_end": 50, "fps": 25},
            {"video_id": "00003", "signer_id": 4, "split": "test", "frame_start": 1, "frame_end": -1},
            {"signer_id": 4}]}, {"gloss": "x"}, 7]"#;
        std::fs::write(&list, json).unwrap();
        for id in ["00001", "00002"] {
            std::fs::write(folder.path().join(id).with_extension("pose"), b"").unwrap();
        }
        let listing = read(&list, &Options::default()).unwrap();
        assert_eq!(listing.language.as_deref(), Some("ase"));
        let spans: Vec<Span> = listing.found.iter().map(|f| f.span).collect();
        assert_eq!(spans, [Span::Whole, Span::Frames { first: 9, end: 50 }]);
        assert_eq!((listing.found[1].signer.as_str(), listing.found[1].session.as_str()), ("12", "val"));
        assert_eq!(listing.rejected.len(), 4);
    }
}
