//! The one queue that headlines wait in, and what happens when they come faster than they are signed.

use crate::interpreter::Headline;
use crossbeam_channel::Sender;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many dropped headlines are remembered; the count goes on.
const REMEMBERED: usize = 1000;

/// The fastest signing that catching up asks for. Faster signing is harder to read.
const CATCH_UP_SPEED: f32 = 1.25;

/// How much faster for each headline that waits.
const CATCH_UP_STEP: f32 = 0.05;

/// What happens to headlines that come faster than they are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum QueuePolicy {
    /// Nothing is lost: files and pipes wait, sockets are told that the queue is full.
    #[default]
    Hold,
    /// The newest count: the oldest waiting headline goes, and is reported.
    DropOldest,
    /// As `hold`, and signing is up to a quarter faster while headlines wait.
    CatchUp,
}

/// What became of a headline that was pushed.
#[derive(Clone, Debug, PartialEq)]
pub enum PushOutcome {
    /// Nothing waits before it.
    Accepted,
    /// It waits.
    Queued {
        /// How many headlines are signed before it.
        ahead: usize,
    },
    /// It was not taken: the queue is full and its policy does not drop.
    Full(Headline),
    /// It was not taken: the queue is closed.
    Closed(Headline),
}

/// A headline that was let go without being signed.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedHeadline {
    /// The headline.
    pub headline: Headline,
    /// The running number of the drop, from 1.
    pub number: u64,
}

/// A bounded queue of headlines; clones share it.
#[derive(Clone, Debug)]
pub struct HeadlineQueue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    policy: QueuePolicy,
    capacity: usize,
    state: Mutex<State>,
    changed: Condvar,
    next_id: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    dropped: VecDeque<DroppedHeadline>,
    dropped_count: u64,
    closed: bool,
}

#[derive(Debug)]
struct Waiting {
    headline: Headline,
    /// Whom to tell if it is dropped.
    sender: Option<Sender<Headline>>,
}

impl HeadlineQueue {
    /// An empty queue that holds `capacity` headlines, one at least.
    pub fn new(policy: QueuePolicy, capacity: usize) -> Self {
        Self {
            shared: Arc::new(Shared {
                policy,
                capacity: capacity.max(1),
                state: Mutex::default(),
                changed: Condvar::new(),
                next_id: AtomicU64::new(1),
            }),
        }
    }

    /// The policy.
    pub fn policy(&self) -> QueuePolicy {
        self.shared.policy
    }

    /// How many headlines it holds at most.
    pub fn capacity(&self) -> usize {
        self.shared.capacity
    }

    /// A running number, for headlines that come without an id.
    pub fn next_id(&self) -> String {
        self.shared.next_id.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// Adds a headline, waiting for room where the policy holds. For threads that may wait.
    pub fn push(&self, headline: Headline) -> PushOutcome {
        let mut state = self.state();
        while self.shared.policy != QueuePolicy::DropOldest
            && state.waiting.len() >= self.shared.capacity
            && !state.closed
        {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.add(state, Waiting { headline, sender: None })
    }

    /// Adds a headline without waiting: a full queue that holds gives it back.
    pub fn try_push(&self, headline: Headline) -> PushOutcome {
        self.add(self.state(), Waiting { headline, sender: None })
    }

    /// As [`Self::try_push`]; if the headline is dropped later, it is sent to `sender`, which needs
    /// room for as many as the queue holds.
    pub fn try_push_watched(&self, headline: Headline, sender: Sender<Headline>) -> PushOutcome {
        self.add(self.state(), Waiting { headline, sender: Some(sender) })
    }

    fn add(&self, mut state: MutexGuard<State>, new: Waiting) -> PushOutcome {
        if state.closed {
            return PushOutcome::Closed(new.headline);
        }
        if state.waiting.len() >= self.shared.capacity {
            if self.shared.policy != QueuePolicy::DropOldest {
                return PushOutcome::Full(new.headline);
            }
            state.drop_oldest();
        }
        let ahead = state.waiting.len();
        state.waiting.push_back(new);
        drop(state);
        self.shared.changed.notify_all();
        if ahead == 0 { PushOutcome::Accepted } else { PushOutcome::Queued { ahead } }
    }

    /// The next headline; none if none comes in time, or the queue is closed and empty.
    pub fn pop(&self, timeout: Duration) -> Option<Headline> {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.state();
        loop {
            if let Some(next) = state.waiting.pop_front() {
                drop(state);
                self.shared.changed.notify_all();
                return Some(next.headline);
            }
            let left = deadline.map_or(timeout, |d| d.saturating_duration_since(Instant::now()));
            if state.closed || left.is_zero() {
                return None;
            }
            let woken = self.shared.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many headlines wait.
    pub fn depth(&self) -> usize {
        self.state().waiting.len()
    }

    /// The headlines that wait, in order, for people to see.
    pub fn waiting(&self) -> Vec<Headline> {
        self.state().waiting.iter().map(|w| w.headline.clone()).collect()
    }

    /// Ends the feeds and refuses what comes; what waits can still be popped.
    pub fn close(&self) {
        self.state().closed = true;
        self.shared.changed.notify_all();
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// The last dropped headlines, oldest first: a thousand at most.
    pub fn dropped(&self) -> Vec<DroppedHeadline> {
        self.state().dropped.iter().cloned().collect()
    }

    /// How many headlines were dropped in all.
    pub fn dropped_count(&self) -> u64 {
        self.state().dropped_count
    }

    /// How fast to sign now: 1, and with [`QueuePolicy::CatchUp`] up to 1.25 while headlines wait.
    pub fn suggested_speed(&self) -> f32 {
        match self.shared.policy {
            QueuePolicy::CatchUp => catch_up_speed(self.depth()),
            QueuePolicy::Hold | QueuePolicy::DropOldest => 1.0,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before its guard goes, so a panic elsewhere leaves nothing half done.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn drop_oldest(&mut self) {
        let Some(Waiting { headline, sender }) = self.waiting.pop_front() else { return };
        self.dropped_count += 1;
        let number = self.dropped_count;
        tracing::warn!(
            id = headline.id,
            source = headline.source,
            number,
            "headline dropped: the queue is full"
        );
        if let Some(sender) = sender {
            // A sender that has gone does not want to know.
            let _ = sender.try_send(headline.clone());
        }
        if self.dropped.len() >= REMEMBERED {
            self.dropped.pop_front();
        }
        self.dropped.push_back(DroppedHeadline { headline, number });
    }
}

fn catch_up_speed(depth: usize) -> f32 {
    (1.0 + CATCH_UP_STEP * depth.saturating_sub(1) as f32).min(CATCH_UP_SPEED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headline(id: usize) -> Headline {
        Headline::new(id.to_string(), "عاجل", "test")
    }

    const SOON: Duration = Duration::from_millis(1);
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn headlines_come_out_in_the_order_they_went_in() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 3);
        assert_eq!(queue.push(headline(1)), PushOutcome::Accepted);
        assert_eq!(queue.push(headline(2)), PushOutcome::Queued { ahead: 1 });
        assert_eq!(queue.pop(SOON).unwrap().id, "1");
        assert_eq!(queue.pop(SOON).unwrap().id, "2");
        assert_eq!(queue.pop(SOON), None);
    }

    #[test]
    fn a_queue_that_holds_gives_back_what_it_has_no_room_for() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 1);
        queue.push(headline(1));
        assert!(matches!(queue.try_push(headline(2)), PushOutcome::Full(h) if h.id == "2"));
        assert!(queue.dropped().is_empty());
    }

    #[test]
    fn pushing_into_a_full_queue_that_holds_waits_for_room_and_loses_nothing() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 2);
        let feeder = queue.clone();
        let thread =
            std::thread::Builder::new().spawn(move || (0..50).for_each(|i| drop(feeder.push(headline(i)))));
        for i in 0..50 {
            assert!(queue.depth() <= 2);
            assert_eq!(queue.pop(LONG).unwrap().id, i.to_string());
        }
        thread.unwrap().join().unwrap();
    }

    #[test]
    fn the_oldest_goes_first_and_its_sender_is_told() {
        let queue = HeadlineQueue::new(QueuePolicy::DropOldest, 2);
        let (sender, told) = crossbeam_channel::bounded(2);
        for i in 0..4 {
            queue.try_push_watched(headline(i), sender.clone());
        }
        assert_eq!(told.try_iter().map(|h| h.id).collect::<Vec<_>>(), ["0", "1"]);
        assert_eq!(queue.dropped().iter().map(|d| d.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(queue.waiting().iter().map(|h| h.id.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    }

    #[test]
    fn what_is_remembered_of_drops_is_bounded() {
        let queue = HeadlineQueue::new(QueuePolicy::DropOldest, 1);
        (0..REMEMBERED + 11).for_each(|i| drop(queue.push(headline(i))));
        assert_eq!((queue.dropped().len(), queue.dropped_count()), (REMEMBERED, REMEMBERED as u64 + 10));
    }

    #[test]
    fn closing_wakes_who_waits_and_keeps_what_waits() {
        let queue = HeadlineQueue::new(QueuePolicy::Hold, 1);
        queue.push(headline(1));
        let feeder = queue.clone();
        let thread = std::thread::Builder::new().spawn(move || feeder.push(headline(2)));
        queue.close();
        assert!(matches!(thread.unwrap().join().unwrap(), PushOutcome::Closed(_)));
        assert_eq!(queue.pop(LONG).unwrap().id, "1");
        assert_eq!(queue.pop(LONG), None);
    }

    #[test]
    fn catching_up_is_never_faster_than_a_quarter_more() {
        let queue = HeadlineQueue::new(QueuePolicy::CatchUp, 40);
        let mut last = 0.0;
        for i in 0..40 {
            let speed = queue.suggested_speed();
            assert!((1.0..=CATCH_UP_SPEED).contains(&speed) && speed >= last);
            last = speed;
            queue.push(headline(i));
        }
        assert_eq!(last, CATCH_UP_SPEED);
        assert_eq!(HeadlineQueue::new(QueuePolicy::Hold, 40).suggested_speed(), 1.0);
    }
}
