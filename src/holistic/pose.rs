//! The body: found once in the whole picture, then followed by its own landmarks.
//! [PoseLandmarkCpu]
//!
//! Besides its 33 points the network gives two that only say where to look: the middle of the hips and a point
//! on the circle around the whole body. Smoothed, they are the next frame's region. When the network is no
//! longer sure that it sees a body, that frame has none and the next one begins with the detector again.

use super::anchors::anchors;
use super::crop::{Border, Corners, Input};
use super::detection::{Detection, Output, sigmoid};
use super::found::{POSE_POINTS, PoseFound};
use super::network::{Model, Runtime};
use super::pipeline::{HolisticError, HolisticOptions};
use super::refine::refine;
use super::rgb::Rgb;
use super::roi::{Enlarged, Letterbox, Roi, Upright, turned};
use super::smoothing::{Calm, PointSmoothing, VisibilitySmoothing};
use super::stage::{Stage, points};
use glam::{Vec2, Vec3};
use std::f32::consts::FRAC_PI_2;
use std::time::Duration;

/// Points that the network gives: the body's, two for the region, four that are not used.
const NETWORK_POINTS: usize = 39;
/// Numbers of a point: x, y, z, visibility, presence.
const NETWORK_POINT: usize = 5;

const DETECTOR: Input = Input { side_px: 224, black: -1.0, border: Border::Zero };
const LANDMARKER: Input = Input { side_px: 256, black: 0.0, border: Border::Replicate };
const STRIDES_PX: [usize; 5] = [8, 16, 32, 32, 32];
const KEYPOINTS: usize = 4;

/// Of the region that two points span.
const ENLARGED: Enlarged = Enlarged { scale: 1.25, shift_y: 0.0 };

const LANDMARKS: Calm = Calm { min_cutoff: 0.05, beta: 80.0, derivate_cutoff: 1.0 };
const REGION: Calm = Calm { min_cutoff: 0.01, beta: 10.0, derivate_cutoff: 1.0 };
const WORLD: Calm = Calm { min_cutoff: 0.1, beta: 40.0, derivate_cutoff: 1.0 };

/// Finds and follows one body.
pub(super) struct PoseTracker {
    detector: Stage,
    anchors: Vec<Vec2>,
    landmarker: Stage,
    detection_confidence: f32,
    tracking_confidence: f32,
    /// Where to look; none where it must be found first.
    roi: Option<Roi>,
    landmarks: PointSmoothing<POSE_POINTS>,
    region: PointSmoothing<2>,
    world: PointSmoothing<POSE_POINTS>,
    visibility: VisibilitySmoothing<POSE_POINTS>,
}

/// What the network says of a region, before smoothing.
pub(super) struct RawPose {
    /// In the picture.
    pub(super) landmarks: [Vec3; POSE_POINTS],
    /// The two points that the next region is made of, in the picture.
    pub(super) region: [Vec3; 2],
    /// In [0, 1].
    pub(super) visibility: [f32; POSE_POINTS],
    /// Metres.
    pub(super) world: [Vec3; POSE_POINTS],
}

impl PoseTracker {
    /// Opens its two networks.
    pub(super) fn open(runtime: &dyn Runtime, options: &HolisticOptions) -> Result<Self, HolisticError> {
        Ok(Self {
            detector: Stage::open(runtime, Model::PoseDetection, DETECTOR)?,
            anchors: anchors(DETECTOR.side_px, &STRIDES_PX),
            landmarker: Stage::open(runtime, Model::PoseLandmark, LANDMARKER)?,
            detection_confidence: options.detection_confidence,
            tracking_confidence: options.tracking_confidence,
            roi: None,
            landmarks: PointSmoothing::new(LANDMARKS),
            region: PointSmoothing::new(REGION),
            world: PointSmoothing::new(WORLD),
            visibility: VisibilitySmoothing::new(),
        })
    }

    /// Forgets the body.
    pub(super) fn reset(&mut self) {
        self.roi = None;
        self.landmarks.reset();
        self.region.reset();
        self.world.reset();
        self.visibility = VisibilitySmoothing::new();
    }

    /// The body in a frame at `time`.
    pub(super) fn process(&mut self, image: Rgb, time: Duration) -> Result<Option<PoseFound>, HolisticError> {
        let roi = match self.roi.take() {
            Some(roi) => Some(roi),
            None => self.detect(image)?,
        };
        let raw = match roi.filter(|roi| roi.is_usable()) {
            Some(roi) => self.look(image, roi)?,
            None => None,
        };
        let Some(raw) = raw else {
            // World points and visibilities go on from where they were: in the reference, the calculators that
            // smooth them are not asked while there is nothing to smooth.
            self.landmarks.reset();
            self.region.reset();
            return Ok(None);
        };
        Ok(Some(self.smoothed(raw, image.size_px(), time)))
    }

    /// Looks for a body in the whole picture.
    fn detect(&mut self, image: Rgb) -> Result<Option<Roi>, HolisticError> {
        let size_px = image.size_px();
        let given = self.detector.run(image, Corners::letterbox(size_px))?;
        let output = Output { boxes: &given[0], scores: &given[1], side_px: DETECTOR.side_px };
        let found = Detection::<KEYPOINTS>::strongest(output, &self.anchors, self.detection_confidence);
        Ok(found.map(|found| {
            let letterbox = Letterbox::of(size_px);
            let [from, to, ..] = found.keypoints.map(|at| letterbox.removed(at.extend(0.0)).truncate());
            region(from, to, size_px)
        }))
    }

    /// Looks for the body's points in a region; none where there is no body.
    fn look(&mut self, image: Rgb, roi: Roi) -> Result<Option<RawPose>, HolisticError> {
        let given = self.landmarker.run(image, Corners::unstretched(roi, image.size_px()))?;
        let presence = given[1][0];
        Ok((presence > self.tracking_confidence)
            .then(|| decode([&given[0], &given[3], &given[4]], roi, image.size_px())))
    }

    fn smoothed(&mut self, raw: RawPose, size_px: Vec2, time: Duration) -> PoseFound {
        let RawPose { mut landmarks, region: mut ends, mut visibility, mut world } = raw;
        let object_px = object_size_px(&ends, size_px);
        self.visibility.smooth(&mut visibility);
        smooth_px(&mut self.landmarks, &mut landmarks, object_px, size_px, time);
        smooth_px(&mut self.region, &mut ends, object_px, size_px, time);
        self.world.smooth(&mut world, None, time);
        self.roi = Some(region(ends[0].truncate(), ends[1].truncate(), size_px));
        PoseFound { landmarks, visibility, world }
    }
}

/// The region around a body whose hips' middle and outermost point are given.
fn region(from: Vec2, to: Vec2, size_px: Vec2) -> Roi {
    Roi::aligned(Upright { from, to, target: FRAC_PI_2 }, size_px).enlarged(ENLARGED, size_px)
}

/// The side of the square around a body.
fn object_size_px(ends: &[Vec3; 2], size_px: Vec2) -> f32 {
    let upright = Upright { from: ends[0].truncate(), to: ends[1].truncate(), target: FRAC_PI_2 };
    let side = Roi::aligned(upright, size_px).size * size_px;
    (side.x + side.y) / 2.0
}

/// Smooths points in pixels, depth by the picture's width.
fn smooth_px<const N: usize>(
    filter: &mut PointSmoothing<N>,
    points: &mut [Vec3; N],
    object_px: f32,
    size_px: Vec2,
    time: Duration,
) {
    let scale = size_px.extend(size_px.x);
    points.iter_mut().for_each(|point| *point *= scale);
    filter.smooth(points, Some(object_px), time);
    points.iter_mut().for_each(|point| *point /= scale);
}

/// From the network's numbers to the picture. [TensorsToPoseLandmarksAndSegmentation, with its projections]
fn decode([values, maps, world]: [&[f32]; 3], roi: Roi, size_px: Vec2) -> RawPose {
    let mut refined = [Vec3::ZERO; NETWORK_POINTS];
    for (to, from) in refined.iter_mut().zip(points(values, NETWORK_POINT, LANDMARKER.side_px as f32)) {
        *to = from;
    }
    refine(&mut refined, maps);
    let place = |point: usize| roi.image_from_square_crop(refined[point], size_px);
    RawPose {
        landmarks: std::array::from_fn(place),
        region: [place(POSE_POINTS), place(POSE_POINTS + 1)],
        visibility: std::array::from_fn(|point| sigmoid(values[point * NETWORK_POINT + 3])),
        world: std::array::from_fn(|point| {
            let at = Vec3::from_slice(&world[point * 3..]);
            turned(at.truncate(), roi.rotation).extend(at.z)
        }),
    }
}
