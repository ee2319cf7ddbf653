//! Proportions of a signer, and forward kinematics from an [`Articulation`] to joints and landmarks.

use super::{Articulation, Side};
use glam::Vec3;

/// Proportions of a body, in shoulder widths.
#[derive(Clone, Debug, PartialEq)]
pub struct Skeleton {
    /// Shoulder joint to elbow.
    pub upper_arm: f32,
    /// Elbow to wrist.
    pub forearm: f32,
}

/// Joint positions in the body frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Joints {
    /// Left and right shoulder joint.
    pub shoulders: [Vec3; 2],
    /// Left and right elbow.
    pub elbows: [Vec3; 2],
    /// Left and right hand, MediaPipe's 21 points; point 0 is the wrist.
    pub hands: [[Vec3; 21]; 2],
}

impl Skeleton {
    /// The proportions that signs are made on.
    pub fn reference() -> &'static Skeleton {
        static REFERENCE: Skeleton = Skeleton { upper_arm: 0.82, forearm: 0.72 };
        &REFERENCE
    }

    /// Where the joints are.
    pub fn joints(&self, _pose: &Articulation) -> Joints {
        todo!("{:?}", Side::BOTH)
    }

    /// The 543 Holistic landmarks, body frame.
    pub fn landmarks(&self, _pose: &Articulation) -> Vec<Vec3> {
        todo!()
    }
}
