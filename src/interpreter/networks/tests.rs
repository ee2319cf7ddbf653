//! Small networks of random weights: they sign nothing sensible, and prove that everything is connected.

use super::*;
use crate::interpreter::gates::Expectations;
use crate::interpreter::model::GenerationRequest;
use crate::interpreter::{
    Headline, Interpreter, InterpreterConfig, Planner, PlannerConfig, Sources, landmarks, text_of,
};
use crate::lexicon::{SignClip, TrainedOn};
use crate::models::testing::{self, EVERYTHING, Sizes};
use crate::models::weights::Places;
use crate::pose::PoseSequence;
use candle_core::Device;

fn loader(folder: &Path) -> Loader {
    Loader::new(Places::only(folder), Device::Cpu)
}

fn write_card(folder: &Path, card: &Card) {
    std::fs::write(folder.join(Card::FILE), serde_json::to_vec(card).unwrap()).unwrap();
}

fn practice_clips(lexicon: &Lexicon, count: usize) -> Vec<PoseSequence> {
    let signs = lexicon.entries().filter(|(_, entry)| entry.provenance == Provenance::Practice);
    let clip = |sign| match lexicon.clip(sign).unwrap() {
        SignClip::Notated(motion) => landmarks::of_motion(&motion),
        SignClip::Recorded(clip) => (*clip).clone(),
    };
    signs.take(count).map(|(sign, _)| clip(sign)).collect()
}

fn card(lexicon: &Lexicon) -> Card {
    Card {
        name: "random 1".into(),
        trained_on: TrainedOn::Practice,
        expectations: Some(Expectations::of(&practice_clips(lexicon, 12)).unwrap()),
        threshold: Some(-1.0),
        notes: String::new(),
    }
}

fn write_sign_clip(folder: &Path, lexicon: &Lexicon) {
    let words = lexicon.entries().map(|(_, entry)| entry.gloss.as_str());
    testing::write_sign_clip(folder, words, [32, 1]);
    write_card(folder, &card(lexicon));
}

fn asking(order: SourceOrder) -> SourceConfig {
    SourceConfig { order, ..SourceConfig::default() }
}

fn interpreter(config: &SourceConfig, models: &Models, lexicon: &Arc<Lexicon>) -> Interpreter {
    let planner = Planner::new(config.order.planner(PlannerConfig::default()));
    let sources = Sources::of(config, models).unwrap();
    Interpreter::new(planner, lexicon.clone(), InterpreterConfig::default()).with_sources(sources)
}

#[test]
fn a_headline_is_signed_with_what_signclip_finds_and_each_sign_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = Arc::new(Lexicon::builtin().unwrap());
    write_sign_clip(&folder.path().join(SIGN_CLIP), &lexicon);
    let (config, indices) = (asking(SourceOrder::Retrieve), folder.path().join("indices"));
    let models = load(&config, &loader(folder.path()), &lexicon, Some(&indices)).unwrap();
    let interpreter = interpreter(&config, &models, &lexicon);
    let utterance = interpreter.interpret(&Headline::new("1", "الحكومة تعلن", "test")).unwrap();
    let kinds: Vec<&str> = utterance.spans.iter().flat_map(|s| &s.provenance).map(Provenance::kind).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|&kind| kind == "retrieved"), "{kinds:?}");
    assert!(utterance.spans.iter().flat_map(|s| &s.provenance).all(Provenance::is_practice));
    // The index is kept, and is read the next time.
    let kept: Vec<_> = std::fs::read_dir(&indices).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(kept.len(), 1);
    let written = std::fs::metadata(&kept[0]).unwrap().modified().unwrap();
    let again = load(&config, &loader(folder.path()), &lexicon, Some(&indices)).unwrap();
    assert_eq!(std::fs::metadata(&kept[0]).unwrap().modified().unwrap(), written);
    let (_, entry) = lexicon.entries().find(|(_, e)| e.provenance == Provenance::Practice).unwrap();
    let nearest = |models: &Models| models.retriever.as_ref().unwrap().nearest(text_of(entry), 3).unwrap();
    assert_eq!(nearest(&models), nearest(&again));
}

#[test]
fn hits_are_nearest_first_by_what_the_threshold_judges() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = Lexicon::builtin().unwrap();
    write_sign_clip(folder.path(), &lexicon);
    let retriever =
        SignClipRetriever::load(folder.path(), card(&lexicon), &loader(folder.path()), &lexicon, None)
            .unwrap();
    for text in ["الحكومة", "مدرسة"] {
        let hits = retriever.nearest(text, usize::MAX).unwrap();
        assert_eq!(hits.len(), retriever.sign_count());
        assert!(hits.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity), "{hits:?}");
        assert!(hits.iter().all(|hit| hit.similarity.abs() < 1.0 + 1e-5));
    }
}

#[test]
fn a_damaged_index_is_made_anew_and_takes_the_place_of_old_ones() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = Lexicon::builtin().unwrap();
    write_sign_clip(&folder.path().join(SIGN_CLIP), &lexicon);
    let indices = folder.path().join("indices");
    let files = || {
        let mut files: Vec<_> =
            std::fs::read_dir(&indices).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    };
    let attempt =
        || load(&asking(SourceOrder::Retrieve), &loader(folder.path()), &lexicon, Some(&indices)).unwrap();
    attempt();
    let [kept] = &files()[..] else { panic!("{:?}", files()) };
    let whole = std::fs::read(kept).unwrap();
    let (old, other) = (indices.join("signs-0123456789abcdef.safetensors"), indices.join("notes.txt"));
    std::fs::write(&old, "old").unwrap();
    std::fs::write(&other, "mine").unwrap();
    std::fs::write(kept, &whole[..whole.len() / 2]).unwrap();
    attempt();
    assert_eq!(std::fs::read(kept).unwrap(), whole);
    assert!(!old.exists() && other.exists(), "{:?}", files());
}

#[test]
fn both_generators_answer_and_untrained_ones_are_stopped_by_the_gates() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = Arc::new(Lexicon::builtin().unwrap());
    testing::write_t2m_gpt(&folder.path().join("t2m-gpt"), &[EVERYTHING], &Sizes::tiny());
    testing::write_motion_clip(&folder.path().join("motion-clip"));
    for kind in [GeneratorKind::T2mGpt, GeneratorKind::MotionClip] {
        write_card(&folder.path().join(kind.name()), &card(&lexicon));
        let config = SourceConfig { generator: Some(kind), ..asking(SourceOrder::Generate) };
        let models = load(&config, &loader(folder.path()), &lexicon, None).unwrap();
        let generator = models.generator(Some(kind)).unwrap();
        let request = GenerationRequest { text: "الحكومة", seed: 1, frames: Some(40) };
        assert!(generator.generate(&request).unwrap().frame_count() >= 40, "{kind:?}");
        let interpreter = interpreter(&config, &models, &lexicon);
        let utterance = interpreter.interpret(&Headline::new("1", "الحكومة", "test")).unwrap();
        let span = &utterance.spans[0];
        assert_eq!(span.provenance, Some(Provenance::Practice), "random weights do not sign");
        assert!(span.passed_over.iter().any(|why| why.contains("expected")), "{:?}", span.passed_over);
    }
}

#[test]
fn a_bridge_leads_from_one_sign_to_the_next_in_as_many_frames_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = Lexicon::builtin().unwrap();
    testing::write_t2m_gpt(folder.path(), &[EVERYTHING], &Sizes::tiny());
    let loader = loader(folder.path());
    let generator =
        BundleGenerator::load(GeneratorKind::T2mGpt, folder.path(), card(&lexicon), &loader).unwrap();
    let mut motions =
        lexicon.entries().filter(|(_, e)| e.provenance == Provenance::Practice).map(|(s, _)| {
            let SignClip::Notated(motion) = lexicon.clip(s).unwrap() else { panic!("notation") };
            motion
        });
    let (before, after) = (motions.next().unwrap(), motions.next().unwrap());
    for frames in [1, 13, 40] {
        let bridge = generator.bridge(&before, &after, frames, "", 0).unwrap();
        assert_eq!((bridge.frames.len(), bridge.fps), (frames, crate::body::Motion::FPS));
    }
}

#[test]
fn nothing_is_loaded_that_nobody_would_ask() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = Lexicon::builtin().unwrap();
    // Broken: loading any of them would fail.
    for model in ["sign-clip", "t2m-gpt"] {
        let path = folder.path().join(model);
        std::fs::create_dir_all(&path).unwrap();
        for file in ["config.json", "model.safetensors", "vqvae.safetensors", "gpt.safetensors"] {
            std::fs::write(path.join(file), "{").unwrap();
        }
        write_card(&path, &card(&lexicon));
    }
    let load = |order| load(&asking(order), &loader(folder.path()), &lexicon, None);
    for order in [SourceOrder::Auto, SourceOrder::Recorded, SourceOrder::Spell] {
        let models = load(order).unwrap();
        assert!(models.retriever.is_none() && models.generators.is_empty(), "{order:?}");
    }
    for (order, model) in [(SourceOrder::Retrieve, "sign-clip"), (SourceOrder::Generate, "t2m-gpt")] {
        let message = load(order).unwrap_err().to_string();
        assert!(message.contains(model), "{message}");
    }
}

/// The builtin lexicon with one recording, so that `auto` looks for a retriever.
fn with_a_recording(folder: &Path) -> Lexicon {
    std::fs::create_dir_all(folder).unwrap();
    practice_clips(&Lexicon::builtin().unwrap(), 1)[0].write(folder.join("a.pose")).unwrap();
    let index = "path,spoken_language,signed_language,start,end,words\na.pose,ar,ssy,0,9000,مشفى\n";
    std::fs::write(folder.join("index.csv"), index).unwrap();
    let config = crate::lexicon::LexiconConfig { data_dir: None, folders: vec![folder.to_owned()] };
    Lexicon::load(&config).unwrap()
}

#[test]
fn what_nobody_named_and_cannot_be_used_is_done_without() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = with_a_recording(&folder.path().join("signs"));
    let models = folder.path().join("models");
    let attempt = |config: &SourceConfig| load(config, &loader(&models), &lexicon, None);
    let learnt = Card { trained_on: TrainedOn::Recorded { language: "ssy".into() }, ..card(&lexicon) };
    for model in ["sign-clip", "t2m-gpt", "motion-clip"] {
        let path = models.join(model);
        std::fs::create_dir_all(&path).unwrap();
        let every = ["config.json", "model.safetensors", "vqvae.safetensors", "gpt.safetensors", "vocab.txt"];
        for file in every {
            std::fs::write(path.join(file), "{").unwrap();
        }
    }
    for is_carded in [false, true] {
        for model in ["sign-clip", "t2m-gpt", "motion-clip"].into_iter().filter(|_| is_carded) {
            write_card(&models.join(model), &learnt);
        }
        let loaded = attempt(&asking(SourceOrder::Auto)).unwrap();
        assert!(loaded.retriever.is_none() && loaded.generators.is_empty(), "{loaded:?}");
        let named = SourceConfig { generator: Some(GeneratorKind::MotionClip), ..SourceConfig::default() };
        assert!(attempt(&named).unwrap_err().to_string().contains("motion-clip"));
        assert!(attempt(&SourceConfig { blend: 0.5, ..SourceConfig::default() }).is_err());
        assert!(attempt(&asking(SourceOrder::Retrieve)).is_err());
    }
}

#[test]
fn a_practice_model_does_not_hide_one_of_recordings_and_may_still_bridge() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = Lexicon::builtin().unwrap();
    testing::write_t2m_gpt(&folder.path().join("t2m-gpt"), &[EVERYTHING], &Sizes::tiny());
    testing::write_motion_clip(&folder.path().join("motion-clip"));
    write_card(&folder.path().join("t2m-gpt"), &card(&lexicon));
    let learnt = TrainedOn::Recorded { language: "ssy".into() };
    write_card(&folder.path().join("motion-clip"), &Card { trained_on: learnt, ..card(&lexicon) });
    let kinds = |config: &SourceConfig| {
        let models = load(config, &loader(folder.path()), &lexicon, None).unwrap();
        models.generators.iter().map(|generator| generator.kind()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&SourceConfig::default()), [GeneratorKind::MotionClip]);
    assert_eq!(kinds(&asking(SourceOrder::Generate)), [GeneratorKind::T2mGpt]);
    let blending = SourceConfig { blend: 0.5, ..SourceConfig::default() };
    assert_eq!(kinds(&blending), GeneratorKind::ALL);
    let only_ways = SourceConfig { order: SourceOrder::Recorded, ..blending };
    assert_eq!(kinds(&only_ways), [GeneratorKind::T2mGpt]);
    let named = SourceConfig { generator: Some(GeneratorKind::T2mGpt), ..SourceConfig::default() };
    assert_eq!(kinds(&named), [GeneratorKind::T2mGpt], "there, though `auto` does not sign with it");
}

#[test]
fn a_model_without_a_card_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    testing::write_t2m_gpt(&folder.path().join("t2m-gpt"), &[EVERYTHING], &Sizes::tiny());
    let lexicon = Lexicon::builtin().unwrap();
    let load = || load(&asking(SourceOrder::Generate), &loader(folder.path()), &lexicon, None);
    let message = load().unwrap_err().to_string();
    assert!(message.contains("card.json") && message.contains("trained on"), "{message}");
    let bare = Card { expectations: None, ..card(&lexicon) };
    write_card(&folder.path().join("t2m-gpt"), &bare);
    assert!(load().unwrap_err().to_string().contains("expectations"));
    write_card(&folder.path().join("t2m-gpt"), &Card { threshold: Some(9.0), ..bare });
    assert!(load().unwrap_err().to_string().contains("threshold"));
}
