use super::measures::Measures;
use super::{Expectations, Failure, Gate, Quantiles, judge, measure};
use crate::body::{Motion, Skeleton};
use crate::interpreter::SignKind;
use crate::interpreter::stitch::{Clip, Item, Pace, stitch};
use crate::lexicon::{Lexicon, Provenance, SignClip, SignId};
use crate::pose::{ImageSize, Layout, PoseSequence, holistic};
use glam::Vec3;
use proptest::prelude::*;
use std::sync::{Arc, OnceLock};

/// Frames a second of the clips that are measured here: a camera's.
const FPS: f32 = 25.0;

/// A sign as somebody would record it: up from rest, signed, down to rest.
pub(crate) fn recorded(sign: SignId, motion: Arc<Motion>, seed: u64) -> PoseSequence {
    let clips = vec![Clip { sign, motion }];
    let item = Item { kind: SignKind::Lexical, clips, pause_millis: 0, non_manuals: vec![], mouthing: None };
    landmarks(&stitch(&[item], Pace::new(1.0), seed).motion)
}

/// A motion's landmarks at [`FPS`].
pub(crate) fn landmarks(motion: &Motion) -> PoseSequence {
    let count = (motion.duration() * FPS) as usize;
    let mut clip = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), FPS, count);
    for (i, points) in clip.positions.chunks_exact_mut(holistic::POINTS).enumerate() {
        let pose = motion.sample(i as f32 / FPS).unwrap();
        for (point, at) in points.iter_mut().zip(Skeleton::reference().landmarks(&pose)) {
            // As cameras have it: y down, z away; in any scale.
            *point = at * Vec3::new(200.0, -200.0, -200.0);
        }
    }
    clip.confidences.fill(1.0);
    clip
}

/// Practice signs as clips with their measures; every sixth, or all.
struct Practice {
    clips: Vec<(SignId, String, PoseSequence)>,
    measures: Vec<Measures>,
    expectations: Expectations,
}

fn practice() -> &'static Practice {
    static PRACTICE: OnceLock<Practice> = OnceLock::new();
    PRACTICE.get_or_init(|| {
        let lexicon = Lexicon::builtin().unwrap();
        let entries = lexicon.entries().filter(|(_, entry)| entry.provenance == Provenance::Practice);
        let clip = |(sign, entry): (SignId, &crate::lexicon::Entry)| match lexicon.clip(sign).unwrap() {
            SignClip::Notated(motion) => (sign, entry.key.clone(), recorded(sign, motion, 1)),
            SignClip::Recorded(_) => panic!("a practice sign is notated"),
        };
        let clips: Vec<_> = entries.map(clip).collect();
        let measures: Vec<Measures> =
            clips.iter().map(|(_, key, clip)| measure(clip).expect(key).0).collect();
        let expectations = Expectations::of_measures(&measures);
        Practice { clips, measures, expectations }
    })
}

/// What practice clips let expect.
pub(crate) fn expectations() -> &'static Expectations {
    &practice().expectations
}

fn failures(clip: &PoseSequence) -> Vec<Failure> {
    judge(clip, expectations(), 1).map_or_else(|rejection| rejection.0, |_| Vec::new())
}

fn gates(failures: &[Failure]) -> Vec<Gate> {
    let mut gates: Vec<Gate> = failures.iter().map(|failure| failure.gate).collect();
    gates.dedup();
    gates
}

#[test]
fn every_one_of_our_own_signs_passes_what_they_let_expect() {
    let Practice { clips, measures, expectations } = practice();
    assert!(clips.len() >= 150);
    let failures = |measures| expectations.failures(measures, 1);
    let keys = clips.iter().map(|(_, key, _)| key);
    let failed: Vec<_> =
        keys.zip(measures.iter().map(failures)).filter(|(_, failures)| !failures.is_empty()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn expectations_survive_being_stored() {
    let text = serde_json::to_string(expectations()).unwrap();
    let back: Expectations = serde_json::from_str(&text).unwrap();
    assert_eq!(back.bones.len(), 44);
    assert!((back.wrist_energy.high - expectations().wrist_energy.high).abs() < 1e-6);
    let error = Expectations::of(&[]).unwrap_err();
    assert!(error.to_string().contains("0 clips"), "{error}");
}

#[test]
fn quantiles_are_between_the_values() {
    let hundred = Quantiles::of((0..=100).rev().map(|i| i as f32).collect());
    assert_eq!((hundred.low, hundred.median, hundred.high), (1.0, 50.0, 99.0));
    assert_eq!(Quantiles::of(vec![3.0]), Quantiles { low: 3.0, median: 3.0, high: 3.0 });
    assert_eq!(Quantiles::of(vec![]), Quantiles::default());
}

#[test]
fn a_failure_says_what_was_expected_and_what_was_found() {
    let failure =
        Failure { gate: Gate::Energy, measure: "wrists too still".into(), expected: [0.2, 1.4], found: 0.01 };
    assert_eq!(failure.to_string(), "wrists too still: expected 0.200 to 1.40, found 0.0100");
}

/// Every point of a frame, changed.
fn each_frame(clip: &PoseSequence, change: impl Fn(usize, &mut [Vec3])) -> PoseSequence {
    let mut changed = clip.clone();
    for (i, points) in changed.positions.chunks_exact_mut(holistic::POINTS).enumerate() {
        change(i, points);
    }
    changed
}

/// A number from −1 to 1 that a place and a seed have.
fn noise(seed: u64) -> f32 {
    let mixed = (seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed >> 40) as f32 / (1_u64 << 23) as f32) - 1.0
}

fn any_sign() -> impl Strategy<Value = usize> {
    0..practice().clips.len()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    #[test]
    fn a_stilled_clip_fails_for_its_energy_alone(sign in any_sign(), share in 0.0f32..0.02) {
        // As a model that has learnt the mean: nearly still about it.
        let clip = &practice().clips[sign].2;
        let count = clip.frame_count() as f32;
        let mut mean = vec![Vec3::ZERO; holistic::POINTS];
        for frame in 0..clip.frame_count() {
            mean.iter_mut().zip(clip.frame(frame)).for_each(|(mean, at)| *mean += *at / count);
        }
        // Bones of a mean are shorter: the middle frame stands for it.
        let middle = clip.frame(clip.frame_count() / 2).to_vec();
        let still = each_frame(clip, |_, points| {
            points.iter_mut().zip(&middle).for_each(|(at, middle)| *at = middle.lerp(*at, share));
        });
        let failures = failures(&still);
        prop_assert_eq!(gates(&failures), [Gate::Energy], "{:?}", failures);
        prop_assert!(failures.iter().all(|failure| failure.measure.contains("too still")));
    }

    #[test]
    fn a_noised_clip_fails_for_its_energy(sign in any_sign(), seed in any::<u64>()) {
        let noised = each_frame(&practice().clips[sign].2, |frame, points| {
            for (i, at) in points.iter_mut().enumerate() {
                let axis = |k: usize| 30.0 * noise(seed ^ (frame * 4096 + i * 4 + k) as u64);
                *at += Vec3::new(axis(0), axis(1), axis(2));
            }
        });
        let failures = failures(&noised);
        prop_assert!(failures.iter().any(|f| f.gate == Gate::Energy && f.measure.contains("too wild")), "{failures:?}");
    }

    #[test]
    fn a_cameras_jitter_passes(sign in any_sign(), seed in any::<u64>()) {
        // A pixel, where shoulders are 200 apart.
        let jittery = each_frame(&practice().clips[sign].2, |frame, points| {
            for (i, at) in points.iter_mut().enumerate() {
                let axis = |k: usize| noise(seed ^ (frame * 4096 + i * 4 + k) as u64);
                *at += Vec3::new(axis(0), axis(1), axis(2));
            }
        });
        let failures = failures(&jittery);
        prop_assert!(failures.is_empty(), "{failures:?}");
    }

    #[test]
    fn a_hand_whose_bones_are_longer_fails_for_its_bones(sign in any_sign(), longer in 1.3f32..1.8) {
        let grown = each_frame(&practice().clips[sign].2, |_, points| {
            for start in [501, 522] {
                let wrist = points[start];
                points[start..start + 21].iter_mut().for_each(|at| *at = wrist + (*at - wrist) * longer);
            }
        });
        let failures = failures(&grown);
        prop_assert!(gates(&failures).contains(&Gate::Bones), "{failures:?}");
    }

    #[test]
    fn a_clip_whose_bones_stretch_fails_for_its_bones(sign in any_sign(), longer in 1.35f32..1.8, slowly: bool) {
        // Elbow and wrist move out from the shoulder: all the time, or more and less.
        let stretched = each_frame(&practice().clips[sign].2, |frame, points| {
            let wave = 0.5 - 0.5 * (frame as f32 * 0.25).cos();
            let by = if slowly { 1.0 + (longer - 1.0) * wave } else { longer };
            for (shoulder, elbow) in [(11, 13), (12, 14)] {
                points[elbow] = points[shoulder] + (points[elbow] - points[shoulder]) * by;
            }
        });
        let failures = failures(&stretched);
        prop_assert!(gates(&failures).contains(&Gate::Bones), "{failures:?}");
    }

    #[test]
    fn a_clip_without_a_hand_fails_for_its_presence(sign in any_sign(), side in 0..2usize, share in 0.2f32..1.0) {
        let mut handless = practice().clips[sign].2.clone();
        let lost = (share * handless.frame_count() as f32) as usize;
        let hand = if side == 0 { holistic::LEFT_HAND } else { holistic::RIGHT_HAND };
        for confidences in handless.confidences.chunks_exact_mut(holistic::POINTS).take(lost) {
            confidences[hand.clone()].fill(0.0);
        }
        let failures = failures(&handless);
        prop_assert!(gates(&failures).contains(&Gate::Presence), "{failures:?}");
    }

    #[test]
    fn a_clip_that_jumps_fails_for_its_jump(sign in any_sign(), at in 0.2f32..0.8) {
        let clip = &practice().clips[sign].2;
        let from = (at * clip.frame_count() as f32) as usize;
        // Both hands are elsewhere from one frame on; arms go with them.
        let jumping = each_frame(clip, |frame, points| {
            if frame >= from {
                for i in [15, 16, 17, 18, 19, 20, 21, 22].into_iter().chain(501..543) {
                    points[i] += Vec3::new(0.0, 0.0, -260.0);
                }
            }
        });
        let failures = failures(&jumping);
        prop_assert!(gates(&failures).contains(&Gate::Jumps), "{failures:?}");
    }

    #[test]
    fn a_clip_with_anything_that_is_no_number_fails_for_that_alone(sign in any_sign(), at in 0.0f32..1.0) {
        let mut broken = practice().clips[sign].2.clone();
        let last = broken.positions.len() - 1;
        broken.positions[(at * last as f32) as usize].y = f32::NAN;
        prop_assert_eq!(gates(&failures(&broken)), [Gate::Numbers]);
    }

    #[test]
    fn a_clip_that_is_too_short_or_too_long_fails_for_its_length(sign in any_sign(), long: bool) {
        let mut clip = practice().clips[sign].2.clone();
        if long {
            clip.fps = 2.0;
        } else {
            clip.positions.truncate(4 * holistic::POINTS);
            clip.confidences.truncate(4 * holistic::POINTS);
        }
        prop_assert!(gates(&failures(&clip)).contains(&Gate::Length));
    }

    #[test]
    fn hands_turned_beyond_what_wrists_do_fail_for_their_joints(sign in any_sign()) {
        // Each hand turned over about its own wrist, its fingers toward the elbow.
        let bent = each_frame(&practice().clips[sign].2, |_, points| {
            for (start, elbow) in [(501, 13), (522, 14)] {
                let wrist = points[start];
                let back = (points[elbow] - wrist).normalize_or(Vec3::Y);
                let along = (points[start + 9] - wrist).normalize_or(Vec3::X);
                let turn = crate::body::maths::arc(along, back);
                for point in &mut points[start..start + 21] {
                    *point = wrist + turn * (*point - wrist);
                }
            }
        });
        let failures = failures(&bent);
        prop_assert!(gates(&failures).contains(&Gate::Joints), "{failures:?}");
    }
}

#[test]
fn a_clip_without_a_body_is_turned_down_and_says_why() {
    let clip = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), FPS, 30);
    let failures = failures(&clip);
    assert_eq!(gates(&failures), [Gate::Numbers]);
    assert!(failures[0].measure.contains("shoulder"), "{failures:?}");
}
