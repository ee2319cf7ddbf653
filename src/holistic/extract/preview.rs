//! The video once more, with the landmarks over it.
//!
//! Made from the finished landmarks and a second decoding, which costs little beside the networks: so a
//! preview can be had later, and one that fails spoils nothing.

use super::draw::Canvas;
use super::pose_stream::{PoseFrame, PoseReader};
use super::sources::Clip;
use super::{ClipError, ClipRecord};
use crate::holistic::video::{Encoder, Ffmpeg, Frames, Reading, Shape};
use crate::pose::ImageSize;
use glam::Vec2;

/// Pixels of a preview at most.
const LARGEST_PX: u64 = 1280 * 720;

/// Writes a clip's preview.
pub(super) fn preview(
    ffmpeg: &Ffmpeg,
    clip: &Clip,
    record: &ClipRecord,
    reading: &Reading,
) -> Result<(), ClipError> {
    let layout = record.layout().layout();
    let shape = Shape { largest_px: LARGEST_PX.min(reading.shape.largest_px), ..reading.shape };
    let (width, height) = shape.decoded_size(&record.video);
    let scale = Vec2::new(record.size.0 as f32 / width as f32, record.size.1 as f32 / height as f32);
    let mut landmarks = PoseReader::open(&clip.pose, &layout, image_size(record.size))?;
    let reading = Reading { shape, ..reading.clone() };
    let mut frames = Frames::open(ffmpeg, &clip.source, &record.video, &reading)?;
    let mut encoder = Encoder::create(ffmpeg, &clip.preview(), (width, height), landmarks.fps.into())?;
    let mut pixels = Vec::new();
    while let Some(PoseFrame { positions, confidences }) = landmarks.next_frame()? {
        let Some(frame) = frames.next_frame()? else { break };
        pixels.clear();
        pixels.extend_from_slice(frame.image.pixels());
        Canvas::new(&mut pixels, width, height).landmarks(&layout, &positions, &confidences, scale);
        encoder.write(&pixels)?;
    }
    Ok(encoder.finish()?)
}

/// The header's size: sides are at most 32,766 pixels when a video is opened.
pub(super) fn image_size((width, height): (u32, u32)) -> ImageSize {
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    // No depth: z is in widths of the picture.
    ImageSize { width: side(width), height: side(height), depth: 0 }
}
