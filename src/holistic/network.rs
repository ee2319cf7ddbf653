//! Networks as the pipeline sees them, whatever runs them.
use std::error::Error;

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// Finds bodies in a whole picture.
    PoseDetection,
    /// Points of a body.
    PoseLandmark,
    /// Where exactly a hand is.
    HandRecrop,
    /// Points of a hand.
    HandLandmark,
    /// Finds faces.
    FaceDetection,
    /// Points of a face.
    FaceLandmark,
}

/// Why a network cannot be run.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NetworkError(pub Box<dyn Error + Send + Sync>);

/// A network that is open.
pub trait Network: Send {
    /// Runs it.
    fn run(&mut self, input: &[f32]) -> Result<Vec<Vec<f32>>, NetworkError>;
}

/// Opens networks.
pub trait Runtime: Send + Sync {
    /// Opens one.
    fn open(&self, model: Model) -> Result<Box<dyn Network>, NetworkError>;
}
