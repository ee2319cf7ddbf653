//! The commands that need no renderer, as people and scripts use them.

mod common;

use common::{Home, reference, stderr, stdout};
use serde_json::Value;

const HEADLINE: &str = "وزارة الصحة تعلن افتتاح مشفى جديد في حلب يوم الخميس";

fn plan(home: &Home, args: &[&str]) -> Value {
    let output = home.run(["gloss", "--json"].iter().chain(args));
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn a_plan_covers_the_headline_and_names_the_source_and_rule_of_each_sign() {
    let plan = plan(&Home::new(), &[HEADLINE]);
    assert_eq!(plan["coverage"]["percent"], 100.0, "{plan:#}");
    for sign in plan["signs"].as_array().expect("signs") {
        assert!(sign["rule"].as_str().is_some_and(|rule| !rule.is_empty()), "{sign}");
        if sign["kind"] == "pause" {
            continue;
        }
        let span = &sign["span"];
        let (start, end) = (span["start"].as_u64().unwrap() as usize, span["end"].as_u64().unwrap() as usize);
        assert!(HEADLINE.get(start..end).is_some_and(|words| !words.trim().is_empty()), "{sign}");
        assert_eq!(sign["provenance"]["kind"], "practice", "{sign}");
    }
}

#[test]
fn on_air_no_practice_sign_is_planned() {
    let plan = plan(&Home::new(), &[HEADLINE, "--on-air"]);
    for sign in plan["signs"].as_array().expect("signs") {
        assert_ne!(sign["provenance"]["kind"], "practice", "{sign}");
    }
    assert!(!plan["omitted"].as_array().expect("omitted").is_empty());
}

#[test]
fn spelling_gives_letters_for_words_and_signs_for_figures_only() {
    let plan = plan(&Home::new(), &["افتتاح 3 مدارس في حلب", "--source", "spell"]);
    for sign in plan["signs"].as_array().expect("signs") {
        let expected = if sign["kind"] == "number" { "practice" } else { "letter" };
        assert_eq!(sign["provenance"]["kind"], expected, "{sign}");
    }
    assert_eq!(plan["coverage"]["spelled_words"], 4);
}

#[test]
fn with_recordings_and_letters_only_no_practice_sign_is_planned() {
    let plan = plan(&Home::new(), &[HEADLINE, "--source", "recorded"]);
    let signs = plan["signs"].as_array().expect("signs");
    assert!(signs.iter().all(|sign| sign["provenance"]["kind"] != "practice"), "{plan:#}");
}

#[test]
fn a_folder_of_models_that_is_not_there_is_an_error_and_demo_models_are_practice() {
    let home = Home::new();
    for source in ["retrieve", "generate"] {
        let output = home.run(["gloss", HEADLINE, "--source", source, "--models", "no-models-here"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("--models no-models-here"), "{}", stderr(&output));
        let demo = home.run(["gloss", HEADLINE, "--source", source]);
        assert_eq!(demo.status.code(), Some(0), "{}", stderr(&demo));
        let on_air = home.run(["gloss", HEADLINE, "--source", source, "--on-air"]);
        assert!(!stdout(&on_air).contains("(practice)"), "{}", stdout(&on_air));
    }
    let generated = home.run(["gloss", HEADLINE, "--source", "generate"]);
    assert!(stdout(&generated).contains("generated (practice)"), "{}", stdout(&generated));
    assert_eq!(home.run(["gloss", HEADLINE, "--source", "best"]).status.code(), Some(2));
    assert_eq!(home.run(["gloss", HEADLINE, "--blend", "2"]).status.code(), Some(2));
}

#[test]
fn a_stream_with_bad_lines_goes_on_to_its_end() {
    let mut lines = Vec::new();
    for line in [
        b"".as_slice(),
        b"\xff\xfe broken",
        "😀😀😀".as_bytes(),
        "\u{202e}حلب\u{202c}".as_bytes(),
        "ح\u{64b}\u{64c}\u{64d}\u{64e}\u{64f}\u{650}\u{651}\u{652}لب".as_bytes(),
        "NATO 2026 حلب".as_bytes(),
        b"a\0b",
        HEADLINE.as_bytes(),
    ] {
        lines.extend_from_slice(line);
        lines.push(b'\n');
    }
    let output = Home::new().run_with_input(["gloss", "-", "--json"], &lines);
    assert!(output.status.success(), "{}", stderr(&output));
    let last: Value = serde_json::from_str(stdout(&output).lines().last().expect("a line")).unwrap();
    assert_eq!(last["coverage"]["percent"], 100.0);
}

#[test]
fn a_hundred_thousand_characters_are_planned_or_cut_with_a_notice() {
    let text = "حلب وزارة الصحة كلمةغريبة ".repeat(4000);
    let output = Home::new().run_with_input(["gloss", "-", "--json"], text.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    let plan: Value = serde_json::from_str(stdout(&output).lines().next().expect("a line")).unwrap();
    assert!(!plan["notices"].as_array().expect("notices").is_empty());
}

#[test]
fn wrong_usage_is_2_and_failure_is_1() {
    let home = Home::new();
    assert_eq!(home.run(["gloss"]).status.code(), Some(2));
    assert_eq!(home.run(["no-such-command"]).status.code(), Some(2));
    let output = home.run(["lexicon", "show", "no-such-sign"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let output = home.run(["pose", "info", "no-such-file.pose"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no-such-file.pose"));
}

#[test]
fn a_cut_pose_file_is_an_error_that_names_it() {
    let home = Home::new();
    let path = home.path("cut.pose");
    std::fs::write(&path, [0xcd, 0xcc, 0x4c, 0x3e, 1, 2, 3]).unwrap();
    let output = home.run(["pose".as_ref(), "info".as_ref(), path.as_os_str()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cut.pose"), "{}", stderr(&output));
}

#[test]
fn an_unknown_setting_is_an_error_with_a_guess() {
    let home = Home::new();
    let path = home.path("nashra.toml");
    std::fs::write(&path, "sped = 2.0\n").unwrap();
    let output = home.run(["config".as_ref(), "show".as_ref(), "--config".as_ref(), path.as_os_str()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("did you mean `speed`?"), "{}", stderr(&output));
}

#[test]
fn imported_recordings_take_precedence_and_spell_names() {
    let Some(letters) = reference("jos-letters") else { return };
    let home = Home::new();
    let before = plan(&home, &["زينب"]);
    let output = home.run(["lexicon".as_ref(), "import".as_ref(), letters.as_os_str()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let after = plan(&home, &["زينب"]);
    let kind = |plan: &Value| plan["signs"][0]["provenance"]["kind"].as_str().map(str::to_owned);
    assert_eq!(kind(&before).as_deref(), Some("letter"), "{before:#}");
    assert_eq!(kind(&after).as_deref(), Some("recorded"), "{after:#}");
}

#[test]
fn every_practice_sign_is_listed_as_such() {
    let output = Home::new().run(["lexicon", "list", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let listed = stdout(&output);
    assert!(listed.contains("practice"));
    assert!(!listed.contains("\"language\":\"ssp\""), "nothing that ships may claim to be Syrian");
}

#[test]
fn our_own_avatars_are_checked_by_name_and_strangers_refused_with_the_reason() {
    let home = Home::new();
    let output = home.run(["avatar", "check", "man", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(report["usable"], true);
    std::fs::write(home.path("x.vrm"), "no avatar").expect("a file");
    let output = home.run(["avatar", "check", "x.vrm"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("x.vrm") && stderr(&output).contains("glTF"), "{}", stderr(&output));
}
