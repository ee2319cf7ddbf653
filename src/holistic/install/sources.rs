//! The files that networks are made of, and what they must be.

use crate::holistic::network::{Complexity, Model};

/// The release of MediaPipe's Python package that the networks come from: the newest that has Holistic.
pub(super) const MEDIAPIPE: &str = "0.10.21";
/// Of MediaPipe, the networks included.
pub(super) const MEDIAPIPE_LICENCE: &str = "Apache-2.0";
/// Of ONNX Runtime.
pub(super) const ONNX_RUNTIME_LICENCE: &str = "MIT";

/// A network as MediaPipe ships it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) model: Model,
    /// The file's name without its ending.
    pub(super) stem: &'static str,
    /// Its folder within the wheel; none where the wheel lacks it.
    pub(super) folder: Option<&'static str>,
    pub(super) bytes: u64,
    /// In lower-case hexadecimal digits.
    pub(super) sha256: &'static str,
}

impl Source {
    /// Its path within the wheel.
    pub(super) fn path_in_wheel(&self) -> Option<String> {
        Some(format!("mediapipe/modules/{}/{}.tflite", self.folder?, self.stem))
    }

    /// Its own name.
    pub(super) fn tflite_name(&self) -> String {
        format!("{}.tflite", self.stem)
    }

    /// The name of what is made of it.
    pub(super) fn onnx_name(&self) -> String {
        format!("{}.onnx", self.stem)
    }

    /// The names of the outputs that nothing reads.
    pub(super) fn left_out(&self) -> Vec<&'static str> {
        self.model.outputs().iter().filter(|output| !output.is_needed).map(|output| output.name).collect()
    }
}

/// All that are known: those of complexity 1 are in the wheel, the others are given.
pub(super) const SOURCES: [Source; 8] = [
    source(
        Model::PoseDetection,
        Some("pose_detection"),
        2_959_046,
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    ),
    source(
        Model::PoseLandmark,
        Some("pose_landmark"),
        6_440_512,
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
    source(
        Model::HandRecrop,
        Some("holistic_landmark"),
        123_792,
        "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
    ),
    source(
        Model::HandLandmark,
        Some("hand_landmark"),
        5_478_917,
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
    ),
    source(
        Model::FaceDetection,
        Some("face_detection"),
        229_714,
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    ),
    source(
        Model::FaceLandmark,
        Some("face_landmark"),
        1_242_398,
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    ),
    Source {
        stem: Model::PoseLandmark.stem(Complexity::Lite),
        ..source(
            Model::PoseLandmark,
            None,
            2_819_824,
            "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
        )
    },
    Source {
        stem: Model::PoseLandmark.stem(Complexity::Heavy),
        ..source(
            Model::PoseLandmark,
            None,
            27_709_200,
            "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
        )
    },
];

const fn source(model: Model, folder: Option<&'static str>, bytes: u64, sha256: &'static str) -> Source {
    Source { model, stem: model.stem(Complexity::Full), folder, bytes, sha256 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_of_complexity_1_is_in_the_wheel() {
        let stems = SOURCES.iter().filter(|source| source.folder.is_some()).map(|source| source.stem);
        assert!(stems.eq(Model::ALL.map(|model| model.stem(Complexity::Full))));
        let path = SOURCES[2].path_in_wheel();
        assert_eq!(path.as_deref(), Some("mediapipe/modules/holistic_landmark/hand_recrop.tflite"));
        assert_eq!(SOURCES.map(|source| source.left_out().len()), [0, 1, 0, 0, 0, 0, 1, 1]);
    }
}
