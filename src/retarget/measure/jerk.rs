//! Jerk: how much smoother or rougher a motion is than its source.
//!
//! Third differences of wrists and fingertips in the picture plane. The source is smoothed first
//! (Savitzky and Golay 1964, 7 frames, quadratic), because what a landmark model adds is no movement.

use glam::Vec2;

/// The points that are followed of one hand; None in frames that do not show it.
pub(super) type Track = Vec<Option<[Vec2; 6]>>;

/// Sums of the sizes of third differences: of what was made, and of the smoothed source, over the
/// stretches that both have.
pub(super) fn jerk(made: &Track, source: &Track) -> [f64; 2] {
    let smooth = smoothed(source);
    let mut sums = [0.0; 2];
    for (made, source) in made.windows(4).zip(smooth.windows(4)) {
        if let (Some(made), Some(source)) = (third(made), third(source)) {
            sums[0] += made;
            sums[1] += source;
        }
    }
    sums
}

/// The third differences' sizes of four frames, summed over the points.
fn third(four: &[Option<[Vec2; 6]>]) -> Option<f64> {
    let &[Some(a), Some(b), Some(c), Some(d)] = four else { return None };
    let size = |i: usize| f64::from((d[i] - 3.0 * c[i] + 3.0 * b[i] - a[i]).length());
    Some((0..6).map(size).sum())
}

fn smoothed(track: &Track) -> Track {
    const WEIGHTS: [f32; 7] =
        [-2.0 / 21.0, 3.0 / 21.0, 6.0 / 21.0, 7.0 / 21.0, 6.0 / 21.0, 3.0 / 21.0, -2.0 / 21.0];
    let at = |i: usize| {
        let window = track.get(i.checked_sub(3)?..i + 4)?;
        let mut sum = [Vec2::ZERO; 6];
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
        (0..40).map(|i| Some([Vec2::new(at(i as f32), 0.0); 6])).collect()
    }

    #[test]
    fn the_same_slow_movement_has_the_same_jerk_and_a_rough_one_more() {
        let wave = track(|t| (t * 0.2).sin());
        let [made, source] = jerk(&wave, &wave);
        assert!((0.95..1.1).contains(&(made / source)), "{}", made / source);
        let rough = track(|t| (t * 0.2).sin() + if (t as usize).is_multiple_of(2) { 0.05 } else { 0.0 });
        let [made, source] = jerk(&rough, &wave);
        assert!(made / source > 5.0);
    }

    #[test]
    fn frames_without_the_hand_do_not_count() {
        let mut wave = track(|t| t * t * t);
        wave.iter_mut().skip(12).for_each(|frame| *frame = None);
        let [made, source] = jerk(&track(|t| t * t * t), &wave);
        assert!(made > 0.0 && source > 0.0 && made < 6.0 * 6.0 * 4.0, "{made} {source}");
    }
}
