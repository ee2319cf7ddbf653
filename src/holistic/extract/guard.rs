//! What a clip's results may replace: what an earlier run made, and never a video.
//!
//! An output folder may be the videos' own, or hold files of other origin under the names that a clip's
//! results would get. A record of ours beside them says that they are ours; where there is none, only
//! `--force` replaces them.

use super::sources::Clip;
use super::{ClipError, ClipRecord};
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Stands before files that are not ours to replace.
#[derive(Debug, Default)]
pub(super) struct Guard {
    /// All videos of the job, this machine's or not, without links.
    pub(super) sources: BTreeSet<PathBuf>,
    /// Replace what is of other origin, but no video.
    pub(super) force: bool,
    /// Whether previews are written.
    pub(super) preview: bool,
}

impl Guard {
    /// Whether a path leads to one of the job's videos.
    pub(super) fn is_source(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|whole| self.sources.contains(&whole))
    }

    /// Whether a clip's results may get their names.
    pub(super) fn permit(&self, clip: &Clip) -> Result<(), ClipError> {
        let mut written = vec![clip.pose.clone(), clip.record()];
        written.extend(self.preview.then(|| clip.preview()));
        if let Some(result) = written.iter().find(|path| self.is_source(path)) {
            return Err(ClipError::IsSource { path: clip.source.clone(), result: result.clone() });
        }
        if self.force || ClipRecord::is_ours(&clip.record()) {
            return Ok(());
        }
        match written.into_iter().find(|path| path.symlink_metadata().is_ok()) {
            Some(result) => Err(ClipError::InTheWay { path: clip.source.clone(), result }),
            None => Ok(()),
        }
    }

    /// Removes what an earlier run left beside the landmarks: the record last, because it says that the
    /// preview is ours too.
    pub(super) fn forget(&self, clip: &Clip) -> Result<(), ClipError> {
        let (preview, record) = (clip.preview(), clip.record());
        if ClipRecord::is_ours(&record) && !self.is_source(&preview) {
            remove(&preview)?;
        }
        remove(&record)
    }
}

fn remove(path: &Path) -> Result<(), ClipError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(ClipError::io(path, "removing the old one")(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files in a folder that is the videos' and the results' at once, and its clip `x.mp4`.
    fn place(files: &[(&str, &str)]) -> (tempfile::TempDir, Clip) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let at = |name: &str| folder.path().join(name);
        let clip = Clip { source: at("x.mp4"), pose: at("x.pose"), key: "x.mp4".into() };
        (folder, clip)
    }

    const OURS: (&str, &str) = ("x.extract.json", r#"{"format": 0, "made_by": "nashra 0.0.1, ffmpeg 4"}"#);
    const THEIRS: (&str, &str) = ("x.extract.json", r#"{"format": "zip"}"#);
    const POSE: (&str, &str) = ("x.pose", "pose");
    const PREVIEW: (&str, &str) = ("x.preview.mp4", "preview");

    #[test]
    fn what_has_no_record_of_ours_is_replaced_only_by_force() {
        let cases: [(&[(&str, &str)], bool); 6] = [
            (&[], true),
            (&[OURS, POSE, PREVIEW], true),
            (&[POSE], false),
            (&[THEIRS, POSE], false),
            (&[THEIRS], false),
            (&[PREVIEW], false),
        ];
        for (files, expected) in cases {
            let (_folder, clip) = place(files);
            let guard = Guard { preview: true, ..Guard::default() };
            assert_eq!(guard.permit(&clip).is_ok(), expected, "{files:?}");
            Guard { force: true, ..guard }.permit(&clip).unwrap();
        }
        let (_folder, clip) = place(&[PREVIEW]);
        Guard::default().permit(&clip).unwrap();
    }

    #[test]
    fn a_landmark_file_whose_record_was_about_to_get_its_name_is_ours() {
        let (folder, clip) = place(&[POSE, OURS]);
        std::fs::rename(clip.record(), folder.path().join(".x.extract.json.partial")).unwrap();
        Guard::default().permit(&clip).unwrap();
    }

    #[test]
    fn a_preview_without_a_record_of_ours_is_left() {
        for (files, is_left) in
            [([OURS, PREVIEW].as_slice(), false), (&[PREVIEW], true), (&[THEIRS, PREVIEW], true)]
        {
            let (_folder, clip) = place(files);
            Guard { force: true, ..Guard::default() }.forget(&clip).unwrap();
            assert_eq!((clip.preview().exists(), clip.record().exists()), (is_left, false), "{files:?}");
        }
    }

    #[test]
    fn a_video_is_never_replaced_or_removed() {
        let (_folder, clip) = place(&[OURS, POSE, PREVIEW]);
        for path in [clip.pose.clone(), clip.record(), clip.preview()] {
            let sources = BTreeSet::from([path.canonicalize().unwrap()]);
            let guard = Guard { sources, force: true, preview: true };
            let error = guard.permit(&clip).unwrap_err().to_string();
            assert!(error.contains("x.mp4") && error.contains(&*path.to_string_lossy()), "{error}");
        }
        let guard =
            Guard { sources: BTreeSet::from([clip.preview().canonicalize().unwrap()]), ..Guard::default() };
        guard.permit(&clip).unwrap();
        guard.forget(&clip).unwrap();
        assert!(clip.preview().exists() && !clip.record().exists());
    }
}
