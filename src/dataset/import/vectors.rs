//! Landmarks as bare numbers: `[frames, numbers]` or `[frames, points, 2 to 4]`, told by their size.
//!
//! Scripts that collect keypoints flatten MediaPipe's results in one of a few ways. Which one it was
//! is known by how many numbers a frame has:
//!
//! | numbers | body | face | each hand |
//! |---|---|---|---|
//! | 1662 | 33 × (x, y, z, visibility) | 468 × (x, y, z) | 21 × (x, y, z) |
//! | 258 | 33 × (x, y, z, visibility) | | 21 × (x, y, z) |
//! | 225 | 33 × (x, y, z) | | 21 × (x, y, z) |
//! | 226 | the first 25 (to the hips) × (x, y, z, visibility) | | 21 × (x, y, z) |
//! | 170 | the first 22 (to the hands) × (x, y) | | 21 × (x, y, z) |
//!
//! The first four are what published scripts do; the last is an assumption, since nothing but its size
//! is known of it, and is refused where it puts the nose below the shoulders. Arrays of points have 543,
//! 203, 193 or 178 points in this program's order (body, face, left hand, right hand), or the 75 of body
//! and hands. Zeros mean "not seen", as the scripts fill them in. Coordinates between 0 and 1 are shares
//! of a picture that nobody wrote down: 640×480, a webcam's, is assumed.

use super::npy::Array;
use crate::pose::{ImageSize, Layout, PoseSequence, holistic};
use glam::Vec3;
use std::ops::Range;
use std::sync::Arc;

/// The picture that shares are taken to be of.
const ASSUMED: ImageSize = ImageSize { width: 640, height: 480, depth: 640 };

/// Coordinates beyond this are pixels and no shares: MediaPipe guesses points outside of the picture,
/// but not many pictures away.
const LARGEST_SHARE: f32 = 8.0;

/// The longest clip, frames: an hour at 60 a second.
pub(super) const MOST_FRAMES: usize = 216_000;

/// How the numbers of one frame are read.
struct Reading {
    layout: Arc<Layout>,
    slots: Vec<Slot>,
    /// Whether the order is a guess that has to be looked at.
    is_assumed: bool,
}

/// Where a point's numbers are.
#[derive(Clone, Copy)]
struct Slot {
    point: usize,
    offset: usize,
    /// 2: x, y; 3: with z; 4: with the visibility.
    dims: usize,
}

/// A whole clip in one array.
pub(super) fn clip(array: &Array, fps: f32) -> Result<PoseSequence, String> {
    let (frames, reading) = match *array.shape.as_slice() {
        [frames, numbers] => (frames, Reading::of_numbers(numbers)?),
        [frames, points, dims] => (frames, Reading::of_points(points, dims)?),
        _ => {
            return Err(format!(
                "an array of the shape {:?}; expected [frames, numbers] or [frames, points, 2 to 4]",
                array.shape
            ));
        }
    };
    let length = array.values.len().checked_div(frames).unwrap_or(0);
    let rows: Vec<Option<&[f32]>> = array.values.chunks_exact(length.max(1)).map(Some).collect();
    reading.read(&rows, fps)
}

/// A clip whose frames come one by one; None is a frame that is missing.
pub(super) fn frames(rows: &[Option<Array>], fps: f32) -> Result<PoseSequence, String> {
    let Some(first) = rows.iter().flatten().next() else { return Err("no frames".to_owned()) };
    let length = first.values.len();
    if let Some(odd) = rows.iter().flatten().find(|row| row.values.len() != length) {
        let found = odd.values.len();
        return Err(format!("one frame has {length} numbers, another {found}; expected as many in each"));
    }
    let reading = match *first.shape.as_slice() {
        [points, dims] if points > 1 => Reading::of_points(points, dims)?,
        _ => Reading::of_numbers(length)?,
    };
    let rows: Vec<Option<&[f32]>> =
        rows.iter().map(|row| row.as_ref().map(|r| r.values.as_slice())).collect();
    reading.read(&rows, fps)
}

fn faceless() -> Arc<Layout> {
    Arc::new(Layout::holistic_543().part(|component, _| component != "FACE_LANDMARKS"))
}

impl Reading {
    fn of_numbers(numbers: usize) -> Result<Self, String> {
        const HAND: usize = holistic::HAND_NAMES.len();
        let (layout, body, body_dims) = match numbers {
            1662 => (Layout::holistic_543(), 0..33, 4),
            258 => (faceless(), 0..33, 4),
            225 => (faceless(), 0..33, 3),
            226 => (faceless(), 0..25, 4),
            170 => (faceless(), 0..22, 2),
            _ => {
                return Err(format!(
                    "{numbers} numbers a frame; expected 1662, 258, 226, 225 or 170 (body, face, left and \
                     right hand)"
                ));
            }
        };
        let rest = layout.point_count() - 2 * HAND;
        let mut slots = Vec::with_capacity(layout.point_count());
        let mut offset = 0;
        let mut put = |points: Range<usize>, dims: usize| {
            for point in points {
                slots.push(Slot { point, offset, dims });
                offset += dims;
            }
        };
        put(body, body_dims);
        put(33..rest, 3);
        put(rest..rest + 2 * HAND, 3);
        Ok(Self { layout, slots, is_assumed: numbers == 170 })
    }

    fn of_points(points: usize, dims: usize) -> Result<Self, String> {
        let layout = match points {
            543 => Layout::holistic_543(),
            203 => Layout::signclip_203(),
            193 => Layout::syrisign_193(),
            178 => Layout::reduced_178(),
            75 => faceless(),
            _ => return Err(format!("{points} points a frame; expected 543, 203, 193, 178 or 75")),
        };
        if !(2..=4).contains(&dims) {
            return Err(format!("{dims} numbers a point; expected x, y, perhaps z, perhaps a confidence"));
        }
        let slots = (0..points).map(|point| Slot { point, offset: point * dims, dims }).collect();
        Ok(Self { layout, slots, is_assumed: false })
    }

    fn read(&self, rows: &[Option<&[f32]>], fps: f32) -> Result<PoseSequence, String> {
        if rows.is_empty() {
            return Err("no frames".to_owned());
        }
        if rows.len() > MOST_FRAMES {
            return Err(format!("{} frames; expected at most {MOST_FRAMES}", rows.len()));
        }
        let mut clip = PoseSequence::unseen(self.layout.clone(), ASSUMED, fps, rows.len());
        let points = clip.point_count();
        let frames = clip.positions.chunks_exact_mut(points).zip(clip.confidences.chunks_exact_mut(points));
        for (row, (positions, confidences)) in rows.iter().zip(frames) {
            let Some(row) = row else { continue };
            for slot in &self.slots {
                if let Some((position, confidence)) = slot.read(row) {
                    (positions[slot.point], confidences[slot.point]) = (position, confidence);
                }
            }
        }
        to_pixels(&mut clip);
        if self.is_assumed {
            upright(&clip)?
        }
        Ok(clip)
    }
}

impl Slot {
    /// The point; None where it was not seen.
    fn read(self, row: &[f32]) -> Option<(Vec3, f32)> {
        let numbers = row.get(self.offset..self.offset + self.dims)?;
        let [x, y] = [*numbers.first()?, *numbers.get(1)?];
        let position = Vec3::new(x, y, numbers.get(2).copied().unwrap_or(0.0));
        let was_seen = position.is_finite() && (x != 0.0 || y != 0.0);
        // What has a place was seen, however little its visibility.
        let confidence = numbers.get(3).copied().filter(|c| c.is_finite()).unwrap_or(1.0).clamp(1e-3, 1.0);
        was_seen.then_some((position, confidence))
    }
}

/// Shares of the picture become pixels; pixels stay, and the picture is as large as they need.
fn to_pixels(clip: &mut PoseSequence) {
    let seen = clip.positions.iter().zip(&clip.confidences).filter(|(_, c)| **c != 0.0);
    let largest = seen.fold(Vec3::ZERO, |most, (position, _)| most.max(position.abs()));
    if largest.x.max(largest.y) <= LARGEST_SHARE {
        let picture = Vec3::new(ASSUMED.width.into(), ASSUMED.height.into(), ASSUMED.depth.into());
        clip.positions.iter_mut().for_each(|position| *position *= picture);
        return;
    }
    let side = |least: u16, found: f32| least.max(found.ceil().min(f32::from(u16::MAX)) as u16);
    let width = side(ASSUMED.width, largest.x);
    clip.size = ImageSize { width, height: side(ASSUMED.height, largest.y), depth: width };
}

/// Whether the nose is above the shoulders, as a signer's is.
fn upright(clip: &PoseSequence) -> Result<(), String> {
    let [nose, left, right] = [0, 11, 12];
    let is_upright = |frame: usize| {
        let (at, seen) = (clip.frame(frame), clip.frame_confidences(frame));
        let known = [nose, left, right].iter().all(|&point| seen[point] != 0.0);
        known.then(|| at[nose].y < at[left].y.min(at[right].y) && (at[left].x - at[right].x).abs() > 8.0)
    };
    let looks: Vec<bool> = (0..clip.frame_count()).filter_map(is_upright).collect();
    if 2 * looks.iter().filter(|upright| **upright).count() > looks.len() {
        return Ok(());
    }
    Err("170 numbers a frame, which do not show a signer when read as 22 body points of x and y and two \
         hands of x, y and z: write the clip as .pose, or with 258 numbers"
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(numbers: usize, put: &[(usize, f32)]) -> Array {
        let mut values = vec![0.0; numbers];
        for (at, value) in put {
            values[*at] = *value;
        }
        Array { shape: vec![numbers], values }
    }

    /// Of each layout: numbers a frame, where the left shoulder's x and the right hand's wrist's x are.
    const PLACES: [(usize, usize, usize); 4] =
        [(1662, 44, 132 + 1404 + 63), (258, 44, 132 + 63), (225, 33, 99 + 63), (226, 44, 100 + 63)];

    #[test]
    fn each_size_puts_shoulder_and_hand_where_they_belong() {
        for (numbers, shoulder, wrist) in PLACES {
            let put =
                [(shoulder, 0.5), (shoulder + 1, 0.25), (wrist, 0.75), (wrist + 1, 0.5), (wrist + 2, -0.1)];
            let clip = frames(&[Some(row(numbers, &put))], 30.0).unwrap();
            let at = |component: &str, point: &str| clip.layout.point(component, point).unwrap();
            let shoulder = at("POSE_LANDMARKS", "LEFT_SHOULDER");
            let wrist = at("RIGHT_HAND_LANDMARKS", "WRIST");
            assert_eq!(clip.positions[shoulder], Vec3::new(320.0, 120.0, 0.0), "{numbers}");
            assert_eq!(clip.positions[wrist], Vec3::new(480.0, 240.0, -64.0), "{numbers}");
            let seen: Vec<usize> = (0..clip.point_count()).filter(|p| clip.confidences[*p] != 0.0).collect();
            assert_eq!(seen, [shoulder, wrist], "{numbers}");
        }
    }

    #[test]
    fn visibility_is_the_confidence_and_what_has_a_place_was_seen() {
        let put = [(0, 0.5), (1, 0.5), (3, 0.7), (4, 0.5), (5, 0.5), (8, f32::NAN), (9, 0.2)];
        let clip = frames(&[Some(row(258, &put))], 30.0).unwrap();
        assert_eq!(clip.confidences[0], 0.7);
        assert!(clip.confidences[1] > 0.0);
        assert_eq!(clip.confidences[2], 0.0, "no number, no place");
    }

    #[test]
    fn a_missing_frame_is_a_gap() {
        let full = row(258, &[(0, 0.5), (1, 0.5)]);
        let clip = frames(&[Some(full.clone()), None, Some(full)], 30.0).unwrap();
        assert_eq!([0, 1, 2].map(|f| clip.frame_confidences(f)[0] != 0.0), [true, false, true]);
    }

    #[test]
    fn the_assumed_order_is_refused_where_it_shows_no_signer() {
        let nose_above = [(0, 0.5), (1, 0.2), (22, 0.7), (23, 0.5), (24, 0.3), (25, 0.5)];
        assert!(frames(&[Some(row(170, &nose_above))], 30.0).is_ok());
        let nose_below = [(0, 0.5), (1, 0.9), (22, 0.7), (23, 0.5), (24, 0.3), (25, 0.5)];
        assert!(frames(&[Some(row(170, &nose_below))], 30.0).unwrap_err().contains("22 body points"));
    }

    #[test]
    fn pixels_stay_pixels_and_sizes_that_nobody_knows_are_refused() {
        let mut array = Array { shape: vec![1, 203, 3], values: vec![0.0; 609] };
        array.values[..3].copy_from_slice(&[1200.0, 300.0, -20.0]);
        let pixels = clip(&array, 25.0).unwrap();
        assert_eq!((pixels.positions[0], pixels.size.width), (Vec3::new(1200.0, 300.0, -20.0), 1200));
        for shape in [vec![609], vec![3, 203], vec![1, 1, 609], vec![1, 7, 3]] {
            assert!(
                clip(&Array { shape: shape.clone(), values: vec![0.0; 609] }, 25.0).is_err(),
                "{shape:?}"
            );
        }
        assert!(clip(&Array { shape: vec![0, 203, 3], values: vec![] }, 25.0).is_err());
        let uneven = [Some(row(258, &[])), Some(row(226, &[]))];
        assert!(frames(&uneven, 30.0).unwrap_err().contains("258 numbers"));
    }
}
