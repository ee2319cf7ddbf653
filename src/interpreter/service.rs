//! The interpreter itself: a headline goes in, one continuous motion comes out.

use super::stitch::Pace;
use super::{Headline, Making, Plan, Planner, Sources, Utterance};
use crate::lexicon::Lexicon;
use std::sync::Arc;

/// How headlines are signed.
#[derive(Clone, Debug, PartialEq)]
pub struct InterpreterConfig {
    /// 1 is a signer's pace; 0.25 to 2.
    pub speed: f32,
    /// Varies what may vary, such as blinks. The same headline and seed give the same motion.
    pub seed: u64,
    /// Nothing but signs of a language: practice signs are refused.
    pub on_air: bool,
    /// Planned pauses are so many times as long; 0 to 4.
    pub pause_scale: f32,
    /// Whether the mouth says the words that are signed.
    pub mouthing: bool,
}

impl Default for InterpreterConfig {
    fn default() -> Self {
        Self { speed: 1.0, seed: 0, on_air: false, pause_scale: 1.0, mouthing: true }
    }
}

/// Why a headline was not signed.
#[derive(Debug, thiserror::Error)]
pub enum InterpreterError {
    /// Neither a sign nor a letter was found for any word.
    #[error("headline {id}: nothing in it can be signed{}; expected Arabic words", because(.reasons))]
    NothingToSign {
        /// Its id.
        id: String,
        /// What the plan says about it.
        reasons: Vec<String>,
    },
    /// Making the motion panicked; a mistake in the program.
    #[error("headline {id}: making its motion failed ({message}); please report it with its text")]
    Broken {
        /// Its id.
        id: String,
        /// What the panic said.
        message: String,
    },
    /// Nobody wants it any more.
    #[error("headline {id}: its making was stopped before the end")]
    Cancelled {
        /// Its id.
        id: String,
    },
}

fn because(reasons: &[String]) -> String {
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) }
}

/// Turns headlines into utterances. Cheap to share between threads by reference.
#[derive(Debug)]
pub struct Interpreter {
    planner: Planner,
    lexicon: Arc<Lexicon>,
    sources: Sources,
    config: InterpreterConfig,
}

impl Interpreter {
    /// An interpreter with the standard sources. The planner should know of [`InterpreterConfig::on_air`]
    /// too, so that it spells what may not be signed; a practice sign that it plans all the same is
    /// left out.
    pub fn new(planner: Planner, lexicon: Arc<Lexicon>, config: InterpreterConfig) -> Self {
        let sources = Sources::standard(config.on_air);
        Self { planner, lexicon, sources, config }
    }

    /// The same with other sources.
    pub fn with_sources(self, sources: Sources) -> Self {
        Self { sources, ..self }
    }

    /// The lexicon that it signs from.
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// How headlines are signed.
    pub fn config(&self) -> &InterpreterConfig {
        &self.config
    }

    /// Changes the speed of the headlines to come, brought within [`Pace::SPEEDS`].
    pub fn set_speed(&mut self, speed: f32) {
        self.config.speed = Pace::new(speed).speed();
    }

    /// What would be signed. Words that only a model knows are asked for here, and whole clauses where these
    /// are generated, so that what follows is certain: the first sign waits for them.
    pub fn plan(&self, text: &str) -> Plan {
        self.plan_while(text, &|| true)
    }

    /// The same as long as somebody wants it: [`Sources::plan_while`].
    pub fn plan_while(&self, text: &str, is_wanted: &dyn Fn() -> bool) -> Plan {
        self.sources.plan_while(&self.planner, text, &self.lexicon, is_wanted)
    }

    /// Where motion comes from.
    pub(super) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Plans a headline and makes its motion.
    ///
    /// # Errors
    /// [`InterpreterError::NothingToSign`] where no word has a sign or letters.
    pub fn interpret(&self, headline: &Headline) -> Result<Utterance, InterpreterError> {
        self.sign(&headline.id, self.plan(&headline.text))
    }

    /// Makes the motion of a plan. A sign for which no source answers is left out, and the utterance's
    /// plan says so.
    ///
    /// # Errors
    /// [`InterpreterError::NothingToSign`] where nothing of the plan moves.
    pub fn sign(&self, id: &str, plan: Plan) -> Result<Utterance, InterpreterError> {
        let mut making = self.begin(id, plan);
        while making.ask() {}
        making.finish()
    }

    /// The same sign by sign, for whoever shows it meanwhile.
    pub fn begin(&self, id: &str, plan: Plan) -> Making<'_> {
        Making::new(self, id, plan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::{PlannerConfig, SignKind};
    use crate::lexicon::Provenance;

    fn interpreter(config: InterpreterConfig) -> Interpreter {
        let lexicon = Arc::new(Lexicon::builtin().unwrap());
        let planner = Planner::new(PlannerConfig { on_air: config.on_air, ..PlannerConfig::default() });
        Interpreter::new(planner, lexicon, config)
    }

    fn headline(text: &str) -> Headline {
        Headline::new("1", text, "test")
    }

    const HOSPITAL: &str = "وزارة الصحة تعلن افتتاح مشفى جديد في حلب يوم الخميس";

    #[test]
    fn a_headline_becomes_one_motion_with_a_span_for_every_sign() {
        let utterance = interpreter(InterpreterConfig::default()).interpret(&headline(HOSPITAL)).unwrap();
        assert!((4.0..16.0).contains(&utterance.motion.duration()), "{}", utterance.motion.duration());
        for (i, sign) in utterance.plan.signs.iter().enumerate() {
            let spans = utterance.spans.iter().filter(|span| span.sign == i).count();
            assert_eq!(spans, sign.signs.len().max(usize::from(sign.kind == SignKind::Pause)), "{sign:?}");
        }
        let mut at = 0;
        for span in &utterance.spans {
            assert!(span.frames.start >= at && span.frames.end <= utterance.motion.frames.len());
            at = span.frames.end;
        }
        let practice =
            utterance.spans.iter().find(|span| span.provenance == Some(Provenance::Practice)).unwrap();
        assert_eq!(practice.passed_over.len(), 2, "recorded and letters say why not");
    }

    #[test]
    fn the_same_headline_and_seed_give_the_same_bits() {
        let [a, b] = [(); 2].map(|()| {
            let interpreter = interpreter(InterpreterConfig { seed: 9, ..InterpreterConfig::default() });
            interpreter.interpret(&headline(HOSPITAL)).unwrap()
        });
        assert_eq!(format!("{:?}", a.motion), format!("{:?}", b.motion));
        assert_eq!(a.spans, b.spans);
    }

    #[test]
    fn nothing_practised_goes_on_air() {
        let config = InterpreterConfig { on_air: true, ..InterpreterConfig::default() };
        match interpreter(config).interpret(&headline(HOSPITAL)) {
            Ok(utterance) => {
                assert!(utterance.spans.iter().all(|span| span.provenance != Some(Provenance::Practice)));
            }
            Err(InterpreterError::NothingToSign { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_practice_sign_planned_all_the_same_is_left_out_on_air() {
        let off_air = interpreter(InterpreterConfig::default());
        let plan = off_air.plan("الحكومة");
        let config = InterpreterConfig { on_air: true, ..InterpreterConfig::default() };
        let Err(InterpreterError::NothingToSign { reasons, .. }) = interpreter(config).sign("1", plan) else {
            panic!("expected a refusal");
        };
        assert!(reasons.iter().any(|reason| reason.contains("refused on air")), "{reasons:?}");
    }

    #[test]
    fn nonsense_is_refused_with_a_reason_and_never_panics() {
        let interpreter = interpreter(InterpreterConfig::default());
        let long = "حلب ".repeat(3000);
        for text in
            ["", " ", "\u{0}", "😀😀", "\u{202E}\u{2066}", "hello world", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥", "؟!؟!", &long]
        {
            match interpreter.interpret(&headline(text)) {
                Ok(utterance) => assert!(!utterance.spans.is_empty()),
                Err(error) => assert!(error.to_string().contains("headline 1"), "{error}"),
            }
        }
    }

    #[test]
    fn speed_changes_the_length_by_the_documented_rule() {
        let length = |speed| {
            let config = InterpreterConfig { speed, ..InterpreterConfig::default() };
            interpreter(config).interpret(&headline(HOSPITAL)).unwrap().motion.duration()
        };
        let (half, one, two) = (length(0.5), length(1.0), length(2.0));
        assert!((half / one - 2.0).abs() < 0.1, "{half} {one}");
        assert!((1.3..2.0).contains(&(one / two)), "{one} {two}");
    }

    #[test]
    fn about_a_sixth_of_a_headline_is_pause() {
        let interpreter = interpreter(InterpreterConfig::default());
        let text = "الرئيس يزور حلب، والحكومة تعلن افتتاح مشفى جديد ومدرسة في المدينة يوم الخميس.";
        let plan = interpreter.plan(text);
        let mut making = interpreter.begin("1", plan);
        while making.ask() {}
        let stitched = making.stitched();
        let pause: usize = stitched.pauses.iter().map(ExactSizeIterator::len).sum();
        let share = pause as f32 / stitched.motion.frames.len() as f32;
        assert!((0.11..0.21).contains(&share), "{share}");
    }
}
