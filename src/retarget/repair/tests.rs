//! Clips that are whole, and the same clips damaged: what is found, and what is made of it.
//!
//! The clips are our own signs as a camera's model sees them: thirty frames a second, trembling, depth
//! too flat and different for body and hands. Damage is put at many places of many signs and found in
//! at least nine of ten; a clip that is whole is left alone.

use super::super::clip::{Report, articulate_frames};
use super::super::frame::body;
use super::*;
use crate::body::{Articulation, Motion, Skeleton, maths};
use crate::lexicon::{Lexicon, SignClip};

const FPS: f32 = 30.0;
/// Frames of coming up from rest and of going back.
const WAY: usize = 15;
/// Each how manieth sign is looked at.
const EVERY: usize = 9;

/// Numbers that are the same at every run (Knuth's MMIX generator).
struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    /// From −1 to 1.
    fn next(&mut self) -> f32 {
        self.bits() as f32 / (1u64 << 30) as f32 - 1.0
    }

    /// From `low` to before `high`.
    fn among(&mut self, low: usize, high: usize) -> usize {
        low + self.bits() as usize % (high - low).max(1)
    }
}

/// A sign between rests, at the camera's rate.
fn played(motion: &Motion) -> Vec<Articulation> {
    let count = ((motion.duration() * FPS) as usize).max(8);
    let at = |i: usize| motion.sample(i as f32 / FPS).unwrap();
    let rest = Articulation::neutral();
    let way = |i: usize| maths::minimum_jerk(i as f32 / WAY as f32);
    let up = (0..WAY).map(|i| rest.lerp(&at(0), way(i)));
    let down = (1..=WAY).map(|i| at(count - 1).lerp(&rest, way(i)));
    up.chain((0..count).map(at)).chain(down).collect()
}

/// What a camera's model would find: trembling by 2 mm, with guessed depth.
fn filmed(poses: &[Articulation], noise: &mut Noise) -> Vec<Frame> {
    poses
        .iter()
        .map(|pose| {
            let mut frame = Frame::from_landmarks(&Skeleton::reference().landmarks(pose));
            let mut tremble = |p: &mut Vec3, depth: f32| {
                *p += Vec3::new(noise.next(), noise.next(), 2.0 * noise.next()) * 0.005;
                p.z *= depth;
            };
            frame.body.iter_mut().for_each(|p| tremble(p, 1.7));
            frame.hands.iter_mut().flatten().for_each(|hand| {
                let wrist = hand[0].z;
                hand.iter_mut().for_each(|p| p.z -= wrist);
                hand.iter_mut().for_each(|p| tremble(p, 0.6));
            });
            frame.face = None;
            frame
        })
        .collect()
}

/// Whole clips.
fn clips() -> Vec<Vec<Frame>> {
    let lexicon = Lexicon::builtin().unwrap();
    let mut noise = Noise(1);
    let signs: Vec<_> = lexicon.entries().map(|(sign, _)| sign).step_by(EVERY).collect();
    let motions = signs.into_iter().filter_map(|sign| match lexicon.clip(sign).unwrap() {
        SignClip::Notated(motion) => Some(motion),
        SignClip::Recorded(_) => None,
    });
    motions.map(|motion| filmed(&played(&motion), &mut noise)).collect()
}

fn report(frames: &[Frame]) -> Report {
    articulate_frames(frames.to_vec(), FPS).unwrap().report
}

/// Fingertips and wrists of both hands in each frame, from the whole clip's, in the picture.
fn error(whole: &[Frame], damaged: &[Frame], side: Side, at: std::ops::Range<usize>) -> f32 {
    let tips = |frames: &[Frame]| {
        let clip = articulate_frames(frames.to_vec(), FPS).unwrap();
        let joints = |i: usize| Skeleton::reference().joints(&clip.motion.frames[i]).hands[side as usize];
        at.clone().flat_map(|i| [0, 4, 8, 12, 16, 20].map(|k: usize| joints(i)[k])).collect::<Vec<_>>()
    };
    let (a, b) = (tips(whole), tips(damaged));
    a.iter().zip(&b).map(|(p, q)| (p - q).truncate().length()).sum::<f32>() / a.len() as f32
}

/// How much of some damage is found, and how far from the whole clip the mended one is.
struct Found {
    share: f32,
    error: f32,
}

/// Damages each clip at a place of its own; `damage` says how the clip is damaged there, or that it
/// cannot be, and `found` whether a report says so.
fn found(
    side: Side,
    longest: usize,
    damage: impl Fn(&mut [Frame], std::ops::Range<usize>) -> bool,
    found: impl Fn(&Report) -> bool,
) -> Found {
    let mut noise = Noise(7);
    let (mut all, mut seen, mut errors) = (0, 0, 0.0);
    for whole in clips() {
        for _ in 0..5 {
            let length = noise.among(1, longest + 1);
            let start = noise.among(6, whole.len() - length - 6);
            let mut damaged = whole.clone();
            if !damage(&mut damaged, start..start + length) {
                continue;
            }
            all += 1;
            seen += usize::from(found(&report(&damaged)));
            errors += error(&whole, &damaged, side, start..start + length);
        }
    }
    assert!(all > 20, "{all} damaged clips say nothing");
    Found { share: seen as f32 / all as f32, error: errors / all as f32 }
}

#[test]
fn whole_clips_are_left_alone() {
    let mut all = Report::default();
    clips().iter().for_each(|clip| all.add(&report(clip)));
    let mended = [all.swapped, all.doubled, all.spikes, all.frozen, all.flipped].map(|kind| kind.frames);
    println!("{mended:?} of {} frames", all.frames);
    assert_eq!(all.missing_hands, [0; 2]);
    assert!(mended.iter().sum::<usize>() * 500 < all.frames, "{mended:?} of {}", all.frames);
}

#[test]
fn lost_hands_are_bridged_near_where_they_were() {
    let lose = |frames: &mut [Frame], at: std::ops::Range<usize>| {
        frames[at].iter_mut().for_each(|frame| frame.hands[1] = None);
        true
    };
    let lost = found(Side::Right, 7, lose, |r| r.bridged.events == 1 && r.eased.events == 0);
    println!("{} {}", lost.share, lost.error);
    assert!(lost.share == 1.0 && lost.error < 0.04, "{} {}", lost.share, lost.error);
}

#[test]
fn hands_that_are_lost_for_long_rest_meanwhile() {
    let mut frames = clips().remove(0);
    frames.iter_mut().for_each(|frame| frame.hands[1] = None);
    let clip = articulate_frames(frames.clone(), FPS).unwrap();
    assert_eq!(clip.report.eased, Mended { events: 1, frames: frames.len() });
    assert_eq!(clip.report.missing_hands, [0, frames.len()]);
}

#[test]
fn exchanged_hands_are_put_back() {
    let exchange = |frames: &mut [Frame], at: std::ops::Range<usize>| {
        // Hands in the same place cannot be told apart, and need not be.
        let differ = |frame: &Frame| match &frame.hands {
            [Some(left), Some(right)] => apart(left, right) > 0.25,
            _ => false,
        };
        let differ = frames[at.clone()].iter().all(differ);
        frames[at].iter_mut().for_each(|frame| frame.hands.swap(0, 1));
        differ
    };
    let swapped = found(Side::Right, 12, exchange, |r| r.swapped.events == 1);
    println!("{} {}", swapped.share, swapped.error);
    assert!(swapped.share > 0.9 && swapped.error < 0.01, "{} {}", swapped.share, swapped.error);
}

#[test]
fn a_hand_in_the_others_place_is_put_back() {
    let misplace = |frames: &mut [Frame], at: std::ops::Range<usize>| {
        let apart = |frame: &Frame| {
            let [left, right] = body::WRISTS.map(|i| frame.body[i].truncate());
            left.distance(right) > 0.4
        };
        let apart = frames[at.clone()].iter().all(apart);
        frames.iter_mut().for_each(|frame| frame.hands[0] = None);
        frames[at].iter_mut().for_each(|frame| frame.hands.swap(0, 1));
        apart
    };
    let swapped = found(Side::Right, 12, misplace, |r| r.swapped.events == 1);
    println!("{} {}", swapped.share, swapped.error);
    assert!(swapped.share > 0.9 && swapped.error < 0.01, "{} {}", swapped.share, swapped.error);
}

#[test]
fn a_hand_found_twice_is_taken_from_where_it_is_not() {
    let double = |frames: &mut [Frame], at: std::ops::Range<usize>| {
        let apart = |frame: &Frame| {
            let [left, right] = body::WRISTS.map(|i| frame.body[i].truncate());
            left.distance(right) > 0.4
        };
        let apart = frames[at.clone()].iter().all(apart);
        frames[at].iter_mut().for_each(|frame| frame.hands[0] = frame.hands[1]);
        apart
    };
    let doubled = found(Side::Left, 6, double, |r| r.doubled.events == 1);
    println!("{} {}", doubled.share, doubled.error);
    assert!(doubled.share > 0.9 && doubled.error < 0.04, "{} {}", doubled.share, doubled.error);
}

#[test]
fn hands_that_jump_away_are_taken_out() {
    let jump = |frames: &mut [Frame], at: std::ops::Range<usize>| {
        for point in frames[at].iter_mut().flat_map(|frame| frame.hands[1].iter_mut().flatten()) {
            *point += Vec3::new(0.5, 0.4, 0.0);
        }
        true
    };
    let jumped = found(Side::Right, 2, jump, |r| r.spikes.events == 1);
    println!("{} {}", jumped.share, jumped.error);
    assert!(jumped.share > 0.9 && jumped.error < 0.04, "{} {}", jumped.share, jumped.error);
}

#[test]
fn hands_that_stand_still_and_catch_up_go_on() {
    let freeze = |frames: &mut [Frame], at: std::ops::Range<usize>| {
        let step = |i: usize| {
            let hands = [&frames[i - 1], &frames[i]].map(|frame| frame.hands[1].as_ref().unwrap());
            apart(hands[0], hands[1])
        };
        // What does not move cannot be seen to stand still.
        let moves = (at.start - 1..at.end + 2).all(|i| step(i) > 0.04);
        let held = frames[at.start - 1].clone();
        frames[at].iter_mut().for_each(|frame| *frame = held.clone());
        moves
    };
    let frozen = found(Side::Right, 4, freeze, |r| r.frozen.events >= 1);
    println!("{} {}", frozen.share, frozen.error);
    assert!(frozen.share > 0.9 && frozen.error < 0.06, "{} {}", frozen.share, frozen.error);
}

#[test]
fn depth_that_is_turned_over_is_turned_back() {
    let flip = |frames: &mut [Frame], at: std::ops::Range<usize>| {
        let mut deep = true;
        for hand in frames[at].iter_mut().filter_map(|frame| frame.hands[1].as_mut()) {
            // A hand in the plane of the picture is its own mirror image.
            let depth = hand.iter().map(|p| (p.z - hand[0].z).abs()).sum::<f32>() / 21.0;
            deep &= depth > 0.05;
            depth::mirror(hand);
        }
        deep
    };
    let flipped = found(Side::Right, 8, flip, |r| r.flipped.events >= 1);
    println!("{} {}", flipped.share, flipped.error);
    assert!(flipped.share > 0.9 && flipped.error < 0.02, "{} {}", flipped.share, flipped.error);
}

#[test]
fn an_arm_behind_the_back_is_before_it_where_depth_was_measured() {
    let mut pose = Articulation::neutral();
    pose.arms[1].wrist = Vec3::new(-0.3, -0.4, 0.7);
    let whole = vec![Frame::from_landmarks(&Skeleton::reference().landmarks(&pose)); 20];
    let mut damaged = whole.clone();
    for frame in &mut damaged[8..13] {
        for i in [body::ELBOWS[1], body::WRISTS[1]] {
            frame.body[i].z = 2.0 * frame.body[body::SHOULDERS[1]].z - frame.body[i].z;
        }
    }
    assert_eq!(unflip_arms(&mut damaged, Side::Right), Mended { events: 1, frames: 5 });
    for (a, b) in damaged.iter().zip(&whole) {
        assert!(a.body[body::WRISTS[1]].distance(b.body[body::WRISTS[1]]) < 1e-5);
    }
}

#[test]
fn a_stream_keeps_hands_and_their_depth_on_their_sides() {
    for whole in clips().into_iter().step_by(4) {
        let mut stream = Stream::default();
        for (i, frame) in whole.iter().enumerate() {
            let [left, right] = body::WRISTS.map(|i| frame.body[i].truncate());
            let mut damaged = frame.clone();
            if i % 7 == 3 && left.distance(right) > 0.5 {
                damaged.hands.swap(0, 1);
            }
            let mended = stream.mend(&damaged, 1.0 / FPS);
            assert_eq!(mended.hands[1].unwrap()[0], frame.hands[1].unwrap()[0], "{i}");
        }
    }
}
