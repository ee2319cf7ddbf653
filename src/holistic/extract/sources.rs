//! Which videos there are, and what each one's landmarks are called.

use super::{ExtractError, Failure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Endings of files that are taken from folders. A file that is named itself may end as it likes.
pub const VIDEO_EXTENSIONS: [&str; 22] = [
    "3g2", "3gp", "avi", "dv", "flv", "gif", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpeg", "mpg",
    "mts", "mxf", "ogv", "ts", "vob", "webm", "wmv", "y4m",
];

/// Ends the names of previews, which are no sources.
pub(super) const PREVIEW: &str = ".preview.mp4";

/// A video, and where its landmarks go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clip {
    /// The video.
    pub(super) source: PathBuf,
    /// The landmarks.
    pub(super) pose: PathBuf,
    /// The video's path under the folder that it was found in, with `/` between folders.
    pub(super) key: String,
}

impl Clip {
    /// What says how the landmarks were made: `x.extract.json` beside `x.pose`.
    pub(super) fn record(&self) -> PathBuf {
        self.pose.with_extension("extract.json")
    }

    /// The video with the landmarks over it.
    pub(super) fn preview(&self) -> PathBuf {
        self.pose.with_extension(&PREVIEW[1..])
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// In the order of their keys.
    pub(super) clips: Vec<Clip>,
    /// The videos and their folders, without links.
    pub(super) sources: BTreeSet<PathBuf>,
    /// What cannot be looked at.
    pub(super) failures: Vec<Failure>,
}

/// Lists videos: files as they are named, folders with all that is below them.
///
/// A folder's videos keep their place in it. Where there are several inputs, a folder's name comes first,
/// so that equal names in two folders stay apart.
pub(super) fn list(inputs: &[PathBuf], output: &Path) -> Result<Listing, ExtractError> {
    let mut search = Search { output: output.canonicalize().ok(), ..Search::default() };
    for input in inputs {
        match std::fs::metadata(input) {
            Ok(metadata) if metadata.is_dir() => {
                let below = if inputs.len() > 1 { folder_name(input) } else { PathBuf::new() };
                search.folder(input, &below);
            }
            Ok(_) => search.take(input.clone(), PathBuf::from(input.file_name().unwrap_or_default())),
            Err(error) => search.fail(input, &error),
        }
    }
    let Search { found, failures, seen, .. } = search;
    let mut listing = Listing { clips: name(found, output)?, sources: seen, failures };
    if listing.clips.is_empty() && listing.failures.is_empty() {
        let names = inputs.iter().map(|input| input.display().to_string()).collect::<Vec<_>>();
        let extensions = VIDEO_EXTENSIONS.map(|extension| format!(".{extension}")).join(" ");
        return Err(ExtractError::Nothing { looked_in: names.join(", "), extensions });
    }
    listing.clips.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(listing)
}

fn folder_name(folder: &Path) -> PathBuf {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map(PathBuf::from).unwrap_or_default()
}

#[derive(Default)]
struct Search {
    /// The output folder, which is passed over unless it is the input.
    output: Option<PathBuf>,
    /// Files and folders that were visited, whatever links lead to them.
    seen: BTreeSet<PathBuf>,
    /// Videos and their relative paths.
    found: Vec<(PathBuf, PathBuf)>,
    failures: Vec<Failure>,
}

impl Search {
    fn fail(&mut self, path: &Path, error: &std::io::Error) {
        self.failures.push(Failure { path: path.to_owned(), reason: format!("{}: {error}", path.display()) });
    }

    /// Takes a file once, however often it is named.
    fn take(&mut self, path: PathBuf, relative: PathBuf) {
        let whole = path.canonicalize().unwrap_or_else(|_| path.clone());
        if self.seen.insert(whole) {
            self.found.push((path, relative));
        }
    }

    fn folder(&mut self, folder: &Path, below: &Path) {
        if folder.canonicalize().is_ok_and(|whole| !self.seen.insert(whole)) {
            return;
        }
        let entries = std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.fail(folder, &error),
        };
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let relative = below.join(&name);
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {
                    let is_output = self.output.is_some() && path.canonicalize().ok() == self.output;
                    if !is_output {
                        self.folder(&path, &relative);
                    }
                }
                Ok(_) if is_video(&path) => self.take(path, relative),
                Ok(_) => {}
                Err(error) if is_video(&path) => self.fail(&path, &error),
                Err(_) => {}
            }
        }
    }
}

fn is_video(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| VIDEO_EXTENSIONS.contains(&extension.as_str()))
        && !path.to_string_lossy().ends_with(PREVIEW)
}

/// Gives every video's landmarks a name of their own: that of the video with another ending, and where two
/// videos differ in nothing but their endings, with both.
fn name(found: Vec<(PathBuf, PathBuf)>, output: &Path) -> Result<Vec<Clip>, ExtractError> {
    let mut stems: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (_, relative) in &found {
        *stems.entry(relative.with_extension("")).or_default() += 1;
    }
    let mut taken: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    let mut clips = Vec::with_capacity(found.len());
    for (source, relative) in found {
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let key = parts.join("/");
        let is_alone = stems.get(&relative.with_extension("")) == Some(&1);
        let pose = if is_alone {
            relative.with_extension("pose")
        } else {
            let mut name = relative.into_os_string();
            name.push(".pose");
            PathBuf::from(name)
        };
        if let Some(first) = taken.insert(pose.clone(), source.clone()) {
            return Err(ExtractError::Clash { first, second: source, output: pose });
        }
        clips.push(Clip { source, key, pose: output.join(pose) });
    }
    Ok(clips)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        folder
    }

    /// The landmarks' paths under the output folder.
    fn names(inputs: &[PathBuf], output: &Path) -> Vec<String> {
        let name = |clip: Clip| clip.pose.strip_prefix(output).unwrap().to_string_lossy().into_owned();
        list(inputs, output).unwrap().clips.into_iter().map(name).collect()
    }

    #[test]
    fn a_folders_videos_keep_their_places() {
        let videos =
            folder(&["b/x.MP4", "a.mov", "notes.txt", ".hidden.mp4", "x.preview.mp4", "b/deep/y.webm"]);
        let output = Path::new("/out");
        assert_eq!(names(&[videos.path().into()], output), ["a.pose", "b/deep/y.pose", "b/x.pose"]);
        let clips = list(&[videos.path().into()], output).unwrap().clips;
        assert_eq!(clips[2].pose, Path::new("/out/b/x.pose"));
        assert_eq!(clips[2].record(), Path::new("/out/b/x.extract.json"));
        assert_eq!(clips[2].preview(), Path::new("/out/b/x.preview.mp4"));
    }

    #[test]
    fn several_folders_and_files_stay_apart() {
        let videos = folder(&["one/x.mp4", "two/x.mp4", "y.bin"]);
        let at = |name: &str| videos.path().join(name);
        let inputs = [at("one"), at("two"), at("y.bin"), at("one/x.mp4")];
        assert_eq!(names(&inputs, Path::new("/out")), ["one/x.pose", "two/x.pose", "y.pose"]);
        let error = list(&[at("one/x.mp4"), at("two/x.mp4")], Path::new("/out")).unwrap_err().to_string();
        assert!(error.contains("one/x.mp4") && error.contains("two/x.mp4"), "{error}");
    }

    #[test]
    fn videos_that_differ_in_their_endings_keep_them() {
        let videos = folder(&["x.mp4", "x.mov", "y.mp4"]);
        assert_eq!(names(&[videos.path().into()], Path::new("/out")), ["x.mov.pose", "x.mp4.pose", "y.pose"]);
    }

    #[test]
    fn a_clips_key_stays_when_a_namesake_is_added() {
        let videos = folder(&["deep/x.mp4"]);
        let listed = || list(&[videos.path().into()], Path::new("/out")).unwrap().clips;
        assert_eq!(listed()[0].key, "deep/x.mp4");
        std::fs::write(videos.path().join("deep/x.mov"), "").unwrap();
        assert!(listed().iter().any(|clip| clip.key == "deep/x.mp4"));
    }

    #[test]
    fn results_inside_the_videos_folder_are_no_videos() {
        let videos = folder(&["x.mp4", "out/y.mp4"]);
        assert_eq!(names(&[videos.path().into()], &videos.path().join("out")), ["x.pose"]);
    }

    #[test]
    fn what_is_not_there_is_told_and_nothing_at_all_is_an_error() {
        let videos = folder(&["notes.txt", "x.mp4"]);
        let at = |name: &str| videos.path().join(name);
        let listing = list(&[at("x.mp4"), at("gone.mp4")], Path::new("/out")).unwrap();
        assert_eq!((listing.clips.len(), listing.failures.len()), (1, 1));
        std::fs::remove_file(at("x.mp4")).unwrap();
        let error = list(&[videos.path().into()], Path::new("/out")).unwrap_err().to_string();
        assert!(error.contains(".webm"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_round_end() {
        let videos = folder(&["a/x.mp4"]);
        std::os::unix::fs::symlink(videos.path(), videos.path().join("a/round")).unwrap();
        assert_eq!(names(&[videos.path().into()], Path::new("/out")), ["a/x.pose"]);
    }
}
