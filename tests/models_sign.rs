//! Signing with models as people do it: folders of small random networks, which the program must find, load,
//! judge, and refuse where they are broken.
#![cfg(feature = "app")]

mod common;
/// The library's own writers of random models.
#[path = "."]
mod models {
    pub(crate) use nashra::models::{
        bundles, checkpoint, features, layers, motion_clip, sign_clip, t2m_gpt, text, tokenizer,
    };
    #[path = "../src/models/testing.rs"]
    #[allow(dead_code, reason = "of the library's writers this file needs some")]
    pub(crate) mod testing;
}

use common::{Home, stderr};
use models::testing::{EVERYTHING, Sizes, write_sign_clip, write_t2m_gpt};
use nashra::interpreter::networks::Card;
use nashra::interpreter::{Expectations, Headline, Interpreter, InterpreterConfig, Planner};
use nashra::lexicon::{Lexicon, TrainedOn};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

const HEADLINE: &str = "الحكومة تعلن افتتاح مشفى";

/// A practice model's card, its expectations measured on practice signs.
fn card() -> Card {
    let lexicon = Arc::new(Lexicon::builtin().expect("the lexicon"));
    let interpreter = Interpreter::new(Planner::default(), lexicon, InterpreterConfig::default());
    let clip = |word: &str| {
        let utterance = interpreter.interpret(&Headline::new("1", word, "test")).expect("a sign");
        Interpreter::landmarks(&utterance)
    };
    let clips: Vec<_> = ["الحكومة", "مشفى", "حرب", "اقتصاد"].into_iter().map(clip).collect();
    Card {
        name: "random 1".into(),
        trained_on: TrainedOn::Practice,
        expectations: Some(Expectations::of(&clips).expect("expectations")),
        threshold: Some(-1.0),
        notes: String::new(),
    }
}

fn write_card(folder: &Path) {
    let card = serde_json::to_vec(&card()).expect("JSON");
    std::fs::write(folder.join(Card::FILE), card).expect("a card");
}

fn home_with_t2m_gpt() -> Home {
    let home = Home::new();
    let folder = home.path("models/t2m-gpt");
    write_t2m_gpt(&folder, &[EVERYTHING], &Sizes::tiny());
    write_card(&folder);
    home
}

fn home_with_sign_clip() -> Home {
    let home = Home::new();
    let folder = home.path("models/sign-clip");
    write_sign_clip(&folder, ["الحكومة", "مشفى", "حرب", "تعلن"], [32, 1]);
    write_card(&folder);
    home
}

/// Renders to landmarks; what lies beside them.
fn rendered(home: &Home, more: &[&str]) -> Value {
    let args = [["render", HEADLINE, "-o", "x.pose", "--models", "models"].as_slice(), more].concat();
    let output = home.run(args);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read(home.path("x.signs.json")).expect("x.signs.json");
    serde_json::from_slice(&text).expect("JSON")
}

fn signs(transcript: &Value) -> &Vec<Value> {
    transcript["headlines"][0]["signs"].as_array().expect("signs")
}

#[test]
fn what_a_random_generator_makes_is_stopped_and_the_file_says_why() {
    let home = home_with_t2m_gpt();
    let transcript = rendered(&home, &["--source", "generate", "--seed", "3"]);
    assert_eq!(transcript["practice"], true);
    for sign in signs(&transcript) {
        assert_eq!(sign["provenance"]["kind"], "practice", "{sign:#}");
        let why = sign["passed_over"].to_string();
        assert!(why.contains("generated") && why.contains("expected"), "{sign:#}");
    }
}

#[test]
fn what_signclip_finds_is_signed_marked_as_what_it_is_and_kept_off_air() {
    let home = home_with_sign_clip();
    let transcript = rendered(&home, &["--source", "retrieve"]);
    assert_eq!(transcript["practice"], true);
    assert!(signs(&transcript).iter().all(|sign| sign["provenance"]["kind"] == "retrieved"));
    assert!(signs(&transcript).iter().all(|sign| sign["provenance"]["origin"]["kind"] == "practice"));
    let on_air =
        ["render", HEADLINE, "-o", "air.pose", "--models", "models", "--source", "retrieve", "--on-air"];
    let output = home.run(on_air);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("refused-on-air"), "{}", stderr(&output));
    assert!(!home.path("air.pose").exists());
}

#[test]
fn a_broken_model_is_told_by_its_file_before_anything_is_signed() {
    let home = home_with_t2m_gpt();
    let file = |name: &str| home.path("models/t2m-gpt").join(name);
    let told = || {
        let output =
            home.run(["render", HEADLINE, "-o", "x.pose", "--models", "models", "--source", "generate"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(!home.path("x.pose").exists(), "nothing is written");
        stderr(&output)
    };
    let good = |name: &str| std::fs::read(file(name)).expect("a file");
    let (gpt, config) = (good("gpt.safetensors"), good("config.json"));
    let put = |name: &str, bytes: &[u8]| std::fs::write(file(name), bytes).expect("a file");
    put("gpt.safetensors", &gpt[..gpt.len() / 2]);
    assert!(told().contains("gpt.safetensors"), "cut short: {}", told());
    put("gpt.safetensors", &good("vqvae.safetensors"));
    assert!(told().contains("missing"), "another model: {}", told());
    let mut nan = gpt.clone();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    put("gpt.safetensors", &nan);
    assert!(told().contains("NaN"), "not a number: {}", told());
    put("gpt.safetensors", b"cos\nsystem\n(S'touch pwned'\ntR.");
    assert!(told().contains("gpt.safetensors") && !home.path("pwned").exists(), "hostile: {}", told());
    put("gpt.safetensors", &gpt);
    put(
        "config.json",
        String::from_utf8_lossy(&config).replace("\"clip_dim\": 32", "\"clip_dim\": 33").as_bytes(),
    );
    assert!(told().contains("clip_dim 33"), "does not fit its text: {}", told());
    put("config.json", &config);
    std::fs::remove_file(file("card.json")).expect("a card");
    assert!(told().contains("card.json"), "nobody knows what it learnt: {}", told());
}
