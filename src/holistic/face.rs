//! The face: looked for where the body's head is, then followed.
//! [FaceLandmarksFromPoseCpu]
//!
//! Eleven points of the body give a rough region, in which a detector looks for a face in every frame. Where the
//! last frame's mesh lies well within what it found, the region around that mesh is taken instead. A frame in
//! which the detector finds no face has none, however well it was followed before.

use super::anchors::anchors;
use super::crop::{Border, Corners, Input};
use super::detection::{Detection, Output, sigmoid};
use super::found::{FACE_POINTS, PoseFound};
use super::network::{Model, Runtime};
use super::pipeline::HolisticError;
use super::rgb::Rgb;
use super::roi::{Enlarged, Roi, Upright};
use super::stage::{Stage, points};
use super::tracking::{Tolerance, tracked};
use glam::{Vec2, Vec3};

const DETECTOR: Input = Input { side_px: 128, black: -1.0, border: Border::Zero };
const LANDMARKER: Input = Input { side_px: 192, black: 0.0, border: Border::Replicate };
const STRIDES_PX: [usize; 4] = [8, 16, 16, 16];
const KEYPOINTS: usize = 6;

/// Less sure faces are none, for the detector and for the mesh.
const SURE: f32 = 0.5;

const FROM_POSE: Enlarged = Enlarged { scale: 3.0, shift_y: 0.0 };
const FROM_DETECTION: Enlarged = Enlarged { scale: 2.0, shift_y: -0.1 };
const FROM_MESH: Enlarged = Enlarged { scale: 1.5, shift_y: 0.0 };

const TOLERANCE: Tolerance = Tolerance { rotation_deg: 15.0, translation: 0.1, scale: 0.3, margin: -0.2 };

/// The body's points that are of the head.
const HEAD: usize = 11;

type Mesh = Box<[Vec3; FACE_POINTS]>;

/// Finds and follows one face.
pub(super) struct FaceTracker {
    detector: Stage,
    anchors: Vec<Vec2>,
    landmarker: Stage,
    /// The last frame's; none where it had none.
    previous: Option<Mesh>,
}

impl FaceTracker {
    /// Opens its two networks.
    pub(super) fn open(runtime: &dyn Runtime) -> Result<Self, HolisticError> {
        Ok(Self {
            detector: Stage::open(runtime, Model::FaceDetection, DETECTOR)?,
            anchors: anchors(DETECTOR.side_px, &STRIDES_PX),
            landmarker: Stage::open(runtime, Model::FaceLandmark, LANDMARKER)?,
            previous: None,
        })
    }

    /// Forgets the face.
    pub(super) fn reset(&mut self) {
        self.previous = None;
    }

    /// The face of a body in a frame.
    pub(super) fn process(&mut self, image: Rgb, pose: &PoseFound) -> Result<Option<Mesh>, HolisticError> {
        let previous = self.previous.take();
        let size_px = image.size_px();
        let rough = roi_from_pose(pose, size_px);
        let fresh = if rough.is_usable() { self.detect(image, rough)? } else { None };
        let Some(fresh) = fresh else {
            return Ok(None);
        };
        let roi = previous.map_or(fresh, |mesh| {
            tracked(&mesh[..], roi_from_mesh(&mesh, size_px), fresh, TOLERANCE, size_px)
        });
        if roi.is_usable() {
            self.previous = self.look(image, roi)?;
        }
        Ok(self.previous.clone())
    }

    /// Looks for a face in a region. [FaceDetectionShortRangeByRoiCpu, FaceDetectionFrontDetectionsToRoi]
    fn detect(&mut self, image: Rgb, rough: Roi) -> Result<Option<Roi>, HolisticError> {
        let size_px = image.size_px();
        let given = self.detector.run(image, Corners::unstretched(rough, size_px))?;
        let output = Output { boxes: &given[0], scores: &given[1], side_px: DETECTOR.side_px };
        let found = Detection::<KEYPOINTS>::strongest(output, &self.anchors, SURE);
        Ok(found.map(|found| {
            let keypoints = found.keypoints.map(|at| rough.image_from_unstretched(at, size_px));
            let [right_eye, left_eye, ..] = keypoints;
            let upright = Upright { from: right_eye, to: left_eye, target: 0.0 };
            Roi::across(keypoints.into_iter(), upright, size_px).enlarged(FROM_DETECTION, size_px)
        }))
    }

    /// The mesh in a region; none where there is no face. [FaceLandmarkCpu]
    fn look(&mut self, image: Rgb, roi: Roi) -> Result<Option<Mesh>, HolisticError> {
        let given = self.landmarker.run(image, Corners::of(roi, image.size_px()))?;
        Ok((sigmoid(given[1][0]) > SURE).then(|| decode(&given[0], roi)))
    }
}

fn decode(values: &[f32], roi: Roi) -> Mesh {
    let mut mesh = Box::new([Vec3::ZERO; FACE_POINTS]);
    for (to, from) in mesh.iter_mut().zip(points(values, 3, LANDMARKER.side_px as f32)) {
        *to = roi.image_from_roi(from);
    }
    mesh
}

/// The region that the body's head gives, level with its eyes. [FaceLandmarksFromPoseToRecropRoi]
fn roi_from_pose(pose: &PoseFound, size_px: Vec2) -> Roi {
    let at = |point: usize| pose.landmarks[point].truncate();
    let upright = Upright { from: at(5), to: at(2), target: 0.0 };
    Roi::around((0..HEAD).map(at), upright, size_px).enlarged(FROM_POSE, size_px)
}

/// The region around a mesh, level with the outer corners of its eyes. [FaceLandmarksToRoi]
fn roi_from_mesh(mesh: &[Vec3; FACE_POINTS], size_px: Vec2) -> Roi {
    let at = |point: usize| mesh[point].truncate();
    let upright = Upright { from: at(33), to: at(263), target: 0.0 };
    Roi::around((0..FACE_POINTS).map(at), upright, size_px).enlarged(FROM_MESH, size_px)
}
