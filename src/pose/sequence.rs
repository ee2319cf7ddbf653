//! The landmark sequence itself.

use super::Layout;
use glam::Vec3;
use std::sync::Arc;

/// The picture that landmark coordinates refer to, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ImageSize {
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// Depth, in the same unit as z.
    pub depth: u16,
}

/// Landmarks over time: `[frames, points, 3]` positions and `[frames, points]` confidences.
///
/// A confidence of 0 means that the point was not seen; its position is then meaningless.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseSequence {
    /// Names and grouping of the points.
    pub layout: Arc<Layout>,
    /// The picture that the coordinates refer to.
    pub size: ImageSize,
    /// Frames a second.
    pub fps: f32,
    /// Positions, `[frames, points]`.
    pub positions: Vec<Vec3>,
    /// Confidences, `[frames, points]`.
    pub confidences: Vec<f32>,
}

impl PoseSequence {
    /// A sequence of `frames` frames in which no point was seen.
    pub fn unseen(layout: Arc<Layout>, size: ImageSize, fps: f32, frames: usize) -> Self {
        let count = frames * layout.point_count();
        Self { layout, size, fps, positions: vec![Vec3::ZERO; count], confidences: vec![0.0; count] }
    }

    /// How many points a frame has.
    pub fn point_count(&self) -> usize {
        self.layout.point_count()
    }

    /// How many frames there are.
    pub fn frame_count(&self) -> usize {
        self.positions.len().checked_div(self.point_count()).unwrap_or(0)
    }

    /// Positions of one frame, `[points]`.
    pub fn frame(&self, frame: usize) -> &[Vec3] {
        let n = self.point_count();
        &self.positions[frame * n..(frame + 1) * n]
    }

    /// Confidences of one frame, `[points]`.
    pub fn frame_confidences(&self, frame: usize) -> &[f32] {
        let n = self.point_count();
        &self.confidences[frame * n..(frame + 1) * n]
    }
}
