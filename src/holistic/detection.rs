//! The strongest thing that a detector found.
//! [TensorsToDetectionsCalculator, NonMaxSuppressionCalculator]
//!
//! A detector finds each thing many times over. The best scored box is blended with all that overlap it, each
//! weighed by its score, which steadies it. The reference does so for every thing in the picture and then uses
//! the first; here only that is made.

use glam::Vec2;

/// Scores are squeezed into [0, 1] from within ± this.
const SCORE_LIMIT: f32 = 100.0;

/// Boxes belong together that overlap by more than this share of their union.
const OVERLAP: f32 = 0.3;

/// Something found, in [0, 1] of the detector's input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Detection<const K: usize> {
    /// In [0, 1].
    pub(super) score: f32,
    /// The upper left corner.
    pub(super) low: Vec2,
    /// The lower right one.
    pub(super) high: Vec2,
    /// Points that the detector places on the thing.
    pub(super) keypoints: [Vec2; K],
}

/// What a detector says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output<'a> {
    /// `[anchors, 4 + 2 K]`: from the anchor to the centre, width and height, then from the anchor to each
    /// keypoint; all in pixels of the input.
    pub(super) boxes: &'a [f32],
    /// `[anchors]`, before the sigmoid.
    pub(super) scores: &'a [f32],
    /// Both sides of the input.
    pub(super) side_px: usize,
}

impl<const K: usize> Detection<K> {
    /// Numbers of a box.
    pub(super) const WIDTH: usize = 4 + 2 * K;

    /// The best one that scores `threshold` at least, blended with those that overlap it.
    pub(super) fn strongest(output: Output, anchors: &[Vec2], threshold: f32) -> Option<Self> {
        let boxes = output.boxes.chunks_exact(Self::WIDTH);
        let scored = boxes.zip(output.scores).zip(anchors).filter_map(|((values, score), anchor)| {
            let score = sigmoid(score.clamp(-SCORE_LIMIT, SCORE_LIMIT));
            (score >= threshold).then(|| Self::decoded(values, score, *anchor, output.side_px as f32))
        });
        let mut found: Vec<Self> = scored.filter(Self::is_proper).collect();
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = *found.first()?;
        found.retain(|other| other.overlap(&best) > OVERLAP);
        Some(if found.is_empty() { best } else { Self::blended(&found, best.score) })
    }

    fn decoded(values: &[f32], score: f32, anchor: Vec2, side_px: f32) -> Self {
        let pair = |at: usize| Vec2::new(values[at], values[at + 1]) / side_px;
        let (centre, half) = (anchor + pair(0), pair(2) / 2.0);
        let keypoints = std::array::from_fn(|keypoint| anchor + pair(4 + 2 * keypoint));
        Self { score, low: centre - half, high: centre + half, keypoints }
    }

    fn is_proper(&self) -> bool {
        let size = self.high - self.low;
        size.is_finite() && size.min_element() >= 0.0
    }

    fn area(low: Vec2, high: Vec2) -> f32 {
        (high - low).max(Vec2::ZERO).element_product()
    }

    /// The share of two boxes' union that both cover.
    fn overlap(&self, other: &Self) -> f32 {
        let both = Self::area(self.low.max(other.low), self.high.min(other.high));
        let either = Self::area(self.low, self.high) + Self::area(other.low, other.high) - both;
        if either > 0.0 { both / either } else { 0.0 }
    }

    fn blended(found: &[Self], score: f32) -> Self {
        let total: f32 = found.iter().map(|one| one.score).sum();
        let mean = |part: &dyn Fn(&Self) -> Vec2| {
            found.iter().fold(Vec2::ZERO, |sum, one| sum + part(one) * one.score) / total
        };
        let keypoints = std::array::from_fn(|keypoint| mean(&|one| one.keypoints[keypoint]));
        Self { score, low: mean(&|one| one.low), high: mean(&|one| one.high), keypoints }
    }
}

/// From any number into (0, 1).
pub(super) fn sigmoid(value: f32) -> f32 {
    1.0 / (1.0 + (-value).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Boxes of 10×10 pixels with one keypoint at their centre, of a detector that sees 100×100.
    fn found(places_px: &[[f32; 2]], scores: &[f32], threshold: f32) -> Option<Detection<1>> {
        let boxes: Vec<f32> = places_px.iter().flat_map(|&[x, y]| [x, y, 10.0, 10.0, x, y]).collect();
        let anchors = vec![Vec2::ZERO; scores.len()];
        Detection::strongest(Output { boxes: &boxes, scores, side_px: 100 }, &anchors, threshold)
    }

    #[test]
    fn nothing_below_the_threshold_is_found() {
        assert_eq!(found(&[[50.0, 50.0]], &[-0.1], 0.5), None);
        assert!(found(&[[50.0, 50.0]], &[0.0], 0.5).is_some());
    }

    #[test]
    fn the_best_scored_thing_wins_and_others_do_not_touch_it() {
        let best = found(&[[20.0, 20.0], [80.0, 80.0]], &[1.0, 2.0], 0.5).unwrap();
        assert_eq!(best.keypoints[0], Vec2::splat(0.8));
        assert_eq!(best.score, sigmoid(2.0));
    }

    #[test]
    fn what_overlaps_is_blended_by_score() {
        let best = found(&[[50.0, 50.0], [52.0, 50.0]], &[100.0, 0.0], 0.5).unwrap();
        assert!((best.keypoints[0].x - (0.50 + 0.52 * 0.5) / 1.5).abs() < 1e-6, "{best:?}");
        // A box moved by five of its ten pixels overlaps by a third; by six, by a quarter.
        let apart = found(&[[50.0, 50.0], [56.0, 50.0]], &[100.0, 0.0], 0.5).unwrap();
        assert_eq!(apart.keypoints[0].x, 0.5);
    }

    #[test]
    fn boxes_turned_inside_out_are_left_out() {
        let output = Output { boxes: &[50.0, 50.0, -10.0, 10.0, 0.0, 0.0], scores: &[3.0], side_px: 100 };
        assert_eq!(Detection::<1>::strongest(output, &[Vec2::ZERO], 0.5), None);
    }

    proptest! {
        #[test]
        fn a_blend_lies_among_what_was_found(
            scores in prop::collection::vec(-3.0_f32..8.0, 1..30), seed in 0.0_f32..1.0,
        ) {
            let places: Vec<[f32; 2]> =
                (0..scores.len()).map(|at| [40.0 + (at as f32 * 7.3 + seed * 9.0) % 20.0, 50.0]).collect();
            if let Some(best) = found(&places, &scores, 0.5) {
                prop_assert!((0.4..=0.6).contains(&best.keypoints[0].x));
                prop_assert!((best.high - best.low - 0.1).length() < 1e-5);
            }
        }
    }
}
