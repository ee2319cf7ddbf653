//! The body's points over time: calm where nothing moves, quick where something does.
//! [LandmarksSmoothingCalculator, VisibilitySmoothingCalculator]
//!
//! The one-euro filter: a low pass whose cutoff rises with speed. Speed is counted in sizes of the body, so that
//! near and far people are smoothed alike. Arithmetic is 64-bit with states of 32 bits, as the reference has it.
//!
//! Géry Casiez, Nicolas Roussel, Daniel Vogel: 1€ Filter. CHI 2012.

use glam::Vec3;
use std::f64::consts::TAU;
use std::time::Duration;

/// What filters do until two frames say how far apart they are.
const FIRST_FREQUENCY_HZ: f64 = 30.0;

/// Bodies smaller than this are not smoothed.
const SMALLEST_OBJECT: f32 = 1e-6;

/// How much a filter calms; in 32 bits, as the graph's options are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calm {
    /// The cutoff at rest, Hz.
    pub(super) min_cutoff: f32,
    /// How the cutoff rises with speed.
    pub(super) beta: f32,
    /// The cutoff of the speed itself, Hz.
    pub(super) derivate_cutoff: f32,
}

/// A number that follows another.
#[derive(Clone, Copy, Debug, Default)]
struct LowPass {
    /// The last number that came, and the last that went; none before the first.
    last: Option<[f32; 2]>,
}

impl LowPass {
    fn next(&mut self, value: f32, alpha: f32) -> f32 {
        let smooth = self.last.map_or(value, |[_, smooth]| {
            (f64::from(alpha * value) + (1.0 - f64::from(alpha)) * f64::from(smooth)) as f32
        });
        self.last = Some([value, smooth]);
        smooth
    }
}

/// The weight of a new value in a low pass of a cutoff, Hz.
fn alpha(cutoff: f64, frequency: f64) -> f32 {
    let period = 1.0 / frequency;
    let constant = 1.0 / (TAU * cutoff);
    (1.0 / (1.0 + constant / period)) as f32
}

#[derive(Clone, Copy, Debug, Default)]
struct OneEuro {
    value: LowPass,
    speed: LowPass,
}

impl OneEuro {
    fn next(&mut self, calm: Calm, frequency: f64, scale: f64, value: f32) -> f32 {
        let speed =
            self.value.last.map_or(0.0, |[raw, _]| (f64::from(value) - f64::from(raw)) * scale * frequency);
        let speed = self.speed.next(speed as f32, alpha(f64::from(calm.derivate_cutoff), frequency));
        let cutoff = f64::from(calm.min_cutoff) + f64::from(calm.beta) * f64::from(speed).abs();
        self.value.next(value, alpha(cutoff, frequency))
    }
}

/// Smooths `N` points.
#[derive(Clone, Debug)]
pub(super) struct PointSmoothing<const N: usize> {
    calm: Calm,
    state: Box<[[OneEuro; 3]; N]>,
    frequency_hz: f64,
    last_time: Option<Duration>,
}

impl<const N: usize> PointSmoothing<N> {
    /// Before the first frame.
    pub(super) fn new(calm: Calm) -> Self {
        let state = Box::new([[OneEuro::default(); 3]; N]);
        Self { calm, state, frequency_hz: FIRST_FREQUENCY_HZ, last_time: None }
    }

    /// Forgets what was.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.calm);
    }

    /// Smooths a frame's points in place. `object_size` is in their unit; none where speed is absolute. A frame
    /// that is not later than the last one stays as it is.
    pub(super) fn smooth(&mut self, points: &mut [Vec3; N], object_size: Option<f32>, time: Duration) {
        let is_later = self.last_time.is_none_or(|last| time > last);
        if !is_later || object_size.is_some_and(|size| size < SMALLEST_OBJECT) {
            return;
        }
        if let Some(last) = self.last_time {
            self.frequency_hz = 1.0 / ((time - last).as_nanos() as f64 * 1e-9);
        }
        self.last_time = Some(time);
        let scale = object_size.map_or(1.0, |size| f64::from(1.0 / size));
        let (calm, frequency) = (self.calm, self.frequency_hz);
        for (point, state) in points.iter_mut().zip(self.state.iter_mut()) {
            for axis in 0..3 {
                point[axis] = state[axis].next(calm, frequency, scale, point[axis]);
            }
        }
    }
}

/// Smooths `N` visibilities, by the same weight whatever the time.
#[derive(Clone, Debug)]
pub(super) struct VisibilitySmoothing<const N: usize> {
    state: [LowPass; N],
}

/// The weight of a new visibility.
const VISIBILITY_ALPHA: f32 = 0.1;

impl<const N: usize> VisibilitySmoothing<N> {
    /// Before the first frame.
    pub(super) fn new() -> Self {
        Self { state: [LowPass::default(); N] }
    }

    /// Smooths a frame's visibilities in place.
    pub(super) fn smooth(&mut self, visibility: &mut [f32; N]) {
        for (value, state) in visibility.iter_mut().zip(&mut self.state) {
            *value = state.next(*value, VISIBILITY_ALPHA);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CALM: Calm = Calm { min_cutoff: 0.05, beta: 80.0, derivate_cutoff: 1.0 };

    fn smoothed(xs: &[f32], step: Duration) -> Vec<f32> {
        let mut filter = PointSmoothing::<1>::new(CALM);
        let frame = |(at, x): (usize, &f32)| {
            let mut points = [Vec3::new(*x, 0.0, 0.0)];
            filter.smooth(&mut points, Some(200.0), step * at as u32);
            points[0].x
        };
        xs.iter().enumerate().map(frame).collect()
    }

    const FRAME: Duration = Duration::from_micros(33_333);

    #[test]
    fn the_first_frame_stays_as_it_is() {
        assert_eq!(smoothed(&[7.5], FRAME), [7.5]);
    }

    #[test]
    fn jitter_is_calmed_and_a_quick_move_is_followed() {
        let jitter: Vec<f32> = (0..60).map(|at| if at % 2 == 0 { 100.0 } else { 100.5 }).collect();
        let calm = smoothed(&jitter, FRAME);
        let spread = |values: &[f32]| values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f32>();
        assert!(spread(&calm[30..]) < 0.5 * spread(&jitter[30..]), "{calm:?}");
        let jump = [vec![100.0; 10], vec![300.0; 5]].concat();
        assert!(smoothed(&jump, FRAME)[12] > 290.0);
    }

    #[test]
    fn a_frame_that_is_not_later_is_left_alone() {
        assert_eq!(smoothed(&[1.0, 9.0, 4.0], Duration::ZERO), [1.0, 9.0, 4.0]);
    }

    #[test]
    fn visibility_follows_by_a_tenth() {
        let mut filter = VisibilitySmoothing::<1>::new();
        let mut follow = |value: f32| {
            let mut values = [value];
            filter.smooth(&mut values);
            values[0]
        };
        assert_eq!(follow(1.0), 1.0);
        assert!((follow(0.0) - 0.9).abs() < 1e-6 && (follow(0.0) - 0.81).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn smoothing_stays_within_what_came(xs in prop::collection::vec(-500.0_f32..500.0, 1..40)) {
            let (low, high) = xs.iter().fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
            for x in smoothed(&xs, FRAME) {
                prop_assert!((low - 1e-3..=high + 1e-3).contains(&x));
            }
        }
    }
}
