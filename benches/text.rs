//! The text networks at their real sizes, with random weights, on the inputs of `scripts/bench-text.py`,
//! which measures torch and transformers: ours are to be no slower on the same processor.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use criterion::{Criterion, criterion_group, criterion_main};
use nashra::models::checkpoint::build_random;
use nashra::models::layers::Pass;
use nashra::models::text::marian::{GenerationConfig, MarianConfig, MarianModel};
use nashra::models::text::{BertConfig, ClipTextConfig, T5Config, TextConfig, TextNetwork};
use std::hint::black_box;

const BATCHES: [usize; 2] = [1, 8];
const LENGTHS: [usize; 2] = [12, 32];

fn built<M>(build: impl Fn(VarBuilder<'static>) -> candle_core::Result<M>) -> M {
    build_random(1, DType::F32, &Device::Cpu, build).expect("a network")
}

fn ids(batch: usize, length: usize, end: u32) -> Tensor {
    let id = |n: usize| if n % length == length - 1 { end } else { (n * 7 % 20_000 + 3) as u32 };
    let ids: Vec<u32> = (0..batch * length).map(id).collect();
    Tensor::from_vec(ids, (batch, length), &Device::Cpu).expect("ids")
}

fn encode(criterion: &mut Criterion) {
    let clip = ClipTextConfig { eos_token_id: 49_407, ..ClipTextConfig::vit_b_32() };
    let configs = [
        ("AraT5", TextConfig::T5(T5Config::arat5_base())),
        ("BERT", TextConfig::Bert(BertConfig::base_cased())),
        ("CLIP", TextConfig::Clip(clip)),
    ];
    for (name, config) in configs {
        let network = built(|vb| TextNetwork::new(&config, vb));
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        for (batch, length) in BATCHES.into_iter().flat_map(|batch| LENGTHS.map(|length| (batch, length))) {
            let ids = ids(batch, length, if name == "CLIP" { 49_407 } else { 1 });
            group.bench_function(format!("{batch}x{length}"), |bench| {
                bench.iter(|| network.forward(black_box(&ids), None, &Pass::Infer).expect("vectors"));
            });
        }
    }
}

fn translate(criterion: &mut Criterion) {
    let config = MarianConfig::opus_mt_ar_en();
    let model = built(|vb| MarianModel::new(&config, vb));
    let mut group = criterion.benchmark_group("Marian");
    group.sample_size(10);
    for length in LENGTHS {
        let ids = ids(1, length, 0);
        // Among so many tokens of random weights the end does not come by itself.
        let generation = GenerationConfig { max_length: length, ..GenerationConfig::opus_mt(&config) };
        group.bench_function(format!("4 beams/1x{length}"), |bench| {
            bench.iter(|| model.generate(black_box(&ids), None, &generation).expect("a translation"));
        });
        group.bench_function(format!("encoder/1x{length}"), |bench| {
            bench.iter(|| model.encode(black_box(&ids), None, &Pass::Infer).expect("a text"));
        });
    }
}

criterion_group!(benches, encode, translate);
criterion_main!(benches);
