//! Planning a 12-word headline: with the built-in lexicon, and with 100,000 forms more, many of
//! them expressions that begin like the headline's words.

use criterion::{Criterion, criterion_group, criterion_main};
use nashra::interpreter::{Planner, Signs};
use nashra::lexicon::{Entry, Lexicon, SignId};
use std::collections::HashMap;
use std::hint::black_box;

const HEADLINE: &str = "الرئيس أحمد الشرع يستقبل وزير الخارجية التركي في دمشق صباح يوم الخميس";

/// The built-in lexicon with many more forms.
struct Large {
    lexicon: Lexicon,
    forms: HashMap<String, Vec<SignId>>,
    longest: HashMap<String, usize>,
}

impl Large {
    fn new(lexicon: Lexicon) -> Self {
        let mut large = Self { lexicon, forms: HashMap::new(), longest: HashMap::new() };
        let firsts: Vec<String> = HEADLINE.split(' ').map(nashra::arabic::fold).collect();
        for number in 0..100_000 {
            let words = number % 5 + 1;
            let first =
                firsts.get(number % (firsts.len() * 2)).cloned().unwrap_or_else(|| format!("كلمه{number}"));
            let form = (1..words).fold(first.clone(), |form, word| format!("{form} تابع{}", number + word));
            if words > 1 {
                let longest = large.longest.entry(first).or_default();
                *longest = words.max(*longest);
                large.forms.insert(form, vec![SignId(0)]);
            }
        }
        large
    }
}

impl Signs for Large {
    fn entry(&self, id: SignId) -> &Entry {
        self.lexicon.entry(id)
    }

    fn lookup(&self, words: &[&str]) -> &[SignId] {
        let found = self.lexicon.lookup(words);
        if found.is_empty() { self.forms.get(&words.join(" ")).map_or(&[], Vec::as_slice) } else { found }
    }

    fn longest_form(&self, word: &str) -> usize {
        self.longest.get(word).copied().unwrap_or(0).max(self.lexicon.longest_form(word))
    }

    fn letter(&self, text: &str) -> Option<(SignId, usize)> {
        self.lexicon.letter(text)
    }

    fn number_atom(&self, value: u64) -> Option<SignId> {
        self.lexicon.number_atom(value)
    }

    fn by_key(&self, key: &str) -> Option<SignId> {
        self.lexicon.by_key(key)
    }
}

fn plan(criterion: &mut Criterion) {
    let planner = Planner::default();
    let lexicon = Lexicon::builtin().expect("the built-in lexicon loads");
    criterion.bench_function("plan 12 words, built-in lexicon", |bencher| {
        bencher.iter(|| planner.plan(black_box(HEADLINE), &lexicon));
    });
    let large = Large::new(lexicon);
    criterion.bench_function("plan 12 words, 100,000 forms", |bencher| {
        bencher.iter(|| planner.plan_with(black_box(HEADLINE), &large));
    });
}

criterion_group!(benches, plan);
criterion_main!(benches);
