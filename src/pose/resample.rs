//! Another frame rate: curves through the frames in which a point is seen.

use super::{LandmarkError, PoseSequence};
use glam::{DVec4, Vec3};

/// The longest clip that resampling makes, frames: an hour at 120 a second.
const MOST_FRAMES: f64 = 432_000.0;

/// The curve between frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Interpolation {
    /// Straight lines.
    Linear,
    /// A cubic spline with not-a-knot ends (a parabola through three frames, a line through two).
    #[default]
    Cubic,
}

impl PoseSequence {
    /// The clip at `fps` frames a second, as pose-format's `interpolate`: the first and the last frame
    /// stay the first and the last, so that the speed changes by up to a frame's length.
    ///
    /// Each point's curve goes through the frames in which it is seen, and it is unseen before the
    /// first and after the last of them. Confidences are on the curve as well.
    pub fn interpolate(&self, fps: f32, kind: Interpolation) -> Result<PoseSequence, LandmarkError> {
        let last = self.frame_count().saturating_sub(1) as f64;
        let count =
            self.new_frame_count(fps, self.frame_count() as f64 * f64::from(fps) / f64::from(self.fps))?;
        let step = last / count.saturating_sub(1).max(1) as f64;
        // The last one is exact, so that no rounding puts it outside the curve.
        let time = |i: usize| if i + 1 == count { last } else { i as f64 * step };
        Ok(self.at_times(fps, kind, &(0..count).map(time).collect::<Vec<_>>()))
    }

    /// The clip at `fps` frames a second at its true speed: frame `i` is at `i / fps` seconds.
    pub fn resample(&self, fps: f32, kind: Interpolation) -> Result<PoseSequence, LandmarkError> {
        let last = self.frame_count().saturating_sub(1) as f64;
        let ratio = f64::from(self.fps) / f64::from(fps);
        // A rate that is a multiple but for rounding keeps its last frame.
        let count = self.new_frame_count(fps, (last / ratio + 1e-6).floor() + 1.0)?;
        Ok(self.at_times(fps, kind, &(0..count).map(|i| (i as f64 * ratio).min(last)).collect::<Vec<_>>()))
    }

    fn new_frame_count(&self, fps: f32, count: f64) -> Result<usize, LandmarkError> {
        let is_rate = |fps: f32| fps.is_finite() && fps > 0.0;
        if !is_rate(fps) || !is_rate(self.fps) || count > MOST_FRAMES {
            return Err(LandmarkError::Rate { frames: self.frame_count(), from: self.fps, to: fps });
        }
        let count = count.round_ties_even() as usize;
        Ok(if self.frame_count() == 0 { 0 } else { count.max(1) })
    }

    /// The clip at times in frames, ascending.
    fn at_times(&self, fps: f32, kind: Interpolation, times: &[f64]) -> PoseSequence {
        let points = self.point_count();
        let mut clip = PoseSequence::unseen(self.layout.clone(), self.size, fps, times.len());
        for point in 0..points {
            let curve = Curve::through(self.track(point), kind);
            for (frame, &time) in times.iter().enumerate() {
                let Some(value) = curve.at(time) else { continue };
                let at = frame * points + point;
                clip.positions[at] = Vec3::new(value.x as f32, value.y as f32, value.z as f32);
                clip.confidences[at] = value.w as f32;
            }
        }
        clip
    }

    /// Where a point is in the frames in which it is seen: x, y, z and the confidence.
    fn track(&self, point: usize) -> Vec<(f64, DVec4)> {
        let seen = (0..self.frame_count()).filter_map(|frame| {
            let (position, confidence) = (self.frame(frame)[point], self.frame_confidences(frame)[point]);
            let value = position.extend(confidence).as_dvec4();
            (confidence != 0.0 && value.is_finite()).then_some((frame as f64, value))
        });
        seen.collect()
    }
}

/// A curve through known values; between neighbours `a` and `b` at distance `h` it is
/// `a (1-t) + b t + h²/6 ((1-t)³ - (1-t)) a'' + h²/6 (t³ - t) b''`.
struct Curve {
    knots: Vec<(f64, DVec4)>,
    /// Second derivatives at the knots.
    bends: Vec<DVec4>,
}

impl Curve {
    fn through(knots: Vec<(f64, DVec4)>, kind: Interpolation) -> Self {
        let bends = match (kind, knots.len()) {
            (Interpolation::Linear, n) | (_, n @ 0..=2) => vec![DVec4::ZERO; n],
            (Interpolation::Cubic, 3) => vec![parabola_bend(&knots); 3],
            (Interpolation::Cubic, _) => spline_bends(&knots),
        };
        Self { knots, bends }
    }

    /// The value at a time; none outside the knots.
    fn at(&self, time: f64) -> Option<DVec4> {
        let after = self.knots.partition_point(|(knot, _)| *knot < time);
        let &(end, b) = self.knots.get(after)?;
        if end == time {
            return Some(b);
        }
        let before = after.checked_sub(1)?;
        let (start, a) = self.knots[before];
        let h = end - start;
        let t = (time - start) / h;
        let s = 1.0 - t;
        let bend = self.bends[before] * (s * s * s - s) + self.bends[after] * (t * t * t - t);
        Some(a * s + b * t + bend * (h * h / 6.0))
    }
}

fn slope(knots: &[(f64, DVec4)], i: usize) -> DVec4 {
    (knots[i + 1].1 - knots[i].1) / (knots[i + 1].0 - knots[i].0)
}

/// The second derivative of the parabola through three knots.
fn parabola_bend(knots: &[(f64, DVec4)]) -> DVec4 {
    (slope(knots, 1) - slope(knots, 0)) * 2.0 / (knots[2].0 - knots[0].0)
}

/// Second derivatives of the cubic spline through four knots or more whose third derivative does not
/// jump at the second and the last but one knot. One elimination down and up the inner knots' rows;
/// the ends' unknowns are put into the first and the last row.
fn spline_bends(knots: &[(f64, DVec4)]) -> Vec<DVec4> {
    let n = knots.len();
    let h = |i: usize| knots[i + 1].0 - knots[i].0;
    let (first, last) = (h(0) / h(1), h(n - 2) / h(n - 3));
    let mut bends = vec![DVec4::ZERO; n];
    let mut uppers = vec![0.0; n];
    for i in 1..n - 1 {
        let (mut lower, mut diagonal, mut upper) = (h(i - 1), 2.0 * (h(i - 1) + h(i)), h(i));
        if i == 1 {
            diagonal += lower * (1.0 + first);
            upper -= lower * first;
            lower = 0.0;
        }
        if i == n - 2 {
            diagonal += h(i) * (1.0 + last);
            lower -= h(i) * last;
            upper = 0.0;
        }
        let pivot = diagonal - lower * uppers[i - 1];
        uppers[i] = upper / pivot;
        bends[i] = ((slope(knots, i) - slope(knots, i - 1)) * 6.0 - bends[i - 1] * lower) / pivot;
    }
    for i in (1..n - 2).rev() {
        bends[i] = bends[i] - bends[i + 1] * uppers[i];
    }
    bends[0] = bends[1] * (1.0 + first) - bends[2] * first;
    bends[n - 1] = bends[n - 2] * (1.0 + last) - bends[n - 3] * last;
    bends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::{Component, ImageSize, Layout};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn clip(fps: f32, xs: &[Option<f32>]) -> PoseSequence {
        let component = Component {
            name: "A".into(),
            points: vec!["P".into()],
            format: "XYZC".into(),
            ..Component::default()
        };
        let layout = Arc::new(Layout { components: vec![component] });
        let mut clip = PoseSequence::unseen(layout, ImageSize::default(), fps, xs.len());
        for (i, x) in xs.iter().enumerate() {
            clip.positions[i].x = x.unwrap_or(0.0);
            clip.confidences[i] = if x.is_some() { 1.0 } else { 0.0 };
        }
        clip
    }

    #[test]
    fn a_cubic_is_reproduced_through_gaps() {
        let cubic = |t: f64| (0.5 * t * t * t - 2.0 * t * t + t - 3.0) as f32;
        let xs: Vec<_> = (0..9).map(|i| (i != 3 && i != 4).then(|| cubic(f64::from(i)))).collect();
        let fine = clip(10.0, &xs).resample(40.0, Interpolation::Cubic).unwrap();
        assert_eq!(fine.frame_count(), 33);
        for (i, p) in fine.positions.iter().enumerate() {
            assert!((p.x - cubic(i as f64 / 4.0)).abs() < 1e-3, "{i}: {}", p.x);
        }
    }

    #[test]
    fn three_frames_make_a_parabola_and_two_a_line() {
        let three =
            clip(1.0, &[Some(0.0), Some(1.0), Some(4.0)]).resample(2.0, Interpolation::Cubic).unwrap();
        assert!((three.positions[3].x - 2.25).abs() < 1e-6);
        let two = clip(1.0, &[Some(0.0), Some(1.0)]).resample(4.0, Interpolation::Cubic).unwrap();
        assert!((two.positions[1].x - 0.25).abs() < 1e-6);
    }

    #[test]
    fn outside_of_what_is_seen_nothing_is_made_up() {
        let fine =
            clip(1.0, &[None, Some(1.0), Some(2.0), None]).resample(2.0, Interpolation::Cubic).unwrap();
        assert_eq!(fine.confidences, [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        let never = clip(1.0, &[None, None]).interpolate(3.0, Interpolation::Cubic).unwrap();
        assert_eq!(never.confidences, [0.0; 6]);
    }

    #[test]
    fn rates_that_make_no_sense_are_refused() {
        for fps in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e30] {
            let error = clip(25.0, &[Some(1.0); 4]).resample(fps, Interpolation::Linear).unwrap_err();
            assert!(matches!(error, LandmarkError::Rate { frames: 4, .. }));
        }
        assert_eq!(clip(25.0, &[]).resample(50.0, Interpolation::Cubic).unwrap().frame_count(), 0);
    }

    proptest! {
        #[test]
        fn the_same_rate_changes_nothing(xs in proptest::collection::vec(proptest::option::of(-9.0_f32..9.0), 1..12)) {
            let clip = clip(25.0, &xs);
            for kind in [Interpolation::Linear, Interpolation::Cubic] {
                for same in [clip.resample(25.0, kind).unwrap(), clip.interpolate(25.0, kind).unwrap()] {
                    prop_assert_eq!(same.frame_count(), clip.frame_count());
                    for (frame, seen) in clip.confidences.iter().enumerate().filter(|(_, c)| **c != 0.0) {
                        prop_assert!((same.positions[frame].x - clip.positions[frame].x).abs() < 1e-3);
                        prop_assert!((same.confidences[frame] - seen).abs() < 1e-3);
                    }
                }
            }
        }
    }
}
