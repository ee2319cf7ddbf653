//! Jerk: how much smoother or rougher a motion is than its source.
//!
//! Third differences of wrists and fingertips in the chest frame. The source is smoothed first (Savitzky
//! and Golay 1964, 7 frames, quadratic), because what a landmark model adds is no movement. The motion is
//! measured both as it is, so that trembling counts, and through the same filter, so that only what is
//! slow enough to be signing is compared.

use glam::Vec3;
use serde::Serialize;

/// The points that are followed of one hand; None in frames that do not show it.
pub(super) type Track = Vec<Option<[Vec3; 6]>>;

/// Sums of the sizes of third differences: of what was made, and of the smoothed source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Jerk {
    /// In the picture, the motion as it is.
    pub(super) picture: [f64; 2],
    /// In the picture, the motion smoothed as the source is.
    pub(super) alike: [f64; 2],
    /// In depth, the motion smoothed as the source is.
    pub(super) depth: [f64; 2],
}

/// Made over source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct JerkRatio {
    /// In the picture, the motion as it is over the smoothed source.
    pub picture: f32,
    /// In the picture, both smoothed.
    pub alike: f32,
    /// In depth, both smoothed.
    pub depth: f32,
}

impl Jerk {
    /// Over the stretches that both tracks have.
    pub(super) fn measure(made: &Track, source: &Track) -> Self {
        let [smooth_made, smooth_source] = [smoothed(made), smoothed(source)];
        let mut jerk = Self::default();
        for start in 0..made.len().min(source.len()) {
            let four = |track: &Track| third(track.get(start..start + 4)?);
            let (Some(raw), Some(made), Some(source)) =
                (four(made), four(&smooth_made), four(&smooth_source))
            else {
                continue;
            };
            let picture = |all: &[Vec3; 6]| all.iter().map(|d| f64::from(d.truncate().length())).sum::<f64>();
            let depth = |all: &[Vec3; 6]| all.iter().map(|d| f64::from(d.z.abs())).sum::<f64>();
            let add = |sums: &mut [f64; 2], pair: [f64; 2]| {
                sums.iter_mut().zip(pair).for_each(|(sum, value)| *sum += value);
            };
            add(&mut jerk.picture, [picture(&raw), picture(&source)]);
            add(&mut jerk.alike, [picture(&made), picture(&source)]);
            add(&mut jerk.depth, [depth(&made), depth(&source)]);
        }
        jerk
    }

    /// Takes another's in.
    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.picture, other.picture),
            (&mut self.alike, other.alike),
            (&mut self.depth, other.depth),
        ];
        for (sums, theirs) in pairs {
            sums.iter_mut().zip(theirs).for_each(|(sum, value)| *sum += value);
        }
    }

    /// The ratios; None where the source has no jerk.
    pub(super) fn ratio(&self) -> Option<JerkRatio> {
        let ratio = |[made, source]: [f64; 2]| (source > 0.0).then(|| (made / source) as f32);
        let (picture, alike) = (ratio(self.picture)?, ratio(self.alike)?);
        Some(JerkRatio { picture, alike, depth: ratio(self.depth)? })
    }
}

/// The third differences of four frames.
fn third(four: &[Option<[Vec3; 6]>]) -> Option<[Vec3; 6]> {
    let &[Some(a), Some(b), Some(c), Some(d)] = four else { return None };
    Some(std::array::from_fn(|i| d[i] - 3.0 * c[i] + 3.0 * b[i] - a[i]))
}

fn smoothed(track: &Track) -> Track {
    const WEIGHTS: [f32; 7] =
        [-2.0 / 21.0, 3.0 / 21.0, 6.0 / 21.0, 7.0 / 21.0, 6.0 / 21.0, 3.0 / 21.0, -2.0 / 21.0];
    let at = |i: usize| {
        let window = track.get(i.checked_sub(3)?..i + 4)?;
        let mut sum = [Vec3::ZERO; 6];
        for (points, weight) in window.iter().zip(WEIGHTS) {
            let points = points.as_ref()?;
            sum.iter_mut().zip(points).for_each(|(s, p)| *s += *p * weight);
        }
        Some(sum)
    };
    (0..track.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(at: impl Fn(f32) -> f32) -> Track {
        (0..40).map(|i| Some([Vec3::new(at(i as f32), 0.0, at(i as f32 + 5.0)); 6])).collect()
    }

    #[test]
    fn the_same_slow_movement_has_the_same_jerk() {
        let wave = track(|t| (t * 0.2).sin());
        let ratio = Jerk::measure(&wave, &wave).ratio().unwrap();
        assert!((0.95..1.1).contains(&ratio.picture), "{ratio:?}");
        assert_eq!((ratio.alike, ratio.depth), (1.0, 1.0));
    }

    #[test]
    fn trembling_counts_where_the_motion_is_taken_as_it_is() {
        let wave = track(|t| (t * 0.2).sin());
        let rough = track(|t| (t * 0.2).sin() + if (t as usize).is_multiple_of(2) { 0.05 } else { 0.0 });
        let ratio = Jerk::measure(&rough, &wave).ratio().unwrap();
        assert!(ratio.picture > 5.0 && ratio.alike < ratio.picture / 3.0, "{ratio:?}");
    }

    #[test]
    fn frames_without_the_hand_do_not_count() {
        let mut wave = track(|t| t * t * t);
        wave.iter_mut().skip(12).for_each(|frame| *frame = None);
        let jerk = Jerk::measure(&track(|t| t * t * t), &wave);
        // Six of a cubic in each of six points, in the three stretches that smoothing leaves.
        assert!((jerk.picture[0] - 6.0 * 6.0 * 3.0).abs() < 0.1, "{jerk:?}");
    }
}
