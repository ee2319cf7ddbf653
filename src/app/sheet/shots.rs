//! What stands on a sheet: poses, and from where each is looked at.

use crate::avatar::Model;
use crate::body::{
    ArKit, Arm, Articulation, Bone, FaceWeights, FingerAngles, Hand, HandShape, Place, Side, ThumbAngles,
};
use crate::lexicon::{Category, Handshapes, Lexicon, LexiconError, SignClip};
use crate::retarget::{Posed, Proportions, RetargetError, RigSolver};
use crate::stage::View;
use glam::{Mat3, Quat, Vec3};

/// A part of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Part {
    /// The face at rest from three sides.
    Face,
    /// Expressions.
    Expressions,
    /// Ten handshapes, from the palm and from the back.
    Hands,
    /// Every letter at its hold.
    Letters,
    /// Arms: hands that touch chin, chest and each other, and bent elbows.
    Arms,
}

/// A cell of the sheet.
#[derive(Clone, Debug)]
pub struct Shot {
    /// What it shows.
    pub label: String,
    /// The pose.
    pub pose: Articulation,
    /// From where it is looked at.
    pub view: View,
}

/// Handshapes of the lexicon that differ most in what they ask of a hand's form.
const HANDSHAPES: [&str; 10] = ["flat", "five", "fist", "point", "v", "y", "o", "c", "f", "claw"];

/// Face shapes by name and weight that an expression wears.
type Expression = (&'static str, &'static [(ArKit, f32)]);

const EXPRESSIONS: [Expression; 17] = {
    use ArKit::*;
    [
        ("blink", &[(EyeBlinkLeft, 1.0), (EyeBlinkRight, 1.0)]),
        (
            "brows up",
            &[
                (BrowInnerUp, 1.0),
                (BrowOuterUpLeft, 1.0),
                (BrowOuterUpRight, 1.0),
                (EyeWideLeft, 0.4),
                (EyeWideRight, 0.4),
            ],
        ),
        (
            "brows down",
            &[(BrowDownLeft, 1.0), (BrowDownRight, 1.0), (EyeSquintLeft, 0.4), (EyeSquintRight, 0.4)],
        ),
        (
            "smile",
            &[(MouthSmileLeft, 0.9), (MouthSmileRight, 0.9), (CheekSquintLeft, 0.5), (CheekSquintRight, 0.5)],
        ),
        ("frown", &[(MouthFrownLeft, 1.0), (MouthFrownRight, 1.0)]),
        ("jaw open", &[(JawOpen, 0.8)]),
        ("pucker", &[(MouthPucker, 1.0)]),
        ("funnel", &[(MouthFunnel, 1.0), (JawOpen, 0.25)]),
        ("stretch", &[(MouthStretchLeft, 1.0), (MouthStretchRight, 1.0), (JawOpen, 0.15)]),
        ("cheeks puffed", &[(CheekPuff, 1.0)]),
        (
            "lips pressed",
            &[(MouthPressLeft, 1.0), (MouthPressRight, 1.0), (MouthRollLower, 0.5), (MouthRollUpper, 0.5)],
        ),
        (
            "sneer",
            &[(NoseSneerLeft, 1.0), (NoseSneerRight, 1.0), (MouthUpperUpLeft, 0.6), (MouthUpperUpRight, 0.6)],
        ),
        ("lip bite (f)", &[(MouthRollLower, 0.8), (MouthUpperUpLeft, 0.35), (MouthUpperUpRight, 0.35)]),
        ("eyes to own left", &[(EyeLookOutLeft, 1.0), (EyeLookInRight, 1.0)]),
        ("eyes to own right", &[(EyeLookInLeft, 1.0), (EyeLookOutRight, 1.0)]),
        ("eyes up", &[(EyeLookUpLeft, 1.0), (EyeLookUpRight, 1.0)]),
        ("tongue out", &[(JawOpen, 0.35), (TongueOut, 1.0)]),
    ]
};

/// The shots of one part, for one avatar.
///
/// # Errors
/// Where the lexicon lacks a handshape or cannot read a letter.
pub fn shots(
    part: Part,
    look: &Look,
    lexicon: &Lexicon,
    handshapes: &Handshapes,
) -> Result<Vec<Shot>, LexiconError> {
    Ok(match part {
        Part::Face => faces(look),
        Part::Expressions => expressions(look),
        Part::Hands => hands(look, handshapes),
        Part::Letters => letters(look, lexicon)?,
        Part::Arms => arms(look),
    })
}

/// Views of one avatar.
pub struct Look<'a> {
    model: &'a Model,
    /// Measured once: that takes longer than the rest of a shot.
    proportions: Proportions,
    solver: RigSolver,
}

impl<'a> Look<'a> {
    /// Of an avatar.
    ///
    /// # Errors
    /// If the avatar cannot sign.
    pub fn new(model: &'a Model) -> Result<Self, RetargetError> {
        let proportions = model.proportions();
        let solver = RigSolver::new(&proportions)?;
        Ok(Self { model, proportions, solver })
    }

    /// The head, as large as a cell takes it.
    fn head(&self, turn: f32) -> View {
        let width = self.model.shoulder_width();
        let centre = match self.model.rest_position(Bone::Head) {
            Some(head) => head + Vec3::new(0.0, 0.22, 0.10) * width,
            None => self.model.body_origin() + Vec3::Y * 0.62 * width,
        };
        View { centre, height: 1.02 * width, turn, free_below: 0.0 }
    }

    /// The face, as large as a cell takes it.
    fn face(&self) -> View {
        let head = self.head(0.0);
        let width = self.model.shoulder_width();
        View { centre: head.centre - Vec3::Y * 0.05 * width, height: 0.70 * width, ..head }
    }

    /// Head, trunk and both arms.
    fn upper_body(&self, turn: f32) -> View {
        let width = self.model.shoulder_width();
        let centre = self.model.body_origin() + Vec3::new(0.0, -0.05, 0.1) * width;
        View { centre, height: 2.35 * width, turn, free_below: 0.0 }
    }

    /// The hands of those sides, wherever the avatar has them.
    fn hands(&self, pose: &Articulation, sides: &[Side]) -> View {
        let posed = Posed::new(&self.proportions, &self.solver.solve(pose)).ok();
        let hand =
            |posed: &Posed, side: &Side| Some(posed.hand(*side)?.map(|point| posed.chest().point(point)));
        // An avatar without fingers is looked at where its hands should be.
        let points: Vec<Vec3> = match &posed {
            Some(posed) => sides.iter().filter_map(|side| hand(posed, side)).flatten().collect(),
            None => Vec::new(),
        };
        if points.is_empty() {
            return self.upper_body(0.0);
        }
        let low = points.iter().copied().reduce(Vec3::min).unwrap_or_default();
        let high = points.iter().copied().reduce(Vec3::max).unwrap_or_default();
        let extent = (high - low).truncate().max_element();
        let height = (1.35 * extent).max(0.68 * self.model.shoulder_width());
        View { centre: low.midpoint(high), height, turn: 0.0, free_below: 0.0 }
    }
}

fn faces(look: &Look) -> Vec<Shot> {
    let shot = |label: &str, turn| Shot {
        label: format!("face, {label}"),
        pose: Articulation::neutral(),
        view: look.head(turn),
    };
    vec![shot("front", 0.0), shot("three quarters", 0.7), shot("side", 1.5)]
}

fn expressions(look: &Look) -> Vec<Shot> {
    let worn = |(label, weights): &Expression| {
        let mut face = FaceWeights::NEUTRAL;
        for (shape, weight) in *weights {
            face[*shape] = *weight;
        }
        let pose = Articulation { face, ..Articulation::neutral() };
        Shot { label: (*label).to_owned(), pose, view: look.face() }
    };
    EXPRESSIONS.iter().map(worn).collect()
}

fn hands(look: &Look, handshapes: &Handshapes) -> Vec<Shot> {
    let mut shots = Vec::new();
    for (side_name, faces) in [("palm", Vec3::Z), ("back", Vec3::NEG_Z)] {
        for name in HANDSHAPES {
            // A name that the lexicon no longer has leaves its cell out.
            let Ok(shape) = handshapes.get(name) else { continue };
            let mut pose = Articulation::neutral();
            *pose.arm_mut(Side::Right) = Arm {
                wrist: Vec3::new(-0.80, -0.05, 0.60),
                palm: palm(Side::Right, Vec3::Y, faces),
                swivel: 0.3,
                shape,
            };
            let view = look.hands(&pose, &[Side::Right]);
            shots.push(Shot { label: format!("{name}, {side_name}"), pose, view });
        }
    }
    shots
}

fn letters(look: &Look, lexicon: &Lexicon) -> Result<Vec<Shot>, LexiconError> {
    let mut shots = Vec::new();
    for (id, entry) in lexicon.entries().filter(|(_, entry)| entry.category == Category::Letter) {
        let SignClip::Notated(motion) = lexicon.clip(id)? else { continue };
        let Some(pose) = motion.frames.last().cloned() else { continue };
        let hangs = pose.arm(Side::Left).wrist.y < -1.2;
        let sides: &[Side] = if hangs { &[Side::Right] } else { &Side::BOTH };
        let view = look.hands(&pose, sides);
        shots.push(Shot { label: entry.gloss.clone(), pose, view });
    }
    Ok(shots)
}

fn arms(look: &Look) -> Vec<Shot> {
    let front = look.upper_body(0.0);
    let mut shots: Vec<Shot> = arm_poses()
        .into_iter()
        .map(|(label, pose)| Shot { label: label.to_owned(), pose, view: front })
        .collect();
    for degrees in [45.0f32, 90.0, 135.0] {
        let label = format!("elbow {degrees}°");
        shots.push(Shot { label, pose: bent_elbow(degrees.to_radians()), view: look.upper_body(-1.1) });
    }
    shots
}

/// An index finger alone, the other fingers and the thumb closed.
fn pointing() -> HandShape {
    let mut shape = closed();
    shape.fingers[0] = FingerAngles::from_degrees(5.0, 0.0, 8.0, 4.0);
    shape
}

fn closed() -> HandShape {
    HandShape {
        thumb: ThumbAngles::from_degrees(45.0, 35.0, 40.0, 35.0),
        fingers: [FingerAngles::from_degrees(85.0, 0.0, 100.0, 60.0); 4],
    }
}

/// `chest_from_hand` of a hand whose straight fingers point and whose palm faces so.
fn palm(side: Side, fingers: Vec3, faces: Vec3) -> Quat {
    let x = fingers.normalize_or(Vec3::X) * side.sign();
    let y = -(faces - faces.project_onto_normalized(x)).normalize_or(x.any_orthonormal_vector());
    Quat::from_mat3(&Mat3::from_cols(x, y, x.cross(y)))
}

/// An arm of which that point of the hand (of MediaPipe's 21) is at a place, chest frame.
fn touching(side: Side, point: usize, at: Vec3, palm: Quat, shape: HandShape) -> Arm {
    let offset = Hand::REFERENCE.points(side, &shape)[point];
    Arm { wrist: at - palm * offset, palm, swivel: 0.35, shape }
}

/// Poses in which skin meets skin or cloth, and the arms are far from rest.
fn arm_poses() -> Vec<(&'static str, Articulation)> {
    use Side::{Left, Right};
    let with = |right: Arm, left: Option<Arm>| {
        let mut pose = Articulation::neutral();
        *pose.arm_mut(Right) = right;
        if let Some(left) = left {
            *pose.arm_mut(Left) = left;
        }
        pose
    };
    let flat = HandShape::FLAT;
    let up_left = Vec3::new(0.5, 1.0, -0.3);
    let chin = touching(
        Right,
        8,
        Place::Chin.position(),
        palm(Right, up_left, Vec3::new(0.3, 0.2, -1.0)),
        pointing(),
    );
    let chest = touching(
        Right,
        9,
        Place::Chest.position() + Vec3::Z * 0.03,
        palm(Right, Vec3::new(1.0, 0.15, 0.0), Vec3::NEG_Z),
        flat,
    );
    let meet = Vec3::new(0.0, -0.35, 0.8);
    let tips = |side: Side| {
        touching(side, 12, meet, palm(side, Vec3::new(-side.sign(), 0.35, 0.1), Vec3::NEG_Z), flat)
    };
    let fists = |side: Side, y: f32| {
        let inward = Vec3::new(-side.sign(), 0.0, 0.0);
        touching(
            side,
            9,
            Vec3::new(0.0, y, 0.75),
            palm(side, Vec3::new(-0.3 * side.sign(), 0.0, 1.0), inward),
            closed(),
        )
    };
    let crossed = |side: Side, z: f32| {
        let at = Vec3::new(-0.30 * side.sign(), -0.10, z);
        touching(side, 9, at, palm(side, Vec3::new(-side.sign(), 0.75, 0.0), Vec3::NEG_Z), flat)
    };
    let raised = |side: Side| Arm {
        wrist: Vec3::new(0.75 * side.sign(), 0.50, 0.45),
        palm: palm(side, Vec3::new(0.15 * side.sign(), 1.0, 0.0), Vec3::Z),
        swivel: 0.2,
        shape: flat,
    };
    vec![
        ("index touches chin", with(chin, None)),
        ("palm on chest", with(chest, None)),
        ("fingertips meet", with(tips(Right), Some(tips(Left)))),
        ("fist on fist", with(fists(Right, -0.25), Some(fists(Left, -0.45)))),
        ("arms crossed", with(crossed(Right, 0.40), Some(crossed(Left, 0.34)))),
        ("both arms raised", with(raised(Right), Some(raised(Left)))),
    ]
}

/// The right upper arm hangs and the forearm is bent forward by so much.
fn bent_elbow(bend: f32) -> Articulation {
    let mut pose = Articulation::neutral();
    let forearm = Vec3::new(0.0, -bend.cos(), bend.sin());
    let elbow = Vec3::new(-0.52, -0.80, -0.02);
    *pose.arm_mut(Side::Right) = Arm {
        wrist: elbow + 0.72 * forearm,
        palm: palm(Side::Right, forearm, Vec3::X),
        swivel: 0.0,
        shape: HandShape::relaxed(),
    };
    pose
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Skeleton;

    #[test]
    fn a_palm_points_and_faces_as_asked() {
        for side in Side::BOTH {
            let turn = palm(side, Vec3::Y, Vec3::Z);
            assert!((turn * Vec3::X * side.sign() - Vec3::Y).length() < 1e-5);
            assert!((turn * Vec3::NEG_Y - Vec3::Z).length() < 1e-5);
        }
    }

    #[test]
    fn a_bent_elbow_is_bent_by_as_much_as_its_label_says() {
        for degrees in [45.0f32, 90.0, 135.0] {
            let joints = Skeleton::reference().joints(&bent_elbow(degrees.to_radians()));
            let upper = joints.elbows[1] - joints.shoulders[1];
            let lower = joints.hands[1][0] - joints.elbows[1];
            assert!((upper.angle_between(lower).to_degrees() - degrees).abs() < 6.0, "{degrees}");
        }
    }

    #[test]
    fn every_handshape_of_the_sheet_is_in_the_lexicon() {
        let handshapes = Handshapes::builtin().unwrap();
        assert!(HANDSHAPES.iter().all(|name| handshapes.get(name).is_ok()));
    }
}
