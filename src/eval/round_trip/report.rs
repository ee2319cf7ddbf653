//! What was found in a film, and what each of its clips was taken for.

use super::{Track, dtw};
use crate::pose::{LandmarkError, PoseSequence, holistic};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What a film shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The letters of the manual alphabet.
    Letters,
    /// The practice signs.
    Signs,
}

/// A video of signs one after another, and what is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Film {
    /// What it shows.
    pub kind: Kind,
    /// Frames a second.
    pub fps: u32,
    /// The signs in it, in order.
    pub clips: Vec<Clip>,
}

/// One sign of a film, from rest to rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Its key in the lexicon.
    pub key: String,
    /// Its gloss.
    pub gloss: String,
    /// Its frames in the film.
    pub frames: Range<usize>,
    /// Whether the left and the right hand can be seen in each of them.
    pub visible: Vec<[bool; 2]>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many.
    pub found: usize,
    /// Of how many.
    pub of: usize,
}

impl Share {
    /// In percent; 100 of nothing.
    pub fn percent(self) -> f64 {
        if self.of == 0 { 100.0 } else { 100.0 * self.found as f64 / self.of as f64 }
    }

    fn count(&mut self, found: bool) {
        self.of += 1;
        self.found += usize::from(found);
    }
}

impl std::iter::Sum for Share {
    fn sum<I: Iterator<Item = Share>>(shares: I) -> Share {
        shares.fold(Share::default(), |a, b| Share { found: a.found + b.found, of: a.of + b.of })
    }
}

/// What was read of one clip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Read {
    /// Its key.
    pub key: String,
    /// Its gloss.
    pub gloss: String,
    /// Its frames in the film.
    pub frames: Range<usize>,
    /// Frames in which the face was found.
    pub face: Share,
    /// Frames in which the left and the right hand were found, of those in which they can be seen.
    pub hands: [Share; 2],
    /// The key of the sign that it is nearest to.
    pub taken_for: String,
    /// The gloss of that.
    pub taken_for_gloss: String,
    /// How many signs are nearer than the right one.
    pub nearer: usize,
    /// The distance to the right one; none if no hand was read.
    pub distance: Option<f32>,
    /// The distance to the nearest other.
    pub to_other: Option<f32>,
}

impl Read {
    /// Whether it is nearest to itself.
    pub fn is_right(&self) -> bool {
        self.taken_for == self.key
    }
}

/// What was read of a film.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What the film shows.
    pub kind: Kind,
    /// How many signs a clip could be taken for.
    pub candidates: usize,
    /// In all.
    pub totals: Totals,
    /// Clip by clip.
    pub clips: Vec<Read>,
}

/// The shares that a film is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Frames in which the face was found.
    pub face: Share,
    /// Hands that were found, of those that can be seen.
    pub hands: Share,
    /// Clips that are nearest to themselves.
    pub right: Share,
}

impl Report {
    /// Counts and compares. `known` are the keys, glosses and motions of all signs that a clip could be
    /// taken for, from the lexicon, not from the film.
    ///
    /// # Errors
    /// [`LandmarkError`] if no shoulders were found in a clip.
    pub fn new(
        film: &Film,
        landmarks: &PoseSequence,
        known: &[(String, String, Track)],
    ) -> Result<Report, LandmarkError> {
        let slices = film.clips.iter().map(|clip| landmarks.slice(clip.frames.clone()));
        let tracks = slices.map(|slice| Track::new(&slice)).collect::<Result<Vec<_>, _>>()?;
        let candidates: Vec<Track> = known.iter().map(|(.., track)| track.clone()).collect();
        let distances = dtw::all(&tracks, &candidates);
        let clips: Vec<Read> = film
            .clips
            .iter()
            .zip(distances)
            .map(|(clip, distances)| read(clip, landmarks, known, &distances))
            .collect();
        let totals = Totals {
            face: clips.iter().map(|read| read.face).sum(),
            hands: clips.iter().flat_map(|read| read.hands).sum(),
            right: Share { found: clips.iter().filter(|read| read.is_right()).count(), of: clips.len() },
        };
        Ok(Report { kind: film.kind, candidates: known.len(), totals, clips })
    }
}

fn read(clip: &Clip, landmarks: &PoseSequence, known: &[(String, String, Track)], distances: &[f32]) -> Read {
    let (mut face, mut hands) = (Share::default(), [Share::default(); 2]);
    for (frame, visible) in clip.frames.clone().zip(&clip.visible) {
        let Some(seen) = (frame < landmarks.frame_count()).then(|| landmarks.frame_confidences(frame)) else {
            face.count(false);
            continue;
        };
        face.count(seen[holistic::FACE.start] > 0.0);
        let first = [holistic::LEFT_HAND.start, holistic::RIGHT_HAND.start];
        for side in 0..2 {
            if visible[side] {
                hands[side].count(seen[first[side]] > 0.0);
            }
        }
    }
    let own = known.iter().position(|(key, ..)| *key == clip.key);
    let own_distance = own.and_then(|own| distances.get(own)).copied().unwrap_or(f32::INFINITY);
    let nearest = |but: Option<usize>| {
        let others = distances.iter().enumerate().filter(|(index, _)| Some(*index) != but);
        others.min_by(|a, b| a.1.total_cmp(b.1))
    };
    let taken_for = nearest(None).filter(|(_, distance)| distance.is_finite());
    let name = taken_for.and_then(|(index, _)| known.get(index));
    let (taken_for, taken_for_gloss) =
        name.map(|(key, gloss, _)| (key.clone(), gloss.clone())).unwrap_or_default();
    Read {
        key: clip.key.clone(),
        gloss: clip.gloss.clone(),
        frames: clip.frames.clone(),
        face,
        hands,
        taken_for,
        taken_for_gloss,
        nearer: distances.iter().filter(|distance| **distance < own_distance).count(),
        distance: Some(own_distance).filter(|distance| distance.is_finite()),
        to_other: nearest(own).map(|(_, distance)| *distance).filter(|distance| distance.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::{ImageSize, Layout};
    use glam::Vec3;

    /// A signer whose right hand is at `x` for all frames but those lost.
    fn film_of(places: &[f32], lost: &[usize]) -> PoseSequence {
        let size = ImageSize { width: 100, height: 100, depth: 100 };
        let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 25.0, places.len());
        for (frame, x) in places.iter().enumerate() {
            let at = frame * holistic::POINTS;
            clip.confidences[at..at + 501].fill(1.0);
            clip.positions[at + 11] = Vec3::new(60.0, 50.0, 0.0);
            clip.positions[at + 12] = Vec3::new(40.0, 50.0, 0.0);
            clip.positions[at + 15] = Vec3::new(60.0, 90.0, 0.0);
            clip.positions[at + 16] = Vec3::new(*x, 50.0, 0.0);
            for point in holistic::RIGHT_HAND {
                let spread = 0.2 * (point - holistic::RIGHT_HAND.start) as f32;
                clip.positions[at + point] = Vec3::new(*x + spread, 50.0 - spread, 0.0);
                clip.confidences[at + point] = if lost.contains(&frame) { 0.0 } else { 1.0 };
            }
        }
        clip
    }

    fn known(key: &str, x: f32) -> (String, String, Track) {
        (key.to_owned(), key.to_uppercase(), Track::new(&film_of(&[x; 5], &[])).unwrap())
    }

    fn clip(key: &str, frames: Range<usize>) -> Clip {
        Clip { key: key.into(), gloss: key.into(), visible: vec![[false, true]; frames.len()], frames }
    }

    #[test]
    fn what_was_lost_is_counted_and_what_was_confused_is_named() {
        let landmarks = film_of(&[30.0, 30.0, 30.0, 30.0, 48.0, 48.0, 48.0, 48.0], &[1]);
        let clips = vec![clip("a", 0..4), clip("c", 4..8)];
        let film = Film { kind: Kind::Signs, fps: 25, clips };
        let known = [known("a", 30.0), known("b", 49.0), known("c", 56.0)];
        let report = Report::new(&film, &landmarks, &known).unwrap();
        let Totals { face, hands, right } = report.totals;
        assert_eq!((face.found, face.of), (8, 8));
        assert_eq!((hands.found, hands.of), (7, 8));
        assert_eq!((right.found, right.of), (1, 2));
        assert!(report.clips[0].is_right());
        assert_eq!((report.clips[1].taken_for_gloss.as_str(), report.clips[1].nearer), ("B", 1));
        assert!(report.clips[1].distance > report.clips[1].to_other);
    }

    #[test]
    fn a_film_that_was_read_short_has_no_faces_where_it_ends() {
        let landmarks = film_of(&[30.0; 4], &[]);
        let film = Film { kind: Kind::Letters, fps: 25, clips: vec![clip("a", 2..6)] };
        let report = Report::new(&film, &landmarks, &[known("a", 30.0)]).unwrap();
        assert_eq!(report.totals.face, Share { found: 2, of: 4 });
    }
}
