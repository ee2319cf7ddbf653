//! Clips as generators learn them: numbers of parts at one rate, standardised, one hand leading.

use super::{Corpus, TrainError, rest};
use crate::dataset::Part as Portion;
use crate::models::features::{Features, Measured, MotionFeatures, Part, Statistics};
use crate::pose::{Interpolation, LandmarkError, PoseSequence};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What of clips is learnt: the `[data]` table of generators' presets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MotionData {
    /// Frames a second; clips of other rates are resampled.
    pub fps: f32,
    /// Whether signers who lead with the left hand are mirrored, so that one word is one motion.
    pub mirror_left_handed: bool,
    /// The longest clip, seconds; longer ones are cut off.
    pub longest: f32,
    /// What a deviation is of.
    pub scale: Scale,
    /// Whether frames before the first and after the last movement of a hand are left out.
    pub without_rest: bool,
}

/// By which deviation a number is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Its own (the reference's way): a shoulder's tremble counts as much as a wrist's way.
    #[default]
    Number,
    /// Its part's along its axis: what moves far counts most, as it does to whoever looks.
    Part,
}

impl Default for MotionData {
    fn default() -> Self {
        Self { fps: 60.0, mirror_left_handed: true, longest: 7.0, scale: Scale::Number, without_rest: false }
    }
}

/// A clip's standardised numbers.
#[derive(Clone, Debug)]
pub struct MotionClip {
    /// The clip's number in its dataset.
    pub clip: usize,
    /// Its word.
    pub word: u32,
    /// `[frames, width]`
    pub features: Features,
}

/// The clips of a corpus.
#[derive(Clone, Debug)]
pub struct Motions {
    /// What of a signer they are of.
    pub features: MotionFeatures,
    /// Over the training clips.
    pub statistics: Statistics,
    /// What is learnt from.
    pub train: Vec<MotionClip>,
    /// What training is steered by.
    pub validation: Vec<MotionClip>,
}

/// A left hand that moves so much more than the right is the leading one.
const LEADS: f64 = 1.3;

impl MotionData {
    /// Reads the clips of a corpus; with `statistics`, standardised by these, else by their own.
    ///
    /// # Errors
    /// Where no clip can be read; where the statistics are of another width.
    pub fn read(
        &self,
        parts: &[Part],
        corpus: &Corpus,
        statistics: Option<Statistics>,
    ) -> Result<Motions, TrainError> {
        let features = MotionFeatures::new(parts);
        let mirrored = if self.mirror_left_handed { left_handed(corpus) } else { Vec::new() };
        let read = |portion| {
            corpus.read(portion, |clip, sequence| {
                let is_mirrored = is_by(corpus, clip, &mirrored);
                let features = features.read(&self.prepare(sequence, is_mirrored)?)?;
                Ok::<_, LandmarkError>(MotionClip { clip, word: corpus.label(clip), features })
            })
        };
        let (mut train, mut validation) = (read(Portion::Train)?, read(Portion::Validation)?);
        let statistics = match statistics {
            Some(statistics) => statistics,
            None => self.measured(&features, &train)?,
        };
        for clip in train.iter_mut().chain(&mut validation) {
            clip.features = statistics.apply(&clip.features)?;
        }
        Ok(Motions { features, statistics, train, validation })
    }

    fn measured(&self, features: &MotionFeatures, clips: &[MotionClip]) -> Result<Statistics, TrainError> {
        let (mut measured, width) = (Measured::default(), features.width());
        for clip in clips {
            clip.features.values.chunks_exact(width).for_each(|row| measured.add(width, 0, row));
        }
        Ok(match self.scale {
            Scale::Number => measured.finish()?,
            Scale::Part => measured.finish_grouped(&features.axes())?,
        })
    }

    /// The clip at the rate, cut and mirrored.
    ///
    /// # Errors
    /// Where it cannot be resampled or mirrored.
    pub fn prepare(&self, clip: PoseSequence, mirror: bool) -> Result<PoseSequence, LandmarkError> {
        let clip = if mirror { clip.mirror_horizontal()? } else { clip };
        let clip = if self.without_rest { clip.slice(rest::moving(&clip)) } else { clip };
        let clip = match clip.fps == self.fps {
            true => clip,
            false => clip.resample(self.fps, Interpolation::Linear)?,
        };
        let longest = (self.longest * self.fps) as usize;
        Ok(if clip.frame_count() > longest { clip.slice(0..longest) } else { clip })
    }
}

/// Those of some parts that training clips show. A part that none shows is the same number everywhere, from
/// which nothing is learnt; recordings without faces are common.
pub(super) fn seen_parts(parts: &[Part], corpus: &Corpus) -> Vec<Part> {
    let features = MotionFeatures::new(parts);
    let mut unseen: Vec<Part> = parts.iter().copied().filter(|part| *part != Part::Body).collect();
    for &clip in corpus.clips(Portion::Train) {
        if unseen.is_empty() {
            break;
        }
        let Some(values) = corpus.dataset().read(clip).ok().and_then(|clip| features.read(&clip).ok()) else {
            continue;
        };
        unseen.retain(|&part| {
            let seen = features.range(part).end - 1;
            values.values.chunks_exact(values.width).all(|row| row[seen] < 0.5)
        });
    }
    if !unseen.is_empty() {
        tracing::warn!("left out, because no training clip shows it: {unseen:?}");
    }
    parts.iter().copied().filter(|part| !unseen.contains(part)).collect()
}

fn is_by(corpus: &Corpus, clip: usize, signers: &[String]) -> bool {
    corpus.dataset().clips().get(clip).is_some_and(|record| signers.contains(&record.signer))
}

/// Signers whose left hand moves more than their right over all of their training clips: one clip says
/// little, since signs of two hands are signs of both.
pub fn left_handed(corpus: &Corpus) -> Vec<String> {
    let features = MotionFeatures::new(&[Part::Body]);
    let moved = |clip: usize, sequence: PoseSequence| {
        let values = features.read(&sequence)?;
        Ok::<_, LandmarkError>((clip, wrists_moved(&values)))
    };
    let mut of_signer: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for (clip, moved) in corpus.read_these(corpus.clips(Portion::Train), moved) {
        let Some(record) = corpus.dataset().clips().get(clip) else { continue };
        let sums = of_signer.entry(&record.signer).or_default();
        sums.iter_mut().zip(moved).for_each(|(sum, moved)| *sum += moved);
    }
    let leads_left = |(_, [left, right]): &(&str, [f64; 2])| *left > LEADS * right;
    of_signer.into_iter().filter(leads_left).map(|(signer, _)| signer.to_owned()).collect()
}

/// How far the left and the right wrist went, shoulder widths.
fn wrists_moved(body: &Features) -> [f64; 2] {
    const WRISTS: [usize; 2] = [15, 16];
    let rows: Vec<&[f32]> = body.values.chunks_exact(body.width).collect();
    WRISTS.map(|wrist| {
        // Across the picture only: depth is mostly noise.
        let step = |pair: &[&[f32]]| {
            let apart = |axis: usize| f64::from(pair[1][3 * wrist + axis] - pair[0][3 * wrist + axis]);
            apart(0).hypot(apart(1))
        };
        rows.windows(2).map(step).sum()
    })
}
