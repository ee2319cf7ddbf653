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
}

impl Boundary {
    pub(super) fn seconds(&self) -> f32 {
        self.added + self.planned.iter().map(|(_, seconds)| seconds).sum::<f32>()
    }
}

/// The boundary after each item that moves; `moving` is the time all of them take, seconds at speed 1.
pub(super) fn boundaries(items: &[Item], moving: f32) -> Vec<Boundary> {
    let mut boundaries = vec![Boundary::default(); items.len()];
    let mut last_moving = None;
    for (i, item) in items.iter().enumerate() {
        if moves(item) {
            last_moving = Some(i);
        } else if let Some(before) = last_moving {
            boundaries[before].planned.push((i, item.pause_millis as f32 / 1000.0));
        }
    }
    let weights = weights(items, &boundaries);
    let planned: f32 = boundaries.iter().map(Boundary::seconds).sum();
    let missing = (moving * SHARE - planned).max(0.0);
    let total: f32 = weights.iter().sum();
    for (boundary, weight) in boundaries.iter_mut().zip(weights) {
        if weight > 0.0 {
            boundary.added = (missing * weight / total).clamp(SHORTEST, LONGEST);
        }
    }
    boundaries
}

/// Whether anything is to be seen of an item.
pub(super) fn moves(item: &Item) -> bool {
    item.clips.iter().any(|clip| !clip.motion.frames.is_empty())
}

/// How much of the missing pause each item's end gets.
fn weights(items: &[Item], boundaries: &[Boundary]) -> Vec<f32> {
    let moving: Vec<usize> = (0..items.len()).filter(|&i| moves(&items[i])).collect();
    let mut weights = vec![0.0; items.len()];
    let mut run = 0;
    for (k, &i) in moving.iter().enumerate() {
        run += 1;
        let next = moving.get(k + 1).map(|&n| &items[n]);
        let remaining = moving.len() - k - 1;
        let weight = match next {
            None => 1.5,
            Some(_) if !boundaries[i].planned.is_empty() => 0.0,
            Some(next) if is_topic(&items[i]) && !is_topic(next) => 1.5,
            Some(_) if items[i].kind == SignKind::Spelled => 1.0,
            Some(next) if run >= RUN && remaining >= 2 && next.kind != SignKind::Number => 1.0,
            Some(_) => 0.0,
        };
        weights[i] = weight;
        if weight > 0.0 || !boundaries[i].planned.is_empty() {
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

    #[test]
    fn planned_pauses_keep_their_length_and_the_last_sign_is_held() {
        let items = [sign(), sign(), pause(400), sign(), sign()];
        let boundaries = boundaries(&items, 4.0 * 0.7);
        assert_eq!(boundaries[1].planned, [(2, 0.4)]);
        assert_eq!(boundaries[0].seconds(), 0.0);
        assert!(boundaries[4].added >= SHORTEST);
    }

    #[test]
    fn a_headline_without_punctuation_pauses_a_sixth_of_the_time() {
        let items: Vec<Item> = (0..12).map(|_| sign()).collect();
        let moving = 12.0 * 0.75;
        let pause: f32 = boundaries(&items, moving).iter().map(Boundary::seconds).sum();
        let share = pause / (pause + moving);
        assert!((0.12..0.18).contains(&share), "{share}");
    }

    #[test]
    fn a_pause_before_anything_moves_is_nothing() {
        let boundaries = boundaries(&[pause(500), sign()], 0.7);
        assert!(boundaries.iter().all(|b| b.planned.is_empty()));
    }
}
