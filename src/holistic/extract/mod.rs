//! Videos in, `.pose` files out: the batch job.
//!
//! ```text
//! folders, files ──Clip──▶ shard ──▶ not done yet ──workers──▶ x.pose, x.extract.json, x.preview.mp4
//! ```
//!
//! Each clip is worked on by one worker from its first frame to its last, so clips need nothing of each
//! other, and runs on many machines need not talk: a clip's shard comes from its path, and whether it is
//! done is written beside it. A file gets its name when it is whole and the record when all is there, so
//! whatever is broken off is done again.

mod batch;
mod clip;
mod draw;
mod error;
mod extractor;
mod guard;
mod points;
mod pose_stream;
mod preview;
mod progress;
mod quality;
mod record;
mod report;
mod shard;
mod sources;
#[cfg(test)]
mod testing;

pub use batch::{Options, extract};
pub use error::{ClipError, ExtractError};
pub use extractor::{Extractor, ExtractorError, OpenExtractor};
pub use points::Points;
pub use progress::{Event, Progress};
pub use quality::Quality;
pub use record::ClipRecord;
pub use report::{ClipReport, Failure, Halt, Report};
pub use shard::Shard;
pub use sources::VIDEO_EXTENSIONS;
