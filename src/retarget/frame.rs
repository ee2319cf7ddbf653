//! One frame of landmarks by meaning, whatever layout and unit they came in.

use super::RetargetError;
use crate::body::{FACE_POINTS, Side};
use crate::pose::{ImageSize, PoseSequence, holistic};
use glam::Vec3;

/// Body points that arms, trunk and head are read from: indices into [`Frame::body`].
pub(crate) mod body {
    pub(crate) const NOSE: usize = 0;
    pub(crate) const SHOULDERS: [usize; 2] = [11, 12];
    pub(crate) const ELBOWS: [usize; 2] = [13, 14];
    pub(crate) const WRISTS: [usize; 2] = [15, 16];
    pub(crate) const HIPS: [usize; 2] = [23, 24];
}

/// Landmarks of one instant in the body frame; a point that was not seen is NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// MediaPipe's 33 body points.
    pub body: [Vec3; 33],
    /// Left and right hand's 21 points, where the hand was found.
    pub hands: [Option<[Vec3; 21]>; 2],
    /// The face mesh's 468 points, where a face was found; points that the layout lacks are NaN.
    pub face: Option<Box<[Vec3; FACE_POINTS]>>,
}

impl Frame {
    /// Nothing seen.
    pub fn unseen() -> Self {
        Self { body: [Vec3::NAN; 33], hands: [None; 2], face: None }
    }

    /// From the 543 Holistic landmarks in the body frame, all of them seen.
    pub fn from_landmarks(points: &[Vec3]) -> Self {
        let mut frame = Self::unseen();
        let at = |i: usize| points.get(i).copied().unwrap_or(Vec3::NAN);
        frame.body = std::array::from_fn(at);
        let ranges = [holistic::LEFT_HAND, holistic::RIGHT_HAND];
        frame.hands = ranges.map(|range| whole(std::array::from_fn(|i| at(range.start + i))));
        frame.face = Some(Box::new(std::array::from_fn(|i| at(holistic::FACE.start + i))));
        frame
    }

    /// Midway between the shoulders; NaN where one was not seen.
    pub(crate) fn shoulder_middle(&self) -> Vec3 {
        body::SHOULDERS.map(|i| self.body[i]).into_iter().sum::<Vec3>() / 2.0
    }

    /// Midway between the hips; NaN where one was not seen.
    pub(crate) fn hip_middle(&self) -> Vec3 {
        body::HIPS.map(|i| self.body[i]).into_iter().sum::<Vec3>() / 2.0
    }

    /// Each of its points changed.
    fn map(&mut self, f: impl Fn(Vec3) -> Vec3) {
        let hands = self.hands.iter_mut().flatten().flatten();
        let face = self.face.iter_mut().flat_map(|face| face.iter_mut());
        for point in self.body.iter_mut().chain(hands).chain(face) {
            *point = f(*point);
        }
    }
}

fn whole(points: [Vec3; 21]) -> Option<[Vec3; 21]> {
    points.iter().all(|p| p.is_finite()).then_some(points)
}

/// Where each point of a frame is in a layout.
struct Columns {
    body: [Option<usize>; 33],
    hands: [[Option<usize>; 21]; 2],
    face: Option<Vec<Option<usize>>>,
}

/// A body point of lower confidence is not looked at. Low: the model knows fairly well where a cropped
/// elbow or a hidden hand must be, and one that comes and goes is worse than one a little off.
const LEAST_VISIBILITY: f32 = 0.1;

impl Columns {
    fn find(sequence: &PoseSequence) -> Self {
        let layout = &sequence.layout;
        let hand = |component: &str| holistic::HAND_NAMES.map(|name| layout.point(component, name));
        let face = layout
            .component_range("FACE_LANDMARKS")
            .map(|_| (0..FACE_POINTS).map(|i| layout.point("FACE_LANDMARKS", &i.to_string())).collect());
        Self {
            body: holistic::BODY_NAMES.map(|name| layout.point("POSE_LANDMARKS", name)),
            hands: [hand("LEFT_HAND_LANDMARKS"), hand("RIGHT_HAND_LANDMARKS")],
            face,
        }
    }

    fn read(&self, positions: &[Vec3], confidences: &[f32]) -> Frame {
        let at = |column: Option<usize>, least: f32| {
            let seen = column.filter(|&i| confidences.get(i).is_some_and(|&c| c > least));
            seen.and_then(|i| positions.get(i).copied()).unwrap_or(Vec3::NAN)
        };
        let mut frame = Frame::unseen();
        frame.body = self.body.map(|column| at(column, LEAST_VISIBILITY));
        frame.hands = self.hands.map(|columns| whole(columns.map(|column| at(column, 0.0))));
        frame.face = self.face.as_ref().and_then(|columns| {
            let points: [Vec3; FACE_POINTS] = std::array::from_fn(|i| at(columns[i], 0.0));
            points.iter().any(|p| p.is_finite()).then(|| Box::new(points))
        });
        frame
    }
}

/// All frames of a sequence, in the body frame: shoulder widths, origin midway between the
/// shoulders (the clip's median), x to the signer's left, y up, z toward the viewer.
///
/// The sequence may be in pixels (y down) or in the body frame already (y up, no picture), which is
/// kept: the nose is above the shoulders in one of the two only.
///
/// # Errors
/// [`RetargetError::NoBody`] where the layout has no shoulders or no frame shows both.
pub fn frames(sequence: &PoseSequence) -> Result<Vec<Frame>, RetargetError> {
    let columns = Columns::find(sequence);
    let mut frames: Vec<Frame> = (0..sequence.frame_count())
        .map(|i| columns.read(sequence.frame(i), sequence.frame_confidences(i)))
        .collect();
    let with_shoulders = || frames.iter().filter(|f| f.shoulder_middle().is_finite());
    let mut widths: Vec<f32> = with_shoulders()
        .map(|f| Side::BOTH.map(|s| f.body[body::SHOULDERS[s as usize]]))
        .map(|[left, right]| left.truncate().distance(right.truncate()))
        .collect();
    let width = median(&mut widths).filter(|w| *w > 1e-6).ok_or(RetargetError::NoBody)?;
    let middle = median_point(with_shoulders().map(Frame::shoulder_middle)).ok_or(RetargetError::NoBody)?;
    let above = median(
        &mut with_shoulders().map(|f| f.body[body::NOSE].y - f.shoulder_middle().y).collect::<Vec<_>>(),
    );
    let up = if above.is_some_and(|y| y > 0.0) { 1.0 } else { -1.0 };
    if up > 0.0 && (0.85..1.15).contains(&width) && sequence.size == ImageSize::default() {
        return Ok(frames);
    }
    let scale = Vec3::new(1.0, up, up) / width;
    for frame in &mut frames {
        frame.map(|p| (p - middle) * scale);
    }
    Ok(frames)
}

/// The middle of some numbers; NaNs are passed over. None of none.
pub(crate) fn median(values: &mut Vec<f32>) -> Option<f32> {
    quantile(values, 0.5)
}

/// The value that a share of the numbers lies below; NaNs are passed over. None of none.
pub(crate) fn quantile(values: &mut Vec<f32>, share: f32) -> Option<f32> {
    values.retain(|v| v.is_finite());
    values.sort_by(f32::total_cmp);
    let last = values.len().checked_sub(1)?;
    values.get((last as f32 * share).round() as usize).copied()
}

/// The median of each coordinate.
pub(crate) fn median_point(points: impl Iterator<Item = Vec3> + Clone) -> Option<Vec3> {
    let coordinate = |i: usize| median(&mut points.clone().map(|p| p[i]).collect());
    Some(Vec3::new(coordinate(0)?, coordinate(1)?, coordinate(2)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Articulation, Skeleton};
    use crate::pose::Layout;

    #[test]
    fn pixels_and_the_body_frame_give_the_same_frames() {
        let points = Skeleton::reference().landmarks(&Articulation::neutral());
        let mut upright = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, 1);
        upright.positions.copy_from_slice(&points);
        upright.confidences.fill(1.0);
        let mut pixels = upright.clone();
        for p in &mut pixels.positions {
            *p = Vec3::new(250.0 + 200.0 * p.x, 220.0 - 200.0 * p.y, -200.0 * p.z);
        }
        let (a, b) = (frames(&upright).unwrap(), frames(&pixels).unwrap());
        assert!((a[0].body[15] - b[0].body[15]).length() < 1e-4);
        assert!((a[0].body[15] - points[15]).length() < 1e-4);
    }

    #[test]
    fn a_sequence_without_anybody_is_refused() {
        let empty = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, 3);
        assert!(matches!(frames(&empty), Err(RetargetError::NoBody)));
    }
}
