//! Against what the reference computed (`tests/data/parity/t2m_gpt`).

use super::*;
use crate::models::checkpoint::{self, Checkpoint, Spec, Trainable};
use crate::models::layers::Noise;
use crate::models::parity::{Fixture, bits, gap, relative};
use candle_core::{DType, Device};

fn config() -> GptConfig {
    let text = std::fs::read_to_string(Fixture::path("t2m_gpt/config.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn stored() -> Checkpoint {
    Checkpoint::open(Fixture::path("t2m_gpt/net_last.pth")).unwrap()
}

fn network() -> Gpt {
    let build = |vb: VarBuilder<'static>| Gpt::new(&config(), vb);
    checkpoint::load(&stored(), &Gpt::allowed(), DType::F32, &Device::Cpu, build).unwrap()
}

/// `[batch, length]` as the tokens of one part.
fn single(tokens: &Tensor) -> Tensor {
    tokens.unsqueeze(2).unwrap()
}

#[test]
fn whole_sequences_are_the_references() {
    let (io, gpt) = (Fixture::read("t2m_gpt/io"), network());
    let (tokens, condition) = (single(&io.get("in.indices")), io.get("in.cond"));
    // The reference's base has half of the blocks.
    let mut half = gpt.clone();
    half.blocks.truncate(2);
    let features = half.features(&tokens, &condition, &Pass::Infer).unwrap();
    assert!(gap("T2M-GPT GPT base", &features, &io.get("out.feat")) < 2e-5);
    let logits = gpt.forward(&tokens, &condition, &Pass::Infer).unwrap();
    assert!(gap("T2M-GPT GPT logits", &logits[0], &io.get("out.logits")) < 2e-5);
    let none = Tensor::zeros((3, 0, 1), DType::U32, &Device::Cpu).unwrap();
    let logits = gpt.forward(&none, &condition, &Pass::Infer).unwrap();
    assert!(gap("T2M-GPT GPT logits without tokens", &logits[0], &io.get("out.logits_empty")) < 2e-5);
}

#[test]
fn writing_token_by_token_is_what_the_reference_samples() {
    let (io, gpt) = (Fixture::read("t2m_gpt/io"), network());
    let decoder = Decoder::new(&gpt, Precision::Full).unwrap();
    let greedy = Sampling { at_least: 0, ..Sampling::greedy() };
    for (case, ended) in [("end", true), ("full", false), ("empty", true)] {
        let condition = io.get(&format!("in.sample_{case}.cond"));
        let made = decoder.generate(&condition, &greedy).unwrap();
        assert_eq!(made.tokens[0], bits(&io.get(&format!("out.sample_{case}.tokens"))), "{case}");
        assert_eq!(made.ended, ended, "{case}");
        let steps = io.get(&format!("out.sample_{case}.step_logits"));
        let mut session = decoder.session(&condition).unwrap();
        for (at, token) in made.tokens[0].iter().map(|&token| Some(token)).chain([None]).enumerate() {
            let scores = Tensor::new(session.scores().unwrap(), &Device::Cpu).unwrap();
            assert!(
                gap(
                    &format!("T2M-GPT GPT scores, {case}, token {at}"),
                    &scores,
                    &steps.narrow(0, at, 1).unwrap()
                ) < 2e-5,
                "{case} at {at}"
            );
            if let Some(token) = token {
                session.push(&[token]).unwrap();
            }
        }
    }
}

#[test]
fn an_end_at_once_is_put_off_where_something_is_wanted() {
    let (io, gpt) = (Fixture::read("t2m_gpt/io"), network());
    let decoder = Decoder::new(&gpt, Precision::Full).unwrap();
    let condition = io.get("in.sample_empty.cond");
    let made = decoder.generate(&condition, &Sampling { at_least: 3, ..Sampling::greedy() }).unwrap();
    assert!(made.len() >= 3 && made.tokens[0].iter().all(|&token| token < 32));
    let short = decoder.generate(&condition, &Sampling { at_most: 2, at_least: 2, ..Sampling::greedy() });
    let short = short.unwrap();
    assert!((short.len(), short.ended) == (2, false));
}

#[test]
fn sixteen_bits_choose_the_same_tokens_but_for_one_in_a_hundred() {
    let config = GptConfig { embed_dim: 64, block_size: 40, ..config() };
    let gpt = checkpoint::build_random(5, DType::F32, &Device::Cpu, |vb| Gpt::new(&config, vb)).unwrap();
    let [full, half] = [Precision::Full, Precision::Half].map(|p| Decoder::new(&gpt, p).unwrap());
    let best = |session: &Session| {
        let scores = session.scores().unwrap().remove(0);
        (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()
    };
    let (mut same, mut all) = (0, 0);
    for text in 0..12 {
        let condition = Noise::new(text, 0).normal(12, &Device::Cpu).unwrap();
        let wanted = Sampling { at_least: 39, ..Sampling::greedy() };
        let path = full.generate(&condition, &wanted).unwrap().tokens.remove(0);
        let mut sessions = [&full, &half].map(|decoder| decoder.session(&condition).unwrap());
        for token in path {
            (same, all) = (same + usize::from(best(&sessions[0]) == best(&sessions[1])), all + 1);
            sessions.iter_mut().for_each(|session| session.push(&[token]).unwrap());
        }
    }
    assert!(100 * same >= 99 * all && all == 12 * 39, "{same} of {all}");
}

#[test]
fn eight_bits_change_scores_little() {
    let (io, gpt) = (Fixture::read("t2m_gpt/io"), network());
    let condition = io.get("in.sample_full.cond");
    // 24 channels are no multiple of a quantised block of 32.
    let message = Decoder::new(&gpt, Precision::Int8).unwrap_err().to_string();
    assert!(message.contains("24"), "{message}");
    let wide = GptConfig { embed_dim: 64, clip_dim: 12, ..config() };
    let gpt = checkpoint::build_random(3, DType::F32, &Device::Cpu, |vb| Gpt::new(&wide, vb)).unwrap();
    let scores = |precision| {
        let decoder = Decoder::new(&gpt, precision).unwrap();
        let mut session = decoder.session(&condition).unwrap();
        session.push(&[5]).unwrap();
        session.scores().unwrap().remove(0)
    };
    let (full, packed) = (scores(Precision::Full), scores(Precision::Int8));
    let size = full.iter().map(|x| x * x).sum::<f32>().sqrt();
    let gap = full.iter().zip(&packed).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
    assert!(gap > 0.0 && gap < 0.03 * size, "{gap} of {size}");
}

#[test]
fn the_loss_and_every_gradient_are_the_references() {
    let io = Fixture::read("t2m_gpt/train_loss");
    let weights = Trainable::new(0);
    let gpt = Gpt::new(&config(), weights.builder(DType::F32, &Device::Cpu)).unwrap();
    weights.load(&stored(), &Gpt::allowed()).unwrap();
    let lengths: Vec<usize> = bits(&io.get("in.lengths")).iter().map(|&n| n as usize).collect();
    for (tokens, loss, right, logits) in [
        ("in.indices", "out.loss", "out.right", "out.logits"),
        ("in.indices_mixed", "out.loss_mixed", "out.right_mixed", "out.logits_mixed"),
    ] {
        let made = gpt.forward(&single(&io.get(tokens)), &io.get("in.cond"), &Pass::Infer).unwrap();
        assert!(gap(&format!("T2M-GPT GPT {logits}"), &made[0], &io.get(logits)) < 2e-5);
        let made = token_loss(&made[0], &io.get("in.target"), &lengths).unwrap();
        assert!(relative(&format!("T2M-GPT GPT {loss}"), &made.loss, &io.get(loss)) < 1e-5);
        assert_eq!(vec![made.right as u32], bits(&io.get(right)));
        if loss == "out.loss" {
            let gradients = made.loss.backward().unwrap();
            let expected = Fixture::read("t2m_gpt/train_loss_grads");
            for (name, var) in weights.vars() {
                let gradient = gradients.get(&var).unwrap_or_else(|| panic!("{name} has no gradient"));
                let expected = expected.get(&name);
                // A key's bias moves all of a softmax's scores alike: its gradient is 0 but for rounding.
                let near = if name.ends_with("key.bias") {
                    gap(&format!("T2M-GPT gradient {name}"), gradient, &expected) < 1e-7
                } else {
                    relative(&format!("T2M-GPT gradient {name}"), gradient, &expected) < 1e-4
                };
                assert!(near, "{name}");
            }
        }
    }
}

#[test]
fn corruption_keeps_the_share_that_it_is_told() {
    let tokens = Tensor::full(40u32, (10, 200, 1), &Device::Cpu).unwrap();
    let mixed = bits(&corrupted(&tokens, 0.5, 32, &Noise::new(1, 2)).unwrap());
    let kept = mixed.iter().filter(|&&token| token == 40).count();
    assert!((900..1100).contains(&kept), "{kept}");
    assert!(mixed.iter().all(|&token| token == 40 || token < 32));
}

#[test]
fn several_parts_are_written_side_by_side_and_all_of_it_is_trained() {
    let parts = ["body", "left", "right", "face"].map(str::to_owned).to_vec();
    let config = GptConfig { parts, embed_dim: 32, ..config() };
    let weights = Trainable::new(4);
    let gpt = Gpt::new(&config, weights.builder(DType::F32, &Device::Cpu)).unwrap();
    let noise = Noise::new(3, 1);
    let tokens: Vec<u32> = (0..2 * 6 * 4).map(|_| noise.below(32)).collect();
    let tokens = Tensor::from_vec(tokens, (2, 6, 4), &Device::Cpu).unwrap();
    let condition = noise.normal((2, 12), &Device::Cpu).unwrap();
    let target = Tensor::full(config.end(), (2, 7), &Device::Cpu).unwrap();
    let logits = gpt.forward(&tokens, &condition, &Pass::Train(&noise)).unwrap();
    let losses = logits.iter().map(|part| token_loss(part, &target, &[6, 4]).unwrap().loss);
    let loss = losses.reduce(|a, b| (a + b).unwrap()).unwrap();
    let gradients = loss.backward().unwrap();
    for (name, var) in weights.vars() {
        let gradient = gradients.get(&var).unwrap_or_else(|| panic!("{name} has no gradient"));
        let size = gradient.sqr().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(size.is_finite() && size > 0.0, "{name}: {size}");
    }
    let made = Decoder::new(&gpt, Precision::Int8).unwrap();
    let made = made.generate(&condition.get(0).unwrap(), &Sampling { at_least: 4, ..Sampling::default() });
    let made = made.unwrap();
    assert_eq!(made.tokens.len(), 4);
    assert!(made.tokens.iter().all(|part| part.len() == made.len() && part.iter().all(|&t| t < 32)));
}

#[test]
fn the_full_size_network_has_the_references_keys() {
    let spec = Spec::of(|vb| Gpt::new(&GptConfig::reference(), vb)).unwrap();
    let listing = std::fs::read_to_string(Fixture::path("t2m_gpt/keys_full_t2m.txt")).unwrap();
    spec.compare_listing(&listing, &Gpt::allowed()).unwrap();
}

#[test]
fn what_does_not_fit_is_an_error() {
    let gpt = network();
    let forward = |batch: usize, length: usize, width: usize, token: u32| {
        let tokens = Tensor::full(token, (batch, length, 1), &Device::Cpu).unwrap();
        let condition = Tensor::zeros((batch, width), DType::F32, &Device::Cpu).unwrap();
        gpt.forward(&tokens, &condition, &Pass::Infer)
    };
    assert!(forward(1, 12, 12, 33).is_ok());
    for (batch, length, width, token) in [(1, 13, 12, 0), (1, 3, 11, 0), (0, 3, 12, 0), (1, 3, 12, 34)] {
        assert!(forward(batch, length, width, token).is_err(), "{batch} {length} {width} {token}");
    }
    let decoder = Decoder::new(&gpt, Precision::Full).unwrap();
    assert!(decoder.session(&Tensor::zeros(11, DType::F32, &Device::Cpu).unwrap()).is_err());
    let mut session = decoder.session(&Tensor::zeros(12, DType::F32, &Device::Cpu).unwrap()).unwrap();
    assert!(session.push(&[]).is_err() && session.push(&[34]).is_err());
    let logits = Tensor::zeros((1, 4, 33), DType::F32, &Device::Cpu).unwrap();
    let target = Tensor::zeros((1, 4), DType::U32, &Device::Cpu).unwrap();
    assert!(token_loss(&logits, &target, &[4]).is_err() && token_loss(&logits, &target, &[]).is_err());
    assert!(GptConfig { n_head: 0, ..config() }.check().is_err());
}
