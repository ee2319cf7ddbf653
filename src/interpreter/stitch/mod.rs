//! Joins signs to one continuous motion: up from rest, sign after sign, down to rest.
//!
//! Signs come as clips that begin and end at their stroke. What is between them is made here:
//!
//! - [`Pace`]: how long strokes, holds, pauses and transitions take at a speed;
//! - `prosody`: where the signer pauses, and for how long;
//! - `beat`: clips become frames: letters at the spelling location, holds;
//! - `layout`: beats in their places in time, one after another;
//! - `carry`: one arm's way from one sign to the next, round the body;
//! - `arms`: an arm's track, a hand that has nothing to do included;
//! - `trunk`, `non_manual`: head, trunk and face; `mouthing`, `viseme`: the word on the lips;
//!   `eyes`: gaze and blinks; [`idle`]: breathing and sway; [`rest()`]: between headlines.
//!
//! Everything is a pure function of the items, the pace and the seed: same input, same bits. And nothing
//! looks further ahead than the last moments of a sign: an utterance of which the later signs have no
//! motion yet is the same, up to [`Stitched::settled`], as when they have it.

mod arms;
mod beat;
mod carry;
mod eyes;
mod forearm;
mod idle;
mod layout;
mod mouthing;
mod non_manual;
mod obstacles;
mod pace;
#[cfg(test)]
mod properties;
mod prosody;
mod rest;
mod trunk;
mod viseme;

pub use idle::{hold, idle};
pub use pace::Pace;
pub use rest::rest;

use super::{NonManual, SignKind};
use crate::body::Motion;
use crate::lexicon::SignId;
use layout::Layout;
use std::ops::Range;
use std::sync::Arc;

/// A sign's stroke.
#[derive(Clone, Debug)]
pub struct Clip {
    /// Which sign it is; equal neighbours in a spelled word are a doubled letter.
    pub sign: SignId,
    /// Its stroke, at any rate; an empty motion, of a sign that has none or none yet, is passed over.
    pub motion: Arc<Motion>,
}

/// A planned sign with its motion.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it is.
    pub kind: SignKind,
    /// One clip, or a letter each when spelled; none for a pause.
    pub clips: Vec<Clip>,
    /// For a pause, its length at speed 1.
    pub pause_millis: u32,
    /// Marks that go with it.
    pub non_manuals: Vec<NonManual>,
    /// The Arabic word that the mouth says meanwhile; none where it says nothing.
    pub mouthing: Option<String>,
}

/// When part of an item is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Index of the item.
    pub item: usize,
    /// Index of the clip in it.
    pub part: usize,
    /// Frames from onset to end, an item's pause included only if it is the item.
    pub frames: Range<usize>,
}

/// A motion and what is what in it.
#[derive(Clone, Debug)]
pub struct Stitched {
    /// From rest to rest, [`Motion::FPS`].
    pub motion: Motion,
    /// In order, not overlapping.
    pub spans: Vec<Span>,
    /// Frames in which the signer pauses: planned pauses and boundaries that prosody asks for.
    pub pauses: Vec<Range<usize>>,
    /// How many frames stay as they are, bit for bit, if clips after the last one with a motion get
    /// theirs.
    pub settled: usize,
}

/// Joins items to one motion. Items without any frame are passed over; of nothing at all becomes a
/// moment of [`rest()`].
pub fn stitch(items: &[Item], pace: Pace, seed: u64) -> Stitched {
    let Layout { beats, arms: [left, right], total, settled } = layout::lay_out(items, pace);
    let mut frames = vec![rest(); total];
    trunk::fill(&mut frames, &beats);
    for ((frame, left), right) in frames.iter_mut().zip(left).zip(right) {
        frame.arms = [left, right];
    }
    let spans = spans(&beats);
    let pauses = beats.iter().filter(|b| b.pause > 0).map(|b| b.sign_end()..b.end()).collect::<Vec<_>>();
    mouthing::overlay(&mut frames, items, &spans);
    non_manual::overlay(&mut frames, items, &spans, &pauses, pace, seed);
    idle::enliven(&mut frames, beats.last().map_or(0, beat::Beat::sign_end));
    for frame in &mut frames {
        frame.face.0 = frame.face.0.map(|weight| weight.clamp(0.0, 1.0));
    }
    Stitched { motion: Motion { fps: Motion::FPS, frames }, spans, pauses, settled }
}

fn spans(beats: &[beat::Beat]) -> Vec<Span> {
    let mut spans = Vec::with_capacity(beats.len());
    for beat in beats {
        spans.push(Span { item: beat.item, part: beat.part, frames: beat.start..beat.sign_end() });
        let mut at = beat.sign_end();
        for &(item, frames) in &beat.planned_pauses {
            let end = (at + frames).min(beat.end());
            spans.push(Span { item, part: 0, frames: at..end });
            at = end;
        }
    }
    spans
}
