//! From what was found to landmarks: reading, cutting to the span, bringing to the stored points.

use super::Points;
use super::found::{Found, Landmarks, Span};
use super::{npy, vectors};
use crate::pose::{Layout, PoseFile, PoseSequence};
use glam::Vec3;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file may be this much longer than its span and still be the span alone, seconds.
const ROUNDING_SECONDS: f64 = 0.12;

/// Reads a clip, cut to its span, in the points that are kept. An error is the reason for the report.
pub(super) fn read(found: &Found, points: Points, assumed_fps: f32) -> Result<PoseSequence, String> {
    let fps = found.fps.unwrap_or(assumed_fps);
    let whole = match &found.landmarks {
        Landmarks::File(path) => read_file(path, fps)?,
        Landmarks::Frames(frames) => read_frames(frames, fps)?,
        Landmarks::Stored(dataset, clip) => dataset.read(*clip).map_err(|error| error.to_string())?,
    };
    if whole.frame_count() == 0 {
        return Err("no frames".to_owned());
    }
    let mut clip = cut(whole, found.span)?;
    for (position, confidence) in clip.positions.iter_mut().zip(&mut clip.confidences) {
        if *confidence == 0.0 || !confidence.is_finite() || !position.is_finite() {
            (*position, *confidence) = (Vec3::ZERO, 0.0);
        }
    }
    match points.layout() {
        Some(layout) => reduce(&clip, &layout),
        None => Ok(clip),
    }
}

fn read_file(path: &Path, fps: f32) -> Result<PoseSequence, String> {
    let without_path = |text: String| match text.strip_prefix(&format!("{}: ", path.display())) {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy")) {
        let array = npy::read(path).map_err(|error| error.to_string())?;
        return vectors::clip(&array, fps);
    }
    if std::fs::metadata(path).map_err(|error| error.to_string())?.len() == 0 {
        return Err("the file is empty (0 bytes)".to_owned());
    }
    let file = PoseFile::read(path).map_err(|error| without_path(error.to_string()))?;
    let people = (0..file.people).map(|person| file.person(person).map_err(|error| error.to_string()));
    // Bystanders are seen less than the signer.
    let seen = |clip: &PoseSequence| clip.confidences.iter().filter(|c| **c != 0.0).count();
    let best = people.reduce(|best, next| match (best?, next?) {
        (best, next) if seen(&next) > seen(&best) => Ok(next),
        (best, _) => Ok(best),
    });
    best.unwrap_or_else(|| Err("nobody in it".to_owned()))
}

fn read_frames(frames: &[(usize, PathBuf)], fps: f32) -> Result<PoseSequence, String> {
    let (Some((first, _)), Some((last, _))) = (frames.first(), frames.last()) else {
        return Err("no frames".to_owned());
    };
    let mut rows = vec![None; last.saturating_sub(*first) + 1];
    for (number, path) in frames {
        let array = npy::read(path).map_err(|error| format!("frame {number}: {error}"))?;
        if let Some(row) = rows.get_mut(number - first) {
            *row = Some(array);
        }
    }
    vectors::frames(&rows, fps)
}

fn cut(whole: PoseSequence, span: Span) -> Result<PoseSequence, String> {
    let (frames, fps) = (whole.frame_count(), f64::from(whole.fps));
    let (first, end, slack) = match span {
        Span::Whole => return Ok(whole),
        Span::Frames { first, end } => (first, end, 1),
        Span::Seconds { start, end } => {
            let at = |seconds: f64| (seconds * fps).round() as usize;
            (at(start), end.map_or(usize::MAX, at), (ROUNDING_SECONDS * fps) as usize)
        }
    };
    // A file that is no longer than its span was cut to it before.
    if end != usize::MAX && frames <= end - first + slack {
        return Ok(whole);
    }
    if first >= frames {
        return Err(format!("nothing from frame {first} on: the recording has {frames}"));
    }
    Ok(whole.slice(first..end))
}

/// The clip in a layout, which it must have at least the shoulders or a hand of.
fn reduce(clip: &PoseSequence, layout: &Arc<Layout>) -> Result<PoseSequence, String> {
    let has = |component: &str, point: &str| clip.layout.point(component, point).is_some();
    let hands = ["LEFT_HAND_LANDMARKS", "RIGHT_HAND_LANDMARKS"];
    if !has("POSE_LANDMARKS", "LEFT_SHOULDER") && !hands.iter().any(|hand| has(hand, "WRIST")) {
        let found: Vec<&str> = clip.layout.components.iter().map(|c| c.name.as_str()).collect();
        return Err(format!(
            "not MediaPipe Holistic's landmarks: expected POSE_LANDMARKS or hands, found {}",
            found.join(", ")
        ));
    }
    if *clip.layout == **layout {
        let mut same = clip.clone();
        same.layout = layout.clone();
        return Ok(same);
    }
    Ok(clip.to_layout(layout))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::ImageSize;

    fn clip(frames: usize) -> PoseSequence {
        let mut clip = PoseSequence::unseen(Layout::signclip_203(), ImageSize::default(), 10.0, frames);
        for frame in 0..frames {
            clip.positions[frame * 203].x = frame as f32;
            clip.confidences[frame * 203] = 1.0;
        }
        clip
    }

    #[test]
    fn spans_cut_and_files_that_were_cut_before_stay_whole() {
        let first = |span| cut(clip(40), span).map(|c| (c.positions[0].x, c.frame_count()));
        assert_eq!(first(Span::Frames { first: 10, end: 30 }), Ok((10.0, 20)));
        assert_eq!(first(Span::Seconds { start: 1.0, end: Some(2.0) }), Ok((10.0, 10)));
        assert_eq!(first(Span::Seconds { start: 3.0, end: None }), Ok((30.0, 10)));
        assert_eq!(first(Span::Frames { first: 100, end: 140 }), Ok((0.0, 40)), "cut before");
        assert_eq!(first(Span::Seconds { start: 9.0, end: Some(13.0) }), Ok((0.0, 40)), "cut before");
        assert!(first(Span::Frames { first: 50, end: 60 }).unwrap_err().contains("has 40"));
    }

    #[test]
    fn of_several_people_the_one_who_is_seen_most_signs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.pose");
        let (one, two) = (clip(2), clip(2));
        let mut confidences = Vec::new();
        let mut values = Vec::new();
        for frame in 0..2 {
            for (person, clip) in [(0, &one), (1, &two)] {
                let seen = if person == 0 { 0.0 } else { 1.0 };
                confidences.extend(clip.frame_confidences(frame).iter().map(|c| c * seen));
                values.extend(clip.frame(frame).iter().flat_map(|p| (*p + person as f32).to_array()));
            }
        }
        let (layout, size) = (one.layout.clone(), one.size);
        PoseFile { layout, size, fps: 10.0, frames: 2, people: 2, values, confidences }.write(&path).unwrap();
        assert_eq!(read_file(&path, 30.0).unwrap().frame(1)[0].x, 2.0);
    }

    #[test]
    fn other_programs_landmarks_are_refused_by_the_names_of_their_parts() {
        let layout = Layout::holistic_543().part(|component, _| component == "FACE_LANDMARKS");
        let face = PoseSequence::unseen(Arc::new(layout), ImageSize::default(), 25.0, 3);
        assert!(reduce(&face, &Layout::signclip_203()).unwrap_err().contains("found FACE_LANDMARKS"));
    }
}
