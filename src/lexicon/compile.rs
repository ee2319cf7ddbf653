//! Notation → motion.

use super::notation::Notation;
use crate::body::{Articulation, Motion};

/// The stroke of a sign.
pub(super) fn compile(notation: &Notation) -> Motion {
    let mut pose = Articulation::neutral();
    if let (Some(shape), Some(palm)) = (notation.shapes.first(), notation.palms.first()) {
        pose.arms[1].shape = *shape;
        pose.arms[1].palm = *palm;
        pose.arms[1].wrist = glam::Vec3::new(-0.25, -0.4, 0.8);
    }
    Motion { fps: Motion::FPS, frames: vec![pose; 36] }
}
