//! An utterance as landmarks, for `.pose` files and for models.

use super::{Interpreter, Utterance};
use crate::body::{Camera, Motion, Skeleton, filmed};
use crate::pose::PoseSequence;

impl Interpreter {
    /// The 543 Holistic landmarks of every frame of an utterance, at its motion's rate.
    ///
    /// As in MediaPipe's own `.pose` files: pixels of a 1000 × 1000 picture in which a shoulder width
    /// is 250, the middle between the shoulders at (500, 450), x right in the picture (the signer's
    /// left), y down; z is scaled like x and negative toward the viewer, for all components from one
    /// origin. Points have confidence 1, legs 0.
    pub fn landmarks(utterance: &Utterance) -> PoseSequence {
        of_motion(&utterance.motion)
    }
}

/// As [`Interpreter::landmarks`], of any motion.
pub(super) fn of_motion(motion: &Motion) -> PoseSequence {
    filmed(motion, Skeleton::reference(), &Camera::REFERENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Articulation;
    use crate::interpreter::{Coverage, Plan};
    use std::sync::Arc;

    #[test]
    fn the_signer_stands_upright_in_the_picture() {
        let coverage = Coverage { content_words: 0, signed_words: 0, spelled_words: 0 };
        let plan = Plan { text: String::new(), signs: vec![], omitted: vec![], coverage, notices: vec![] };
        let motion = Motion { fps: 60.0, frames: vec![Articulation::neutral(); 3] };
        let utterance =
            Utterance { plan: Arc::new(plan), motion: Arc::new(motion), spans: vec![], blended: Vec::new() };
        let sequence = Interpreter::landmarks(&utterance);
        assert_eq!((sequence.frame_count(), sequence.point_count()), (3, 543));
        let frame = sequence.frame(1);
        let (nose, left, right, wrist) = (frame[0], frame[11], frame[12], frame[15]);
        assert!(nose.y < left.y && left.x > right.x && wrist.y > left.y);
        assert!((left.x - right.x - 250.0).abs() < 5.0);
        assert!(nose.z < left.z);
        assert_eq!(sequence.frame_confidences(1)[27], 0.0);
        let inside = frame.iter().all(|p| (0.0..1000.0).contains(&p.x) && (0.0..1000.0).contains(&p.y));
        assert!(inside);
    }
}
