//! The interpreter on a thread of its own: headlines in, utterances out.

use super::{Headline, Interpreter, InterpreterError, Utterance};
use crate::lexicon::{Category, Lexicon, Provenance, SignId};
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

/// How many headlines may wait on each side; who sends more waits too.
const WAITING: usize = 16;

/// What became of a headline.
#[derive(Debug)]
pub struct Interpreted {
    /// The headline.
    pub headline: Headline,
    /// Its utterance, or why there is none.
    pub result: Result<Utterance, InterpreterError>,
}

/// A running interpreter. Dropping it ends its thread after the headline in hand.
#[derive(Debug)]
pub struct Worker {
    headlines: Option<Sender<Headline>>,
    interpreted: Receiver<Interpreted>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread `interpreter`.
    ///
    /// # Errors
    /// The system's, where it has no thread to give.
    pub fn start(interpreter: Interpreter) -> std::io::Result<Self> {
        let (headlines, inbox) = bounded::<Headline>(WAITING);
        let (outbox, interpreted) = bounded(WAITING);
        let thread = std::thread::Builder::new()
            .name("interpreter".into())
            .spawn(move || run(&interpreter, &inbox, &outbox))?;
        Ok(Self { headlines: Some(headlines), interpreted, thread: Some(thread) })
    }

    /// Where headlines go in. Blocks who sends while as many as its channel holds are waiting; a queue with a policy
    /// belongs before it.
    pub fn headlines(&self) -> Option<&Sender<Headline>> {
        self.headlines.as_ref()
    }

    /// Where results come out, in the order of the headlines.
    pub fn interpreted(&self) -> &Receiver<Interpreted> {
        &self.interpreted
    }

    /// No more headlines: results of those already sent still come out, then the channel ends.
    pub fn close(&mut self) {
        self.headlines = None;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.headlines = None;
        // The thread may be waiting for room to give a result; nobody wants it now.
        let (_, nothing) = bounded(0);
        drop(std::mem::replace(&mut self.interpreted, nothing));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the interpreter's thread panicked");
        }
    }
}

fn run(interpreter: &Interpreter, inbox: &Receiver<Headline>, outbox: &Sender<Interpreted>) {
    let mut cold = notated(interpreter.lexicon());
    while let Some(headline) = next(inbox, interpreter.lexicon(), &mut cold) {
        // One headline's mistake must not silence the bulletin.
        let result =
            catch_unwind(AssertUnwindSafe(|| interpreter.interpret(&headline))).unwrap_or_else(|panic| {
                let message = panic
                    .downcast_ref::<String>()
                    .cloned()
                    .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                    .unwrap_or_default();
                Err(InterpreterError::Broken { id: headline.id.clone(), message })
            });
        if outbox.send(Interpreted { headline, result }).is_err() {
            return;
        }
    }
}

/// The next headline; none when there will be no more. While none waits, signs are compiled that would
/// else be when they are first signed.
fn next(inbox: &Receiver<Headline>, lexicon: &Lexicon, cold: &mut Vec<SignId>) -> Option<Headline> {
    loop {
        match inbox.try_recv() {
            Ok(headline) => return Some(headline),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => match cold.pop() {
                // A sign that has no motion says so when it is wanted.
                Some(sign) => drop(lexicon.clip(sign)),
                None => return inbox.recv().ok(),
            },
        }
    }
}

/// Signs that are compiled when they are first asked for; words last, which are taken first.
fn notated(lexicon: &Lexicon) -> Vec<SignId> {
    let mut signs: Vec<(bool, SignId)> = lexicon
        .entries()
        .filter(|(_, entry)| entry.provenance == Provenance::Practice)
        .map(|(sign, entry)| (entry.category != Category::Number, sign))
        .collect();
    signs.sort_unstable();
    signs.into_iter().map(|(_, sign)| sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::{InterpreterConfig, Planner, PlannerConfig};
    use crate::lexicon::Lexicon;
    use std::sync::Arc;

    fn worker() -> Worker {
        let lexicon = Arc::new(Lexicon::builtin().unwrap());
        let planner = Planner::new(PlannerConfig::default());
        Worker::start(Interpreter::new(planner, lexicon, InterpreterConfig::default())).unwrap()
    }

    #[test]
    fn a_bad_headline_is_reported_and_the_next_is_signed() {
        let mut worker = worker();
        for (id, text) in [("a", "😀"), ("b", "الحكومة تعلن"), ("c", ""), ("d", "مشفى جديد")]
        {
            worker.headlines().unwrap().send(Headline::new(id, text, "test")).unwrap();
        }
        worker.close();
        let results: Vec<(String, bool)> =
            worker.interpreted().iter().map(|done| (done.headline.id, done.result.is_ok())).collect();
        let expected = [("a", false), ("b", true), ("c", false), ("d", true)];
        assert_eq!(results, expected.map(|(id, ok)| (id.to_owned(), ok)));
    }

    #[test]
    fn signs_are_compiled_while_nobody_asks() {
        let lexicon = Lexicon::builtin().unwrap();
        let (sender, inbox) = bounded(1);
        let mut cold = notated(&lexicon);
        assert!(cold.len() > 150);
        sender.send(Headline::new("1", "حرب", "test")).unwrap();
        assert_eq!(next(&inbox, &lexicon, &mut cold).map(|headline| headline.id).as_deref(), Some("1"));
        assert!(cold.len() > 150, "a headline comes before any compiling");
        cold.truncate(3);
        drop(sender);
        assert!(next(&inbox, &lexicon, &mut cold).is_none());
    }

    #[test]
    fn it_stops_although_nobody_fetches_its_results() {
        let worker = worker();
        for i in 0..WAITING + 2 {
            worker.headlines().unwrap().send(Headline::new(i.to_string(), "حرب", "test")).unwrap();
        }
        drop(worker);
    }
}
