//! T2M-GPT at full size: tokens a second by precision, and tokens into motion.
//!
//! `scripts/bench-t2m-gpt.py` measures the reference's way of sampling in PyTorch; run both on one machine.

use candle_core::{DType, Device, Tensor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nashra::models::checkpoint::build_random;
use nashra::models::t2m_gpt::{Decoder, Gpt, GptConfig, Precision, Sampling, VqVae, VqVaeConfig};
use std::hint::black_box;

const TOKENS: usize = 50;

fn sampling(c: &mut Criterion) {
    let config = GptConfig::reference();
    let gpt = build_random(1, DType::F32, &Device::Cpu, |vb| Gpt::new(&config, vb)).expect("it runs");
    let condition = Tensor::randn(0f32, 1.0, config.clip_dim, &Device::Cpu).expect("it runs");
    let mut group = c.benchmark_group("t2m-gpt, 18 blocks of 1024");
    group.throughput(Throughput::Elements(TOKENS as u64)).sample_size(10);
    let wanted = Sampling { at_least: TOKENS, ..Sampling::default() };
    for (name, precision) in [("full", Precision::Full), ("half", Precision::Half), ("int8", Precision::Int8)]
    {
        let decoder = Decoder::new(&gpt, precision).expect("it runs");
        group.bench_function(name, |b| {
            b.iter(|| decoder.generate(black_box(&condition), &wanted).expect("it runs"))
        });
    }
    group.finish();
    for precision in [Precision::Half, Precision::Int8] {
        agreement(&gpt, precision, &condition);
    }
}

/// How often fewer bits choose the token that full precision chooses, along one and the same past.
fn agreement(gpt: &Gpt, precision: Precision, like: &Tensor) {
    let [full, packed] = [Precision::Full, precision].map(|p| Decoder::new(gpt, p).expect("it runs"));
    let best = |scores: &[f32]| (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut same, mut all) = (0, 0);
    for _ in 0..8 {
        let condition = like.randn_like(0.0, 1.0).expect("it runs");
        let path =
            full.generate(&condition, &Sampling { at_least: TOKENS, ..Sampling::greedy() }).expect("it runs");
        let mut sessions =
            [full.session(&condition).expect("it runs"), packed.session(&condition).expect("it runs")];
        for &token in &path.tokens[0] {
            let [a, b] = sessions.each_ref().map(|session| best(&session.scores().expect("it runs")[0]));
            (same, all) = (same + usize::from(a == b), all + 1);
            if sessions[0].written() < gpt.config().most_tokens() {
                sessions.iter_mut().for_each(|session| session.push(&[token]).expect("it runs"));
            }
        }
    }
    println!("{precision:?} chooses the token of full precision in {same} of {all} steps (random weights)");
}

fn decoding(c: &mut Criterion) {
    let config = VqVaeConfig::reference(263);
    let vqvae = build_random(2, DType::F32, &Device::Cpu, |vb| VqVae::new(&config, vb)).expect("it runs");
    let mut group = c.benchmark_group("vq-vae, 512 wide");
    group.throughput(Throughput::Elements(4 * TOKENS as u64)).sample_size(10);
    let tokens =
        Tensor::arange(0u32, TOKENS as u32, &Device::Cpu).expect("it runs").unsqueeze(0).expect("it runs");
    group.bench_function("tokens into frames", |b| {
        b.iter(|| vqvae.decode(black_box(&tokens)).expect("it runs"))
    });
    group.finish();
}

criterion_group!(benches, sampling, decoding);
criterion_main!(benches);
