//! A lexicon of 100,000 entries loads in under a second, and looking words up in it costs what it
//! costs among 150. Compiling a sign happens once, when it is first signed.

use criterion::{Criterion, criterion_group, criterion_main};
use nashra::lexicon::{Lexicon, LexiconConfig, SignClip};
use std::fmt::Write;
use std::hint::black_box;

/// A folder of that many recordings, all of one empty file: loading looks whether files are there.
fn folder(rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut index = String::from("path,spoken_language,signed_language,start,end,words\n");
    for row in 0..rows {
        writeln!(index, "a.pose,ar,jos,0,900,{} {}", word(row), word(row / 7)).expect("text");
    }
    std::fs::write(folder.path().join("index.csv"), index).expect("an index");
    std::fs::write(folder.path().join("a.pose"), b"").expect("a file");
    folder
}

/// A made-up word for a number.
fn word(mut number: usize) -> String {
    const LETTERS: [char; 10] = ['ب', 'ت', 'ج', 'د', 'ر', 'س', 'ع', 'ف', 'ل', 'م'];
    let mut word = String::new();
    loop {
        word.push(LETTERS[number % 10]);
        number /= 10;
        if number == 0 {
            return word;
        }
    }
}

fn load(criterion: &mut Criterion) {
    criterion
        .bench_function("load what ships", |bench| bench.iter(|| Lexicon::builtin().expect("good texts")));
    let folder = folder(100_000);
    let config = LexiconConfig { data_dir: None, folders: vec![folder.path().to_owned()] };
    let mut group = criterion.benchmark_group("big");
    group.sample_size(10);
    group.bench_function("load 100,000 entries", |bench| {
        bench.iter(|| Lexicon::load(&config).expect("a good folder"));
    });
}

fn look_up(criterion: &mut Criterion) {
    let small = Lexicon::builtin().expect("good texts");
    let folder = folder(100_000);
    let config = LexiconConfig { data_dir: None, folders: vec![folder.path().to_owned()] };
    let big = Lexicon::load(&config).expect("a good folder");
    let words = ["وزاره", "الصحه", "تعلن", "افتتاح", "مشفي", "جديد", "في", "حلب", "يوم", "الخميس"];
    for (name, lexicon) in [("look up 10 words among 200", &small), ("look up 10 words among 100,000", &big)]
    {
        criterion.bench_function(name, |bench| {
            bench.iter(|| {
                for at in 0..words.len() {
                    let longest = lexicon.longest_form(words[at]).min(words.len() - at);
                    for length in (1..=longest).rev() {
                        black_box(lexicon.lookup(&words[at..at + length]));
                    }
                }
            });
        });
    }
}

fn compile(criterion: &mut Criterion) {
    criterion.bench_function("compile all signs that ship", |bench| {
        bench.iter_with_setup(
            || Lexicon::builtin().expect("good texts"),
            |lexicon| {
                let clips = lexicon.entries().map(|(id, _)| lexicon.clip(id));
                let frames = clips.map(|clip| match clip.expect("a clip") {
                    SignClip::Notated(motion) => motion.frames.len(),
                    SignClip::Recorded(clip) => clip.frame_count(),
                });
                black_box(frames.sum::<usize>())
            },
        );
    });
}

criterion_group!(benches, load, look_up, compile);
criterion_main!(benches);
