//! Pulling from a hub that cuts, lies and redirects.

use super::testing::{Reply, Seen, TestHub};
use super::{FileState, PullError, PullOptions, PullReport, Puller};
use crate::models::weights::record::Record;
use crate::models::weights::testing::{safetensors, write};
use crate::models::weights::verify::hexadecimal;
use crate::models::weights::{HashSource, Manifest, Model, Progress, Silent};
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;

const CONFIG: &[u8] = b"{\"d\": 1}";

fn model() -> Model {
    model_knowing("")
}

/// A model of two files, of whose weights something is known.
fn model_knowing(known: &str) -> Model {
    let text = format!(
        "[[model]]\nid = 'm'\nname = 'M'\npurpose = 'tests'\nlicence = 'none'\n\
         needs = [{{ role = 'config', any-of = [['config.json']] }},\n\
         {{ role = 'tokenizer-config', any-of = [['t.json']], optional = true }},\n\
         {{ role = 'weights', any-of = [['a.safetensors'], ['a.bin']] }}]\n\
         [[model.source]]\nrepository = 'org/m'\nfile = [{{ name = 'a.safetensors', {known} }}]\n"
    );
    Manifest::parse(&text).unwrap().models()[0].clone()
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new().chain_update(bytes))
}

fn pull(hub: &TestHub, model: &Model, folder: &Path) -> Result<PullReport, PullError> {
    pull_with(hub, model, &PullOptions::default(), folder, &mut Silent)
}

fn pull_with(
    hub: &TestHub,
    model: &Model,
    options: &PullOptions,
    folder: &Path,
    progress: &mut dyn Progress,
) -> Result<PullReport, PullError> {
    let puller = Puller::new(&hub.url(), Some("secret".into())).unwrap();
    puller.waiting(Duration::from_millis(1)).pull(model, options, folder, progress)
}

/// Everything but the weights as a hub has it; those by `weights`.
fn hub(weights: impl Fn(&Seen, usize) -> Reply + Send + 'static) -> TestHub {
    TestHub::start(move |seen, before| match seen.file() {
        "config.json" => Reply::file(seen, CONFIG, "\"c\"").with("x-repo-commit", "c0ffee"),
        "a.safetensors" => weights(seen, before),
        _ => Reply::status(404),
    })
}

fn weights_in(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("a.safetensors")).unwrap()
}

/// The names in a folder that nobody but a pull knows.
fn left_over(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).filter(|name| name.contains(".part")).collect()
}

#[test]
fn files_come_small_ones_first_all_of_one_commit_and_are_recorded() {
    let content = safetensors(300_000);
    let served = content.clone();
    let hub = hub(move |seen, _| Reply::file(seen, &served, "\"w\"").with("x-linked-etag", sha256(&served)));
    let folder = tempfile::tempdir().unwrap();
    let report = pull(&hub, &model(), folder.path()).unwrap();
    assert_eq!(weights_in(folder.path()), content);
    let paths: Vec<_> = hub.seen().into_iter().map(|seen| seen.path).collect();
    let expected = ["main/config.json", "c0ffee/t.json", "c0ffee/a.safetensors"];
    assert_eq!(paths, expected.map(|end| format!("/org/m/resolve/{end}")));
    assert_eq!(report.commit.as_deref(), Some("c0ffee"));
    let hashes: Vec<_> = report.files.iter().map(|file| file.hash_from).collect();
    assert_eq!(hashes, [None, Some(HashSource::Hub)]);
    let record = Record::read(folder.path()).unwrap().unwrap();
    assert_eq!(record.files["a.safetensors"].sha256, sha256(&content));
    assert!(left_over(folder.path()).is_empty());
    let again = pull(&hub, &model(), folder.path()).unwrap();
    assert!(again.files.iter().all(|file| file.kept), "{again:?}");
    assert_eq!(hub.asked_for("a.safetensors"), 1);
}

#[test]
fn a_cut_download_goes_on_where_it_ended() {
    let content = safetensors(300_000);
    let served = content.clone();
    let hub = hub(move |seen, before| {
        let reply = Reply::file(seen, &served, "\"w\"");
        if before < 4 { reply.cut_after(100_000) } else { reply }
    });
    let folder = tempfile::tempdir().unwrap();
    pull(&hub, &model(), folder.path()).unwrap();
    assert_eq!(weights_in(folder.path()), content);
    let asked: Vec<_> = hub.seen().into_iter().filter(|seen| seen.file() == "a.safetensors").collect();
    let from: Vec<usize> = asked
        .iter()
        .map(|seen| seen.header("range").trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0))
        .collect();
    assert_eq!(from.len(), 3, "{asked:?}");
    assert!(from[0] == 0 && from[1] > 0 && from[2] > from[1], "{from:?}");
    assert_eq!(asked[2].header("if-range"), "\"w\"");
}

#[test]
fn a_download_given_up_is_kept_and_another_process_goes_on() {
    let content = safetensors(300_000);
    let served = content.clone();
    let cutting = hub(move |seen, before| match before {
        2 => Reply::file(seen, &served, "\"w\"").cut_after(200_000),
        _ => Reply::file(seen, &served, "\"w\"").cut_after(0),
    });
    let folder = tempfile::tempdir().unwrap();
    let error = pull(&cutting, &model(), folder.path()).unwrap_err();
    assert!(matches!(error, PullError::Cut { .. }), "{error}");
    assert!(error.to_string().contains("the same command goes on"), "{error}");
    assert_eq!(cutting.asked_for("a.safetensors"), 6, "tries");
    let served = content.clone();
    let whole = hub(move |seen, _| Reply::file(seen, &served, "\"w\""));
    let plan = |hub: &TestHub| {
        let puller = Puller::new(&hub.url(), None).unwrap();
        puller.plan(&model(), &PullOptions::default(), folder.path()).unwrap()
    };
    assert!(matches!(plan(&whole)[2].state, FileState::Partial(bytes) if bytes > 0));
    assert_eq!(plan(&whole)[0].state, FileState::Present);
    pull(&whole, &model(), folder.path()).unwrap();
    assert_eq!(weights_in(folder.path()), content);
    assert!(whole.seen().iter().any(|seen| seen.header("range").starts_with("bytes=")));
}

#[test]
fn a_file_that_changed_meanwhile_is_not_spliced() {
    let (old, new) = (safetensors(300_000), safetensors(310_000));
    for promised in [false, true] {
        let (first, second) = (old.clone(), new.clone());
        let hub = hub(move |seen, before| {
            let (content, etag) = if before == 2 { (&first, "\"1\"") } else { (&second, "\"2\"") };
            let reply = Reply::file(seen, content, etag);
            let reply = if promised { reply.with("x-linked-etag", sha256(content)) } else { reply };
            if before == 2 { reply.cut_after(200_000) } else { reply }
        });
        let folder = tempfile::tempdir().unwrap();
        pull(&hub, &model(), folder.path()).unwrap();
        assert!(weights_in(folder.path()) == new, "promised: {promised}");
    }
}

#[test]
fn a_server_without_ranges_sends_all_again() {
    let content = safetensors(300_000);
    let served = content.clone();
    let hub = hub(move |seen, before| {
        let mut plain = seen.clone();
        plain.headers.clear();
        let reply = Reply::file(&plain, &served, "\"w\"");
        if before == 2 { reply.cut_after(9_000) } else { reply }
    });
    let folder = tempfile::tempdir().unwrap();
    pull(&hub, &model(), folder.path()).unwrap();
    assert!(weights_in(folder.path()) == content);
}

#[test]
fn a_range_that_is_not_the_rest_is_not_taken_for_it() {
    let content = safetensors(300_000);
    let served = content.clone();
    let hub = hub(move |seen, before| {
        let (last, total) = (served.len() - 1, served.len());
        let part = |from: usize, body: &[u8]| {
            let range = format!("bytes {from}-{last}/{total}");
            Reply::status(206).of(body).with("content-range", range).with("etag", "\"w\"")
        };
        let asked = seen.header("range").trim_start_matches("bytes=").trim_end_matches('-').parse();
        match (before, asked) {
            (2, _) => Reply::file(seen, &served, "\"w\"").cut_after(100_000),
            // Begins elsewhere than asked; then ends before its range does.
            (3, _) => part(0, &served),
            (4, _) => Reply::file(seen, &served, "\"w\"").cut_after(100_000),
            (5, Ok(from)) => part(from, &served[from..from + 10]),
            _ => Reply::file(seen, &served, "\"w\""),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    pull(&hub, &model(), folder.path()).unwrap();
    assert!(weights_in(folder.path()) == content);
    assert!(hub.seen().len() > 6);
}

#[test]
fn a_hash_that_lies_costs_the_file_and_names_both_hashes() {
    let content = safetensors(300);
    let (served, lie) = (content.clone(), "1".repeat(64));
    let promise = lie.clone();
    let hub = hub(move |seen, _| Reply::file(seen, &served, "\"w\"").with("x-linked-etag", &promise));
    let folder = tempfile::tempdir().unwrap();
    let error = pull(&hub, &model(), folder.path()).unwrap_err();
    assert!(matches!(error, PullError::WrongHash { told_by: HashSource::Hub, .. }), "{error}");
    assert!(error.to_string().contains(&lie) && error.to_string().contains(&sha256(&content)), "{error}");
    assert!(!folder.path().join("a.safetensors").exists() && left_over(folder.path()).is_empty());
}

#[test]
fn the_manifests_hash_and_size_come_before_the_download() {
    let content = safetensors(300);
    let right = sha256(&content);
    let served = content.clone();
    let hub = hub(move |seen, _| Reply::file(seen, &served, "\"w\"").with("x-linked-etag", sha256(&served)));
    let folder = tempfile::tempdir().unwrap();
    let wrong = model_knowing(&format!("sha256 = '{}'", "2".repeat(64)));
    assert!(matches!(pull(&hub, &wrong, folder.path()), Err(PullError::Changed { .. })));
    let wrong = model_knowing("bytes = 7");
    assert!(matches!(pull(&hub, &wrong, folder.path()), Err(PullError::WrongSize { expected: 7, .. })));
    assert!(left_over(folder.path()).is_empty());
    let known = model_knowing(&format!("bytes = {}, sha256 = '{right}'", content.len()));
    let report = pull(&hub, &known, folder.path()).unwrap();
    assert_eq!(report.files[1].hash_from, Some(HashSource::Manifest));
}

#[test]
fn the_token_is_shown_to_the_hub_and_not_to_the_host_of_the_content() {
    let content = safetensors(300_000);
    let hash = sha256(&content);
    let served = content.clone();
    // An etag of 64 digits that is not the file's hash, as some content hosts have.
    let etag = format!("\"{}\"", "3".repeat(64));
    let cdn = TestHub::start(move |seen, before| match before {
        0 => Reply::file(seen, &served, &etag).cut_after(120_000),
        // The address has expired: the hub must be asked for another.
        1 => Reply::status(403),
        _ => Reply::file(seen, &served, &etag),
    });
    let to = cdn.url();
    let hub = hub(move |seen, _| match seen.path.contains("moved") {
        false => Reply::redirect("/moved/a.safetensors"),
        true => Reply::redirect(format!("{to}/blob/a.safetensors?signature=x")).with("x-linked-etag", &hash),
    });
    let folder = tempfile::tempdir().unwrap();
    let report = pull(&hub, &model(), folder.path()).unwrap();
    assert!(weights_in(folder.path()) == content);
    assert_eq!(report.files[1].hash_from, Some(HashSource::Hub));
    assert!(hub.seen().iter().all(|seen| seen.header("authorization") == "Bearer secret"));
    assert_eq!(cdn.seen().len(), 3);
    assert!(cdn.seen().iter().all(|seen| !seen.headers.contains_key("authorization")));
    let last = &cdn.seen()[2];
    assert!(last.header("range").starts_with("bytes="));
    assert_eq!(last.header("if-range"), "", "another host's etag may differ; the hub's promise does not");
}

#[test]
fn what_a_host_of_content_promises_is_not_believed() {
    let content = safetensors(300);
    let served = content.clone();
    let cdn = TestHub::start(move |seen, _| {
        Reply::file(seen, &served, "\"w\"").with("x-linked-etag", "4".repeat(64)).with("x-linked-size", "1")
    });
    let to = cdn.url();
    let hub = hub(move |_, _| Reply::redirect(format!("{to}/a.safetensors")));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(pull(&hub, &model(), folder.path()).unwrap().files[1].hash_from, None);
    assert!(weights_in(folder.path()) == content);
}

#[test]
fn redirects_in_a_circle_end() {
    let hub = hub(|_, _| Reply::redirect("/org/m/resolve/main/a.safetensors"));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(pull(&hub, &model(), folder.path()), Err(PullError::Redirect { .. })));
}

#[test]
fn refusals_say_what_may_help_and_are_not_tried_again() {
    for (status, advice) in [(401, "HF_TOKEN"), (403, "accept the model's terms")] {
        let hub = TestHub::start(move |_, _| Reply::status(status));
        let folder = tempfile::tempdir().unwrap();
        let error = pull(&hub, &model(), folder.path()).unwrap_err().to_string();
        assert!(error.contains(advice) && error.contains(&status.to_string()), "{error}");
        assert_eq!(hub.seen().len(), 1);
        assert!(left_over(folder.path()).is_empty());
    }
}

#[test]
fn a_busy_server_is_asked_again_and_a_missing_alternative_gives_way_to_the_next() {
    let hub = TestHub::start(|seen, before| match (seen.file(), before) {
        (_, 0) => Reply::status(503).with("retry-after", "0"),
        ("config.json", _) => Reply::file(seen, CONFIG, "\"c\""),
        ("a.bin", _) => Reply::file(seen, b"pickle", "\"b\""),
        _ => Reply::status(404),
    });
    let folder = tempfile::tempdir().unwrap();
    let report = pull(&hub, &model(), folder.path()).unwrap();
    let names: Vec<_> = report.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["config.json", "a.bin"]);
}

#[test]
fn what_no_alternative_has_is_named_with_repository_and_revision() {
    let hub = hub(|_, _| Reply::status(404));
    let folder = tempfile::tempdir().unwrap();
    let options = PullOptions { repository: Some("other/m".into()), revision: Some("refs/pr/3".into()) };
    let error = pull_with(&hub, &model(), &options, folder.path(), &mut Silent).unwrap_err().to_string();
    assert_eq!(error, "other/m at refs/pr/3 has no a.safetensors or a.bin");
    assert_eq!(hub.seen()[0].path, "/other/m/resolve/refs%2Fpr%2F3/config.json");
}

#[test]
fn a_folder_is_one_revision_and_one_pull_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let content = safetensors(30);
    let hub = hub(move |seen, _| Reply::file(seen, &content, "\"w\""));
    pull(&hub, &model(), folder.path()).unwrap();
    let options = PullOptions { revision: Some("v2".into()), ..PullOptions::default() };
    let error = pull_with(&hub, &model(), &options, folder.path(), &mut Silent).unwrap_err();
    assert!(error.to_string().contains("holds org/m at main, not org/m at v2"), "{error}");

    /// Tries a second pull while the first is at its weights.
    struct Rival<'a>(&'a TestHub, &'a Path, Option<PullError>);
    impl Progress for Rival<'_> {
        fn begin(&mut self, _: &str, _: u64, _: Option<u64>) {
            self.2 = pull(self.0, &model(), self.1).err();
        }
        fn at(&mut self, _: u64) {}
        fn note(&mut self, _: &str) {}
        fn end(&mut self) {}
    }
    std::fs::remove_file(folder.path().join("a.safetensors")).unwrap();
    let mut rival = Rival(&hub, folder.path(), None);
    pull_with(&hub, &model(), &PullOptions::default(), folder.path(), &mut rival).unwrap();
    assert!(matches!(rival.2, Some(PullError::Busy { .. })), "{:?}", rival.2);
}

#[test]
fn a_whole_part_of_a_process_that_ended_too_early_is_not_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let content = safetensors(300);
    let beginning = format!("{{\"promised\": {:?}, \"bytes\": {}}}", sha256(&content), content.len());
    write(&folder.path().join("a.safetensors.part"), &content);
    write(&folder.path().join("a.safetensors.part.json"), beginning.as_bytes());
    let hub = hub(|_, _| Reply::status(500));
    pull(&hub, &model(), folder.path()).unwrap();
    assert!(weights_in(folder.path()) == content);
    assert_eq!(hub.asked_for("a.safetensors"), 0);
}
