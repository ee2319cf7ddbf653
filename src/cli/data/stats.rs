//! `nashra data stats`: a dataset in figures, beside the paper's Table I.

use super::shown::Progress;
use crate::cli::tables::{print, print_json, table};
use crate::dataset::Dataset;
use crate::dataset::stats::{Bar, COMPARED, Factors, Published, Stats};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `nashra data stats`.
///
/// Prints the rows of the SyriSign paper's Table I for a dataset, beside the datasets that the paper
/// compares; the words by category (its Fig. 1); clips by signer and by length; and how much of the
/// signers is seen.
#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    /// The dataset's folder.
    dataset: PathBuf,
    /// Also write stats.json, categories.svg and lengths.svg into this folder.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let dataset = Dataset::open(&args.dataset)?;
    let progress = Progress::new("measuring", dataset.clips().len());
    let stats = Stats::of(&dataset, |clips| progress.add(clips))?;
    drop(progress);
    let written = args.out.map_or(Ok(Vec::new()), |folder| stats.save(&folder))?;
    if args.json {
        print_json(&stats)?;
    } else {
        print(&text(&stats)?)?;
    }
    for path in written {
        eprintln!("wrote {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn text(stats: &Stats) -> anyhow::Result<String> {
    let mut out = compared(&stats.factors());
    let categories = stats.categories.iter().map(|count| Bar {
        label: count.name.clone(),
        value: count.words as f64,
        note: format!("{} words, {:.1} %, {} clips", count.words, 100.0 * count.share, count.clips),
    });
    let signers = stats.by_signer.iter().map(|count| Bar {
        label: count.signer.clone(),
        value: count.clips as f64,
        note: format!("{} clips of {} words, {:.0} s", count.clips, count.words, count.seconds),
    });
    let lengths = stats.lengths.iter().map(|count| Bar {
        label: count.label(),
        value: count.clips as f64,
        note: count.clips.to_string(),
    });
    let presence = stats.presence.iter().map(|part| Bar {
        label: part.part.clone(),
        value: part.share,
        note: format!("{:.1} %, never in {} clips", 100.0 * part.share, part.clips_without),
    });
    let parts: [(&str, Vec<Bar>); 4] = [
        ("words by category", categories.collect()),
        ("clips by signer", signers.collect()),
        ("clips by frames", lengths.collect()),
        ("frames in which it is seen", presence.collect()),
    ];
    for (title, bars) in parts {
        writeln!(out, "\n{title}\n{}", bar_chart(&bars).trim_end())?;
    }
    if stats.copies > 0 {
        writeln!(out, "\n{} of the clips are copies or augmentations of others", stats.copies)?;
    }
    Ok(out)
}

/// The dataset's column beside the paper's.
fn compared(ours: &Factors) -> String {
    let published: [Factors; 4] = COMPARED.each_ref().map(Published::factors);
    let [a, b, c, d] = &published;
    let columns = [ours, a, b, c, d];
    let mut rows = vec![{
        let [one, two, three, four, five] = columns.map(|column| column.name.clone());
        [String::new(), one, two, three, four, five]
    }];
    for (row, name) in Factors::ROWS.iter().enumerate() {
        let [one, two, three, four, five] = columns.map(|column| column.cells()[row].to_owned());
        rows.push([(*name).to_owned(), one, two, three, four, five]);
    }
    table(&rows)
}

/// Bars of block letters, the longest forty wide.
fn bar_chart(bars: &[Bar]) -> String {
    const WIDTH: f64 = 40.0;
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let row = |bar: &Bar| {
        let length = if longest > 0.0 { (bar.value / longest * WIDTH).round() as usize } else { 0 };
        [format!("  {}", bar.label), "█".repeat(length), bar.note.clone()]
    };
    table(&bars.iter().map(row).collect::<Vec<_>>())
}
