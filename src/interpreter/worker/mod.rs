//! The interpreter on a thread of its own: headlines in, utterances out, each as soon as its first sign
//! is there.

use super::{Headline, Interpreter, InterpreterError, Making, Utterance};
use crate::lexicon::{Category, Lexicon, Provenance, SignId};
use crossbeam_channel::{Receiver, SendError, Sender, TryRecvError, TrySendError, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

/// How many headlines may wait to be made, and how many results to be fetched.
const WAITING: usize = 16;
/// Every beginning is put together anew, and the longer it is the longer that takes. While what was sent
/// lasts for so many seconds more, that is done in one part of the time in so many at most.
const ENOUGH: f32 = 2.0;
const SPARSE: u32 = 5;

/// What became of a headline so far.
#[derive(Debug)]
pub struct Interpreted {
    /// The headline.
    pub headline: Headline,
    /// The latest of it.
    pub progress: Progress,
}

/// How far a headline is made. Every headline ends with `Finished` or `Failed`; one whose sources take
/// their time has `Begun` before that, and perhaps `Extended`. Each utterance begins with the frames of the
/// one before, bit for bit.
#[derive(Debug)]
pub enum Progress {
    /// Its first sign is there: the beginning, to be signed while the rest is made.
    Begun(Utterance),
    /// A longer beginning.
    Extended(Utterance),
    /// All of it.
    Finished(Utterance),
    /// It will not be signed, or no further.
    Failed {
        /// Why.
        error: InterpreterError,
        /// What had begun, brought to rest.
        said: Option<Utterance>,
    },
}

/// A headline that was given to a [`Worker`].
#[derive(Clone, Debug, Default)]
pub struct Ticket(Arc<AtomicBool>);

impl Ticket {
    /// Nobody wants the headline any more: nothing more is asked for it, be it a sign or, while it is planned,
    /// a word or a clause of a model, and it ends as [`InterpreterError::Cancelled`] unless it has ended
    /// already. What a source or a model is making just then is waited for.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

type Job = (Headline, Ticket);

/// A running interpreter. Dropping it ends its thread after what a source or a model is making just then.
#[derive(Debug)]
pub struct Worker {
    jobs: Option<Sender<Job>>,
    interpreted: Receiver<Interpreted>,
    ending: Ticket,
    /// Whether the interpreter is there.
    is_ready: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread `interpreter`.
    ///
    /// # Errors
    /// The system's, where it has no thread to give.
    pub fn start(interpreter: Interpreter) -> std::io::Result<Self> {
        let (worker, _) = Self::start_with(move || Ok::<_, std::convert::Infallible>(interpreter))?;
        Ok(worker)
    }

    /// Starts the thread `interpreter`, on which the interpreter is made first: models take their time to
    /// load. Headlines may be given meanwhile, as many as may wait. What becomes of it comes out of the second
    /// of the two; where it is an error, nothing is interpreted, and where making it panics, nothing comes.
    ///
    /// # Errors
    /// The system's, where it has no thread to give.
    pub fn start_with<E: Send + 'static>(
        make: impl FnOnce() -> Result<Interpreter, E> + Send + 'static,
    ) -> std::io::Result<(Self, Receiver<Result<(), E>>)> {
        let (jobs, inbox) = bounded::<Job>(WAITING);
        let (outbox, interpreted) = bounded(WAITING);
        let (told, made) = bounded(1);
        let (ending, is_ready) = (Ticket::default(), Arc::new(AtomicBool::new(false)));
        let (ended, ready) = (ending.clone(), is_ready.clone());
        let run = move || match make() {
            Ok(interpreter) => {
                ready.store(true, Ordering::Relaxed);
                // Nobody has to look.
                let _ = told.send(Ok(()));
                Bench { interpreter, outbox, ending: ended }.run(&inbox);
            }
            Err(error) => drop(told.send(Err(error))),
        };
        let thread = std::thread::Builder::new().name("interpreter".into()).spawn(run)?;
        Ok((Self { jobs: Some(jobs), interpreted, ending, is_ready, thread: Some(thread) }, made))
    }

    /// Gives it a headline, without waiting; a queue with a policy belongs before it.
    ///
    /// # Errors
    /// Gives the headline back where as many wait as may, or where no more are taken.
    pub fn interpret(&self, headline: Headline) -> Result<Ticket, TrySendError<Headline>> {
        let Some(jobs) = &self.jobs else { return Err(TrySendError::Disconnected(headline)) };
        let ticket = Ticket::default();
        match jobs.try_send((headline, ticket.clone())) {
            Ok(()) => Ok(ticket),
            Err(TrySendError::Full((headline, _))) => Err(TrySendError::Full(headline)),
            Err(TrySendError::Disconnected((headline, _))) => Err(TrySendError::Disconnected(headline)),
        }
    }

    /// Where results come out, in the order of the headlines.
    pub fn interpreted(&self) -> &Receiver<Interpreted> {
        &self.interpreted
    }

    /// No more headlines: results of those already sent still come out, then the channel ends.
    pub fn close(&mut self) {
        self.jobs = None;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.jobs = None;
        self.ending.cancel();
        // The thread may be waiting for room to give a result; nobody wants it now.
        let (_, nothing) = bounded(0);
        drop(std::mem::replace(&mut self.interpreted, nothing));
        // Nor is what is still being loaded: it ends with the program, or when it is there.
        let thread = self.thread.take();
        if let Some(thread) =
            thread.filter(|thread| self.is_ready.load(Ordering::Relaxed) || thread.is_finished())
            && thread.join().is_err()
        {
            tracing::error!("the interpreter's thread panicked");
        }
    }
}

/// What the thread has.
struct Bench {
    interpreter: Interpreter,
    outbox: Sender<Interpreted>,
    ending: Ticket,
}

/// Nobody fetches results any more.
struct Gone;

impl From<SendError<Interpreted>> for Gone {
    fn from(_: SendError<Interpreted>) -> Self {
        Gone
    }
}

impl Bench {
    fn run(&self, inbox: &Receiver<Job>) {
        let lexicon = self.interpreter.lexicon();
        let mut cold = notated(lexicon);
        while let Some((headline, ticket)) = next(inbox, lexicon, &mut cold) {
            if self.make(&headline, &ticket).is_err() {
                return;
            }
        }
    }

    fn make(&self, headline: &Headline, ticket: &Ticket) -> Result<(), Gone> {
        let id = &headline.id;
        let is_wanted = || !ticket.is_cancelled() && !self.ending.is_cancelled();
        let plan = || self.interpreter.plan_while(&headline.text, &is_wanted);
        let mut making = match guarded(id, || self.interpreter.begin(id, plan())) {
            Ok(making) => making,
            Err(error) => return self.send(headline, Progress::Failed { error, said: None }),
        };
        let mut shown = Shown::default();
        let failed = loop {
            if !is_wanted() {
                break Some(InterpreterError::Cancelled { id: id.clone() });
            }
            match guarded(id, || making.ask()) {
                Ok(true) => {}
                Ok(false) => break None,
                Err(error) => break Some(error),
            }
            if let Err(error) = self.show(headline, &mut making, &mut shown)? {
                break Some(error);
            }
        };
        let progress = match (failed, guarded(id, || making.finish()).flatten()) {
            (None, Ok(utterance)) => Progress::Finished(utterance),
            (None, Err(error)) => Progress::Failed { error, said: None },
            (Some(error), said) => {
                Progress::Failed { error, said: said.ok().filter(|_| shown.begun.is_some()) }
            }
        };
        self.send(headline, progress)
    }

    /// Sends what of a headline is certain, if it is time.
    fn show(
        &self,
        headline: &Headline,
        making: &mut Making,
        shown: &mut Shown,
    ) -> Result<Result<(), InterpreterError>, Gone> {
        if making.is_decided() || making.decided() == shown.decided || shown.is_enough() {
            return Ok(Ok(()));
        }
        let since = Instant::now();
        let utterance = match guarded(&headline.id, || making.so_far()) {
            Ok(Some(utterance)) => utterance,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        shown.decided = making.decided();
        shown.seconds = utterance.motion.duration();
        shown.next = Some(Instant::now() + (SPARSE - 1) * since.elapsed());
        if shown.begun.is_none() {
            shown.begun = Some(Instant::now());
            self.send(headline, Progress::Begun(utterance))?;
            return Ok(Ok(()));
        }
        let extended = Interpreted { headline: headline.clone(), progress: Progress::Extended(utterance) };
        match self.outbox.try_send(extended) {
            Err(TrySendError::Disconnected(_)) => Err(Gone),
            // Where nobody has looked for so long, a later one says more.
            Ok(()) | Err(TrySendError::Full(_)) => Ok(Ok(())),
        }
    }

    fn send(&self, headline: &Headline, progress: Progress) -> Result<(), Gone> {
        Ok(self.outbox.send(Interpreted { headline: headline.clone(), progress })?)
    }
}

/// What of a headline was sent.
#[derive(Default)]
struct Shown {
    begun: Option<Instant>,
    /// How long it is, seconds, and how many signs were decided then.
    seconds: f32,
    decided: usize,
    /// When more may be sent although there is enough.
    next: Option<Instant>,
}

impl Shown {
    fn is_enough(&self) -> bool {
        let signed = self.begun.map_or(f32::INFINITY, |begun| begun.elapsed().as_secs_f32());
        self.seconds - signed > ENOUGH && self.next.is_some_and(|next| Instant::now() < next)
    }
}

/// One headline's mistake must not silence the bulletin.
fn guarded<T>(id: &str, make: impl FnOnce() -> T) -> Result<T, InterpreterError> {
    catch_unwind(AssertUnwindSafe(make)).map_err(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default();
        InterpreterError::Broken { id: id.to_owned(), message }
    })
}

/// The next headline; none when there will be no more. While none waits, signs are compiled that would
/// else be when they are first signed.
fn next(inbox: &Receiver<Job>, lexicon: &Lexicon, cold: &mut Vec<SignId>) -> Option<Job> {
    loop {
        match inbox.try_recv() {
            Ok(job) => return Some(job),
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
mod tests;
