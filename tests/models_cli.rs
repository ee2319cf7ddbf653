//! `nashra models` as people and scripts use it, against a hub on this machine.

mod common;
#[path = "../src/models/weights/pull/testing.rs"]
mod hub;

use common::{Home, stderr, stdout};
use hub::{Reply, TestHub};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

const CONFIG: &[u8] = br#"{"hidden_size": 8}"#;
const TOKENIZER: &[u8] = br#"{"version": "1.0"}"#;

/// One tensor of 200,000 bytes.
fn weights() -> Vec<u8> {
    let header = br#"{"w":{"dtype":"U8","shape":[200000],"data_offsets":[0,200000]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header);
    file.extend((0..200_000_u32).map(|i| (i * 31 % 251) as u8));
    file
}

/// A hub that has one model, and cuts its weights the first time.
fn start_hub() -> TestHub {
    let content = weights();
    let is_first = std::sync::atomic::AtomicBool::new(true);
    TestHub::start(move |seen, _| match seen.file() {
        "config.json" => Reply::file(seen, CONFIG, "\"c\""),
        "tokenizer.json" => Reply::file(seen, TOKENIZER, "\"t\""),
        "model.safetensors" => {
            let reply = Reply::file(seen, &content, "\"w\"");
            let cuts = is_first.swap(false, std::sync::atomic::Ordering::SeqCst);
            if cuts { reply.cut_after(90_000) } else { reply }
        }
        _ => Reply::status(404),
    })
}

/// `nashra models …` with nothing of the user's, not even a way to the real hub.
fn models(home: &Home) -> Command {
    let mut command = home.nashra();
    for variable in [
        "NASHRA_MODELS",
        "HF_HOME",
        "HF_HUB_CACHE",
        "HUGGINGFACE_HUB_CACHE",
        "HF_HUB_OFFLINE",
        "HF_TOKEN",
        "XDG_CACHE_HOME",
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        command.env_remove(variable);
    }
    command.env("HF_ENDPOINT", "http://127.0.0.1:9").arg("models");
    command
}

fn run(home: &Home, args: &[&str]) -> Output {
    models(home).args(args).output().expect("the program starts")
}

fn run_with(home: &Home, hub: &TestHub, args: &[&str]) -> Output {
    models(home).args(args).env("HF_ENDPOINT", hub.url()).output().expect("the program starts")
}

fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output)
}

fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", stdout(output));
    stderr(output)
}

#[test]
fn a_pulled_model_is_found_verified_and_not_pulled_again() {
    let (home, hub) = (Home::new(), start_hub());
    let output = run_with(&home, &hub, &["pull", "bert-uncased"]);
    let folder = PathBuf::from(succeeded(&output).trim());
    assert_eq!(folder, home.path("data/models/bert-uncased"));
    assert!(stderr(&output).contains("the connection was cut at"), "{}", stderr(&output));
    assert_eq!(std::fs::read(folder.join("model.safetensors")).expect("weights"), weights());

    let path = succeeded(&run(&home, &["path", "bert-uncased", "weights"]));
    assert_eq!(PathBuf::from(path.trim()), folder.join("model.safetensors"));
    let verified = succeeded(&run(&home, &["verify", "bert-uncased"]));
    assert!(verified.contains("good: the hash is that of the pull's record"), "{verified}");
    let listed = succeeded(&run(&home, &["list", "--json"]));
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let found = listed.as_array().expect("an array").iter().find(|model| model["id"] == "bert-uncased");
    assert_eq!(found.expect("the model")["found"]["place"], "data folder");

    let asked = hub.seen().len();
    let again = run_with(&home, &hub, &["pull", "bert-uncased"]);
    assert_eq!(PathBuf::from(succeeded(&again).trim()), folder);
    assert_eq!(hub.seen().len(), asked);
}

#[test]
fn a_flipped_bit_is_found_and_ends_with_1() {
    let (home, hub) = (Home::new(), start_hub());
    let to = home.path("elsewhere").display().to_string();
    succeeded(&run_with(&home, &hub, &["pull", "bert-cased", "--to", &to]));
    let file = home.path("elsewhere/bert-cased/model.safetensors");
    let mut bytes = std::fs::read(&file).expect("weights");
    bytes[100_000] ^= 1;
    std::fs::write(&file, bytes).expect("weights");
    let output = run(&home, &["verify", "--models", &to]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("BAD: expected the SHA-256"), "{}", stdout(&output));
    let output = run(&home, &["verify", "--json", "bert-cased", "--models", &to]);
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((json[0]["state"].as_str(), output.status.code()), (Some("bad"), Some(1)));
}

#[test]
fn what_is_not_there_is_no_error_unless_it_is_named() {
    let home = Home::new();
    let verified = succeeded(&run(&home, &["verify"]));
    assert!(verified.contains("arat5: not installed"), "{verified}");
    let output = run(&home, &["verify", "arat5"]);
    assert_eq!(output.status.code(), Some(1));
    let message = failed(&run(&home, &["path", "arat5"]));
    for part in ["pytorch_model.bin", "data/models (data folder)", "nashra models pull arat5"] {
        assert!(message.contains(part), "{part:?} in {message}");
    }
    let listed = succeeded(&run(&home, &["list"]));
    let line = listed.lines().find(|line| line.starts_with("arat5")).expect("a line");
    assert!(line.contains("~1.1 GB") && line.ends_with("not found"), "{line}");
}

#[test]
fn a_half_filled_folder_is_an_error_that_names_what_it_lacks() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("here/arat5")).expect("a folder");
    let output = run(&home, &["verify", "--models", "here"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("here/arat5 lacks config.json"), "{}", stdout(&output));
}

#[test]
fn the_hugging_face_cache_is_looked_in() {
    let home = Home::new();
    let snapshot = home.path("cache/models--bert-base-cased/snapshots/abc");
    std::fs::create_dir_all(&snapshot).expect("a folder");
    for (name, content) in
        [("config.json", CONFIG), ("vocab.txt", b"[UNK]\n"), ("model.safetensors", &weights())]
    {
        std::fs::write(snapshot.join(name), content).expect("a file");
    }
    let output =
        models(&home).args(["path", "bert-cased", "vocab.txt"]).env("HF_HUB_CACHE", "cache").output();
    assert!(succeeded(&output.expect("the program starts")).ends_with("snapshots/abc/vocab.txt\n"));
}

#[test]
fn a_dry_run_names_addresses_and_asks_nobody() {
    let (home, hub) = (Home::new(), start_hub());
    let arguments =
        ["pull", "arat5", "--dry-run", "--revision", "refs/pr/2", "--from", "UBC-NLP/AraT5v2-base-1024"];
    let planned = succeeded(&run_with(&home, &hub, &arguments));
    let address = "/UBC-NLP/AraT5v2-base-1024/resolve/refs%2Fpr%2F2/pytorch_model.bin";
    assert!(planned.contains(address), "{planned}");
    assert!(hub.seen().is_empty() && !home.path("data").exists());
}

#[test]
fn what_cannot_be_pulled_says_why_and_what_to_do() {
    let home = Home::new();
    // The demo model is there already.
    let there = run(&home, &["pull", "sign-clip"]);
    assert!(stdout(&there).trim_end().ends_with("models/sign-clip"), "{}", stdout(&there));
    assert!(failed(&run(&home, &["pull", "arat"])).contains("did you mean \"arat5\"?"));
    assert!(failed(&run(&home, &["pull", "arat5"])).contains("127.0.0.1:9"), "no network");
    assert!(failed(&run(&home, &["pull", "arat5", "--from", "a/b/c"])).contains("ORG/NAME"));
    assert!(failed(&run(&home, &["pull", "arat5", "clip-text", "--revision", "x"])).contains("one model"));
    let output = models(&home).args(["pull", "arat5"]).env("HF_HUB_OFFLINE", "1").output();
    assert!(failed(&output.expect("the program starts")).contains("HF_HUB_OFFLINE"));
    assert_eq!(run(&home, &["pull"]).status.code(), Some(2));
}
