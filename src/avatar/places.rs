//! Where on an avatar's skin the places are that hands touch: the heights of the face by its own nose,
//! chin and eyes, the rest by proportion, all of them by rays onto the hull.

use crate::body::{Bone, Frame, Globe, Hull, Place};
use crate::retarget::Proportions;
use glam::Vec3;

/// Heights and widths by which the reference's head becomes the avatar's.
struct Features {
    /// Heights on the reference and on the avatar, ascending, from the head's joint.
    heights: Vec<(f32, f32)>,
    /// Avatar's width over the reference's, metres a shoulder width.
    wide: f32,
}

impl Features {
    /// Found on the middle line of the bare face.
    fn find(
        hull: &Hull,
        face: &[Vec3],
        head: &Frame,
        proportions: &Proportions,
        middle: Vec3,
    ) -> Option<Self> {
        let globe = &hull.head;
        let reach = |direction: Vec3| cast(globe, globe.centre + direction * 0.6, -direction);
        let top = reach(Vec3::Y)?.y;
        let wide = 0.5 * (reach(Vec3::X)?.x - reach(Vec3::NEG_X)?.x);
        let reference = Hull::reference();
        let ref_top = reference.head.centre.y + 0.36;
        let ref_wide = cast(&reference.head, reference.head.centre + Vec3::X, Vec3::NEG_X)?.x;
        let eyes =
            match (proportions.joints[Bone::LeftEye as usize], proportions.joints[Bone::RightEye as usize]) {
                (Some(l), Some(r)) => l.midpoint(r).y - middle.y - head.origin.y,
                _ => top * (Place::Eyes.position().y - head_joint_height()) / ref_top,
            };
        let line: Vec<Vec3> =
            face.iter().map(|p| *p - head.origin).filter(|p| p.x.abs() < 0.12 * wide).collect();
        let below = eyes - 1.1 * (top - eyes).max(0.05);
        let best = |score: &dyn Fn(&Vec3) -> f32, low: f32, high: f32| {
            let inside = line.iter().filter(|p| (low..high).contains(&p.y));
            inside.max_by(|a, b| score(a).total_cmp(&score(b))).map(|p| p.y)
        };
        let nose = best(&|p| p.z, below + 0.4 * (eyes - below), eyes - 0.1 * (eyes - below))?;
        let chin = best(&|p| p.z - p.y, below - 0.2 * (eyes - below), nose - 0.3 * (nose - below))?;
        let of = |place: Place| place.position().y - head_joint_height();
        let heights =
            vec![(of(Place::Chin), chin), (of(Place::Nose), nose), (of(Place::Eyes), eyes), (ref_top, top)];
        let ascending = heights.windows(2).all(|w| w[0].1 < w[1].1);
        ascending.then_some(Self { heights, wide: wide / ref_wide.max(1e-3) })
    }

    /// The avatar's height for one on the reference.
    fn height(&self, y: f32) -> f32 {
        let after = self.heights.partition_point(|h| h.0 < y).clamp(1, self.heights.len() - 1);
        let (low, high) = (self.heights[after - 1], self.heights[after]);
        low.1 + (high.1 - low.1) * (y - low.0) / (high.0 - low.0)
    }
}

/// Height of the reference's head joint over its shoulders.
fn head_joint_height() -> f32 {
    crate::body::skeleton::pivot::HEAD.y
}

/// Where a ray first meets a head.
fn cast(globe: &Globe, from: Vec3, towards: Vec3) -> Option<Vec3> {
    march(from, towards, |p| globe.probe(p).clearance)
}

/// Walks along a ray until it is on the skin, at most a metre.
fn march(from: Vec3, towards: Vec3, clearance: impl Fn(Vec3) -> f32) -> Option<Vec3> {
    let mut along = 0.0;
    for _ in 0..200 {
        let at = from + towards * along;
        let clear = clearance(at);
        if clear < 2e-4 {
            return Some(at);
        }
        along += (0.6 * clear).max(2e-4);
        if along > 2.0 {
            break;
        }
    }
    None
}

/// Where the reference's places are on this skin, in the model's frame; those that are not found are
/// left out.
pub(super) fn places(
    hull: &Hull,
    face: &[Vec3],
    head: &Frame,
    proportions: &Proportions,
    middle: Vec3,
) -> Vec<(Place, Vec3)> {
    let features = Features::find(hull, face, head, proportions, middle);
    let scale = proportions.shoulder_width().unwrap_or(0.36);
    let hips = proportions.joint(Bone::Hips).map_or(-1.42 * scale, |p| p.y - middle.y);
    let found = |place: Place| -> Option<Vec3> {
        let reference = place.position();
        if place.is_on_head() {
            let features = features.as_ref()?;
            let y = features.height(reference.y - head_joint_height());
            let at = Vec3::new(reference.x * features.wide, y, 0.0);
            let (from, towards) = match place {
                Place::HeadTop => (Vec3::new(0.0, 0.6, hull.head.centre.z), Vec3::NEG_Y),
                Place::LeftTemple | Place::RightTemple | Place::LeftEar | Place::RightEar => {
                    let aside = reference.x.signum();
                    let z = hull.head.centre.z + (reference.z - 0.04) * scale;
                    (Vec3::new(0.6 * aside, y, z), Vec3::X * -aside)
                }
                _ => (at + Vec3::Z * 0.6, Vec3::NEG_Z),
            };
            return Some(middle + head.origin + cast(&hull.head, from, towards)?);
        }
        let y = reference.y * if reference.y < 0.0 { hips / -1.42 } else { scale };
        match place {
            Place::Neck
            | Place::UpperChest
            | Place::Chest
            | Place::LeftChest
            | Place::RightChest
            | Place::Belly
            | Place::LeftHip
            | Place::RightHip => {
                let from = Vec3::new(reference.x * scale, y, 1.0);
                Some(middle + march(from, Vec3::NEG_Z, |p| hull.trunk.probe(p).clearance)?)
            }
            _ => None,
        }
    };
    Place::ALL.into_iter().filter_map(|place| Some((place, found(place)?))).collect()
}
