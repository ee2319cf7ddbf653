//! Pictures of what a network makes by now, for a run's report: motions as strips of drawings.

use super::TrainError;
use super::words::WordTexts;
use crate::dataset::strips;
use crate::models::features::{Features, MotionFeatures, Statistics};
use crate::pose::PoseSequence;
use std::collections::BTreeSet;

/// How many of each kind are drawn.
const SHOWN: usize = 3;
/// Drawings of a motion.
const DRAWINGS: usize = 8;

/// Draws standardised numbers as the motions that they are of.
pub(super) struct Sketch<'a> {
    pub(super) features: &'a MotionFeatures,
    pub(super) statistics: &'a Statistics,
    /// Frames a second.
    pub(super) fps: f32,
}

impl Sketch<'_> {
    /// A picture of motions one above the other, at one scale: its title and its SVG.
    ///
    /// # Errors
    /// Where the numbers are not of these features.
    pub(super) fn draw(&self, title: String, motions: &[Features]) -> Result<(String, String), TrainError> {
        let clip = |motion: &Features| -> Result<PoseSequence, TrainError> {
            Ok(self.features.write(&self.statistics.undo(motion)?, self.fps)?)
        };
        let clips = motions.iter().map(clip).collect::<Result<Vec<_>, _>>()?;
        Ok((title, strips(&clips.iter().collect::<Vec<_>>(), DRAWINGS)))
    }
}

/// A few, evenly picked.
pub(super) fn few<T>(all: &[T]) -> impl Iterator<Item = &T> {
    let count = all.len().min(SHOWN);
    (0..count).filter_map(move |i| all.get(i * all.len() / count))
}

/// A few of some clips' words, each once.
pub(super) fn few_words(words: impl Iterator<Item = u32>) -> Vec<u32> {
    let words: Vec<u32> = words.collect::<BTreeSet<_>>().into_iter().collect();
    few(&words).copied().collect()
}

/// The title of a motion that was made of a word.
pub(super) fn generated(words: &WordTexts, word: u32) -> String {
    format!("«{}» as generated", words.gloss(word))
}

/// The title of a clip of a word above what a network makes of it.
pub(super) fn rebuilt(words: &WordTexts, word: u32) -> String {
    format!("«{}», a clip, and below it its reconstruction", words.gloss(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::features::Part;

    #[test]
    fn a_few_are_picked_over_all_of_them() {
        let picked = |count: u32| few(&(0..count).collect::<Vec<_>>()).copied().collect::<Vec<u32>>();
        assert_eq!((picked(0), picked(2), picked(9)), (vec![], vec![0, 1], vec![0, 3, 6]));
        assert_eq!(few_words([5, 1, 5, 1].into_iter()), [1, 5]);
    }

    #[test]
    fn numbers_of_other_features_are_refused() {
        let features = MotionFeatures::new(&[Part::Body]);
        let width = features.width();
        let statistics = Statistics::new(vec![0.0; width], vec![1.0; width]).unwrap();
        let sketch = Sketch { features: &features, statistics: &statistics, fps: 30.0 };
        let drawn = |width| sketch.draw(String::new(), &[Features { values: vec![0.5; 2 * width], width }]);
        assert!(drawn(width).unwrap().1.contains("class=\"body\""));
        assert!(drawn(width + 1).is_err());
    }
}
