//! A model's folder from beginning to end: loaded, asked, indexed, and refused where parts do not fit.

use super::*;
use crate::models::checkpoint::Trainable;
use crate::models::features::Statistics;
use crate::models::tokenizer::WordPieces;
use crate::pose::{ImageSize, Layout, PoseSequence, holistic};
use candle_core::{DType, Device};
use glam::Vec3;
use std::path::Path;
use std::sync::Arc;

const WORDS: [&str; 4] = ["وزارة الصحة", "مستشفى", "خبر عاجل", "مدرسة"];

/// A hand that circles at a pace of its own.
fn sign(pace: f32, frames: usize) -> PoseSequence {
    let size = ImageSize { width: 640, height: 480, depth: 640 };
    let mut clip = PoseSequence::unseen(Layout::holistic_543(), size, 30.0, frames);
    for frame in 0..frames {
        let mut put = |point: usize, position: Vec3| {
            let at = frame * holistic::POINTS + point;
            (clip.positions[at], clip.confidences[at]) = (position, 1.0);
        };
        put(11, Vec3::new(420.0, 300.0, -50.0));
        put(12, Vec3::new(220.0, 300.0, -50.0));
        let hand = Vec3::new(320.0, 380.0, 0.0)
            + 60.0 * Vec3::new((pace * frame as f32).cos(), (pace * frame as f32).sin(), 0.0);
        put(16, hand);
        (0..21).for_each(|i| {
            put(holistic::RIGHT_HAND.start + i, hand + 3.0 * i as f32 * Vec3::new(1.0, -pace, 0.1))
        });
    }
    clip
}

/// Writes a whole small model.
fn write(folder: &Path, change: impl Fn(&mut SignClipConfig)) {
    let pieces = WordPieces::train(WORDS, 100).unwrap();
    pieces.save(folder).unwrap();
    let words = pieces.tokenizer().unwrap().vocab_size();
    let mut config = SignClipConfig::best().small(words, 16, 1);
    config.video.max_frames = 12;
    config.projection = Some(8);
    change(&mut config);
    std::fs::write(folder.join("config.json"), serde_json::to_vec(&config).unwrap()).unwrap();
    let trainable = Trainable::new(5);
    SignClipNetwork::new(&config, trainable.builder(DType::F32, &Device::Cpu)).unwrap();
    trainable.save(&folder.join("model.safetensors")).unwrap();
    let clips = [sign(0.3, 9), sign(0.7, 20)];
    let statistics = config.preprocessing.statistics(&clips).unwrap();
    statistics.save(&folder.join("statistics.safetensors")).unwrap();
}

fn load(folder: &Path) -> Result<SignClip, SignClipError> {
    SignClip::load(folder, DType::F32, &Device::Cpu)
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_batch_embeds_what_each_embeds_alone_and_an_index_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), |_| ());
    let model = load(folder.path()).unwrap();
    let clips: Vec<PoseSequence> = (1..20).map(|i| sign(0.1 * i as f32, 3 + i)).collect();
    let together = model.embed_poses(&clips.iter().collect::<Vec<_>>()).unwrap();
    for (clip, embedded) in clips.iter().zip(&together) {
        assert_eq!(embedded.len(), model.width());
        assert!(apart(&model.embed_pose(clip).unwrap(), embedded) < 1e-5);
    }
    let texts = model.embed_texts(&WORDS).unwrap();
    for (word, embedded) in WORDS.iter().zip(&texts) {
        assert!(apart(&model.embed_text(word).unwrap(), embedded) < 1e-5);
    }
    assert!(model.embed_poses(&[]).unwrap().is_empty() && model.embed_texts(&[]).unwrap().is_empty());
    let names = (0..together.len()).map(|i| i.to_string()).collect();
    let made_of = fingerprint([model.fingerprint().unwrap(), "lexicon".into()]);
    let index =
        EmbeddingIndex::new(model.similarity(), model.width(), names, together.concat(), made_of).unwrap();
    for (row, query) in together.iter().enumerate() {
        assert_eq!(index.search(query, 1).unwrap()[0].row, row);
    }
}

#[test]
fn long_clips_and_texts_are_refused_or_shortened_as_configured() {
    let folder = tempfile::tempdir().unwrap();
    let long = WORDS.join(" ").repeat(20);
    write(folder.path(), |_| ());
    let model = load(folder.path()).unwrap();
    assert_eq!(model.features(&sign(0.2, 50)).unwrap().frame_count(), 12);
    model.embed_text(&long).unwrap();
    write(folder.path(), |config| {
        (config.video.long_clips, config.text.long_texts) = (LongClip::Refuse, LongText::Refuse);
    });
    let model = load(folder.path()).unwrap();
    let error = model.embed_pose(&sign(0.2, 13)).unwrap_err().to_string();
    assert!(error.contains("13 frames") && error.contains("12"), "{error}");
    assert!(matches!(model.embed_text(&long), Err(SignClipError::Tokenizer(_))));
    write(folder.path(), |config| config.video.long_clips = LongClip::Whole);
    let model = load(folder.path()).unwrap();
    assert_eq!(model.features(&sign(0.2, 50)).unwrap().frame_count(), 50);
    model.embed_pose(&sign(0.2, 50)).unwrap();
}

#[test]
fn texts_are_translated_into_the_prompt() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), |config| {
        (config.text.translate, config.text.prompt) = (true, "<eng> <jos> {text}".into());
    });
    let model = load(folder.path()).unwrap();
    assert!(matches!(model.embed_text("مدرسة"), Err(SignClipError::NoTranslator)));
    let dictionary: Arc<Translate> = Arc::new(|text| match text {
        "مدرسة" => Ok("school".into()),
        "فراغ" => Ok(" ".into()),
        other => Err(format!("no {other}").into()),
    });
    let model = model.with_translator(dictionary);
    assert_eq!(model.prompt("مدرسة").unwrap(), "<eng> <jos> school");
    model.embed_text("مدرسة").unwrap();
    for text in ["بيت", "فراغ"] {
        assert!(model.embed_text(text).unwrap_err().to_string().contains(text));
    }
    for nothing in ["", " ", "…"] {
        assert!(matches!(model.embed_text(nothing), Err(SignClipError::EmptyText)));
    }
}

#[test]
fn what_a_folder_lacks_or_mixes_up_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let error = || load(path).unwrap_err().to_string();
    assert!(error().contains("config.json"));
    write(path, |_| ());
    for name in ["model.safetensors", "statistics.safetensors", "tokenizer.json"] {
        let kept = std::fs::read(path.join(name)).unwrap();
        std::fs::remove_file(path.join(name)).unwrap();
        assert!(error().contains(name) || error().contains("tokenizer"), "{name}: {}", error());
        std::fs::write(path.join(name), kept).unwrap();
    }
    load(path).unwrap();
    let other = Statistics::new(vec![0.0; 609], vec![1.0; 609]).unwrap();
    other.save(&path.join("statistics.safetensors")).unwrap();
    assert!(error().contains("609"), "{}", error());
    write(path, |config| config.text.bert.vocab_size -= 1);
    assert!(load(path).is_err());
    write(path, |_| ());
    let config = std::fs::read_to_string(path.join("config.json")).unwrap();
    std::fs::write(path.join("config.json"), config.replace("\"projection\":8", "\"projection\":9")).unwrap();
    assert!(error().contains("text_projection.weight"), "{}", error());
    std::fs::write(path.join("config.json"), config.replace("\"inputs\":579", "\"inputs\":609")).unwrap();
    assert!(error().contains("video.inputs 579"), "{}", error());
}

#[test]
fn a_fingerprint_changes_with_what_it_is_of() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), |_| ());
    let of = || load(folder.path()).unwrap().fingerprint().unwrap();
    let first = of();
    assert_eq!(of(), first);
    write(folder.path(), |config| config.preprocessing.mirror_left_handed = false);
    assert_ne!(of(), first);
    assert_ne!(fingerprint(["ab", "c"]), fingerprint(["a", "bc"]));
    assert_eq!(fingerprint(["ab", "c"]).len(), 64);
}
