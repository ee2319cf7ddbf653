//! What tasks read: splits that do not leak, leading hands, pretrained files, and the demo's chain.

use super::*;
use crate::body::{Camera, Skeleton, filmed};
use crate::dataset::{About as Known, ClipRecord, Dataset, DatasetWriter, Part, Split, Word};
use crate::lexicon::{Lexicon, SignClip};
use crate::models::checkpoint::{Checkpoint, Trainable, save_safetensors};
use crate::pose::PoseSequence;
use crate::train::demo::{Demo, train_all};
use crate::train::{TrainError, motion, pretrained};
use candle_core::Tensor;
use std::collections::BTreeMap;

/// A sign of one hand.
fn sign() -> PoseSequence {
    let lexicon = Lexicon::builtin().unwrap();
    let one_handed = Lexicon::news_words().unwrap().into_iter().find_map(|key| {
        let SignClip::Notated(motion) = lexicon.clip(lexicon.by_key(&key)?).ok()? else { return None };
        let clip = filmed(&motion, Skeleton::reference(), &Camera::REFERENCE);
        let moved = |hand: &str| {
            let wrist = clip.layout.point("POSE_LANDMARKS", hand)?;
            let points = clip.point_count();
            let path: Vec<_> = clip.positions.chunks_exact(points).map(|frame| frame[wrist]).collect();
            Some(path.windows(2).map(|pair| pair[0].distance(pair[1])).sum::<f32>())
        };
        (moved("RIGHT_WRIST")? > 4.0 * moved("LEFT_WRIST")?).then_some(clip)
    });
    one_handed.unwrap()
}

/// One word by three signers, of whom `left` leads with the left hand. The last clip is a copy of the first.
fn dataset(folder: &Path, left: &str) -> Dataset {
    let about = Known { name: "t".into(), trained_on_kind: TrainedOn::Practice, notes: String::new() };
    let mut writer = DatasetWriter::create(folder, about).unwrap();
    let word = Word { key: "a".into(), gloss: "سلام".into(), category: String::new(), forms: vec![] };
    let word = writer.word(word);
    let (clip, copy) = (sign(), Some("s1-0".to_owned()));
    for (signer, take, copy_of) in [("s1", 0, None), ("s2", 0, None), ("s3", 0, None), ("s1", 1, copy)] {
        let clip = if signer == left { clip.mirror_horizontal().unwrap() } else { clip.clone() };
        let record = ClipRecord {
            id: format!("{signer}-{take}"),
            word,
            signer: signer.into(),
            session: String::new(),
            take,
            fps: 0.0,
            frames: 0,
            source: String::new(),
            copy_of,
        };
        writer.push(record, &clip).unwrap();
    }
    writer.finish().unwrap()
}

fn split(train: &[usize], validation: &[usize]) -> Split {
    let (train, validation) = (train.to_vec(), validation.to_vec());
    Split { name: "own".into(), train, validation, test: vec![], left_out: vec![] }
}

#[test]
fn signers_who_lead_with_the_left_hand_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::new(dataset(folder.path(), "s2"), split(&[0, 1, 3], &[2])).unwrap();
    assert_eq!(motion::left_handed(&corpus), ["s2"]);
}

#[test]
fn copies_in_two_parts_and_empty_parts_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |train: &[usize], validation: &[usize]| {
        let dataset = Dataset::open(folder.path()).unwrap();
        Corpus::new(dataset, split(train, validation)).map(|_| ()).map_err(|error| error.to_string())
    };
    dataset(folder.path(), "");
    let error = refused(&[0, 1], &[3]).unwrap_err();
    assert!(error.contains("s1-0 (train)") && error.contains("s1-1 (validation)"), "{error}");
    assert!(refused(&[0, 1, 3], &[]).unwrap_err().contains("validation"));
    assert!(refused(&[], &[1]).unwrap_err().contains("train"));
    assert_eq!(refused(&[0, 3], &[1]), Ok(()));
}

#[test]
fn clips_of_which_nothing_can_be_made_are_left_out_and_all_of_them_is_an_error() {
    let clips = CORPUS.clips(Part::Train);
    let odd = |clip, _| if clip % 2 == 1 { Ok(clip) } else { Err("even") };
    let expected: Vec<usize> = clips.iter().copied().filter(|clip| clip % 2 == 1).collect();
    assert_eq!(CORPUS.read(Part::Train, odd).unwrap(), expected);
    assert!(matches!(CORPUS.read(Part::Train, |_, _| Err::<(), _>("no")), Err(TrainError::Settings(_))));
    let counts = CORPUS.counts(clips);
    assert_eq!(counts.values().sum::<usize>(), clips.len());
    assert!(counts.len() == 4 && counts.contains_key(&CORPUS.label(clips[0])));
}

#[test]
fn pretrained_files_that_are_missing_or_of_another_network_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = pretrained::weights(folder.path()).unwrap_err().to_string();
    assert!(error.contains("model.safetensors") && error.contains("checkpoint_best.pt"), "{error}");
    let path = folder.path().join("model.safetensors");
    let tensor = Tensor::ones(2, DType::F32, &Device::Cpu).unwrap();
    save_safetensors(&path, &BTreeMap::from([("bert.a".to_owned(), tensor)])).unwrap();
    assert_eq!(pretrained::weights(folder.path()).unwrap(), path);
    let bert = Checkpoint::open(&path).unwrap();
    let trainable = Trainable::new(1);
    let vb = trainable.builder(DType::F32, &Device::Cpu);
    let a = vb.get(2, "tower.a").unwrap();
    pretrained::load_bert(&trainable, "tower.", &bert).unwrap();
    assert_eq!(trainable.get("tower.a").unwrap().to_vec1::<f32>().unwrap(), [1.0, 1.0]);
    assert_eq!(a.to_vec1::<f32>().unwrap(), [1.0, 1.0]);
    vb.get(2, "tower.b").unwrap();
    let error = pretrained::load_bert(&trainable, "tower.", &bert).unwrap_err().to_string();
    assert!(error.contains("found none for b"), "{error}");
    assert!(pretrained::load_bert(&trainable, "nothing.", &bert).is_err());
    std::fs::write(folder.path().join("config.json"), "{").unwrap();
    let error = pretrained::json::<u8>(&folder.path().join("config.json")).unwrap_err();
    assert!(error.to_string().contains("config.json"));
}

#[test]
fn text_encoders_are_found_in_folders_of_any_name_and_missing_ones_by_theirs() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("مرمّز النص 1.0");
    task::<TextTask>(&[]).write(&folder, &about(), &CORPUS).unwrap();
    let models = setup(DType::F32).models;
    let encoder = pretrained::text_encoder(&models, folder.to_str().unwrap()).unwrap();
    assert_eq!(encoder.config().text_width(), 32);
    let nowhere = pretrained::text_encoder(&models, "no/such folder").unwrap_err();
    assert!(nowhere.to_string().contains("no/such folder"), "{nowhere}");
}

#[test]
fn a_demo_that_is_stopped_says_where_and_begins_nothing_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let (models, runs) = (folder.path().join("models"), folder.path().join("runs"));
    let changes = tiny("text").into_iter().map(|change| format!("text.{change}")).collect();
    let demo = Demo { corpus: &CORPUS, models: models.clone(), runs: runs.clone(), seed: 1, changes };
    let stop = Stop::new();
    stop.ask();
    let done = train_all(&demo, &stop).unwrap();
    assert_eq!(done.len(), 1);
    assert_eq!((done[0].outcome.ending, &done[0].model), (Ending::Stopped, &None));
    assert!(runs.join("text/run.json").is_file() && !runs.join("sign-clip").exists() && !models.exists());
}
