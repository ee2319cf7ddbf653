//! Points over time in double precision: what all distances are computed on.

use crate::pose::PoseSequence;
use glam::DVec3;

/// Positions `[frames, points, 3]` and whether each was seen, `[frames, points]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    frames: usize,
    points: usize,
    positions: Vec<DVec3>,
    seen: Vec<bool>,
}

/// One point in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Where it is; whatever was stored if it was not seen.
    pub position: DVec3,
    /// Whether it was seen (a confidence other than 0).
    pub seen: bool,
}

impl Points {
    /// The positions of a clip as they are; a confidence of 0 and what is no number mean unseen.
    pub fn of(clip: &PoseSequence) -> Points {
        let positions: Vec<DVec3> = clip.positions.iter().map(|p| p.as_dvec3()).collect();
        let seen = positions.iter().zip(&clip.confidences).map(|(p, c)| *c != 0.0 && p.is_finite()).collect();
        Points { frames: clip.frame_count(), points: clip.point_count(), positions, seen }
    }

    /// Made of samples, frame after frame; samples beyond the last whole frame are dropped.
    pub fn from_samples(points: usize, samples: &[Sample]) -> Points {
        let frames = samples.len().checked_div(points).unwrap_or(0);
        let whole = samples.get(..frames * points).unwrap_or_default();
        Points {
            frames,
            points,
            positions: whole.iter().map(|sample| sample.position).collect(),
            seen: whole.iter().map(|sample| sample.seen).collect(),
        }
    }

    /// How many frames there are.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// How many points a frame has.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Positions of one frame, `[points]`.
    pub fn frame(&self, frame: usize) -> &[DVec3] {
        &self.positions[frame * self.points..(frame + 1) * self.points]
    }

    /// One point in one frame.
    pub fn sample(&self, frame: usize, point: usize) -> Sample {
        let at = frame * self.points + point;
        Sample { position: self.positions[at], seen: self.seen[at] }
    }

    /// One point over all frames, `[frames]`.
    pub fn track(&self, point: usize) -> Vec<Sample> {
        (0..self.frames).map(|frame| self.sample(frame, point)).collect()
    }

    /// Whether a point is seen in any frame.
    pub fn is_ever_seen(&self, point: usize) -> bool {
        (0..self.frames).any(|frame| self.sample(frame, point).seen)
    }

    /// Some of the points, in the order named.
    pub fn select(&self, points: &[usize]) -> Points {
        let samples: Vec<Sample> =
            (0..self.frames).flat_map(|frame| points.iter().map(move |&p| self.sample(frame, p))).collect();
        Points { frames: self.frames, ..Points::from_samples(points.len(), &samples) }
    }

    /// Where a point is not seen, it is where it was in the nearest frame in which it is (the earlier of
    /// two as near); points that are never seen stay unseen.
    pub fn held(&self) -> Points {
        let mut held = self.clone();
        for point in 0..self.points {
            let track = self.track(point);
            let seen: Vec<usize> = (0..self.frames).filter(|&frame| track[frame].seen).collect();
            for frame in (0..self.frames).filter(|&frame| !track[frame].seen) {
                let Some(&nearest) = seen.iter().min_by_key(|&&other| other.abs_diff(frame)) else { break };
                let at = frame * self.points + point;
                (held.positions[at], held.seen[at]) = (track[nearest].position, true);
            }
        }
        held
    }

    /// As many frames as asked for, from the first to the last on straight lines; seen where both
    /// neighbours are.
    pub fn stretched(&self, frames: usize) -> Points {
        let last = self.frames.saturating_sub(1);
        if self.frames == 0 {
            return self.clone();
        }
        let step = last as f64 / frames.saturating_sub(1).max(1) as f64;
        let mut samples = Vec::with_capacity(frames * self.points);
        for frame in 0..frames {
            let time = (frame as f64 * step).min(last as f64);
            let before = time.floor() as usize;
            let after = (before + 1).min(last);
            for point in 0..self.points {
                let (a, b) = (self.sample(before, point), self.sample(after, point));
                let position = a.position.lerp(b.position, time - before as f64);
                samples.push(Sample { position, seen: a.seen && b.seen });
            }
        }
        Points::from_samples(self.points, &samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(track: &[Option<f64>]) -> Points {
        let sample =
            |x: &Option<f64>| Sample { position: DVec3::splat(x.unwrap_or(-9.0)), seen: x.is_some() };
        Points::from_samples(1, &track.iter().map(sample).collect::<Vec<_>>())
    }

    #[test]
    fn gaps_hold_the_nearest_frame_and_what_is_never_seen_stays_unseen() {
        let held = of(&[None, Some(1.0), None, None, Some(2.0), None]).held();
        let found: Vec<f64> = held.track(0).iter().map(|s| s.position.x).collect();
        assert_eq!(found, [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
        assert!(!of(&[None, None]).held().is_ever_seen(0));
    }

    #[test]
    fn stretching_keeps_the_ends_and_halves_between() {
        let long = of(&[Some(0.0), Some(2.0)]).stretched(5);
        let found: Vec<f64> = long.track(0).iter().map(|s| s.position.x).collect();
        assert_eq!(found, [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(long.stretched(2).track(0)[1].position.x, 2.0);
        assert_eq!(of(&[Some(3.0)]).stretched(3).frames(), 3);
    }
}
