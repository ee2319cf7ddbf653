//! Training as people do it: a practice dataset, one model on the other, runs that are stopped and killed.
//!
//! The networks are as small as they can be and sign nothing; what is tested is that all of it holds together.

mod common;

use common::{Home, stderr, stdout};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// A few words by a few signers, shared by all tests: its folder, made anew and then kept.
static DATASET: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("six-practice-words");
    let synth = |more: &[&str]| -> Value {
        let home = Home::new();
        let mut command = home.nashra();
        command.args(["data", "synth", "--words", "6", "--clips-per-word", "4", "--json"]).args(more);
        let made = finished_in(command.arg("-o").arg(&folder).current_dir(env!("CARGO_TARGET_TMPDIR")));
        serde_json::from_slice(&made.stdout).expect("one JSON object")
    };
    let made = synth(&["--force"]);
    assert_eq!((&made["words"], &made["clips"], &made["kept"]), (&6.into(), &24.into(), &false.into()));
    assert_eq!(synth(&[])["kept"], true);
    folder
});

/// What makes a model's run a matter of moments.
fn tiny(model: &str) -> Vec<String> {
    let own: &[&str] = match model {
        "sign-clip" => &["model.small={ width = 32, layers = 1, words = 60 }", "model.max-frames=8"],
        "vq-vae" => &[
            "model.codes=16",
            "model.code-dim=8",
            "model.width=16",
            "model.depth=1",
            "training.window=8",
            "data.fps=15",
        ],
        "gpt" => &["model.width=32", "model.heads=2", "model.layers=1", "model.longest=20"],
        "motion-clip" => {
            &["model.frames=8", "model.feed-forward=32", "model.layers=1", "model.heads=2", "data.fps=15"]
        }
        _ => &["model.width=32", "model.layers=1", "model.words=60"],
    };
    let all =
        ["run.length={ steps = 3 }", "run.batch-size=4", "run.sample-every={ steps = 3 }", "run.ema=0.5"];
    own.iter().chain(&all).map(|change| (*change).to_owned()).collect()
}

/// `nashra train MODEL` on the dataset, tiny, with more arguments.
fn train(home: &Home, model: &str, more: &[&str]) -> Command {
    let mut command = home.nashra();
    // Results are the same bit for bit with the same number of threads only.
    command
        .env("RAYON_NUM_THREADS", "1")
        .args(["train", model, "--device", "cpu", "--data"])
        .arg(DATASET.as_path());
    for change in tiny(model) {
        command.args(["--set", &change]);
    }
    command.args(more);
    command
}

fn finished(mut command: Command) -> Output {
    finished_in(&mut command)
}

fn finished_in(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

fn json(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("JSON")
}

/// Names of a folder's entries, in order; none of a folder that is not there.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn one_model_is_trained_on_the_other_and_each_leaves_its_run_and_its_folder() {
    let home = Home::new();
    let on_text = ["--text", "text/model"];
    let runs: [(&str, &[&str], &[&str], usize); 5] = [
        ("text", &[], &["config.json", "model.safetensors"], 0),
        ("sign-clip", &[], &["card.json", "config.json", "model.safetensors"], 0),
        ("vq-vae", &[], &["config.json", "vqvae.safetensors", "statistics.safetensors"], 3),
        (
            "gpt",
            &["--vq-vae", "vq-vae/model", on_text[0], on_text[1]],
            &["card.json", "gpt.safetensors", "text"],
            3,
        ),
        ("motion-clip", &on_text, &["card.json", "model.safetensors", "text", "statistics.safetensors"], 6),
    ];
    for (model, more, files, samples) in runs {
        let more = [&["-o", model, "--json"], more].concat();
        let done = finished(train(&home, model, &more));
        let done: Value = serde_json::from_slice(&done.stdout).expect("one JSON object");
        assert_eq!(done["outcome"]["ending"], "finished", "{done:#}");
        assert_eq!(
            (&done["outcome"]["steps"], &done["model"]),
            (&3.into(), &format!("{model}/model").into())
        );
        let run = names(&home.path(model));
        for name in ["report.html", "metrics.csv", "parameters.json", "config.toml", "run.json"] {
            assert!(run.iter().any(|file| file == name), "{model}: {name} in {run:?}");
        }
        assert!(run.iter().any(|file| file.contains("tfevents")), "{model}: {run:?}");
        assert!(json(&home.path(model).join("parameters.json")).as_array().is_some_and(|all| all.len() > 4));
        let written = names(&home.path(model).join("model"));
        assert!(files.iter().all(|file| written.iter().any(|name| name == file)), "{model}: {written:?}");
        let shown = names(&home.path(model).join("samples"));
        assert_eq!(shown.len(), samples, "{model}: {shown:?}");
        let report = std::fs::read_to_string(home.path(model).join("report.html")).expect("a report");
        assert_eq!(report.contains("as generated"), matches!(model, "gpt" | "motion-clip"), "{model}");
        if files.contains(&"card.json") {
            let card = json(&home.path(model).join("model/card.json"));
            assert_eq!(card["trained-on"], "practice", "{model}: {card:#}");
            assert!(card["notes"].as_str().is_some_and(|notes| notes.contains("not Syrian")), "{card:#}");
        }
    }
}

/// The step of a run's newest checkpoint.
fn newest(run: &Path) -> u64 {
    let steps = names(&run.join("checkpoints"));
    let step = |name: &String| name.strip_prefix("step-")?.strip_suffix(".safetensors")?.parse().ok();
    steps.iter().filter_map(step).max().unwrap_or(0)
}

/// A run in the background that has written a checkpoint of a step or later, and goes on.
fn under_way(mut command: Command, run: &Path, step: u64) -> Child {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    let begun = Instant::now();
    while newest(run) < step {
        if let Some(status) = child.try_wait().expect("a child") {
            panic!("it ended at step {} with {status}", newest(run));
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "no checkpoint of step {step}");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
#[cfg(unix)]
fn a_run_that_was_stopped_and_killed_ends_where_one_that_never_was_ends() {
    let home = Home::new();
    let changes = ["run.length={ steps = 80 }", "run.sample-every={ steps = 0 }", "run.checkpoint-every=1"];
    let more = |run| {
        let [length, samples, checkpoints] = changes;
        ["--set", length, "--set", samples, "--set", checkpoints, "--seed", "5", "-o", run]
    };
    finished(train(&home, "vq-vae", &more("whole")));
    let broken = home.path("broken");

    let child = under_way(train(&home, "vq-vae", &more("broken")), &broken, 3);
    let term = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    let output = child.wait_with_output().expect("it ends");
    assert!(term.success());
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).contains("-o broken goes on"), "{}", stderr(&output));
    let stopped = newest(&broken);
    assert!((3..80).contains(&stopped) && !broken.join("model").exists(), "stopped at {stopped}");

    let mut child = under_way(train(&home, "vq-vae", &more("broken")), &broken, stopped + 3);
    child.kill().expect("kill -9");
    child.wait().expect("it ends");
    assert!((stopped..80).contains(&newest(&broken)) && !broken.join("model").exists());

    finished(train(&home, "vq-vae", &more("broken")));
    for file in ["vqvae.safetensors", "statistics.safetensors", "config.json"] {
        let bytes = |run: &str| std::fs::read(home.path(run).join("model").join(file)).expect("a file");
        assert!(bytes("whole") == bytes("broken"), "{file}");
    }
    let again = finished(train(&home, "vq-vae", &more("broken")));
    assert!(stdout(&again).contains("80 ("), "what is finished is not done again: {}", stdout(&again));
}

#[test]
fn what_cannot_be_trained_is_told_by_name() {
    let home = Home::new();
    let told = |more: &[&str]| {
        let output = train(&home, "text", more).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(1), "{more:?}: {}", stderr(&output));
        stderr(&output)
    };
    let error = told(&["--preset", "huge"]);
    assert!(error.contains("huge") && error.contains("small"), "{error}");
    assert!(told(&["--set", "run.lenght=3"]).contains("lenght"));
    assert!(told(&["--set", "model.width=wide"]).contains("width"));
    assert!(told(&["--set", "run"]).contains("KEY=VALUE"));
    let error = told(&["--split", "nobody"]);
    assert!(error.contains("nobody") && error.contains("take"), "{error}");
    assert!(told(&["--split", "signer:nobody"]).contains("nobody"));
    assert!(told(&["--config", "no.toml"]).contains("cannot read no.toml"));
    let usage = |args: &[&str]| home.run([&["train"], args].concat()).status.code();
    assert_eq!(usage(&["text"]), Some(2), "no dataset");
    assert_eq!(usage(&["texts", "--data", "x"]), Some(2));
    assert_eq!(usage(&["text", "--data", "x", "--device", "abacus"]), Some(2));
    assert_eq!(usage(&["text", "--data", "x", "--preset", "small", "--config", "x"]), Some(2));
    let output = home.run(["train", "text", "--data", "nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains("nowhere") && error.contains("dataset.json"), "{error}");
    let output = train(&home, "gpt", &["-o", "gpt"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--vq-vae"), "{}", stderr(&output));
    let output = train(&home, "gpt", &["-o", "gpt", "--vq-vae", "no-folder"]).output().expect("it starts");
    assert!(stderr(&output).contains("no-folder"), "{}", stderr(&output));
}

#[test]
fn settings_that_are_shown_are_settings_that_are_read() {
    let home = Home::new();
    let shown = |args: &[&str]| {
        let output = home.run([&["train"], args, &["--show"]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    for model in ["sign-clip", "motion-clip", "vq-vae", "gpt", "text"] {
        let settings = shown(&[model, "--set", "run.batch-size=7", "--seed", "9"]);
        assert!(settings.contains("batch-size = 7") && settings.contains("seed = 9"), "{settings}");
        std::fs::write(home.path("own.toml"), &settings).expect("a file");
        assert_eq!(shown(&[model, "--config", "own.toml"]), settings, "{model}");
    }
    assert!(shown(&["vq-vae", "--preset", "paper"]) != shown(&["vq-vae"]));
}

#[test]
fn demo_models_are_made_in_one_go_and_signed_with() {
    let home = Home::new();
    let mut command = home.nashra();
    command
        .env("RAYON_NUM_THREADS", "1")
        .args(["train", "demo", "-o", "models", "--data"])
        .arg(DATASET.as_path());
    for model in ["text", "sign-clip", "vq-vae", "gpt", "motion-clip"] {
        for change in tiny(model) {
            command.args(["--set", &format!("{model}.{change}")]);
        }
    }
    let output = finished(command);
    assert_eq!(stdout(&output).lines().count(), 5, "{}", stdout(&output));
    assert_eq!(names(&home.path("models")), ["motion-clip", "sign-clip", "t2m-gpt"]);
    for source in ["generate", "retrieve"] {
        let output = home.run(["gloss", "وزارة", "--json", "--source", source, "--models", "models"]);
        assert!(output.status.success(), "{source}: {}", stderr(&output));
        let plan: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        let provenance = &plan["signs"][0]["provenance"];
        let is_its = provenance["kind"] == "generated" && provenance["trained_on"] == "practice";
        assert!(is_its || (source == "retrieve" && provenance.is_object()), "{plan:#}");
    }
}

#[test]
fn datasets_are_checked_counted_split_shown_and_merged() {
    let home = Home::new();
    let set = DATASET.to_str().expect("a path");
    let run = |args: &[&str]| home.run([&["data"], args].concat());
    let json = |args: &[&str]| -> Value {
        let output = run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        serde_json::from_slice(&output.stdout).expect("one JSON value")
    };
    // A dataset of its own: other tests read the shared one's splits.
    let merged = json(&["import", set, "-o", "own", "--name", "«نسخة» \"1\"", "--json"]);
    assert!(merged.is_object(), "{merged:#}");
    let checked = json(&["check", "own", "--json"]);
    assert_eq!((&checked["clips"], &checked["words"]), (&24.into(), &6.into()), "{checked:#}");
    assert!(json(&["stats", "own", "-o", "figures", "--json"]).is_object());
    assert_eq!(names(&home.path("figures")), ["categories.svg", "lengths.svg", "stats.json"]);
    let split = json(&["split", "own", "--by", "take", "--name", "مقسوم", "--json"]);
    assert_eq!(split["parts"]["test"]["clips"], 6, "{split:#}");
    assert_eq!(names(&home.path("own/splits")), ["مقسوم.csv"]);
    let shown = json(&["show", "own", "--json"]);
    assert_eq!(shown["about"]["name"], "«نسخة» \"1\"", "{shown:#}");
    assert_eq!(shown["about"]["trained_on_kind"], "practice", "merged is practice still");
    let id = shown["clips"][0]["id"].as_str().expect("an id");
    let clip = json(&["show", "own", id, "-o", "strip.svg", "--json"]);
    assert!(clip["points"].as_u64().is_some_and(|points| points > 190), "{clip:#}");
    assert!(std::fs::read_to_string(home.path("strip.svg")).expect("a strip").starts_with("<svg"));
}

#[test]
fn strange_names_and_folders_are_refused_by_all_of_data() {
    let home = Home::new();
    let set = DATASET.to_str().expect("a path");
    let refused = |args: &[&str], code: i32, what: &str| {
        let output = home.run([&["data"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(what), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{args:?}: {}", stdout(&output));
    };
    for name in ["../out", "a/b", "", ".", "a\0b".trim_end_matches("\0b").repeat(300).as_str()] {
        let output = home.run(["data", "split", set, "--name", name]);
        assert_eq!(output.status.code(), Some(1), "{name:?}: {}", stdout(&output));
    }
    assert!(names(&DATASET.join("splits")).is_empty() && !DATASET.join("out.csv").exists());
    refused(&["split", set, "--by", "moon"], 2, "moon");
    refused(&["split", set, "--by", "signer:nobody"], 1, "nobody");
    refused(&["show", set, "no-such-clip"], 1, "no-such-clip");
    refused(&["check", set, "--split", "nothing"], 1, "nothing");
    refused(&["check", set, "--near", "7"], 2, "0 to 1");
    refused(&["import", "nowhere", "-o", "x"], 1, "nowhere");
    refused(&["synth", "--words", "0", "-o", "x"], 2, "0");
    for command in ["check", "stats", "split", "show"] {
        refused(&[command, "no-dataset"], 1, "no-dataset");
    }
    std::fs::create_dir(home.path("taken")).expect("a folder");
    std::fs::write(home.path("taken/dataset.json"), "{}").expect("a file");
    refused(&["synth", "--words", "1", "--clips-per-word", "1", "-o", "taken"], 1, "--force");
    refused(&["show", "taken"], 1, "dataset.json");
}
