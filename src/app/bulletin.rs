//! From waiting headlines to the playback, one at a time: what a window does between two frames.
//!
//! Only the headline after the one being signed is planned ahead. The rest waits in the
//! [`HeadlineQueue`], where its policy can still decide about it. A headline goes to the playback when
//! its first sign is there, and grows while its rest is made.

use crate::feed::{HeadlineQueue, PushOutcome};
use crate::interpreter::{Headline, Interpreted, InterpreterError, Progress, Ticket, Utterance, Worker};
use crate::stage::Playback;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How many utterances may wait behind the one being signed.
const AHEAD: usize = 1;

/// Something that happened to a headline, for the log and the panel.
#[derive(Debug)]
pub enum Event {
    /// Its first sign is there; the rest is being made.
    Begun {
        /// The headline.
        headline: Headline,
        /// From leaving the queue to the first sign.
        took: Duration,
    },
    /// It was planned and its motion made.
    Planned {
        /// The headline.
        headline: Headline,
        /// What will be signed.
        utterance: Arc<Utterance>,
        /// From leaving the queue to the finished motion.
        took: Duration,
    },
    /// Nothing of it can be signed, or no more than had begun.
    Refused {
        /// The headline.
        headline: Headline,
        /// Why.
        error: InterpreterError,
    },
    /// Its first frame is about to be drawn.
    Signing {
        /// The headline.
        headline: Headline,
        /// Since it was received.
        waited: Duration,
    },
    /// It was let go: the queue was full, or everything was cleared.
    Dropped {
        /// The headline.
        headline: Headline,
        /// Why.
        reason: &'static str,
    },
}

/// The headlines of one run and the interpreter that they go through.
#[derive(Debug)]
pub struct Bulletin {
    queue: HeadlineQueue,
    worker: Worker,
    planning: Option<Planning>,
    /// Planned, not yet signed.
    ready: Vec<(Headline, Arc<Utterance>)>,
    dropped_seen: u64,
    /// The factor by which catching up has raised the speed.
    hurry: f32,
}

#[derive(Debug)]
struct Planning {
    headline: Headline,
    since: Instant,
    ticket: Ticket,
    /// What of it the playback has, if it has begun.
    begun: Option<Arc<Utterance>>,
    /// Cleared meanwhile: the result is not wanted.
    cancelled: bool,
}

impl Bulletin {
    /// Headlines of `queue` go through `worker`.
    pub fn new(queue: HeadlineQueue, worker: Worker) -> Self {
        Self { queue, worker, planning: None, ready: Vec::new(), dropped_seen: 0, hurry: 1.0 }
    }

    /// The queue that feeds push into.
    pub fn queue(&self) -> &HeadlineQueue {
        &self.queue
    }

    /// The headline being planned, of which the playback has nothing yet.
    pub fn planning(&self) -> Option<&Headline> {
        let awaited = |planning: &&Planning| !planning.cancelled && planning.begun.is_none();
        self.planning.as_ref().filter(awaited).map(|planning| &planning.headline)
    }

    /// Adds a headline that somebody typed in the window.
    pub fn type_in(&self, text: &str) -> PushOutcome {
        self.queue.try_push(Headline::new(self.queue.next_id(), text, "typed"))
    }

    /// Whether nothing waits, nothing is planned and nothing is signed.
    pub fn is_idle(&self, playback: &Playback) -> bool {
        self.planning.is_none() && self.queue.depth() == 0 && playback.is_idle()
    }

    /// Does what is due, without waiting for anything.
    pub fn step(&mut self, playback: &mut Playback) -> Vec<Event> {
        let mut events = Vec::new();
        self.take_dropped(&mut events);
        self.take_planned(playback, &mut events);
        self.plan_next(playback);
        self.note_signing(playback, &mut events);
        self.catch_up(playback);
        events
    }

    /// Forgets everything that waits, is planned or is signed.
    pub fn clear(&mut self, playback: &mut Playback) -> Vec<Event> {
        const REASON: &str = "cleared";
        let signing = playback.current().cloned();
        playback.clear();
        if let Some(planning) = &mut self.planning {
            planning.cancelled = true;
            planning.ticket.cancel();
        }
        let unsigned =
            self.ready.drain(..).filter(|(_, u)| !signing.as_ref().is_some_and(|s| Arc::ptr_eq(s, u)));
        let mut events: Vec<Event> =
            unsigned.map(|(headline, _)| Event::Dropped { headline, reason: REASON }).collect();
        while let Some(headline) = self.queue.pop(Duration::ZERO) {
            events.push(Event::Dropped { headline, reason: REASON });
        }
        events
    }

    fn take_dropped(&mut self, events: &mut Vec<Event>) {
        if self.queue.dropped_count() == self.dropped_seen {
            return;
        }
        let seen = self.dropped_seen;
        for dropped in self.queue.dropped().into_iter().filter(|dropped| dropped.number > seen) {
            self.dropped_seen = dropped.number;
            events.push(Event::Dropped { headline: dropped.headline, reason: "the queue was full" });
        }
    }

    fn take_planned(&mut self, playback: &mut Playback, events: &mut Vec<Event>) {
        while let Ok(Interpreted { headline, progress }) = self.worker.interpreted().try_recv() {
            let Some(planning) = self.planning.take() else { continue };
            self.planning = self.take_progress(planning, headline, progress, playback, events);
        }
    }

    /// Takes the news of a headline; gives the planning back while there will be more.
    fn take_progress(
        &mut self,
        mut planning: Planning,
        headline: Headline,
        progress: Progress,
        playback: &mut Playback,
        events: &mut Vec<Event>,
    ) -> Option<Planning> {
        let took = planning.since.elapsed();
        match progress {
            Progress::Begun(_) | Progress::Extended(_) if planning.cancelled => Some(planning),
            Progress::Begun(utterance) => {
                self.grow(&mut planning, &headline, utterance, false, playback);
                events.push(Event::Begun { headline, took });
                Some(planning)
            }
            Progress::Extended(utterance) => {
                self.grow(&mut planning, &headline, utterance, false, playback);
                Some(planning)
            }
            Progress::Finished(_) | Progress::Failed { .. } if planning.cancelled => {
                // One that had begun was let go when it was cleared.
                if planning.begun.is_none() {
                    events.push(Event::Dropped { headline, reason: "cleared" });
                }
                None
            }
            Progress::Finished(utterance) => {
                let utterance = self.grow(&mut planning, &headline, utterance, true, playback);
                events.push(Event::Planned { headline, utterance, took });
                None
            }
            Progress::Failed { error, said } => {
                match said {
                    Some(said) => drop(self.grow(&mut planning, &headline, said, true, playback)),
                    None => playback.abandon(),
                }
                events.push(Event::Refused { headline, error });
                None
            }
        }
    }

    /// Gives the playback a headline's beginning, or more of what it has of it.
    fn grow(
        &mut self,
        planning: &mut Planning,
        headline: &Headline,
        utterance: Utterance,
        is_whole: bool,
        playback: &mut Playback,
    ) -> Arc<Utterance> {
        let utterance = Arc::new(utterance);
        match planning.begun.replace(utterance.clone()) {
            Some(shorter) => {
                for (_, ready) in self.ready.iter_mut().filter(|(_, ready)| Arc::ptr_eq(ready, &shorter)) {
                    *ready = utterance.clone();
                }
                playback.extend(utterance.clone(), is_whole);
            }
            None => {
                self.ready.push((headline.clone(), utterance.clone()));
                if is_whole {
                    playback.push(utterance.clone());
                } else {
                    playback.begin(utterance.clone());
                }
            }
        }
        utterance
    }

    fn plan_next(&mut self, playback: &Playback) {
        if self.planning.is_some() || playback.queued().len() >= AHEAD {
            return;
        }
        let Some(headline) = self.queue.pop(Duration::ZERO) else { return };
        let (id, since) = (headline.id.clone(), Instant::now());
        match self.worker.interpret(headline.clone()) {
            Ok(ticket) => {
                self.planning = Some(Planning { headline, since, ticket, begun: None, cancelled: false });
            }
            // With one headline in hand at a time its inbox cannot be full.
            Err(_) => tracing::error!(id, "the interpreter has stopped"),
        }
    }

    fn note_signing(&mut self, playback: &Playback, events: &mut Vec<Event>) {
        let Some(current) = playback.current() else { return };
        let Some(at) = self.ready.iter().position(|(_, utterance)| Arc::ptr_eq(utterance, current)) else {
            return;
        };
        let (headline, _) = self.ready.remove(at);
        let waited = SystemTime::now().duration_since(headline.received).unwrap_or_default();
        events.push(Event::Signing { headline, waited });
    }

    /// Signs faster while headlines wait, if that is the policy, and as before when none does.
    fn catch_up(&mut self, playback: &mut Playback) {
        let hurry = self.queue.suggested_speed();
        if (hurry - self.hurry).abs() > 1e-3 {
            playback.set_speed(playback.speed() / f64::from(self.hurry) * f64::from(hurry));
            self.hurry = hurry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::QueuePolicy;
    use crate::interpreter::{
        Interpreter, InterpreterConfig, MotionSource, PassedOver, Planner, SignRequest, SourcedMotion,
        Sources,
    };
    use crate::lexicon::Lexicon;

    /// What ships, each sign after so long.
    struct Slow(Duration);

    impl MotionSource for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
            std::thread::sleep(self.0);
            Sources::standard(false).ask(request).motion.ok_or_else(|| PassedOver("nothing ships".into()))
        }
    }

    const TEXT: &str = "الحكومة تعلن افتتاح مشفى جديد الخميس";

    fn bulletin(millis: u64) -> Bulletin {
        let lexicon = Arc::new(Lexicon::builtin().unwrap());
        let slow = Sources::new(vec![Box::new(Slow(Duration::from_millis(millis)))]);
        let interpreter = Interpreter::new(Planner::default(), lexicon, InterpreterConfig::default());
        Bulletin::new(
            HeadlineQueue::new(QueuePolicy::Hold, 8),
            Worker::start(interpreter.with_sources(slow)).unwrap(),
        )
    }

    /// Steps until something happens that is wanted, a picture each time, and gives all that did.
    fn until(
        bulletin: &mut Bulletin,
        playback: &mut Playback,
        wanted: impl Fn(&Event) -> bool,
    ) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..6000 {
            events.extend(bulletin.step(playback));
            if events.iter().any(&wanted) {
                return events;
            }
            std::thread::sleep(Duration::from_millis(5));
            playback.advance(0.005);
        }
        panic!("it never came: {events:?}");
    }

    #[test]
    fn a_headline_is_signed_before_it_is_finished_and_then_is_whole() {
        let (mut bulletin, mut playback) = (bulletin(60), Playback::default());
        assert!(matches!(bulletin.type_in(TEXT), PushOutcome::Accepted | PushOutcome::Queued { .. }));
        let events = until(&mut bulletin, &mut playback, |event| matches!(event, Event::Signing { .. }));
        assert!(matches!(&events[..], [Event::Begun { .. }, Event::Signing { .. }]), "{events:?}");
        let begun = playback.current().cloned().unwrap();
        let events = until(&mut bulletin, &mut playback, |event| matches!(event, Event::Planned { .. }));
        assert_eq!(events.len(), 1, "{events:?}");
        let whole = playback.current().unwrap();
        assert!(
            whole.motion.frames.len() > begun.motion.frames.len() && whole.spans.len() > begun.spans.len()
        );
        assert!(Arc::ptr_eq(&whole.plan, &begun.plan) || whole.plan == begun.plan);
    }

    #[test]
    fn clearing_stops_the_making_of_the_rest() {
        let (mut bulletin, mut playback) = (bulletin(60), Playback::default());
        bulletin.type_in(TEXT);
        until(&mut bulletin, &mut playback, |event| matches!(event, Event::Signing { .. }));
        assert!(bulletin.clear(&mut playback).is_empty());
        assert!(playback.is_idle());
        bulletin.type_in("مدرسة");
        let events = until(&mut bulletin, &mut playback, |event| matches!(event, Event::Planned { .. }));
        let Some(Event::Planned { headline, .. }) = events.last() else { panic!("{events:?}") };
        assert_eq!(headline.text, "مدرسة");
        assert!(!events.iter().any(|event| matches!(event, Event::Dropped { .. })), "{events:?}");
    }
}
