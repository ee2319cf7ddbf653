//! Videos as pictures with their times, and pictures as videos, by `ffmpeg` and `ffprobe` processes.
//!
//! Processes instead of a linked library: nothing to build against, and a file that crashes a decoder
//! costs that file. Every process is reaped, whatever ends its owner, and what it complained about is
//! kept for the error or the report.
//!
//! - [`Ffmpeg`]: the programs and what they can do
//! - [`VideoInfo`]: what a file says of itself, before anything is decoded
//! - [`Frames`]: every decoded picture once, with its own time
//! - [`Encoder`]: pictures into an MP4

mod encode;
mod error;
mod ffmpeg;
mod frames;
mod messages;
mod probe;
mod process;
mod shape;
#[cfg(test)]
pub(crate) mod testing;

pub use encode::Encoder;
pub use error::VideoError;
pub use ffmpeg::Ffmpeg;
pub use frames::{Ending, Frame, Frames, Reading};
pub use probe::{Rate, VideoInfo};
pub use process::end_children;
pub use shape::{LARGEST_PICTURE_PX, Shape};
