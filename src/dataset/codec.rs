//! A clip's landmarks as bytes: quantised, differences over time, deflated.
//!
//! Each axis of a clip has a step of its own: 1/4096 of the distance between the 5th and the 95th
//! percentile of the seen points, larger only where stray points lie so far out that 16 bits would not reach
//! them. So a stored coordinate is off by at most half a step, 1/8192 of that spread: in a picture with a
//! person of 250 pixels from shoulder to shoulder, about 0.05 pixels, where MediaPipe's own points jitter by
//! half a pixel. Confidences have 8 bits, and only what was not seen is stored as not seen. The place of a
//! point that was not seen is not kept; it is read as the origin.

use crate::pose::{ImageSize, Layout, PoseSequence};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use glam::Vec3;
use std::io::Read;
use std::sync::Arc;

/// Steps within the spread of an axis.
const STEPS: f64 = 4096.0;
/// Coordinates beyond this are no landmarks.
const FARTHEST: f32 = 1e9;
/// The beginning of a clip.
const MARK: [u8; 4] = *b"clip";
/// Bytes before a clip's body.
const HEADER: usize = 60;
/// Bytes of a point in a frame: three numbers of 16 bits and a confidence.
const POINT_BYTES: usize = 7;
/// Deflate makes at most this of one byte.
const MOST_INFLATED: usize = 1032;

/// A clip ready to be stored.
#[derive(Clone, Debug)]
pub struct EncodedClip {
    pub(super) layout: Arc<Layout>,
    pub(super) fps: f32,
    pub(super) frames: usize,
    size: ImageSize,
    low: [f32; 3],
    step: [f32; 3],
    body: Vec<u8>,
}

/// An axis' steps.
struct Grid {
    low: f32,
    step: f32,
}

impl EncodedClip {
    /// Encodes a clip: the work of storing it, for threads of their own.
    ///
    /// # Errors
    /// What was expected and what was found, where a seen point is not finite, the rate is not above 0, or
    /// the arrays do not fit the layout.
    pub fn new(clip: &PoseSequence) -> Result<Self, String> {
        check(clip)?;
        let grids = [0, 1, 2].map(|axis| Grid::of(clip, axis));
        let mut planes = Vec::with_capacity(clip.positions.len() * POINT_BYTES);
        for (axis, grid) in grids.iter().enumerate() {
            put_axis(&mut planes, clip, axis, grid);
        }
        put_confidences(&mut planes, clip);
        let mut body = Vec::with_capacity(planes.len() / 2);
        // From memory to memory: nothing that could fail.
        DeflateEncoder::new(planes.as_slice(), Compression::fast())
            .read_to_end(&mut body)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            layout: clip.layout.clone(),
            fps: clip.fps,
            frames: clip.frame_count(),
            size: clip.size,
            low: grids.each_ref().map(|grid| grid.low),
            step: grids.each_ref().map(|grid| grid.step),
            body,
        })
    }

    /// The bytes, with the number of the layout in the dataset.
    pub(super) fn bytes(&self, layout: u16) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.body.len());
        out.extend(MARK);
        out.extend(layout.to_le_bytes());
        out.extend((self.layout.point_count() as u16).to_le_bytes());
        for side in [self.size.width, self.size.height, self.size.depth, 0] {
            out.extend(side.to_le_bytes());
        }
        out.extend((self.frames as u32).to_le_bytes());
        for number in [self.fps].iter().chain(&self.low).chain(&self.step) {
            out.extend(number.to_le_bytes());
        }
        out.extend((self.body.len() as u64).to_le_bytes());
        let sum = checksum(&out, &self.body);
        out.extend(sum.to_le_bytes());
        out.extend(&self.body);
        out
    }
}

/// Reads a clip from its bytes.
pub(super) fn decode(bytes: &[u8], layouts: &[Arc<Layout>]) -> Result<PoseSequence, String> {
    let (header, body) = bytes
        .split_at_checked(HEADER)
        .ok_or_else(|| format!("expected a header of {HEADER} bytes, found {} bytes", bytes.len()))?;
    let mut header = Header(header);
    if header.take::<4>()? != MARK {
        return Err("expected the beginning of a clip, found something else".to_owned());
    }
    let layout = usize::from(header.u16()?);
    let points = usize::from(header.u16()?);
    let size = ImageSize { width: header.u16()?, height: header.u16()?, depth: header.u16()? };
    header.u16()?;
    let frames = u32::from_le_bytes(header.take()?) as usize;
    let fps = header.f32()?;
    let low = [header.f32()?, header.f32()?, header.f32()?];
    let step = [header.f32()?, header.f32()?, header.f32()?];
    let length = u64::from_le_bytes(header.take()?);
    let sum = u32::from_le_bytes(header.take()?);
    if length != body.len() as u64 {
        return Err(format!("expected {length} bytes of landmarks, found {}", body.len()));
    }
    // No fuzzer finds a checksum, and it is not there to be relied on.
    if !cfg!(fuzzing) && sum != checksum(bytes.get(..HEADER - 4).unwrap_or_default(), body) {
        return Err("the checksum is another".to_owned());
    }
    let layout = layouts.get(layout).filter(|layout| layout.point_count() == points);
    let layout = layout.ok_or_else(|| format!("found no layout with its number and {points} points"))?;
    let all_finite = low.iter().chain(&step).all(|number| number.is_finite());
    if !(all_finite && fps.is_finite() && fps > 0.0) {
        return Err("expected finite numbers in its header, found others".to_owned());
    }
    let count = frames.saturating_mul(points);
    let planes = inflate(body, count.saturating_mul(POINT_BYTES))?;
    let mut clip = PoseSequence::unseen(layout.clone(), size, fps, frames);
    fill(&mut clip, &planes, low, step);
    Ok(clip)
}

fn check(clip: &PoseSequence) -> Result<(), String> {
    super::about::check(&clip.layout)?;
    if !(clip.fps.is_finite() && clip.fps > 0.0) {
        return Err(format!("expected a rate above 0 frames a second, found {}", clip.fps));
    }
    let count = clip.frame_count() * clip.point_count();
    if clip.positions.len() != count
        || clip.confidences.len() != count
        || clip.frame_count() > u32::MAX as usize
    {
        let (positions, confidences) = (clip.positions.len(), clip.confidences.len());
        return Err(format!(
            "expected whole frames of {} points, found {positions} positions and {confidences} confidences",
            clip.point_count()
        ));
    }
    let is_landmark = |at: &Vec3| at.abs().max_element() <= FARTHEST && at.is_finite();
    let wrong =
        |(at, confidence): (&Vec3, &f32)| confidence.is_nan() || *confidence > 0.0 && !is_landmark(at);
    match clip.positions.iter().zip(&clip.confidences).position(wrong) {
        None => Ok(()),
        Some(at) => {
            let (frame, point) = (at / clip.point_count(), at % clip.point_count());
            let (found, confidence) = (clip.positions[at], clip.confidences[at]);
            Err(format!(
                "expected finite landmarks, found {found} with confidence {confidence} at frame {frame}, \
                 point {point}"
            ))
        }
    }
}

impl Grid {
    fn of(clip: &PoseSequence, axis: usize) -> Grid {
        let seen = clip.positions.iter().zip(&clip.confidences).filter(|(_, confidence)| **confidence > 0.0);
        let mut values: Vec<f32> = seen.map(|(at, _)| at[axis]).collect();
        if values.is_empty() {
            return Grid { low: 0.0, step: 0.0 };
        }
        let last = values.len() - 1;
        let mut percentile = |share: f64| {
            let at = (share * last as f64) as usize;
            *values.select_nth_unstable_by(at, f32::total_cmp).1
        };
        let spread = f64::from(percentile(0.95)) - f64::from(percentile(0.05));
        let (low, high) = (percentile(0.0), percentile(1.0));
        let needed = (f64::from(high) - f64::from(low)) / f64::from(u16::MAX);
        Grid { low, step: (spread / STEPS).max(needed) as f32 }
    }

    fn number(&self, value: f32) -> u16 {
        if self.step <= 0.0 {
            return 0;
        }
        ((f64::from(value) - f64::from(self.low)) / f64::from(self.step)).round() as u16
    }
}

/// An axis, point by point over time: differences with the sign in the lowest bit, all their low bytes and
/// then all their high ones, which are nearly all 0.
fn put_axis(planes: &mut Vec<u8>, clip: &PoseSequence, axis: usize, grid: &Grid) {
    let (points, count) = (clip.point_count(), clip.positions.len());
    let start = planes.len();
    planes.resize(start + 2 * count, 0);
    let (low, high) = planes[start..].split_at_mut(count);
    let mut bytes = low.iter_mut().zip(high);
    for point in 0..points {
        let mut before = 0u16;
        let seen = clip.confidences.iter().skip(point).step_by(points);
        for (at, confidence) in clip.positions.iter().skip(point).step_by(points).zip(seen) {
            let now = if *confidence > 0.0 { grid.number(at[axis]) } else { before };
            let difference = now.wrapping_sub(before) as i16;
            let folded = ((difference << 1) ^ (difference >> 15)) as u16;
            if let Some((low, high)) = bytes.next() {
                [*low, *high] = folded.to_le_bytes();
            }
            before = now;
        }
    }
}

fn put_confidences(planes: &mut Vec<u8>, clip: &PoseSequence) {
    let points = clip.point_count();
    for point in 0..points {
        let mut before = 0u8;
        for &confidence in clip.confidences.iter().skip(point).step_by(points) {
            let now = if confidence > 0.0 { (confidence * 255.0).round().clamp(1.0, 255.0) as u8 } else { 0 };
            planes.push(now.wrapping_sub(before));
            before = now;
        }
    }
}

fn fill(clip: &mut PoseSequence, planes: &[u8], low: [f32; 3], step: [f32; 3]) {
    let (points, frames, count) = (clip.point_count(), clip.frame_count(), clip.positions.len());
    let (axes, confidences) = planes.split_at(6 * count);
    for point in 0..points {
        let mut before = 0u8;
        let column = point * frames..(point + 1) * frames;
        for (frame, difference) in confidences[column].iter().enumerate() {
            before = before.wrapping_add(*difference);
            clip.confidences[frame * points + point] = f32::from(before) / 255.0;
        }
    }
    for axis in 0..3 {
        let (lows, highs) = axes[2 * axis * count..2 * (axis + 1) * count].split_at(count);
        for point in 0..points {
            let mut before = 0u16;
            for frame in 0..frames {
                let at = point * frames + frame;
                let folded = u16::from_le_bytes([lows[at], highs[at]]);
                before = before.wrapping_add((folded >> 1) ^ (folded & 1).wrapping_neg());
                let to = frame * points + point;
                if clip.confidences[to] > 0.0 {
                    clip.positions[to][axis] = low[axis] + f32::from(before) * step[axis];
                }
            }
        }
    }
}

fn inflate(body: &[u8], expected: usize) -> Result<Vec<u8>, String> {
    // Nothing is allocated on a header's word alone.
    if expected > (body.len() + 1) * MOST_INFLATED {
        return Err(format!("{} bytes cannot hold the {expected} that its header promises", body.len()));
    }
    let mut planes = Vec::with_capacity(expected);
    let mut decoder = DeflateDecoder::new(body).take(expected as u64 + 1);
    decoder.read_to_end(&mut planes).map_err(|error| error.to_string())?;
    match planes.len() {
        found if found == expected => Ok(planes),
        found => Err(format!("expected {expected} bytes when unpacked, found {found}")),
    }
}

fn checksum(header: &[u8], body: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(header);
    sum.update(body);
    sum.sum()
}

/// What is left of a header.
struct Header<'a>(&'a [u8]);

impl Header<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (first, rest) = self.0.split_first_chunk().ok_or("its header is cut short")?;
        self.0 = rest;
        Ok(*first)
    }

    fn u16(&mut self) -> Result<u16, String> {
        Ok(u16::from_le_bytes(self.take()?))
    }

    fn f32(&mut self) -> Result<f32, String> {
        Ok(f32::from_le_bytes(self.take()?))
    }
}
