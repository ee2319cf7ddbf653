//! Mends what landmark models get wrong from frame to frame, before a recording is read.
//!
//! Each kind of damage has its own file and its own count: hands in each other's place ([`sides`]),
//! points that jump away and back or stand still and catch up ([`spikes`]), depth that changes its
//! sign ([`depth`]). What cannot be trusted is taken out, and [`gaps`] bridges it or eases to rest.
//! Everything here looks both ways in time; [`Stream`] does what can be done without looking ahead.

mod depth;
pub(in crate::retarget) mod gaps;
mod sides;
mod spikes;
mod stream;

pub(super) use depth::{unflip_arms, unflip_hands};
pub(super) use sides::{sort_hands, steady_wrists};
pub(super) use spikes::{thaw, unspike};
pub(super) use stream::Stream;

use super::Frame;
use crate::body::Side;
use glam::Vec3;
use serde::Serialize;

/// How often something was mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// Runs of frames on end.
    pub events: usize,
    /// Frames.
    pub frames: usize,
}

impl Mended {
    /// Counts the runs of what is true.
    pub(super) fn runs(flags: impl IntoIterator<Item = bool>) -> Self {
        let mut count = Self::default();
        let mut before = false;
        for flag in flags {
            count.frames += usize::from(flag);
            count.events += usize::from(flag && !before);
            before = flag;
        }
        count
    }

    /// Takes another's in.
    pub(super) fn add(&mut self, other: Self) {
        self.events += other.events;
        self.frames += other.frames;
    }
}

/// Points of a hand.
type Hand = [Vec3; 21];

/// One side's hand through a recording.
fn hands(frames: &[Frame], side: Side) -> Vec<Option<Hand>> {
    frames.iter().map(|frame| frame.hands[side as usize]).collect()
}

/// How far two hands' points are from each other in the picture, in the mean.
fn apart(a: &Hand, b: &Hand) -> f32 {
    a.iter().zip(b).map(|(p, q)| p.truncate().distance(q.truncate())).sum::<f32>() / 21.0
}

#[cfg(test)]
mod tests;
