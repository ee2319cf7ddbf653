//! What the rooms below say, as a run's errors.

use super::TrainError;
use crate::dataset::DatasetError;
use crate::interpreter::gates::ExpectationsError;
use crate::models::bundles::BundleError;
use crate::models::features::StatisticsError;
use crate::models::motion_clip::MotionClipError;
use crate::models::sign_clip::SignClipError;
use crate::models::text::TextError;
use crate::models::tokenizer::TokenizerError;
use crate::pose::LandmarkError;

macro_rules! said {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for TrainError {
            fn from(error: $error) -> Self {
                TrainError::task(error)
            }
        })*
    };
}

said![
    BundleError,
    DatasetError,
    ExpectationsError,
    LandmarkError,
    MotionClipError,
    SignClipError,
    StatisticsError,
    TextError,
    TokenizerError,
];
