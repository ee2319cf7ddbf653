//! `nashra eval poses`: made clips beside their recordings.

use crate::cli::avatar::replace;
use crate::eval::compare::{Compared, tables};
use crate::eval::pairs::{Pair, Pairs};
use crate::eval::table::{Table, html, markdown, text};
use crate::pose::PoseSequence;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

const AFTER_HELP: &str = "Each of the two is a .pose file or a folder of them; in folders, files of one name belong \
together, and those that are alone are listed. Every row says what it is, because papers call different things by \
one name.\n\n\
  nashra eval poses made.pose recorded.pose\n  \
  nashra eval poses made/ recorded/ --markdown report.md --html report.html\n\n\
nDTWp agrees best with deaf raters (Jiang et al. 2025). A hand energy of much less than the recording's is a clip \
that hardly moves, however near it is. Ends with 1 if a pair could not be compared.";

/// Arguments of `nashra eval poses`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// What was made: a .pose file, or a folder of them.
    #[arg(value_name = "HYP")]
    hypothesis: PathBuf,
    /// What was recorded: a .pose file, or a folder of them.
    #[arg(value_name = "REF")]
    reference: PathBuf,
    /// As JSON: the tables, each pair's own numbers, and what was left out.
    #[arg(long)]
    json: bool,
    /// Write the tables as Markdown too.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the tables as a web page too, which needs no other file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (out, code) = report(args)?;
    match std::io::stdout().lock().write_all(out.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error)?,
        _ => Ok(code),
    }
}

/// What is printed, and how the program ends; the files are written.
fn report(args: &Args) -> anyhow::Result<(String, ExitCode)> {
    let pairs = Pairs::find(&args.hypothesis, &args.reference)?;
    for (alone, other) in
        [(&pairs.only_hypothesis, &args.reference), (&pairs.only_reference, &args.hypothesis)]
    {
        for path in alone {
            tracing::warn!("{} has no counterpart in {}: left out", path.display(), other.display());
        }
    }
    let (compared, failed) = compare(&pairs.pairs);
    for (name, error) in &failed {
        tracing::error!("{name} was not compared: {error}");
    }
    anyhow::ensure!(!compared.is_empty(), "none of {} pairs could be compared", pairs.pairs.len());
    let tables = tables(&compared);
    if let Some(file) = &args.markdown {
        replace(file, markdown(&tables).as_bytes())?;
    }
    if let Some(file) = &args.html {
        let title = format!("{} beside {}", args.hypothesis.display(), args.reference.display());
        replace(file, html(&title, &tables).as_bytes())?;
    }
    let out =
        if args.json { as_json(&tables, &compared, &failed, &pairs)? } else { shown(&tables, &compared) };
    Ok((out, ExitCode::from(u8::from(!failed.is_empty()))))
}

type Failure = (String, String);

/// All pairs that can be compared, and why the others cannot, in the pairs' order.
fn compare(pairs: &[Pair]) -> (Vec<Compared>, Vec<Failure>) {
    let progress = Progress::new(pairs.len());
    let results: Vec<Result<Compared, Failure>> = pairs
        .par_iter()
        .map(|pair| {
            let found = one(pair).map_err(|error| (pair.name.clone(), format!("{error:#}")));
            progress.one_more();
            found
        })
        .collect();
    progress.bar.finish_and_clear();
    let (mut compared, mut failed) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(pair) => compared.push(pair),
            Err(failure) => failed.push(failure),
        }
    }
    (compared, failed)
}

fn one(pair: &Pair) -> anyhow::Result<Compared> {
    let read = |path: &Path| PoseSequence::read(path);
    let (hypothesis, reference) = (read(&pair.hypothesis)?, read(&pair.reference)?);
    let paths = || format!("{} and {}", pair.hypothesis.display(), pair.reference.display());
    Compared::new(&pair.name, &hypothesis, &reference).with_context(paths)
}

fn shown(tables: &[Table], compared: &[Compared]) -> String {
    let count = match compared {
        [one] => one.name.clone(),
        many => format!("{} pairs of clips", many.len()),
    };
    let tables: Vec<String> = tables.iter().map(text).collect();
    format!("{count}\n\n{}", tables.join("\n"))
}

fn as_json(
    tables: &[Table],
    compared: &[Compared],
    failed: &[Failure],
    pairs: &Pairs,
) -> anyhow::Result<String> {
    let failed: Vec<_> =
        failed.iter().map(|(name, reason)| json!({ "name": name, "reason": reason })).collect();
    let value = json!({
        "tables": tables,
        "pairs": compared,
        "failed": failed,
        "only_hypothesis": pairs.only_hypothesis,
        "only_reference": pairs.only_reference,
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// A bar on a terminal, a line every tenth of many pairs elsewhere.
struct Progress {
    bar: ProgressBar,
    done: AtomicUsize,
    all: usize,
}

/// Fewer pairs come and go without a line.
const MANY: usize = 20;

impl Progress {
    fn new(all: usize) -> Progress {
        let style = ProgressStyle::with_template("comparing {bar:30} {pos}/{len} pairs, {eta} left");
        let bar = ProgressBar::new(all as u64);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, done: AtomicUsize::new(0), all }
    }

    fn one_more(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.bar.inc(1);
        let tenth = |done: usize| done * 10 / self.all.max(1);
        if self.bar.is_hidden() && self.all >= MANY && tenth(done) > tenth(done - 1) {
            eprintln!("{done} of {} pairs compared", self.all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pose::Layout;

    fn args(folder: &Path) -> Args {
        Args {
            hypothesis: folder.join("made"),
            reference: folder.join("recorded"),
            json: true,
            markdown: Some(folder.join("report.md")),
            html: Some(folder.join("report.html")),
        }
    }

    #[test]
    fn folders_are_compared_written_and_a_bad_clip_is_told_by_the_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let clip = crate::eval::distance::testing::signer(6, 0.0);
        for side in ["made", "recorded"] {
            std::fs::create_dir(folder.path().join(side)).unwrap();
            clip.write(folder.path().join(side).join("a.pose")).unwrap();
        }
        let (json, code) = report(&args(folder.path())).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((code, &json["pairs"][0]["name"]), (ExitCode::SUCCESS, &json!("a")));
        let written = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
        assert!(written.contains("| nDTWp (shoulder widths) | 0.0000 |"), "{written}");
        assert!(std::fs::read_to_string(folder.path().join("report.html")).unwrap().ends_with("</html>\n"));
        let nobody = PoseSequence::unseen(Layout::holistic_543(), Default::default(), 25.0, 2);
        for side in ["made", "recorded"] {
            nobody.write(folder.path().join(side).join("b.pose")).unwrap();
        }
        let (json, code) = report(&args(folder.path())).unwrap();
        assert!(code == ExitCode::from(1) && json.contains("shoulders"), "{json}");
    }
}
