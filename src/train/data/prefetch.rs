//! A thread that makes batches ahead of the steps that take them.
//!
//! It walks through the epochs by itself from wherever a run goes on, so that the order of batches
//! depends on nothing but the seed. What the steps wait for it is measured: a run that waits long is one
//! whose data should be made faster.

use super::super::TrainError;
use super::super::random::{Purpose, noise};
use super::super::task::Loader;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// So many batches wait at most.
const AHEAD: usize = 2;

/// Where to begin and how to cut.
#[derive(Clone, Copy, Debug)]
pub(in crate::train) struct Start {
    pub(in crate::train) seed: u64,
    pub(in crate::train) epoch: u64,
    /// Batches of that epoch that are done.
    pub(in crate::train) position: usize,
    pub(in crate::train) batch_size: usize,
    /// Batches in a step.
    pub(in crate::train) accumulate: usize,
}

/// A batch and its place in the run.
pub(in crate::train) struct Item<B> {
    pub(in crate::train) batch: B,
    pub(in crate::train) epoch: u64,
    /// Which of its epoch's batches, from 0.
    pub(in crate::train) position: usize,
    /// Its share of the examples of its step.
    pub(in crate::train) weight: f64,
    pub(in crate::train) ends_step: bool,
    pub(in crate::train) ends_epoch: bool,
}

/// The thread and what comes from it. Dropping it ends the thread.
pub(in crate::train) struct Prefetch<B> {
    /// None only while it is dropped.
    items: Option<Receiver<Result<Item<B>, TrainError>>>,
    thread: Option<JoinHandle<()>>,
    waited: Duration,
    begun: Instant,
}

impl<B: Send + 'static> Prefetch<B> {
    /// Begins to make batches.
    pub(in crate::train) fn new<L: Loader<Batch = B>>(
        loader: Arc<L>,
        start: Start,
    ) -> Result<Self, TrainError> {
        let (sender, items) = bounded(AHEAD);
        let body = move || {
            let mut epoch = start.epoch;
            let mut position = start.position;
            while walk(&*loader, start, epoch, position, &sender) {
                (epoch, position) = (epoch + 1, 0);
            }
        };
        let thread = Builder::new().name("batches".to_owned()).spawn(body);
        let thread = thread.map_err(|e| TrainError::Loader { reason: e.to_string() })?;
        let (waited, begun) = (Duration::ZERO, Instant::now());
        Ok(Self { items: Some(items), thread: Some(thread), waited, begun })
    }

    /// The next batch; waits for it.
    pub(in crate::train) fn next(&mut self) -> Result<Item<B>, TrainError> {
        let before = Instant::now();
        let item = self.items.as_ref().and_then(|items| items.recv().ok());
        self.waited += before.elapsed();
        item.unwrap_or_else(|| Err(TrainError::Loader { reason: self.last_words() }))
    }

    /// The share of the time since the beginning in which somebody waited for a batch.
    pub(in crate::train) fn waited_share(&self) -> f64 {
        let all = self.begun.elapsed().as_secs_f64();
        if all > 0.0 { (self.waited.as_secs_f64() / all).min(1.0) } else { 0.0 }
    }

    fn last_words(&mut self) -> String {
        let panic = self.thread.take().and_then(|thread| thread.join().err());
        let text = panic.and_then(|panic| match panic.downcast::<String>() {
            Ok(text) => Some(*text),
            Err(panic) => panic.downcast::<&str>().ok().map(|text| (*text).to_owned()),
        });
        text.unwrap_or_else(|| "an epoch has no batches".to_owned())
    }
}

impl<B> Drop for Prefetch<B> {
    fn drop(&mut self) {
        // The thread ends when nobody is there to take the next batch.
        self.items = None;
        if let Some(thread) = self.thread.take() {
            // A panic was told where its batch was missed.
            let _ = thread.join();
        }
    }
}

/// Sends the rest of an epoch; whether to go on.
fn walk<L: Loader>(
    loader: &L,
    start: Start,
    epoch: u64,
    from: usize,
    sender: &Sender<Result<Item<L::Batch>, TrainError>>,
) -> bool {
    let batches = loader.batches(epoch, start.batch_size, &noise(start.seed, Purpose::Order, epoch));
    let count = batches.len();
    for (position, examples) in batches.iter().enumerate().skip(from) {
        let first = position - position % start.accumulate;
        let step = batches.iter().skip(first).take(start.accumulate);
        let all: usize = step.map(Vec::len).sum();
        // Batches of one epoch never come near 2^32.
        let place = (epoch << 32) | position as u64;
        let loaded = loader.load(examples, &noise(start.seed, Purpose::Load, place));
        let ends_epoch = position + 1 == count;
        let item = loaded.map(|batch| Item {
            batch,
            epoch,
            position,
            weight: examples.len() as f64 / all.max(1) as f64,
            ends_step: ends_epoch || (position + 1) % start.accumulate == 0,
            ends_epoch,
        });
        let failed = item.is_err();
        if sender.send(item).is_err() || failed {
            return false;
        }
    }
    count > 0
}

#[cfg(test)]
mod tests {
    use super::super::shuffled;
    use super::*;
    use crate::models::layers::Noise;

    struct Numbers {
        count: usize,
        wait: Duration,
    }

    impl Loader for Numbers {
        type Batch = (Vec<usize>, u32);

        fn batches(&self, _: u64, batch_size: usize, noise: &Noise) -> Vec<Vec<usize>> {
            shuffled(self.count, batch_size, noise)
        }

        fn load(&self, examples: &[usize], noise: &Noise) -> Result<Self::Batch, TrainError> {
            std::thread::sleep(self.wait);
            if self.count == 13 {
                panic!("an unlucky number");
            }
            Ok((examples.to_vec(), noise.below(1 << 30)))
        }
    }

    fn from(count: usize, wait: u64, epoch: u64, position: usize) -> Prefetch<(Vec<usize>, u32)> {
        let start = Start { seed: 5, epoch, position, batch_size: 4, accumulate: 2 };
        Prefetch::new(Arc::new(Numbers { count, wait: Duration::from_millis(wait) }), start).unwrap()
    }

    #[test]
    fn a_run_that_goes_on_sees_the_batches_that_it_would_have_seen() {
        let mut whole = from(18, 0, 0, 0);
        let all: Vec<_> = (0..15).map(|_| whole.next().unwrap()).collect();
        for (at, item) in all.iter().enumerate() {
            let mut later = from(18, 0, item.epoch, item.position);
            assert_eq!(later.next().unwrap().batch, item.batch, "{at}");
        }
        assert_ne!(all[0].batch, all[5].batch);
    }

    #[test]
    fn the_batches_of_a_step_weigh_by_their_examples_and_steps_end_with_epochs() {
        let mut prefetch = from(18, 0, 0, 0);
        let items: Vec<_> = (0..6).map(|_| prefetch.next().unwrap()).collect();
        let ends: Vec<_> = items.iter().map(|item| (item.ends_step, item.ends_epoch)).collect();
        let (inside, step, epoch) = ((false, false), (true, false), (true, true));
        assert_eq!(ends, [inside, step, inside, step, epoch, inside]);
        let weights: Vec<f64> = items.iter().map(|item| item.weight).collect();
        assert_eq!(weights, [0.5, 0.5, 0.5, 0.5, 1.0, 0.5]);
    }

    #[test]
    fn what_is_waited_for_is_measured() {
        let mut prefetch = from(18, 1, 0, 0);
        assert_eq!(prefetch.waited_share(), 0.0);
        prefetch.next().unwrap();
        assert!(prefetch.waited_share() > 0.0 && prefetch.waited_share() <= 1.0);
    }

    #[test]
    fn a_loader_that_panics_or_has_nothing_is_an_error() {
        let last = |count| {
            let mut prefetch = from(count, 0, 0, 0);
            prefetch.next().map(|_| ()).unwrap_err().to_string()
        };
        assert!(last(13).contains("an unlucky number"));
        assert!(last(0).contains("no batches"));
    }
}
