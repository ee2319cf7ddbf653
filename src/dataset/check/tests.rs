//! Checks of made-up datasets that each have one thing wrong, and of real recordings.

use super::*;
use crate::dataset::import::{Options, import};
use crate::dataset::{About, ClipRecord, DatasetWriter, SplitRule, Word};
use crate::lexicon::TrainedOn;
use crate::pose::testing::reference;
use crate::pose::{ImageSize, Interpolation, Layout, PoseSequence};
use glam::Vec3;

const FRAMES: usize = 40;

/// A signer whose right hand draws figure number `sign`, with a tracker's jitter.
fn signer(sign: usize) -> PoseSequence {
    let layout = Layout::signclip_203();
    let size = ImageSize { width: 640, height: 480, depth: 640 };
    let mut clip = PoseSequence::unseen(layout.clone(), size, 25.0, FRAMES);
    let body: Vec<usize> = layout.component_range("POSE_LANDMARKS").unwrap().collect();
    let hand: Vec<usize> = layout.component_range("RIGHT_HAND_LANDMARKS").unwrap().collect();
    for frame in 0..FRAMES {
        let jitter = |point: usize| ((frame * 7 + point * 13 + sign * 5) % 11) as f32 * 0.1;
        let angle = frame as f32 * 0.15 * (1.0 + sign as f32 * 0.4);
        let place =
            Vec3::new(280.0 + 60.0 * angle.cos(), 280.0 + (30.0 + 9.0 * sign as f32) * angle.sin(), 0.0);
        let mut put = |point: usize, at: Vec3| {
            let index = frame * clip.positions.len() / FRAMES + point;
            clip.positions[index] = at + Vec3::new(jitter(point), jitter(point + 1), 0.0);
            clip.confidences[index] = 1.0;
        };
        for &point in &body {
            put(point, Vec3::new(320.0 + point as f32, 250.0, 0.0));
        }
        put(11, Vec3::new(380.0, 200.0, 0.0));
        put(12, Vec3::new(260.0, 200.0, 0.0));
        for (number, &point) in hand.iter().enumerate() {
            put(point, place + Vec3::new(0.0, -2.0 * number as f32, 0.0));
        }
    }
    clip
}

/// A dataset of clips `(word, clip, copy of)`, the ids their numbers.
fn dataset(folder: &std::path::Path, clips: &[(&str, PoseSequence, Option<usize>)]) -> Dataset {
    let about = About { name: "t".into(), trained_on_kind: TrainedOn::Practice, notes: String::new() };
    let mut writer = DatasetWriter::create(folder, about).unwrap();
    for (number, (gloss, clip, copy_of)) in clips.iter().enumerate() {
        let (key, gloss) = ((*gloss).to_owned(), (*gloss).to_owned());
        let record = ClipRecord {
            id: number.to_string(),
            word: writer.word(Word { key, gloss, category: String::new(), forms: vec![] }),
            signer: "s".into(),
            session: String::new(),
            take: number as u32,
            fps: clip.fps,
            frames: clip.frame_count(),
            source: String::new(),
            copy_of: copy_of.map(|number| number.to_string()),
        };
        writer.push(record, clip).unwrap();
    }
    writer.finish().unwrap()
}

fn of_split(name: &str) -> CheckOptions {
    CheckOptions { split: Some(name.to_owned()), ..CheckOptions::default() }
}

/// Kinds and clips of what is found.
fn found(clips: &[(&str, PoseSequence, Option<usize>)]) -> Vec<(Kind, Vec<String>)> {
    let folder = tempfile::tempdir().unwrap();
    let report = check(&dataset(folder.path(), clips), &CheckOptions::default(), |_| {}).unwrap();
    report.findings.into_iter().map(|finding| (finding.kind, finding.clips)).collect()
}

fn is(kind: Kind, clips: &[&str]) -> (Kind, Vec<String>) {
    (kind, clips.iter().map(|clip| (*clip).to_owned()).collect())
}

#[test]
fn good_clips_have_no_findings() {
    let clips: Vec<_> = (0..6).map(|sign| (["a", "b"][sign % 2], signer(sign), None)).collect();
    assert_eq!(found(&clips), []);
}

#[test]
fn copies_are_found_exact_and_scaled_and_moved_and_resampled() {
    assert_eq!(
        found(&[("a", signer(0), None), ("a", signer(1), None), ("a", signer(0), None)]),
        [is(Kind::Duplicate, &["0", "2"])]
    );
    let mut scaled = signer(0);
    scaled.positions.iter_mut().for_each(|p| *p = *p * 1.7 + Vec3::new(40.0, -30.0, 0.0));
    let resampled = signer(0).resample(60.0, Interpolation::Cubic).unwrap();
    for near in [scaled, resampled] {
        assert_eq!(
            found(&[("a", signer(0), None), ("a", near, None)]),
            [is(Kind::NearDuplicate, &["0", "1"])]
        );
    }
    assert_eq!(found(&[("a", signer(0), None), ("a", signer(0), Some(0))]), [], "it says so itself");
}

#[test]
fn one_motion_under_two_words_and_two_words_spelled_alike_are_errors() {
    let clash = found(&[("حرب", signer(0), None), ("سلام", signer(0), None)]);
    assert_eq!(clash[0], is(Kind::MotionClash, &["0", "1"]));
    let alike = found(&[("مدرسة", signer(0), None), ("مدرسه", signer(1), None), ("مدرس", signer(2), None)]);
    assert_eq!(alike, [is(Kind::GlossClash, &["مدرسة", "مدرسه"])]);
    assert_eq!(found(&[("ا", signer(0), None), ("أ", signer(1), None)]), [], "letters are what they are");
}

#[test]
fn clips_in_which_nobody_signs_are_errors() {
    let mut handless = signer(0);
    let hand = handless.layout.component_range("RIGHT_HAND_LANDMARKS").unwrap();
    let points = handless.point_count();
    (0..FRAMES).for_each(|f| hand.clone().for_each(|p| handless.confidences[f * points + p] = 0.0));
    let mut shoulderless = signer(1);
    (0..FRAMES).for_each(|f| shoulderless.confidences[f * points + 11] = 0.0);
    let none = PoseSequence::unseen(Layout::signclip_203(), ImageSize::default(), 25.0, 0);
    let found = found(&[("a", handless, None), ("a", shoulderless, None), ("a", none, None)]);
    assert_eq!(found, [is(Kind::Empty, &["0"]), is(Kind::Empty, &["1"]), is(Kind::Empty, &["2"])]);
}

#[test]
fn a_hand_that_stops_in_the_air_is_frozen_and_one_that_leaps_jumps() {
    let mut frozen = signer(0);
    let hand = frozen.layout.component_range("RIGHT_HAND_LANDMARKS").unwrap();
    let points = frozen.point_count();
    for frame in 11..30 {
        for point in hand.clone() {
            frozen.positions[frame * points + point] = frozen.positions[10 * points + point];
        }
    }
    let mut leaping = signer(1);
    hand.clone().for_each(|point| leaping.positions[20 * points + point].x += 150.0);
    let mut quick = signer(2);
    // Up in four frames as quick signing filmed slowly, and no leap.
    for (frame, share) in [(20, 0.2), (21, 0.5), (22, 0.8), (23, 1.0)] {
        hand.clone().for_each(|point| quick.positions[frame * points + point].y -= 200.0 * share);
    }
    for frame in 24..FRAMES {
        hand.clone().for_each(|point| quick.positions[frame * points + point].y -= 200.0);
    }
    let found = found(&[("a", frozen, None), ("a", leaping, None), ("a", quick, None)]);
    assert!(!found.contains(&is(Kind::Jumps, &["2"])), "{found:?}");
    // Where the frozen hand goes on, it has to leap too.
    let expected = [is(Kind::Frozen, &["0"]), is(Kind::Jumps, &["1"])];
    assert!(expected.iter().all(|one| found.contains(one)), "{found:?}");
    assert!(!found.contains(&is(Kind::Frozen, &["1"])));
}

#[test]
fn mirrored_clips_are_signed_by_the_left_hand() {
    let left = signer(3).mirror_horizontal().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), &[("a", signer(0), None), ("a", left, None)]);
    let report = check(&data, &CheckOptions::default(), |_| {}).unwrap();
    assert_eq!((report.findings.len(), report.count(Severity::Note)), (1, 1), "{:?}", report.findings);
    let finding = &report.findings[0];
    assert_eq!(
        (finding.kind, finding.figure, &*finding.clips),
        (Kind::LeftHanded, 0.5, &["1".to_owned()][..])
    );
}

#[test]
fn what_is_tested_on_and_trained_on_is_a_leak() {
    let folder = tempfile::tempdir().unwrap();
    let clips = [signer(0), signer(1), signer(2), signer(0)].map(|clip| ("a", clip, None));
    let data = dataset(folder.path(), &clips);
    let split = |train: &[usize], test: &[usize]| Split {
        name: "mine".into(),
        train: train.to_vec(),
        validation: vec![],
        test: test.to_vec(),
        left_out: vec![],
    };
    split(&[0, 1], &[2, 3]).save(&data).unwrap();
    let report = check(&data, &CheckOptions::default(), |_| {}).unwrap();
    assert_eq!((report.splits.as_slice(), report.count(Severity::Error)), (&["mine".to_owned()][..], 1));
    assert_eq!(report.findings[0].clips, ["0", "3"]);
    split(&[0, 1, 3], &[2]).save(&data).unwrap();
    assert_eq!(check(&data, &of_split("mine"), |_| {}).unwrap().count(Severity::Error), 0);
    assert!(check(&data, &of_split("gone"), |_| {}).is_err());
}

#[test]
fn the_real_letters_are_all_different_and_leak_nowhere() {
    let Some(reference) = reference() else { return };
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("letters");
    import(&[reference.join("jos-letters")], &to, &Options::default(), |_, _| {}).unwrap();
    let data = Dataset::open(&to).unwrap();
    SplitRule::Take.apply(&data, 1).unwrap().save(&data).unwrap();
    let report = check(&data, &CheckOptions::default(), |_| {}).unwrap();
    let kinds: Vec<Kind> = report.findings.iter().map(|finding| finding.kind).collect();
    for wrong in [Kind::Duplicate, Kind::NearDuplicate, Kind::MotionClash, Kind::Leak, Kind::Empty] {
        assert!(!kinds.contains(&wrong), "{:?}", report.findings);
    }
}
