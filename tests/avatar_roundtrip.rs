//! Reading drawn letters back with the real reader, where it is installed.

#![cfg(feature = "app")]

mod common;

use common::{Home, stderr, stdout};
use std::path::PathBuf;

/// The user's own cache folder, if the reader is installed there.
fn cache_with_reader() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")))?;
    cache.join("nashra/holistic/bin/python").exists().then_some(cache)
}

#[test]
fn without_a_reader_nothing_is_drawn_and_the_error_says_how_to_get_one() {
    let home = Home::new();
    let mut command = home.nashra();
    command.env("XDG_CACHE_HOME", home.path("cache")).args(["avatar", "roundtrip", "-o", "out"]);
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for word in ["scripts/setup-holistic", "--reader"] {
        assert!(stderr(&output).contains(word), "{word}: {}", stderr(&output));
    }
    assert!(!home.path("out/letters.mp4").exists());
}

#[test]
fn a_drawn_letter_is_read_back_as_itself() {
    let Some(cache) = cache_with_reader() else {
        eprintln!("skipped: no reader; scripts/setup-holistic installs it");
        return;
    };
    let home = Home::new();
    let run = |more: &[&str]| {
        let mut command = home.nashra();
        command.env("XDG_CACHE_HOME", &cache).args(["avatar", "roundtrip", "--letters", "-o", "out"]);
        let output = command.args(["--take", "1", "--quality", "low", "--json"]).args(more).output();
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{}", stderr(&output));
        serde_json::from_str::<serde_json::Value>(&stdout(&output)).expect("JSON")
    };
    let report = run(&[]);
    let letter = &report[0]["clips"][0];
    assert_eq!(letter["taken_for"], letter["key"], "{letter}");
    assert_eq!(letter["face"]["found"], letter["face"]["of"], "{letter}");
    assert_eq!(report[0]["candidates"], 38);
    assert_eq!(run(&["--reuse"]), report);
}
