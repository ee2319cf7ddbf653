//! Clips as frames of numbers.

use crate::pose::PoseSequence;

/// Features over time, `[frames, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureClip {
    width: usize,
    values: Vec<f32>,
}

/// A clip and what it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// Which sign, any number.
    pub label: usize,
    /// The clip.
    pub clip: FeatureClip,
}

/// Why clips cannot be compared.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum FeatureError {
    /// Numbers that make no whole frames.
    #[error("expected whole frames of {width} numbers and at least one, found {found} numbers")]
    Shape {
        /// Numbers a frame.
        width: usize,
        /// Numbers there are.
        found: usize,
    },
    /// Clips of two kinds.
    #[error("expected {expected} numbers a frame, as the first clip has, found {found} in clip {index}")]
    Width {
        /// What the first clip has.
        expected: usize,
        /// What this one has.
        found: usize,
        /// Which one, from 0; training clips first, then test clips.
        index: usize,
    },
    /// A number that is none.
    #[error("number {at} of a clip is {value}")]
    NotANumber {
        /// Where.
        at: usize,
        /// What.
        value: f32,
    },
    /// The scores do not make a ranking.
    #[error(transparent)]
    Scores(#[from] crate::eval::retrieval::ScoresError),
}

/// Which of a landmark's coordinates are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axes {
    /// x and y: a single camera sees no more.
    Picture,
    /// x, y and z.
    Space,
}

impl FeatureClip {
    /// Frames of `width` numbers, one after another.
    ///
    /// # Errors
    /// [`FeatureError`] if they are not whole frames, or hold what is no number.
    pub fn new(width: usize, values: Vec<f32>) -> Result<FeatureClip, FeatureError> {
        if values.is_empty() || values.len().checked_rem(width) != Some(0) {
            return Err(FeatureError::Shape { width, found: values.len() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(FeatureError::NotANumber { at, value: values[at] }),
            None => Ok(FeatureClip { width, values }),
        }
    }

    /// A clip's landmarks as they are, `[frames, points · axes]`; unseen points and what is no number at 0.
    ///
    /// # Errors
    /// [`FeatureError`] if there is no frame.
    pub fn of_landmarks(clip: &PoseSequence, axes: Axes) -> Result<FeatureClip, FeatureError> {
        let axes = match axes {
            Axes::Picture => 2,
            Axes::Space => 3,
        };
        let seen = clip.positions.iter().zip(&clip.confidences);
        let values = seen.flat_map(|(position, confidence)| {
            let is_seen = *confidence != 0.0 && position.is_finite();
            if is_seen { position.to_array() } else { [0.0; 3] }.into_iter().take(axes)
        });
        FeatureClip::new(clip.point_count() * axes, values.collect())
    }

    /// Numbers a frame.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many frames there are, at least one.
    pub fn frames(&self) -> usize {
        self.values.len() / self.width
    }

    /// One frame, `[width]`.
    pub fn frame(&self, frame: usize) -> &[f32] {
        &self.values[frame * self.width..(frame + 1) * self.width]
    }

    /// The clip brought to so many frames on straight lines, ends on ends, as one row `[frames · width]`.
    pub fn resampled(&self, frames: usize) -> Vec<f32> {
        let last = self.frames() - 1;
        let step = last as f32 / frames.saturating_sub(1).max(1) as f32;
        let mut row = Vec::with_capacity(frames * self.width);
        for frame in 0..frames {
            let time = (frame as f32 * step).min(last as f32);
            let before = time as usize;
            let t = time - before as f32;
            let (a, b) = (self.frame(before), self.frame((before + 1).min(last)));
            row.extend(a.iter().zip(b).map(|(a, b)| if t == 0.0 { *a } else { a + (b - a) * t }));
        }
        row
    }
}

/// Checks that all clips have frames of one width.
pub(super) fn one_width(train: &[Labelled], test: &[Labelled]) -> Result<(), FeatureError> {
    let mut clips = train.iter().chain(test).enumerate();
    let Some((_, first)) = clips.next() else { return Ok(()) };
    let expected = first.clip.width;
    match clips.find(|(_, other)| other.clip.width != expected) {
        Some((index, other)) => Err(FeatureError::Width { expected, found: other.clip.width, index }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_frames_and_what_is_no_number_are_refused() {
        assert_eq!(FeatureClip::new(2, vec![1.0; 3]), Err(FeatureError::Shape { width: 2, found: 3 }));
        assert!(FeatureClip::new(0, vec![1.0]).is_err() && FeatureClip::new(2, vec![]).is_err());
        let error = FeatureClip::new(1, vec![0.0, f32::NAN]).unwrap_err();
        assert!(matches!(error, FeatureError::NotANumber { at: 1, .. }));
    }

    #[test]
    fn resampling_to_the_same_number_changes_nothing_and_to_more_fills_between() {
        let clip = FeatureClip::new(2, vec![0.0, 10.0, 2.0, 14.0]).unwrap();
        assert_eq!(clip.resampled(2), [0.0, 10.0, 2.0, 14.0]);
        assert_eq!(clip.resampled(3), [0.0, 10.0, 1.0, 12.0, 2.0, 14.0]);
        assert_eq!(FeatureClip::new(1, vec![3.0]).unwrap().resampled(2), [3.0, 3.0]);
    }
}
