//! The ten nearest of 100,000 signs: exact, and within a frame's time. Each number is of one query, and of
//! a hundred at once, as evaluation asks.

use criterion::{Criterion, criterion_group, criterion_main};
use nashra::models::sign_clip::{EmbeddingIndex, Similarity};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::hint::black_box;

const ROWS: usize = 100_000;
const WIDTH: usize = 768;

fn search(criterion: &mut Criterion) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut draw =
        |count| -> Vec<f32> { (0..count).map(|_| rng.next_u32() as f32 / u32::MAX as f32 - 0.5).collect() };
    let names = (0..ROWS).map(|row| row.to_string()).collect();
    let values = draw(ROWS * WIDTH);
    let queries = draw(100 * WIDTH);
    let index = EmbeddingIndex::new(Similarity::Cosine, WIDTH, names, values, "").expect("good rows");
    let mut group = criterion.benchmark_group("the 10 nearest of 100,000 × 768");
    group.sample_size(20);
    group.bench_function("one query", |bench| {
        bench.iter(|| index.search(black_box(&queries[..WIDTH]), 10).expect("a good query"));
    });
    group.sample_size(10);
    group.bench_function("100 queries", |bench| {
        bench.iter(|| index.search_many(black_box(&queries), 10).expect("good queries"));
    });
    group.finish();
}

criterion_group!(benches, search);
criterion_main!(benches);
