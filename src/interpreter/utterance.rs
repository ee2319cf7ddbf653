//! One continuous motion for a headline, and which part of it is which sign.

use super::Plan;
use crate::body::Motion;
use crate::lexicon::Provenance;
use serde::Serialize;
use std::ops::Range;
use std::sync::Arc;

/// When a planned sign is made, and where its motion came from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SignSpan {
    /// Index into the plan's signs.
    pub sign: usize,
    /// For spelled words, which letter; else 0.
    pub part: usize,
    /// Frames of the motion, from the sign's onset to its end; transitions lie between spans.
    pub frames: Range<usize>,
    /// Where the motion came from.
    pub provenance: Option<Provenance>,
    /// Why earlier sources did not answer, for people to read.
    pub passed_over: Vec<String>,
}

/// A transition with a model's way in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Blend {
    /// Frames of the motion: all of the transition.
    pub frames: Range<usize>,
    /// Which model, and what it learnt from.
    pub provenance: Provenance,
    /// How much of its way there is in the middle of the transition, percent.
    pub share_percent: u8,
}

/// A headline ready to be signed, or as much of it as is certain while the rest is made.
#[derive(Clone, Debug)]
pub struct Utterance {
    /// What is signed.
    pub plan: Arc<Plan>,
    /// The motion, from rest to rest; of an unfinished headline, its beginning.
    pub motion: Arc<Motion>,
    /// Which frames are which sign, in order; the last may end beyond an unfinished motion.
    pub spans: Vec<SignSpan>,
    /// Which transitions have a model's way in them, in order.
    pub blended: Vec<Blend>,
}

impl Utterance {
    /// The span being signed at a time, if any is.
    pub fn span_at(&self, seconds: f32) -> Option<&SignSpan> {
        let frame = (seconds * self.motion.fps).floor().max(0.0) as usize;
        self.spans.iter().find(|span| span.frames.contains(&frame))
    }

    /// The blended transition of which something is shown at a time, if any is: between two frames, both
    /// are.
    pub fn blend_at(&self, seconds: f32) -> Option<&Blend> {
        let frame = (seconds * self.motion.fps).floor().max(0.0) as usize;
        self.blended.iter().find(|blend| blend.frames.start <= frame + 1 && frame < blend.frames.end)
    }
}
