//! A whole step of training of each network: forward, backward, clipping, AdamW.
//!
//! `scripts/bench_train.py` times the same networks in PyTorch under the same names; `make bench-train` runs
//! both by turns. Arguments choose by part of a name: `cargo bench --bench train_step -- small`.

use candle_core::{DType, Device, Tensor, Var};
use nashra::models::checkpoint::Trainable;
use nashra::models::layers::{Noise, Pass};
use nashra::models::motion_clip::{LossTerms, LossWeights, MotionClip, MotionClipConfig};
use nashra::models::sign_clip::{SignClipConfig, SignClipNetwork, contrast};
use nashra::models::t2m_gpt::gpt::token_loss;
use nashra::models::t2m_gpt::vq::{Distance, EmaCodebook, VelocityLoss};
use nashra::models::t2m_gpt::{Gpt, GptConfig, VqVae, VqVaeConfig};
use nashra::train::{RunConfig, Stepper};
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type AnyResult<T> = Result<T, Box<dyn std::error::Error>>;
/// The loss of a batch, by the randomness of its step.
type Loss = Box<dyn FnMut(&Noise) -> AnyResult<Tensor>>;

/// Seconds that a network is timed for, and steps before it.
const SECONDS: f64 = 8.0;
const WARM_UP: u64 = 2;

const CPU: Device = Device::Cpu;

fn main() -> AnyResult<()> {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    type Case = fn(&Trainable) -> AnyResult<Loss>;
    let cases: [(&str, Case); 8] = [
        ("sign-clip small", |t| sign_clip(t, &SignClipConfig::best().small(800, 128, 3), [75, 40, 12])),
        ("sign-clip paper", |t| sign_clip(t, &SignClipConfig::best(), [4, 64, 16])),
        ("vq-vae small", |t| vq_vae(t, &VqVaeConfig { depth: 2, ..VqVaeConfig::small(579) }, [48, 40])),
        ("vq-vae paper", |t| vq_vae(t, &VqVaeConfig::reference(579), [8, 64])),
        ("gpt small", |t| gpt(t, &GptConfig { block_size: 61, ..GptConfig::small(128) }, 48)),
        ("gpt paper", |t| gpt(t, &GptConfig::reference(), 4)),
        ("motion-clip small", |t| motion_clip(t, &small_motion_clip(), 40)),
        ("motion-clip paper", |t| motion_clip(t, &MotionClipConfig::syrisign(), 8)),
    ];
    for (name, build) in cases {
        if chosen.is_empty() || chosen.iter().any(|part| name.contains(part.as_str())) {
            time(name, build)?;
        }
    }
    Ok(())
}

fn time(name: &str, build: fn(&Trainable) -> AnyResult<Loss>) -> AnyResult<()> {
    let trainable = Trainable::new(1);
    let mut loss = build(&trainable)?;
    let config = RunConfig { clip_norm: 1.0, ..RunConfig::default() };
    let mut stepper = Stepper::new(&config, &trainable, |name| name.ends_with(VqVae::CODEBOOK))?;
    let (mut times, begun) = (Vec::new(), Instant::now());
    let mut busy = 0.0;
    for step in 0.. {
        if step == WARM_UP {
            busy = processor_seconds().unwrap_or_default();
        }
        let start = Instant::now();
        stepper.step(&loss(&Noise::new(1, step))?)?;
        if step >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        if times.len() >= 3 && begun.elapsed().as_secs_f64() > SECONDS {
            break;
        }
    }
    let busy = processor_seconds().map(|now| (now - busy) * 1e3 / times.len() as f64);
    times.sort_by(f64::total_cmp);
    let (median, count) = (times[times.len() / 2], times.len());
    println!(
        "nashra\t{name}\t{median:.1} ms\t{:.1} ms of processor\t{count} steps",
        busy.unwrap_or(f64::NAN)
    );
    Ok(())
}

/// What this process has had of the processors, in hundredths of a second; other programs do not change it,
/// where they do change the time that a step takes. Linux's.
fn processor_seconds() -> Option<f64> {
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = line.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().ok());
    Some(ticks.sum::<Option<f64>>()? / 100.0)
}

/// Towers over clips of so many frames and texts of so many tokens.
fn sign_clip(
    trainable: &Trainable,
    config: &SignClipConfig,
    [clips, frames, tokens]: [usize; 3],
) -> AnyResult<Loss> {
    let network = SignClipNetwork::new(config, trainable.builder(DType::F32, &CPU))?;
    let video = Tensor::randn(0f32, 1.0, (clips, frames, config.video.inputs), &CPU)?;
    let ids = (Tensor::rand(5f32, 790.0, (clips, tokens), &CPU)?).to_dtype(DType::U32)?;
    let [seen, said] = [frames, tokens].map(|length| Tensor::ones((clips, length), DType::U8, &CPU));
    let (seen, said) = (seen?, said?);
    Ok(Box::new(move |noise| {
        let pass = Pass::Train(noise);
        let video = network.embed_video(&video, &seen, [2, 3], &pass)?;
        let text = network.embed_text(&ids, &said, &pass)?;
        Ok(contrast(&video, &text, network.scale()?.as_ref(), None)?.mean()?)
    }))
}

fn vq_vae(trainable: &Trainable, config: &VqVaeConfig, [clips, frames]: [usize; 2]) -> AnyResult<Loss> {
    let network = VqVae::new(config, trainable.builder(DType::F32, &CPU))?;
    let codes: Var = trainable.get(VqVae::CODEBOOK).ok_or("a codebook")?;
    let mut codes = EmaCodebook::new(codes, None, 0.99);
    let motion = Tensor::randn(0f32, 1.0, (clips, frames, config.input_dim), &CPU)?;
    Ok(Box::new(move |noise| {
        let quantised = codes.step(&network.latents(&motion)?, noise)?;
        let made = network.motion(&quantised.latents)?;
        let mut total = (Distance::L1Smooth.mean(&made, &motion)? + (quantised.commitment * 0.02)?)?;
        if let Some(velocity) = VelocityLoss::Delta.mean(Distance::L1Smooth, &made, &motion)? {
            total = (total + (velocity * 0.5)?)?;
        }
        Ok(total)
    }))
}

fn gpt(trainable: &Trainable, config: &GptConfig, clips: usize) -> AnyResult<Loss> {
    let network = Gpt::new(config, trainable.builder(DType::F32, &CPU))?;
    let length = config.most_tokens();
    let condition = Tensor::randn(0f32, 1.0, (clips, config.clip_dim), &CPU)?;
    let draw = |length| Tensor::rand(0f32, config.num_vq as f32, (clips, length), &CPU)?.to_dtype(DType::U32);
    let (tokens, target) = (draw(length)?.unsqueeze(2)?, draw(length + 1)?);
    let lengths = vec![length; clips];
    Ok(Box::new(move |noise| {
        let logits = network.forward(&tokens, &condition, &Pass::Train(noise))?;
        Ok(token_loss(&logits[0], &target, &lengths)?.loss)
    }))
}

fn small_motion_clip() -> MotionClipConfig {
    let reference = MotionClipConfig::syrisign();
    MotionClipConfig { latent: 128, feed_forward: 256, layers: 3, dropout: 0.05, ..reference }
}

fn motion_clip(trainable: &Trainable, config: &MotionClipConfig, clips: usize) -> AnyResult<Loss> {
    let network = MotionClip::new(config, trainable.builder(DType::F32, &CPU))?;
    let motion = Tensor::randn(0f32, 1.0, (clips, config.frames, config.inputs()), &CPU)?;
    let mask = Tensor::ones((clips, config.frames), DType::U8, &CPU)?;
    let weights = LossWeights::syrisign();
    Ok(Box::new(move |noise| {
        let pass = Pass::Train(noise);
        let latent = network.encode(&motion, &mask, &pass)?;
        let made = network.decode(&latent, &mask, &pass)?;
        LossTerms::of(&weights, [&made, &motion, &mask], &latent, None)?.total.ok_or("a loss".into())
    }))
}
