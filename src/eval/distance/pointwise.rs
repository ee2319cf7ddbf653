//! From two sets of point tracks to one number: the distance measures of the pose-evaluation toolkit.
//!
//! All of them take each point's track by itself, so that the left hand may be warped otherwise than the
//! right, and gather the points' distances at the end. Source: `pose_evaluation/metrics/distance_measure.py`
//! and `dtw_metric.py` (sign-language-processing/pose-evaluation).

use super::Points;
use super::points::Sample;
use super::warp::{self, Frames};
use glam::DVec3;

/// How the distances of many points, or of many frames and points, become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gather {
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// All together.
    Sum,
}

impl Gather {
    /// The number; none of none.
    pub fn of(self, distances: impl Iterator<Item = f64>) -> Option<f64> {
        let (mut sum, mut max, mut min, mut count) = (0.0, f64::NEG_INFINITY, f64::INFINITY, 0_usize);
        for distance in distances {
            (sum, max, min) = (sum + distance, max.max(distance), min.min(distance));
            count += 1;
        }
        let found = match self {
            Gather::Mean => sum / count as f64,
            Gather::Max => max,
            Gather::Min => min,
            Gather::Sum => sum,
        };
        (count > 0).then_some(found)
    }
}

/// A distance between two clips of the same points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointwise {
    /// The root of the cheapest path's sum of squared distances, mean over the points (dtaidistance's
    /// `dtw_ndim`). Whether points were seen is not looked at: fill them first.
    WarpedRoots,
    /// `fastdtw` (radius 1) over distances of some power, mean over the points. A pair of which one is
    /// unseen costs `unseen`.
    FastWarped {
        /// 2 for straight lines, 1 for the sum of the axes' differences.
        power: f64,
        /// The cost of a pair with an unseen point.
        unseen: f64,
    },
    /// `fastdtw` over the sum of the axes' differences, unseen points at the origin, mean over the points.
    /// The toolkit's `DTWOptimizedDistanceMeasure`, whose "power" is in truth this radius.
    FastFilled {
        /// fastdtw's radius.
        radius: usize,
    },
    /// Frame against frame, gathered over frames and points; what the longer clip has more is left out
    /// (the toolkit's pipelines pad the shorter one before).
    Aligned {
        /// 2 for straight lines.
        power: f64,
        /// What a pair with an unseen point counts as: with 0, a hand that is missing is rewarded.
        unseen: f64,
        /// How frames and points become one number.
        gather: Gather,
    },
}

impl Pointwise {
    /// The distance of `hypothesis` from `reference`, which must have the same points in the same order.
    /// None where there is nothing to compare: no points, or no frames.
    pub fn distance(self, hypothesis: &Points, reference: &Points) -> Option<f64> {
        let points = hypothesis.points().min(reference.points());
        if hypothesis.frames() == 0 || reference.frames() == 0 {
            return None;
        }
        let over_points = |distance: &dyn Fn(usize) -> f64| Gather::Mean.of((0..points).map(distance));
        match self {
            Pointwise::WarpedRoots => over_points(&|point| warped_root(hypothesis, reference, point)),
            Pointwise::FastWarped { power, unseen } => over_points(&|point| {
                warp::fast(&Power { power, unseen }, &hypothesis.track(point), &reference.track(point), 1)
            }),
            Pointwise::FastFilled { radius } => over_points(&|point| {
                let [a, b] = [hypothesis, reference].map(|clip| filled(&clip.track(point)));
                warp::fast(&Power { power: 1.0, unseen: 0.0 }, &a, &b, radius)
            }),
            Pointwise::Aligned { power, unseen, gather } => {
                let cost = Power { power, unseen };
                let frames = hypothesis.frames().min(reference.frames());
                let pairs = (0..frames).flat_map(|frame| (0..points).map(move |point| (frame, point)));
                gather.of(pairs.map(|(frame, point)| {
                    cost.cost(&hypothesis.sample(frame, point), &reference.sample(frame, point))
                }))
            }
        }
    }
}

fn warped_root(a: &Points, b: &Points, point: usize) -> f64 {
    let square = |i, j| a.sample(i, point).position.distance_squared(b.sample(j, point).position);
    warp::exact(a.frames(), b.frames(), square).sqrt()
}

fn filled(track: &[Sample]) -> Vec<Sample> {
    let at_origin =
        |s: &Sample| Sample { position: if s.seen { s.position } else { DVec3::ZERO }, seen: true };
    track.iter().map(at_origin).collect()
}

/// The distance of some power between two samples.
struct Power {
    power: f64,
    unseen: f64,
}

impl Frames for Power {
    type Frame = Sample;

    /// Unseen where one of the two is, as masked arrays of numpy add.
    fn between(&self, a: &Sample, b: &Sample) -> Sample {
        Sample { position: (a.position + b.position) / 2.0, seen: a.seen && b.seen }
    }

    fn cost(&self, a: &Sample, b: &Sample) -> f64 {
        if !a.seen || !b.seen {
            return self.unseen;
        }
        let apart = a.position - b.position;
        if self.power == 2.0 {
            return apart.length();
        }
        let sum: f64 = apart.to_array().iter().map(|x| x.abs().powf(self.power)).sum();
        sum.powf(1.0 / self.power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::Reference;

    #[test]
    fn the_toolkits_measures_give_its_numbers_on_synthetic_tracks() {
        let reference = Reference::read();
        let (hyp, other) = (reference.points("hyp"), reference.points("ref"));
        let same = reference.points("ref_same");
        for (name, measure) in [
            ("dtai_fast", Pointwise::WarpedRoots),
            ("DTWAggregatedPowerDistanceMeasure(order=2)", Pointwise::FastWarped { power: 2.0, unseen: 0.0 }),
            (
                "DTWAggregatedPowerDistanceMeasure(order=2,default=5)",
                Pointwise::FastWarped { power: 2.0, unseen: 5.0 },
            ),
            ("DTWOptimizedDistanceMeasure(power=2)", Pointwise::FastFilled { radius: 2 }),
            ("DTWOptimizedDistanceMeasure(power=1)", Pointwise::FastFilled { radius: 1 }),
        ] {
            for (masked, a, b) in
                [("masked", &hyp.masked, &other.masked), ("unmasked", &hyp.whole, &other.whole)]
            {
                let found = measure.distance(a, b).unwrap();
                reference.same(&["synthetic", &format!("{name} | {masked} hyp,ref")], found);
            }
        }
        for (gather, name) in
            [(Gather::Mean, "mean"), (Gather::Max, "max"), (Gather::Min, "min"), (Gather::Sum, "sum")]
        {
            for unseen in [0.0, 10.0] {
                let measure = Pointwise::Aligned { power: 2.0, unseen, gather };
                let name = format!(
                    "AggregatedPowerDistance({name},default={unseen:.1}) | masked hyp,ref_same_length"
                );
                let found = measure.distance(&hyp.masked, &same.masked).unwrap();
                reference.same(&["synthetic", &name], found);
            }
        }
        let lines = Pointwise::Aligned { power: 1.0, unseen: 0.0, gather: Gather::Mean };
        let found = lines.distance(&hyp.whole, &same.whole).unwrap();
        let name = "AggregatedPowerDistance(order=1) | unmasked hyp,ref_same_length";
        reference.same(&["synthetic", name], found);
    }

    #[test]
    fn there_is_no_distance_where_there_is_nothing() {
        let empty = Points::from_samples(3, &[]);
        for measure in [Pointwise::WarpedRoots, Pointwise::FastFilled { radius: 1 }] {
            assert_eq!(measure.distance(&empty, &empty), None);
        }
        assert_eq!(Gather::Mean.of([].into_iter()), None);
    }
}
