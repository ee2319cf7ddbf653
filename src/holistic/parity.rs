//! How far our landmarks are from those that Python's MediaPipe finds in the same frames.

use super::found::{ALL_POINTS, FACE_POINTS, HAND_POINTS, HolisticFrame, POSE_POINTS};
use flate2::read::DeflateDecoder;
use glam::{Vec2, Vec3};
use std::fmt;
use std::io::Read;
use std::path::Path;

/// What a reference found in a clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Width and height of the picture, pixels.
    pub size_px: Vec2,
    /// Of each frame, the points of [`HolisticFrame::landmarks`]; zeros where a part was not found.
    pub landmarks: Vec<[Vec3; ALL_POINTS]>,
    /// Of each frame: pose, face, left hand, right hand.
    pub present: Vec<[bool; 4]>,
}

/// Why a reference cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// Not read from the disk.
    #[error("{0}")]
    Read(#[from] std::io::Error),
    /// No `.npz` archive.
    #[error("no .npz archive: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// An array that is missing or other than expected.
    #[error("array `{name}`: expected {expected}, found {found}")]
    Array {
        /// Its name in the archive.
        name: &'static str,
        /// Type and shape.
        expected: String,
        /// Type and shape, or what is wrong.
        found: String,
    },
}

/// An array of an archive.
struct Array {
    name: &'static str,
    /// NumPy's name of the type.
    kind: String,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Reference {
    /// Reads an `.npz` archive with `landmarks` f4 `[frames, 543, 3]`, `present` bool `[frames, 4]` and `size`
    /// (width and height).
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn read(path: &Path) -> Result<Self, ReferenceError> {
        let mut archive = zip::ZipArchive::new(std::fs::File::open(path)?)?;
        let landmarks = Array::read(&mut archive, "landmarks")?;
        let frames = landmarks.shape.first().copied().unwrap_or_default();
        landmarks.expect("<f4", &[frames, ALL_POINTS, 3])?;
        let present = Array::read(&mut archive, "present")?;
        present.expect("|b1", &[frames, 4])?;
        let size = Array::read(&mut archive, "size")?.whole_numbers()?;
        let numbers = landmarks.bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let numbers: Vec<f32> = numbers.collect();
        let points: Vec<Vec3> = numbers.as_chunks().0.iter().map(|point| Vec3::from_array(*point)).collect();
        Ok(Self {
            size_px: Vec2::new(size[0] as f32, size[1] as f32),
            landmarks: points.as_chunks().0.to_vec(),
            present: present.bytes.as_chunks().0.iter().map(|flags| flags.map(|flag| flag != 0)).collect(),
        })
    }
}

impl Array {
    fn read(
        archive: &mut zip::ZipArchive<std::fs::File>,
        name: &'static str,
    ) -> Result<Self, ReferenceError> {
        let wrong =
            |found: String| ReferenceError::Array { name, expected: "a .npy array".to_owned(), found };
        let index = archive.index_for_name(&format!("{name}.npy")).ok_or_else(|| wrong("none".to_owned()))?;
        let mut member = archive.by_index_raw(index)?;
        let mut bytes = Vec::new();
        match member.compression() {
            zip::CompressionMethod::Stored => member.read_to_end(&mut bytes)?,
            _ => DeflateDecoder::new(member).read_to_end(&mut bytes)?,
        };
        Self::of_npy(name, &bytes).ok_or_else(|| wrong("other bytes".to_owned()))
    }

    /// Version 1 of the format, which NumPy writes for plain arrays.
    fn of_npy(name: &'static str, bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(b"\x93NUMPY\x01\x00")?;
        let (length, rest) = rest.split_first_chunk()?;
        let (header, body) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let header = std::str::from_utf8(header).ok()?;
        let after = |key: &str| header.split_once(key).map(|(_, rest)| rest);
        let kind = after("'descr': '")?.split('\'').next()?.to_owned();
        let shape = after("'shape': (")?.split(')').next()?;
        let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
        let shape = sizes.map(|size| size.parse().ok()).collect::<Option<Vec<usize>>>()?;
        let is_by_rows = after("'fortran_order': ")?.starts_with("False");
        is_by_rows.then(|| Self { name, kind, shape, bytes: body.to_vec() })
    }

    fn expect(&self, kind: &str, shape: &[usize]) -> Result<(), ReferenceError> {
        let width = kind.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(1);
        let length = shape.iter().product::<usize>() * width;
        if self.kind == kind && self.shape == shape && self.bytes.len() == length {
            return Ok(());
        }
        let found = format!("{} {:?} in {} bytes", self.kind, self.shape, self.bytes.len());
        Err(ReferenceError::Array { name: self.name, expected: format!("{kind} {shape:?}"), found })
    }

    /// Two whole numbers of four or eight bytes, or two floats of eight.
    fn whole_numbers(&self) -> Result<[u32; 2], ReferenceError> {
        let read = |bytes: &[u8]| match (&self.kind[..], bytes) {
            ("<i4", &[a, b, c, d]) => u32::try_from(i32::from_le_bytes([a, b, c, d])).ok(),
            ("<i8", bytes) => {
                bytes.try_into().ok().and_then(|bytes| u32::try_from(i64::from_le_bytes(bytes)).ok())
            }
            ("<f8", bytes) => bytes.try_into().ok().map(|bytes| f64::from_le_bytes(bytes) as u32),
            _ => None,
        };
        let numbers: Option<Vec<u32>> = self.bytes.chunks((self.bytes.len() / 2).max(1)).map(read).collect();
        numbers.and_then(|numbers| <[u32; 2]>::try_from(numbers).ok()).ok_or_else(|| ReferenceError::Array {
            name: self.name,
            expected: "two whole numbers".to_owned(),
            found: format!("{} {:?}", self.kind, self.shape),
        })
    }
}

/// One part of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartParity {
    /// Frames in which both found it.
    pub frames: usize,
    /// Frames in which just one found it.
    pub disagreeing: usize,
    /// Of x and y, over all points of the frames in which both found it, pixels.
    pub mean_px: f32,
    /// Below this are 95 of 100 points.
    pub p95_px: f32,
    /// The furthest point.
    pub most_px: f32,
}

/// A clip: pose, face, left hand, right hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parity {
    /// In the order of [`HolisticFrame::parts`].
    pub parts: [PartParity; 4],
    /// Frames that were compared.
    pub frames: usize,
}

/// Names of the parts of [`Parity`].
pub const PARTS: [&str; 4] = ["body", "face", "left hand", "right hand"];

const COUNTS: [usize; 4] = [POSE_POINTS, FACE_POINTS, HAND_POINTS, HAND_POINTS];

/// Compares frames with what a reference found in them; as many as both have.
pub fn parity(ours: &[HolisticFrame], reference: &Reference) -> Parity {
    let mut start = 0;
    let parts = std::array::from_fn(|part| {
        let points = start..start + COUNTS[part];
        start = points.end;
        let mut distances = Vec::new();
        let (mut frames, mut disagreeing) = (0, 0);
        for ((ours, theirs), present) in ours.iter().zip(&reference.landmarks).zip(&reference.present) {
            match (ours.parts()[part], present[part]) {
                (Some(ours), true) => {
                    frames += 1;
                    let pairs = ours.iter().zip(&theirs[points.clone()]);
                    distances.extend(pairs.map(|(a, b)| ((*a - *b).truncate() * reference.size_px).length()));
                }
                (None, false) => {}
                _ => disagreeing += 1,
            }
        }
        PartParity::of(frames, disagreeing, distances)
    });
    Parity { parts, frames: ours.len().min(reference.landmarks.len()) }
}

impl PartParity {
    fn of(frames: usize, disagreeing: usize, mut distances_px: Vec<f32>) -> Self {
        distances_px.sort_by(f32::total_cmp);
        let count = distances_px.len();
        let at = |place: usize| distances_px.get(place).copied().unwrap_or_default();
        Self {
            frames,
            disagreeing,
            mean_px: distances_px.iter().fold(0.0, |sum, distance| sum + distance) / count.max(1) as f32,
            p95_px: at(count * 95 / 100),
            most_px: at(count.saturating_sub(1)),
        }
    }
}

impl Parity {
    /// The share of frames in which both found a part, or both did not, in [0, 1].
    pub fn agreement(&self, part: usize) -> f32 {
        1.0 - self.parts[part].disagreeing as f32 / self.frames.max(1) as f32
    }
}

impl fmt::Display for Parity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| part | frames | mean px | p95 px | max px | presence |\n|---|---|---|---|---|---|")?;
        for (part, (name, parity)) in PARTS.iter().zip(&self.parts).enumerate() {
            let PartParity { frames, mean_px, p95_px, most_px, .. } = parity;
            let agreement = 100.0 * self.agreement(part);
            writeln!(
                f,
                "| {name} | {frames} | {mean_px:.4} | {p95_px:.4} | {most_px:.3} | {agreement:.1} % |"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference() -> Reference {
        let landmarks = vec![[Vec3::splat(0.5); ALL_POINTS]; 2];
        let present = vec![[false, false, true, false], [false, false, true, true]];
        Reference { size_px: Vec2::new(200.0, 100.0), landmarks, present }
    }

    #[test]
    fn distances_are_pixels_of_frames_in_which_both_found_a_part() {
        let hand = [Vec3::new(0.51, 0.5, 9.0); HAND_POINTS];
        let found = HolisticFrame { left_hand: Some(hand), ..HolisticFrame::default() };
        let parity = parity(&[found, HolisticFrame::default()], &reference());
        let left = parity.parts[2];
        assert_eq!((left.frames, left.disagreeing), (1, 1));
        assert!((left.mean_px - 2.0).abs() < 1e-4 && (left.most_px - 2.0).abs() < 1e-4, "{left:?}");
        assert_eq!([0, 1, 2, 3].map(|part| parity.agreement(part)), [1.0, 1.0, 0.5, 0.5]);
    }

    #[test]
    fn archives_that_are_none_say_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(Reference::read(file.path()), Err(ReferenceError::Archive(_))));
        assert!(matches!(Reference::read(Path::new("/nowhere.npz")), Err(ReferenceError::Read(_))));
    }

    #[test]
    fn damaged_arrays_are_none() {
        let header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
        let begin = [&b"\x93NUMPY\x01\x00"[..], &[header.len() as u8, 0], header].concat();
        let whole = [&begin[..], &[0; 8]].concat();
        let array = Array::of_npy("x", &whole).unwrap();
        assert!(array.expect("<f4", &[2]).is_ok() && array.expect("<f4", &[3]).is_err());
        for end in 0..begin.len() {
            assert!(Array::of_npy("x", &whole[..end]).is_none(), "{end}");
        }
    }
}
