//! From waiting headlines to the playback, one at a time: what a window does between two frames.
//!
//! Only the headline after the one being signed is planned ahead. The rest waits in the
//! [`HeadlineQueue`], where its policy can still decide about it.

use crate::feed::{HeadlineQueue, PushOutcome};
use crate::interpreter::{Headline, Interpreted, InterpreterError, Utterance, Worker};
use crate::stage::Playback;
use crossbeam_channel::{TryRecvError, TrySendError};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How many finished utterances may wait behind the one being signed.
const AHEAD: usize = 1;

/// Something that happened to a headline, for the log and the panel.
#[derive(Debug)]
pub enum Event {
    /// It was planned and its motion made.
    Planned {
        /// The headline.
        headline: Headline,
        /// What will be signed.
        utterance: Arc<Utterance>,
        /// From leaving the queue to the finished motion.
        took: Duration,
    },
    /// Nothing of it can be signed.
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

    /// The headline being planned.
    pub fn planning(&self) -> Option<&Headline> {
        self.planning.as_ref().filter(|planning| !planning.cancelled).map(|planning| &planning.headline)
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
        playback.clear();
        if let Some(planning) = &mut self.planning {
            planning.cancelled = true;
        }
        let signing = playback.previous().cloned();
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
        let Interpreted { headline, result } = match self.worker.interpreted().try_recv() {
            Ok(interpreted) => interpreted,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
        };
        let planning = self.planning.take();
        let took = planning.as_ref().map_or(Duration::ZERO, |planning| planning.since.elapsed());
        match result {
            _ if planning.is_some_and(|planning| planning.cancelled) => {
                events.push(Event::Dropped { headline, reason: "cleared" });
            }
            Ok(utterance) => {
                let utterance = Arc::new(utterance);
                playback.push(utterance.clone());
                self.ready.push((headline.clone(), utterance.clone()));
                events.push(Event::Planned { headline, utterance, took });
            }
            Err(error) => events.push(Event::Refused { headline, error }),
        }
    }

    fn plan_next(&mut self, playback: &Playback) {
        if self.planning.is_some() || playback.queued().len() >= AHEAD {
            return;
        }
        let Some(headline) = self.queue.pop(Duration::ZERO) else { return };
        let since = Instant::now();
        match self.worker.headlines().map(|headlines| headlines.try_send(headline.clone())) {
            Some(Ok(())) => self.planning = Some(Planning { headline, since, cancelled: false }),
            // With one headline in hand at a time its inbox cannot be full.
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => {
                tracing::error!(id = headline.id, "the interpreter has stopped");
            }
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
