//! The normalised humanoid that all motion is expressed on, and its kinematics. Pure maths.
//!
//! One space is used above the landmark files, the **body frame**: shoulder widths, origin midway
//! between the shoulder joints, x to the signer's left, y up, z toward the viewer. Joint rotations
//! are VRM 1.0's normalised ones: all identity in the T-pose, palms down, facing +z. So for a
//! hand's world rotation `W`: fingers point along `W * (±x)` (+ left, − right), the palm faces
//! `W * (−y)`, and the thumb lies on the side of `W * (+z)`.
//!
//! - [`Articulation`]: one instant of signing as a signer would describe it: where each wrist is,
//!   how the palm is turned, what each finger does, the head and the face. It depends on nobody's
//!   proportions except through wrist positions in shoulder widths.
//! - [`Motion`]: articulations at a rate.
//! - [`Skeleton`]: proportions; forward kinematics to joints and to the 543 landmarks.
//! - [`Bone`], [`RigPose`]: the humanoid's bones and their rotations, what an avatar wears.

mod articulation;
mod bone;
mod clearance;
mod face;
mod face_shape;
mod figure;
mod filmed;
mod hand;
mod hull;
mod landmarks;
mod limits;
pub mod maths;
mod motion;
mod place;
mod rig_pose;
pub(crate) mod skeleton;

pub use articulation::{Arm, Articulation, Side};
pub use bone::Bone;
pub use clearance::body_clearance;
pub use face::{ArKit, FaceWeights};
pub use face_shape::{FACE_POINTS, FaceField, face_field, neutral_face};
pub use filmed::{Camera, filmed};
pub use hand::{Finger, FingerAngles, HandShape, ThumbAngles};
pub use hull::{Column, Globe, Hull, Probe, Radii};
pub use limits::ArmAngles;
pub use motion::Motion;
pub use place::Place;
pub use rig_pose::RigPose;
pub(crate) use skeleton::shoulder;
pub use skeleton::{BentArm, Frame, Hand, Joints, Skeleton};
