//! Imports from end to end: small folders of each kind, and the real recordings where they are present.

use super::*;
use crate::dataset::Dataset;
use crate::lexicon::TrainedOn;
use crate::pose::testing::reference;
use crate::pose::{ImageSize, Layout, PoseSequence};
use glam::Vec3;
use std::path::{Path, PathBuf};

/// A signer of `frames` frames whose right hand is `at` pixels to the side.
fn signer(frames: usize, at: f32) -> PoseSequence {
    let layout = Layout::holistic_543();
    let size = ImageSize { width: 640, height: 480, depth: 640 };
    let mut clip = PoseSequence::unseen(layout, size, 30.0, frames);
    for frame in 0..frames {
        let points = [
            (0, 320.0, 100.0),
            (11, 400.0, 200.0),
            (12, 240.0, 200.0),
            (522, 100.0 + at + frame as f32, 300.0),
        ];
        for (point, x, y) in points {
            let index = frame * clip.point_count() + point;
            (clip.positions[index], clip.confidences[index]) = (Vec3::new(x, y, 0.0), 1.0);
        }
    }
    clip
}

fn put(root: &Path, file: &str, bytes: &[u8]) {
    let path = root.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn put_clip(root: &Path, file: &str, at: f32) {
    put(root, file, &signer(12, at).to_bytes().unwrap());
}

fn quietly(sources: &[&Path], to: &Path, options: &Options) -> Result<ImportReport, ImportError> {
    let sources: Vec<PathBuf> = sources.iter().map(|path| path.to_path_buf()).collect();
    import(&sources, to, options, |_, _| {})
}

#[test]
fn syrisign_is_taken_in_and_what_cannot_be_read_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("SyriSign");
    put_clip(&root, "الصحة/signer1/1.POSE", 0.0);
    put(&root, "الصحة/signer1/1.mp4", b"video");
    put_clip(&root, "الصحة/signer2/1.pose", 5.0);
    put_clip(&root, "حرب/signer1/1.pose", 9.0);
    put(&root, "حرب/signer1/2.pose", b"");
    put(&root, "حرب/signer2/1.pose", b"no pose file");
    put(&root, "حرب/signer2/2.mov", b"video");
    put(&root, "حرب/signer2/3.npy", b"\x93NUMPY");
    std::fs::create_dir(root.join("سلام")).unwrap();
    let to = folder.path().join("out");
    let options = Options { language: Some("ARA-SY".into()), ..Options::default() };
    let report = quietly(&[&root], &to, &options).unwrap();
    assert_eq!((report.taken, report.words, report.signers), (3, 2, 2));
    let reason = |end: &str| {
        let found = report.rejected.iter().find(|r| r.path.ends_with(end));
        found.map(|r| r.reason.clone()).unwrap_or_else(|| panic!("{end} in {:?}", report.rejected))
    };
    assert!(reason("حرب/signer1/2.pose").contains("empty"));
    assert!(reason("حرب/signer2/1.pose").contains("not a .pose file"));
    assert!(reason("حرب/signer2/2.mov").contains("`nashra extract` finds them"));
    assert!(reason("حرب/signer2/3.npy").contains("cut short"));
    assert!(reason("سلام").contains("empty"));
    assert_eq!(report.rejected.len(), 5);
    let dataset = Dataset::open(&to).unwrap();
    assert_eq!(dataset.about().trained_on_kind, TrainedOn::Recorded { language: "ara-sy".into() });
    let clip = dataset.clip_of("الصحة/signer2/1").unwrap();
    assert_eq!((dataset.word_of(clip).category.as_str(), dataset.clips()[clip].take), ("health", 1));
    let read = dataset.read(clip).unwrap();
    assert_eq!((read.point_count(), read.frame_count(), read.fps), (203, 12, 30.0));
    let wrist = read.layout.point("RIGHT_HAND_LANDMARKS", "WRIST").unwrap();
    assert!((read.frame(3)[wrist].x - 108.0).abs() < 0.1, "{}", read.frame(3)[wrist]);
}

#[test]
fn arrays_a_frame_become_clips_with_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("MP_Data");
    let mut values = vec![0.0; 258];
    for (point, x, y) in [(0, 0.5, 0.2), (11, 0.6, 0.4), (12, 0.4, 0.4)] {
        values[4 * point..4 * point + 4].copy_from_slice(&[x, y, -0.1, 0.9]);
    }
    for frame in [0, 1, 3] {
        put(&root, &format!("bye/0/{frame}.npy"), &npy::tests::vector(&values));
    }
    put(&root, "bye/1/0.npy", &npy::tests::vector(&[0.0; 7]));
    let to = folder.path().join("out");
    let report = quietly(&[&root], &to, &Options { fps: Some(24.0), ..Options::default() }).unwrap();
    assert_eq!((report.taken, report.sources[0].format), (1, Format::MpData));
    assert!(report.rejected[0].reason.contains("7 numbers"), "{:?}", report.rejected);
    let clip = Dataset::open(&to).unwrap().read(0).unwrap();
    assert_eq!((clip.frame_count(), clip.fps), (4, 24.0));
    let seen: Vec<bool> = (0..4).map(|f| clip.frame_confidences(f)[11] != 0.0).collect();
    assert_eq!(seen, [true, true, false, true]);
    assert!((clip.frame(0)[11].x - 384.0).abs() < 0.1);
}

#[test]
fn datasets_are_merged_and_keep_who_is_a_copy_of_whom() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put_clip(&root.join("a"), "سلام/1.pose", 0.0);
    put_clip(&root.join("b"), "سلام/1.pose", 3.0);
    put_clip(&root.join("b"), "حرب/1.pose", 6.0);
    for name in ["a", "b"] {
        quietly(&[&root.join(name)], &root.join(format!("{name}-set")), &Options::default()).unwrap();
    }
    let sets = [root.join("a-set"), root.join("b-set")];
    let to = root.join("both");
    let report = quietly(&[&sets[0], &sets[1]], &to, &Options::default()).unwrap();
    assert_eq!((report.taken, report.words, report.signers), (3, 2, 2));
    let both = Dataset::open(&to).unwrap();
    let ids: Vec<&str> = both.clips().iter().map(|clip| clip.id.as_str()).collect();
    assert_eq!(ids, ["a-set/سلام/1", "b-set/حرب/1", "b-set/سلام/1"]);
    let from = Dataset::open(&sets[0]).unwrap().read(0).unwrap();
    let again = both.read(0).unwrap();
    let apart = from.positions.iter().zip(&again.positions).map(|(a, b)| a.distance(*b));
    assert!(apart.fold(0.0, f32::max) < 0.2, "stored twice, still the same");
}

#[test]
fn nothing_is_written_over_without_being_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("in");
    put_clip(&root, "سلام/1.pose", 0.0);
    let to = folder.path().join("out");
    quietly(&[&root], &to, &Options::default()).unwrap();
    assert!(matches!(quietly(&[&root], &to, &Options::default()), Err(ImportError::Exists { .. })));
    put_clip(&root, "سلام/2.pose", 0.0);
    let report = quietly(&[&root], &to, &Options { force: true, ..Options::default() }).unwrap();
    assert_eq!((report.taken, Dataset::open(&to).unwrap().clips().len()), (2, 2));
}

#[test]
fn where_nothing_can_be_used_no_dataset_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("in");
    put(&root, "سلام/1.mp4", b"video");
    let to = folder.path().join("out");
    let report = quietly(&[&root], &to, &Options::default()).unwrap();
    assert_eq!((report.taken, report.dataset, report.rejected.len()), (0, None, 1));
    assert!(!to.exists());
}

#[test]
fn two_files_of_one_clip_are_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("in");
    put_clip(&root, "سلام/1.pose", 0.0);
    put(&root, "سلام/1.npy", &npy::tests::vector(&[0.0; 258]));
    let report = quietly(&[&root], &folder.path().join("out"), &Options::default()).unwrap();
    assert_eq!((report.taken, report.rejected.len()), (1, 1));
    assert!(report.rejected[0].reason.contains("another clip has its id"));
}

#[test]
fn takes_without_a_number_go_on_after_those_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("in");
    put(&root, "index.csv", "path,word,take\na.pose,x,4\nb.pose,x,\nc.pose,y,\n".as_bytes());
    for (file, at) in [("a.pose", 0.0), ("b.pose", 1.0), ("c.pose", 2.0)] {
        put_clip(&root, file, at);
    }
    let to = folder.path().join("out");
    quietly(&[&root], &to, &Options::default()).unwrap();
    let takes: Vec<u32> = Dataset::open(&to).unwrap().clips().iter().map(|clip| clip.take).collect();
    assert_eq!(takes, [4, 5, 1]);
}

#[test]
fn the_real_recordings_are_taken_in_whole() {
    let Some(reference) = reference() else { return };
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("letters");
    let report = quietly(&[&reference.join("jos-letters")], &to, &Options::default()).unwrap();
    assert_eq!((report.taken, report.rejected.len()), (38, 0), "{:?}", report.rejected);
    let dataset = Dataset::open(&to).unwrap();
    assert_eq!(dataset.about().trained_on_kind, TrainedOn::Recorded { language: "jos".into() });
    assert!(dataset.words().iter().filter(|word| word.category == "letter").count() >= 28);
}
