//! Which points of a frame are written, and what their numbers mean.
//!
//! All as the `.pose` ecosystem's own tool writes MediaPipe Holistic, so that its files and ours mix: x and
//! y times the picture's width and height, z as MediaPipe gives it; the body's confidence is its
//! visibility, that of others 1; zeros where a part is not found. World landmarks are metres, but their x
//! and y are multiplied like all others': divided by the header's width and height, they are metres again.

use crate::holistic::{HolisticFrame, POSE_POINTS};
use crate::pose::{Component, Layout, holistic};
use glam::Vec3;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

const WORLD: &str = "POSE_WORLD_LANDMARKS";

/// Which points are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Points {
    /// The 543 points, and the body's 33 once more in metres: the ecosystem's usual header.
    #[default]
    HolisticWithWorld,
    /// Body 33, face 468, hands 21 each.
    Holistic,
    /// SyriSign's 193: the body without hips and legs, the face's contours, hands.
    Syrisign,
}

impl Points {
    /// How many there are.
    pub fn count(self) -> usize {
        match self {
            Self::HolisticWithWorld => 576,
            Self::Holistic => 543,
            Self::Syrisign => 193,
        }
    }

    /// The one with so many points.
    pub(super) fn of_count(count: usize) -> Option<Self> {
        [Self::HolisticWithWorld, Self::Holistic, Self::Syrisign].into_iter().find(|p| p.count() == count)
    }

    /// Their names.
    pub fn layout(self) -> Arc<Layout> {
        match self {
            Self::HolisticWithWorld => Arc::new(with_world()),
            Self::Holistic => Layout::holistic_543(),
            Self::Syrisign => Layout::syrisign_193(),
        }
    }
}

fn with_world() -> Layout {
    let mut layout = Layout::clone(&Layout::holistic_543());
    let body = layout.components.iter().find(|component| component.name == "POSE_LANDMARKS");
    let world = body.map(|body| Component { name: WORLD.to_owned(), ..body.clone() });
    layout.components.extend(world);
    layout
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.count())
    }
}

impl FromStr for Points {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let points = text.parse().ok().and_then(Self::of_count);
        points.ok_or_else(|| {
            format!("expected 576 (543 and the body in metres), 543 or 193 (SyriSign's), found {text:?}")
        })
    }
}

/// Puts what is found in a frame where a layout has it.
pub(super) struct Arrange {
    size: Vec3,
    /// For each point of the layout its place among all 576.
    sources: Vec<usize>,
    all: Vec<(Vec3, f32)>,
}

impl Arrange {
    /// For pictures of `width` × `height` pixels.
    pub(super) fn new(points: Points, (width, height): (u32, u32)) -> Self {
        let all = with_world();
        let layout = points.layout();
        let place = |component: &Component, point: &String| all.point(&component.name, point);
        let sources = (layout.components.iter())
            .flat_map(|component| component.points.iter().filter_map(move |point| place(component, point)));
        let sources = sources.collect();
        let size = Vec3::new(width as f32, height as f32, 1.0);
        Self { size, sources, all: vec![(Vec3::ZERO, 0.0); all.point_count()] }
    }

    /// Positions and confidences of a frame, in the layout's order.
    pub(super) fn frame<'a>(
        &'a mut self,
        found: &HolisticFrame,
    ) -> impl Iterator<Item = (Vec3, f32)> + use<'a> {
        self.all.fill((Vec3::ZERO, 0.0));
        if let Some(pose) = &found.pose {
            let seen = pose.visibility.map(Some);
            self.put(holistic::BODY.start, &pose.landmarks, &seen);
            self.put(holistic::POINTS, &pose.world, &seen);
        }
        let others = [
            (holistic::FACE, found.face.as_deref().map(|face| &face[..])),
            (holistic::LEFT_HAND, found.left_hand.as_ref().map(|hand| &hand[..])),
            (holistic::RIGHT_HAND, found.right_hand.as_ref().map(|hand| &hand[..])),
        ];
        for (range, part) in others {
            self.put(range.start, part.unwrap_or_default(), &[None; POSE_POINTS]);
        }
        self.sources.iter().map(|&source| self.all[source])
    }

    fn put(&mut self, start: usize, points: &[Vec3], seen: &[Option<f32>; POSE_POINTS]) {
        for (i, (place, point)) in self.all[start..].iter_mut().zip(points).enumerate() {
            let confidence = seen.get(i).copied().flatten().unwrap_or(1.0);
            // What is no number was not seen.
            if point.is_finite() && confidence.is_finite() {
                *place = (*point * self.size, confidence);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::frame_at;
    use super::*;

    #[test]
    fn layouts_have_as_many_points_as_they_are_called() {
        for points in [Points::HolisticWithWorld, Points::Holistic, Points::Syrisign] {
            assert_eq!(points.layout().point_count(), points.count());
            assert_eq!(points.to_string().parse(), Ok(points));
        }
        assert!("578".parse::<Points>().is_err());
    }

    #[test]
    fn numbers_are_those_of_the_ecosystem() {
        let mut found = frame_at(0.25);
        found.left_hand = None;
        let mut arrange = Arrange::new(Points::HolisticWithWorld, (200, 100));
        let all: Vec<_> = arrange.frame(&found).collect();
        let pose = found.pose.unwrap();
        let shoulder = pose.landmarks[11];
        assert_eq!(
            all[11],
            (Vec3::new(shoulder.x * 200.0, shoulder.y * 100.0, shoulder.z), pose.visibility[11])
        );
        assert_eq!(all[543 + 11].0, pose.world[11] * Vec3::new(200.0, 100.0, 1.0));
        assert_eq!(all[543 + 11].1, pose.visibility[11]);
        assert_eq!((all[501], all[522].1, all[33].1), ((Vec3::ZERO, 0.0), 1.0, 1.0));
        let few: Vec<_> = Arrange::new(Points::Syrisign, (200, 100)).frame(&found).collect();
        assert_eq!((few.len(), few[11]), (193, all[11]));
    }

    #[test]
    fn what_is_not_found_or_no_number_is_zero() {
        let mut arrange = Arrange::new(Points::Holistic, (200, 100));
        let mut found = frame_at(0.25);
        found.pose.as_mut().unwrap().landmarks[0].x = f32::NAN;
        assert_eq!(arrange.frame(&found).next(), Some((Vec3::ZERO, 0.0)));
        let mut nothing = arrange.frame(&HolisticFrame::default());
        assert!(nothing.all(|point| point == (Vec3::ZERO, 0.0)));
    }
}
