//! From headline to finished motion: a 12-word headline, and a thousand different ones with their
//! 50th and 99th percentile (the number to reach is 20 ms at the 99th), among few and many entries.
//! With sources that take their time: how soon signing can begin, how soon all is there, how long a
//! viewer would wait in between, and what putting the beginnings together costs.
//!
//! `cargo bench --bench interpreter --no-default-features`

use criterion::{Criterion, criterion_group, criterion_main};
use nashra::interpreter::{
    Headline, Interpreted, Interpreter, InterpreterConfig, MotionSource, PassedOver, Planner, PlannerConfig,
    Progress, SignRequest, SourcedMotion, Sources, Worker,
};
use nashra::lexicon::{Category, Lexicon, LexiconConfig, Provenance};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const HEADLINE: &str = "وزارة الصحة تعلن افتتاح مشفى جديد في مدينة حلب صباح يوم الخميس";

fn interpreter(lexicon: Lexicon) -> Interpreter {
    let planner = Planner::new(PlannerConfig::default());
    Interpreter::new(planner, Arc::new(lexicon), InterpreterConfig::default())
}

fn builtin() -> Lexicon {
    Lexicon::builtin().expect("the texts that ship are right")
}

/// A headline of twelve words, a different one for each number.
fn headline(forms: &[String], number: usize) -> Headline {
    let words: Vec<&str> =
        (0..12).map(|k| forms[(number * 31 + k * (number % 13 + 7)) % forms.len()].as_str()).collect();
    Headline::new(number.to_string(), words.join(" "), "bench")
}

/// One-word forms of practice signs.
fn forms(lexicon: &Lexicon) -> Vec<String> {
    let entries = lexicon
        .entries()
        .filter(|(_, entry)| entry.provenance == Provenance::Practice && entry.category != Category::Number);
    entries.flat_map(|(_, entry)| entry.forms.iter().find(|form| !form.contains(' ')).cloned()).collect()
}

fn percentiles(interpreter: &Interpreter, what: &str) {
    let forms = forms(interpreter.lexicon());
    let mut times: Vec<Duration> = (0..1000)
        .filter_map(|number| {
            let headline = headline(&forms, number);
            let begin = Instant::now();
            black_box(interpreter.interpret(&headline)).ok()?;
            Some(begin.elapsed())
        })
        .collect();
    times.sort();
    let (Some(half), Some(most)) = (times.get(times.len() / 2), times.get(times.len() * 99 / 100)) else {
        println!("{what}: no headline could be signed");
        return;
    };
    println!("{what}: {} headlines of 12 words: p50 {half:.2?}, p99 {most:.2?}", times.len());
}

/// What ships, and a hundred thousand recorded words that no headline has.
fn many() -> Lexicon {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut index = String::from("path,spoken_language,signed_language,start,end,words\n");
    for row in 0..100_000 {
        writeln!(index, "a.pose,ar,jos,0,900,{}", word(row)).expect("text");
    }
    std::fs::write(folder.path().join("index.csv"), index).expect("an index");
    std::fs::write(folder.path().join("a.pose"), b"").expect("a file");
    let config = LexiconConfig { data_dir: None, folders: vec![folder.path().to_owned()] };
    Lexicon::load(&config).expect("a good folder")
}

/// A made-up word for a number, longer than any of the language.
fn word(number: usize) -> String {
    const LETTERS: [char; 10] = ['ب', 'ت', 'ج', 'د', 'ر', 'س', 'ع', 'ف', 'ل', 'م'];
    let digits = format!("{number:012}");
    digits.bytes().map(|digit| LETTERS[usize::from(digit - b'0')]).collect()
}

/// What ships, each sign after so long.
struct Slow {
    takes: Duration,
    ships: Sources,
}

impl MotionSource for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn motion(&self, request: &SignRequest) -> Result<SourcedMotion, PassedOver> {
        std::thread::sleep(self.takes);
        self.ships.ask(request).motion.ok_or_else(|| PassedOver("nothing ships".into()))
    }
}

/// Has a worker make a headline of so many words, its source `millis` a sign.
fn stream(words: usize, millis: u64) {
    let takes = Duration::from_millis(millis);
    let source = Slow { takes, ships: Sources::standard(false) };
    let interpreter = interpreter(builtin()).with_sources(Sources::new(vec![Box::new(source)]));
    let text = forms(interpreter.lexicon()).into_iter().step_by(3).take(words).collect::<Vec<_>>().join(" ");
    // So that what is timed is the source and the stitching, not the compiling of signs.
    interpreter.interpret(&Headline::new("0", &text, "bench")).expect("practice signs");
    let worker = Worker::start(interpreter).expect("a thread");
    let begin = Instant::now();
    worker.interpret(Headline::new("1", text, "bench")).expect("room for one");
    let (mut first, mut until, mut waits, mut beginnings) = (None, 0.0, 0.0, 0);
    for Interpreted { progress, .. } in worker.interpreted() {
        let now = begin.elapsed();
        match progress {
            Progress::Begun(utterance) | Progress::Extended(utterance) => {
                let first = *first.get_or_insert(now);
                let signed = (now - first).as_secs_f32() - waits;
                waits += (signed - until).max(0.0);
                until = utterance.motion.duration();
                beginnings += 1;
            }
            Progress::Finished(utterance) => {
                let signed = first.map_or(0.0, |first| (now - first).as_secs_f32() - waits);
                waits += (signed - until).max(0.0);
                println!(
                    "{words} words, {millis} ms a sign: first after {:.1?}, finished after {now:.1?}, {:.1} s long, \
                     {beginnings} beginnings, {waits:.2} s waited for",
                    first.unwrap_or(now),
                    utterance.motion.duration()
                );
                return;
            }
            Progress::Failed { error, .. } => panic!("{error}"),
        }
    }
}

fn bench(criterion: &mut Criterion) {
    let few = interpreter(builtin());
    percentiles(&few, "what ships");
    let many = interpreter(many());
    percentiles(&many, "and 100,000 recordings");
    criterion.bench_function("headline to plan among 100,000", |b| b.iter(|| many.plan(black_box(HEADLINE))));
    for (words, millis) in [(12, 0), (12, 100), (12, 500), (12, 1500), (40, 0), (40, 100)] {
        stream(words, millis);
    }
    let headline = Headline::new("1", HEADLINE, "bench");
    criterion.bench_function("headline to motion", |b| b.iter(|| few.interpret(black_box(&headline))));
    criterion.bench_function("headline to plan", |b| b.iter(|| few.plan(black_box(HEADLINE))));
}

criterion_group!(benches, bench);
criterion_main!(benches);
