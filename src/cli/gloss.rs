//! `nashra gloss`: what would be signed, for people or for programs to read.

use super::sources::SourceFlags;
use crate::config::Config;
use crate::interpreter::{Plan, PlannedSign, SignKind, Sources};
use crate::lexicon::{Lexicon, LexiconConfig, Provenance};
use std::fmt::Write as _;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `nashra gloss`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The headline; `-` reads one a line from standard input.
    text: String,
    /// One JSON object a headline, on a line of its own.
    #[arg(long)]
    json: bool,
    /// Refuse practice signs, as in a broadcast.
    #[arg(long)]
    on_air: bool,
    /// A folder of imported signs; they come before the built-in ones. May be given several times.
    #[arg(long, value_name = "DIR")]
    lexicon: Vec<PathBuf>,
    #[command(flatten)]
    sources: SourceFlags,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let settings = Config::load(None)?;
    let on_air = args.on_air || settings.on_air.unwrap_or(false);
    let lexicon = load(args.lexicon, settings.lexicon.clone())?;
    let (sources, planner) = args.sources.sources(&settings, settings.seed.unwrap_or(0), on_air, &lexicon)?;
    let mut out = io::stdout().lock();
    let mut print = |text: &str| -> anyhow::Result<()> {
        let plan = foreseen(sources.plan(&planner, text, &lexicon), &sources, &lexicon);
        if args.json {
            writeln!(out, "{}", json(&plan)?)?;
        } else {
            write!(out, "{}", table(&plan))?;
        }
        Ok(())
    };
    if args.text != "-" {
        print(&args.text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        // A line that is not UTF-8 is read as far as it goes; the stream goes on with the next.
        let text = String::from_utf8_lossy(&line);
        print(text.trim_end_matches(['\n', '\r']))?;
        line.clear();
    }
    Ok(ExitCode::SUCCESS)
}

/// What ships, what was imported, what the settings and the flags name.
fn load(folders: Vec<PathBuf>, settings: Option<Vec<PathBuf>>) -> anyhow::Result<Lexicon> {
    let mut config = LexiconConfig::from_environment();
    config.folders.extend(settings.unwrap_or_default());
    config.folders.extend(folders);
    Ok(Lexicon::load(&config)?)
}

/// The plan with each sign's provenance as the sources would answer; what a model is to make may still be
/// turned down by its gates, and the next source then asked. A sign for which nobody would answer keeps
/// what the lexicon says of it.
fn foreseen(mut plan: Plan, sources: &Sources, lexicon: &Lexicon) -> Plan {
    for sign in &mut plan.signs {
        let foreseen = sources.foresee(sign, lexicon);
        sign.provenance = foreseen.or(sign.provenance.take());
    }
    plan
}

/// The plan with its coverage in percent, which JSON readers would else compute differently.
fn json(plan: &Plan) -> serde_json::Result<String> {
    let mut value = serde_json::to_value(plan)?;
    value["coverage"]["percent"] = plan.coverage.percent().into();
    serde_json::to_string(&value)
}

fn table(plan: &Plan) -> String {
    let mut out = String::new();
    let rows: Vec<[String; 5]> = plan.signs.iter().map(|sign| row(plan, sign)).collect();
    let header = ["SIGN", "KIND", "WORDS", "SOURCE", "RULE"].map(str::to_owned);
    let width = |column: usize| {
        std::iter::once(&header).chain(&rows).map(|row| row[column].chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3), width(4)];
    for row in std::iter::once(&header).chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(line, "{cell}{}  ", " ".repeat(width - cell.chars().count()));
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    for omission in &plan.omitted {
        let _ = writeln!(out, "left out: {} ({})", omission.word, omission.reason);
    }
    for notice in &plan.notices {
        let _ = writeln!(out, "notice: {notice}");
    }
    let coverage = plan.coverage;
    let _ = writeln!(
        out,
        "coverage: {:.0} % ({} of {} words signed, {} spelled)\n",
        coverage.percent(),
        coverage.signed_words,
        coverage.content_words,
        coverage.spelled_words
    );
    out
}

fn row(plan: &Plan, sign: &PlannedSign) -> [String; 5] {
    let (gloss, kind) = match sign.kind {
        SignKind::Lexical => (sign.gloss.clone(), "sign"),
        SignKind::Number => (sign.gloss.clone(), "number"),
        SignKind::Spelled => (sign.gloss.clone(), "spelled"),
        SignKind::Pause => (format!("({} ms)", sign.pause_millis), "pause"),
    };
    let words = plan.text.get(sign.span.clone()).unwrap_or_default().replace(['\n', '\r'], " ");
    let source = sign.provenance.as_ref().map_or_else(String::new, |provenance| {
        let is_marked = provenance.is_practice() && *provenance != Provenance::Practice;
        format!("{}{}", provenance.kind(), if is_marked { " (practice)" } else { "" })
    });
    [gloss, kind.to_owned(), words, source, sign.rule.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::Planner;

    fn plan(text: &str) -> Plan {
        Planner::default().plan(text, &Lexicon::builtin().unwrap())
    }

    #[test]
    fn who_answers_is_what_the_lexicon_says_where_there_are_no_models() {
        let (lexicon, plan) = (Lexicon::builtin().unwrap(), plan("مقتل 25 شخصا في حلب، ماكرون يزور"));
        assert_eq!(foreseen(plan.clone(), &Sources::standard(false), &lexicon), plan);
    }

    #[test]
    fn the_table_names_each_sign_its_words_and_what_was_left_out() {
        let table = table(&plan("وزارة الصحة تعلن افتتاح مشفى جديد في حلب يوم الخميس"));
        assert!(table.starts_with("SIGN"));
        assert!(table.contains("R1") && table.contains("R2") && table.contains("practice"));
        assert!(table.contains("left out: في (function-word)"));
        assert!(table.contains("coverage: 100 %"));
    }

    #[test]
    fn json_is_one_line_with_the_coverage_in_percent() {
        let line = json(&plan("افتتاح مشفى\nفي حلب")).unwrap();
        assert!(!line.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["coverage"]["percent"], 100.0);
        assert_eq!(value["signs"][0]["kind"], "lexical");
    }

    #[test]
    fn an_empty_headline_is_a_table_too() {
        assert!(table(&plan("")).contains("nothing in this text can be signed"));
    }
}
