//! Where the signer pauses.
//!
//! Viewers understand far more where about a sixth of the time is pause (Huenerfauth 2009). The plan
//! has pauses at punctuation and clause ends, and these keep their lengths; what is missing to the
//! sixth is shared among the boundaries that a headline without punctuation has: the end of its topic,
//! of a spelled word, of a long run of signs, and its last sign.

use super::Item;
use crate::interpreter::{NonManual, SignKind};

/// Pause per moving time that makes a sixth of the whole.
const SHARE: f32 = 1.0 / 5.0;
/// A boundary's pause at least and at most, seconds at speed 1.
const SHORTEST: f32 = 0.12;
const LONGEST: f32 = 0.55;
/// After so many signs without any boundary the signer takes one.
const RUN: usize = 5;

/// The pause after an item, seconds at speed 1.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) struct Boundary {
    /// Planned pauses that follow the item: their indices and lengths.
    pub(super) planned: Vec<(usize, f32)>,
    /// Added for rhythm.
    pub(super) added: f32,
    /// Whether the item is drawn out: something ends with it.
    pub(super) is_final: bool,
}

impl Boundary {
    #[cfg(test)]
    fn seconds(&self) -> f32 {
        self.added + self.planned.iter().map(|(_, seconds)| seconds).sum::<f32>()
    }
}

/// The boundary after each item that moves; `moving` is the time that the items up to and with each one
/// take, seconds at speed 1.
///
/// Where the boundaries are comes from the plan, and how long they are from what is signed by then, as
/// if the rest went on like it: later motion changes nothing of what was signed. An item without motion
/// leaves its pause to the one before.
pub(super) fn boundaries(items: &[Item], moving: &[f32]) -> Vec<Boundary> {
    let planned: Vec<f32> = (0..items.len()).map(|i| pause_after(items, i)).collect();
    let weights = weights(items);
    let weight: f32 = weights.iter().sum();
    let due: f32 = planned.iter().sum();
    let parts: usize = items.iter().map(|item| item.clips.len()).sum();
    let mut boundaries = vec![Boundary::default(); items.len()];
    let (mut signed, mut last_moving) = (0, None);
    for (i, (item, moving)) in items.iter().zip(moving).enumerate() {
        signed += item.clips.len();
        if moves(item) {
            last_moving = Some(i);
            boundaries[i].is_final = weights[i] > 0.0 || planned[i] > 0.0;
        }
        let Some(boundary) = last_moving.map(|before| &mut boundaries[before]) else { continue };
        if is_pause(item) {
            boundary.planned.push((i, seconds(item)));
        } else if weights[i] > 0.0 {
            let expected = moving * (parts as f32 / signed as f32);
            let missing = (expected * SHARE - due).max(0.0);
            boundary.added = boundary.added.max((missing * weights[i] / weight).clamp(SHORTEST, LONGEST));
        }
    }
    boundaries
}

/// Whether anything is to be seen of an item.
fn moves(item: &Item) -> bool {
    item.clips.iter().any(|clip| !clip.motion.frames.is_empty())
}

/// Whether an item is planned to be a pause; one that only has no motion is not.
fn is_pause(item: &Item) -> bool {
    item.clips.is_empty()
}

fn seconds(pause: &Item) -> f32 {
    pause.pause_millis as f32 / 1000.0
}

/// Pauses planned between an item and the next that is no pause, seconds; none after a pause.
fn pause_after(items: &[Item], i: usize) -> f32 {
    if is_pause(&items[i]) {
        return 0.0;
    }
    items[i + 1..].iter().take_while(|item| is_pause(item)).map(seconds).sum()
}

/// How much of the missing pause each item's end gets.
fn weights(items: &[Item]) -> Vec<f32> {
    let signs: Vec<usize> = (0..items.len()).filter(|&i| !is_pause(&items[i])).collect();
    let mut weights = vec![0.0; items.len()];
    let mut run = 0;
    for (k, &i) in signs.iter().enumerate() {
        run += 1;
        let next = signs.get(k + 1).map(|&n| &items[n]);
        let pauses = items.get(i + 1).is_some_and(is_pause);
        let remaining = signs.len() - k - 1;
        let weight = match next {
            None => 1.5,
            Some(_) if pauses => 0.0,
            Some(next) if is_topic(&items[i]) && !is_topic(next) => 1.5,
            Some(_) if items[i].kind == SignKind::Spelled => 1.0,
            Some(next) if run >= RUN && remaining >= 2 && next.kind != SignKind::Number => 1.0,
            Some(_) => 0.0,
        };
        weights[i] = weight;
        if weight > 0.0 || pauses {
            run = 0;
        }
    }
    weights
}

fn is_topic(item: &Item) -> bool {
    item.non_manuals.contains(&NonManual::Topic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Articulation, Motion};
    use crate::interpreter::stitch::Clip;
    use crate::lexicon::SignId;
    use std::sync::Arc;

    fn sign() -> Item {
        let motion = Arc::new(Motion { fps: 60.0, frames: vec![Articulation::neutral(); 30] });
        let clips = vec![Clip { sign: SignId(0), motion }];
        Item { kind: SignKind::Lexical, clips, pause_millis: 0, non_manuals: vec![], mouthing: None }
    }

    fn pause(pause_millis: u32) -> Item {
        Item { kind: SignKind::Pause, clips: vec![], pause_millis, non_manuals: vec![], mouthing: None }
    }

    /// The time up to each item, if each sign takes so long.
    fn evenly(items: &[Item], seconds: f32) -> Vec<f32> {
        let mut moving = 0.0;
        let step = |item: &Item| {
            moving += if moves(item) { seconds } else { 0.0 };
            moving
        };
        items.iter().map(step).collect()
    }

    fn without_motion() -> Item {
        let mut item = sign();
        item.clips[0].motion = Arc::new(Motion { fps: 60.0, frames: vec![] });
        item
    }

    #[test]
    fn a_sign_is_drawn_out_by_plan_and_one_without_motion_leaves_its_pause_to_the_one_before() {
        let whole = [sign(), sign(), pause(400), sign()];
        let ends = |items: &[Item]| -> Vec<Boundary> { boundaries(items, &evenly(items, 0.7)) };
        let finals: Vec<bool> = ends(&whole).iter().map(|boundary| boundary.is_final).collect();
        assert_eq!(finals, [false, true, false, true]);
        let missing = [sign(), without_motion(), pause(400), without_motion()];
        let boundary = &ends(&missing)[0];
        assert!(!boundary.is_final && boundary.planned == [(2, 0.4)] && boundary.added >= SHORTEST);
    }

    #[test]
    fn planned_pauses_keep_their_length_and_the_last_sign_is_held() {
        let items = [sign(), sign(), pause(400), sign(), sign()];
        let boundaries = boundaries(&items, &evenly(&items, 0.7));
        assert_eq!(boundaries[1].planned, [(2, 0.4)]);
        assert_eq!(boundaries[0].seconds(), 0.0);
        assert!(boundaries[4].added >= SHORTEST);
    }

    #[test]
    fn a_headline_without_punctuation_pauses_a_sixth_of_the_time() {
        let items: Vec<Item> = (0..12).map(|_| sign()).collect();
        let moving = 12.0 * 0.75;
        let pause: f32 = boundaries(&items, &evenly(&items, 0.75)).iter().map(Boundary::seconds).sum();
        let share = pause / (pause + moving);
        assert!((0.12..0.18).contains(&share), "{share}");
    }

    #[test]
    fn a_pause_before_anything_moves_is_nothing() {
        let boundaries = boundaries(&[pause(500), sign()], &[0.0, 0.7]);
        assert!(boundaries.iter().all(|b| b.planned.is_empty()));
    }
}
