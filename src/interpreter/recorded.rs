//! Signs as signers were recorded making them.
//!
//! Landmarks become articulations once and are cut to the sign once; what is made is kept while there
//! is room, because a bulletin repeats its words and fitting a hand to 21 points in every frame takes
//! longer than all the rest.

use super::source::{MotionSource, PassedOver, SignRequest, SourcedMotion};
use super::{SignKind, trim};
use crate::body::Motion;
use crate::lexicon::{Provenance, SignClip, SignId};
use crate::pose::PoseSequence;
use crate::retarget;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many cut recordings are kept: about 20 MB.
const KEPT: usize = 512;

/// Recordings of the lexicon; of one lexicon, since they are kept by number.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    cut: Mutex<HashMap<(SignId, bool), Arc<Motion>>>,
}

impl Recorded {
    fn kept(&self, key: (SignId, bool)) -> Option<Arc<Motion>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    fn keep(&self, key: (SignId, bool), motion: Arc<Motion>) {
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        if cut.len() >= KEPT {
            cut.clear();
        }
        cut.insert(key, motion);
    }
}

impl MotionSource for Recorded {
    fn name(&self) -> &'static str {
        "recorded"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        if !matches!(request.entry.provenance, Provenance::Recorded { .. }) {
            return Err(PassedOver(format!("no recording of «{}» in the lexicon", request.entry.gloss)));
        }
        let provenance = request.entry.provenance.clone();
        let key = (request.sign, request.kind == SignKind::Spelled);
        if let Some(motion) = self.kept(key) {
            return Ok(SourcedMotion { motion, provenance });
        }
        let motion = match request.lexicon.clip(request.sign).map_err(|e| PassedOver(e.to_string()))? {
            SignClip::Recorded(sequence) => Arc::new(cut(&sequence, request.kind)?),
            SignClip::Notated(motion) => motion,
        };
        self.keep(key, motion.clone());
        Ok(SourcedMotion { motion, provenance })
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
