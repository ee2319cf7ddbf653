//! `nashra lexicon`: list, show, import, remove, check.

use crate::arabic::fold;
use crate::config::Config;
use crate::lexicon::{Category, Entry, Lexicon, LexiconConfig, SignClip, SignId, check_file};
use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Arguments of `nashra lexicon`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// A folder of recorded signs, besides the imported ones; may be given several times.
    #[arg(long, value_name = "DIR", global = true)]
    lexicon: Vec<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the signs: key, gloss, category and where each comes from.
    List {
        /// Only this part of the bulletin: government, health, security, …
        #[arg(long, value_parser = Category::from_name)]
        category: Option<Category>,
        /// As JSON, one array.
        #[arg(long)]
        json: bool,
    },
    /// Show one sign with all its forms.
    Show {
        /// Its key, or a word or phrase that it signs.
        #[arg(value_name = "KEY|WORD")]
        sign: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take in a folder of .pose files with an index.csv; its signs take precedence from now on.
    Import {
        /// The folder.
        dir: PathBuf,
        /// Check everything, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Forget an imported folder; its files stay.
    Remove {
        /// The folder.
        dir: PathBuf,
    },
    /// Check edited text files of signs or handshapes.
    Check {
        /// The TOML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut config = LexiconConfig::from_environment();
    config.folders = args.lexicon;
    match args.command {
        Command::List { category, json } => list(&load(config)?, category, json),
        Command::Show { sign, json } => show(&load(config)?, &sign, json),
        Command::Import { dir, dry_run } => import(&config, &dir, dry_run),
        Command::Remove { dir } => remove(&config, &dir),
        Command::Check { files } => check(&files),
    }
}

fn load(mut config: LexiconConfig) -> anyhow::Result<Lexicon> {
    if config.folders.is_empty() {
        config.folders = Config::load(None)?.lexicon.unwrap_or_default();
    }
    Ok(Lexicon::load(&config)?)
}

fn list(lexicon: &Lexicon, category: Option<Category>, json: bool) -> anyhow::Result<ExitCode> {
    let wanted = |entry: &Entry| category.is_none_or(|category| entry.category == category);
    let entries = lexicon.entries().map(|(_, entry)| entry).filter(|entry| wanted(entry));
    let mut out = String::new();
    if json {
        out = serde_json::to_string_pretty(&entries.map(as_json).collect::<Vec<_>>())?;
        out.push('\n');
    } else {
        for Entry { key, gloss, category, provenance, .. } in entries {
            let source = provenance.describe();
            writeln!(out, "{key:<28} {gloss}\t{:<11} {source}", category.name())?;
        }
    }
    print(&out)
}

fn show(lexicon: &Lexicon, sign: &str, json: bool) -> anyhow::Result<ExitCode> {
    let found = find(lexicon, sign);
    if found.is_empty() {
        anyhow::bail!("no sign has the key or the form {sign:?}{}", nearest(lexicon, sign));
    }
    let mut out = String::new();
    let mut shown = Vec::new();
    for id in found {
        let entry = lexicon.entry(id);
        let motion = motion(lexicon, id).with_context(|| format!("sign {:?}", entry.key))?;
        if json {
            let mut value = as_json(entry);
            value["motion"] = motion;
            shown.push(value);
        } else {
            writeln!(out, "{}  ({})", entry.gloss, entry.key)?;
            writeln!(out, "  source    {}", entry.provenance.describe())?;
            writeln!(out, "  category  {}", entry.category.name())?;
            writeln!(out, "  forms     {}", entry.forms.join("، "))?;
            let (seconds, frames) = (motion["seconds"].as_f64().unwrap_or(0.0), &motion["frames"]);
            writeln!(out, "  motion    {seconds:.2} s, {frames} frames")?;
        }
    }
    if json {
        out = serde_json::to_string_pretty(&shown)? + "\n";
    }
    print(&out)
}

/// By key, else by form, else as a letter; the best source first.
fn find(lexicon: &Lexicon, sign: &str) -> Vec<SignId> {
    if let Some(id) = lexicon.by_key(sign) {
        return vec![id];
    }
    let folded = fold(sign);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let mut ids = lexicon.lookup(&words).to_vec();
    if ids.is_empty()
        && let [word] = words.as_slice()
        && let Some(bare) = word.strip_prefix("ال")
    {
        ids = lexicon.lookup(&[bare]).to_vec();
    }
    if ids.is_empty() {
        ids.extend(lexicon.letter(sign).filter(|(_, bytes)| *bytes == sign.len()).map(|(id, _)| id));
    }
    ids
}

fn nearest(lexicon: &Lexicon, sign: &str) -> String {
    let names = lexicon.entries().flat_map(|(_, entry)| entry.forms.iter().chain([&entry.key]));
    let near = names.map(|name| (strsim::damerau_levenshtein(sign, name), name)).min();
    match near {
        Some((distance, name)) if distance <= 2 => format!("; did you mean {name:?}?"),
        _ => "; `nashra lexicon list` lists them all".to_owned(),
    }
}

fn motion(lexicon: &Lexicon, id: SignId) -> anyhow::Result<Value> {
    let (fps, frames) = match lexicon.clip(id)? {
        SignClip::Notated(motion) => (motion.fps, motion.frames.len()),
        SignClip::Recorded(clip) => (clip.fps, clip.frame_count()),
    };
    // To the millisecond: more digits would be noise of the division.
    let seconds = (1e3 * frames as f64 / f64::from(fps)).round() * 1e-3;
    Ok(json!({ "fps": fps, "frames": frames, "seconds": seconds }))
}

fn as_json(entry: &Entry) -> Value {
    json!({
        "key": entry.key,
        "gloss": entry.gloss,
        "category": entry.category,
        "forms": entry.forms,
        "provenance": entry.provenance,
        "source": entry.provenance.describe(),
    })
}

fn import(config: &LexiconConfig, dir: &Path, dry_run: bool) -> anyhow::Result<ExitCode> {
    let report = Lexicon::builtin()?.import(dir)?;
    let mut out = String::new();
    for row in &report.rejected {
        writeln!(out, "{}:{}: left out: {}", dir.join("index.csv").display(), row.line, row.reason)?;
    }
    writeln!(
        out,
        "{}: {} signs and {} letters, {} rows left out",
        dir.display(),
        report.signs,
        report.letters,
        report.rejected.len()
    )?;
    if report.signs + report.letters == 0 {
        print(&out)?;
        anyhow::bail!("{}: nothing in it can be signed; it is not imported", dir.display());
    }
    if dry_run {
        out += "nothing was changed (--dry-run)\n";
    } else if config.register(dir)? {
        out += "imported: these signs take precedence from now on\n";
    } else {
        out += "was imported before: now first again\n";
    }
    print(&out)
}

fn remove(config: &LexiconConfig, dir: &Path) -> anyhow::Result<ExitCode> {
    if config.unregister(dir)? {
        return print(&format!("{}: forgotten; its files are where they were\n", dir.display()));
    }
    let known = config.registered()?;
    let known = known.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>();
    match known.as_slice() {
        [] => anyhow::bail!("{} was not imported; nothing was", dir.display()),
        _ => anyhow::bail!("{} was not imported; imported are {}", dir.display(), known.join(", ")),
    }
}

fn check(files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let mut mistakes = 0;
    let mut out = String::new();
    for file in files {
        let check = check_file(file)?;
        for mistake in &check.mistakes {
            writeln!(out, "{mistake}")?;
        }
        for (one, other, distance) in &check.alike {
            let file = file.display();
            writeln!(out, "{file}: {one:?} and {other:?} look alike: {distance:.2} shoulder widths apart")?;
        }
        mistakes += check.mistakes.len() + check.alike.len();
        writeln!(out, "{}: {} good, {} mistakes", file.display(), check.good, check.mistakes.len())?;
    }
    print(&out)?;
    Ok(ExitCode::from(u8::from(mistakes > 0)))
}

/// To standard output; whoever closes it early has read enough.
fn print(text: &str) -> anyhow::Result<ExitCode> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
