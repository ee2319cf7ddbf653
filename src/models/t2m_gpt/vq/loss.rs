//! What a reconstruction costs (T2M-GPT `utils/losses.py`), and what the papers say it should.

use crate::models::layers::{Delta, SmoothL1, is_trained};
use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// How a difference is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Quadratic below 1, linear above (Huber with δ = 1).
    #[default]
    L1Smooth,
    /// Its absolute value.
    L1,
    /// Its square.
    L2,
}

impl Distance {
    /// The mean over all values. `[]`
    ///
    /// # Errors
    /// Where shapes differ.
    pub fn mean(self, made: &Tensor, wanted: &Tensor) -> Result<Tensor> {
        if self == Self::L1Smooth && is_trained(&[made, wanted]) {
            return made.contiguous()?.apply_op2(&wanted.contiguous()?, SmoothL1);
        }
        let difference = (made - wanted)?;
        match self {
            Self::L1 => difference.abs()?.mean_all(),
            Self::L2 => difference.sqr()?.mean_all(),
            Self::L1Smooth => {
                let size = difference.abs()?;
                let small = size.minimum(1f64)?;
                // With s = min(|d|, 1): s·(|d| − s/2) is d²/2 below 1 and |d| − ½ above.
                (&small * (&size - (&small * 0.5)?)?)?.mean_all()
            }
        }
    }
}

/// What is meant by a velocity loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum VelocityLoss {
    /// None.
    None,
    /// The difference between consecutive frames, as both papers define it (SyriSign's `L_delta`).
    #[default]
    Delta,
    /// The reference's code: a second look at the channels from 4 on that hold joint positions. Nothing
    /// of it is a velocity.
    Positions {
        /// How many channels.
        channels: usize,
    },
}

impl VelocityLoss {
    /// The loss, `[]`, of motions `[batch, time, channels]`.
    ///
    /// # Errors
    /// Where shapes differ, or there are fewer channels than [`VelocityLoss::Positions`] wants.
    pub fn mean(self, distance: Distance, made: &Tensor, wanted: &Tensor) -> Result<Option<Tensor>> {
        const FIRST_POSITION: usize = 4;
        let part = |x: &Tensor| -> Result<Option<Tensor>> {
            match self {
                Self::None => Ok(None),
                Self::Delta if is_trained(&[x]) => x.contiguous()?.apply_op1(Delta).map(Some),
                Self::Delta => {
                    let steps = x.dim(1)?.saturating_sub(1);
                    Ok(Some((x.narrow(1, 1, steps)? - x.narrow(1, 0, steps)?)?))
                }
                Self::Positions { channels } => x.narrow(2, FIRST_POSITION, channels).map(Some),
            }
        };
        match part(made)?.zip(part(wanted)?) {
            Some((made, wanted)) if made.elem_count() > 0 => distance.mean(&made, &wanted).map(Some),
            _ => Ok(None),
        }
    }
}
