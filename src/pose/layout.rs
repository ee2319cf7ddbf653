//! Which landmark is which: named components of named points.

use super::LandmarkError;
use std::sync::Arc;

/// One named group of points, as `.pose` headers have them (`POSE_LANDMARKS`, `FACE_LANDMARKS`, …).
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Component {
    /// The component's name.
    pub name: String,
    /// Point names, in the order of the data.
    pub points: Vec<String>,
    /// Pairs of point indices (local to the component) that are drawn as lines.
    pub limbs: Vec<(u16, u16)>,
    /// RGB colours of the limbs; may be fewer than the limbs.
    pub colors: Vec<(u16, u16, u16)>,
    /// Meaning of each number of a point, confidence last: `XYZC`, `XYC`, `XYZKC`.
    pub format: String,
}

/// All components of a sequence, in order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Layout {
    /// The components; points are numbered through them.
    pub components: Vec<Component>,
}

impl Layout {
    /// How many points there are in all.
    pub fn point_count(&self) -> usize {
        self.components.iter().map(|c| c.points.len()).sum()
    }

    /// The index of a component's first point, and how many it has.
    pub fn component_range(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let mut start = 0;
        for component in &self.components {
            let end = start + component.points.len();
            if component.name == name {
                return Some(start..end);
            }
            start = end;
        }
        None
    }

    /// The index of a named point of a named component.
    pub fn point(&self, component: &str, point: &str) -> Option<usize> {
        let range = self.component_range(component)?;
        let parts = &self.components.iter().find(|c| c.name == component)?.points;
        parts.iter().position(|p| p == point).map(|i| range.start + i)
    }

    /// The index of a named point, or an error that says what there is.
    pub fn need_point(&self, component: &str, point: &str) -> Result<usize, LandmarkError> {
        self.point(component, point).ok_or_else(|| LandmarkError::MissingPoint {
            component: component.into(),
            point: point.into(),
            available: self.components.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// How many coordinates a point has: the longest format's, without the confidence.
    pub fn dims(&self) -> usize {
        self.components.iter().map(|c| c.format.len().saturating_sub(1)).max().unwrap_or(0)
    }

    /// This layout with formats of x, y and z only; itself where it has no others.
    pub(super) fn with_known_coordinates(self: &Arc<Self>) -> Arc<Self> {
        let known = |format: &str| matches!(format, "XYC" | "XYZC");
        if self.components.iter().all(|c| known(&c.format)) {
            return self.clone();
        }
        let mut layout = Layout::clone(self);
        for component in layout.components.iter_mut().filter(|c| !known(&c.format)) {
            component.format = if component.format.starts_with("XYZ") { "XYZC" } else { "XYC" }.into();
        }
        Arc::new(layout)
    }

    /// MediaPipe Holistic's 543 points: body 33, face 468, left hand 21, right hand 21.
    pub fn holistic_543() -> Arc<Layout> {
        holistic::layout()
    }
}

/// The 543-point MediaPipe Holistic layout: where each part begins, and the points' names.
pub mod holistic {
    use super::{Component, Layout};
    use std::ops::Range;
    use std::sync::{Arc, OnceLock};

    /// Body points.
    pub const BODY: Range<usize> = 0..33;
    /// Face mesh points.
    pub const FACE: Range<usize> = 33..501;
    /// The signer's left hand.
    pub const LEFT_HAND: Range<usize> = 501..522;
    /// The signer's right hand.
    pub const RIGHT_HAND: Range<usize> = 522..543;
    /// Points in all.
    pub const POINTS: usize = 543;

    /// Names of the 33 body points.
    pub const BODY_NAMES: [&str; 33] = [
        "NOSE",
        "LEFT_EYE_INNER",
        "LEFT_EYE",
        "LEFT_EYE_OUTER",
        "RIGHT_EYE_INNER",
        "RIGHT_EYE",
        "RIGHT_EYE_OUTER",
        "LEFT_EAR",
        "RIGHT_EAR",
        "MOUTH_LEFT",
        "MOUTH_RIGHT",
        "LEFT_SHOULDER",
        "RIGHT_SHOULDER",
        "LEFT_ELBOW",
        "RIGHT_ELBOW",
        "LEFT_WRIST",
        "RIGHT_WRIST",
        "LEFT_PINKY",
        "RIGHT_PINKY",
        "LEFT_INDEX",
        "RIGHT_INDEX",
        "LEFT_THUMB",
        "RIGHT_THUMB",
        "LEFT_HIP",
        "RIGHT_HIP",
        "LEFT_KNEE",
        "RIGHT_KNEE",
        "LEFT_ANKLE",
        "RIGHT_ANKLE",
        "LEFT_HEEL",
        "RIGHT_HEEL",
        "LEFT_FOOT_INDEX",
        "RIGHT_FOOT_INDEX",
    ];

    /// Names of the 21 points of a hand.
    pub const HAND_NAMES: [&str; 21] = [
        "WRIST",
        "THUMB_CMC",
        "THUMB_MCP",
        "THUMB_IP",
        "THUMB_TIP",
        "INDEX_FINGER_MCP",
        "INDEX_FINGER_PIP",
        "INDEX_FINGER_DIP",
        "INDEX_FINGER_TIP",
        "MIDDLE_FINGER_MCP",
        "MIDDLE_FINGER_PIP",
        "MIDDLE_FINGER_DIP",
        "MIDDLE_FINGER_TIP",
        "RING_FINGER_MCP",
        "RING_FINGER_PIP",
        "RING_FINGER_DIP",
        "RING_FINGER_TIP",
        "PINKY_MCP",
        "PINKY_PIP",
        "PINKY_DIP",
        "PINKY_TIP",
    ];

    /// The layout itself, made once.
    pub fn layout() -> Arc<Layout> {
        static LAYOUT: OnceLock<Arc<Layout>> = OnceLock::new();
        LAYOUT.get_or_init(|| Arc::new(build())).clone()
    }

    /// Which body points are joined by lines: face, arms with hands, trunk, legs.
    #[rustfmt::skip]
    const BODY_LIMBS: [(u16, u16); 35] = [
        (0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10),
        (11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19),
        (12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20),
        (11, 12), (11, 23), (12, 24), (23, 24),
        (23, 25), (25, 27), (27, 29), (27, 31), (29, 31),
        (24, 26), (26, 28), (28, 30), (28, 32), (30, 32),
    ];

    /// Which hand points are joined by lines: thumb, fingers, palm.
    #[rustfmt::skip]
    const HAND_LIMBS: [(u16, u16); 21] = [
        (0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (6, 7), (7, 8), (9, 10), (10, 11), (11, 12),
        (13, 14), (14, 15), (15, 16), (17, 18), (18, 19), (19, 20),
        (0, 5), (5, 9), (9, 13), (13, 17), (0, 17),
    ];

    const BODY_COLOR: (u16, u16, u16) = (196, 78, 82);
    const FACE_COLOR: (u16, u16, u16) = (128, 128, 128);
    const LEFT_COLOR: (u16, u16, u16) = (76, 114, 176);
    const RIGHT_COLOR: (u16, u16, u16) = (221, 132, 82);

    fn build() -> Layout {
        let named = |name: &str, points: Vec<String>, limbs: &[(u16, u16)], color| Component {
            name: name.into(),
            points,
            limbs: limbs.to_vec(),
            colors: vec![color],
            format: "XYZC".into(),
        };
        let names = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let face = (0..468).map(|i| i.to_string()).collect();
        Layout {
            components: vec![
                named("POSE_LANDMARKS", names(&BODY_NAMES), &BODY_LIMBS, BODY_COLOR),
                named("FACE_LANDMARKS", face, &[], FACE_COLOR),
                named("LEFT_HAND_LANDMARKS", names(&HAND_NAMES), &HAND_LIMBS, LEFT_COLOR),
                named("RIGHT_HAND_LANDMARKS", names(&HAND_NAMES), &HAND_LIMBS, RIGHT_COLOR),
            ],
        }
    }
}
