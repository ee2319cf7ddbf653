//! What of a clip's landmarks tells one sign from another: where the hands go and what shape they have.
//!
//! Everything is seen from the front, in shoulder widths from midway between the shoulders. Depth is
//! left out: a single camera's model guesses it. The clip begins and ends at rest, whatever that looks
//! like, and only what is between is compared.

use crate::pose::{LandmarkError, PoseSequence, holistic};
use glam::Vec2;

/// A wrist that is no farther from where the clip began or ended is at rest, shoulder widths.
const AT_REST: f32 = 0.15;
/// A hand that was not found for so long is taken from the frames around, seconds.
const BRIDGED_SECONDS: f32 = 0.16;
/// The shape's weight beside the wrist's place: a hand is about half a shoulder width long, so its
/// points lie closer together than places do.
const SHAPE_WEIGHT: f32 = 2.0;
/// The mean distance of points between a shape that is known and one that is not: about that of two
/// different ones.
const UNKNOWN_SHAPE: f32 = 0.08;

/// The left and the right hand in one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    hands: [HandLook; 2],
}

#[derive(Clone, Debug, PartialEq)]
struct HandLook {
    wrist: Vec2,
    /// The points from the wrist; none if the hand was not found.
    shape: Option<Box<[Vec2; 21]>>,
}

/// A clip's hands, from the frame in which one leaves rest to that in which both are back.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    looks: Vec<Look>,
}

impl Track {
    /// Takes the hands from the 543 landmarks of a clip, in whatever unit it has them.
    ///
    /// # Errors
    /// [`LandmarkError`] if the shoulders are never seen, or a point of the layout is missing.
    pub fn new(clip: &PoseSequence) -> Result<Track, LandmarkError> {
        let clip = clip.to_body_frame()?;
        let mut looks: Vec<Look> = (0..clip.frame_count()).map(|frame| look(&clip, frame)).collect();
        bridge(&mut looks, (BRIDGED_SECONDS * clip.fps).round() as usize);
        let (Some(start), Some(end)) = (looks.first(), looks.last()) else { return Ok(Track { looks }) };
        let first = looks.iter().position(|look| !look.rests_like(start));
        let last = looks.iter().rposition(|look| !look.rests_like(end));
        // A signer who never leaves rest: the clip is all there is.
        let (Some(first), Some(last)) = (first, last) else { return Ok(Track { looks }) };
        Ok(Track { looks: looks.drain(first.min(last)..=last).collect() })
    }

    /// The frames.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }
}

impl Look {
    /// How different two frames look, about in shoulder widths.
    pub fn distance(&self, other: &Look) -> f32 {
        self.hands.iter().zip(&other.hands).map(|(a, b)| a.distance(b)).sum()
    }

    fn rests_like(&self, rest: &Look) -> bool {
        self.hands.iter().zip(&rest.hands).all(|(hand, rest)| hand.wrist.distance(rest.wrist) < AT_REST)
    }
}

impl HandLook {
    fn distance(&self, other: &HandLook) -> f32 {
        let shape = match (&self.shape, &other.shape) {
            (Some(a), Some(b)) => a.iter().zip(b.iter()).map(|(p, q)| p.distance(*q)).sum::<f32>() / 21.0,
            (None, None) => 0.0,
            _ => UNKNOWN_SHAPE,
        };
        self.wrist.distance(other.wrist) + SHAPE_WEIGHT * shape
    }
}

fn look(clip: &PoseSequence, frame: usize) -> Look {
    let (points, seen) = (clip.frame(frame), clip.frame_confidences(frame));
    let hand = |range: std::ops::Range<usize>, body_wrist: usize| {
        let found = seen[range.start] > 0.0;
        let wrist = if found { points[range.start] } else { points[body_wrist] }.truncate();
        let shape = found.then(|| {
            let mut shape = Box::new([Vec2::ZERO; 21]);
            for (place, point) in shape.iter_mut().zip(&points[range]) {
                *place = point.truncate() - wrist;
            }
            shape
        });
        HandLook { wrist, shape }
    };
    Look { hands: [hand(holistic::LEFT_HAND, 15), hand(holistic::RIGHT_HAND, 16)] }
}

/// Gives a hand that was not found for at most `longest` frames the shape between those around.
fn bridge(looks: &mut [Look], longest: usize) {
    for side in 0..2 {
        let mut before: Option<(usize, Box<[Vec2; 21]>)> = None;
        for at in 0..looks.len() {
            let Some(shape) = looks[at].hands[side].shape.clone() else { continue };
            if let Some((from, old)) = &before
                && at - from <= longest + 1
            {
                for (step, between) in looks[from + 1..at].iter_mut().enumerate() {
                    let t = (step + 1) as f32 / (at - from) as f32;
                    between.hands[side].shape =
                        Some(Box::new(std::array::from_fn(|k| old[k].lerp(shape[k], t))));
                }
            }
            before = Some((at, shape));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Articulation, HandShape, Motion, Place, Side};
    use crate::eval::round_trip::dtw;
    use crate::interpreter::{Coverage, Interpreter, Plan, Utterance};
    use std::sync::Arc;

    fn clip(change: impl Fn(&mut Articulation)) -> PoseSequence {
        let mut pose = Articulation::neutral();
        change(&mut pose);
        let coverage = Coverage { content_words: 0, signed_words: 0, spelled_words: 0 };
        let plan = Plan { text: String::new(), signs: vec![], omitted: vec![], coverage, notices: vec![] };
        let mut frames = vec![Articulation::neutral(); 3];
        frames.extend(vec![pose; 6]);
        frames.push(Articulation::neutral());
        let motion = Motion { fps: 25.0, frames };
        Interpreter::landmarks(&Utterance {
            plan: Arc::new(plan),
            motion: Arc::new(motion),
            spans: vec![],
            blended: Vec::new(),
        })
    }

    fn raised(shape: HandShape, place: Place) -> PoseSequence {
        clip(|pose| {
            let arm = pose.arm_mut(Side::Right);
            arm.wrist = place.position();
            arm.shape = shape;
        })
    }

    #[test]
    fn rest_is_cut_off_unless_there_is_nothing_else() {
        let track = Track::new(&raised(HandShape::FLAT, Place::Neutral)).unwrap();
        assert_eq!(track.looks().len(), 6);
        assert_eq!(Track::new(&clip(|_| ())).unwrap().looks().len(), 10);
    }

    #[test]
    fn a_shape_is_nearer_to_itself_elsewhere_on_screen_than_to_another_shape_in_its_place() {
        let mut fist = HandShape::FLAT;
        fist.fingers = [crate::body::FingerAngles::from_degrees(85.0, 0.0, 100.0, 60.0); 4];
        let flat = Track::new(&raised(HandShape::FLAT, Place::Neutral)).unwrap();
        let mut moved = raised(HandShape::FLAT, Place::Neutral);
        moved.positions.iter_mut().for_each(|p| *p = *p * 0.7 + glam::Vec3::new(60.0, 40.0, 0.0));
        let moved = Track::new(&moved).unwrap();
        let closed = Track::new(&raised(fist, Place::Neutral)).unwrap();
        let high = Track::new(&raised(HandShape::FLAT, Place::NeutralHigh)).unwrap();
        let [to_moved, to_closed, to_high] =
            [&moved, &closed, &high].map(|other| dtw::distance(flat.looks(), other.looks()));
        assert!(to_moved < 1e-3 && to_closed > 0.05 && to_high > 0.3, "{to_moved} {to_closed} {to_high}");
    }

    #[test]
    fn a_hand_that_was_lost_for_a_moment_is_bridged_and_one_lost_for_long_is_not() {
        let whole = raised(HandShape::FLAT, Place::Neutral);
        let lose = |frames: std::ops::Range<usize>| {
            let mut clip = whole.clone();
            for frame in frames {
                clip.confidences[frame * 543..][holistic::RIGHT_HAND].fill(0.0);
            }
            Track::new(&clip).unwrap()
        };
        let track = Track::new(&whole).unwrap();
        assert!(dtw::distance(track.looks(), lose(5..7).looks()) < 1e-3);
        assert!(dtw::distance(track.looks(), lose(3..9).looks()) > 0.1);
    }
}
