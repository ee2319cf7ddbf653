//! The mean and the deviation of each number of a frame over the training data, kept with the model that
//! was trained on them.

use super::{FrameFeatures, Preprocessing, SignClipError};
use crate::pose::PoseSequence;
use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Deviations below this, in shoulder widths, are rounding of what never moves; dividing by them would
/// make it noise.
const LEAST_DEVIATION: f64 = 1e-4;

/// Mean and standard deviation, `[inputs]` each.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    mean: Vec<f32>,
    deviation: Vec<f32>,
}

/// Why statistics cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// A file that is missing or is not one.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// Statistics of other landmarks.
    #[error("statistics of {found} numbers a frame: expected {expected}")]
    Width {
        /// Numbers of a frame.
        expected: usize,
        /// Numbers that the statistics have.
        found: usize,
    },
    /// Values that are not.
    #[error("statistics: {reason}")]
    Values {
        /// What was expected and what was found.
        reason: String,
    },
}

impl Statistics {
    /// Mean and standard deviation as they are, `[inputs]` each.
    ///
    /// # Errors
    /// Where they are not of one length, not finite, or a deviation is not above 0.
    pub fn new(mean: Vec<f32>, deviation: Vec<f32>) -> Result<Self, StatisticsError> {
        let reason = if mean.is_empty() || mean.len() != deviation.len() {
            format!("expected a mean and a deviation each, found {} and {}", mean.len(), deviation.len())
        } else if let Some(found) = mean.iter().find(|value| !value.is_finite()) {
            format!("expected finite means, found {found}")
        } else if let Some(found) = deviation.iter().find(|value| !(value.is_finite() && **value > 0.0)) {
            format!("expected finite deviations above 0, found {found}")
        } else {
            return Ok(Self { mean, deviation });
        };
        Err(StatisticsError::Values { reason })
    }

    /// Measures clips as they are prepared for the model, over the frames in which a point is seen. A
    /// point that is never seen, or never moves, has mean 0 or where it is, and deviation 1.
    ///
    /// # Errors
    /// As [`Preprocessing::features`]; [`SignClipError::Frames`] where there is no frame at all.
    pub fn measure<'a>(
        preprocessing: &Preprocessing,
        clips: impl IntoIterator<Item = &'a PoseSequence>,
    ) -> Result<Self, SignClipError> {
        let inputs = preprocessing.landmarks.inputs();
        let mut moments = vec![Moments::default(); inputs];
        let mut frames = 0;
        for clip in clips {
            let clip = preprocessing.prepare(clip)?;
            frames += clip.frame_count();
            for (i, (position, confidence)) in clip.positions.iter().zip(&clip.confidences).enumerate() {
                if *confidence != 0.0 {
                    let first = 3 * i % inputs;
                    let values = moments[first..first + 3].iter_mut().zip(position.to_array());
                    values.for_each(|(moments, value)| moments.add(value.into()));
                }
            }
        }
        if frames == 0 {
            return Err(SignClipError::Frames { found: 0, limit: usize::MAX });
        }
        let mean = moments.iter().map(|moments| moments.mean as f32).collect();
        let deviation = moments.iter().map(|moments| moments.deviation() as f32).collect();
        Ok(Self::new(mean, deviation)?)
    }

    /// Standardises `[frames, inputs]`; a point with a confidence of 0 (`[frames, points]`) is put at the
    /// mean.
    pub(super) fn apply(
        &self,
        features: &mut FrameFeatures,
        confidences: &[f32],
    ) -> Result<(), StatisticsError> {
        self.check_width(features.inputs)?;
        let statistics = self.mean.iter().zip(&self.deviation).cycle();
        let seen = confidences.iter().flat_map(|confidence| [*confidence != 0.0; 3]);
        for ((value, (mean, deviation)), is_seen) in features.values.iter_mut().zip(statistics).zip(seen) {
            *value = if is_seen { (*value - mean) / deviation } else { 0.0 };
        }
        Ok(())
    }

    /// Refuses statistics of other landmarks.
    pub(super) fn check_width(&self, expected: usize) -> Result<(), StatisticsError> {
        let found = self.inputs();
        if found == expected { Ok(()) } else { Err(StatisticsError::Width { expected, found }) }
    }

    /// How many numbers of a frame they are of.
    pub fn inputs(&self) -> usize {
        self.mean.len()
    }

    /// Writes `mean` and `std`, `[inputs]` each, as safetensors.
    ///
    /// # Errors
    /// [`StatisticsError::File`].
    pub fn save(&self, path: &Path) -> Result<(), StatisticsError> {
        let tensor = |values: &Vec<f32>| Tensor::new(values.as_slice(), &Device::Cpu);
        let save = || {
            let tensors = HashMap::from([("mean", tensor(&self.mean)?), ("std", tensor(&self.deviation)?)]);
            candle_core::safetensors::save(&tensors, path)
        };
        save().map_err(|error| StatisticsError::File { path: path.to_owned(), reason: error.to_string() })
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// [`StatisticsError::File`] where the file is missing or holds anything else.
    pub fn load(path: &Path) -> Result<Self, StatisticsError> {
        let fail = |reason: String| StatisticsError::File { path: path.to_owned(), reason };
        let tensors =
            candle_core::safetensors::load(path, &Device::Cpu).map_err(|error| fail(error.to_string()))?;
        let values = |name: &str| {
            let tensor =
                tensors.get(name).ok_or_else(|| fail(format!("expected a tensor {name}, found none")))?;
            let values = tensor.to_dtype(DType::F32).and_then(|tensor| tensor.to_vec1::<f32>());
            values.map_err(|error| fail(format!("{name}: {error}")))
        };
        Self::new(values("mean")?, values("std")?).map_err(|error| fail(error.to_string()))
    }
}

/// Mean and spread as values come in (Welford 1962).
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let apart = value - self.mean;
        self.mean += apart / self.count;
        self.squares += apart * (value - self.mean);
    }

    fn deviation(&self) -> f64 {
        let deviation = (self.squares / self.count.max(1.0)).sqrt();
        if deviation < LEAST_DEVIATION { 1.0 } else { deviation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::sign_clip::SignClipConfig;
    use crate::pose::{ImageSize, Layout};
    use glam::Vec3;

    fn clip() -> PoseSequence {
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, 40);
        for frame in 0..40 {
            for point in 0..30 {
                let at = frame * 543 + point;
                let phase = (frame * (point + 3)) as f32;
                clip.positions[at] = Vec3::new(phase.sin(), phase.cos(), 0.1 * phase.sin()) * point as f32;
                clip.positions[at].x += if point == 11 { 200.0 } else { 0.0 };
                clip.confidences[at] = if (frame + point) % 5 == 0 { 0.0 } else { 1.0 };
            }
        }
        clip
    }

    #[test]
    fn what_is_standardised_by_its_own_statistics_has_mean_0_and_deviation_1() {
        let preprocessing = SignClipConfig::best().preprocessing;
        let statistics = Statistics::measure(&preprocessing, [&clip()]).unwrap();
        let prepared = preprocessing.prepare(&clip()).unwrap();
        let features = preprocessing.features(&clip(), Some(&statistics)).unwrap();
        for column in 0..features.inputs {
            let seen = (0..40).filter(|f| prepared.frame_confidences(*f)[column / 3] != 0.0);
            let values: Vec<f32> =
                seen.map(|frame| features.values[frame * features.inputs + column]).collect();
            let count = values.len().max(1) as f32;
            let mean = values.iter().sum::<f32>() / count;
            let square = values.iter().map(|value| value * value).sum::<f32>() / count;
            assert!(mean.abs() < 1e-3, "{column}: {mean}");
            assert!((square - 1.0).abs() < 1e-3 || square < 1e-6, "{column}: {square}");
        }
        let moving = features.values.iter().filter(|value| value.abs() > 0.1).count();
        assert!(moving > 1000, "{moving}");
    }

    #[test]
    fn statistics_survive_their_file_and_what_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statistics.safetensors");
        assert!(Statistics::load(&path).unwrap_err().to_string().contains("statistics.safetensors"));
        let statistics = Statistics::measure(&SignClipConfig::best().preprocessing, [&clip()]).unwrap();
        statistics.save(&path).unwrap();
        assert_eq!(Statistics::load(&path).unwrap(), statistics);
        assert_eq!(statistics.inputs(), 579);
        for (mean, deviation) in [
            (vec![], vec![]),
            (vec![0.0], vec![1.0, 1.0]),
            (vec![f32::NAN], vec![1.0]),
            (vec![0.0], vec![0.0]),
        ] {
            assert!(Statistics::new(mean, deviation).is_err());
        }
        let mut other = FrameFeatures { values: vec![0.0; 9], inputs: 9 };
        let error = statistics.apply(&mut other, &[1.0; 3]).unwrap_err().to_string();
        assert!(error.contains("579"), "{error}");
        let none = Statistics::measure(&SignClipConfig::best().preprocessing, []).unwrap_err().to_string();
        assert!(none.contains("0 frames"), "{none}");
    }
}
