//! Small bundles of random weights, written as training writes them, prove that the parts fit.

use super::*;
use crate::models::checkpoint::save_safetensors;
use crate::models::features::Part;
use crate::models::t2m_gpt::GptConfig;
use crate::models::testing::{
    EVERYTHING, Sizes, write_config, write_motion_clip, write_t2m_gpt, write_text_encoder,
};
use crate::models::weights::Places;
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;
use std::path::Path;

fn loader(folder: &Path) -> Loader {
    Loader::new(Places::only(folder), Device::Cpu)
}

#[test]
fn a_text_becomes_landmarks_the_same_for_the_same_seed() {
    for books in [&[EVERYTHING][..], &[&[Part::Body], &[Part::LeftHand], &[Part::RightHand], &[Part::Face]]] {
        let folder = tempfile::tempdir().unwrap();
        write_t2m_gpt(folder.path(), books, &Sizes::tiny());
        let bundle = T2mGptBundle::load(folder.path(), &loader(folder.path())).unwrap();
        let generate = |seed, frames| bundle.generate("وزارة الصحة", seed, frames).unwrap();
        let clip = generate(3, Some(30));
        assert_eq!((clip.frame_count(), clip.fps), (32, 60.0), "whole tokens");
        assert_eq!(clip, generate(3, Some(30)));
        assert_ne!(clip, generate(4, Some(30)));
        assert!(clip.positions.iter().all(|position| position.is_finite()));
        assert!(clip.shoulders().is_ok());
        let free = generate(3, None).frame_count();
        assert!((16..=76).contains(&free), "{free}");
        let through = bundle.reconstruct(&clip).unwrap();
        assert_eq!(through.frame_count(), clip.frame_count());
    }
}

#[test]
fn motion_clip_makes_as_many_frames_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_motion_clip(folder.path());
    let bundle = MotionClipBundle::load(folder.path(), &loader(folder.path())).unwrap();
    assert_eq!(bundle.generate("مشفى جديد", Some(17)).unwrap().frame_count(), 17);
    let whole = bundle.generate("مشفى جديد", None).unwrap();
    assert_eq!((whole.frame_count(), whole.fps), (24, 30.0));
    let wrong = MotionClipBundleConfig { parts: EVERYTHING.to_vec(), ..config };
    write_config(folder.path(), &wrong);
    let error = MotionClipBundle::load(folder.path(), &loader(folder.path())).unwrap_err().to_string();
    assert!(error.contains("njoints") && error.contains("config.json"), "{error}");
}

#[test]
fn what_does_not_fit_is_told_before_anything_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let good = write_t2m_gpt(path, &[EVERYTHING], &Sizes::tiny());
    let load = || T2mGptBundle::load(path, &loader(path)).map(drop);
    let said = || load().unwrap_err().to_string();
    load().unwrap();
    let gpt = |change: fn(&mut GptConfig)| {
        let mut config = good.clone();
        change(&mut config.gpt);
        write_config(path, &config);
    };
    gpt(|gpt| gpt.clip_dim = 31);
    assert!(said().contains("clip_dim 31"), "{}", said());
    gpt(|gpt| gpt.num_vq = 33);
    assert!(said().contains("nb_code"), "{}", said());
    gpt(|gpt| gpt.num_layers = 2);
    assert!(said().contains("missing"), "{}", said());
    write_config(path, &T2mGptBundleConfig { text: "../text".into(), ..good.clone() });
    assert!(said().contains("../text"), "{}", said());
    write_config(path, &T2mGptBundleConfig { text: "elsewhere".into(), ..good.clone() });
    assert!(said().contains("elsewhere"), "{}", said());
    write_config(path, &good);
    let nan = BTreeMap::from([("mean".to_owned(), Tensor::full(f32::NAN, 3, &Device::Cpu).unwrap())]);
    save_safetensors(&path.join("statistics.safetensors"), &nan).unwrap();
    assert!(said().contains("statistics"), "{}", said());
    std::fs::write(path.join("config.json"), "{").unwrap();
    assert!(said().contains("config.json"), "{}", said());
    std::fs::remove_file(path.join("config.json")).unwrap();
    assert!(said().contains("config.json"), "{}", said());
}

#[test]
fn two_bundles_share_one_text_encoder() {
    let folder = tempfile::tempdir().unwrap();
    write_text_encoder(&folder.path().join("text"), Sizes::tiny().text);
    let loader = loader(folder.path());
    let [a, b] = [(); 2].map(|()| loader.text_encoder(folder.path(), "text").unwrap());
    assert!(std::sync::Arc::ptr_eq(&a, &b));
    assert_eq!(a.dtype(), DType::F32);
}

#[test]
fn a_model_that_two_cores_train_is_small_enough_to_be_given_away() {
    let folder = tempfile::tempdir().unwrap();
    write_t2m_gpt(folder.path(), &[EVERYTHING], &Sizes::small());
    let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
    let bytes = size("vqvae.safetensors") + size("gpt.safetensors");
    assert!((1 << 20..16 << 20).contains(&bytes), "{bytes} bytes");
    let bundle = T2mGptBundle::load(folder.path(), &loader(folder.path())).unwrap();
    assert_eq!(bundle.generate("مشفى", 1, Some(20)).unwrap().frame_count(), 20);
}
