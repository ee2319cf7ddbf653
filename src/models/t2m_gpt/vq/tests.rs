//! Against what the reference computed (`tests/data/parity/t2m_vqvae`).

use super::*;
use crate::models::checkpoint::{self, Checkpoint, Spec, Trainable};
use crate::models::layers::Noise;
use crate::models::parity::{Fixture, bits, gap, relative};
use candle_core::{DType, Device, Var};

const CONFIG: VqVaeConfig = VqVaeConfig {
    input_dim: 30,
    nb_code: 32,
    code_dim: 16,
    width: 16,
    down_t: 2,
    depth: 3,
    dilation_growth_rate: 3,
};

/// What the README of the fixtures allows for activations.
const NEAR: f32 = 2e-5;

fn network() -> VqVae {
    let checkpoint = Checkpoint::open(Fixture::path("t2m_vqvae/net_last.pth")).unwrap();
    let build = |vb: VarBuilder<'static>| VqVae::new(&CONFIG, vb);
    checkpoint::load(&checkpoint, &VqVae::allowed(), DType::F32, &Device::Cpu, build).unwrap()
}

fn trainable(io: &Fixture) -> (VqVae, Trainable) {
    let weights = Trainable::new(0);
    let vqvae = VqVae::new(&CONFIG, weights.builder(DType::F32, &Device::Cpu)).unwrap();
    let checkpoint = Checkpoint::open(Fixture::path("t2m_vqvae/net_last.pth")).unwrap();
    weights.load(&checkpoint, &VqVae::allowed()).unwrap();
    if io.has("in.codebook") {
        weights.get(VqVae::CODEBOOK).unwrap().set(&io.get("in.codebook")).unwrap();
    }
    (vqvae, weights)
}

#[test]
fn encoding_and_decoding_are_the_references() {
    let (io, vqvae) = (Fixture::read("t2m_vqvae/io"), network());
    let latents = vqvae.latents(&io.get("in.x")).unwrap();
    assert!(gap("T2M-GPT VQ-VAE encoder", &latents, &io.get("out.encoder").transpose(1, 2).unwrap()) < NEAR);
    let (decoded, quantised) = vqvae.reconstruct(&io.get("in.x")).unwrap();
    assert_eq!(bits(&quantised.indices), bits(&io.get("out.indices")));
    let codes = vqvae.codebook().codes(&quantised.indices).unwrap();
    assert!(gap("T2M-GPT VQ-VAE codes", &codes, &io.get("out.dequantised")) == 0.0);
    let through = io.get("out.quantised").transpose(1, 2).unwrap();
    assert!(gap("T2M-GPT VQ-VAE quantised", &quantised.latents, &through) < NEAR);
    assert!(gap("T2M-GPT VQ-VAE decoded", &decoded, &io.get("out.decoded")) < NEAR);
    assert!(relative("T2M-GPT VQ-VAE commitment", &quantised.commitment, &io.get("out.commit_loss")) < 1e-5);
    assert!(relative("T2M-GPT VQ-VAE perplexity", &quantised.perplexity, &io.get("out.perplexity")) < 1e-5);
}

#[test]
fn lengths_that_are_no_multiple_of_a_token_drop_their_end() {
    let (io, vqvae) = (Fixture::read("t2m_vqvae/io"), network());
    let (decoded, quantised) = vqvae.reconstruct(&io.get("in.x_odd")).unwrap();
    assert_eq!(bits(&quantised.indices), bits(&io.get("out.indices_odd")));
    assert!(gap("T2M-GPT VQ-VAE odd", &decoded, &io.get("out.decoded_odd")) < NEAR);
    let tokens = io.get("in.decode_indices").unsqueeze(0).unwrap();
    let motion = vqvae.decode(&tokens).unwrap();
    assert!(gap("T2M-GPT VQ-VAE from tokens", &motion, &io.get("out.forward_decoder")) < NEAR);
    // The reference flattens a batch of tokens to one sequence.
    let tokens = io.get("in.decode_indices_batch").flatten_all().unwrap().unsqueeze(0).unwrap();
    let motion = vqvae.decode(&tokens).unwrap();
    assert!(gap("T2M-GPT VQ-VAE from a batch", &motion, &io.get("out.forward_decoder_batch")) < NEAR);
}

#[test]
fn losses_are_the_references_at_its_real_widths() {
    for (file, channels) in [("loss_263", 63), ("loss_251", 60)] {
        let io = Fixture::read(&format!("t2m_vqvae/{file}"));
        let (made, wanted) = (io.get("in.pred"), io.get("in.target"));
        let distances = [Distance::L1Smooth, Distance::L1, Distance::L2];
        for (distance, name) in distances.into_iter().zip(["l1_smooth", "l1", "l2"]) {
            let loss = distance.mean(&made, &wanted).unwrap();
            assert!(
                relative(
                    &format!("T2M-GPT VQ-VAE {file} {name}"),
                    &loss,
                    &io.get(&format!("out.recon_{name}"))
                ) < 1e-5
            );
            let velocity = VelocityLoss::Positions { channels };
            let loss = velocity.mean(distance, &made, &wanted).unwrap().unwrap();
            assert!(
                relative(
                    &format!("T2M-GPT VQ-VAE {file} {name}"),
                    &loss,
                    &io.get(&format!("out.vel_{name}"))
                ) < 1e-5
            );
        }
    }
}

#[test]
fn a_delta_loss_is_blind_to_where_and_sees_how_fast() {
    let still = Tensor::zeros((1, 5, 3), DType::F32, &Device::Cpu).unwrap();
    let elsewhere = (&still + 2.0).unwrap();
    let ramp = Tensor::arange(0f32, 5.0, &Device::Cpu).unwrap().reshape((1, 5, 1)).unwrap();
    let moving = still.broadcast_add(&ramp).unwrap();
    let loss = |made: &Tensor| {
        let loss = VelocityLoss::Delta.mean(Distance::L2, made, &still).unwrap().unwrap();
        loss.to_scalar::<f32>().unwrap()
    };
    assert_eq!(loss(&elsewhere), 0.0);
    assert!((loss(&moving) - 1.0).abs() < 1e-6);
    let one = still.narrow(1, 0, 1).unwrap();
    assert!(VelocityLoss::Delta.mean(Distance::L2, &one, &one).unwrap().is_none());
}

/// One step of training from a fixture: what was quantised, what was decoded, and the codebook after.
fn step(file: &str) -> (Fixture, Quantised, Tensor, Trainable, EmaCodebook, Tensor) {
    let io = Fixture::read(&format!("t2m_vqvae/{file}"));
    let (vqvae, weights) = trainable(&io);
    let averages = io
        .has("in.code_sum")
        .then(|| Averages { sum: io.get("in.code_sum"), count: io.get("in.code_count") });
    let mut codebook = EmaCodebook::new(weights.get(VqVae::CODEBOOK).unwrap(), averages, 0.99);
    let latents = vqvae.latents(&io.get("in.x")).unwrap();
    let quantised = codebook.step(&latents, &Noise::new(0, 0)).unwrap();
    let decoded = vqvae.motion(&quantised.latents).unwrap();
    (io, quantised, decoded, weights, codebook, latents)
}

#[test]
fn a_step_of_training_moves_the_codes_as_the_reference_does() {
    for file in ["train_step", "train_step_dead", "train_step_init"] {
        let (io, quantised, decoded, weights, codebook, _) = step(file);
        assert!(
            relative(&format!("T2M-GPT VQ-VAE {file}"), &quantised.commitment, &io.get("out.loss_commit"))
                < 1e-5
        );
        assert!(
            relative(&format!("T2M-GPT VQ-VAE {file}"), &quantised.perplexity, &io.get("out.perplexity"))
                < 1e-5
        );
        assert!(gap(&format!("T2M-GPT VQ-VAE {file}"), &decoded, &io.get("out.decoded")) < NEAR);
        let codes = weights.get(VqVae::CODEBOOK).unwrap();
        assert!(gap(&format!("T2M-GPT VQ-VAE {file}"), &codes, &io.get("out.codebook")) < NEAR);
        let averages = codebook.averages().unwrap();
        assert!(gap(&format!("T2M-GPT VQ-VAE {file}"), &averages.sum, &io.get("out.code_sum")) < NEAR);
        assert!(gap(&format!("T2M-GPT VQ-VAE {file}"), &averages.count, &io.get("out.code_count")) < NEAR);
    }
}

#[test]
fn every_gradient_of_a_step_is_the_references() {
    let (io, quantised, decoded, weights, ..) = step("train_step");
    let wanted = io.get("in.x");
    let reconstruction = Distance::L1Smooth.mean(&decoded, &wanted).unwrap();
    let velocity = VelocityLoss::Positions { channels: 12 }.mean(Distance::L1Smooth, &decoded, &wanted);
    let velocity = velocity.unwrap().unwrap();
    let total = ((&reconstruction + (&quantised.commitment * 0.02).unwrap()).unwrap()
        + (&velocity * 0.5).unwrap())
    .unwrap();
    assert!(relative("T2M-GPT VQ-VAE total", &total, &io.get("out.loss_total")) < 1e-5);
    let gradients = total.backward().unwrap();
    let expected = Fixture::read("t2m_vqvae/train_step_grads");
    let mut compared = 0;
    for (name, var) in weights.vars() {
        if name == VqVae::CODEBOOK {
            continue;
        }
        let gradient = gradients.get(&var).unwrap_or_else(|| panic!("{name} has no gradient"));
        assert!(
            relative(&format!("T2M-GPT gradient {name}"), gradient, &expected.get(&name)) < 1e-4,
            "{name}"
        );
        compared += 1;
    }
    assert_eq!(compared, 66);
}

#[test]
fn a_small_batch_still_fills_every_code() {
    let codes = Var::zeros((32, 4), DType::F32, &Device::Cpu).unwrap();
    let mut codebook = EmaCodebook::new(codes.clone(), None, 0.99);
    let latents = Noise::new(1, 0).normal((1, 5, 4), &Device::Cpu).unwrap();
    codebook.step(&latents, &Noise::new(2, 0)).unwrap();
    let rows = codes.to_vec2::<f32>().unwrap();
    let mut distinct: Vec<Vec<u32>> = rows.iter().map(|r| r.iter().map(|x| x.to_bits()).collect()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 32);
}

#[test]
fn full_size_networks_have_the_references_keys() {
    for (file, width) in [("keys_full_t2m263.txt", 263), ("keys_full_kit251.txt", 251)] {
        let spec = Spec::of(|vb| VqVae::new(&VqVaeConfig::reference(width), vb)).unwrap();
        let listing = std::fs::read_to_string(Fixture::path(&format!("t2m_vqvae/{file}"))).unwrap();
        spec.compare_listing(&listing, &VqVae::allowed()).unwrap();
    }
}

#[test]
fn windows_of_every_length_become_whole_tokens_and_come_back_as_long() {
    let vqvae = network();
    for window in WINDOWS {
        let motion = Noise::new(1, 0).normal((1, window, 30), &Device::Cpu).unwrap();
        let (decoded, quantised) = vqvae.reconstruct(&motion).unwrap();
        assert_eq!(quantised.indices.dims(), [1, window / 4]);
        assert_eq!(decoded.dims(), motion.dims());
    }
}

#[test]
fn motion_that_cannot_be_encoded_is_an_error() {
    let vqvae = network();
    for shape in [(1, 24, 29), (1, 3, 30), (1, 0, 30), (0, 24, 30)] {
        let motion = Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
        assert!(vqvae.encode(&motion).unwrap_err().to_string().contains("30 channels"), "{shape:?}");
    }
    let tokens = |tokens: &[u32]| Tensor::new(tokens, &Device::Cpu).unwrap().unsqueeze(0).unwrap();
    assert!(vqvae.decode(&tokens(&[])).is_err());
    assert!(vqvae.decode(&tokens(&[3, 32])).is_err());
    assert!(VqVaeConfig { nb_code: 0, ..CONFIG }.check().is_err());
}
