//! Bundles of random weights, small enough for tests. They prove that parts fit; they sign nothing.

use super::bundles::{CodebookConfig, MotionClipBundleConfig, SamplingConfig, T2mGptBundleConfig};
use super::checkpoint::{Spec, save_safetensors};
use super::features::{MotionFeatures, Part, Statistics};
use super::layers::Activation;
use super::motion_clip::{MotionClip, MotionClipConfig};
use super::t2m_gpt::{Gpt, GptConfig, Precision, VqVae, VqVaeConfig};
use super::text::{BertConfig, BertModel};
use super::tokenizer::WordPieces;
use std::collections::BTreeMap;
use std::path::Path;

/// All that can be learnt.
pub(crate) const EVERYTHING: &[Part] = &[Part::Body, Part::LeftHand, Part::RightHand, Part::Face];

const WIDTH: usize = 32;

/// A BERT of random weights that reads a few Arabic words.
pub(crate) fn write_text_encoder(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let words = WordPieces::train(["وزارة الصحة", "مشفى جديد في حلب"], 60).unwrap();
    words.save(folder).unwrap();
    let bert = BertConfig {
        vocab_size: 60,
        hidden_size: WIDTH,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: WIDTH,
        max_position_embeddings: 32,
        ..BertConfig::base_cased()
    };
    let mut config = serde_json::to_value(&bert).unwrap();
    config["model_type"] = "bert".into();
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let weights = Spec::of(|vb| BertModel::new(&bert, vb)).unwrap().random(1).unwrap();
    save_safetensors(&folder.join("model.safetensors"), &weights).unwrap();
}

/// Statistics that put everything about the places of a signer at ease.
fn write_statistics(folder: &Path, features: &MotionFeatures) {
    let mut mean = vec![0.0; features.width()];
    let body = features.range(Part::Body);
    let shoulder = |point: usize| body.start + 3 * point;
    (mean[shoulder(11)], mean[shoulder(12)]) = (0.5, -0.5);
    for hand in [Part::LeftHand, Part::RightHand] {
        if let Some(seen) = features.range(hand).last() {
            mean[seen] = 1.0;
        }
    }
    let statistics = Statistics::new(mean, vec![0.05; features.width()]).unwrap();
    statistics.save(&folder.join("statistics.safetensors")).unwrap();
}

fn vq_vae(input_dim: usize) -> VqVaeConfig {
    VqVaeConfig { input_dim, nb_code: 32, code_dim: 16, width: 16, ..VqVaeConfig::reference(input_dim) }
}

pub(crate) fn write_t2m_gpt(folder: &Path, books: &[&[Part]]) -> T2mGptBundleConfig {
    write_text_encoder(&folder.join("text"));
    let all: Vec<Part> = books.concat();
    let features = MotionFeatures::new(&all);
    let names = ["body", "left", "right", "face"].map(str::to_owned);
    let book = |parts: &&[Part]| CodebookConfig {
        parts: parts.to_vec(),
        vq_vae: vq_vae(parts.iter().map(|&part| features.range(part).len()).sum()),
    };
    let config = T2mGptBundleConfig {
        fps: 60.0,
        codebooks: books.iter().map(book).collect(),
        gpt: GptConfig {
            num_vq: 32,
            embed_dim: 64,
            n_head: 2,
            num_layers: 1,
            block_size: 20,
            clip_dim: WIDTH,
            parts: if books.len() > 1 { names[..books.len()].to_vec() } else { vec![] },
            ..GptConfig::reference()
        },
        text: "text".into(),
        sampling: SamplingConfig::default(),
        precision: Precision::Int8,
    };
    let mut weights = BTreeMap::new();
    for (i, book) in config.codebooks.iter().enumerate() {
        let own = Spec::of(|vb| VqVae::new(&book.vq_vae, vb)).unwrap().random(i as u64).unwrap();
        weights.extend(own.into_iter().map(|(name, tensor)| (config.prefix(i) + &name, tensor)));
    }
    save_safetensors(&folder.join("vqvae.safetensors"), &weights).unwrap();
    let weights = Spec::of(|vb| Gpt::new(&config.gpt, vb)).unwrap().random(7).unwrap();
    save_safetensors(&folder.join("gpt.safetensors"), &weights).unwrap();
    write_statistics(folder, &features);
    write_config(folder, &config);
    config
}

pub(crate) fn write_config(folder: &Path, config: &impl serde::Serialize) {
    std::fs::write(folder.join("config.json"), serde_json::to_vec_pretty(config).unwrap()).unwrap();
}

/// A MotionCLIP of random weights that knows the body and the right hand.
pub(crate) fn write_motion_clip(folder: &Path) -> MotionClipBundleConfig {
    write_text_encoder(&folder.join("text"));
    let parts = [Part::Body, Part::RightHand];
    let features = MotionFeatures::new(&parts);
    let network = MotionClipConfig {
        joints: features.width(),
        features: 1,
        frames: 24,
        latent: WIDTH,
        feed_forward: 48,
        layers: 1,
        heads: 2,
        dropout: 0.1,
        activation: Activation::Gelu,
    };
    let config = MotionClipBundleConfig {
        fps: 30.0,
        parts: parts.to_vec(),
        network,
        text: "text".into(),
        translator: None,
        latent_norm: Some(4.0),
    };
    let weights = Spec::of(|vb| MotionClip::new(&config.network, vb)).unwrap().random(2).unwrap();
    save_safetensors(&folder.join("model.safetensors"), &weights).unwrap();
    write_statistics(folder, &features);
    write_config(folder, &config);
    config
}
