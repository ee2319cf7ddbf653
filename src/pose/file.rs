//! `.pose` files as they are: every person, every coordinate, nothing interpreted.
//!
//! The format is that of sign-language-processing/pose: little-endian, no magic number, no padding.
//! Versions 0, 0.1 and 0.2 are read, 0.2 is written; reading a 0.2 file and writing it gives the
//! same bytes. Nothing is allocated on a header's word alone, so a lying file costs an error.

use super::bytes::{Reader, put_f32s, short};
use super::header::{self, Header, Version};
use super::{FormatError, ImageSize, Layout, PoseFileError, PoseSequence};
use glam::Vec3;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files above this are refused: at 586 points and 60 frames a second, one hour.
const LARGEST_FILE: u64 = 2 << 30;

/// What a version 0 body may always unpack to, and how many times its file's size beyond that.
/// Version 0 stores nothing for absent people, so its memory is not bounded by its file.
const UNPACKED_FLOOR: u64 = 16 << 20;
const UNPACKED_FACTOR: u64 = 8;

/// The contents of a `.pose` file.
#[derive(Clone, Debug, PartialEq)]
pub struct PoseFile {
    /// Names and grouping of the points.
    pub layout: Arc<Layout>,
    /// The picture that the coordinates refer to.
    pub size: ImageSize,
    /// Frames a second.
    pub fps: f32,
    /// How many frames there are.
    pub frames: usize,
    /// How many people each frame has.
    pub people: usize,
    /// Coordinates, `[frames, people, points, dims]` with [`Layout::dims`].
    pub values: Vec<f32>,
    /// Confidences, `[frames, people, points]`; 0 means not seen.
    pub confidences: Vec<f32>,
}

impl PoseFile {
    /// Reads a file.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, PoseFileError> {
        let path = path.as_ref();
        let bytes = read_bytes(path)?;
        Self::from_bytes(&bytes).map_err(|reason| PoseFileError::Content { path: path.into(), reason })
    }

    /// Reads a file's bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut from = Reader::new(bytes);
        let header = header::read(&mut from)?;
        match header.version {
            Version::V0 => read_v0(&mut from, header, bytes.len()),
            Version::V0_1 => read_v0_1(&mut from, header),
            Version::V0_2 => read_v0_2(&mut from, header),
        }
    }

    /// The file's bytes, version 0.2. An error means that the parts do not fit each other or the
    /// format's fields.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        let seen = self.frames.saturating_mul(self.people).saturating_mul(self.layout.point_count());
        let counts = [
            ("confidences", seen, self.confidences.len()),
            ("coordinates", seen.saturating_mul(self.layout.dims()), self.values.len()),
        ];
        for (what, expected, found) in counts {
            if expected != found {
                return Err(FormatError::Count { what, expected, found });
            }
        }
        let mut out = Vec::with_capacity(4096 + 4 * (self.values.len() + self.confidences.len()));
        header::write(&mut out, self.size, &self.layout)?;
        write_counts(&mut out, self.fps, self.frames, self.people)?;
        put_f32s(&mut out, self.values.iter().chain(&self.confidences).copied());
        Ok(out)
    }

    /// Writes a file, whole or not at all.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), PoseFileError> {
        let path = path.as_ref();
        let bytes = self.to_bytes().map_err(|reason| PoseFileError::Content { path: path.into(), reason })?;
        write_bytes(path, &bytes)
    }

    /// One person's landmarks. Coordinates beyond x, y and z (the K of `XYZKC`) are left out, and the
    /// layout's formats say so.
    pub fn person(&self, person: usize) -> Result<PoseSequence, FormatError> {
        let points = self.layout.point_count();
        if person >= self.people {
            return Err(FormatError::People { found: self.people });
        }
        if points == 0 {
            return Err(FormatError::NoPoints);
        }
        let dims = self.layout.dims();
        let mut sequence = PoseSequence {
            layout: self.layout.with_known_coordinates(),
            size: self.size,
            fps: self.fps,
            positions: Vec::with_capacity(self.frames * points),
            confidences: Vec::with_capacity(self.frames * points),
        };
        let people = self.values.chunks_exact(points * dims).zip(self.confidences.chunks_exact(points));
        for (values, confidences) in people.skip(person).step_by(self.people) {
            sequence.positions.extend(values.chunks_exact(dims).map(position));
            sequence.confidences.extend(confidences);
        }
        Ok(sequence)
    }
}

impl PoseSequence {
    /// Reads the landmarks of a file that holds one person; [`PoseFile::person`] chooses among more.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, PoseFileError> {
        let file = PoseFile::read(path.as_ref())?;
        file.only_person().map_err(|reason| PoseFileError::Content { path: path.as_ref().into(), reason })
    }

    /// Reads the landmarks from the bytes of a file that holds one person.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        PoseFile::from_bytes(bytes)?.only_person()
    }

    /// The bytes of a `.pose` file, version 0.2. Fails where names or counts are beyond the format's
    /// 16 bits, or the arrays do not fit the layout.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        self.to_file().to_bytes()
    }

    /// Writes a file, whole or not at all.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), PoseFileError> {
        self.to_file().write(path)
    }

    fn to_file(&self) -> PoseFile {
        let layout = self.layout.with_known_coordinates();
        let dims = layout.dims();
        PoseFile {
            size: self.size,
            fps: self.fps,
            frames: self.frame_count(),
            people: 1,
            values: self.positions.iter().flat_map(|p| p.to_array().into_iter().take(dims)).collect(),
            confidences: self.confidences.clone(),
            layout,
        }
    }
}

impl PoseFile {
    fn only_person(&self) -> Result<PoseSequence, FormatError> {
        match self.people {
            1 => self.person(0),
            found => Err(FormatError::People { found }),
        }
    }
}

fn position(values: &[f32]) -> Vec3 {
    match *values {
        [x, y] => Vec3::new(x, y, 0.0),
        [x, y, z, ..] => Vec3::new(x, y, z),
        _ => Vec3::ZERO,
    }
}

fn read_v0_2(from: &mut Reader, header: Header) -> Result<PoseFile, FormatError> {
    let fps = from.f32("the rate")?;
    let frames = from.u32("the number of frames")?;
    let people = from.u16("the number of people")?;
    read_arrays(from, header, fps, frames.into(), people)
}

/// Version 0.1 counts frames in 16 bits, and writers let the count run over: the true one is what
/// the bytes hold, if it agrees with the stored one in those 16 bits.
fn read_v0_1(from: &mut Reader, header: Header) -> Result<PoseFile, FormatError> {
    let fps = from.u16("the rate")?;
    let stored = from.u16("the number of frames")?;
    let people = from.u16("the number of people")?;
    let frame = frame_bytes(&header.layout, people);
    let held = (from.left() as u64).checked_div(frame).unwrap_or(stored.into());
    let frames = if held & 0xffff == u64::from(stored) { held } else { stored.into() };
    read_arrays(from, header, fps.into(), frames, people)
}

fn frame_bytes(layout: &Layout, people: u16) -> u64 {
    u64::from(people) * layout.point_count() as u64 * (layout.dims() as u64 + 1) * 4
}

fn read_arrays(
    from: &mut Reader,
    header: Header,
    fps: f32,
    frames: u64,
    people: u16,
) -> Result<PoseFile, FormatError> {
    check_rate(fps)?;
    let points = header.layout.point_count();
    let expected = frame_bytes(&header.layout, people).saturating_mul(frames);
    let found = from.left() as u64;
    if expected != found {
        let (people, points) = (people.into(), points as u64);
        return Err(FormatError::Body { frames, people, points, expected, found });
    }
    let seen = frames as usize * usize::from(people) * points;
    Ok(PoseFile {
        values: from.f32s(seen * header.layout.dims(), "coordinates")?,
        confidences: from.f32s(seen, "confidences")?,
        layout: Arc::new(header.layout),
        size: header.size,
        fps,
        frames: frames as usize,
        people: people.into(),
    })
}

/// Version 0 has a count of people in every frame. As in the format's own reader, the first person
/// of each frame is kept; frames without anybody hold unseen points.
fn read_v0(from: &mut Reader, header: Header, file_bytes: usize) -> Result<PoseFile, FormatError> {
    let fps = f32::from(from.u16("the rate")?);
    check_rate(fps)?;
    let frames = usize::from(from.u16("the number of frames")?);
    let (points, dims) = (header.layout.point_count(), header.layout.dims());
    let unpacked = frames as u64 * points as u64 * (dims as u64 + 1) * 4;
    if unpacked > UNPACKED_FLOOR.max(UNPACKED_FACTOR * file_bytes as u64) {
        return Err(FormatError::Bloated { bytes: unpacked });
    }
    let mut file = PoseFile {
        values: vec![0.0; frames * points * dims],
        confidences: vec![0.0; frames * points],
        size: header.size,
        fps,
        frames,
        people: 1,
        layout: Arc::new(header.layout),
    };
    for frame in 0..frames {
        let people = from.u16("a frame's number of people")?;
        for person in 0..people {
            from.u16("a person's number")?;
            read_v0_person(from, &mut file, frame, person == 0)?;
        }
    }
    match from.left() as u64 {
        0 => Ok(file),
        left => {
            let expected = (file_bytes as u64).saturating_sub(left);
            let (frames, points) = (frames as u64, points as u64);
            Err(FormatError::Body { frames, people: 1, points, expected, found: file_bytes as u64 })
        }
    }
}

fn read_v0_person(
    from: &mut Reader,
    file: &mut PoseFile,
    frame: usize,
    keep: bool,
) -> Result<(), FormatError> {
    let dims = file.layout.dims();
    let mut point = frame * file.layout.point_count();
    for component in &file.layout.components {
        let numbers = component.format.len();
        for numbers in from.f32s(component.points.len() * numbers, "landmarks")?.chunks_exact(numbers) {
            let Some((confidence, values)) = numbers.split_last().filter(|_| keep) else { continue };
            file.confidences[point] = *confidence;
            file.values[point * dims..][..values.len()].copy_from_slice(values);
            point += 1;
        }
    }
    Ok(())
}

fn check_rate(fps: f32) -> Result<(), FormatError> {
    if fps.is_finite() && fps > 0.0 { Ok(()) } else { Err(FormatError::Rate { found: fps }) }
}

fn write_counts(out: &mut Vec<u8>, fps: f32, frames: usize, people: usize) -> Result<(), FormatError> {
    check_rate(fps)?;
    let limit = u32::MAX as usize;
    let frames = u32::try_from(frames).map_err(|_| FormatError::TooLarge {
        what: "the number of frames",
        found: frames,
        limit,
    })?;
    out.extend(fps.to_le_bytes());
    out.extend(frames.to_le_bytes());
    out.extend(short(people, "the number of people")?.to_le_bytes());
    Ok(())
}

/// A file's bytes; what is plainly no `.pose` file is refused by its first four.
fn read_bytes(path: &Path) -> Result<Vec<u8>, PoseFileError> {
    let failed = |reason| PoseFileError::Read { path: path.into(), reason };
    let mut file = fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(PoseFileError::NotAFile { path: path.into() });
    }
    if metadata.len() > LARGEST_FILE {
        return Err(PoseFileError::TooLarge {
            path: path.into(),
            bytes: metadata.len(),
            limit: LARGEST_FILE,
        });
    }
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(4).read_to_end(&mut bytes).map_err(failed)?;
    if let Ok(first) = <[u8; 4]>::try_from(bytes.as_slice()) {
        header::version_of(f32::from_le_bytes(first))
            .map_err(|reason| PoseFileError::Content { path: path.into(), reason })?;
    }
    file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Writes under a temporary name in the same folder, then renames: nobody sees half a file.
fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), PoseFileError> {
    let failed = |reason| PoseFileError::Write { path: path.into(), reason };
    let partial = partial_path(path);
    let written = fs::File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&partial, path)).map_err(|error| {
        // The first failure is the one to tell; a leftover that cannot be removed adds nothing.
        let _ = fs::remove_file(&partial);
        failed(error)
    })
}

fn partial_path(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::testing::{reference, reference_poses};
    use crate::pose::{Component, Interpolation, holistic};
    use proptest::prelude::*;

    fn name() -> impl Strategy<Value = String> {
        proptest::collection::vec(any::<char>(), 0..8).prop_map(|chars| chars.into_iter().collect())
    }

    fn component(format: &'static str) -> impl Strategy<Value = Component> {
        let points = proptest::collection::vec(name(), 1..5);
        let limbs = proptest::collection::vec((0..1_u16, 0..1_u16), 0..3);
        let colors = proptest::collection::vec(any::<(u16, u16, u16)>(), 0..3);
        (name(), points, limbs, colors).prop_map(|(name, points, limbs, colors)| Component {
            name,
            points,
            limbs,
            colors,
            format: format.into(),
        })
    }

    prop_compose! {
        fn file()(format in prop_oneof![Just("XYC"), Just("XYZC"), Just("XYZKC")])(
            components in proptest::collection::vec(component(format), 1..4),
            size in any::<(u16, u16, u16)>(),
            fps in 0.1_f32..240.0,
            frames in 0_usize..4,
            people in 1_usize..3,
            seed in any::<u32>(),
        ) -> PoseFile {
            let layout = Layout { components };
            let seen = frames * people * layout.point_count();
            let number = |i: usize| f32::from_bits(seed.wrapping_mul(i as u32 * 2 + 1));
            PoseFile {
                values: (0..seen * layout.dims()).map(number).collect(),
                confidences: (0..seen).map(|i| (number(i).to_bits() % 3) as f32 / 2.0).collect(),
                layout: Arc::new(layout),
                size: ImageSize { width: size.0, height: size.1, depth: size.2 },
                fps,
                frames,
                people,
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_to_the_bit(file in file()) {
            let bytes = file.to_bytes().unwrap();
            let again = PoseFile::from_bytes(&bytes).unwrap();
            prop_assert_eq!(&again.layout, &file.layout);
            prop_assert_eq!(again.to_bytes().unwrap(), bytes);
        }

        #[test]
        fn one_persons_landmarks_survive_a_file(file in file()) {
            let sequence = file.person(0).unwrap();
            let again = PoseSequence::from_bytes(&sequence.to_bytes().unwrap()).unwrap();
            prop_assert_eq!(again.to_bytes().unwrap(), sequence.to_bytes().unwrap());
        }

        #[test]
        fn every_beginning_of_a_file_is_refused(file in file()) {
            let bytes = file.to_bytes().unwrap();
            for length in 0..bytes.len() {
                prop_assert!(PoseFile::from_bytes(&bytes[..length]).is_err(), "{} bytes", length);
            }
        }

        #[test]
        fn damaged_files_never_panic(
            file in file(),
            hits in proptest::collection::vec(any::<(u16, u8)>(), 1..6),
        ) {
            let mut bytes = file.to_bytes().unwrap();
            for (at, value) in hits {
                let at = usize::from(at) % bytes.len();
                bytes[at] = value;
            }
            use_what_can_be_read(&bytes);
        }

        #[test]
        fn damaged_signers_never_panic(
            hits in proptest::collection::vec((0_usize..16_000, any::<u8>()), 1..40),
        ) {
            let size = ImageSize { width: 9, height: 9, depth: 9 };
            let mut bytes = PoseSequence::unseen(Layout::holistic_543(), size, 25.0, 2).to_bytes().unwrap();
            let body = bytes.len() - 2 * holistic::POINTS * 16;
            bytes[body..].fill(0x3f);
            for (at, value) in hits {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            use_what_can_be_read(&bytes);
        }
    }

    fn use_what_can_be_read(bytes: &[u8]) {
        let Ok(file) = PoseFile::from_bytes(bytes) else { return };
        file.to_bytes().unwrap();
        let Ok(mut clip) = file.person(0) else { return };
        let _ = clip.to_body_frame();
        let _ = clip.mirror_horizontal();
        let _ = clip.correct_wrists();
        let _ = clip.resample(clip.fps * 2.0, Interpolation::Cubic);
        clip.hide_legs();
        clip.trimmed().to_layout(&Layout::signclip_203());
    }

    fn header(version: f32, format: &str) -> Vec<u8> {
        let component = Component {
            name: "BODY".into(),
            points: vec!["A".into(), "B".into()],
            format: format.into(),
            ..Component::default()
        };
        let mut bytes = Vec::new();
        header::write(&mut bytes, ImageSize::default(), &Layout { components: vec![component] }).unwrap();
        bytes[..4].copy_from_slice(&version.to_le_bytes());
        bytes
    }

    fn put(bytes: &mut Vec<u8>, shorts: &[u16], numbers: &[f32]) {
        bytes.extend(shorts.iter().flat_map(|n| n.to_le_bytes()));
        put_f32s(bytes, numbers.iter().copied());
    }

    #[test]
    fn version_0_keeps_the_first_person_of_each_frame() {
        let mut bytes = header(0.0, "XYC");
        put(&mut bytes, &[25, 3], &[]);
        put(&mut bytes, &[0], &[]);
        put(&mut bytes, &[2, 0], &[1.0, 2.0, 0.5, 3.0, 4.0, 1.0]);
        put(&mut bytes, &[1], &[9.0; 6]);
        put(&mut bytes, &[1, 7], &[5.0, 6.0, 1.0, 7.0, 8.0, 1.0]);
        let sequence = PoseSequence::from_bytes(&bytes).unwrap();
        assert_eq!((sequence.fps, sequence.frame_count()), (25.0, 3));
        assert_eq!(sequence.confidences, [0.0, 0.0, 0.5, 1.0, 1.0, 1.0]);
        assert_eq!(sequence.frame(1), [Vec3::new(1.0, 2.0, 0.0), Vec3::new(3.0, 4.0, 0.0)]);
        assert_eq!(sequence.frame(2)[1], Vec3::new(7.0, 8.0, 0.0));
    }

    #[test]
    fn version_0_1_counts_its_frames_by_its_bytes_where_the_count_ran_over() {
        let frames = 65_536 + 3;
        let mut bytes = header(0.1, "XYZC");
        put(&mut bytes, &[30, 3, 1], &vec![0.5; frames * 2 * 4]);
        assert_eq!(PoseSequence::from_bytes(&bytes).unwrap().frame_count(), frames);
        bytes.extend([0; 32]);
        assert!(matches!(PoseFile::from_bytes(&bytes), Err(FormatError::Body { frames: 3, .. })));
    }

    #[test]
    fn counts_that_would_fill_the_memory_cost_an_error() {
        let mut bytes = header(0.2, "XYZC");
        put(&mut bytes, &[], &[30.0]);
        bytes.extend(u32::MAX.to_le_bytes());
        put(&mut bytes, &[u16::MAX], &[0.0; 8]);
        let error = PoseFile::from_bytes(&bytes).unwrap_err();
        assert!(matches!(error, FormatError::Body { found: 32, .. }), "{error}");

        let wide = Component { points: vec![String::new(); 60_000], ..Component::default() };
        let wide = Component { format: "XYZC".into(), ..wide };
        let mut bytes = Vec::new();
        header::write(&mut bytes, ImageSize::default(), &Layout { components: vec![wide] }).unwrap();
        bytes[..4].copy_from_slice(&0.0_f32.to_le_bytes());
        put(&mut bytes, &[25, u16::MAX], &[]);
        assert!(matches!(PoseFile::from_bytes(&bytes), Err(FormatError::Bloated { .. })));
    }

    #[test]
    fn nobody_in_the_file_is_told() {
        let mut bytes = header(0.2, "XYZC");
        put(&mut bytes, &[], &[30.0]);
        bytes.extend(u32::MAX.to_le_bytes());
        put(&mut bytes, &[0], &[]);
        assert_eq!(PoseFile::from_bytes(&bytes).unwrap().people, 0);
        assert!(matches!(PoseSequence::from_bytes(&bytes), Err(FormatError::People { found: 0 })));
    }

    #[test]
    fn errors_name_the_file_what_was_expected_and_what_was_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("صورة.png");
        fs::write(&path, b"\x89PNG\r\n\x1a\n and more").unwrap();
        let error = PoseSequence::read(&path).unwrap_err().to_string();
        assert!(error.contains("صورة.png") && error.contains("expected version"), "{error}");
        fs::write(&path, header(0.2, "XYZC")).unwrap();
        let error = PoseSequence::read(&path).unwrap_err().to_string();
        assert!(error.contains("expected the rate, 4 bytes, and found 0"), "{error}");
        assert!(matches!(PoseSequence::read(folder.path()), Err(PoseFileError::NotAFile { .. })));
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let sequence = PoseSequence::unseen(Layout::holistic_543(), ImageSize::default(), 25.0, 2);
        let path = folder.path().join("a.pose");
        sequence.write(&path).unwrap();
        assert_eq!(PoseSequence::read(&path).unwrap(), sequence);
        fs::create_dir(folder.path().join("b.pose")).unwrap();
        assert!(sequence.write(folder.path().join("b.pose")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn every_reference_file_is_read_and_written_back_byte_by_byte() {
        let Some(folder) = reference() else { return };
        let paths = reference_poses(&folder);
        assert!(paths.len() > 900, "{}", paths.len());
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            assert!(PoseSequence::read(&path).unwrap().to_bytes().unwrap() == bytes, "{}", path.display());
        }
    }
}
