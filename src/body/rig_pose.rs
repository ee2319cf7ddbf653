//! What an avatar wears in one frame.

use super::{Bone, FaceWeights};
use glam::Quat;

/// Joint rotations and face weights of the normalised humanoid.
#[derive(Clone, Debug, PartialEq)]
pub struct RigPose {
    /// Local rotations relative to the T-pose, indexed by [`Bone`]; identity is the T-pose.
    pub rotations: [Quat; Bone::COUNT],
    /// The face.
    pub face: FaceWeights,
}

impl RigPose {
    /// The T-pose, face at rest.
    pub fn rest() -> Self {
        Self { rotations: [Quat::IDENTITY; Bone::COUNT], face: FaceWeights::NEUTRAL }
    }
}

impl std::ops::Index<Bone> for RigPose {
    type Output = Quat;
    fn index(&self, bone: Bone) -> &Quat {
        &self.rotations[bone as usize]
    }
}

impl std::ops::IndexMut<Bone> for RigPose {
    fn index_mut(&mut self, bone: Bone) -> &mut Quat {
        &mut self.rotations[bone as usize]
    }
}
