//! The reference's numbers (SignCLIP at a819944, `tests/data/parity/signclip`), gradients, bad input, and
//! whole folders.

use super::*;
use crate::models::checkpoint::{Checkpoint, Spec, Trainable, build_random};
use crate::models::layers::{Noise, Pass};
use crate::models::parity::{Fixture, gap, relative};
use crate::models::text::BertConfig;
use candle_core::{DType, Device, Tensor};

const ACTIVATIONS: f32 = 2e-5;
const LOSSES: f32 = 1e-5;
const ENDS: [u32; 2] = [1, 2];

/// The reference's sizes; its fixture has no landmarks or prompts.
fn config() -> SignClipConfig {
    let json = std::fs::read(Fixture::path("signclip/config.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let bert: BertConfig = serde_json::from_value(json["bert"].clone()).unwrap();
    let mut config = SignClipConfig::reference();
    config.video = VideoConfig {
        inputs: json["vfeat_dim"].as_u64().unwrap() as usize,
        max_frames: json["max_video_len"].as_u64().unwrap() as usize,
        bert: bert.clone(),
        ..config.video
    };
    config.text = TextConfig { max_tokens: 13, bert, ..config.text };
    config
}

fn checkpoint() -> Checkpoint {
    Checkpoint::open(Fixture::path("signclip/checkpoint_best.pt")).unwrap()
}

fn network() -> SignClipNetwork {
    SignClipNetwork::load(&checkpoint(), &config(), DType::F32, &Device::Cpu).unwrap()
}

/// The text tower's ids and mask: the reference's without the first `[SEP]`, which is the video's.
fn text(io: &Fixture) -> (Tensor, Tensor) {
    let [ids, mask] = ["in.caps", "in.cmasks"].map(|name| {
        let caps = io.get(name);
        let length = caps.dim(1).unwrap();
        let parts = [caps.narrow(1, 0, 1).unwrap(), caps.narrow(1, 2, length - 2).unwrap()];
        Tensor::cat(&parts, 1).unwrap()
    });
    (ids, mask)
}

fn video(io: &Fixture) -> (Tensor, Tensor) {
    (io.get("in.vfeats"), io.get("in.vmasks"))
}

/// Filled up with `more` frames that are not there.
fn padded((frames, mask): &(Tensor, Tensor), more: usize) -> (Tensor, Tensor) {
    (frames.pad_with_zeros(1, 0, more).unwrap(), mask.pad_with_zeros(1, 0, more).unwrap())
}

#[test]
fn hidden_states_are_the_references() {
    let (network, io) = (network(), Fixture::read("signclip/io"));
    let clip = video(&io);
    let words = network.video().frame_words(&clip.0).unwrap();
    assert!(gap("SignCLIP frame words", &words, &io.get("out.videomlp")) < ACTIVATIONS);
    for ((frames, mask), name) in [(clip.clone(), "t10"), (padded(&clip, 6), "t16")] {
        let length = frames.dim(1).unwrap();
        let tokens = network.video().tokens(&frames, &mask, ENDS, length, &Pass::Infer).unwrap();
        let wanted = io.get(&format!("out.{name}.video_tokens"));
        assert!(gap(&format!("SignCLIP video tokens {name}"), &tokens, &wanted) < ACTIVATIONS);
    }
    let (ids, mask) = text(&io);
    let tokens = network.text().tokens(&ids, &mask, &Pass::Infer).unwrap();
    assert!(gap("SignCLIP text tokens", &tokens, &io.get("out.text_tokens")) < ACTIVATIONS);
}

#[test]
fn embeddings_and_losses_are_the_references() {
    let io = Fixture::read("signclip/io");
    let (ids, mask) = text(&io);
    for (name, max_frames) in [("t10", 10), ("t16", 16)] {
        let mut config = config();
        config.video.max_frames = max_frames;
        let network = SignClipNetwork::load(&checkpoint(), &config, DType::F32, &Device::Cpu).unwrap();
        let (frames, frame_mask) = video(&io);
        let clip = network.embed_video(&frames, &frame_mask, ENDS, &Pass::Infer).unwrap();
        let wanted = io.get(&format!("out.{name}.pooled_video"));
        assert!(gap(&format!("SignCLIP pooled_video {name}"), &clip, &wanted) < ACTIVATIONS);
        let text = network.embed_text(&ids, &mask, &Pass::Infer).unwrap();
        let wanted = io.get(&format!("out.{name}.pooled_text"));
        assert!(gap(&format!("SignCLIP pooled_text {name}"), &text, &wanted) < ACTIVATIONS);
        let loss = contrast(&clip, &text, None, None).unwrap();
        for (value, part) in
            [(loss.sum().unwrap(), "loss"), (loss.from_text, "loss_t2v"), (loss.from_video, "loss_v2t")]
        {
            let wanted = io.get(&format!("out.{name}.{part}"));
            assert!(relative(&format!("SignCLIP {name} {part}"), &value, &wanted) < LOSSES);
        }
    }
}

#[test]
fn padding_to_the_longest_clip_changes_nothing() {
    let (network, io) = (network(), Fixture::read("signclip/io"));
    let clip = video(&io);
    let embed =
        |(frames, mask): &(Tensor, Tensor)| network.embed_video(frames, mask, ENDS, &Pass::Infer).unwrap();
    let short = embed(&clip);
    assert!(gap("SignCLIP padded", &embed(&padded(&clip, 6)), &short) < 2e-6);
    let six = |x: &Tensor| x.narrow(0, 1, 1).unwrap().narrow(1, 0, 6).unwrap().contiguous().unwrap();
    let alone = embed(&(six(&clip.0), six(&clip.1)));
    let wanted = io.get("out.wrapper_single_6.pooled_video");
    assert!(gap("SignCLIP six frames alone", &alone, &wanted) < ACTIVATIONS);
    assert!(gap("SignCLIP six frames in a batch", &short.narrow(0, 1, 1).unwrap(), &wanted) < ACTIVATIONS);
}

/// The reference's inference wrapper takes every frame for a real one; so does the mask given here.
#[test]
fn the_wrappers_scores_are_the_references() {
    let (network, io) = (network(), Fixture::read("signclip/io"));
    let (frames, mask) = video(&io);
    let clip = network.embed_video(&frames, &mask.ones_like().unwrap(), ENDS, &Pass::Infer).unwrap();
    assert!(gap("SignCLIP wrapper pooled_video", &clip, &io.get("out.wrapper.pooled_video")) < ACTIVATIONS);
    let (ids, mask) = text(&io);
    let text = network.embed_text(&ids, &mask, &Pass::Infer).unwrap();
    assert!(gap("SignCLIP wrapper pooled_text", &text, &io.get("out.wrapper.pooled_text")) < ACTIVATIONS);
    let score = (clip * text).unwrap().sum(1).unwrap();
    assert!(relative("SignCLIP wrapper score", &score, &io.get("out.wrapper.score")) < LOSSES);
}

#[test]
fn long_clips_stretch_the_positions_for_themselves_alone() {
    let (network, io) = (network(), Fixture::read("signclip/io_long"));
    let (frames, mask) = video(&io);
    let table = video_tower::stretched(
        &checkpoint_tensor("mmmodel.video_encoder.bert.embeddings.position_embeddings.weight"),
        52,
    );
    let wanted = io.get("out.position_embeddings");
    assert!(gap("SignCLIP stretched positions", &table.unwrap(), &wanted) < 1e-6);
    let before = short(&network);
    let long = network.embed_video(&frames, &mask, ENDS, &Pass::Infer).unwrap();
    assert!(gap("SignCLIP long pooled_video", &long, &io.get("out.pooled_video")) < ACTIVATIONS);
    assert_eq!(gap("SignCLIP short after long", &short(&network), &before), 0.0);
}

fn checkpoint_tensor(name: &str) -> Tensor {
    checkpoint().tensor(name, DType::F32, &Device::Cpu).unwrap()
}

fn short(network: &SignClipNetwork) -> Tensor {
    let (frames, mask) = video(&Fixture::read("signclip/io"));
    network.embed_video(&frames, &mask, ENDS, &Pass::Infer).unwrap()
}

#[test]
fn the_released_models_keys_are_all_there() {
    for (layers, name) in [(12, "keys_full_609_video12"), (6, "keys_full_609_video6")] {
        let mut config = SignClipConfig::reference();
        config.video.bert.num_hidden_layers = layers;
        let spec = Spec::of(|vb| SignClipNetwork::new(&config, vb.pp("mmmodel"))).unwrap();
        let listing = std::fs::read_to_string(Fixture::path(&format!("signclip/{name}.txt"))).unwrap();
        spec.compare_listing(&listing, &SignClipNetwork::allowed()).unwrap();
    }
}

#[test]
fn every_variable_learns() {
    let (io, noise) = (Fixture::read("signclip/io"), Noise::new(2, 0));
    let mut best = config();
    (best.similarity, best.projection) = (Similarity::Cosine, Some(8));
    for (config, count) in [(config(), 80), (best, 83)] {
        for pass in [Pass::Infer, Pass::Train(&noise)] {
            let trainable = Trainable::new(7);
            let network = SignClipNetwork::new(&config, trainable.builder(DType::F32, &Device::Cpu)).unwrap();
            let (frames, mask) = video(&io);
            let clip = network.embed_video(&frames, &mask, ENDS, &pass).unwrap();
            let (ids, mask) = text(&io);
            let text = network.embed_text(&ids, &mask, &pass).unwrap();
            let scale = network.scale().unwrap();
            let loss = contrast(&clip, &text, scale.as_ref(), Some(&[0, 1])).unwrap().sum().unwrap();
            let gradients = loss.backward().unwrap();
            let vars = trainable.vars();
            assert_eq!(vars.len(), count);
            for (name, var) in vars {
                let gradient = gradients.get(&var).unwrap_or_else(|| panic!("{name} has no gradient"));
                let sum = gradient.abs().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
                assert!(sum.is_finite() && sum > 0.0, "{name}: {sum}");
            }
        }
    }
}

#[test]
fn cosine_models_give_unit_vectors_and_a_bounded_scale() {
    let mut config = config();
    (config.similarity, config.projection) = (Similarity::Cosine, Some(8));
    let trainable = Trainable::new(7);
    let network = SignClipNetwork::new(&config, trainable.builder(DType::F32, &Device::Cpu)).unwrap();
    let clip = short(&network);
    assert_eq!(clip.dims(), [2, 8]);
    let lengths = clip.sqr().unwrap().sum(1).unwrap().to_vec1::<f32>().unwrap();
    assert!(lengths.iter().all(|length| (length - 1.0).abs() < 1e-5), "{lengths:?}");
    let scale = || network.scale().unwrap().unwrap().to_scalar::<f32>().unwrap();
    assert!((scale() - 1.0 / 0.07).abs() < 1e-3, "{}", scale());
    let var = trainable.get("logit_scale").unwrap();
    var.set(&Tensor::new(9f32, &Device::Cpu).unwrap()).unwrap();
    assert!((scale() - 100.0).abs() < 1e-3, "{}", scale());
}

#[test]
fn half_precision_is_near() {
    let io = Fixture::read("signclip/io");
    let (frames, mask) = video(&io);
    for (dtype, near) in [(DType::BF16, 0.3), (DType::F16, 0.05)] {
        let network = SignClipNetwork::load(&checkpoint(), &config(), dtype, &Device::Cpu).unwrap();
        let frames = frames.to_dtype(dtype).unwrap();
        let clip = network.embed_video(&frames, &mask, ENDS, &Pass::Infer).unwrap();
        let wanted = io.get("out.t16.pooled_video");
        assert!(gap(&format!("SignCLIP pooled_video in {dtype:?}"), &clip, &wanted) < near);
    }
}

#[test]
fn bad_input_is_an_error_that_says_what_was_expected() {
    let network = network();
    let zeros = |shape: &[usize], dtype| Tensor::zeros(shape, dtype, &Device::Cpu).unwrap();
    for (frames, mask) in [
        (&[2, 4, 26][..], &[2, 4][..]),
        (&[0, 4, 27], &[0, 4]),
        (&[2, 0, 27], &[2, 0]),
        (&[4, 27], &[2, 4]),
        (&[2, 4, 27], &[2, 5]),
    ] {
        let (frames, mask) = (zeros(frames, DType::F32), zeros(mask, DType::U8));
        let error = network.embed_video(&frames, &mask, ENDS, &Pass::Infer).unwrap_err().to_string();
        assert!(error.contains("expected [") && error.contains("found ["), "{error}");
    }
    let text = |ids: &[u32]| {
        let ids = Tensor::from_slice(ids, (1, ids.len()), &Device::Cpu).unwrap();
        network.embed_text(&ids, &ids.ones_like().unwrap(), &Pass::Infer).unwrap_err().to_string()
    };
    assert!(text(&[1, 64, 2]).contains("found 64"));
    assert!(text(&[1; 41]).contains("at most 40"));
    assert!(text(&[1]).contains("2 tokens"));
    assert!(text(&[]).contains("at least one"));
    let mut wide = config();
    wide.projection = Some(0);
    let built = build_random(1, DType::F32, &Device::Cpu, |vb| SignClipNetwork::new(&wide, vb));
    assert!(built.unwrap_err().to_string().contains("projection"));
}
