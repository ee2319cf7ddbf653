//! Bundles of random weights, small enough for tests. They prove that parts fit; they sign nothing.

use super::bundles::{CodebookConfig, MotionClipBundleConfig, SamplingConfig, T2mGptBundleConfig};
use super::checkpoint::{Spec, save_safetensors};
use super::features::{MotionFeatures, Part, Statistics};
use super::layers::Activation;
use super::motion_clip::{MotionClip, MotionClipConfig};
use super::sign_clip::{SignClipConfig, SignClipNetwork, Similarity};
use super::t2m_gpt::{Gpt, GptConfig, Precision, VqVae, VqVaeConfig};
use super::text::{BertConfig, BertModel};
use super::tokenizer::WordPieces;
use std::collections::BTreeMap;
use std::path::Path;

/// All that can be learnt.
pub(crate) const EVERYTHING: &[Part] = &[Part::Body, Part::LeftHand, Part::RightHand, Part::Face];

/// How large the networks are.
#[derive(Clone, Debug)]
pub(crate) struct Sizes {
    /// The text encoder's width and layers.
    pub(crate) text: [usize; 2],
    /// The GPT; its condition is the text encoder's width.
    pub(crate) gpt: GptConfig,
    /// The VQ-VAE of so many numbers a frame.
    pub(crate) vq_vae: fn(usize) -> VqVaeConfig,
}

impl Sizes {
    /// As small as they can be.
    pub(crate) fn tiny() -> Self {
        let gpt = GptConfig {
            num_vq: 32,
            embed_dim: 64,
            n_head: 2,
            num_layers: 1,
            block_size: 20,
            clip_dim: 32,
            ..GptConfig::reference()
        };
        Self { text: [32, 1], gpt, vq_vae: tiny_vq_vae }
    }

    /// As a model that two cores train.
    pub(crate) fn small() -> Self {
        let gpt = GptConfig { num_vq: 256, ..GptConfig::small(128) };
        Self { text: [128, 2], gpt, vq_vae: VqVaeConfig::small }
    }
}

fn tiny_vq_vae(input_dim: usize) -> VqVaeConfig {
    VqVaeConfig { input_dim, nb_code: 32, code_dim: 16, width: 16, ..VqVaeConfig::reference(input_dim) }
}

/// A BERT of random weights that reads a few Arabic words.
pub(crate) fn write_text_encoder(folder: &Path, [width, layers]: [usize; 2]) {
    std::fs::create_dir_all(folder).expect("a model of the test");
    let words = WordPieces::train(["وزارة الصحة", "مشفى جديد في حلب"], 60).expect("a model of the test");
    words.save(folder).expect("a model of the test");
    let bert = BertConfig {
        vocab_size: 60,
        hidden_size: width,
        num_hidden_layers: layers,
        num_attention_heads: 2,
        intermediate_size: 4 * width,
        max_position_embeddings: 64,
        ..BertConfig::base_cased()
    };
    let mut config = serde_json::to_value(&bert).expect("a model of the test");
    config["model_type"] = "bert".into();
    std::fs::write(folder.join("config.json"), config.to_string()).expect("a model of the test");
    let weights = Spec::of(|vb| BertModel::new(&bert, vb))
        .expect("a model of the test")
        .random(1)
        .expect("a model of the test");
    save_safetensors(&folder.join("model.safetensors"), &weights).expect("a model of the test");
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
    let statistics = Statistics::new(mean, vec![0.05; features.width()]).expect("a model of the test");
    statistics.save(&folder.join("statistics.safetensors")).expect("a model of the test");
}

/// A T2M-GPT of random weights, one codebook for each list of parts.
pub(crate) fn write_t2m_gpt(folder: &Path, books: &[&[Part]], sizes: &Sizes) -> T2mGptBundleConfig {
    write_text_encoder(&folder.join("text"), sizes.text);
    let all: Vec<Part> = books.concat();
    let features = MotionFeatures::new(&all);
    let names = ["body", "left", "right", "face"].map(str::to_owned);
    let book = |parts: &&[Part]| CodebookConfig {
        parts: parts.to_vec(),
        vq_vae: (sizes.vq_vae)(parts.iter().map(|&part| features.range(part).len()).sum()),
    };
    let config = T2mGptBundleConfig {
        fps: 60.0,
        codebooks: books.iter().map(book).collect(),
        gpt: GptConfig {
            parts: if books.len() > 1 { names[..books.len()].to_vec() } else { vec![] },
            ..sizes.gpt.clone()
        },
        text: "text".into(),
        sampling: SamplingConfig::default(),
        precision: Precision::default(),
    };
    let mut weights = BTreeMap::new();
    for (i, book) in config.codebooks.iter().enumerate() {
        let own = Spec::of(|vb| VqVae::new(&book.vq_vae, vb))
            .expect("a model of the test")
            .random(i as u64)
            .expect("a model of the test");
        weights.extend(own.into_iter().map(|(name, tensor)| (config.prefix(i) + &name, tensor)));
    }
    save_safetensors(&folder.join("vqvae.safetensors"), &weights).expect("a model of the test");
    let weights = Spec::of(|vb| Gpt::new(&config.gpt, vb))
        .expect("a model of the test")
        .random(7)
        .expect("a model of the test");
    save_safetensors(&folder.join("gpt.safetensors"), &weights).expect("a model of the test");
    write_statistics(folder, &features);
    write_config(folder, &config);
    config
}

/// The `config.json` of a model.
pub(crate) fn write_config(folder: &Path, config: &impl serde::Serialize) {
    std::fs::write(
        folder.join("config.json"),
        serde_json::to_vec_pretty(config).expect("a model of the test"),
    )
    .expect("a model of the test");
}

/// A MotionCLIP of random weights that knows the body and the right hand.
pub(crate) fn write_motion_clip(folder: &Path) -> MotionClipBundleConfig {
    write_text_encoder(&folder.join("text"), Sizes::tiny().text);
    let parts = [Part::Body, Part::RightHand];
    let features = MotionFeatures::new(&parts);
    let network = MotionClipConfig {
        joints: features.width(),
        features: 1,
        frames: 24,
        latent: Sizes::tiny().text[0],
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
    let weights = Spec::of(|vb| MotionClip::new(&config.network, vb))
        .expect("a model of the test")
        .random(2)
        .expect("a model of the test");
    save_safetensors(&folder.join("model.safetensors"), &weights).expect("a model of the test");
    write_statistics(folder, &features);
    write_config(folder, &config);
    config
}

/// A SignCLIP of random weights whose vocabulary is of these words.
pub(crate) fn write_sign_clip<'a>(
    folder: &Path,
    words: impl IntoIterator<Item = &'a str>,
    [width, layers]: [usize; 2],
) {
    const VOCABULARY: usize = 120;
    std::fs::create_dir_all(folder).expect("a model of the test");
    let words = WordPieces::train(words, VOCABULARY).expect("a model of the test");
    words.save(folder).expect("a model of the test");
    let mut config = SignClipConfig::best().small(VOCABULARY, width, layers);
    config.preprocessing.standardise = false;
    config.text.prompt = "{text}".into();
    config.text.translate = false;
    // Ranks by lengths too, if it is asked.
    config.similarity = Similarity::Dot;
    config.video.max_frames = 512;
    write_config(folder, &config);
    let weights = Spec::of(|vb| SignClipNetwork::new(&config, vb))
        .expect("a model of the test")
        .random(3)
        .expect("a model of the test");
    save_safetensors(&folder.join("model.safetensors"), &weights).expect("a model of the test");
}
