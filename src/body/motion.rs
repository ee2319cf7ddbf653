//! Articulations at a rate.

use super::Articulation;

/// A motion: one articulation a frame, and which part of it is the sign's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// Frames a second.
    pub fps: f32,
    /// One articulation a frame.
    pub frames: Vec<Articulation>,
}

impl Motion {
    /// The rate that motions are made at, as SyriSign was recorded.
    pub const FPS: f32 = 60.0;

    /// Length in seconds: frames over rate.
    pub fn duration(&self) -> f32 {
        self.frames.len() as f32 / self.fps
    }

    /// The articulation at a time, between its neighbours; held before the start and after the end.
    /// None only of an empty motion.
    pub fn sample(&self, seconds: f32) -> Option<Articulation> {
        let last = self.frames.len().checked_sub(1)?;
        let at = (seconds * self.fps).clamp(0.0, last as f32);
        let before = (at.floor() as usize).min(last);
        let after = (before + 1).min(last);
        Some(self.frames[before].lerp(&self.frames[after], at - before as f32))
    }
}
