//! What finds landmarks, as the batch job sees it.

use crate::holistic::{Holistic, HolisticFrame, Rgb};
use std::time::Duration;

/// Why landmarks could not be looked for.
pub type ExtractorError = Box<dyn std::error::Error + Send + Sync>;

/// Finds landmarks in the frames of one video after another.
pub trait Extractor: Send {
    /// Looks at the next frame, `time` after the video's first one.
    ///
    /// # Errors
    /// If a network fails; what is found of the video is then worth nothing.
    fn process(&mut self, image: Rgb<'_>, time: Duration) -> Result<HolisticFrame, ExtractorError>;

    /// Forgets the video, before another.
    fn reset(&mut self);
}

/// Opens an extractor: one for each worker.
pub type OpenExtractor<'a> = dyn Fn() -> Result<Box<dyn Extractor>, ExtractorError> + Sync + 'a;

impl Extractor for Holistic {
    fn process(&mut self, image: Rgb<'_>, time: Duration) -> Result<HolisticFrame, ExtractorError> {
        Ok(Holistic::process(self, image, time)?)
    }

    fn reset(&mut self) {
        Holistic::reset(self);
    }
}
