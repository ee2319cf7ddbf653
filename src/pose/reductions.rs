//! The smaller layouts that the field's models take, and bringing any landmarks to a layout.

use super::{Component, LandmarkError, Layout, PoseSequence};
use std::sync::{Arc, OnceLock};

/// The face mesh points on contours: oval, brows, eyes, lips (MediaPipe's `FACEMESH_CONTOURS`).
#[rustfmt::skip]
const FACE_CONTOURS: [u16; 128] = [
    0, 7, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149,
    150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 172, 173, 176, 178, 181, 185, 191, 234,
    246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308,
    310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375,
    377, 378, 379, 380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415,
    454, 466,
];

/// Ends of the names of body points from the knees down.
const BELOW_THE_HIPS: [&str; 4] = ["_KNEE", "_ANKLE", "_HEEL", "_FOOT_INDEX"];

/// Ends of the names of the body points that the reduced layout keeps.
const LIMB_JOINTS: [&str; 4] = ["_SHOULDER", "_ELBOW", "_WRIST", "_HIP"];

fn ends_with_any(name: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| name.ends_with(end))
}

/// Whether a body point is below the hips.
pub(super) fn is_below_the_hips(point: &str) -> bool {
    ends_with_any(point, &BELOW_THE_HIPS)
}

/// Whether a body point is a hip or below.
pub(super) fn is_leg(point: &str) -> bool {
    point.ends_with("_HIP") || is_below_the_hips(point)
}

fn is_contour(point: &str) -> bool {
    point.parse().is_ok_and(|number: u16| FACE_CONTOURS.binary_search(&number).is_ok())
}

impl Layout {
    /// SignCLIP's 203 points: the whole body, 128 points on the face's contours, both hands.
    pub fn signclip_203() -> Arc<Layout> {
        static LAYOUT: OnceLock<Arc<Layout>> = OnceLock::new();
        LAYOUT.get_or_init(|| Arc::new(reduced_holistic(|_| true))).clone()
    }

    /// SyriSign's 193 points (its paper): the body without hips and legs, 128 points on the face's
    /// contours, both hands.
    pub fn syrisign_193() -> Arc<Layout> {
        static LAYOUT: OnceLock<Arc<Layout>> = OnceLock::new();
        LAYOUT.get_or_init(|| Arc::new(reduced_holistic(|point| !is_leg(point)))).clone()
    }

    /// pose-format's `reduce_holistic`, 178 points: shoulders, elbows, wrists and hips, 128 points on
    /// the face's contours, both hands.
    pub fn reduced_178() -> Arc<Layout> {
        static LAYOUT: OnceLock<Arc<Layout>> = OnceLock::new();
        LAYOUT.get_or_init(|| Arc::new(reduced_holistic(|p| ends_with_any(p, &LIMB_JOINTS)))).clone()
    }

    /// The points that `keep` says yes to (component's name, point's name), with the limbs and
    /// colours between them. Components that lose all their points go.
    pub fn part(&self, keep: impl Fn(&str, &str) -> bool) -> Layout {
        let parts = self.components.iter().map(|c| c.part(|point| keep(&c.name, point)));
        Layout { components: parts.filter(|c| !c.points.is_empty()).collect() }
    }
}

fn reduced_holistic(keep_body: impl Fn(&str) -> bool) -> Layout {
    Layout::holistic_543().part(|component, point| match component {
        "POSE_LANDMARKS" => keep_body(point),
        "FACE_LANDMARKS" => is_contour(point),
        _ => true,
    })
}

impl Component {
    fn part(&self, keep: impl Fn(&str) -> bool) -> Component {
        let mut points = Vec::new();
        let new_index: Vec<Option<u16>> = self
            .points
            .iter()
            .map(|point| {
                keep(point).then(|| {
                    points.push(point.clone());
                    (points.len() - 1) as u16
                })
            })
            .collect();
        let renumber = |point: u16| new_index.get(usize::from(point)).copied().flatten();
        let each_has_a_color = self.colors.len() == self.limbs.len();
        let mut part = Component { points, ..self.clone() };
        part.limbs.clear();
        part.colors.retain(|_| !each_has_a_color);
        for (i, &(from, to)) in self.limbs.iter().enumerate() {
            if let (Some(from), Some(to)) = (renumber(from), renumber(to)) {
                part.limbs.push((from, to));
                part.colors.extend(self.colors.get(i).filter(|_| each_has_a_color));
            }
        }
        part
    }
}

impl PoseSequence {
    /// The points of `layout`, found by the names of component and point. Fails on the first one that
    /// this sequence does not have; [`Self::to_layout`] does not.
    pub fn select(&self, layout: &Arc<Layout>) -> Result<PoseSequence, LandmarkError> {
        for component in &layout.components {
            for point in &component.points {
                self.layout.need_point(&component.name, point)?;
            }
        }
        Ok(self.to_layout(layout))
    }

    /// The points of `layout`, found by the names of component and point; unseen where this sequence
    /// does not have them.
    pub fn to_layout(&self, layout: &Arc<Layout>) -> PoseSequence {
        let sources: Vec<Option<usize>> = layout
            .components
            .iter()
            .flat_map(|c| c.points.iter().map(|point| self.layout.point(&c.name, point)))
            .collect();
        let mut selected = PoseSequence::unseen(layout.clone(), self.size, self.fps, self.frame_count());
        for frame in 0..self.frame_count() {
            let (positions, confidences) = (self.frame(frame), self.frame_confidences(frame));
            let start = frame * sources.len();
            for (i, source) in sources.iter().enumerate() {
                let Some(source) = *source else { continue };
                selected.positions[start + i] = positions[source];
                selected.confidences[start + i] = confidences[source];
            }
        }
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::{FormatError, ImageSize};

    #[test]
    fn the_named_layouts_have_the_numbers_of_points_in_their_names() {
        let parts = |layout: &Layout| layout.components.iter().map(|c| c.points.len()).collect::<Vec<_>>();
        assert_eq!(parts(&Layout::signclip_203()), [33, 128, 21, 21]);
        assert_eq!(parts(&Layout::syrisign_193()), [23, 128, 21, 21]);
        assert_eq!(parts(&Layout::reduced_178()), [8, 128, 21, 21]);
    }

    #[test]
    fn limbs_stay_between_the_points_that_stay() {
        let layout = Layout::reduced_178();
        let body = &layout.components[0];
        let named = |&(a, b): &(u16, u16)| (&*body.points[usize::from(a)], &*body.points[usize::from(b)]);
        let limbs: Vec<_> = body.limbs.iter().map(named).collect();
        assert!(limbs.contains(&("LEFT_SHOULDER", "LEFT_ELBOW")));
        assert_eq!(limbs.len(), 8);
    }

    #[test]
    fn every_layout_can_be_written() -> Result<(), FormatError> {
        for layout in
            [Layout::holistic_543(), Layout::signclip_203(), Layout::syrisign_193(), Layout::reduced_178()]
        {
            let clip = PoseSequence::unseen(layout, ImageSize::default(), 25.0, 1);
            assert_eq!(PoseSequence::from_bytes(&clip.to_bytes()?)?, clip);
        }
        Ok(())
    }

    #[test]
    fn a_missing_part_is_an_error_or_unseen() {
        let whole = Layout::holistic_543();
        let faceless = Arc::new(whole.part(|component, _| component != "FACE_LANDMARKS"));
        let mut clip = PoseSequence::unseen(faceless, ImageSize::default(), 25.0, 2);
        clip.confidences.fill(1.0);
        let error = clip.select(&whole).unwrap_err().to_string();
        assert!(error.contains("FACE_LANDMARKS") && error.contains("LEFT_HAND_LANDMARKS"), "{error}");
        let filled = clip.to_layout(&whole);
        assert_eq!(filled.confidences.iter().filter(|&&c| c == 0.0).count(), 2 * 468);
    }
}
