//! What is written of a trained network is what others read: the same weights, tokenizer and statistics.

use super::*;
use crate::dataset::{Part, strip};
use crate::interpreter::networks::Card;
use crate::models::bundles::{MotionClipBundle, T2mGptBundle};
use crate::models::sign_clip::SignClip;
use crate::train::vq_vae::TrainedVqVae;

fn models() -> Models {
    Models::new(Places::new(None, None), Device::Cpu)
}

/// The SVG of each picture of a kind, by its word.
fn pictures(pictures: Vec<(String, String)>, kind: &str) -> Vec<(String, String)> {
    let word = |title: &str| title.split(['«', '»']).nth(1).unwrap_or_default().to_owned();
    let of_kind = pictures.into_iter().filter(|(title, _)| title.contains(kind));
    of_kind.map(|(title, svg)| (word(&title), svg)).collect()
}

fn card(folder: &Path) -> Card {
    serde_json::from_slice(&std::fs::read(folder.join(Card::FILE)).unwrap()).unwrap()
}

#[test]
fn a_sign_clip_that_is_read_again_finds_what_the_trained_one_found() {
    let root = tempfile::tempdir().unwrap();
    let mut task = task::<SignClipTask>(&[]);
    let folder = task.write(&root.path().join("model"), &about(), &CORPUS).unwrap();
    let model = SignClip::load(&folder, DType::F32, &Device::Cpu).unwrap();
    let clips = CORPUS.read(Part::Validation, |clip, pose| {
        model.embed_pose(&pose).map(|vector| (CORPUS.label(clip), vector))
    });
    let clips = clips.unwrap();
    let cosine = |a: &[f32], b: &[f32]| {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let words =
        CORPUS.words().iter().zip(0u32..).filter(|(_, label)| clips.iter().any(|clip| clip.0 == *label));
    let mut ranks: Vec<usize> = words
        .map(|(word, label)| {
            let text = model.embed_text(&word.gloss).unwrap();
            let score = |clip: &(u32, Vec<f32>)| cosine(&text, &clip.1);
            let own = clips.iter().filter(|clip| clip.0 == label).map(score).fold(-2.0, f32::max);
            1 + clips.iter().filter(|clip| clip.0 != label && score(clip) >= own).count()
        })
        .collect();
    ranks.sort_unstable();
    let measured = task.validate().unwrap();
    let first = measured.iter().find(|(name, _)| *name == "text-to-pose R@1").unwrap().1;
    let found = ranks.iter().filter(|rank| **rank == 1).count() as f64 / ranks.len() as f64;
    assert!((first - found).abs() < 1e-9, "{first} {ranks:?}");
    let card = card(&folder);
    assert!(card.threshold.is_some() && card.trained_on == TrainedOn::Practice);
}

#[test]
fn a_gpt_that_is_read_again_signs_what_its_samples_show() {
    let root = tempfile::tempdir().unwrap();
    let mut task = task::<GptTask>(&stands_on("gpt", root.path()));
    let folder = task.write(&root.path().join("model"), &about(), &CORPUS).unwrap();
    let bundle = T2mGptBundle::load(&folder, &models()).unwrap();
    let shown = pictures(task.samples().unwrap(), "as generated");
    assert_eq!(shown.len(), 3);
    for (word, svg) in shown {
        assert!(svg.contains("class=\"body\""), "{word}");
        assert_eq!(svg, strip(&bundle.generate(&word, 0, None).unwrap(), 8), "{word}");
    }
    assert!(card(&folder).expectations.is_some());
}

#[test]
fn a_vq_vae_that_is_read_again_rebuilds_clips_alike_alone_and_in_its_bundle() {
    let root = tempfile::tempdir().unwrap();
    let task = task::<GptTask>(&stands_on("gpt", root.path()));
    let folder = task.write(&root.path().join("model"), &about(), &CORPUS).unwrap();
    let bundle = T2mGptBundle::load(&folder, &models()).unwrap();
    let alone = TrainedVqVae::load(&root.path().join("vq-vae"), &Device::Cpu).unwrap();
    let data = &alone.config.data;
    let clip = data.prepare(CORPUS.dataset().read(0).unwrap(), false).unwrap();
    let numbers = alone.statistics.apply(&alone.features.read(&clip).unwrap()).unwrap();
    let tokens = alone.tokens(&numbers, 0).unwrap();
    let rebuilt = alone.statistics.undo(&alone.motion(&tokens).unwrap()).unwrap();
    let rebuilt = alone.features.write(&rebuilt, data.fps).unwrap();
    let other = bundle.reconstruct(&clip).unwrap();
    assert_eq!(rebuilt.frame_count(), other.frame_count());
    let apart = rebuilt.positions.iter().zip(&other.positions).map(|(a, b)| a.distance(*b));
    assert!(apart.fold(0.0, f32::max) < 1e-3);
    assert!(alone.motion(&[vec![99], vec![0]]).is_err(), "no such code");
    assert!(alone.motion(&[vec![1], vec![0, 0]]).is_err(), "of different lengths");
}

#[test]
fn a_vq_vae_shows_validation_clips_above_what_it_makes_of_them() {
    let shown = pictures(task::<VqVaeTask>(&[]).samples().unwrap(), "reconstruction");
    assert_eq!(shown.len(), 3);
    let glosses: Vec<&str> = CORPUS.words().iter().map(|word| word.gloss.as_str()).collect();
    for (word, svg) in shown {
        assert!(glosses.contains(&word.as_str()), "{word}");
        assert_eq!(svg.matches("class=\"body\"").count(), 16, "{word}");
    }
}

#[test]
fn a_vq_vae_that_goes_on_from_another_keeps_its_codes_and_its_statistics() {
    fn step(task: &mut VqVaeTask) -> Vec<Vec<f32>> {
        let noise = crate::models::layers::Noise::new(1, 1);
        let batch = crate::train::Loader::load(&*task.loader(), &[0, 1], &noise).unwrap();
        task.loss(batch, &noise).unwrap();
        let vars = task.trainable().vars();
        let codes = vars.iter().filter(|(name, _)| task.frozen(name));
        codes.map(|(_, var)| var.flatten_all().unwrap().to_vec1().unwrap()).collect()
    }
    let root = tempfile::tempdir().unwrap();
    let mut first = task::<VqVaeTask>(&[]);
    let learnt = step(&mut first);
    let folder = first.write(&root.path().join("vq-vae"), &about(), &CORPUS).unwrap();
    let from = [format!("model.from={:?}", folder.display().to_string()), "data.fps=20".to_owned()];
    let mut second = task::<VqVaeTask>(&from);
    assert_eq!(second.statistics(), first.statistics());
    let kept = step(&mut second);
    assert_eq!(kept.len(), 2);
    let length = |codes: &[f32]| codes.iter().map(|x| x * x).sum::<f32>().sqrt();
    for (learnt, kept) in learnt.iter().zip(&kept) {
        let moved: Vec<f32> = learnt.iter().zip(kept).map(|(a, b)| a - b).collect();
        assert!(length(&moved) < 0.2 * length(learnt), "{} of {}", length(&moved), length(learnt));
    }
}

/// Both ways of decoding a text: by its vector as it is, and brought to the latents' length.
#[test]
fn a_motion_clip_that_is_read_again_signs_what_its_samples_show() {
    for change in [&[][..], &["training.text-reconstruction=0.0", "training.weights.mse=0.0"]] {
        let root = tempfile::tempdir().unwrap();
        let mut changes = stands_on("motion-clip", root.path());
        changes.extend(change.iter().map(|change| (*change).to_owned()));
        let mut task = task::<MotionClipTask>(&changes);
        let folder = task.write(&root.path().join("model"), &about(), &CORPUS).unwrap();
        let bundle = MotionClipBundle::load(&folder, &models()).unwrap();
        assert_eq!(bundle.config().latent_norm.is_some(), !change.is_empty());
        let all = task.samples().unwrap();
        assert_eq!(pictures(all.clone(), "reconstruction").len(), 3);
        for (word, svg) in pictures(all, "as generated") {
            assert!(svg.contains("class=\"body\""), "{word}");
            assert_eq!(svg, strip(&bundle.generate(&word, None).unwrap(), 8), "{word}");
        }
    }
}
