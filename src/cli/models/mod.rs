//! `nashra models`: which models there are, where they lie, whether they are whole, and getting them.

mod install;

pub(super) use install::holistic_folder;

use super::tables::{print, print_json, table};
use crate::config::Config;
use crate::models::weights::{
    FileCheck, FileState, Found, Headers, Manifest, Model, ModelCheck, Places, Planned, Progress, PullError,
    PullOptions, Puller, WeightsError, verify,
};
use anyhow::ensure;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const AFTER_HELP: &str = "Models are looked for in --models, NASHRA_MODELS, the settings' `models`, models/ in \
the working folder and beside the program, the user's data folder, and the Hugging Face cache. A model's \
folder goes by its id (arat5/), by its repository's name (AraT5-base/) or in full (UBC-NLP/AraT5-base/).\n\n\
On a machine without a network: pull on another one, carry the folder over, and name it with --models.";

/// Arguments of `nashra models`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// A folder of models, looked in first; a pull puts models there [env: NASHRA_MODELS].
    #[arg(long, value_name = "DIR", global = true)]
    models: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List the models: what each is for, its size, its licence, and where it was found.
    List {
        /// As JSON, one array.
        #[arg(long)]
        json: bool,
    },
    /// Read models through: sizes, hashes, and whether each file opens. Ends with 1 if one is bad.
    Verify {
        /// Which; all that are found where none is named.
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// As JSON, one array.
        #[arg(long)]
        json: bool,
    },
    /// Download models from the Hugging Face hub; a download that was cut goes on where it ended.
    ///
    /// HF_ENDPOINT names another hub, HF_TOKEN says who asks (it is shown to the hub only), HTTPS_PROXY a
    /// proxy. Every file is held against the hash that the hub promises.
    Pull(Pull),
    /// Put the networks of MediaPipe Holistic and the library of ONNX Runtime on this machine.
    ///
    /// `nashra extract` needs the networks, and the library for `--runtime onnx` alone. They come from the official wheels of the Python packages mediapipe and
    /// onnxruntime, through pip as it is set up on the machine, or from wheels that are named; networks are
    /// held against known hashes and converted. What is there and whole is left as it is.
    Install(install::Args),
    /// Print the folder of a model, or the path of one of its files; ends with 1 where it is not found.
    Path {
        /// Which model.
        id: String,
        /// A file's name (vocab.json), or what it is for (weights, config, tokenizer).
        file: Option<String>,
    },
}

#[derive(clap::Args)]
struct Pull {
    /// Which models.
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// A branch, a commit, or a pull request of the repository (refs/pr/1).
    #[arg(long)]
    revision: Option<String>,
    /// Another repository that has the same files.
    #[arg(long, value_name = "ORG/NAME")]
    from: Option<String>,
    /// The folder that the model's own folder is made in [default: --models, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Say what would be downloaded, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let named = args.models.is_some() || std::env::var_os("NASHRA_MODELS").is_some_and(|dir| !dir.is_empty());
    let places = Places::new(args.models, Config::load(None)?.models);
    let manifest = Manifest::builtin()?;
    match args.command {
        Command::List { json } => list(&manifest, &places, json),
        Command::Verify { ids, json } => verify_all(&manifest, &places, &ids, json),
        Command::Pull(args) => pull(&manifest, &places, &args, named),
        Command::Install(args) => install::run(args, &places, named),
        Command::Path { id, file } => path(&places.find_model(manifest.model(&id)?)?, file.as_deref()),
    }
}

fn list(manifest: &Manifest, places: &Places, json: bool) -> anyhow::Result<ExitCode> {
    let models = manifest.models().iter().map(|model| (model, places.find_model(model).ok()));
    if json {
        print_json(&models.map(|(model, found)| as_json(model, found)).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["ID", "SIZE", "LICENCE", "WHAT FOR", "WHERE"].map(str::to_owned)];
    rows.extend(models.map(|(model, found)| {
        let size = match &found {
            Some(found) => size(found.bytes()),
            None => model.about_bytes().map_or("?".to_owned(), |bytes| format!("~{}", size(bytes))),
        };
        let place = found.map_or("not found".to_owned(), |found| {
            format!("{} ({})", found.folder.display(), found.place.origin.describe())
        });
        [model.id.clone(), size, model.licence.clone(), model.purpose.clone(), place]
    }));
    print(&table(&rows))?;
    Ok(ExitCode::SUCCESS)
}

fn as_json(model: &Model, found: Option<Found>) -> Value {
    let repositories: Vec<_> = model.sources.iter().map(|source| &source.repository).collect();
    let mut value = json!({
        "id": model.id, "name": model.name, "purpose": model.purpose, "licence": model.licence,
        "page": model.page(), "repositories": repositories, "about_bytes": model.about_bytes(), "found": null,
    });
    match found {
        Some(found) => {
            let place = found.place.origin.describe();
            let bytes = found.bytes();
            let Found { folder, repository, files, .. } = found;
            value["found"] = json!({
                "folder": folder, "place": place, "repository": repository, "bytes": bytes, "files": files,
            });
        }
        None => value["how"] = json!(model.how_to_get()),
    }
    value
}

fn verify_all(manifest: &Manifest, places: &Places, ids: &[String], json: bool) -> anyhow::Result<ExitCode> {
    let all = || manifest.models().iter().map(Ok);
    let named = || ids.iter().map(|id| manifest.model(id));
    let models: Vec<&Model> =
        if ids.is_empty() { all().collect::<Result<_, _>>() } else { named().collect() }?;
    let mut failed = false;
    let mut values = Vec::new();
    let mut out = String::new();
    for model in models {
        match places.find_model(model) {
            Ok(found) => {
                let check = verify(model, &found, &Headers, &mut Bar::default())?;
                failed |= !check.is_good();
                values.push(check_json(&check)?);
                write_check(&mut out, &check)?;
            }
            Err(error) => {
                let incomplete = incomplete(&error);
                failed |= incomplete || !ids.is_empty();
                let state = if incomplete { "incomplete" } else { "not installed" };
                values.push(json!({ "id": model.id, "state": state, "reason": error.to_string() }));
                match ids.is_empty() && !incomplete {
                    true => writeln!(out, "{}: not installed", model.id)?,
                    false => writeln!(out, "{error}")?,
                }
            }
        }
    }
    if json {
        print_json(&values)?
    } else {
        print(&out)?
    };
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Whether somebody began to put the model somewhere.
fn incomplete(error: &WeightsError) -> bool {
    matches!(error, WeightsError::Missing { looks, .. } if looks.iter().any(|look| look.incomplete))
}

fn check_json(check: &ModelCheck) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(check)?;
    value["state"] = json!(if check.is_good() { "good" } else { "bad" });
    Ok(value)
}

fn write_check(out: &mut String, check: &ModelCheck) -> std::fmt::Result {
    writeln!(out, "{}: {} (licence: {})", check.id, check.folder.display(), check.licence)?;
    for FileCheck { path, bytes, sha256, hash_from, contents, faults, .. } in &check.files {
        let hash = hash_from.map_or("hash not known", |source| source.describe());
        let judgement = match (faults.as_slice(), hash_from) {
            ([], Some(_)) => format!("good: the hash is that of {hash}"),
            ([], None) => format!("opens; {hash}"),
            (faults, _) => format!("BAD: {}", faults.join("; ")),
        };
        let contents = if contents.is_empty() { "" } else { &format!(" [{contents}]") };
        writeln!(out, "  {}  {}  {sha256}  {judgement}{contents}", path.display(), size(*bytes))?;
    }
    Ok(())
}

fn pull(manifest: &Manifest, places: &Places, args: &Pull, named: bool) -> anyhow::Result<ExitCode> {
    let Pull { ids, revision, from, to, dry_run } = args;
    ensure!(
        ids.len() == 1 || from.is_none() && revision.is_none(),
        "--from and --revision go with one model, found {}: {}",
        ids.len(),
        ids.join(", ")
    );
    let models = ids.iter().map(|id| manifest.model(id)).collect::<Result<Vec<_>, _>>()?;
    let puller = Puller::from_environment()?;
    let options = PullOptions { repository: from.clone(), revision: revision.clone() };
    let root = to.as_deref().or(places.destination()).ok_or(PullError::NoFolder)?;
    let is_plain = to.is_none() && !named && options == PullOptions::default();
    for model in models {
        if let Some(found) = is_plain.then(|| places.find_model(model).ok()).flatten() {
            eprintln!("{}: is there already", model.id);
            println!("{}", found.folder.display());
            continue;
        }
        let folder = root.join(&model.id);
        let plan = puller.plan(model, &options, &folder)?;
        if *dry_run {
            plan_out(model, &folder, &plan)?;
            continue;
        }
        eprintln!("{} into {} (licence: {}; {})", model.name, folder.display(), model.licence, model.page());
        let report = puller.pull(model, &options, &folder, &mut Bar::default())?;
        let bytes: u64 = report.files.iter().map(|file| file.bytes).sum();
        eprintln!("{}: {} files, {}, from {}", model.id, report.files.len(), size(bytes), report.repository);
        println!("{}", folder.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn plan_out(model: &Model, folder: &Path, plan: &[Planned]) -> anyhow::Result<ExitCode> {
    let mut out = format!("{} into {}\n", model.id, folder.display());
    for planned in plan {
        let state = match planned.state {
            FileState::Present => "is there".to_owned(),
            FileState::Partial(bytes) => format!("goes on from {}", size(bytes)),
            FileState::Absent => {
                planned.about_bytes.map_or("size not known".to_owned(), |b| format!("~{}", size(b)))
            }
        };
        writeln!(out, "  {}: {state}", planned.role)?;
        for url in &planned.urls {
            writeln!(out, "    {url}")?;
        }
    }
    out += "nothing was downloaded (--dry-run); of several addresses the first that is there is taken\n";
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn path(found: &Found, file: Option<&str>) -> anyhow::Result<ExitCode> {
    let path = match file {
        Some(name) => found.named(name)?,
        None => &found.folder,
    };
    print(&format!("{}\n", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Bytes for people, in decimal units.
fn size(bytes: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let unit = units.iter().find(|(unit, _)| bytes as f64 >= *unit);
    let digits = |count: f64| if count < 100.0 { 1 } else { 0 };
    unit.map_or(format!("{bytes} B"), |(unit, name)| {
        let count = bytes as f64 / unit;
        format!("{count:.*} {name}", digits(count))
    })
}

/// A bar on a terminal, a line every tenth of a large file elsewhere.
#[derive(Default)]
struct Bar {
    bar: Option<ProgressBar>,
    name: String,
    total: u64,
    tenths: u64,
}

/// Smaller files come and go without a line.
const LARGE: u64 = 10_000_000;

impl Progress for Bar {
    fn begin(&mut self, name: &str, done: u64, total: Option<u64>) {
        self.end();
        let template =
            "{msg} {bar:30} {decimal_bytes}/{decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar =
            total.map_or_else(ProgressBar::new_spinner, |total| ProgressBar::new(total).with_style(style));
        bar.set_message(name.to_owned());
        bar.set_position(done);
        // The bytes of an earlier process say nothing of this one's speed.
        bar.reset_eta();
        (self.name, self.total, self.bar) = (name.to_owned(), total.unwrap_or(0), Some(bar));
        self.tenths = self.tenth(done);
    }

    fn at(&mut self, bytes: u64) {
        let Some(bar) = &self.bar else { return };
        bar.set_position(bytes);
        let tenth = self.tenth(bytes);
        if bar.is_hidden() && tenth > self.tenths && self.total >= LARGE {
            self.tenths = tenth;
            eprintln!("{}: {} of {}", self.name, size(bytes), size(self.total));
        }
    }

    fn note(&mut self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None => eprintln!("{text}"),
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Bar {
    fn tenth(&self, bytes: u64) -> u64 {
        bytes.saturating_mul(10).checked_div(self.total).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_decimal_units() {
        let told = [541, 8_400, 298_000_000, 1_130_000_000].map(size);
        assert_eq!(told, ["541 B", "8.4 kB", "298 MB", "1.1 GB"]);
    }
}
