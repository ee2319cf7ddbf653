//! Signs that are written, not recorded: the manual alphabet, and practice signs.

use super::source::{MotionSource, PassedOver, SignRequest, SourcedMotion};
use crate::lexicon::{Provenance, SignClip};

/// The manual alphabet, from measured joint angles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letters;

impl MotionSource for Letters {
    fn name(&self) -> &'static str {
        "letters"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        self.foresee(request)?;
        made(request)
    }

    fn foresee(&self, request: &SignRequest) -> Result<Provenance, PassedOver> {
        match &request.entry.provenance {
            letter @ Provenance::Letter { .. } => Ok(letter.clone()),
            _ => Err(PassedOver(format!("«{}» is not a letter of the alphabet", request.entry.gloss))),
        }
    }
}

/// Signs that were invented so that everything can run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Practice {
    pub(super) on_air: bool,
}

impl MotionSource for Practice {
    fn name(&self) -> &'static str {
        "practice"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        self.foresee(request)?;
        made(request)
    }

    fn foresee(&self, request: &SignRequest) -> Result<Provenance, PassedOver> {
        if request.entry.provenance != Provenance::Practice {
            return Err(PassedOver(format!("«{}» is not a practice sign", request.entry.gloss)));
        }
        if self.on_air {
            return Err(PassedOver(
                "practice signs are no signs of any language and are refused on air".into(),
            ));
        }
        Ok(Provenance::Practice)
    }
}

/// The motion of a sign that is written, not recorded.
fn made(request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
    match request.lexicon.clip(request.sign) {
        Ok(SignClip::Notated(motion)) => {
            Ok(SourcedMotion { motion, provenance: request.entry.provenance.clone() })
        }
        Ok(SignClip::Recorded(_)) => Err(PassedOver("the lexicon has a recording of it, no notation".into())),
        Err(error) => Err(PassedOver(error.to_string())),
    }
}
