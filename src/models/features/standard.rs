//! Each number brought to mean 0 and deviation 1 over the training data, and back.

use super::Features;
use crate::models::checkpoint::{Checkpoint, CheckpointError, save_safetensors};
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use std::path::Path;

/// Mean and deviation of each number of a frame, `[width]` both.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// Means.
    pub mean: Vec<f32>,
    /// Deviations, none below [`Standard::LEAST`].
    pub deviation: Vec<f32>,
}

/// Why statistics cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StandardError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// candle's.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
    /// They are of something else.
    #[error(
        "statistics of {found} numbers a frame, expected {expected}: they belong to another set of parts"
    )]
    Width {
        /// What the features have.
        expected: usize,
        /// What the file has.
        found: usize,
    },
    /// A deviation that divides by nothing.
    #[error("statistic {at}: mean {mean}, deviation {deviation}: expected finite numbers, deviation above 0")]
    Value {
        /// Which number of a frame.
        at: usize,
        /// Its mean.
        mean: f32,
        /// Its deviation.
        deviation: f32,
    },
    /// Nothing to measure.
    #[error("no frames to measure statistics on")]
    Nothing,
}

impl Standard {
    /// Deviations are not taken to be less, because a point that never moved in the data would make noise
    /// of rounding. Shoulder widths.
    pub const LEAST: f32 = 1e-3;

    /// Measured on clips of one width.
    ///
    /// # Errors
    /// Where there is no frame, or widths differ.
    pub fn of<'a>(clips: impl IntoIterator<Item = &'a Features> + Clone) -> Result<Self, StandardError> {
        let width = clips.clone().into_iter().next().map_or(0, |clip| clip.width);
        let mut count = 0.0;
        let (mut sums, mut squares) = (vec![0f64; width], vec![0f64; width]);
        for clip in clips {
            if clip.width != width {
                return Err(StandardError::Width { expected: width, found: clip.width });
            }
            count += clip.frame_count() as f64;
            for row in clip.values.chunks_exact(width.max(1)) {
                for ((sum, square), &value) in sums.iter_mut().zip(&mut squares).zip(row) {
                    *sum += f64::from(value);
                    *square += f64::from(value).powi(2);
                }
            }
        }
        if count == 0.0 {
            return Err(StandardError::Nothing);
        }
        let deviation = |(sum, square): (&f64, &f64)| {
            let variance = square / count - (sum / count).powi(2);
            (variance.max(0.0).sqrt() as f32).max(Self::LEAST)
        };
        Ok(Self {
            deviation: sums.iter().zip(&squares).map(deviation).collect(),
            mean: sums.iter().map(|sum| (sum / count) as f32).collect(),
        })
    }

    /// Reads `mean` and `deviation` of a file.
    ///
    /// # Errors
    /// Where it cannot be read, is of another width, or cannot divide.
    pub fn read(path: &Path, width: usize) -> Result<Self, StandardError> {
        let file = Checkpoint::open(path)?;
        let read = |name: &str| -> Result<Vec<f32>, StandardError> {
            let values: Vec<f32> = file.tensor(name, DType::F32, &Device::Cpu)?.flatten_all()?.to_vec1()?;
            if values.len() != width {
                return Err(StandardError::Width { expected: width, found: values.len() });
            }
            Ok(values)
        };
        let standard = Self { mean: read("mean")?, deviation: read("deviation")? };
        for (at, (&mean, &deviation)) in standard.mean.iter().zip(&standard.deviation).enumerate() {
            if !(mean.is_finite() && deviation.is_finite() && deviation > 0.0) {
                return Err(StandardError::Value { at, mean, deviation });
            }
        }
        Ok(standard)
    }

    /// Writes them, all or nothing.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), StandardError> {
        let tensor = |values: &[f32]| Tensor::new(values, &Device::Cpu);
        let tensors = BTreeMap::from([
            ("mean".to_owned(), tensor(&self.mean)?),
            ("deviation".to_owned(), tensor(&self.deviation)?),
        ]);
        Ok(save_safetensors(path, &tensors)?)
    }

    /// A clip's numbers in deviations from the mean.
    pub fn apply(&self, features: &Features) -> Features {
        self.map(features, |value, mean, deviation| (value - mean) / deviation)
    }

    /// The numbers that were brought to it, as they were.
    pub fn undo(&self, features: &Features) -> Features {
        self.map(features, |value, mean, deviation| value * deviation + mean)
    }

    fn map(&self, features: &Features, f: impl Fn(f32, f32, f32) -> f32) -> Features {
        let statistics = self.mean.iter().zip(&self.deviation).cycle();
        let values = features.values.iter().zip(statistics).map(|(&value, (&m, &d))| f(value, m, d));
        Features { values: values.collect(), width: features.width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clips() -> Vec<Features> {
        vec![
            Features { values: vec![1.0, 5.0, 3.0, 5.0], width: 2 },
            Features { values: vec![5.0, 5.0], width: 2 },
        ]
    }

    #[test]
    fn numbers_get_mean_nought_and_deviation_one_and_come_back() {
        let clips = clips();
        let standard = Standard::of(&clips).unwrap();
        assert_eq!(standard.mean, [3.0, 5.0]);
        assert!((standard.deviation[0] - (8f32 / 3.0).sqrt()).abs() < 1e-6);
        assert_eq!(standard.deviation[1], Standard::LEAST);
        for clip in &clips {
            let back = standard.undo(&standard.apply(clip));
            assert!(back.values.iter().zip(&clip.values).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn a_file_keeps_them_and_one_of_another_width_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statistics.safetensors");
        let standard = Standard::of(&clips()).unwrap();
        standard.write(&path).unwrap();
        assert_eq!(Standard::read(&path, 2).unwrap(), standard);
        assert!(matches!(Standard::read(&path, 3), Err(StandardError::Width { expected: 3, found: 2 })));
        let broken = Standard { deviation: vec![1.0, 0.0], ..standard };
        broken.write(&path).unwrap();
        assert!(matches!(Standard::read(&path, 2), Err(StandardError::Value { at: 1, .. })));
        assert!(matches!(Standard::of(&[]), Err(StandardError::Nothing)));
    }
}
