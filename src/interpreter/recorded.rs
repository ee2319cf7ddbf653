//! Signs as signers were recorded making them.
//!
//! Landmarks become articulations once and are cut to the sign once; what is made is kept while there
//! is room, because a bulletin repeats its words and fitting a hand to 21 points in every frame takes
//! longer than all the rest.

use super::kept::Kept;
use super::source::{MotionSource, PassedOver, SignRequest, SourcedMotion};
use super::{SignKind, trim};
use crate::body::Motion;
use crate::lexicon::{Lexicon, Provenance, SignClip, SignId};
use crate::pose::PoseSequence;
use crate::retarget;
use std::sync::Arc;

/// How many cut recordings are kept: about 20 MB.
const ROOM: usize = 512;

/// Recordings of the lexicon; of one lexicon, since they are kept by number.
#[derive(Debug)]
pub(super) struct Recorded {
    cut: Kept<(SignId, bool), Arc<Motion>>,
}

impl Default for Recorded {
    fn default() -> Self {
        Self { cut: Kept::with_room(ROOM) }
    }
}

impl Recorded {
    /// A sign's stroke, whoever asks for it; notated signs as they are compiled.
    ///
    /// # Errors
    /// [`PassedOver`] where its clip cannot be read.
    pub(super) fn stroke(
        &self,
        lexicon: &Lexicon,
        sign: SignId,
        kind: SignKind,
    ) -> Result<Arc<Motion>, PassedOver> {
        self.cut.get_or_make((sign, kind == SignKind::Spelled), || {
            match lexicon.clip(sign).map_err(|error| PassedOver(error.to_string()))? {
                SignClip::Recorded(sequence) => Ok(Arc::new(cut(&sequence, kind)?)),
                SignClip::Notated(motion) => Ok(motion),
            }
        })
    }
}

impl MotionSource for Recorded {
    fn name(&self) -> &'static str {
        "recorded"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        let provenance = self.foresee(request)?;
        let motion = self.stroke(request.lexicon, request.sign, request.kind)?;
        Ok(SourcedMotion { motion, provenance })
    }

    fn foresee(&self, request: &SignRequest) -> Result<Provenance, PassedOver> {
        match &request.entry.provenance {
            recorded @ Provenance::Recorded { .. } => Ok(recorded.clone()),
            _ => Err(PassedOver(format!("no recording of «{}» in the lexicon", request.entry.gloss))),
        }
    }
}

/// A recording's sign as articulations.
fn cut(sequence: &PoseSequence, kind: SignKind) -> Result<Motion, PassedOver> {
    let articulated = retarget::articulate(sequence).map_err(|error| PassedOver(error.to_string()))?;
    Ok(match kind {
        SignKind::Spelled => trim::letter(&articulated.motion),
        SignKind::Lexical | SignKind::Number | SignKind::Pause => trim::stroke(&articulated.motion),
    })
}
