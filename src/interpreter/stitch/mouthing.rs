//! The word on the lips: each sign's Arabic word, mouthed while its hands make it.
//!
//! Signers of the region mouth the spoken word with many of their signs. The mouthing begins with the
//! stroke and ends with it; where the word is longer than the sign, what a viewer misses least goes
//! first: sounds that lips do not show, then syllables that are neither stressed nor a word's first. A
//! spelled word is mouthed once, over its letters. A sign that does something with the mouth by itself
//! is not mouthed.

use super::viseme::{self, Mouth, SHAPES, Segment, Viseme};
use super::{Item, Span};
use crate::arabic::{Phoneme, Syllable, pronounce};
use crate::body::{Articulation, Motion, maths::minimum_jerk};
use std::ops::Range;

/// So many visemes a second can be read at most.
const MOST_PER_SECOND: f32 = 7.0;
/// A sound is not drawn out longer than this, seconds.
const LONGEST_SOUND: f32 = 0.38;
/// The mouth gets ready so long before a word, and lets go so long after, seconds.
const READY: f32 = 0.10;
const RELAX: f32 = 0.12;
/// A mouth shape of a sign's own above this is part of the sign.
const OWN_MOUTH: f32 = 0.28;

/// Lays the items' words over the faces.
pub(super) fn overlay(frames: &mut [Articulation], items: &[Item], spans: &[Span]) {
    for (i, item) in items.iter().enumerate() {
        let Some(word) = &item.mouthing else { continue };
        let Some(run) = run_of(i, spans) else { continue };
        if uses_mouth(item) {
            continue;
        }
        let seconds = run.len() as f32 / Motion::FPS;
        let segments = segments(&pronounce(word), seconds);
        lay(frames, &run, &segments);
    }
}

/// From an item's first frame to its last.
fn run_of(item: usize, spans: &[Span]) -> Option<Range<usize>> {
    let mut own = spans.iter().filter(|span| span.item == item);
    let first = own.next()?;
    let end = own.next_back().map_or(first.frames.end, |last| last.frames.end);
    Some(first.frames.start..end)
}

/// Whether a sign's own face does something with the mouth.
fn uses_mouth(item: &Item) -> bool {
    let is_spelled = item.clips.len() > 1;
    !is_spelled
        && item.clips.iter().any(|clip| {
            let faces = clip.motion.frames.iter().map(|frame| &frame.face);
            faces.flat_map(|face| SHAPES.map(|shape| face[shape])).any(|weight| weight > OWN_MOUTH)
        })
}

/// The visemes of a word in `seconds`, from 0.
fn segments(syllables: &[Syllable], seconds: f32) -> Vec<Segment> {
    let sounds = reduced(syllables, (MOST_PER_SECOND * seconds).floor().max(2.0) as usize);
    let total: f32 = sounds.iter().map(|(phoneme, _)| viseme::length(*phoneme)).sum();
    let unit = (seconds / total.max(1e-3)).min(LONGEST_SOUND);
    let mut at = 0.0;
    let segment = |(phoneme, stressed): (Phoneme, bool)| {
        let length = unit * viseme::length(phoneme);
        at += length;
        let size = match (phoneme.sound.is_vowel(), phoneme.long, stressed) {
            (true, false, false) => 0.72,
            (true, false, true) | (true, true, false) => 0.9,
            _ => 1.0,
        };
        Segment { viseme: Viseme::of(phoneme.sound), middle: at - 0.5 * length, length, size }
    };
    sounds.into_iter().map(segment).collect()
}

/// At most so many sounds of a word, and whether each is stressed.
fn reduced(syllables: &[Syllable], most: usize) -> Vec<(Phoneme, bool)> {
    let sounds = |syllable: &Syllable, all: bool| {
        let stressed = syllable.stressed;
        let seen = move |phoneme: &&Phoneme| all || Viseme::of(phoneme.sound).is_seen();
        syllable.phonemes.iter().filter(seen).map(|phoneme| (*phoneme, stressed)).collect::<Vec<_>>()
    };
    let whole: Vec<_> = syllables.iter().flat_map(|syllable| sounds(syllable, true)).collect();
    if whole.len() <= most {
        return whole;
    }
    let mut by_need: Vec<usize> = (0..syllables.len()).collect();
    by_need.sort_by_key(|&at| (need(&syllables[at]), at));
    let mut kept = vec![Vec::new(); syllables.len()];
    let mut room = most;
    for at in by_need {
        let own = sounds(&syllables[at], false);
        if own.len() > room {
            // Of the first that does not fit, as much as does.
            kept[at] = own.into_iter().take(if room < most { 0 } else { room }).collect();
            break;
        }
        room -= own.len();
        kept[at] = own;
    }
    kept.concat()
}

/// In which order syllables are kept.
fn need(syllable: &Syllable) -> u8 {
    match (syllable.stressed, syllable.first) {
        (true, _) => 0,
        (_, true) => 1,
        _ => 2,
    }
}

fn lay(frames: &mut [Articulation], run: &Range<usize>, segments: &[Segment]) {
    let Some(last) = segments.last() else { return };
    let spoken = last.middle + 0.5 * last.length;
    let from = run.start.saturating_sub((READY * Motion::FPS) as usize);
    let to = (run.start + ((spoken + RELAX) * Motion::FPS).ceil() as usize).min(frames.len());
    for (i, frame) in frames.iter_mut().enumerate().take(to).skip(from) {
        let seconds = (i as f32 - run.start as f32) / Motion::FPS;
        let grown = minimum_jerk((seconds + READY) / (READY + 0.04));
        let left = minimum_jerk((spoken + RELAX - seconds) / (RELAX + 0.04));
        let mouth = Mouth::at(seconds.clamp(0.0, spoken), segments);
        mouth.put_on(&mut frame.face, grown * left);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Clip, Pace, stitch};
    use super::*;
    use crate::body::{ArKit, FaceWeights, Skeleton};
    use crate::interpreter::SignKind;
    use crate::lexicon::SignId;
    use crate::pose::holistic;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn sign(word: &str, frames: usize, face: FaceWeights) -> Item {
        let mut pose = Articulation { face, ..Articulation::neutral() };
        pose.arms[1].wrist.y = -0.4;
        pose.arms[1].wrist.z = 0.6;
        let motion = Arc::new(Motion { fps: 60.0, frames: vec![pose; frames] });
        Item {
            kind: SignKind::Lexical,
            clips: vec![Clip { sign: SignId(0), motion }],
            pause_millis: 0,
            non_manuals: vec![],
            mouthing: Some(word.to_owned()),
        }
    }

    fn gap(pose: &Articulation) -> f32 {
        let upright = Articulation { face: pose.face, ..Articulation::neutral() };
        let points = Skeleton::reference().landmarks(&upright);
        let face = &points[holistic::FACE];
        face[13].y - face[14].y
    }

    #[test]
    fn a_word_is_mouthed_while_it_is_signed_and_not_long_after() {
        let item = sign("سلام", 45, FaceWeights::NEUTRAL);
        let stitched = stitch(&[item], Pace::new(1.0), 0);
        let run = stitched.spans[0].frames.clone();
        let open = |frame: &Articulation| gap(frame) > gap(&Articulation::neutral()) + 0.02;
        let frames = &stitched.motion.frames;
        assert!(frames[run.clone()].iter().any(open));
        assert!(!frames[..run.start.saturating_sub(8)].iter().any(open));
        assert!(!frames[run.end + 10..].iter().any(open));
    }

    #[test]
    fn the_lips_meet_at_the_bilabials_of_a_word() {
        let item = sign("باب", 45, FaceWeights::NEUTRAL);
        let stitched = stitch(&[item], Pace::new(1.0), 0);
        let run = stitched.spans[0].frames.clone();
        let gaps: Vec<f32> = stitched.motion.frames[run].iter().map(gap).collect();
        let rest = gap(&Articulation::neutral());
        let third = gaps.len() / 3;
        let least = |range: &[f32]| range.iter().copied().fold(f32::INFINITY, f32::min);
        let most = gaps.iter().copied().fold(0.0, f32::max);
        assert!(least(&gaps[..third]) < rest + 0.006 && least(&gaps[2 * third..]) < rest + 0.006, "{gaps:?}");
        assert!(most > rest + 0.025, "{gaps:?}");
    }

    #[test]
    fn a_sign_that_uses_the_mouth_is_not_mouthed() {
        let mut face = FaceWeights::NEUTRAL;
        face[ArKit::CheekPuff] = 0.8;
        let stitched = stitch(&[sign("باب", 45, face)], Pace::new(1.0), 0);
        let run = stitched.spans[0].frames.clone();
        assert!(stitched.motion.frames[run].iter().all(|frame| frame.face[ArKit::JawOpen] < 0.05));
    }

    #[test]
    fn a_long_word_keeps_its_stressed_syllable_and_no_more_than_can_be_read() {
        let word = pronounce("الانتخابات البرلمانية");
        let kept = reduced(&word, 5);
        assert!((3..=5).contains(&kept.len()), "{kept:?}");
        assert!(kept.iter().any(|(_, stressed)| *stressed));
        assert_eq!(reduced(&word, 100).len(), word.iter().map(|s| s.phonemes.len()).sum::<usize>());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

        #[test]
        fn mouths_are_continuous_and_within_bounds(
            words in prop::collection::vec("[ا-غف-يةىأ ]{0,12}", 1..4), frames in 20..90usize
        ) {
            let items: Vec<Item> =
                words.iter().map(|word| sign(word, frames, FaceWeights::NEUTRAL)).collect();
            let stitched = stitch(&items, Pace::new(1.0), 0);
            for pair in stitched.motion.frames.windows(2) {
                for shape in SHAPES {
                    let (a, b) = (pair[0].face[shape], pair[1].face[shape]);
                    prop_assert!(b.is_finite() && (0.0..=1.0).contains(&b));
                    prop_assert!((a - b).abs() < 0.32, "{shape:?} jumps from {a} to {b}");
                }
            }
        }
    }
}
