//! A small dataset and random models: what is measured of them is known or bounded.

use super::distances::on_the_shoulders_of;
use super::testing::{GLOSSES, corpus};
use super::*;
use crate::dataset::Part as Portion;
use crate::eval::table::Table;
use crate::models::bundles::{Loader, MotionClipBundle, T2mGptBundle};
use crate::models::features::Part;
use crate::models::sign_clip::SignClip;
use crate::models::testing::{EVERYTHING, Sizes, write_motion_clip, write_sign_clip, write_t2m_gpt};
use crate::models::weights::Places;
use crate::train::{RunAbout, RunFolder};
use candle_core::{DType, Device};
use glam::Vec3;
use std::path::Path;

fn quiet(_: &'static str, _: usize, _: usize) {}

fn judge(folder: &Path, bench: &Bench) -> Judge {
    write_sign_clip(folder, GLOSSES, [16, 1]);
    Judge::new(SignClip::load(folder, DType::F32, &Device::Cpu).unwrap(), bench).unwrap()
}

fn loader(folder: &Path) -> Loader {
    Loader::new(Places::only(folder), Device::Cpu)
}

/// A cell by the beginning of its row's name, and its column.
fn cell(table: &Table, row: &str, column: &str) -> f64 {
    let at = table.columns.iter().position(|name| name == column).expect(column);
    let row = table.rows.iter().find(|found| found.metric.starts_with(row)).expect(row);
    row.cells[at].expect("a value").mean
}

/// The recordings of the part as if they had been made, at another place and size.
fn copied(recorded: &[Shown]) -> Made {
    let moved = |shown: &Shown| {
        let mut pose = shown.of.clone();
        pose.positions.iter_mut().for_each(|position| *position = *position / 150.0 + Vec3::X);
        Motion { word: shown.word, pose, embedding: None }
    };
    Made { name: "copies", samples: 1, motions: recorded.iter().map(moved).collect() }
}

#[test]
fn neighbours_find_words_that_differ_and_stand_beside_chance_and_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(&folder.path().join("data"));
    let bench = Bench::new(&corpus, Portion::Test, None).unwrap();
    assert_eq!(bench.words(), [0, 1, 2]);
    let judge = judge(&folder.path().join("judge"), &bench);
    let clips = judge.embed_clips(&bench, &bench.clips(Portion::Test), &quiet).unwrap();
    for table in retrieval(&bench, Some((&judge, &clips)), &quiet).unwrap() {
        for way in ["1-NN DTW", "1-NN vector", "nearest centroid"] {
            assert_eq!(cell(&table, "hit rate@1", way), 1.0, "{way} {}", table.title);
        }
        assert!((cell(&table, "hit rate@1", "chance") - 1.0 / 3.0).abs() < 1e-9, "{}", table.title);
        assert!((0.0..=1.0).contains(&cell(&table, "hit rate@1", "SignCLIP")));
        assert_eq!(cell(&table, "hit rate@5", "paper"), 0.5526);
    }
    let alone = retrieval(&Bench::new(&corpus, Portion::Test, Some(2)).unwrap(), None, &quiet).unwrap();
    assert_eq!(alone[0].columns, ["1-NN DTW", "1-NN vector", "nearest centroid", "chance", "paper"]);
    assert!((cell(&alone[1], "hit rate@1", "chance") - 0.5).abs() < 1e-9, "of two words");
}

#[test]
fn a_copy_of_a_recording_is_at_no_distance_and_moves_as_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path());
    let bench = Bench::new(&corpus, Portion::Test, None).unwrap();
    let recorded = bench.led_by_right(&bench.clips(Portion::Test)).unwrap();
    let train = bench.led_by_right(&bench.clips(Portion::Train)).unwrap();
    let made = [copied(&recorded)];
    let table = distances(&bench, &made, &recorded, &train, &quiet);
    for measure in ["nDTWp (", "DTWp (", "nDTW-MJE (", "MPJPE hands (", "PA-MPJPE hands ("] {
        assert!(cell(&table, measure, "copies") < 1e-3, "{measure}");
    }
    assert!(cell(&table, "nDTWp (", "same signer") < 0.5 * cell(&table, "nDTWp (", "another word"));
    assert!(cell(&table, "nDTWp (", "another signer") > 0.0);
    let motion = motion(&made, None, &recorded);
    assert!((cell(&motion, "hand energy", "copies / recorded") - 1.0).abs() < 1e-4);
    let placed = on_the_shoulders_of(&made[0].motions[0].pose, &recorded[0].of).unwrap();
    let apart = (placed.positions[11] - recorded[0].of.positions[11]).length();
    assert!(apart < 1e-2, "{apart} pixels");
}

#[test]
fn motions_that_say_their_word_are_read_and_unread_ones_come_last() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(&folder.path().join("data"));
    let bench = Bench::new(&corpus, Portion::Test, None).unwrap();
    let judge = judge(&folder.path().join("judge"), &bench);
    let [part, train] = [Portion::Test, Portion::Train]
        .map(|part| judge.embed_clips(&bench, &bench.clips(part), &quiet).unwrap());
    let recorded = Recorded { part: &part, train: &train };
    let mut said = copied(&bench.led_by_right(&bench.clips(Portion::Test)).unwrap());
    for motion in &mut said.motions {
        // Far along the text's own direction, and away from the others'.
        let own = &judge.texts()[motion.word];
        let mean = |i: usize| judge.texts().iter().map(|text| text[i]).sum::<f32>() / 3.0;
        motion.embedding = Some((0..own.len()).map(|i| own[i] - mean(i)).collect());
    }
    let mute = Made {
        name: "mute",
        motions: said.motions.iter().cloned().map(|m| Motion { embedding: None, ..m }).collect(),
        ..said.clone()
    };
    let table = reading(&judge, &recorded, &[said.clone(), mute], None).unwrap();
    assert_eq!(cell(&table, "hit rate@1", "copies"), 1.0);
    assert_eq!(cell(&table, "MedR", "mute"), 3.0, "of three words the last");
    assert!((cell(&table, "hit rate@1", "chance") - 1.0 / 3.0).abs() < 1e-9);
    // All recordings as if made: nothing is between the two sets.
    let all = train.iter().chain(&part).zip(said.motions.iter().cycle());
    let all = all.map(|(clip, motion)| Motion {
        word: clip.word,
        embedding: Some(clip.of.clone()),
        ..motion.clone()
    });
    let all = Made { motions: all.collect(), ..said };
    let table = as_a_set(&judge, &recorded, &[all], 1).unwrap();
    assert!(cell(&table, "FID", "copies").abs() < 1e-3, "{}", cell(&table, "FID", "copies"));
    assert!(cell(&table, "spread within", "copies") < cell(&table, "diversity", "copies") + 1.0);
    let precision = table.rows.iter().find(|row| row.metric == "R-precision@1").unwrap();
    assert_eq!(precision.cells[0], None, "three texts fill no pool");
}

#[test]
fn generators_make_as_many_motions_as_they_can_tell_apart_the_same_for_a_seed() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(&folder.path().join("data"));
    let bench = Bench::new(&corpus, Portion::Test, Some(2)).unwrap();
    let [t2m, clip] = ["t2m", "clip"].map(|name| folder.path().join(name));
    write_t2m_gpt(&t2m, &[EVERYTHING], &Sizes::tiny());
    write_motion_clip(&clip);
    let t2m = Generator::T2mGpt(T2mGptBundle::load(&t2m, &loader(&t2m)).unwrap());
    let clip = Generator::MotionClip(MotionClipBundle::load(&clip, &loader(&clip)).unwrap());
    let made = |generator, seed| make(generator, &bench, None, (3, seed), &quiet).unwrap();
    let [a, again, other] = [5, 5, 6].map(|seed| made(&t2m, seed));
    assert_eq!((a.motions.len(), a.samples), (6, 3));
    let poses = |made: &Made| made.motions.iter().map(|motion| motion.pose.clone()).collect::<Vec<_>>();
    assert_eq!(poses(&a), poses(&again));
    assert_ne!(poses(&a), poses(&other));
    assert_eq!(made(&clip, 5).motions.len(), 2, "one a word");
}

#[test]
fn codes_are_counted_over_all_clips_of_the_part() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(&folder.path().join("data"));
    let bench = Bench::new(&corpus, Portion::Test, None).unwrap();
    let model = folder.path().join("t2m");
    write_t2m_gpt(&model, &[&[Part::Body, Part::Face], &[Part::LeftHand, Part::RightHand]], &Sizes::tiny());
    let bundle = T2mGptBundle::load(&model, &loader(&model)).unwrap();
    let recorded = bench.led_by_right(&bench.clips(Portion::Test)).unwrap();
    let codes = codebook(&bench, &bundle, &recorded, &quiet).unwrap();
    assert_eq!(codes.clips.len(), 3);
    assert_eq!(codes.table.columns, ["Body + Face", "LeftHand + RightHand"]);
    assert!((1.0..=32.0).contains(&codes.perplexity), "{}", codes.perplexity);
    assert!(codes.loss > 0.0 && codes.commitment > 0.0, "random codes lose much");
    assert_eq!(cell(&codes.table, "codes", "Body + Face"), 32.0);
    let table = table_iii(&[], Some(&codes), Some(0.25));
    assert_eq!(cell(&table, "T2M-GPT VQ-VAE: perplexity", "ours"), codes.perplexity);
    assert_eq!(cell(&table, "SignCLIP both towers: R@5", "ours"), 0.25);
}

#[test]
fn losses_of_runs_stand_beside_the_papers_and_reading_leaves_the_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let runs = [(1.0, "a"), (3.0, "b")].map(|(loss, name)| {
        let path = folder.path().join(name);
        let about = RunAbout::new("sign-clip-small", 1, "cpu", "small (take)");
        RunFolder::create_at(&path, "", &about).unwrap();
        let rows = format!(
            "step,epoch,split,name,value\n1,0,train,pose-to-text,9\n2,1,train,pose-to-text,{loss}\n\
                            2,1,train,text-to-pose,0.5\n2,1,validation,pose-to-text,7\n"
        );
        std::fs::write(path.join("metrics.csv"), rows).unwrap();
        std::fs::remove_dir_all(path.join("samples")).ok();
        let run = Run::read(&path).unwrap();
        assert!(!path.join("samples").exists());
        run
    });
    let table = table_iii(&runs, None, None);
    assert_eq!(cell(&table, "SignCLIP both towers: training loss", "ours"), 2.5);
    assert_eq!(cell(&table, "SignCLIP both towers: training loss", "paper"), 1.5264);
    assert_eq!(table.rows[0].cells[0], None, "there is no MotionCLIP");
    assert!(Run::read(folder.path()).is_err());
}
