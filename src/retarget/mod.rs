//! Landmarks → articulation → joint rotations.
//!
//! Three steps, each of its own use. [`frames`] sorts any layout's points by meaning, in the body
//! frame. [`articulate`] (a whole clip, looking both ways in time) and [`Solver`] (a frame at a
//! time) read from them what the signer does, an [`Articulation`](crate::body::Articulation).
//! [`RigSolver`] puts that onto the bones of anybody's proportions.
//!
//! Where cameras guess depth, lengths decide it: hands and arms keep the reference's lengths, and
//! depth is scaled or recovered until they do ([`Calibration`]).

mod anatomy;
mod arm;
mod bones;
mod calibration;
mod clip;
mod collide;
mod face;
mod flesh;
mod frame;
mod hand;
mod letters;
mod limits;
pub mod measure;
mod posed;
mod procrustes;
mod proportions;
mod reach;
mod refine;
mod repair;
mod rig;
mod smooth;
mod solver;
mod trunk;

pub use anatomy::{Anatomy, Bead, Pore, bead_plan};
pub use calibration::Calibration;
pub use clip::{Articulated, Report, articulate, articulate_frames, repair_hands};
pub use face::FaceSolver;
pub use frame::{Frame, frames};
pub use hand::{Points, SolvedHand, solve_hand};
pub use letters::{MeasuredLetter, measure_letter};
pub use posed::Posed;
pub use procrustes::best_rotation;
pub use proportions::Proportions;
pub use repair::Mended;
pub use rig::RigSolver;
pub use solver::Solver;

/// Why a sequence cannot be retargeted.
#[derive(Debug, thiserror::Error)]
pub enum RetargetError {
    /// Without shoulders there is no scale.
    #[error(
        "no frame shows both shoulders: POSE_LANDMARKS must have LEFT_SHOULDER and RIGHT_SHOULDER with a \
         confidence above 0.1 in at least one frame; run the pose estimator with its body model"
    )]
    NoBody,
    /// Nothing to measure a letter on.
    #[error(
        "the right hand is never still for a third of a second: expected a recording of one letter, held"
    )]
    NoHold,
    /// An avatar that cannot sign.
    #[error("the avatar has no usable bone {0}: map it in the avatar's humanoid, or choose another avatar")]
    Bone(&'static str),
    /// A rate that is no rate.
    #[error("{0} frames a second: the rate must be between 1 and 1000")]
    Rate(f32),
}

#[cfg(test)]
mod tests;
