//! The practice dataset: its shape, its smoothness, its mistakes, and that it is the same every time.

use super::camera_noise::{Rates, seen_by_mediapipe};
use super::perform::{LONGEST, perform};
use super::signer::Signer;
use super::*;
use crate::body::{Articulation, Motion};
use crate::dataset::dice::Dice;
use crate::dataset::{DatasetError, SplitRule};
use crate::lexicon::{Lexicon, SignClip};
use crate::pose::holistic;
use glam::Vec3;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const FEW: Practice = Practice { seed: 3, words: Some(3), clips_per_word: 3 };

fn files(folder: &Path) -> Vec<Vec<u8>> {
    ["clips.bin", "clips.csv", "words.csv", "dataset.json"]
        .map(|file| std::fs::read(folder.join(file)).unwrap())
        .into()
}

fn sign(key: &str) -> Arc<Motion> {
    let lexicon = Lexicon::builtin().unwrap();
    match lexicon.clip(lexicon.by_key(key).unwrap()).unwrap() {
        SignClip::Notated(motion) => motion,
        SignClip::Recorded(_) => panic!("{key} is a recording"),
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_with_any_number_of_threads() {
    let made = |practice: &Practice, threads: usize| {
        let folder = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| make(folder.path(), practice, false, &mut |_, _| ())).unwrap();
        files(folder.path())
    };
    let one = made(&FEW, 1);
    assert!(one == made(&FEW, 3));
    assert!(one[0] != made(&Practice { seed: 4, ..FEW }, 2)[0]);
}

#[test]
fn the_same_dataset_is_kept_and_another_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let made = |practice, again| make(folder.path(), practice, again, &mut |_, _| ());
    assert!(!made(&FEW, false).unwrap().kept);
    assert!(made(&FEW, false).unwrap().kept && !made(&FEW, true).unwrap().kept);
    let other = Practice { seed: 9, ..FEW };
    let refused = made(&other, false);
    assert!(matches!(refused, Err(PracticeError::Dataset(DatasetError::Exists { .. }))));
    let dataset = made(&other, true).unwrap().dataset;
    assert!(dataset.about().trained_on_kind.is_practice() && dataset.about().notes.contains("not Syrian"));
    assert!(dataset.clips().iter().all(|clip| clip.frames as f32 <= LONGEST * 60.0));
    assert_eq!(SplitRule::Take.apply(&dataset, 0).unwrap().test.len(), 3);
}

#[test]
fn of_150_words_each_of_six_signers_signs_50_five_times() {
    let tasks = Practice { seed: 1, words: None, clips_per_word: 10 }.tasks(150);
    let mut takes: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    tasks.iter().for_each(|task| *takes.entry((task.signer, task.word)).or_default() += 1);
    assert!(takes.values().all(|count| *count == 5) && takes.len() == 300);
    for signer in 0..6 {
        assert_eq!(takes.keys().filter(|(of, _)| *of == signer).count(), 50);
    }
}

#[test]
fn signers_differ_and_one_is_left_handed() {
    for seed in 0..5 {
        let signers = Signer::all(seed);
        assert_eq!(signers.iter().filter(|signer| signer.left_handed).count(), 1);
        let scales: BTreeSet<u32> = signers.iter().map(|signer| signer.camera.scale_px.to_bits()).collect();
        assert_eq!(scales.len(), 6);
    }
}

#[test]
fn hands_never_jump_before_the_camera_makes_them() {
    let words = Lexicon::news_words().unwrap();
    for (number, signer) in Signer::all(5).iter().enumerate() {
        let sign = sign(&words[17 * number]);
        let clip = perform(signer, &sign, &mut Dice::new(5, &[&words[number]]));
        let scale = signer.camera.scale_px;
        assert!(clip.frame_count() > 60 && clip.positions.iter().all(|at| at.is_finite()));
        // 130 shoulder widths a second squared, or what the sign itself has at this signer's speed.
        let wrists =
            |side: usize| sign.frames.iter().map(move |frame| frame.arms[side].wrist).collect::<Vec<_>>();
        let own = (0..2).flat_map(|side| changes(&wrists(side))).fold(0.0, f32::max);
        let most = (4.0 * own).max(0.036);
        for hand in [holistic::LEFT_HAND, holistic::RIGHT_HAND] {
            let way: Vec<Vec3> =
                (0..clip.frame_count()).map(|frame| clip.frame(frame)[hand.start] / scale).collect();
            let change = changes(&way).into_iter().fold(0.0, f32::max);
            let step = way.windows(2).map(|pair| pair[0].distance(pair[1])).fold(0.0, f32::max);
            assert!(step < 0.25 && change < most, "{}: {step}, {change} of {most}", words[17 * number]);
        }
    }
}

/// How much steps differ from the ones before.
fn changes(way: &[Vec3]) -> Vec<f32> {
    way.windows(3).map(|three| (three[0] - 2.0 * three[1] + three[2]).length()).collect()
}

#[test]
fn jitter_is_of_the_measured_size_and_a_hand_is_lost_whole() {
    let signer = &Signer::all(2)[0];
    let still = Motion { fps: 60.0, frames: vec![Articulation::neutral(); 60] };
    let clean = perform(signer, &still, &mut Dice::new(2, &[]));
    let scale = signer.camera.scale_px;
    let (mut lost, mut frames, mut roughness) = (0, 0, Vec::new());
    for seed in 0..12 {
        let seen = seen_by_mediapipe(&clean, scale, &Rates::MEASURED, &mut Dice::new(seed, &["noise"]));
        frames += seen.frame_count();
        for frame in 0..seen.frame_count() {
            let hand = &seen.frame_confidences(frame)[182..];
            let count = hand.iter().filter(|confidence| **confidence == 0.0).count();
            assert!(count == 0 || count == 21);
            lost += count / 21;
        }
        for frame in 1..seen.frame_count() - 1 {
            let x = |frame: usize| seen.frame(frame)[11].x / scale;
            roughness.push(((x(frame + 1) - 2.0 * x(frame) + x(frame - 1)) / 6f32.sqrt()).abs());
        }
    }
    assert!(lost > 0 && lost < frames / 2, "{lost} of {frames}");
    roughness.sort_by(f32::total_cmp);
    let deviation = 1.4826 * roughness[roughness.len() / 2];
    assert!((0.001..0.0035).contains(&deviation), "{deviation}");
}
