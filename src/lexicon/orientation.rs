//! How a hand is turned, from words: where the palm faces and where the fingers point.
//!
//! Words are the signer's. `in` and `out` depend on the hand: `in` is toward the other hand.
//! Several words joined by `-` mix evenly (`up-out`); a number before a word weighs it
//! (`up-2away` points twice as much away as up).

use super::error::suggestion;
use crate::body::Side;
use glam::{Mat3, Quat, Vec3};

/// The words, and their direction for the right hand, body frame.
const WORDS: [(&str, Vec3); 8] = [
    ("up", Vec3::Y),
    ("down", Vec3::NEG_Y),
    ("left", Vec3::X),
    ("right", Vec3::NEG_X),
    ("in", Vec3::X),
    ("out", Vec3::NEG_X),
    ("away", Vec3::Z),
    ("toward", Vec3::NEG_Z),
];

/// The unit direction of words such as `up`, `in-toward` or `up-2away`, for one side's hand.
///
/// # Errors
/// Says which word is not known and which is nearest, or that the words cancel out.
pub(super) fn direction(words: &str, side: Side) -> Result<Vec3, String> {
    let mut sum = Vec3::ZERO;
    for word in words.split('-') {
        let name = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let weight: f32 = match &word[..word.len() - name.len()] {
            "" => 1.0,
            digits => digits.parse().map_err(|_| format!("{digits:?} is not a weight"))?,
        };
        let vector = WORDS.iter().find(|(known, _)| *known == name).map(|(_, v)| *v).ok_or_else(|| {
            format!("direction {name:?} is not known{}", suggestion(name, WORDS.map(|(w, _)| w)))
        })?;
        let relative = matches!(name, "in" | "out") && side == Side::Left;
        sum += weight * if relative { -vector } else { vector };
    }
    sum.try_normalize().ok_or_else(|| format!("direction {words:?} cancels out to nothing"))
}

/// `chest_from_hand` for a hand whose fingers point along `fingers` and whose palm faces `palm` as
/// nearly as is square to that. None where the two are along one line.
pub(super) fn palm_rotation(side: Side, palm: Vec3, fingers: Vec3) -> Option<Quat> {
    let along = fingers.try_normalize()?;
    let up = (-palm).reject_from_normalized(along).try_normalize()?;
    let x = along * side.sign();
    Some(Quat::from_mat3(&Mat3::from_cols(x, up, x.cross(up))))
}

/// The same hand as a signer presents it: one that points at the viewer with its edge toward them shows
/// nothing of its shape, so it is turned a little at the wrist. Palms that face up or down are bent
/// back, which shows them; palms that face sideways are bent inward, as forearms come together.
pub(super) fn presented(side: Side, chest_from_hand: Quat) -> Quat {
    const MOST: f32 = 0.5;
    let fingers = chest_from_hand * (Vec3::X * side.sign());
    let palm = chest_from_hand * Vec3::NEG_Y;
    let pointing = fingers.z.max(0.0).powi(2);
    let edge_on = 1.0 - palm.z.abs();
    let sideways = palm.x * palm.x - palm.y * palm.y;
    let flexion = MOST * pointing * edge_on * sideways;
    let axis = fingers.cross(palm).normalize_or(Vec3::X);
    (Quat::from_axis_angle(axis, flexion) * chest_from_hand).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit() -> impl Strategy<Value = Vec3> {
        (-1.0f32..1.0, -1.0f32..1.0, -1.0f32..1.0)
            .prop_filter_map("not zero", |(x, y, z)| Vec3::new(x, y, z).try_normalize())
    }

    proptest! {
        #[test]
        fn palm_and_fingers_are_where_they_were_asked_for(palm in unit(), fingers in unit()) {
            prop_assume!(palm.cross(fingers).length() > 0.1);
            for side in Side::BOTH {
                let turn = palm_rotation(side, palm, fingers).unwrap();
                prop_assert!((turn * (Vec3::X * side.sign()) - fingers).length() < 1e-4);
                let square = palm.reject_from_normalized(fingers).normalize_or(Vec3::ZERO);
                prop_assert!((turn * Vec3::NEG_Y - square).length() < 1e-4);
            }
        }
    }

    #[test]
    fn hands_that_point_at_the_viewer_show_themselves_and_others_are_left_alone() {
        let turned = |side, palm: &str, fingers: &str| {
            let hand = palm_rotation(side, direction(palm, side).unwrap(), direction(fingers, side).unwrap());
            let shown = presented(side, hand.unwrap());
            (shown * Vec3::NEG_Y, shown * (Vec3::X * side.sign()), hand.unwrap().angle_between(shown))
        };
        for side in Side::BOTH {
            let (palm, fingers, _) = turned(side, "up", "away");
            assert!(palm.z > 0.4 && fingers.y < -0.4, "{side:?} {palm} {fingers}");
            let (palm, fingers, _) = turned(side, "down", "away");
            assert!(palm.z > 0.4 && fingers.y > 0.4, "{side:?} {palm} {fingers}");
            let (palm, fingers, _) = turned(side, "in", "away");
            assert!(palm.z < -0.4 && fingers.x * side.sign() < -0.4, "{side:?} {palm} {fingers}");
            for (palm, fingers) in [("away", "up"), ("toward", "in"), ("down", "in"), ("in", "up")] {
                assert!(turned(side, palm, fingers).2 < 1e-3, "{palm} {fingers}");
            }
        }
    }

    #[test]
    fn the_t_pose_is_palms_down_and_fingers_outward() {
        for side in Side::BOTH {
            let fingers = direction("out", side).unwrap();
            let turn = palm_rotation(side, Vec3::NEG_Y, fingers).unwrap();
            assert!(turn.angle_between(Quat::IDENTITY) < 1e-3, "{side:?}");
        }
    }

    #[test]
    fn the_thumb_of_a_raised_right_hand_that_faces_the_viewer_is_on_the_left() {
        let turn = palm_rotation(Side::Right, Vec3::Z, Vec3::Y).unwrap();
        assert!((turn * Vec3::Z - Vec3::X).length() < 1e-6);
    }

    #[test]
    fn a_direction_that_is_not_known_names_the_nearest() {
        assert_eq!(
            direction("up-awya", Side::Right).unwrap_err(),
            "direction \"awya\" is not known; did you mean \"away\"?"
        );
        assert!(direction("up-down", Side::Right).unwrap_err().contains("cancels"));
    }
}
