use super::*;
use crate::models::checkpoint::{Allowed, Spec};
use crate::models::layers::Noise;
use crate::models::parity::{Fixture, gap};
use crate::models::text::testing::{check_gradients, every_variable_learns, json, network, refusal};
use candle_core::{DType, Device};

fn model() -> BertModel {
    let config: BertConfig = json("bert/config.json");
    network("bert", |vb| BertModel::new(&config, vb))
}

fn small() -> BertConfig {
    BertConfig {
        vocab_size: 20,
        hidden_size: 8,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 12,
        max_position_embeddings: 6,
        ..BertConfig::default()
    }
}

#[test]
fn the_hidden_states_are_the_references() {
    let (model, io) = (model(), Fixture::read("bert/io"));
    let [ids, types, mask] =
        ["input_ids", "token_type_ids", "attention_mask"].map(|name| io.get(&format!("in.{name}")));
    let hidden = model.forward(&ids, Some(&types), Some(&mask), &Pass::Infer).unwrap();
    assert!(gap("bert hidden", &hidden, &io.get("out.hidden")) < 2e-5);
    let mean = crate::models::layers::masked_mean(&hidden, &mask).unwrap();
    assert!(gap("bert mean", &mean, &io.get("out.mean")) < 2e-5);
}

#[test]
fn the_gradients_are_the_references() {
    let (config, io): (BertConfig, _) = (json("bert/config.json"), Fixture::read("bert/io"));
    let [ids, types, mask] =
        ["input_ids", "token_type_ids", "attention_mask"].map(|name| io.get(&format!("in.{name}")));
    check_gradients(
        "bert",
        |vb| BertModel::new(&config, vb),
        |model| model.forward(&ids, Some(&types), Some(&mask), &Pass::Infer),
    );
}

#[test]
fn every_variable_learns_under_dropout() {
    let ids = Tensor::new(&[[1u32, 2, 3], [4, 5, 6]], &Device::Cpu).unwrap();
    let types = Tensor::new(&[[0u32, 0, 1], [0, 1, 1]], &Device::Cpu).unwrap();
    let noise = Noise::new(5, 0);
    every_variable_learns(
        |vb| BertModel::new(&small(), vb),
        |model| model.forward(&ids, Some(&types), None, &Pass::Train(&noise)),
    );
}

#[test]
fn the_full_sizes_ask_for_the_keys_of_the_published_files() {
    let spec =
        Spec::of(|vb| BertModel::new(&BertConfig::base_cased(), vb.pp("mmmodel.text_encoder"))).unwrap();
    // The encoder and the embeddings of bert-base have 199 tensors, 2 of them the pooler's.
    assert_eq!((spec.len(), spec.elements()), (197, 107_719_680));
    let listing = std::fs::read_to_string(Fixture::path("signclip/keys_full_609_video6.txt")).unwrap();
    let allowed =
        Allowed::none().ignoring("mmmodel.video_encoder.*").ignoring("*.pooler.*").ignoring("*.position_ids");
    spec.compare_listing(&listing, &allowed).unwrap();
}

#[test]
fn padding_changes_nothing_and_other_positions_do() {
    let model = model();
    let short = Tensor::new(&[[5u32, 9, 33]], &Device::Cpu).unwrap();
    let long = Tensor::new(&[[5u32, 9, 33, 0, 0]], &Device::Cpu).unwrap();
    let mask = Tensor::new(&[[1u8, 1, 1, 0, 0]], &Device::Cpu).unwrap();
    let alone = model.forward(&short, None, None, &Pass::Infer).unwrap();
    let padded = model.forward(&long, None, Some(&mask), &Pass::Infer).unwrap().narrow(1, 0, 3).unwrap();
    assert!(gap("bert padded", &padded, &alone) < 1e-5);
    let words = model.words(&short).unwrap();
    let table = model.position_table().narrow(0, 0, 3).unwrap();
    let same = model.embed(&words, None, Some(&table), &Pass::Infer).unwrap();
    let same = model.encode(&same, None, &Pass::Infer).unwrap();
    assert_eq!(gap("bert positions given", &same, &alone), 0.0);
    let later = model.position_table().narrow(0, 1, 3).unwrap();
    let moved = model.embed(&words, None, Some(&later), &Pass::Infer).unwrap();
    assert!(gap("bert positions moved", &model.encode(&moved, None, &Pass::Infer).unwrap(), &alone) > 0.1);
}

#[test]
fn half_precision_stays_near() {
    let config: BertConfig = json("bert/config.json");
    let checkpoint = crate::models::text::testing::checkpoint("bert");
    let half =
        crate::models::checkpoint::load(&checkpoint, &Allowed::none(), DType::F16, &Device::Cpu, |vb| {
            BertModel::new(&config, vb)
        });
    let io = Fixture::read("bert/io");
    let hidden = half.unwrap().forward(
        &io.get("in.input_ids"),
        None,
        Some(&io.get("in.attention_mask")),
        &Pass::Infer,
    );
    assert!(gap("bert hidden in f16", &hidden.unwrap(), &io.get("out.hidden")) < 3e-2);
}

#[test]
fn what_does_not_fit_is_refused() {
    let model = model();
    let ask = |ids: &Tensor| refusal(model.forward(ids, None, None, &Pass::Infer));
    let cpu = &Device::Cpu;
    assert!(ask(&Tensor::new(&[[1u32, 100]], cpu).unwrap()).contains("from 0 to 99, found 100"));
    assert!(ask(&Tensor::new(&[[1i64, -1]], cpu).unwrap()).contains("found -1"));
    assert!(ask(&Tensor::new(&[1u32], cpu).unwrap()).contains("[batch, length]"));
    assert!(ask(&Tensor::zeros((0, 3), DType::U32, cpu).unwrap()).contains("at least one text"));
    assert!(ask(&Tensor::zeros((1, 0), DType::U32, cpu).unwrap()).contains("at least one text"));
    assert!(ask(&Tensor::zeros((1, 41), DType::U32, cpu).unwrap()).contains("at most 40 tokens, found 41"));
    let ids = Tensor::zeros((2, 3), DType::U32, cpu).unwrap();
    let mask = Tensor::ones((2, 4), DType::U8, cpu).unwrap();
    assert!(refusal(model.forward(&ids, None, Some(&mask), &Pass::Infer)).contains("[2, 3]"));
    assert!(refusal(model.forward(&ids, Some(&mask), None, &Pass::Infer)).contains("[2, 3]"));
    let words = Tensor::zeros((1, 2, 5), DType::F32, cpu).unwrap();
    assert!(refusal(model.embed(&words, None, None, &Pass::Infer)).contains("[batch, length, 32]"));
    assert!(
        refusal(BertConfig { num_attention_heads: 5, ..BertConfig::default() }.check()).contains("found 5")
    );
}
