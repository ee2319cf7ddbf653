//! How long everything takes, at any speed.
//!
//! The length of an utterance at speed *v* is
//!
//! ```text
//! lead + Σ λ·stroke / r(v) + Σ max(T/v, T_least) + Σ max(h/v, min(h, h_least)) + retraction
//! ```
//!
//! - *stroke*: a sign's own length, λ = 1.12 before a boundary (boundary-final lengthening;
//!   Huenerfauth 2009), else 1; *r(v)* = *v* up to 1 and *v*^0.6 above it, so that fast signing is
//!   made by moving faster between signs more than by blurring the signs themselves;
//! - *T*: a transition, 150 to 300 ms by distance, longer only where a hand could not move so fast;
//! - *h*: a letter's hold, 350 to 450 ms, or a pause; at speed 2 these do not fall below the least.
//!
//! Below speed 1 everything is stretched alike: slow motion is for looking closely.

/// Boundary-final lengthening.
pub(super) const FINAL_LENGTHENING: f32 = 1.12;
/// A letter's hold at speed 1, seconds, and how much longer the first and last letters are held.
pub(super) const LETTER_HOLD: f32 = 0.35;
/// Added to the first and the last letter's hold.
pub(super) const LETTER_EDGE_HOLD: f32 = 0.09;
/// A letter's own movement is not slower than this, seconds.
pub(super) const LETTER_STROKE_LONGEST: f32 = 0.6;
/// The slide of the second of two equal letters, seconds.
pub(super) const SLIDE: f32 = 0.22;
/// Stillness before the first movement and after the last, seconds.
pub(super) const EDGE: f32 = 0.1;

/// Bounds on what a hand does in a transition at speed 1.
pub(super) mod bounds {
    /// Wrist, shoulder widths a second.
    pub(crate) const WRIST: f32 = 5.7;
    /// Palm, radians a second.
    pub(crate) const PALM: f32 = 17.0;
    /// Any finger joint, radians a second.
    pub(crate) const FINGER: f32 = 24.0;
    /// A minimum-jerk movement's greatest speed over its mean speed.
    pub(crate) const PEAK: f32 = 1.875;
}

/// The rule of time at one speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    speed: f32,
}

impl Pace {
    /// The slowest and the fastest speed.
    pub const SPEEDS: std::ops::RangeInclusive<f32> = 0.25..=2.0;

    /// The pace of a speed, brought within [`Self::SPEEDS`]; 1 where it is not a number.
    pub fn new(speed: f32) -> Self {
        let speed = if speed.is_nan() { 1.0 } else { speed };
        Self { speed: speed.clamp(*Self::SPEEDS.start(), *Self::SPEEDS.end()) }
    }

    /// The speed itself.
    pub fn speed(self) -> f32 {
        self.speed
    }

    /// A sign's own movement of `seconds` at speed 1.
    pub fn stroke(self, seconds: f32) -> f32 {
        let rate = if self.speed > 1.0 { self.speed.powf(0.6) } else { self.speed };
        seconds / rate
    }

    /// A hold or pause of `seconds` at speed 1: shrinks down to `least`.
    pub fn still(self, seconds: f32, least: f32) -> f32 {
        (seconds / self.speed).max(seconds.min(least))
    }

    /// A transition of `seconds` at speed 1: shrinks to seven tenths at most.
    pub fn transition(self, seconds: f32) -> f32 {
        (seconds / self.speed).max(0.7 * seconds)
    }
}

/// How long a hand takes for a distance (shoulder widths), a turn of the palm and the greatest
/// change of a finger joint (radians), seconds at speed 1.
pub(super) fn transition_seconds(distance: f32, turn: f32, finger: f32) -> f32 {
    use bounds::*;
    // Arcs are longer than straight lines, and hands carry on a little where signs end moving.
    const DETOUR: f32 = 1.2;
    (0.15 + 0.22 * distance)
        .clamp(0.15, 0.30)
        .max(PEAK * DETOUR * distance / WRIST)
        .max(PEAK * turn / (super::carry::PALM_BY * PALM))
        .max(PEAK * finger / (super::carry::SHAPE_BY * FINGER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faster_is_never_longer_and_slow_motion_is_uniform() {
        let mut last = f32::INFINITY;
        for step in 1..=8 {
            let pace = Pace::new(step as f32 * 0.25);
            let length = pace.stroke(0.6) + pace.still(0.4, 0.22) + pace.transition(0.25);
            assert!(length < last);
            last = length;
        }
        let slow = Pace::new(0.5);
        assert_eq!(slow.stroke(0.6), 1.2);
        assert_eq!(slow.still(0.4, 0.2), 0.8);
        assert_eq!(slow.transition(0.25), 0.5);
    }

    #[test]
    fn signs_are_sped_less_than_what_joins_them() {
        let fast = Pace::new(2.0);
        assert!(fast.stroke(1.0) > fast.transition(1.0) - 0.1 && fast.stroke(1.0) > 0.6);
        assert_eq!(Pace::new(7.0).speed(), 2.0);
        assert_eq!(Pace::new(f32::NAN).speed(), 1.0);
    }

    #[test]
    fn near_transitions_take_150_to_300_milliseconds() {
        for distance in [0.0, 0.1, 0.3, 0.7] {
            let seconds = transition_seconds(distance, 0.3, 0.3);
            assert!((0.15..=0.301).contains(&seconds), "{distance}: {seconds}");
        }
        assert!(transition_seconds(1.5, 0.0, 0.0) > 0.5);
    }
}
