//! A hand: where the body's wrist and fingers say, then more exactly, then followed.
//! [HandLandmarksFromPoseCpu]
//!
//! Three points of the body give a rough region. A small network corrects it. Where last frame's hand lies well
//! within the corrected region, the region around that hand is taken instead. There is no palm detector, and
//! which hand it is comes from the body alone.

use super::crop::{Border, Corners, Input};
use super::found::{HAND_POINTS, PoseFound};
use super::network::{Model, Runtime};
use super::pipeline::HolisticError;
use super::rgb::Rgb;
use super::roi::{Enlarged, Roi, Upright, bounds, turned, wrapped};
use super::stage::{Stage, points};
use super::tracking::{Tolerance, tracked};
use glam::{Vec2, Vec3};
use std::f32::consts::FRAC_PI_2;

const RECROP: Input = Input { side_px: 256, black: 0.0, border: Border::Replicate };
const LANDMARKER: Input = Input { side_px: 224, black: 0.0, border: Border::Replicate };

/// Wrists that are less visible have no hand.
const VISIBLE: f32 = 0.1;
/// Less sure hands are none.
const SURE: f32 = 0.5;

/// The network's depths in its own pixels are this much larger than its x and y.
const DEPTH_SCALE: f32 = 0.4;

const FROM_POSE: Enlarged = Enlarged { scale: 2.7, shift_y: -0.1 };
const FROM_RECROP: Enlarged = Enlarged { scale: 1.0, shift_y: -0.1 };
const FROM_HAND: Enlarged = Enlarged { scale: 2.0, shift_y: -0.1 };

const TOLERANCE: Tolerance = Tolerance { rotation_deg: 40.0, translation: 0.2, scale: 0.4, margin: -0.1 };

/// The points that a hand's region is made around: the wrist, the thumb without its tip, and the lower two of
/// each finger. Fingertips would make it jump.
const PALM: [usize; 12] = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18];

/// Which hand of the signer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Side {
    /// The wrist, the little finger and the index finger among the body's points.
    fn of_pose(self) -> [usize; 3] {
        match self {
            Self::Left => [15, 17, 19],
            Self::Right => [16, 18, 20],
        }
    }
}

/// Finds and follows one hand.
pub(super) struct HandTracker {
    side: Side,
    recrop: Stage,
    landmarker: Stage,
    /// The last frame's; none where it had none.
    previous: Option<[Vec3; HAND_POINTS]>,
}

impl HandTracker {
    /// Opens its two networks.
    pub(super) fn open(runtime: &dyn Runtime, side: Side) -> Result<Self, HolisticError> {
        Ok(Self {
            side,
            recrop: Stage::open(runtime, Model::HandRecrop, RECROP)?,
            landmarker: Stage::open(runtime, Model::HandLandmark, LANDMARKER)?,
            previous: None,
        })
    }

    /// Forgets the hand.
    pub(super) fn reset(&mut self) {
        self.previous = None;
    }

    /// The hand of a body in a frame.
    pub(super) fn process(
        &mut self,
        image: Rgb,
        pose: &PoseFound,
    ) -> Result<Option<[Vec3; HAND_POINTS]>, HolisticError> {
        let previous = self.previous.take();
        let [wrist, little, index] = self.side.of_pose();
        if pose.visibility[wrist] <= VISIBLE {
            return Ok(None);
        }
        let size_px = image.size_px();
        let [wrist, little, index] = [wrist, little, index].map(|point| pose.landmarks[point].truncate());
        let rough = roi_from_pose(wrist, little, index, size_px);
        if !rough.is_usable() {
            return Ok(None);
        }
        let fresh = self.corrected(image, rough)?;
        let roi = previous
            .map_or(fresh, |hand| tracked(&hand, roi_from_hand(&hand, size_px), fresh, TOLERANCE, size_px));
        if roi.is_usable() {
            self.previous = self.look(image, roi)?;
        }
        Ok(self.previous)
    }

    /// Where a hand is more exactly. [HandRecropByRoiCpu]
    fn corrected(&mut self, image: Rgb, rough: Roi) -> Result<Roi, HolisticError> {
        let size_px = image.size_px();
        let given = self.recrop.run(image, Corners::unstretched(rough, size_px))?;
        let place = |at: usize| {
            let point = Vec3::new(given[0][at], given[0][at + 1], 0.0) / RECROP.side_px as f32;
            rough.image_from_square_crop(point, size_px).truncate()
        };
        let upright = Upright { from: place(0), to: place(2), target: -FRAC_PI_2 };
        Ok(Roi::aligned(upright, size_px).enlarged(FROM_RECROP, size_px))
    }

    /// The hand's points in a region; none where there is no hand. [HandLandmarkCpu]
    fn look(&mut self, image: Rgb, roi: Roi) -> Result<Option<[Vec3; HAND_POINTS]>, HolisticError> {
        let given = self.landmarker.run(image, Corners::unstretched(roi, image.size_px()))?;
        Ok((given[1][0] > SURE).then(|| decode(&given[0], roi, image.size_px())))
    }
}

fn decode(values: &[f32], roi: Roi, size_px: Vec2) -> [Vec3; HAND_POINTS] {
    let mut hand = [Vec3::ZERO; HAND_POINTS];
    for (to, from) in hand.iter_mut().zip(points(values, 3, LANDMARKER.side_px as f32)) {
        *to = roi.image_from_square_crop(from.truncate().extend(from.z / DEPTH_SCALE), size_px);
    }
    hand
}

/// The region that the body's points give. [HandDetectionsFromPoseToRectsCalculator, RectTransformationCalculator]
fn roi_from_pose(wrist: Vec2, little: Vec2, index: Vec2, size_px: Vec2) -> Roi {
    let [wrist, little, index] = [wrist, little, index].map(|point| point * size_px);
    let middle = (2.0 * index + little) / 3.0;
    let along = middle - wrist;
    let roi = Roi {
        centre: middle / size_px,
        size: Vec2::splat(2.0 * along.length()) / size_px,
        rotation: wrapped(FRAC_PI_2 - (-along.y).atan2(along.x)),
    };
    roi.enlarged(FROM_POSE, size_px)
}

/// The region around a hand that was found. [HandLandmarksToRectCalculator, RectTransformationCalculator]
fn roi_from_hand(hand: &[Vec3; HAND_POINTS], size_px: Vec2) -> Roi {
    let at = |point: usize| hand[point].truncate();
    // From the wrist to the roots of the index, the middle and the ring finger.
    let knuckles = ((at(5) + at(13)) / 2.0 + at(9)) / 2.0;
    let rotation = Upright { from: at(0), to: knuckles, target: FRAC_PI_2 }.rotation(size_px);
    let (low, high) = bounds(PALM.into_iter().map(at));
    let middle = (high + low) / 2.0;
    let level = |point: usize| turned((at(point) - middle) * size_px, wrapped(-rotation));
    let (low, high) = bounds(PALM.into_iter().map(level));
    let centre = turned((high + low) / 2.0, rotation) + size_px * middle;
    let roi = Roi { centre: centre / size_px, size: (high - low) / size_px, rotation };
    roi.enlarged(FROM_HAND, size_px)
}
