//! How well a retargeted motion does what its source did, in figures.
//!
//! Accuracy is measured on the reference body, which has the source's proportions once a recording is
//! calibrated: the joint rotations are put through forward kinematics and compared, in the chest frame
//! and in shoulder widths, with the source's landmarks, whose bones were brought to the reference's
//! lengths. `picture` leaves depth out, which one camera does not see; with depth, the source's is what
//! calibration and bone lengths make of it. Contacts and depths are measured on the avatar itself.

mod contact;
mod jerk;
mod limits;
mod source;
mod tally;

pub use contact::Contacts;
pub use jerk::{Jerk, JerkRatio};
pub use limits::Violations;
pub use source::Judge;
pub use tally::{Figures, Spread, Tally};
