//! A film of signs for a reader: each sign of a list alone, from rest to rest, with what can be seen of
//! the hands in every frame.

mod visible;

use super::film::{self, FilmError};
use super::{Headless, Options};
use crate::body::Side;
use crate::eval::{Clip, Film, Kind, Track};
use crate::interpreter::{Coverage, Interpreter, InterpreterError, Plan, PlannedSign, SignKind, Utterance};
use crate::lexicon::{Entry, Lexicon, LexiconError, Provenance, SignId};
use crate::output::{OutputError, Sink};
use crate::pose::LandmarkError;
use crate::retarget::{Posed, RigSolver};
use crate::stage::{Figure, Lens, Playback};
use bevy::math::UVec2;
use std::sync::Arc;
use visible::Seen;

/// Frames a second.
pub const FPS: u32 = 25;
/// The picture's size, pixels.
pub const SIZE: UVec2 = UVec2::new(1280, 720);
/// Seconds of rest between two signs.
const REST_SECONDS: f64 = 0.2;

/// A sign to be read back.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its key in the lexicon.
    pub key: String,
    /// Its gloss.
    pub gloss: String,
    /// Its motion, alone, from rest to rest.
    pub utterance: Arc<Utterance>,
}

/// Why a film was not made.
#[derive(Debug, thiserror::Error)]
pub enum RoundtripError {
    /// The lexicon cannot be read.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// A sign has no motion.
    #[error(transparent)]
    Motion(#[from] InterpreterError),
    /// Drawing or writing failed.
    #[error(transparent)]
    Film(#[from] FilmError),
    /// A sign's own landmarks cannot be used.
    #[error("sign {key}: {source}")]
    Landmarks {
        /// Which.
        key: String,
        /// Why.
        source: LandmarkError,
    },
}

impl From<OutputError> for RoundtripError {
    fn from(error: OutputError) -> Self {
        Self::Film(error.into())
    }
}

/// The letters, or the practice signs of the news vocabulary, each as an utterance of its own.
///
/// # Errors
/// If one of them has no motion.
pub fn subjects(kind: Kind, interpreter: &Interpreter) -> Result<Vec<Subject>, RoundtripError> {
    let news = Lexicon::news_words()?;
    let wanted = |entry: &Entry| match kind {
        Kind::Letters => matches!(entry.provenance, Provenance::Letter { .. }),
        Kind::Signs => entry.provenance == Provenance::Practice && news.contains(&entry.key),
    };
    interpreter
        .lexicon()
        .entries()
        .filter(|(_, entry)| wanted(entry))
        .map(|(id, entry)| {
            let utterance = Arc::new(interpreter.sign(&entry.key, alone(id, entry, kind))?);
            Ok(Subject { key: entry.key.clone(), gloss: entry.gloss.clone(), utterance })
        })
        .collect()
}

/// A plan of one sign.
fn alone(id: SignId, entry: &Entry, kind: Kind) -> Plan {
    let sign = PlannedSign {
        gloss: entry.gloss.clone(),
        span: 0..entry.gloss.len(),
        kind: if kind == Kind::Letters { SignKind::Spelled } else { SignKind::Lexical },
        signs: vec![id],
        pause_millis: 0,
        non_manuals: Vec::new(),
        rule: "alone",
        provenance: Some(entry.provenance.clone()),
    };
    let coverage = Coverage { content_words: 1, signed_words: 1, spelled_words: 0 };
    let (omitted, notices) = (Vec::new(), Vec::new());
    Plan { text: entry.gloss.clone(), signs: vec![sign], omitted, coverage, notices }
}

/// The motion that the lexicon means, as landmarks of no avatar.
///
/// # Errors
/// [`RoundtripError::Landmarks`] where it has no shoulders.
pub fn known(subjects: &[Subject]) -> Result<Vec<(String, String, Track)>, RoundtripError> {
    let track = |subject: &Subject| {
        let mut playback = Playback::default();
        playback.push(Arc::clone(&subject.utterance));
        let drawn = film::as_one(playback, FPS).unwrap_or_else(|| Utterance::clone(&subject.utterance));
        Track::new(&Interpreter::landmarks(&drawn))
    };
    subjects
        .iter()
        .map(|subject| {
            let failed = |source| RoundtripError::Landmarks { key: subject.key.clone(), source };
            Ok((subject.key.clone(), subject.gloss.clone(), track(subject).map_err(failed)?))
        })
        .collect()
}

/// Which frames of a film show which subject, and what can be seen in them; nothing is drawn.
///
/// # Errors
/// If the avatar cannot sign.
pub fn plan(kind: Kind, options: &Options, subjects: &[Subject]) -> Result<Film, RoundtripError> {
    let model = &options.model;
    let proportions = model.proportions();
    let solver = RigSolver::new(&proportions).map_err(|error| FilmError::Draw(error.into()))?;
    let lens = Lens::new(options.framing, Figure::of(model), SIZE, options.captions.visible);
    let mut playback = queue(subjects, Playback::default());
    let mut clips: Vec<Clip> = Vec::with_capacity(subjects.len());
    for frame in 0..film::frame_count(&playback, FPS) as usize {
        if frame > 0 {
            playback.advance(1.0 / f64::from(FPS));
        }
        let shown = playback
            .current()
            .and_then(|now| subjects.iter().find(|subject| Arc::ptr_eq(&subject.utterance, now)));
        if let Some(subject) = shown {
            let rig = solver.solve_in(|seconds| playback.articulation_at(seconds));
            let posed = Posed::new(&proportions, &rig).map_err(|error| FilmError::Draw(error.into()))?;
            let seen = Seen::new(&posed, &lens);
            note(&mut clips, subject, frame, Side::BOTH.map(|side| seen.hand(side, lens.free())));
        }
    }
    Ok(Film { kind, fps: FPS, clips })
}

/// Draws the subjects one after another into `sink`; `progress` hears frames drawn and frames in all.
///
/// # Errors
/// If drawing or writing fails.
pub fn shoot(
    options: Options,
    subjects: &[Subject],
    mut sink: Box<dyn Sink>,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), RoundtripError> {
    let mut headless = Headless::new(SIZE, options).map_err(FilmError::Draw)?;
    let playback = std::mem::take(&mut *headless.playback());
    *headless.playback() = queue(subjects, playback);
    let total = film::frame_count(&headless.playback(), FPS);
    film::draw(&mut headless, FPS, |frame, picture| {
        progress(frame + 1, total);
        Ok(sink.write(picture)?)
    })?;
    Ok(sink.finish()?)
}

/// The subjects one after another, with a rest between two.
fn queue(subjects: &[Subject], mut playback: Playback) -> Playback {
    playback.gap_seconds = REST_SECONDS;
    for subject in subjects {
        playback.push(Arc::clone(&subject.utterance));
    }
    playback
}

/// Adds a frame to the clip of that subject, which is the last one or a new one.
fn note(clips: &mut Vec<Clip>, subject: &Subject, frame: usize, visible: [bool; 2]) {
    match clips.last_mut().filter(|clip| clip.key == subject.key) {
        Some(clip) => {
            clip.frames.end = frame + 1;
            clip.visible.push(visible);
        }
        None => clips.push(Clip {
            key: subject.key.clone(),
            gloss: subject.gloss.clone(),
            frames: frame..frame + 1,
            visible: vec![visible],
        }),
    }
}
