//! What face, head and trunk do in a sign.

use super::error::suggestion;
use crate::body::{ArKit, FaceWeights};
use glam::Quat;
use std::f32::consts::TAU;

/// An expression held through the stroke.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FaceMark(&'static [(ArKit, f32)]);

const FACES: [(&str, FaceMark); 15] = {
    use ArKit::*;
    [
        (
            "brows-up",
            FaceMark(&[
                (BrowInnerUp, 0.8),
                (BrowOuterUpLeft, 0.7),
                (BrowOuterUpRight, 0.7),
                (EyeWideLeft, 0.2),
                (EyeWideRight, 0.2),
            ]),
        ),
        (
            "brows-down",
            FaceMark(&[
                (BrowDownLeft, 0.8),
                (BrowDownRight, 0.8),
                (EyeSquintLeft, 0.25),
                (EyeSquintRight, 0.25),
            ]),
        ),
        ("worried", FaceMark(&[(BrowInnerUp, 0.8), (MouthFrownLeft, 0.3), (MouthFrownRight, 0.3)])),
        (
            "smile",
            FaceMark(&[
                (MouthSmileLeft, 0.6),
                (MouthSmileRight, 0.6),
                (CheekSquintLeft, 0.3),
                (CheekSquintRight, 0.3),
            ]),
        ),
        (
            "frown",
            FaceMark(&[
                (MouthFrownLeft, 0.7),
                (MouthFrownRight, 0.7),
                (BrowDownLeft, 0.3),
                (BrowDownRight, 0.3),
            ]),
        ),
        ("puff", FaceMark(&[(CheekPuff, 0.8), (MouthPucker, 0.3)])),
        ("pucker", FaceMark(&[(MouthPucker, 0.8)])),
        ("funnel", FaceMark(&[(MouthFunnel, 0.7), (JawOpen, 0.12)])),
        ("open", FaceMark(&[(JawOpen, 0.4)])),
        ("press", FaceMark(&[(MouthPressLeft, 0.7), (MouthPressRight, 0.7), (MouthRollLower, 0.3)])),
        ("stretch", FaceMark(&[(MouthStretchLeft, 0.7), (MouthStretchRight, 0.7), (JawOpen, 0.06)])),
        ("wide", FaceMark(&[(EyeWideLeft, 0.7), (EyeWideRight, 0.7)])),
        (
            "squint",
            FaceMark(&[
                (EyeSquintLeft, 0.7),
                (EyeSquintRight, 0.7),
                (CheekSquintLeft, 0.3),
                (CheekSquintRight, 0.3),
            ]),
        ),
        ("closed", FaceMark(&[(EyeBlinkLeft, 0.9), (EyeBlinkRight, 0.9)])),
        (
            "sneer",
            FaceMark(&[
                (NoseSneerLeft, 0.6),
                (NoseSneerRight, 0.6),
                (MouthUpperUpLeft, 0.3),
                (MouthUpperUpRight, 0.3),
            ]),
        ),
    ]
};

impl FaceMark {
    /// Marks separated by blanks.
    pub(super) fn parse_list(words: &str) -> Result<Vec<FaceMark>, String> {
        words.split_whitespace().map(|word| find(word, &FACES)).collect()
    }

    /// All of them on one face, the stronger weight where two use one shape.
    pub(super) fn face(marks: &[FaceMark]) -> FaceWeights {
        let mut face = FaceWeights::NEUTRAL;
        for (shape, weight) in marks.iter().flat_map(|mark| mark.0) {
            face[*shape] = face[*shape].max(*weight);
        }
        face
    }
}

/// What the head does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadMark {
    Nod,
    Shake,
    Up,
    Down,
    Left,
    Right,
    TiltLeft,
    TiltRight,
}

impl HeadMark {
    const NAMES: [(&str, HeadMark); 8] = [
        ("nod", HeadMark::Nod),
        ("shake", HeadMark::Shake),
        ("up", HeadMark::Up),
        ("down", HeadMark::Down),
        ("left", HeadMark::Left),
        ("right", HeadMark::Right),
        ("tilt-left", HeadMark::TiltLeft),
        ("tilt-right", HeadMark::TiltRight),
    ];

    pub(super) fn parse(word: &str) -> Result<HeadMark, String> {
        find(word, &Self::NAMES)
    }

    /// `chest_from_head` at `t` (0 to 1) of a stroke of that length.
    pub(super) fn rotation(self, t: f32, seconds: f32) -> Quat {
        // About one and a half shakes or nods a second, whole ones, so that the head ends straight.
        let wave = (TAU * (1.5 * seconds).round().max(1.0) * t).sin();
        match self {
            HeadMark::Nod => Quat::from_rotation_x(0.16 * wave),
            HeadMark::Shake => Quat::from_rotation_y(0.26 * wave),
            HeadMark::Up => Quat::from_rotation_x(-0.18),
            HeadMark::Down => Quat::from_rotation_x(0.2),
            HeadMark::Left => Quat::from_rotation_y(0.35),
            HeadMark::Right => Quat::from_rotation_y(-0.35),
            HeadMark::TiltLeft => Quat::from_rotation_z(-0.22),
            HeadMark::TiltRight => Quat::from_rotation_z(0.22),
        }
    }
}

/// What the trunk and shoulders do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyMark {
    Forward,
    Back,
    Left,
    Right,
    Shrug,
}

impl BodyMark {
    const NAMES: [(&str, BodyMark); 5] = [
        ("forward", BodyMark::Forward),
        ("back", BodyMark::Back),
        ("left", BodyMark::Left),
        ("right", BodyMark::Right),
        ("shrug", BodyMark::Shrug),
    ];

    pub(super) fn parse(word: &str) -> Result<BodyMark, String> {
        find(word, &Self::NAMES)
    }

    /// `body_from_chest`, and how far both shoulders are raised.
    pub(super) fn torso(self) -> (Quat, f32) {
        match self {
            BodyMark::Forward => (Quat::from_rotation_x(0.10), 0.0),
            BodyMark::Back => (Quat::from_rotation_x(-0.08), 0.0),
            BodyMark::Left => (Quat::from_rotation_y(0.18), 0.0),
            BodyMark::Right => (Quat::from_rotation_y(-0.18), 0.0),
            BodyMark::Shrug => (Quat::IDENTITY, 0.09),
        }
    }
}

fn find<T: Copy>(word: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    found.ok_or_else(|| {
        format!("{word:?} is not known{}", suggestion(word, known.iter().map(|(name, _)| *name)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec3;

    #[test]
    fn the_head_turns_the_way_it_says() {
        let nose = |mark: HeadMark| mark.rotation(0.25, 0.7) * Vec3::Z;
        assert!(nose(HeadMark::Left).x > 0.3);
        assert!(nose(HeadMark::Up).y > 0.1);
        assert!((HeadMark::TiltRight.rotation(0.0, 0.7) * Vec3::Y).x < -0.1);
    }

    #[test]
    fn nods_and_shakes_end_straight() {
        for mark in [HeadMark::Nod, HeadMark::Shake] {
            assert!(mark.rotation(1.0, 0.83).angle_between(Quat::IDENTITY) < 1e-3);
        }
    }
}
