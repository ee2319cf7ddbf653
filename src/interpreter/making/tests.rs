//! What is shown while a headline is made, with gaps and with a model's ways, and what never is.

use super::*;
use crate::interpreter::gates::{Expectations, tests::expectations};
use crate::interpreter::generated::Generated;
use crate::interpreter::{
    GenerationRequest, Generator, GeneratorKind, InterpreterConfig, ModelFailure, MotionSource, PassedOver,
    Planner, SourceConfig,
};
use crate::lexicon::{Lexicon, Review, TrainedOn};
use crate::pose::PoseSequence;
use proptest::prelude::*;
use std::sync::OnceLock;

/// What ships, as if it were recorded, but for every so many signs, of which it has none; of each no more than
/// the first frames.
struct Gaps {
    every: u32,
    longest: usize,
}

impl MotionSource for Gaps {
    fn name(&self) -> &'static str {
        "gaps"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        let none = || PassedOver("a gap".into());
        if (request.sign.0 + 1).is_multiple_of(self.every) {
            return Err(none());
        }
        let mut sourced = Sources::standard(false).ask(request).motion.ok_or_else(none)?;
        Arc::make_mut(&mut sourced.motion).frames.truncate(self.longest);
        let (source, language) = ("clip".into(), "ssy".into());
        let provenance = Provenance::Recorded { source, language, review: Review::NotReviewed };
        Ok(SourcedMotion { provenance, ..sourced })
    }
}

/// Bows ways by everything that it sees, so that it shows where that changed.
struct Bows(TrainedOn);

impl Generator for Bows {
    fn kind(&self) -> GeneratorKind {
        GeneratorKind::T2mGpt
    }

    fn model(&self) -> &str {
        "bows-1"
    }

    fn trained_on(&self) -> &TrainedOn {
        &self.0
    }

    fn expectations(&self) -> &Expectations {
        expectations()
    }

    fn generate(&self, _: &GenerationRequest) -> Result<PoseSequence, ModelFailure> {
        Err(ModelFailure { model: "bows-1".into(), message: "it only makes ways".into() })
    }

    fn bridge(&self, before: &Motion, after: &Motion, frames: usize, _: &str, _: u64) -> Option<Motion> {
        let (from, to) = (before.frames.last()?, after.frames.first()?);
        let seen = before.frames.iter().chain(&after.frames).flat_map(|pose| &pose.arms);
        let bow = 0.03 * seen.map(|arm| 97.0 * (arm.wrist.x + arm.wrist.y)).sum::<f32>().sin().abs();
        let pose = |i: usize| {
            let u = (i + 1) as f32 / (frames + 1) as f32;
            let mut pose = from.lerp(to, u);
            pose.arms.iter_mut().for_each(|arm| arm.wrist.z += bow * (std::f32::consts::PI * u).sin());
            pose
        };
        Some(Motion { fps: Motion::FPS, frames: (0..frames).map(pose).collect() })
    }
}

fn interpreter(every: u32, speed: f32) -> Interpreter {
    blending(Gaps { every, longest: usize::MAX }, speed, 0.0)
}

fn blending(gaps: Gaps, speed: f32, blend: f32) -> Interpreter {
    static LEXICON: OnceLock<Arc<Lexicon>> = OnceLock::new();
    let lexicon = LEXICON.get_or_init(|| Arc::new(Lexicon::builtin().unwrap())).clone();
    let config = InterpreterConfig { speed, seed: 3, ..InterpreterConfig::default() };
    let interpreter = Interpreter::new(Planner::default(), lexicon, config);
    let mut sources = Sources::new(vec![Box::new(gaps)]);
    sources.config = SourceConfig { blend, ..SourceConfig::default() };
    let trained_on = TrainedOn::Recorded { language: "ssy".into() };
    sources.bridging = Some(Arc::new(Generated::new(Arc::new(Bows(trained_on)), 0, false)));
    interpreter.with_sources(sources)
}

const WORDS: [&str; 12] =
    ["الحكومة", "تعلن", "افتتاح", "مشفى", "في", "حلب", "يوم", "الخميس", "سامر،", "25", "هل", "لم"];

fn bits(motion: &Motion, frames: usize) -> String {
    format!("{:?}", &motion.frames[..frames])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10) })]

    #[test]
    fn what_was_shown_is_a_beginning_of_the_whole(
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 1..9),
        every in 2..40u32, longest in prop::sample::select(&[6, usize::MAX][..]), speed in 0.5..2.0f32,
        blend in prop::sample::select(&[0.0f32, 0.7][..]),
    ) {
        let interpreter = blending(Gaps { every, longest }, speed, blend);
        let plan = interpreter.plan(&words.join(" "));
        let whole = interpreter.sign("1", plan.clone());
        let mut making = Making::new(&interpreter, "1", plan);
        let mut shown = Vec::new();
        while making.ask() {
            shown.extend(making.so_far());
        }
        let Ok(whole) = whole else {
            prop_assert!(shown.is_empty());
            return Ok(());
        };
        let finished = making.finish().unwrap();
        prop_assert_eq!(&finished.plan, &whole.plan);
        shown.push(finished);
        let mut longest = 0;
        for part in &shown {
            let frames = part.motion.frames.len();
            prop_assert!(frames >= longest && frames <= whole.motion.frames.len());
            longest = frames;
            prop_assert!(bits(&part.motion, frames) == bits(&whole.motion, frames));
            prop_assert_eq!(&part.spans[..], &whole.spans[..part.spans.len()]);
            prop_assert_eq!(&part.blended[..], &whole.blended[..part.blended.len()]);
        }
        prop_assert_eq!(longest, whole.motion.frames.len());
    }
}

#[test]
fn what_a_model_sees_of_a_short_sign_is_certain_before_it_is_asked() {
    let interpreter = blending(Gaps { every: 1_000_000, longest: 6 }, 2.0, 1.0);
    let plan = interpreter.plan("الحكومة تعلن افتتاح مشفى جديد الخميس مدرسة");
    let whole = interpreter.sign("1", plan.clone()).unwrap();
    assert!(!whole.blended.is_empty(), "{:?}", whole.plan.notices);
    assert!(whole.spans.windows(2).any(|pair| {
        let is_way = |blend: &Blend| blend.frames == (pair[0].frames.end..pair[1].frames.start);
        pair[1].frames.len() < blend::CONTEXT && whole.blended.iter().any(is_way)
    }));
    assert!(whole.blended.iter().all(|b| b.provenance.kind() == "generated" && b.share_percent == 100));
    let mut making = interpreter.begin("1", plan);
    while making.ask() {
        let Some(part) = making.so_far() else { continue };
        let frames = part.motion.frames.len();
        assert!(bits(&part.motion, frames) == bits(&whole.motion, frames));
    }
}

#[test]
fn nothing_that_may_not_go_on_air_passes_whatever_the_sources_are() {
    let mut sources = Sources::standard(false);
    sources.config.blend = 1.0;
    let config = InterpreterConfig { on_air: true, ..InterpreterConfig::default() };
    let lexicon = Arc::new(Lexicon::builtin().unwrap());
    let interpreter = Interpreter::new(Planner::default(), lexicon, config).with_sources(sources);
    let plan = interpreter.plan("الحكومة تعلن سامر");
    assert!(plan.signs.iter().any(|sign| sign.provenance == Some(Provenance::Practice)));
    let utterance = interpreter.sign("1", plan).unwrap();
    let shown: Vec<&Provenance> = utterance.spans.iter().filter_map(|s| s.provenance.as_ref()).collect();
    assert!(!shown.is_empty() && shown.iter().all(|from| from.may_go_on_air()), "{shown:?}");
    assert!(utterance.plan.notices.iter().any(|notice| notice.contains("refused on air")));
}

fn first_sign(making: &mut Making) {
    while making.decided() == 0 {
        assert!(making.ask());
    }
}

#[test]
fn a_headline_can_begin_with_its_first_sign() {
    let interpreter = interpreter(1_000_000, 1.0);
    let mut making = Making::new(&interpreter, "1", interpreter.plan("الحكومة تعلن افتتاح مشفى"));
    assert!(making.so_far().is_none());
    first_sign(&mut making);
    let begun = making.so_far().unwrap();
    assert_eq!(begun.spans.len(), making.plan().signs[0].signs.len());
    let span = &begun.spans[0].frames;
    assert!(begun.motion.frames.len() > span.start + span.len() / 3, "{span:?}");
}

#[test]
fn what_was_not_asked_for_is_left_out_and_the_signer_comes_to_rest() {
    let interpreter = interpreter(1_000_000, 1.0);
    let mut making = Making::new(&interpreter, "1", interpreter.plan("الحكومة تعلن افتتاح مشفى"));
    first_sign(&mut making);
    let begun = making.so_far().unwrap();
    let cut = making.finish().unwrap();
    assert_eq!(cut.motion.frames.last().unwrap().arms, stitch::rest().arms);
    let shown = begun.motion.frames.len();
    assert_eq!(bits(&cut.motion, shown), bits(&begun.motion, shown));
    assert!(cut.plan.omitted.iter().any(|omission| omission.reason == "no-motion"));
}
