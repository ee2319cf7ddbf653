use super::{Decoding, GenerationConfig, MarianConfig, MarianModel};
use crate::models::checkpoint::Spec;
use crate::models::layers::{Noise, Pass};
use crate::models::parity::{Fixture, bits, gap};
use crate::models::text::testing::{check_gradients, every_variable_learns, json, network, refusal};
use candle_core::{Device, Tensor};
use serde::Deserialize;

fn model(folder: &str) -> MarianModel {
    let config: MarianConfig = json(&format!("{folder}/config.json"));
    network(folder, |vb| MarianModel::new(&config, vb))
}

#[test]
fn the_encoder_and_the_logits_are_the_references() {
    let (model, io) = (model("marian"), Fixture::read("marian/io"));
    let (ids, target) = (io.get("in.input_ids"), io.get("in.decoder_input_ids"));
    let source = model.encode(&ids, None, &Pass::Infer).unwrap();
    assert!(gap("marian encoder", source.hidden(), &io.get("out.enc")) < 2e-5);
    let logits = model.forward(&ids, None, &target, &Pass::Infer).unwrap();
    assert!(gap("marian logits", &logits, &io.get("out.logits")) < 2e-5);
}

#[test]
fn token_by_token_gives_the_logits_of_all_at_once() {
    let (model, io) = (model("marian"), Fixture::read("marian/io"));
    let source = model.encode(&io.get("in.input_ids"), None, &Pass::Infer).unwrap();
    let mut decoding = Decoding::new(&model, &source).unwrap();
    let steps = bits(&io.get("in.decoder_input_ids"));
    let logits: Vec<Tensor> = steps.iter().map(|&token| decoding.step(&[token]).unwrap()).collect();
    let logits = Tensor::stack(&logits, 1).unwrap();
    assert!(gap("marian logits, step by step", &logits, &io.get("out.logits")) < 2e-5);
}

#[test]
fn the_likeliest_tokens_are_the_references() {
    let (model, io) = (model("marian"), Fixture::read("marian/io"));
    let generation = GenerationConfig {
        num_beams: 1,
        max_length: 12,
        forced_eos_token_id: Some(0),
        ..GenerationConfig::default()
    };
    let found = model.generate(&io.get("in.input_ids"), None, &generation).unwrap();
    assert_eq!(found[0].tokens, bits(&io.get("out.greedy")));
}

#[derive(Deserialize)]
struct Case {
    settings: GenerationConfig,
    sources: Vec<Vec<u32>>,
    targets: Vec<Vec<u32>>,
    scores: Option<Vec<f32>>,
}

fn padded(rows: &[Vec<u32>], pad: u32) -> (Tensor, Tensor) {
    let width = rows.iter().map(Vec::len).max().unwrap();
    let table = |cell: &dyn Fn(&Vec<u32>, usize) -> u32| {
        let cells = rows.iter().flat_map(|row| (0..width).map(move |at| cell(row, at)));
        Tensor::from_vec(cells.collect::<Vec<_>>(), (rows.len(), width), &Device::Cpu).unwrap()
    };
    (table(&|row, at| row.get(at).copied().unwrap_or(pad)), table(&|row, at| u32::from(at < row.len())))
}

#[test]
fn translations_are_the_references_for_every_way_of_searching() {
    let model = model("marian_beam");
    let cases: Vec<Case> = json("marian_beam/generate.json");
    let mut largest: f32 = 0.0;
    for case in &cases {
        let (ids, mask) = padded(&case.sources, model.config().pad_token_id);
        let found = model.generate(&ids, Some(&mask), &case.settings).unwrap();
        let tokens: Vec<&[u32]> = found.iter().map(|found| found.tokens.as_slice()).collect();
        assert_eq!(tokens, case.targets, "{:?} of {:?}", case.settings, case.sources);
        for (found, wanted) in found.iter().zip(case.scores.iter().flatten()) {
            largest = largest.max((found.score - wanted).abs());
        }
    }
    println!("parity | marian generate | {} cases alike, scores {largest:.1e}", cases.len());
    assert!(largest < 2e-5);
}

#[test]
fn a_text_is_translated_alike_alone_and_in_any_company() {
    let model = model("marian_beam");
    let texts = vec![vec![7u32, 30, 12, 0], vec![5, 0], vec![40, 41, 8, 9, 3, 22, 0]];
    let generation = GenerationConfig::opus_mt(model.config());
    let (ids, mask) = padded(&texts, 59);
    let together = model.generate(&ids, Some(&mask), &generation).unwrap();
    for (text, together) in texts.iter().zip(together) {
        let (ids, _) = padded(std::slice::from_ref(text), 59);
        let alone = model.generate(&ids, None, &generation).unwrap().remove(0);
        assert_eq!(alone.tokens, together.tokens);
        assert!((alone.score - together.score).abs() < 1e-5);
    }
}

#[test]
fn the_gradients_are_the_references() {
    let config: MarianConfig = json("marian/config.json");
    let io = Fixture::read("marian/io");
    let (ids, target) = (io.get("in.input_ids"), io.get("in.decoder_input_ids"));
    check_gradients(
        "marian",
        |vb| MarianModel::new(&config, vb),
        |model| model.forward(&ids, None, &target, &Pass::Infer),
    );
}

fn small() -> MarianConfig {
    MarianConfig {
        vocab_size: 9,
        d_model: 8,
        encoder_layers: 1,
        decoder_layers: 2,
        encoder_attention_heads: 2,
        decoder_attention_heads: 2,
        encoder_ffn_dim: 12,
        decoder_ffn_dim: 12,
        max_position_embeddings: 6,
        attention_dropout: 0.1,
        activation_dropout: 0.1,
        pad_token_id: 8,
        decoder_start_token_id: 8,
        ..MarianConfig::default()
    }
}

#[test]
fn every_variable_learns_with_one_table_and_with_two() {
    let ids = Tensor::new(&[[1u32, 2, 0], [4, 0, 8]], &Device::Cpu).unwrap();
    let mask = Tensor::new(&[[1u8, 1, 1], [1, 1, 0]], &Device::Cpu).unwrap();
    let target = Tensor::new(&[[8u32, 2], [8, 5]], &Device::Cpu).unwrap();
    let noise = Noise::new(5, 0);
    for share_encoder_decoder_embeddings in [true, false] {
        let config = MarianConfig { share_encoder_decoder_embeddings, ..small() };
        every_variable_learns(
            |vb| MarianModel::new(&config, vb),
            |model| model.forward(&ids, Some(&mask), &target, &Pass::Train(&noise)),
        );
    }
}

#[test]
fn the_full_size_is_that_of_opus_mt() {
    let spec = Spec::of(|vb| MarianModel::new(&MarianConfig::opus_mt_ar_en(), vb)).unwrap();
    let square = 512 * 512 + 512;
    let (feed, norm) = (2 * 512 * 2048 + 2048 + 512, 2 * 512);
    let layers = 6 * (4 * square + feed + 2 * norm) + 6 * (8 * square + feed + 3 * norm);
    assert_eq!(spec.elements(), 62_834 * 512 + 62_834 + layers);
    assert_eq!(spec.len(), 1 + 1 + 6 * 16 + 6 * 26);
}

#[test]
fn what_does_not_fit_is_refused() {
    let model = model("marian_beam");
    let one = |ids: &[u32]| Tensor::new(ids, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
    let generation = GenerationConfig::opus_mt(model.config());
    let ask = |ids: &[u32]| refusal(model.generate(&one(ids), None, &generation));
    assert!(ask(&[1; 49]).contains("at most 48 tokens, found 49"));
    assert!(ask(&[60, 0]).contains("from 0 to 59, found 60"));
    assert!(ask(&[]).contains("at least one text"));
    let none = GenerationConfig { num_beams: 0, ..generation.clone() };
    assert!(refusal(model.generate(&one(&[1, 0]), None, &none)).contains("beams above 0"));
    let two = Tensor::new(&[[8u32], [8]], &Device::Cpu).unwrap();
    assert!(refusal(model.forward(&one(&[1, 0]), None, &two, &Pass::Infer)).contains("[1, length]"));
    let source = model.encode(&one(&[1, 0]), None, &Pass::Infer).unwrap();
    let mut decoding = Decoding::new(&model, &source).unwrap();
    assert!(refusal(decoding.step(&[])).contains("each of 1 texts"));
    assert!(refusal(decoding.step(&[60])).contains("found 60"));
    for _ in 0..48 {
        decoding.step(&[1]).unwrap();
    }
    assert!(refusal(decoding.step(&[1])).contains("at most 48 tokens"));
}
