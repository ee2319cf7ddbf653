//! Sources with models that are not there: a retriever of a few hits, and a generator that signs one sign.

mod orders;
mod plans;

use crate::body::Motion;
use crate::interpreter::gates::tests::{expectations, landmarks, recorded};
use crate::interpreter::model::*;
use crate::interpreter::source::{Answer, SignRequest, Sources};
use crate::interpreter::stitch::{Clip, Item, Pace, stitch};
use crate::interpreter::*;
use crate::lexicon::{Entry, Lexicon, LexiconConfig, Provenance, SignClip, SignId, TrainedOn};
use crate::pose::PoseSequence;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Practice signs, and recordings of مشفى and of محادثات that are clips of practice signs.
static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let builtin = Lexicon::builtin().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut index = "path,spoken_language,signed_language,start,end,words\n".to_owned();
    for (name, like, word) in [("hospital", "hospital", "مشفى"), ("talks", "meeting", "محادثات")] {
        let sign = builtin.by_key(like).unwrap();
        let SignClip::Notated(motion) = builtin.clip(sign).unwrap() else { panic!("{like} is notated") };
        recorded(sign, motion, 3).write(folder.path().join(format!("{name}.pose"))).unwrap();
        index += &format!("{name}.pose,ar,ssy,0,9000,{word}\n");
    }
    std::fs::write(folder.path().join("index.csv"), index).unwrap();
    // Recordings are read when they are first signed.
    let folders = vec![folder.keep()];
    Lexicon::load(&LexiconConfig { data_dir: None, folders }).unwrap()
});

fn sign(key: &str) -> SignId {
    LEXICON.by_key(key).unwrap_or_else(|| panic!("{key} is in the lexicon"))
}

/// The recording with a file's name, which is a key with a number where a practice sign has it.
fn recording(name: &str) -> SignId {
    let is_it = |entry: &Entry| matches!(&entry.provenance, Provenance::Recorded { source, .. } if source.contains(name));
    LEXICON.entries().find(|(_, entry)| is_it(entry)).unwrap().0
}

#[derive(Clone)]
struct Near {
    hits: BTreeMap<&'static str, Vec<(SignId, f32)>>,
    trained_on: TrainedOn,
}

impl Retriever for Near {
    fn name(&self) -> &str {
        "near"
    }

    fn trained_on(&self) -> &TrainedOn {
        &self.trained_on
    }

    fn threshold(&self) -> f32 {
        0.6
    }

    fn nearest(&self, text: &str, count: usize) -> Result<Vec<Hit>, ModelFailure> {
        let hits = self.hits.get(text).cloned().unwrap_or_else(|| vec![(sign("war"), 0.1)]);
        Ok(hits.into_iter().take(count).map(|(sign, similarity)| Hit { sign, similarity }).collect())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Makes {
    /// A clip that passes; of a clause, as long as a clause.
    Clips,
    /// A clip that stands still.
    Stills,
    Nothing,
}

struct Maker {
    kind: GeneratorKind,
    makes: Makes,
    trained_on: TrainedOn,
}

fn maker(makes: Makes, trained_on: TrainedOn) -> Maker {
    Maker { kind: GeneratorKind::T2mGpt, makes, trained_on }
}

fn ssy() -> TrainedOn {
    TrainedOn::Recorded { language: "ssy".into() }
}

impl Generator for Maker {
    fn kind(&self) -> GeneratorKind {
        self.kind
    }

    fn model(&self) -> &str {
        "maker-1"
    }

    fn trained_on(&self) -> &TrainedOn {
        &self.trained_on
    }

    fn expectations(&self) -> &Expectations {
        expectations()
    }

    fn generate(&self, request: &GenerationRequest) -> Result<PoseSequence, ModelFailure> {
        if self.makes == Makes::Nothing {
            return Err(ModelFailure { model: "maker-1".into(), message: "no tokens".into() });
        }
        let item = |key: &str| {
            let SignClip::Notated(motion) = LEXICON.clip(sign(key)).unwrap() else {
                panic!("{key} is notated")
            };
            let clips = vec![Clip { sign: sign(key), motion }];
            Item { kind: SignKind::Lexical, clips, pause_millis: 0, non_manuals: vec![], mouthing: None }
        };
        let items: Vec<Item> = request.text.split(' ').map(|_| item("announce")).collect();
        let mut clip = landmarks(&stitch(&items, Pace::new(1.0), request.seed).motion);
        if self.makes == Makes::Stills {
            let middle = clip.frame(clip.frame_count() / 2).to_vec();
            let points = clip.point_count();
            clip.positions.chunks_exact_mut(points).for_each(|frame| frame.copy_from_slice(&middle));
        }
        Ok(clip)
    }

    fn bridge(&self, before: &Motion, after: &Motion, frames: usize, _: &str, _: u64) -> Option<Motion> {
        let (from, to) = (before.frames.last()?, after.frames.first()?);
        let pose = |i: usize| from.lerp(to, (i + 1) as f32 / (frames + 1) as f32);
        Some(Motion { fps: Motion::FPS, frames: (0..frames).map(pose).collect() })
    }
}

fn models(near: &[(&'static str, &[(SignId, f32)])], generator: Option<Maker>) -> Models {
    let hits = near.iter().map(|(text, hits)| (*text, hits.to_vec())).collect();
    Models {
        retriever: Some(Arc::new(Near { hits, trained_on: ssy() })),
        generators: generator.into_iter().map(|maker| Arc::new(maker) as Arc<dyn Generator>).collect(),
    }
}

fn order(order: SourceOrder) -> SourceConfig {
    SourceConfig { order, ..SourceConfig::default() }
}

fn ask(sources: &Sources, sign: SignId, kind: SignKind) -> Answer {
    sources.ask(&SignRequest { sign, entry: LEXICON.entry(sign), lexicon: &LEXICON, kind })
}

fn provenance(answer: &Answer) -> Option<&Provenance> {
    answer.motion.as_ref().map(|sourced| &sourced.provenance)
}
