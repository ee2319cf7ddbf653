//! Clips of different lengths as one block of numbers.

use crate::models::features::Features;

/// Clips side by side, the shorter ones filled up with 0.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameRows {
    /// `[clips, frames, width]`
    pub values: Vec<f32>,
    /// `[clips, frames]`, 1 where a frame is.
    pub mask: Vec<u8>,
    /// Clips, frames and width.
    pub shape: (usize, usize, usize),
}

impl FrameRows {
    /// Clips of one width.
    pub fn new(clips: &[Features]) -> Self {
        let width = clips.first().map_or(0, |clip| clip.width);
        let longest = clips.iter().map(Features::frame_count).max().unwrap_or(0);
        let mut values = Vec::with_capacity(clips.len() * longest * width);
        let mut mask = Vec::with_capacity(clips.len() * longest);
        for (row, clip) in clips.iter().enumerate() {
            values.extend_from_slice(&clip.values);
            values.resize((row + 1) * longest * width, 0.0);
            mask.resize(row * longest + clip.frame_count(), 1);
            mask.resize((row + 1) * longest, 0);
        }
        Self { values, mask, shape: (clips.len(), longest, width) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_where_their_clips_do() {
        let clip = |frames: usize| Features { values: vec![1.0; 2 * frames], width: 2 };
        let rows = FrameRows::new(&[clip(1), clip(3)]);
        assert_eq!(rows.shape, (2, 3, 2));
        assert_eq!(rows.mask, [1, 0, 0, 1, 1, 1]);
        assert_eq!(rows.values, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
