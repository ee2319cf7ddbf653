//! The worker, with sources that take their time and such as break.

use super::*;
use crate::interpreter::{
    InterpreterConfig, MotionSource, PassedOver, Planner, SignRequest, SourcedMotion, Sources,
};
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

fn interpreter() -> Interpreter {
    let lexicon = Arc::new(Lexicon::builtin().unwrap());
    Interpreter::new(Planner::default(), lexicon, InterpreterConfig::default())
}

fn worker() -> Worker {
    Worker::start(interpreter()).unwrap()
}

fn headline(id: &str, text: &str) -> Headline {
    Headline::new(id, text, "test")
}

const SEVEN: &str = "الحكومة تعلن افتتاح مشفى جديد الخميس مدرسة";

/// What ships, a sign each time that somebody lets one go; panics at the sign `breaks`.
struct Gated {
    gate: Receiver<()>,
    asked: Arc<AtomicUsize>,
    breaks: usize,
    ships: Sources,
}

impl MotionSource for Gated {
    fn name(&self) -> &'static str {
        "gated"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        assert!(asked != self.breaks, "a mistake in the source");
        let _ = self.gate.recv();
        self.ships.ask(request).motion.ok_or_else(|| PassedOver("nothing ships".into()))
    }
}

/// A worker, and what lets it have signs; dropping that lets it have all.
fn gated(breaks: usize) -> (Worker, Sender<()>, Arc<AtomicUsize>) {
    let (open, gate) = bounded(64);
    let asked = Arc::new(AtomicUsize::new(0));
    let source = Gated { gate, asked: asked.clone(), breaks, ships: Sources::standard(false) };
    let sources = Sources::new(vec![Box::new(source)]);
    (Worker::start(interpreter().with_sources(sources)).unwrap(), open, asked)
}

fn receive(worker: &Worker) -> Progress {
    worker.interpreted().recv_timeout(Duration::from_secs(60)).unwrap().progress
}

#[test]
fn a_bad_headline_is_reported_and_the_next_is_signed() {
    let mut worker = worker();
    for (id, text) in [("a", "😀"), ("b", "الحكومة تعلن"), ("c", ""), ("d", "مشفى جديد")]
    {
        worker.interpret(headline(id, text)).unwrap();
    }
    worker.close();
    let mut results = Vec::new();
    for Interpreted { headline, progress } in worker.interpreted() {
        match progress {
            Progress::Begun(_) | Progress::Extended(_) => {}
            Progress::Finished(_) => results.push((headline.id, true)),
            Progress::Failed { .. } => results.push((headline.id, false)),
        }
    }
    let expected = [("a", false), ("b", true), ("c", false), ("d", true)];
    assert_eq!(results, expected.map(|(id, ok)| (id.to_owned(), ok)));
}

#[test]
fn a_headline_begins_with_its_first_sign_and_grows_to_what_sign_makes() {
    let (worker, open, _) = gated(usize::MAX);
    worker.interpret(headline("1", SEVEN)).unwrap();
    open.send(()).unwrap();
    let Progress::Begun(begun) = receive(&worker) else { panic!("expected a beginning") };
    let mut shown = vec![begun];
    for _ in 0..2 {
        open.send(()).unwrap();
        let Progress::Extended(longer) = receive(&worker) else { panic!("expected more") };
        shown.push(longer);
    }
    drop(open);
    let whole = loop {
        match receive(&worker) {
            Progress::Extended(longer) => shown.push(longer),
            Progress::Finished(whole) => break whole,
            other => panic!("{other:?}"),
        }
    };
    let alone = interpreter().with_sources(Sources::new(vec![Box::new(Ships)]));
    let alone = alone.interpret(&headline("1", SEVEN)).unwrap();
    assert_eq!(format!("{:?}", whole.motion), format!("{:?}", alone.motion));
    assert_eq!(whole.spans, alone.spans);
    for pair in shown.windows(2) {
        assert!(pair[0].motion.frames.len() < pair[1].motion.frames.len());
    }
    for part in &shown {
        let frames = part.motion.frames.len();
        assert_eq!(format!("{:?}", part.motion.frames), format!("{:?}", &whole.motion.frames[..frames]));
    }
}

/// What ships, from one source as [`Gated`] is one.
struct Ships;

impl MotionSource for Ships {
    fn name(&self) -> &'static str {
        "ships"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        Sources::standard(false).ask(request).motion.ok_or_else(|| PassedOver("nothing ships".into()))
    }
}

#[test]
fn a_cancelled_headline_asks_for_nothing_more_and_the_next_is_made() {
    let (worker, open, asked) = gated(usize::MAX);
    let ticket = worker.interpret(headline("1", SEVEN)).unwrap();
    open.send(()).unwrap();
    assert!(matches!(receive(&worker), Progress::Begun(_)));
    let asked_before = asked.load(Ordering::SeqCst);
    ticket.cancel();
    drop(open);
    let failed = std::iter::repeat_with(|| receive(&worker))
        .find(|progress| !matches!(progress, Progress::Extended(_)));
    let Some(Progress::Failed { error: InterpreterError::Cancelled { id }, .. }) = failed else {
        panic!("expected the end of it")
    };
    assert_eq!(id, "1");
    assert!(asked.load(Ordering::SeqCst) <= asked_before + 1);
    worker.interpret(headline("2", "الحكومة")).unwrap();
    let last =
        std::iter::repeat_with(|| receive(&worker)).find(|progress| !matches!(progress, Progress::Begun(_)));
    assert!(matches!(last, Some(Progress::Finished(_))));
}

#[test]
fn a_source_that_panics_is_reported_and_what_had_begun_comes_to_rest() {
    let (worker, open, _) = gated(2);
    worker.interpret(headline("1", SEVEN)).unwrap();
    open.send(()).unwrap();
    let Progress::Begun(begun) = receive(&worker) else { panic!("expected a beginning") };
    drop(open);
    let failed = std::iter::repeat_with(|| receive(&worker))
        .find(|progress| !matches!(progress, Progress::Extended(_)));
    let Some(Progress::Failed { error, said: Some(said) }) = failed else { panic!("{failed:?}") };
    assert!(error.to_string().contains("a mistake in the source"), "{error}");
    let frames = begun.motion.frames.len();
    assert_eq!(format!("{:?}", begun.motion.frames), format!("{:?}", &said.motion.frames[..frames]));
    assert_eq!(
        said.motion.frames.last().map(|last| last.arms),
        Some(crate::interpreter::stitch::rest().arms)
    );
    let (worker, _open, _) = gated(0);
    worker.interpret(headline("2", SEVEN)).unwrap();
    let failed = receive(&worker);
    assert!(matches!(failed, Progress::Failed { error: InterpreterError::Broken { .. }, said: None }));
}

#[test]
fn signs_are_compiled_while_nobody_asks() {
    let lexicon = Lexicon::builtin().unwrap();
    let (sender, inbox) = bounded(1);
    let mut cold = notated(&lexicon);
    assert!(cold.len() > 150);
    sender.send((headline("1", "حرب"), Ticket::default())).unwrap();
    let first = next(&inbox, &lexicon, &mut cold).map(|(headline, _)| headline.id);
    assert_eq!(first.as_deref(), Some("1"));
    assert!(cold.len() > 150, "a headline comes before any compiling");
    cold.truncate(3);
    drop(sender);
    assert!(next(&inbox, &lexicon, &mut cold).is_none());
}

#[test]
fn it_stops_although_nobody_fetches_its_results() {
    let worker = worker();
    let mut given = 0;
    while given < 3 * WAITING {
        match worker.interpret(headline("1", "حرب")) {
            Ok(_) => given += 1,
            Err(TrySendError::Full(_)) => break,
            Err(TrySendError::Disconnected(_)) => panic!("it has stopped already"),
        }
    }
    drop(worker);
}

#[test]
fn it_stops_in_the_middle_of_a_headline() {
    let (worker, open, asked) = gated(usize::MAX);
    worker.interpret(headline("1", SEVEN)).unwrap();
    open.send(()).unwrap();
    assert!(matches!(receive(&worker), Progress::Begun(_)));
    let opener = std::thread::Builder::new().name("opener".into());
    let opener = opener.spawn(move || drop((std::thread::sleep(Duration::from_millis(40)), open))).unwrap();
    drop(worker);
    opener.join().unwrap();
    assert!(asked.load(Ordering::SeqCst) <= 2);
}

#[test]
fn headlines_wait_while_the_interpreter_is_made() {
    let (open, gate) = bounded::<()>(1);
    let make = move || {
        let _ = gate.recv();
        Ok::<_, String>(interpreter())
    };
    let (worker, made) = Worker::start_with(make).unwrap();
    worker.interpret(headline("1", "حرب")).unwrap();
    assert!(made.try_recv().is_err() && worker.interpreted().try_recv().is_err());
    drop(open);
    assert_eq!(made.recv_timeout(Duration::from_secs(60)), Ok(Ok(())));
    assert!(matches!(receive(&worker), Progress::Begun(_) | Progress::Finished(_)));
}

#[test]
fn an_interpreter_that_cannot_be_made_says_why_and_one_that_takes_long_is_not_waited_for() {
    let (worker, made) = Worker::start_with(|| Err("no model")).unwrap();
    assert_eq!(made.recv_timeout(Duration::from_secs(60)), Ok(Err("no model")));
    assert!(worker.interpreted().recv().is_err(), "nothing will come");
    let (open, gate) = bounded::<()>(1);
    let (worker, _) = Worker::start_with(move || gate.recv().map(|()| interpreter())).unwrap();
    drop(worker);
    drop(open);
}
