//! Fills the gaps of a track: short ones are bridged, long ones ease to rest and back.
//!
//! What moves when it is lost goes on a little, slowing down, and what is found again comes as it is
//! found: so velocity has no step at either end.

use crate::body::maths;

/// How gaps are filled.
#[derive(Clone, Copy, Debug)]
pub(in crate::retarget) struct Filling<T> {
    /// Gaps of up to so many frames are bridged from side to side. `usize::MAX`: all of them, and those
    /// at the ends hold the nearest value.
    pub(in crate::retarget) bridge: usize,
    /// How long easing to rest takes, frames.
    pub(in crate::retarget) ease: f32,
    /// What longer gaps ease to.
    pub(in crate::retarget) rest: T,
}

/// What moves when it is lost coasts for about so many frames.
const COAST: f32 = 1.0;

/// The track without gaps, and which of its frames were bridged and which eased.
pub(in crate::retarget) fn fill<T: Clone>(
    track: Vec<Option<T>>,
    filling: &Filling<T>,
    lerp: impl Fn(&T, &T, f32) -> T,
) -> (Vec<T>, [Vec<bool>; 2]) {
    let mut flags = [vec![false; track.len()], vec![false; track.len()]];
    let mut filled: Vec<T> = Vec::with_capacity(track.len());
    let mut at = 0;
    while at < track.len() {
        if let Some(value) = &track[at] {
            filled.push(value.clone());
            at += 1;
            continue;
        }
        let end = (at..track.len()).find(|&i| track[i].is_some()).unwrap_or(track.len());
        let gap = Gap { track: &track, at, end };
        let bridged = gap.is_within(filling.bridge);
        for i in at..end {
            filled.push(gap.value(i, bridged, filling, &lerp));
        }
        if filling.bridge < usize::MAX {
            flags[usize::from(!bridged)][at..end].fill(true);
        }
        at = end;
    }
    (filled, flags)
}

/// Frames on end that show nothing.
struct Gap<'a, T> {
    track: &'a [Option<T>],
    at: usize,
    end: usize,
}

impl<T: Clone> Gap<'_, T> {
    fn seen(&self, i: Option<usize>) -> Option<&T> {
        self.track.get(i?)?.as_ref()
    }

    /// What was seen last and first again.
    fn ends(&self) -> [Option<&T>; 2] {
        [self.seen(self.at.checked_sub(1)), self.seen(Some(self.end))]
    }

    fn is_within(&self, bridge: usize) -> bool {
        bridge == usize::MAX || (self.end - self.at <= bridge && self.ends().iter().all(Option::is_some))
    }

    fn value(&self, i: usize, bridged: bool, filling: &Filling<T>, lerp: &impl Fn(&T, &T, f32) -> T) -> T {
        let (since, until) = ((i + 1 - self.at) as f32, (self.end - i) as f32);
        let before = coasted(self.ends()[0], self.seen(self.at.checked_sub(2)), since, lerp);
        let after = coasted(self.ends()[1], self.seen(Some(self.end + 1)), until, lerp);
        match (before, after) {
            (Some(a), Some(b)) if bridged => lerp(&a, &b, maths::minimum_jerk(since / (since + until))),
            (Some(_), None) | (None, Some(_)) if bridged => {
                self.ends().into_iter().flatten().next().unwrap_or(&filling.rest).clone()
            }
            (a, b) => {
                let mut value = filling.rest.clone();
                if let Some(a) = a {
                    value = lerp(&value, &a, 1.0 - maths::minimum_jerk(since / filling.ease));
                }
                if let Some(b) = b {
                    value = lerp(&value, &b, 1.0 - maths::minimum_jerk(until / filling.ease));
                }
                value
            }
        }
    }
}

/// A value some frames away from where it was seen, going on as it went and slowing down.
fn coasted<T: Clone>(
    end: Option<&T>,
    beyond: Option<&T>,
    frames: f32,
    lerp: &impl Fn(&T, &T, f32) -> T,
) -> Option<T> {
    let end = end?;
    let Some(beyond) = beyond else { return Some(end.clone()) };
    let coast = COAST * (1.0 - (-frames / COAST).exp());
    Some(lerp(beyond, end, 1.0 + coast))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lerp(a: &f32, b: &f32, t: f32) -> f32 {
        a + (b - a) * t
    }

    fn filled(at: impl Fn(f32) -> f32, gap: std::ops::Range<usize>, filling: &Filling<f32>) -> Vec<f32> {
        let track = (0..60).map(|i| (!gap.contains(&i)).then(|| at(i as f32))).collect();
        fill(track, filling, lerp).0
    }

    const FILLING: Filling<f32> = Filling { bridge: 6, ease: 9.0, rest: 0.0 };

    proptest! {
        #[test]
        fn a_gap_in_a_slow_swing_is_bridged_close_to_it(
            start in 4usize..48, length in 1usize..6, pace in 0.05f32..0.3, phase in 0.0f32..6.3,
        ) {
            let swing = |t: f32| (pace * t + phase).sin();
            let values = filled(swing, start..start + length, &FILLING);
            // The sagitta of the arc that is lost, and half as much again.
            let most = 1.5 * (1.0 - (0.5 * pace * (length + 1) as f32).cos()) + 0.02;
            for (i, value) in values.iter().enumerate().skip(start).take(length) {
                prop_assert!((value - swing(i as f32)).abs() < most, "{i}: {value}");
            }
        }

        #[test]
        fn no_step_is_greater_than_the_way_there_takes(
            start in 4usize..30, length in 7usize..25, slope in -0.2f32..0.2,
        ) {
            let values = filled(|t| 1.0 + slope * (t - 30.0), start..start + length, &FILLING);
            let most = values.iter().map(|v| v.abs()).fold(0.0, f32::max);
            // Minimum jerk is at most 1.875 times as fast as its mean; coasting adds its own.
            let limit = 1.875 * 2.0 * most / FILLING.ease + 2.0 * slope.abs();
            for pair in values.windows(2) {
                prop_assert!((pair[1] - pair[0]).abs() <= limit + 1e-4, "{} of {limit}", pair[1] - pair[0]);
            }
        }
    }

    #[test]
    fn a_long_gap_reaches_rest_and_both_kinds_are_told_apart() {
        let mut track: Vec<Option<f32>> = vec![Some(1.0); 60];
        track[5..8].fill(None);
        track[20..50].fill(None);
        let (values, [bridged, eased]) = fill(track, &FILLING, lerp);
        assert_eq!(values[35], 0.0);
        assert_eq!((bridged.iter().filter(|b| **b).count(), eased.iter().filter(|e| **e).count()), (3, 30));
        assert!(bridged[6] && eased[35]);
    }

    #[test]
    fn what_has_no_rest_holds_at_the_ends() {
        let mut track: Vec<Option<f32>> = vec![None; 20];
        track[8] = Some(2.0);
        let filling = Filling { bridge: usize::MAX, ..FILLING };
        assert_eq!(fill(track, &filling, lerp).0, vec![2.0; 20]);
    }
}
