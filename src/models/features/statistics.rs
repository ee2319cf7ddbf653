//! The mean and the deviation of each number of a frame over the training data, kept with the model that
//! was trained on them.

use super::Features;
use crate::models::checkpoint::{Checkpoint, CheckpointError, save_safetensors};
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Deviations below this, in shoulder widths, are rounding of what never moves; dividing by them would
/// make it noise.
const LEAST_DEVIATION: f64 = 1e-4;

/// Mean and standard deviation, `[width]` each.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    mean: Vec<f32>,
    deviation: Vec<f32>,
}

/// Why statistics cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// A file that cannot be read or written, or has no such tensors.
    #[error(transparent)]
    File(#[from] CheckpointError),
    /// candle's.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
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
    /// A file whose values are not.
    #[error("{}: {reason}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
}

impl Statistics {
    /// Mean and standard deviation as they are, `[width]` each.
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

    /// Measured on all frames of clips of one width.
    ///
    /// # Errors
    /// Where there is no frame, or widths differ.
    pub fn of<'a>(clips: impl IntoIterator<Item = &'a Features>) -> Result<Self, StatisticsError> {
        let mut measured = Measured::default();
        for clip in clips {
            let expected = measured.width().unwrap_or(clip.width);
            if clip.width != expected {
                return Err(StatisticsError::Width { expected, found: clip.width });
            }
            for row in clip.values.chunks_exact(clip.width.max(1)) {
                measured.add(clip.width, 0, row);
            }
        }
        measured.finish()
    }

    /// Each mean over its deviation: where 0 is, to a number that was brought to deviations.
    pub fn means_in_deviations(&self) -> Vec<f32> {
        self.mean.iter().zip(&self.deviation).map(|(mean, deviation)| mean / deviation).collect()
    }

    /// How many numbers of a frame they are of.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// # Errors
    /// Where they are of another width.
    pub fn check_width(&self, expected: usize) -> Result<(), StatisticsError> {
        let found = self.width();
        if found == expected { Ok(()) } else { Err(StatisticsError::Width { expected, found }) }
    }

    /// Numbers in deviations from the mean.
    ///
    /// # Errors
    /// Where they are of another width.
    pub fn apply(&self, features: &Features) -> Result<Features, StatisticsError> {
        self.map(features, |value, mean, deviation| (value - mean) / deviation)
    }

    /// Numbers that were brought to deviations, as they were.
    ///
    /// # Errors
    /// Where they are of another width.
    pub fn undo(&self, features: &Features) -> Result<Features, StatisticsError> {
        self.map(features, |value, mean, deviation| value * deviation + mean)
    }

    fn map(
        &self,
        features: &Features,
        f: impl Fn(f32, f32, f32) -> f32,
    ) -> Result<Features, StatisticsError> {
        self.check_width(features.width)?;
        let statistics = self.mean.iter().zip(&self.deviation).cycle();
        let values = features.values.iter().zip(statistics).map(|(&value, (&m, &d))| f(value, m, d));
        Ok(Features { values: values.collect(), width: features.width })
    }

    /// Writes `mean` and `std`, `[width]` each, as safetensors, all or nothing.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), StatisticsError> {
        let tensor = |values: &[f32]| Tensor::new(values, &Device::Cpu);
        let tensors = [("mean", tensor(&self.mean)?), ("std", tensor(&self.deviation)?)];
        let tensors: BTreeMap<String, Tensor> =
            tensors.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect();
        Ok(save_safetensors(path, &tensors)?)
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// Where the file is missing or holds anything else.
    pub fn load(path: &Path) -> Result<Self, StatisticsError> {
        let file = Checkpoint::open(path)?;
        let values = |name: &str| -> Result<Vec<f32>, StatisticsError> {
            Ok(file.tensor(name, DType::F32, &Device::Cpu)?.flatten_all()?.to_vec1()?)
        };
        Self::new(values("mean")?, values("std")?).map_err(|error| match error {
            StatisticsError::Values { reason } => StatisticsError::Content { path: path.to_owned(), reason },
            other => other,
        })
    }
}

/// Statistics while they are measured.
#[derive(Clone, Debug, Default)]
pub struct Measured(Vec<Moments>);

impl Measured {
    fn width(&self) -> Option<usize> {
        (!self.0.is_empty()).then_some(self.0.len())
    }

    /// Counts some numbers of a frame of `width`, from the number `first` on.
    pub fn add(&mut self, width: usize, first: usize, values: &[f32]) {
        self.0.resize(width.max(self.0.len()), Moments::default());
        let moments = self.0.iter_mut().skip(first).zip(values);
        moments.for_each(|(moments, &value)| moments.add(value.into()));
    }

    /// What was measured. A number that never moved, or was never counted, has deviation 1.
    ///
    /// # Errors
    /// Where nothing was.
    pub fn finish(&self) -> Result<Statistics, StatisticsError> {
        if self.0.iter().all(|moments| moments.count == 0.0) {
            let reason = "expected frames to measure, found 0 frames".to_owned();
            return Err(StatisticsError::Values { reason });
        }
        let mean = self.0.iter().map(|moments| moments.mean as f32).collect();
        let deviation = self.0.iter().map(|moments| at_least(moments.variance().sqrt()));
        Statistics::new(mean, deviation.map(|deviation| deviation as f32).collect())
    }

    /// As [`Self::finish`], but numbers of one group are divided by one deviation, the root of the mean of
    /// their variances: what moves little stays little beside what moves much.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub fn finish_grouped(&self, groups: &[Vec<usize>]) -> Result<Statistics, StatisticsError> {
        let Statistics { mean, mut deviation } = self.finish()?;
        for group in groups {
            let variances = || group.iter().filter_map(|&number| self.0.get(number)).map(Moments::variance);
            let shared = at_least((variances().sum::<f64>() / variances().count().max(1) as f64).sqrt());
            let own = deviation.iter_mut().enumerate().filter(|(number, _)| group.contains(number));
            own.for_each(|(_, deviation)| *deviation = shared as f32);
        }
        Statistics::new(mean, deviation)
    }
}

/// Mean and spread as values come in (Welford 1962).
#[derive(Clone, Copy, Debug, Default)]
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

    fn variance(&self) -> f64 {
        self.squares / self.count.max(1.0)
    }
}

/// A deviation to divide by.
fn at_least(deviation: f64) -> f64 {
    if deviation < LEAST_DEVIATION { 1.0 } else { deviation }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clips() -> [Features; 2] {
        let still = 5.0;
        [
            Features { values: vec![1.0, still, 3.0, still], width: 2 },
            Features { values: vec![5.0, still], width: 2 },
        ]
    }

    #[test]
    fn numbers_get_mean_nought_and_deviation_one_and_come_back() {
        let clips = clips();
        let statistics = Statistics::of(&clips).unwrap();
        assert_eq!(statistics.mean, [3.0, 5.0]);
        assert!((statistics.deviation[0] - (8f32 / 3.0).sqrt()).abs() < 1e-6);
        assert_eq!(statistics.deviation[1], 1.0, "what never moves is not divided by nothing");
        for clip in &clips {
            let back = statistics.undo(&statistics.apply(clip).unwrap()).unwrap();
            assert!(back.values.iter().zip(&clip.values).all(|(a, b)| (a - b).abs() < 1e-5));
        }
        let other = Features { values: vec![0.0; 9], width: 9 };
        assert!(statistics.apply(&other).unwrap_err().to_string().contains("expected 9"));
        assert!(Statistics::of([&clips[0], &other]).is_err());
        assert!(Statistics::of([]).unwrap_err().to_string().contains("0 frames"));
    }

    #[test]
    fn numbers_of_a_group_share_a_deviation_to_which_what_is_still_adds_nothing() {
        let mut measured = Measured::default();
        for row in [[1.0, 5.0, 0.0], [5.0, 5.0, 2.0]] {
            measured.add(3, 0, &row);
        }
        let statistics = measured.finish_grouped(&[vec![0, 1]]).unwrap();
        let shared = (4f32 / 2.0).sqrt();
        assert_eq!(statistics.deviation, [shared, shared, 1.0]);
        assert_eq!(statistics.mean, [3.0, 5.0, 1.0]);
    }

    #[test]
    fn they_survive_their_file_and_what_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("statistics.safetensors");
        assert!(Statistics::load(&path).unwrap_err().to_string().contains("statistics.safetensors"));
        let statistics = Statistics::of(&clips()).unwrap();
        statistics.save(&path).unwrap();
        assert_eq!(Statistics::load(&path).unwrap(), statistics);
        for (mean, deviation) in [
            (vec![], vec![]),
            (vec![0.0], vec![1.0, 1.0]),
            (vec![f32::NAN], vec![1.0]),
            (vec![0.0], vec![0.0]),
        ] {
            assert!(Statistics::new(mean, deviation).is_err());
        }
        Statistics { deviation: vec![1.0, -1.0], ..statistics }.save(&path).unwrap();
        let message = Statistics::load(&path).unwrap_err().to_string();
        assert!(message.contains("statistics.safetensors") && message.contains("above 0"), "{message}");
    }
}
