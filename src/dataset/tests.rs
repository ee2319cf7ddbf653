//! The dataset as a whole: what is written is read, damage is an error, splits keep their promises.

use super::*;
use crate::lexicon::TrainedOn;
use crate::pose::{ImageSize, Layout, PoseSequence};
use glam::Vec3;
use proptest::prelude::*;
use std::path::Path;

fn about() -> About {
    About { name: "t".into(), trained_on_kind: TrainedOn::Practice, notes: "made\nby hand".into() }
}

fn word(key: &str) -> Word {
    Word {
        key: key.into(),
        gloss: format!("«{key}», \"x\""),
        category: String::new(),
        forms: vec![key.into()],
    }
}

fn record(id: &str, word: usize, signer: &str, take: u32) -> ClipRecord {
    ClipRecord {
        id: id.into(),
        word,
        signer: signer.into(),
        session: format!("day-{}", take % 2),
        take,
        fps: 0.0,
        frames: 0,
        source: "a, \"b\".pose".into(),
        copy_of: None,
    }
}

/// A clip of noise about moving points, some of them unseen for a while.
fn clip(layout: std::sync::Arc<Layout>, frames: usize, seed: u64) -> PoseSequence {
    let size = ImageSize { width: 640, height: 480, depth: 0 };
    let mut clip = PoseSequence::unseen(layout, size, 60.0, frames);
    let mut dice = dice::Dice::new(seed, &[]);
    let points = clip.point_count();
    for i in 0..clip.positions.len() {
        let (frame, point) = ((i / points) as f32, (i % points) as f32);
        if dice.unit() < 0.1 {
            continue;
        }
        clip.confidences[i] = dice.unit().max(1e-6);
        let noise = Vec3::new(dice.unit(), dice.unit(), dice.unit());
        clip.positions[i] =
            Vec3::new(300.0 + point, 200.0 + 3.0 * (0.1 * frame).sin() * point, -point) + noise;
    }
    clip
}

/// Words `a`, `b` with `takes` clips by each of the signers; the second of each is a copy of the first.
fn dataset(folder: &Path, signers: &[&str], takes: u32) -> Dataset {
    let mut writer = DatasetWriter::create(folder, about()).unwrap();
    for key in ["a", "b"] {
        let number = writer.word(word(key));
        for signer in signers {
            for take in 0..takes {
                let id = format!("{key}-{signer}-{take}");
                let landmarks = clip(Layout::signclip_203(), 2 + take as usize, 1);
                writer.push(record(&id, number, signer, take), &landmarks).unwrap();
            }
        }
    }
    writer.finish().unwrap()
}

#[test]
fn what_is_written_is_read_within_half_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let layouts = [Layout::signclip_203(), Layout::holistic_543(), Layout::syrisign_193()];
    let clips: Vec<_> = (0..3).map(|i| clip(layouts[i].clone(), 5 * i, i as u64)).collect();
    let mut writer = DatasetWriter::create(folder.path(), about()).unwrap();
    let number = writer.word(word("سلام"));
    assert_eq!(writer.word(Word { forms: vec!["السلام".into()], ..word("سلام") }), number);
    for (i, clip) in clips.iter().enumerate() {
        writer.push(record(&format!("c{i}"), number, "s", 0), clip).unwrap();
    }
    let dataset = writer.finish().unwrap();
    assert_eq!((dataset.about(), dataset.words().len()), (&about(), 1));
    assert_eq!(dataset.words()[0].forms, ["سلام", "السلام"]);
    assert_eq!(dataset.clips()[2], ClipRecord { fps: 60.0, frames: 10, ..record("c2", 0, "s", 0) });
    for (i, clip) in clips.iter().enumerate() {
        let read = dataset.read(i).unwrap();
        assert_eq!((&read.layout, read.size, read.fps), (&clip.layout, clip.size, clip.fps));
        assert_eq!(read.frame_count(), clip.frame_count());
        for j in 0..clip.positions.len() {
            assert_eq!(read.confidences[j] == 0.0, clip.confidences[j] == 0.0);
            assert!((read.confidences[j] - clip.confidences[j]).abs() < 0.5 / 255.0 + 0.004);
            // The widest axis spreads over less than 1000.
            let off = (read.positions[j] - clip.positions[j]).abs().max_element();
            assert!(clip.confidences[j] == 0.0 || off <= 1000.0 / 8192.0, "{off}");
        }
    }
    assert!(matches!(dataset.read(3), Err(DatasetError::NoSuchClip { .. })));
    assert!(matches!(DatasetWriter::create(folder.path(), about()), Err(DatasetError::Exists { .. })));
}

#[test]
fn stray_points_cost_precision_and_nothing_else() {
    let mut stray = clip(Layout::syrisign_193(), 4, 3);
    (stray.positions[7], stray.confidences[7]) = (Vec3::new(9e8, -9e8, 0.0), 1.0);
    let layouts = [stray.layout.clone()];
    let read = codec::decode(&EncodedClip::new(&stray).unwrap().bytes(0), &layouts).unwrap();
    assert!((read.positions[7] - stray.positions[7]).abs().max_element() < 9e8 * 2.0 / 65535.0);
}

#[test]
fn what_cannot_be_stored_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = DatasetWriter::create(folder.path(), about()).unwrap();
    let number = writer.word(word("a"));
    let good = clip(Layout::syrisign_193(), 3, 0);
    let mut broken = [good.clone(), good.clone(), good.clone(), good.clone()];
    (broken[0].positions[9].y, broken[0].confidences[9]) = (f32::NAN, 0.5);
    broken[1].confidences[3] = f32::NAN;
    broken[2].positions.pop();
    broken[3].fps = 0.0;
    for clip in &broken {
        let error = writer.push(record("x", number, "s", 0), clip).unwrap_err();
        assert!(matches!(error, DatasetError::Unstorable { .. }), "{error}");
    }
    writer.push(record("x", number, "s", 0), &good).unwrap();
    for record in [record("x", number, "s", 1), record("", number, "s", 1), record("y", 7, "s", 1)] {
        assert!(writer.push(record, &good).is_err());
    }
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(matches!(Dataset::open(folder.path()), Err(DatasetError::NoDataset { .. })));
}

#[test]
fn copies_stay_on_their_originals_side_and_neither_validate_nor_test() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = DatasetWriter::create(folder.path(), about()).unwrap();
    let number = writer.word(word("a"));
    let landmarks = clip(Layout::syrisign_193(), 2, 0);
    for take in 0..20u32 {
        let mut made = record(&format!("c{take}"), number, "s", take);
        // Chains, a circle, and copies of a clip that is not there.
        made.copy_of = match take {
            0..=9 => None,
            10 => Some("c11".into()),
            11 => Some("c10".into()),
            12 | 13 => Some("gone".into()),
            14 => Some("c13".into()),
            _ => Some(format!("c{}", take - 15)),
        };
        writer.push(made, &landmarks).unwrap();
    }
    let dataset = writer.finish().unwrap();
    for seed in 0..30 {
        for rule in [SplitRule::Take, SplitRule::LastTakes, SplitRule::Session("day-1".into())] {
            let split = rule.apply(&dataset, seed).unwrap();
            assert_eq!(split.leaks(&dataset), []);
            let held = split.validation.iter().chain(&split.test);
            let heads = held.filter(|clip| dataset.clips()[**clip].copy_of.is_some());
            assert!(heads.into_iter().all(|clip| [10, 12].contains(clip)), "{split:?}");
        }
    }
    let leaky =
        Split { train: vec![0, 13], test: vec![15, 14], ..SplitRule::Take.apply(&dataset, 0).unwrap() };
    assert_eq!(leaky.leaks(&dataset).len(), 2);
}

#[test]
fn by_take_a_tenth_of_each_word_is_held_by_different_signers() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path(), &["m", "n"], 5);
    let split = SplitRule::Take.apply(&dataset, 4).unwrap();
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (16, 2, 2));
    for (validation, test) in split.validation.iter().zip(&split.test) {
        let (validation, test) = (&dataset.clips()[*validation], &dataset.clips()[*test]);
        assert!(validation.word == test.word && validation.signer != test.signer);
    }
    assert_eq!(SplitRule::Take.apply(&dataset, 4).unwrap(), split);
    assert!((0..9).any(|seed| SplitRule::Take.apply(&dataset, seed).unwrap() != split));
}

#[test]
fn kept_apart_signers_are_in_one_part_and_words_of_theirs_alone_in_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = DatasetWriter::create(folder.path(), about()).unwrap();
    for (key, signers) in [("both", &["m", "n"][..]), ("his", &["m"])] {
        let number = writer.word(word(key));
        for signer in signers {
            for take in 0..4 {
                let id = format!("{key}{signer}{take}");
                writer.push(record(&id, number, signer, take), &clip(Layout::syrisign_193(), 1, 0)).unwrap();
            }
        }
    }
    let dataset = writer.finish().unwrap();
    let split = SplitRule::Signer("m".into()).apply(&dataset, 0).unwrap();
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (3, 1, 4));
    assert!(split.test.iter().all(|clip| dataset.clips()[*clip].signer == "m"));
    assert!(split.left_out.iter().all(|out| out.why == WhyLeftOut::WordOnlyThere));
    assert_eq!(split.left_out.len(), 4);
    let error = SplitRule::Signer("k".into()).apply(&dataset, 0).unwrap_err().to_string();
    assert!(error.contains("\"k\"") && error.contains("m, n"), "{error}");
}

#[test]
fn the_last_takes_test_and_those_before_validate() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path(), &["m", "n"], 5);
    let split = SplitRule::LastTakes.apply(&dataset, 0).unwrap();
    let takes = |part: &[usize]| part.iter().map(|clip| dataset.clips()[*clip].take).collect::<Vec<_>>();
    assert_eq!((takes(&split.test), takes(&split.validation)), (vec![4; 4], vec![3; 4]));
}

#[test]
fn splits_are_saved_by_id_and_names_lead_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(folder.path(), &["m:/ن", "n"], 3);
    for rule in [SplitRule::Take, SplitRule::Signer("m:/ن".into())] {
        assert_eq!(rule.to_string().parse::<SplitRule>().unwrap(), rule);
        let split = rule.apply(&dataset, 0).unwrap();
        let path = split.save(&dataset).unwrap();
        assert_eq!(path.parent().unwrap(), folder.path().join("splits"));
        assert_eq!(Split::load(&dataset, &split.name).unwrap(), split);
    }
    for name in ["", "../x", ".x", "a/b"] {
        assert!(matches!(Split::load(&dataset, name), Err(DatasetError::SplitName { .. })));
    }
    let wrong =
        ["clip,part\nx,train\n", "clip,part\na-n-0,exam\n", "clip,part\na-n-0,test\na-n-0,train\n", "x\n1\n"];
    for (i, text) in wrong.iter().enumerate() {
        std::fs::write(folder.path().join("splits/w.csv"), text).unwrap();
        let error = Split::load(&dataset, "w").unwrap_err();
        let line = if i == 2 { 3 } else { 2 };
        assert!(matches!(error, DatasetError::Row { line: found, .. } if found == line), "{error}");
    }
    assert!("signer:".parse::<SplitRule>().is_err() && "x".parse::<SplitRule>().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn damage_to_any_file_is_an_error_or_changes_nothing_in_the_clips(
        file in 0usize..4, at in any::<prop::sample::Index>(), to in any::<u8>(), cut in any::<bool>()
    ) {
        let folder = tempfile::tempdir().unwrap();
        let whole = dataset(folder.path(), &["s"], 2);
        let before: Vec<_> = (0..whole.clips().len()).map(|clip| whole.read(clip).unwrap()).collect();
        drop(whole);
        let path = folder.path().join(["clips.bin", "clips.csv", "words.csv", "dataset.json"][file]);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = to }
        std::fs::write(&path, bytes).unwrap();
        if let Ok(dataset) = Dataset::open(folder.path()) {
            for clip in 0..dataset.clips().len() {
                match dataset.read(clip) {
                    // A table may have lost or exchanged names; landmarks are whole or an error.
                    Ok(read) => prop_assert!(before.iter().any(|b| b.positions == read.positions)),
                    Err(error) => prop_assert!(matches!(error, DatasetError::Damaged { .. }), "{}", error),
                }
            }
        }
    }
}
