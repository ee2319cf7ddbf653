//! Whether a clip moves as a signer does: how much, how smoothly, with bones of one length, with hands.
//!
//! Distances forgive what these catch: the mean pose is near to everything and does not move; tokens that
//! flicker are near and jerk; a hand that is left out costs nothing in many of them. All is measured in
//! the body's frame ([`PoseSequence::to_body_frame`]), in shoulder widths. Speeds are the picture's, x and
//! y: a single camera's depth is guessed anew each frame. Bones are measured in 3-d.

mod bones;
mod motion;

use crate::pose::{LandmarkError, PoseSequence};
use serde::Serialize;

/// Slower hands than this stand still, shoulder widths a second: some 4 cm/s.
pub const STILL: f64 = 0.1;

/// What is measured of one clip. None where there is nothing to measure: a part that is never seen in two
/// frames that follow each other, say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kinematics {
    /// Length, seconds.
    pub seconds: f64,
    /// Mean speed of the hands' points, shoulder widths a second.
    pub hand_energy: Option<f64>,
    /// Mean speed of shoulders, elbows and wrists, shoulder widths a second.
    pub body_energy: Option<f64>,
    /// Mean size of the third difference of wrists, shoulder widths per second cubed.
    pub jerk: Option<f64>,
    /// Standard deviation over mean of a bone's length over time, mean over the bones of arms and hands.
    pub bone_variation: Option<f64>,
    /// Share of frames in which the left and the right hand are seen.
    pub hand_presence: [f64; 2],
    /// Share of steps from frame to frame in which no wrist is faster than [`STILL`].
    pub still_share: Option<f64>,
    /// Speed of the faster wrist that 95 % of the steps stay below, shoulder widths a second.
    pub top_speed: Option<f64>,
    /// Diagonal of the box in the picture that the wrists stay in, shoulder widths.
    pub extent: Option<f64>,
}

/// One number of [`Kinematics`], for reports.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it is.
    pub definition: &'static str,
    /// It, of a clip.
    pub of: fn(&Kinematics) -> Option<f64>,
}

impl Kinematics {
    /// Measures a clip in whatever unit and layout it is; MediaPipe's names are looked for.
    ///
    /// # Errors
    /// [`LandmarkError`] if the shoulders are never seen: there is nothing to scale by.
    pub fn of(clip: &PoseSequence) -> Result<Kinematics, LandmarkError> {
        let clip = clip.to_body_frame()?;
        let wrists = motion::wrists(&clip);
        let steps = motion::fastest_steps(&clip, &wrists);
        Ok(Kinematics {
            seconds: clip.frame_count() as f64 / f64::from(clip.fps),
            hand_energy: motion::energy(&clip, &motion::hand_points(&clip)),
            body_energy: motion::energy(&clip, &motion::body_points(&clip)),
            jerk: motion::jerk(&clip, &wrists),
            bone_variation: bones::variation(&clip),
            hand_presence: motion::presence(&clip),
            still_share: motion::share(&steps, |speed| speed < STILL),
            top_speed: motion::quantile(steps, 0.95),
            extent: motion::extent(&clip, &wrists),
        })
    }

    /// All that is reported.
    pub const QUANTITIES: [Quantity; 10] = [
        Quantity { name: "length", unit: "s", definition: "frames over the rate", of: |k| Some(k.seconds) },
        Quantity {
            name: "hand energy",
            unit: "widths/s",
            definition: "mean speed of the hands' points in the picture",
            of: |k| k.hand_energy,
        },
        Quantity {
            name: "body energy",
            unit: "widths/s",
            definition: "mean speed of shoulders, elbows and wrists in the picture",
            of: |k| k.body_energy,
        },
        Quantity {
            name: "jerk",
            unit: "widths/s³",
            definition: "mean size of the wrists' third difference over time",
            of: |k| k.jerk,
        },
        Quantity {
            name: "bone variation",
            unit: "of the mean",
            definition: "standard deviation over mean of a bone's length in 3-d, mean over arms and hands",
            of: |k| k.bone_variation,
        },
        Quantity {
            name: "left hand seen",
            unit: "share",
            definition: "frames in which the left hand is seen",
            of: |k| Some(k.hand_presence[0]),
        },
        Quantity {
            name: "right hand seen",
            unit: "share",
            definition: "frames in which the right hand is seen",
            of: |k| Some(k.hand_presence[1]),
        },
        Quantity {
            name: "still",
            unit: "share",
            definition: "steps in which no wrist is faster than 0.1 shoulder widths a second",
            of: |k| k.still_share,
        },
        Quantity {
            name: "top speed",
            unit: "widths/s",
            definition: "speed of the faster wrist that 95 % of the steps stay below",
            of: |k| k.top_speed,
        },
        Quantity {
            name: "extent",
            unit: "widths",
            definition: "diagonal of the box in the picture that the wrists stay in",
            of: |k| k.extent,
        },
    ];
}

/// How alike two clips are in which hands are seen: the share of the recording's frames in which both show
/// the same hands, the made clip being read at the same share of its length. 1 is best. None without frames.
pub fn hand_agreement(hypothesis: &PoseSequence, reference: &PoseSequence) -> Option<f64> {
    let (made, recorded) = (hypothesis.frame_count(), reference.frame_count());
    if made == 0 || recorded == 0 {
        return None;
    }
    let same = (0..recorded).filter(|&frame| {
        let other = frame * (made - 1) / (recorded - 1).max(1);
        motion::hands_seen(hypothesis, other) == motion::hands_seen(reference, frame)
    });
    Some(same.count() as f64 / recorded as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::distance::testing::signer;
    use crate::pose::holistic;

    fn near(found: Option<f64>, expected: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < 1e-4 * expected.abs().max(1.0), "{found} {expected}");
    }

    #[test]
    fn hands_that_rise_evenly_have_that_speed_and_no_jerk() {
        // 12 pixels a frame, 25 frames a second, shoulders 200 pixels apart.
        let found = Kinematics::of(&signer(11, 0.0)).unwrap();
        near(found.hand_energy, 1.5);
        // Of six joints the two wrists move.
        near(found.body_energy, 0.5);
        near(found.top_speed, 1.5);
        near(found.still_share, 0.0);
        // Two wrists a width apart, ten steps of 0.06 up.
        near(found.extent, 1f64.hypot(0.6));
        assert!(found.jerk.unwrap() < 0.1 && (found.seconds - 0.44).abs() < 1e-9);
        assert_eq!(found.hand_presence, [1.0, 1.0]);
    }

    #[test]
    fn a_clip_that_stands_is_still_and_one_that_flickers_jerks() {
        let mut still = signer(8, 0.0);
        let first = still.positions[..543].to_vec();
        still.positions = std::iter::repeat_n(first, 8).flatten().collect();
        let found = Kinematics::of(&still).unwrap();
        near(found.hand_energy, 0.0);
        near(found.still_share, 1.0);
        near(found.bone_variation, 0.0);
        let mut flickering = still.clone();
        for frame in (0..8).step_by(2) {
            for side in [15, 16] {
                flickering.positions[frame * 543 + side].x += 4.0;
            }
            for point in holistic::LEFT_HAND.start..holistic::POINTS {
                flickering.positions[frame * 543 + point].x += 4.0;
            }
        }
        // ±0.02 widths: the third difference is eight times half of it.
        near(Kinematics::of(&flickering).unwrap().jerk, 0.08 * 25f64.powi(3));
    }

    #[test]
    fn bones_that_change_their_length_are_told() {
        let steady = Kinematics::of(&signer(8, 0.0)).unwrap().bone_variation.unwrap();
        let mut rubber = signer(8, 0.0);
        for frame in 0..8 {
            for point in 1..21 {
                let wrist = rubber.positions[frame * 543 + 501];
                let at = &mut rubber.positions[frame * 543 + 501 + point];
                *at = wrist + (*at - wrist) * (1.0 + 0.1 * (frame % 2) as f32);
            }
        }
        assert!(Kinematics::of(&rubber).unwrap().bone_variation.unwrap() > steady + 0.01);
    }

    #[test]
    fn hands_that_are_not_seen_are_counted_and_compared_at_the_same_share_of_the_clip() {
        let whole = signer(8, 0.0);
        let mut half = signer(4, 0.0);
        for frame in 0..2 {
            half.confidences[frame * 543..][holistic::LEFT_HAND].fill(0.0);
        }
        assert_eq!(Kinematics::of(&half).unwrap().hand_presence, [0.5, 1.0]);
        assert_eq!(hand_agreement(&whole, &half), Some(0.5));
        assert_eq!(hand_agreement(&half, &half), Some(1.0));
        assert_eq!(hand_agreement(&half.slice(0..0), &whole), None);
        let mut without = half.clone();
        for frame in without.confidences.chunks_exact_mut(543) {
            frame[501..].fill(0.0);
        }
        assert_eq!(Kinematics::of(&without).unwrap().hand_energy, None);
    }
}
