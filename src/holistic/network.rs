//! Networks as the pipeline sees them: numbers in, numbers out, whatever runs them.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

/// The command that brings the networks and the runtime.
pub(super) const INSTALL: &str = "nashra models install holistic";

/// A network of MediaPipe Holistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Model {
    /// Finds a body in a whole picture.
    PoseDetection,
    /// Landmarks of a body.
    PoseLandmark,
    /// Where exactly a hand is.
    HandRecrop,
    /// Landmarks of a hand.
    HandLandmark,
    /// Finds a face.
    FaceDetection,
    /// Landmarks of a face.
    FaceLandmark,
}

/// Which network finds the landmarks of bodies: MediaPipe's `model_complexity`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Complexity {
    /// 0.
    Lite,
    /// 1.
    #[default]
    Full,
    /// 2.
    Heavy,
}

/// An output of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name in the network's file.
    pub name: &'static str,
    /// How many numbers it has.
    pub length: usize,
    /// False where nothing reads it; a file may lack it then, and its numbers are none.
    pub is_needed: bool,
}

const fn output(name: &'static str, length: usize) -> Output {
    Output { name, length, is_needed: true }
}

impl Model {
    /// All, in the order in which a picture goes through them.
    pub const ALL: [Self; 6] = [
        Self::PoseDetection,
        Self::PoseLandmark,
        Self::HandRecrop,
        Self::HandLandmark,
        Self::FaceDetection,
        Self::FaceLandmark,
    ];

    /// The name of its file in MediaPipe, without an ending.
    pub const fn stem(self, complexity: Complexity) -> &'static str {
        match self {
            Self::PoseDetection => "pose_detection",
            Self::PoseLandmark => complexity.stem(),
            Self::HandRecrop => "hand_recrop",
            Self::HandLandmark => "hand_landmark_full",
            Self::FaceDetection => "face_detection_short_range",
            Self::FaceLandmark => "face_landmark",
        }
    }

    /// How many pixels its input is wide and high.
    pub fn input_side_px(self) -> usize {
        match self {
            Self::PoseDetection | Self::HandLandmark => 224,
            Self::PoseLandmark | Self::HandRecrop => 256,
            Self::FaceDetection => 128,
            Self::FaceLandmark => 192,
        }
    }

    /// Its outputs, in order.
    pub fn outputs(self) -> &'static [Output] {
        // x, y, width, height and four keypoints of each anchor; a logit of each.
        const POSE_DETECTION: [Output; 2] = [output("Identity", 2254 * 12), output("Identity_1", 2254)];
        const SEGMENTATION: Output = Output { is_needed: false, ..output("Identity_2", 256 * 256) };
        // 39 landmarks of 5 numbers, presence, heatmaps, 39 world landmarks.
        const POSE_LANDMARK: [Output; 5] = [
            output("Identity", 39 * 5),
            output("Identity_1", 1),
            SEGMENTATION,
            output("Identity_3", 64 * 64 * 39),
            output("Identity_4", 39 * 3),
        ];
        const HAND_RECROP: [Output; 1] = [output("output_crop", 4)];
        // Landmarks, presence, handedness, world landmarks.
        const HAND_LANDMARK: [Output; 4] = [
            output("Identity", 21 * 3),
            output("Identity_1", 1),
            output("Identity_2", 1),
            output("Identity_3", 21 * 3),
        ];
        // x, y, width, height and six keypoints of each anchor; a logit of each.
        const FACE_DETECTION: [Output; 2] = [output("regressors", 896 * 16), output("classificators", 896)];
        // Landmarks; a logit of the face's presence.
        const FACE_LANDMARK: [Output; 2] = [output("conv2d_21", 468 * 3), output("conv2d_31", 1)];
        match self {
            Self::PoseDetection => &POSE_DETECTION,
            Self::PoseLandmark => &POSE_LANDMARK,
            Self::HandRecrop => &HAND_RECROP,
            Self::HandLandmark => &HAND_LANDMARK,
            Self::FaceDetection => &FACE_DETECTION,
            Self::FaceLandmark => &FACE_LANDMARK,
        }
    }
}

impl Complexity {
    /// MediaPipe's number.
    pub fn number(self) -> u8 {
        match self {
            Self::Lite => 0,
            Self::Full => 1,
            Self::Heavy => 2,
        }
    }

    /// By MediaPipe's number.
    pub fn of_number(number: u8) -> Option<Self> {
        [Self::Lite, Self::Full, Self::Heavy].into_iter().find(|complexity| complexity.number() == number)
    }

    const fn stem(self) -> &'static str {
        match self {
            Self::Lite => "pose_landmark_lite",
            Self::Full => "pose_landmark_full",
            Self::Heavy => "pose_landmark_heavy",
        }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PoseDetection => "pose detection",
            Self::PoseLandmark => "pose landmarks",
            Self::HandRecrop => "hand re-crop",
            Self::HandLandmark => "hand landmarks",
            Self::FaceDetection => "face detection",
            Self::FaceLandmark => "face landmarks",
        })
    }
}

/// A network that is open. Its batch is 1.
pub trait Network: Send {
    /// Runs it on `[height, width, 3]` numbers, to the outputs of [`Model::outputs`]: in that order, each of
    /// that length, or empty where it is not needed.
    ///
    /// # Errors
    /// [`NetworkError`], where the input has another length, or the runtime fails.
    fn run(&mut self, input: &[f32]) -> Result<Vec<Vec<f32>>, NetworkError>;
}

/// What opens networks. Each network that it opens can be run on a thread of its own.
pub trait Runtime: Send + Sync {
    /// Opens a network.
    ///
    /// # Errors
    /// [`NetworkError`], where its file is missing or is none that the runtime reads.
    fn open(&self, model: Model) -> Result<Box<dyn Network>, NetworkError>;
}

/// Why a network could not be opened or run.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// There is no runtime on the machine.
    #[error("ONNX Runtime is not installed: there is no {}; {INSTALL} brings it", .looked.display())]
    NoLibrary {
        /// Where it was looked for.
        looked: PathBuf,
    },
    /// A library that is none, or too old.
    #[error("{}: not a library of ONNX Runtime 1.24 or newer: {reason}; {INSTALL} brings one", .path.display())]
    BadLibrary {
        /// The library.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A network's file is missing.
    #[error("{model}: there is no {}{}; {INSTALL} brings it", .path.display(), given(.model, .path))]
    NoModel {
        /// The network.
        model: Model,
        /// The file.
        path: PathBuf,
    },
    /// A file that is no such network.
    #[error("{model}: {}: {reason}; {INSTALL} makes it anew", .path.display())]
    BadModel {
        /// The network.
        model: Model,
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An input of another length.
    #[error("{model}: expected {expected} numbers, found {found}")]
    Input {
        /// The network.
        model: Model,
        /// Height times width times 3.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The runtime failed.
    #[error("{model}: {reason}")]
    Run {
        /// The network.
        model: Model,
        /// What the runtime said.
        reason: String,
    },
    /// The failure of another runtime.
    #[error(transparent)]
    Other(#[from] Box<dyn Error + Send + Sync>),
}

/// What else a file needs that the wheel does not have.
fn given(model: &Model, path: &std::path::Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    let lacks = |complexity: &Complexity| *complexity != Complexity::Full && stem == complexity.stem();
    let lacking = [Complexity::Lite, Complexity::Heavy].into_iter().find(lacks);
    match lacking {
        Some(complexity) if *model == Model::PoseLandmark => format!(
            " (complexity {}: MediaPipe's Python package lacks it; give {}.tflite with --tflite)",
            complexity.number(),
            complexity.stem(),
        ),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_with_what_brings_it() {
        let path = PathBuf::from("/m/pose_landmark_heavy.onnx");
        let message = NetworkError::NoModel { model: Model::PoseLandmark, path }.to_string();
        assert_eq!(
            message,
            "pose landmarks: there is no /m/pose_landmark_heavy.onnx (complexity 2: MediaPipe's Python package \
             lacks it; give pose_landmark_heavy.tflite with --tflite); nashra models install holistic brings it"
        );
        let looked = PathBuf::from("/m/libonnxruntime.so");
        let message = NetworkError::NoLibrary { looked }.to_string();
        assert!(message.starts_with("ONNX Runtime is not installed: there is no /m/lib"), "{message}");
    }

    #[test]
    fn complexities_go_by_their_numbers() {
        let all: Vec<_> = (0..4).map(Complexity::of_number).collect();
        assert_eq!(all, [Some(Complexity::Lite), Some(Complexity::Full), Some(Complexity::Heavy), None]);
    }
}
