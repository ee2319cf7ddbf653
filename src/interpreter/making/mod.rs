//! A headline while it is made: the sources are asked sign by sign, and what of it is certain can be
//! signed before the rest is there.

use crate::body::{Articulation, Motion};
use crate::interpreter::blend::{self, Join};
use crate::interpreter::mouthed;
use crate::interpreter::source::{SignRequest, SourcedMotion, Sources};
use crate::interpreter::stitch::{self, Clip, Item, Pace, Stitched};
use crate::interpreter::{
    Blend, Interpreter, InterpreterError, Omission, Plan, PlannedSign, SignKind, SignSpan, Utterance,
};
use crate::lexicon::{Provenance, SignId};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What a source gave for a sign or a letter, and who passed before.
#[derive(Clone, Debug)]
struct Part {
    sourced: SourcedMotion,
    passed_over: Vec<String>,
}

/// What became of a transition.
#[derive(Clone, Debug)]
enum Way {
    /// It has a model's way in it.
    Blended(Vec<Articulation>, Provenance),
    /// It is as it was stitched; perhaps with what people should be told of it.
    Stitched(Option<String>),
}

/// A headline in the making.
///
/// What [`so_far`](Self::so_far) gives is a beginning, bit for bit, of what [`finish`](Self::finish) will.
#[derive(Debug)]
pub struct Making<'a> {
    interpreter: &'a Interpreter,
    id: String,
    plan: Arc<Plan>,
    /// What was found for the parts asked for so far; none where no source answered.
    parts: Vec<Vec<Option<Part>>>,
    /// How many planned signs are decided.
    decided: usize,
    /// Transitions by their first frame.
    ways: BTreeMap<usize, Way>,
    /// The plan as it was last given away, where more is said in it.
    told: Option<Arc<Plan>>,
}

impl<'a> Making<'a> {
    pub(in crate::interpreter) fn new(interpreter: &'a Interpreter, id: &str, plan: Plan) -> Self {
        let parts = vec![Vec::new(); plan.signs.len()];
        let (id, plan, ways) = (id.to_owned(), Arc::new(plan), BTreeMap::new());
        let mut making = Self { interpreter, id, plan, parts, decided: 0, ways, told: None };
        making.decide();
        making
    }

    /// What is signed. Signs that no source has are noted in it as they are met.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// How many of the plan's signs have a motion or are known to have none.
    pub fn decided(&self) -> usize {
        self.decided
    }

    /// Asks the sources for the next sign, or the next letter of a spelled word; says whether there was
    /// one to ask for.
    pub fn ask(&mut self) -> bool {
        let Some(sign) = self.plan.signs.get(self.decided) else { return false };
        let asked = self.parts[self.decided].len();
        let Some(&id) = sign.signs[..Sources::parts_of(sign)].get(asked) else { return false };
        let part = match self.part(sign, id) {
            Ok(part) => {
                self.note_source(&part.sourced.provenance);
                Some(part)
            }
            Err(notice) => {
                Arc::make_mut(&mut self.plan).notices.push(notice);
                None
            }
        };
        self.parts[self.decided].push(part);
        self.decide();
        true
    }

    /// Captions are marked by the plan, so it says where a sign comes from in the end.
    fn note_source(&mut self, provenance: &Provenance) {
        if self.plan.signs[self.decided].provenance.as_ref() != Some(provenance) {
            Arc::make_mut(&mut self.plan).signs[self.decided].provenance = Some(provenance.clone());
        }
    }

    /// The utterance up to where it is certain; none while nothing of it is. Its spans are those of the
    /// signs that have begun by then.
    pub fn so_far(&mut self) -> Option<Utterance> {
        let mut stitched = self.anything().then(|| self.stitched())?;
        let all = if self.is_decided() { stitched.motion.frames.len() } else { stitched.settled };
        let (settled, blended) = self.blend(&mut stitched, all);
        (settled > 0).then(|| self.utterance(stitched, blended, settled))
    }

    /// The whole utterance; signs that were not asked for are left out as those without motion are.
    ///
    /// # Errors
    /// [`InterpreterError::NothingToSign`] where nothing of the plan moves.
    pub fn finish(mut self) -> Result<Utterance, InterpreterError> {
        while let Some(sign) = self.plan.signs.get(self.decided) {
            self.parts[self.decided].resize(Sources::parts_of(sign), None);
            self.decide();
        }
        if !self.anything() {
            return Err(InterpreterError::NothingToSign { id: self.id, reasons: reasons(&self.plan) });
        }
        let mut stitched = self.stitched();
        let all = stitched.motion.frames.len();
        let (all, blended) = self.blend(&mut stitched, all);
        Ok(self.utterance(stitched, blended, all))
    }

    /// Mixes a model's ways into the transitions within the first `settled` frames, each asked for once,
    /// and says up to where the result is certain: a transition is, when all that a model sees of the sign
    /// behind it is.
    fn blend(&mut self, stitched: &mut Stitched, settled: usize) -> (usize, Vec<Blend>) {
        let share = self.interpreter.sources().config().blend.clamp(0.0, 1.0);
        let (mut certain, mut blended) = (settled, Vec::new());
        for pair in stitched.spans.windows(2).filter(|_| share > 0.0) {
            let frames = pair[0].frames.end..pair[1].frames.start;
            if frames.is_empty() || frames.end >= stitched.motion.frames.len() {
                continue;
            }
            if !self.is_decided() && frames.end + blend::CONTEXT > settled {
                certain = certain.min(frames.start);
                break;
            }
            if !self.ways.contains_key(&frames.start) {
                let way = self.way(&mut stitched.motion, pair, frames.clone());
                self.ways.insert(frames.start, way);
            }
            if let Some(Way::Blended(way, provenance)) = self.ways.get(&frames.start) {
                stitched.motion.frames[frames.clone()].clone_from_slice(way);
                let share_percent = (share * 100.0).round() as u8;
                blended.push(Blend { frames, provenance: provenance.clone(), share_percent });
            }
        }
        (certain, blended)
    }

    /// What becomes of a transition. The motion may be changed within it.
    fn way(&self, motion: &mut Motion, pair: &[stitch::Span], frames: Range<usize>) -> Way {
        let [before, after] = [&pair[0], &pair[1]].map(|span| self.found(span.item, span.part));
        let (Some(before), Some(after)) = (before, after) else { return Way::Stitched(None) };
        let Some(sign) = self.plan.signs.get(pair[1].item) else { return Way::Stitched(None) };
        let [before, after] = [before, after].map(|part| &part.sourced.provenance);
        let stitched = motion.frames[frames.clone()].to_vec();
        let join = Join { frames: frames.clone(), before, after, text: &sign.gloss };
        let provenance = match self.interpreter.sources().blend(motion, &join) {
            Ok(Some(provenance)) if self.is_refused(&provenance) => {
                motion.frames[frames].clone_from_slice(&stitched);
                return Way::Stitched(Some(format!("{} is refused on air", provenance.describe())));
            }
            Ok(Some(provenance)) => provenance,
            Ok(None) => return Way::Stitched(None),
            Err(why) => {
                let gloss = &sign.gloss;
                return Way::Stitched(Some(format!("the way to «{gloss}» is as it was stitched: {why}")));
            }
        };
        let blended = motion.frames[frames].to_vec();
        if blended == stitched { Way::Stitched(None) } else { Way::Blended(blended, provenance) }
    }

    /// Whether something may not be shown because it is on air. Sources refuse it already; whichever they
    /// are, nothing passes here.
    fn is_refused(&self, provenance: &Provenance) -> bool {
        self.interpreter.config().on_air && !provenance.may_go_on_air()
    }

    /// The plan, with what is to be said of transitions. In their order, whenever they were made: so it is
    /// the same whether the headline was shown meanwhile or not.
    fn told(&mut self) -> Arc<Plan> {
        let notice = |way: &Way| match way {
            Way::Stitched(notice) => notice.clone(),
            Way::Blended(..) => None,
        };
        let notices: Vec<String> = self.ways.values().filter_map(notice).collect();
        if notices.is_empty() {
            return self.plan.clone();
        }
        let mut plan = Plan::clone(&self.plan);
        plan.notices.extend(notices);
        // Whoever shows it need not look at it again where it is the same.
        match &self.told {
            Some(told) if **told == plan => told.clone(),
            _ => self.told.insert(Arc::new(plan)).clone(),
        }
    }

    /// Goes on to the next planned sign that lacks a part.
    fn decide(&mut self) {
        while let Some(sign) = self.plan.signs.get(self.decided) {
            let parts = &self.parts[self.decided];
            if parts.len() < Sources::parts_of(sign) {
                return;
            }
            if sign.kind != SignKind::Pause && parts.iter().all(Option::is_none) {
                let (word, span) = (sign.gloss.clone(), sign.span.clone());
                let omission = Omission { word, span, reason: "no-motion" };
                Arc::make_mut(&mut self.plan).omitted.push(omission);
            }
            self.decided += 1;
        }
    }

    /// Whether there is nothing more to ask for.
    pub fn is_decided(&self) -> bool {
        self.decided == self.plan.signs.len()
    }

    /// Whether anything that is decided moves.
    fn anything(&self) -> bool {
        self.parts.iter().take(self.decided).flatten().any(Option::is_some)
    }

    /// Asks the sources for a part of a planned sign.
    fn part(&self, sign: &PlannedSign, id: SignId) -> Result<Part, String> {
        let lexicon = self.interpreter.lexicon();
        if id.0 as usize >= lexicon.len() {
            return Err(format!("«{}»: sign {} is not of this lexicon", sign.gloss, id.0));
        }
        let entry = lexicon.entry(id);
        let request = SignRequest { sign: id, entry, lexicon, kind: sign.kind };
        let answer = self.interpreter.sources().ask_for(sign, &request);
        match answer.motion {
            Some(sourced) if self.is_refused(&sourced.provenance) => {
                let what = sourced.provenance.describe();
                Err(format!("«{}» has no motion: {what}: refused on air", entry.gloss))
            }
            Some(sourced) => Ok(Part { sourced, passed_over: answer.passed_over }),
            None => Err(format!("«{}» has no motion: {}", entry.gloss, answer.passed_over.join("; "))),
        }
    }

    /// What is decided, stitched as if the rest had no motion.
    pub(in crate::interpreter) fn stitched(&self) -> Stitched {
        let config = self.interpreter.config();
        let mut words = if config.mouthing { mouthed::words(&self.plan) } else { Vec::new() };
        words.resize(self.plan.signs.len(), None);
        let signs = self.plan.signs.iter().enumerate().zip(words);
        let items: Vec<Item> =
            signs.map(|((i, sign), word)| Item { mouthing: word, ..self.item(i, sign) }).collect();
        stitch::stitch(&items, Pace::new(config.speed), config.seed)
    }

    fn item(&self, at: usize, sign: &PlannedSign) -> Item {
        let nothing = Arc::new(Motion { fps: Motion::FPS, frames: Vec::new() });
        let clip = |(letter, &id): (usize, &SignId)| {
            let part = self.found(at, letter).map(|part| part.sourced.motion.clone());
            Clip { sign: id, motion: part.unwrap_or_else(|| nothing.clone()) }
        };
        let scale = self.interpreter.config().pause_scale;
        let scale = if scale.is_finite() { scale.clamp(0.0, 4.0) } else { 1.0 };
        Item {
            kind: sign.kind,
            clips: sign.signs.iter().take(Sources::parts_of(sign)).enumerate().map(clip).collect(),
            pause_millis: (sign.pause_millis as f32 * scale) as u32,
            non_manuals: sign.non_manuals.clone(),
            mouthing: None,
        }
    }

    /// What was found for a part of a decided sign.
    fn found(&self, sign: usize, letter: usize) -> Option<&Part> {
        let parts = self.parts.get(sign).filter(|_| sign < self.decided)?;
        parts.get(letter)?.as_ref()
    }

    fn utterance(&mut self, stitched: Stitched, blended: Vec<Blend>, frames: usize) -> Utterance {
        let Stitched { mut motion, spans, .. } = stitched;
        motion.frames.truncate(frames);
        let begun = spans.into_iter().filter(|span| span.frames.start < frames);
        let spans = begun.map(|span| self.sign_span(span)).collect();
        Utterance { plan: self.told(), motion: Arc::new(motion), spans, blended }
    }

    fn sign_span(&self, span: stitch::Span) -> SignSpan {
        let part = self.found(span.item, span.part);
        SignSpan {
            sign: span.item,
            part: span.part,
            frames: span.frames,
            provenance: part.map(|part| part.sourced.provenance.clone()),
            passed_over: part.map(|part| part.passed_over.clone()).unwrap_or_default(),
        }
    }
}

/// What a plan says about its being empty, shortened.
fn reasons(plan: &Plan) -> Vec<String> {
    const MOST: usize = 5;
    let omitted = plan.omitted.iter().map(|omission| {
        let word: String = omission.word.chars().take(30).collect();
        format!("«{word}»: {}", omission.reason)
    });
    plan.notices.iter().cloned().chain(omitted).take(MOST).collect()
}

#[cfg(test)]
mod tests;
