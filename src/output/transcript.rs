//! What is signed in a file, beside the file: `x.mp4` and `x.pose` get an `x.signs.json`.
//!
//! A picture carries its marks, a `.pose` file cannot: its header has room for names of points and
//! nothing else. So that nobody takes invented signs for a language's, and so that researchers find the
//! signs, each sign stands here with its time, its word, its rule, where it comes from, and why sources
//! that were asked before had none; and so does each way between signs that a model has a share in.

use super::{OutputError, unfinished};
use crate::interpreter::{Coverage, NonManual, Omission, SignKind, Utterance};
use crate::lexicon::Provenance;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is said of practice signs.
const PRACTICE: &str = "Practice signs are invented so that everything can run. They are NOT Syrian Arabic Sign \
                        Language nor signs of any other language; do not learn from them, do not train on them.";

/// Everything that is signed in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Transcript {
    /// The program and its version.
    program: &'static str,
    /// What the file is, for whoever finds it.
    made: &'static str,
    /// Whether any sign, or any way between signs, is a practice one.
    practice: bool,
    /// What that means; absent where none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    practice_note: Option<&'static str>,
    /// The headlines in order.
    headlines: Vec<Signed>,
}

/// A headline in a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Signed {
    text: String,
    /// From the file's beginning, seconds.
    start: f64,
    end: f64,
    coverage: Coverage,
    signs: Vec<Sign>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transitions: Vec<Transition>,
    omitted: Vec<Omission>,
    notices: Vec<String>,
}

/// A sign, or a letter of a spelled word.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Sign {
    /// From the file's beginning, seconds: the sign itself, without the ways to and from it.
    start: f64,
    end: f64,
    gloss: String,
    kind: SignKind,
    /// Which letter of a spelled word, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<usize>,
    /// The headline's words that it stands for.
    word: String,
    rule: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    non_manuals: Vec<NonManual>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    /// `source: reason` of each that was asked before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passed_over: Vec<String>,
}

/// A way from one sign to the next with a model's own in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Transition {
    /// From the file's beginning, seconds.
    start: f64,
    end: f64,
    /// How much of it is the model's, in the middle.
    share_percent: u8,
    provenance: Provenance,
}

impl Transcript {
    /// Of utterances that are signed one after another, so many seconds apart.
    pub fn new(utterances: &[Arc<Utterance>], gap_seconds: f64) -> Self {
        let mut start = 0.0;
        let mut headlines = Vec::with_capacity(utterances.len());
        for utterance in utterances {
            let signed = Signed::new(utterance, start);
            start = signed.end + gap_seconds;
            headlines.push(signed);
        }
        let practice = headlines.iter().flat_map(Signed::provenances).any(Provenance::is_practice);
        Self {
            program: concat!("nashra ", env!("CARGO_PKG_VERSION")),
            made: "signed by an automatic avatar, not by an interpreter",
            practice,
            practice_note: practice.then_some(PRACTICE),
            headlines,
        }
    }

    /// Where the transcript of a file lies.
    pub fn path_for(file: &Path) -> PathBuf {
        file.with_extension("signs.json")
    }

    /// Writes it beside `file`; under its name only when it is whole.
    ///
    /// # Errors
    /// [`OutputError::Write`] where it cannot be written.
    pub fn write_beside(&self, file: &Path) -> Result<PathBuf, OutputError> {
        let path = Self::path_for(file);
        let part = unfinished(&path);
        let written = serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::other)
            .and_then(|json| std::fs::write(&part, json))
            .and_then(|()| std::fs::rename(&part, &path));
        let file = path.display().to_string();
        written.map_err(|source| OutputError::Write { file, source })?;
        Ok(path)
    }
}

impl Signed {
    fn new(utterance: &Utterance, start: f64) -> Self {
        let plan = &utterance.plan;
        let motion = &utterance.motion;
        let at = |frame: usize| start + frame as f64 / f64::from(motion.fps);
        let sign = |span: &crate::interpreter::SignSpan| {
            let planned = plan.signs.get(span.sign).filter(|planned| planned.kind != SignKind::Pause)?;
            Some(Sign {
                start: at(span.frames.start),
                end: at(span.frames.end),
                gloss: planned.gloss.clone(),
                kind: planned.kind,
                letter: (planned.kind == SignKind::Spelled).then_some(span.part),
                word: plan.text.get(planned.span.clone()).unwrap_or_default().to_owned(),
                rule: planned.rule,
                non_manuals: planned.non_manuals.clone(),
                provenance: span.provenance.clone(),
                passed_over: span.passed_over.clone(),
            })
        };
        let transition = |blend: &crate::interpreter::Blend| Transition {
            start: at(blend.frames.start),
            end: at(blend.frames.end),
            share_percent: blend.share_percent,
            provenance: blend.provenance.clone(),
        };
        Self {
            text: plan.text.clone(),
            start,
            end: start + f64::from(motion.duration()),
            coverage: plan.coverage,
            signs: utterance.spans.iter().filter_map(sign).collect(),
            transitions: utterance.blended.iter().map(transition).collect(),
            omitted: plan.omitted.clone(),
            notices: plan.notices.clone(),
        }
    }

    /// Where its signs and its ways between them come from.
    fn provenances(&self) -> impl Iterator<Item = &Provenance> {
        let signs = self.signs.iter().filter_map(|sign| sign.provenance.as_ref());
        signs.chain(self.transitions.iter().map(|transition| &transition.provenance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::{Blend, Headline, Interpreter, InterpreterConfig, Planner};
    use crate::lexicon::{Lexicon, TrainedOn};

    fn utterances(texts: &[&str]) -> Vec<Arc<Utterance>> {
        let lexicon = Arc::new(Lexicon::builtin().unwrap());
        let interpreter = Interpreter::new(Planner::default(), lexicon, InterpreterConfig::default());
        let one = |text: &&str| Arc::new(interpreter.interpret(&Headline::new("1", *text, "test")).unwrap());
        texts.iter().map(one).collect()
    }

    #[test]
    fn practice_signs_and_letters_say_what_they_are_and_when() {
        let utterances = utterances(&["الحكومة في حلب", "سالم"]);
        let folder = tempfile::tempdir().unwrap();
        let path = Transcript::new(&utterances, 0.5).write_beside(&folder.path().join("x.pose")).unwrap();
        assert_eq!(path.file_name().unwrap(), "x.signs.json");
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(json["practice"], true);
        assert!(json["practice_note"].as_str().unwrap().contains("NOT Syrian"));
        let [first, second] = json["headlines"].as_array().unwrap().as_slice() else { panic!("{json}") };
        assert_eq!(first["signs"][0]["provenance"]["kind"], "practice");
        let letters = second["signs"].as_array().unwrap();
        assert_eq!(letters.len(), 4);
        assert_eq!(letters[1]["provenance"]["kind"], "letter");
        assert_eq!(letters[3]["letter"], 3);
        let begins = second["start"].as_f64().unwrap();
        assert!((begins - first["end"].as_f64().unwrap() - 0.5).abs() < 1e-6);
        assert!(letters[0]["start"].as_f64().unwrap() > begins);
        let passed = first["signs"][0]["passed_over"].as_array().unwrap();
        assert!(passed.iter().any(|why| why.as_str().unwrap().starts_with("recorded: ")), "{passed:?}");
        assert!(first.get("transitions").is_none());
    }

    #[test]
    fn a_way_of_a_practice_model_is_told_though_all_signs_are_letters() {
        let [spelled] = &utterances(&["سالم"])[..] else { panic!("one headline") };
        let mut utterance = Utterance::clone(spelled);
        let (model, trained_on) = ("t2m-gpt".into(), TrainedOn::Practice);
        let provenance = Provenance::Generated { model, seed: 0, trained_on };
        utterance.blended = vec![Blend { frames: 30..60, provenance, share_percent: 40 }];
        let json = serde_json::to_value(Transcript::new(&[Arc::new(utterance)], 0.5)).unwrap();
        let way = &json["headlines"][0]["transitions"][0];
        assert_eq!((&json["practice"], &way["start"], &way["end"]), (&true.into(), &0.5.into(), &1.0.into()));
        assert_eq!(
            (&way["share_percent"], &way["provenance"]["trained_on"]),
            (&40.into(), &"practice".into())
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_the_files_name() {
        let error = Transcript::new(&[], 0.0).write_beside(Path::new("/no/such/x.mp4")).unwrap_err();
        assert!(error.to_string().contains("x.signs.json"), "{error}");
    }
}
