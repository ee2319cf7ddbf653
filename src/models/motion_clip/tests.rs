//! The reference's numbers (MotionCLIP at 8eae36d, `tests/data/parity/motionclip`), gradients, and bad
//! input.

use super::*;
use crate::models::checkpoint::{Checkpoint, Spec, Trainable};
use crate::models::layers::{Noise, Pass};
use crate::models::parity::{Fixture, gap, relative};
use candle_core::{DType, Device, Tensor};

const ACTIVATIONS: f32 = 2e-5;
const LOSSES: f32 = 1e-5;
const GRADIENTS: f32 = 1e-4;

fn config() -> MotionClipConfig {
    serde_json::from_slice(&std::fs::read(Fixture::path("motionclip/config.json")).unwrap()).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint::open(Fixture::path("motionclip/checkpoint_0100.pth.tar")).unwrap()
}

fn model() -> MotionClip {
    MotionClip::load(&checkpoint(), &config(), DType::F32, &Device::Cpu).unwrap()
}

fn io() -> Fixture {
    Fixture::read("motionclip/io")
}

fn motion(io: &Fixture) -> Tensor {
    frames_first(&io.get("in.x")).unwrap()
}

#[test]
fn latents_and_motions_are_the_references() {
    let (model, io) = (model(), io());
    let (x, mask) = (motion(&io), io.get("in.mask"));
    for (mask, tail) in [(mask.clone(), ""), (mask.ones_like().unwrap(), "_unmasked")] {
        let latent = model.encode(&x, &mask, &Pass::Infer).unwrap();
        let name = format!("out.mu{tail}");
        assert!(gap(&format!("MotionCLIP {name}"), &latent, &io.get(&name)) < ACTIVATIONS);
        let output = model.decode(&latent, &mask, &Pass::Infer).unwrap();
        let name = format!("out.output{tail}");
        let output = frames_last(&output, 5).unwrap();
        assert!(gap(&format!("MotionCLIP {name}"), &output, &io.get(&name)) < ACTIVATIONS);
    }
}

#[test]
fn motions_of_texts_are_the_references() {
    let (model, io) = (model(), io());
    let durations: Vec<u32> = io.get("in.generate_durations").to_vec1().unwrap();
    let durations: Vec<usize> = durations.into_iter().map(|frames| frames as usize).collect();
    for (root, name) in [(Root::Generated, "out.generate"), (Root::Fixed, "out.generate_fixed_root")] {
        let motion = model.generate(&io.get("in.clip_features"), &durations, root).unwrap();
        let motion = frames_last(&motion, 5).unwrap();
        assert!(gap(&format!("MotionCLIP {name}"), &motion, &io.get(name)) < ACTIVATIONS);
    }
}

#[test]
fn what_padded_frames_hold_does_not_matter() {
    let (model, io) = (model(), io());
    let (x, mask) = (motion(&io), io.get("in.mask"));
    let there = mask.to_dtype(DType::F32).unwrap().unsqueeze(2).unwrap();
    let bare = x.broadcast_mul(&there).unwrap();
    let encode = |x: &Tensor| model.encode(x, &mask, &Pass::Infer).unwrap();
    assert!(gap("MotionCLIP padding", &encode(&bare), &encode(&x)) < 1e-6);
    let short = x.narrow(0, 1, 1).unwrap().narrow(1, 0, 7).unwrap().contiguous().unwrap();
    let alone = model.encode(&short, &mask_of_lengths(&[7], &Device::Cpu).unwrap(), &Pass::Infer).unwrap();
    assert!(gap("MotionCLIP alone", &alone, &encode(&x).narrow(0, 1, 1).unwrap()) < 1e-6);
}

#[test]
fn losses_are_the_references() {
    let (io, mask) = (io(), io().get("in.mask"));
    let (target, output) = (motion(&io), frames_first(&io.get("out.output")).unwrap());
    let (latent, text) = (io.get("out.mu"), io.get("in.clip_features"));
    let clip = contrast(&latent, &text, &io.get("in.clip_logit_scale")).unwrap();
    let rc = reconstruction(&output, &target, &mask).unwrap();
    let vel = velocity(&output, &target, &mask).unwrap();
    for (name, loss) in [
        ("mixed_without_clip", (&rc + &vel).unwrap()),
        ("rc", rc),
        ("vel", vel),
        ("text_cosine", text_cosine(&latent, &text).unwrap()),
        ("text_mse", text_mse(&latent, &text).unwrap()),
        ("text_mixed_ce", clip.mixed().unwrap()),
        ("text_ce_from_motion", clip.from_motion),
        ("text_ce_from_d", clip.from_text),
    ] {
        let wanted = io.get(&format!("out.loss_{name}"));
        assert!(relative(&format!("MotionCLIP loss {name}"), &loss, &wanted) < LOSSES);
    }
    let weights =
        LossWeights { reconstruction: 1.0, velocity: 1.0, latent: 0.0, cosine: 1.0, mse: 1.0, contrast: 1.0 };
    let scale = io.get("in.clip_logit_scale");
    let all = LossTerms::of(&weights, [&output, &target, &mask], &latent, Some((&text, &scale))).unwrap();
    let total = all.total.unwrap();
    let wanted = io.get("out.loss_mixed_with_clip");
    assert!(relative("MotionCLIP loss mixed_with_clip", &total, &wanted) < LOSSES);
    assert_eq!(all.terms.len(), 5);
}

#[test]
fn gradients_are_the_references() {
    let trainable = Trainable::new(1);
    let model = MotionClip::new(&config(), trainable.builder(DType::F32, &Device::Cpu)).unwrap();
    trainable.load(&checkpoint(), &MotionClip::allowed()).unwrap();
    let (io, wanted) = (io(), Fixture::read("motionclip/grads_rc_plus_vel"));
    let (x, mask) = (motion(&io), io.get("in.mask"));
    let latent = model.encode(&x, &mask, &Pass::Infer).unwrap();
    let output = model.decode(&latent, &mask, &Pass::Infer).unwrap();
    let loss = reconstruction(&output, &x, &mask).unwrap() + velocity(&output, &x, &mask).unwrap();
    let gradients = loss.unwrap().backward().unwrap();
    let vars = trainable.vars();
    assert_eq!(vars.len(), 66);
    for (name, var) in vars {
        let gradient = gradients.get(&var).unwrap_or_else(|| panic!("{name} has no gradient"));
        let apart = relative(&format!("MotionCLIP gradient {name}"), gradient, &wanted.get(&name));
        assert!(apart < GRADIENTS, "{name}: {apart}");
    }
}

#[test]
fn every_variable_learns_while_training_drops() {
    let trainable = Trainable::new(3);
    let model = MotionClip::new(&config(), trainable.builder(DType::F32, &Device::Cpu)).unwrap();
    let (io, noise) = (io(), Noise::new(5, 0));
    let (x, mask, pass) = (motion(&io), io.get("in.mask"), Pass::Train(&noise));
    let latent = model.encode(&x, &mask, &pass).unwrap();
    let output = model.decode(&latent, &mask, &pass).unwrap();
    let text = io.get("in.clip_features");
    let scale = io.get("in.clip_logit_scale");
    let weights = LossWeights { contrast: 1.0, ..LossWeights::aligned() };
    let terms = LossTerms::of(&weights, [&output, &x, &mask], &latent, Some((&text, &scale))).unwrap();
    let gradients = terms.total.unwrap().backward().unwrap();
    for (name, var) in trainable.vars() {
        let gradient = gradients.get(&var).unwrap_or_else(|| panic!("{name} has no gradient"));
        let sum = gradient.abs().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(sum.is_finite() && sum > 0.0, "{name}: {sum}");
    }
    let again = model.encode(&x, &mask, &Pass::Train(&Noise::new(5, 0))).unwrap();
    assert_eq!(gap("MotionCLIP dropout again", &latent, &again), 0.0);
}

#[test]
fn the_released_models_keys_are_all_there() {
    let listing = std::fs::read_to_string(Fixture::path("motionclip/keys_full.txt")).unwrap();
    let spec = Spec::of(|vb| MotionClip::new(&MotionClipConfig::reference(), vb)).unwrap();
    spec.compare_listing(&listing, &MotionClip::allowed()).unwrap();
}

#[test]
fn sequences_longer_than_the_window_go_on_as_the_window_began() {
    let model = model();
    let latent = io().get("in.clip_features");
    let long = model.generate(&latent, &[40; 3], Root::Generated).unwrap();
    assert_eq!(long.dims(), [3, 40, 30]);
    let mask = mask_of_lengths(&[12; 3], &Device::Cpu).unwrap();
    let padded = Tensor::cat(&[&mask, &mask.zeros_like().unwrap()], 1).unwrap();
    let decode = |mask| model.decode(&latent, mask, &Pass::Infer).unwrap();
    let (window, padded) = (decode(&mask), decode(&padded));
    assert!(gap("MotionCLIP long", &padded.narrow(1, 0, 12).unwrap(), &window) < 1e-5);
    let rest = padded.narrow(1, 12, 12).unwrap();
    assert_eq!(gap("MotionCLIP after the end", &rest, &rest.zeros_like().unwrap()), 0.0);
}

#[test]
fn half_precision_is_near() {
    let io = io();
    for (dtype, near) in [(DType::BF16, 0.2), (DType::F16, 0.03)] {
        let model = MotionClip::load(&checkpoint(), &config(), dtype, &Device::Cpu).unwrap();
        let latent =
            model.encode(&motion(&io).to_dtype(dtype).unwrap(), &io.get("in.mask"), &Pass::Infer).unwrap();
        assert!(gap(&format!("MotionCLIP mu in {dtype:?}"), &latent, &io.get("out.mu")) < near);
        let output = model.decode(&latent, &io.get("in.mask"), &Pass::Infer).unwrap();
        let output = frames_last(&output, 5).unwrap();
        assert!(gap(&format!("MotionCLIP output in {dtype:?}"), &output, &io.get("out.output")) < near);
    }
}

#[test]
fn bad_input_is_an_error_that_says_what_was_expected() {
    let model = model();
    let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu).unwrap();
    let said = |result: Result<Tensor, MotionClipError>| result.unwrap_err().to_string();
    for (motion, mask) in [
        (zeros(&[2, 4, 29]), zeros(&[2, 4])),
        (zeros(&[0, 4, 30]), zeros(&[0, 4])),
        (zeros(&[2, 0, 30]), zeros(&[2, 0])),
        (zeros(&[4, 30]), zeros(&[2, 4])),
        (zeros(&[2, 4, 30]), zeros(&[2, 5])),
    ] {
        let error = said(model.encode(&motion, &mask, &Pass::Infer));
        assert!(error.contains("expected [") && error.contains("found ["), "{error}");
    }
    for (latent, mask) in [
        (zeros(&[2, 17]), zeros(&[2, 4])),
        (zeros(&[2, 16]), zeros(&[2, 0])),
        (zeros(&[2, 16]), zeros(&[4])),
        (zeros(&[0, 16]), zeros(&[0, 4])),
    ] {
        let error = said(model.decode(&latent, &mask, &Pass::Infer));
        assert!(error.contains("expected [") && error.contains("found ["), "{error}");
    }
    for durations in [&[][..], &[0, 3], &[usize::MAX, 3]] {
        assert!(said(model.generate(&zeros(&[2, 16]), durations, Root::Generated)).contains("frames"));
    }
    assert!(frames_last(&zeros(&[1, 2, 30]), 7).is_err());
    let landmarks = MotionClipConfig { joints: 10, features: 3, ..config() };
    let model = crate::models::checkpoint::build_random(1, DType::F32, &Device::Cpu, |vb| {
        MotionClip::new(&landmarks, vb)
    });
    let error = said(model.unwrap().generate(&zeros(&[1, 16]), &[3], Root::Fixed));
    assert!(error.contains("nfeats 6"), "{error}");
}

#[test]
fn both_files_of_the_reference_load_the_same_and_another_size_is_refused() {
    let load = |file: &str, config: &MotionClipConfig| {
        let checkpoint = Checkpoint::open(Fixture::path("motionclip").join(file)).unwrap();
        MotionClip::load(&checkpoint, config, DType::F32, &Device::Cpu)
    };
    let mask = mask_of_lengths(&[4], &Device::Cpu).unwrap();
    let latent = Tensor::ones((1, 16), DType::F32, &Device::Cpu).unwrap();
    let decode = |file| load(file, &config()).unwrap().decode(&latent, &mask, &Pass::Infer).unwrap();
    let (pickled, safe) = (decode("checkpoint_0100.pth.tar"), decode("model.safetensors"));
    assert_eq!(gap("MotionCLIP files", &safe, &pickled), 0.0);
    let wrong = MotionClipConfig { joints: 6, ..config() };
    let error = load("model.safetensors", &wrong).unwrap_err().to_string();
    assert!(error.contains("skelEmbedding"), "{error}");
}
