//! `nashra eval models`: trained models on a dataset, beside chance, neighbours and recordings.

use super::steps::Steps;
use crate::cli::avatar::replace;
use crate::cli::train::corpus;
use crate::config::Config;
use crate::dataset::Part;
use crate::eval::retrieval::Metric;
use crate::eval::table::{Table, html, markdown, text};
use crate::eval::trained::{
    Bench, Codes, Generator, Judge, Made, Recorded, Run, Shown, as_a_set, codebook, distances, make, motion,
    reading, retrieval, table_iii,
};
use crate::models::bundles::{Loader, MotionClipBundle, T2mGptBundle};
use crate::models::device::DeviceChoice;
use crate::models::sign_clip::SignClip;
use crate::models::weights::Places;
use crate::train::Corpus;
use anyhow::Context;
use candle_core::DType;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const AFTER_HELP: &str = "Models that are not named are taken from where models are looked for; those that are \
nowhere are left out, and chance and the neighbours stand alone. Every row says what it is, because papers call \
different things by one name.\n\n\
  nashra eval models --data practice-1 --run runs/sc1 --markdown report.md\n  \
  nashra eval models --data syrisign --split signer:s3 --judge runs/other/model --samples 10\n\n\
The judge reads made motion back as words. It must not have been trained on generated motion; a judge of another \
seed than the SignCLIP that is judged is more honest. FID needs more motions than the judge has numbers: raise \
--samples.";

/// Arguments of `nashra eval models`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The dataset's folder: see `nashra data`.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// A split that `nashra data split` wrote, or a rule: take, signer:NAME, session:NAME, last-takes.
    #[arg(long, default_value = "take", value_name = "SPLIT")]
    split: String,
    /// The part whose clips are judged on.
    #[arg(long, value_enum, default_value_t = Portion::Test)]
    part: Portion,
    /// A SignCLIP's folder [default: the one that is found].
    #[arg(long, value_name = "FOLDER")]
    sign_clip: Option<PathBuf>,
    /// The SignCLIP that reads made motion [default: --sign-clip].
    #[arg(long, value_name = "FOLDER")]
    judge: Option<PathBuf>,
    /// A T2M-GPT's folder [default: the one that is found].
    #[arg(long, value_name = "FOLDER")]
    t2m_gpt: Option<PathBuf>,
    /// A MotionCLIP's folder [default: the one that is found].
    #[arg(long, value_name = "FOLDER")]
    motion_clip: Option<PathBuf>,
    /// Training runs whose losses stand beside the paper's; may be given several times.
    #[arg(long, value_name = "RUN")]
    run: Vec<PathBuf>,
    /// Motions of each word by generators that draw; multimodality needs 10.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    samples: u16,
    /// Of all that is drawn, and of the split where a rule makes it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only the first so many words.
    #[arg(long, value_name = "WORDS")]
    limit: Option<usize>,
    /// cpu, cuda:N, or auto: the first GPU if there is one.
    #[arg(long, default_value = "auto")]
    device: DeviceChoice,
    /// A folder of models, looked in first [env: NASHRA_MODELS].
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// As JSON: what was judged, and the tables.
    #[arg(long)]
    json: bool,
    /// Write the tables as Markdown too.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the tables as a web page too, which needs no other file.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A part that may be judged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Portion {
    /// What nothing was chosen by.
    Test,
    /// What training was steered by: for choosing between models.
    Validation,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let out = report(args)?;
    match std::io::stdout().lock().write_all(out.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error)?,
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The folders of the models that are judged.
struct Folders {
    sign_clip: Option<PathBuf>,
    judge: Option<PathBuf>,
    t2m_gpt: Option<PathBuf>,
    motion_clip: Option<PathBuf>,
}

/// What is printed; the files are written.
fn report(args: &Args) -> anyhow::Result<String> {
    let corpus = corpus(&args.data, &args.split, args.seed)?;
    let part = if args.part == Portion::Test { Part::Test } else { Part::Validation };
    let bench = Bench::new(&corpus, part, args.limit)?;
    let places = Places::new(args.models.clone(), Config::load(None)?.models);
    let folders = folders(args, &places);
    let loader = Loader::new(places, args.device.open()?);
    let tables = tables(args, &bench, &folders, &loader)?;
    let clips = bench.clips(part).len();
    let what = format!(
        "{} ({}), {} part: {clips} clips of {} words; seed {}",
        corpus.dataset().about().name,
        args.split,
        part.name(),
        bench.words().len(),
        args.seed
    );
    if let Some(file) = &args.markdown {
        replace(file, format!("{what}\n\n{}", markdown(&tables)).as_bytes())?;
    }
    if let Some(file) = &args.html {
        replace(file, html(&what, &tables).as_bytes())?;
    }
    match args.json {
        true => as_json(args, &corpus, &bench, &folders, &tables),
        false => Ok(format!("{what}\n\n{}", tables.iter().map(text).collect::<Vec<_>>().join("\n"))),
    }
}

/// Models that are named, else found; the judge is the SignCLIP unless another is named.
fn folders(args: &Args, places: &Places) -> Folders {
    let found = |named: &Option<PathBuf>, id: &str| {
        let found = named.clone().or_else(|| places.find(id).ok().map(|found| found.folder));
        match &found {
            Some(folder) => tracing::info!("{id}: {}", folder.display()),
            None => tracing::warn!("no {id} was named or found: left out"),
        }
        found
    };
    let sign_clip = found(&args.sign_clip, "sign-clip");
    Folders {
        judge: args.judge.clone().or_else(|| sign_clip.clone()),
        sign_clip,
        t2m_gpt: found(&args.t2m_gpt, "t2m-gpt"),
        motion_clip: found(&args.motion_clip, "motion-clip"),
    }
}

fn tables(args: &Args, bench: &Bench, folders: &Folders, loader: &Loader) -> anyhow::Result<Vec<Table>> {
    let progress = Steps::default();
    let tell = |what, done, all| progress.at(what, done, all);
    let runs = args.run.iter().map(|run| Run::read(run)).collect::<Result<Vec<_>, _>>()?;
    let clips = bench.clips(bench.part());
    let judge =
        |folder: &PathBuf| -> anyhow::Result<Judge> { Ok(Judge::new(sign_clip(folder, loader)?, bench)?) };
    let judged = folders.sign_clip.as_ref().map(judge).transpose()?;
    let embedded = judged.as_ref().map(|judge| judge.embed_clips(bench, &clips, &tell)).transpose()?;
    let mut tables: Vec<Table> = retrieval(bench, judged.as_ref().zip(embedded.as_deref()), &tell)?.into();
    let hit_5 = judged.as_ref().and_then(|_| value(tables.first()?, &Metric::HitRate(5).name()));
    let (generators, codes) = generators(bench, folders, loader, &tell)?;
    let other = folders.judge.as_ref().filter(|folder| Some(*folder) != folders.sign_clip.as_ref());
    let other = other.map(judge).transpose()?;
    let reader = other.as_ref().or(judged.as_ref());
    let made: Vec<Made> = (generators.iter())
        .map(|generator| make(generator, bench, reader, (args.samples.into(), args.seed), &tell))
        .collect::<Result<_, _>>()?;
    if let Some(judge) = reader.filter(|_| !made.is_empty()) {
        let part = match (&other, embedded) {
            (None, Some(embedded)) => embedded,
            _ => judge.embed_clips(bench, &clips, &tell)?,
        };
        let train = judge.embed_clips(bench, &bench.clips(Part::Train), &tell)?;
        let recorded = Recorded { part: &part, train: &train };
        let through = codes.as_ref().map(|codes| codes.read_by(judge));
        tables.push(reading(judge, &recorded, &made, through.as_deref())?);
        tables.push(as_a_set(judge, &recorded, &made, args.seed)?);
    }
    if !made.is_empty() {
        let recorded = bench.led_by_right(&clips)?;
        let train = bench.led_by_right(&takes(bench, &recorded))?;
        tables.push(distances(bench, &made, &recorded, &train, &tell));
        tables.push(motion(&made, codes.as_ref().map(|codes| &codes.clips[..]), &recorded));
    }
    tables.push(table_iii(&runs, codes.as_ref(), hit_5));
    tables.extend(codes.map(|codes| codes.table));
    Ok(tables)
}

/// A training clip of each recording's word by the same signer and one by another, so that not all are held.
fn takes(bench: &Bench, recorded: &[Shown]) -> Vec<usize> {
    let train = bench.clips(Part::Train);
    let records = bench.corpus().dataset().clips();
    let mut kept = std::collections::BTreeSet::new();
    for clip in recorded {
        for is_same in [true, false] {
            let fits = |other: &&usize| {
                let of_word = records.get(**other).is_some_and(|record| record.word == clip.word);
                of_word && (bench.signer(**other) == bench.signer(clip.clip)) == is_same
            };
            kept.extend(train.iter().find(fits));
        }
    }
    kept.into_iter().collect()
}

/// The generators that are there, and what the codes of a T2M-GPT do to the part's clips.
fn generators(
    bench: &Bench,
    folders: &Folders,
    loader: &Loader,
    tell: crate::eval::trained::Tell,
) -> anyhow::Result<(Vec<Generator>, Option<Codes>)> {
    let mut generators = Vec::new();
    let mut codes = None;
    if let Some(folder) = &folders.t2m_gpt {
        let bundle = T2mGptBundle::load(folder, loader)?;
        codes = Some(codebook(bench, &bundle, &bench.led_by_right(&bench.clips(bench.part()))?, tell)?);
        generators.push(Generator::T2mGpt(bundle));
    }
    if let Some(folder) = &folders.motion_clip {
        generators.push(Generator::MotionClip(MotionClipBundle::load(folder, loader)?));
    }
    Ok((generators, codes))
}

/// A SignCLIP with its translator, where it wants one.
fn sign_clip(folder: &Path, loader: &Loader) -> anyhow::Result<SignClip> {
    let model =
        SignClip::load(folder, DType::F32, loader.device()).with_context(|| folder.display().to_string())?;
    if !model.config().text.translate {
        return Ok(model);
    }
    let translator = loader.translator(folder, "opus-mt-ar-en")?;
    Ok(model.with_translator(Arc::new(move |text: &str| Ok(translator.translate(text)?))))
}

/// The first column of a row.
fn value(table: &Table, metric: &str) -> Option<f64> {
    let row = table.rows.iter().find(|row| row.metric == metric)?;
    row.cells.first()?.as_ref().map(|value| value.mean)
}

fn as_json(
    args: &Args,
    corpus: &Corpus,
    bench: &Bench,
    folders: &Folders,
    tables: &[Table],
) -> anyhow::Result<String> {
    let value = json!({
        "dataset": corpus.dataset().about(),
        "split": args.split,
        "part": bench.part().name(),
        "words": bench.words().len(),
        "clips": bench.clips(bench.part()).len(),
        "seed": args.seed,
        "samples": args.samples,
        "sign-clip": folders.sign_clip,
        "judge": folders.judge,
        "t2m-gpt": folders.t2m_gpt,
        "motion-clip": folders.motion_clip,
        "runs": args.run,
        "tables": tables,
    });
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::trained::testing::{GLOSSES, write};
    use crate::models::testing::{EVERYTHING, Sizes, write_motion_clip, write_sign_clip, write_t2m_gpt};

    #[test]
    fn all_models_are_judged_at_once_and_the_reports_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        write(&path("data"));
        write_sign_clip(&path("sc"), GLOSSES, [16, 1]);
        write_t2m_gpt(&path("t2m"), &[EVERYTHING], &Sizes::tiny());
        write_motion_clip(&path("mc"));
        let args = Args {
            data: path("data"),
            split: "take".into(),
            part: Portion::Validation,
            sign_clip: Some(path("sc")),
            judge: None,
            t2m_gpt: Some(path("t2m")),
            motion_clip: Some(path("mc")),
            run: vec![],
            samples: 1,
            seed: 1,
            limit: Some(2),
            device: DeviceChoice::Cpu,
            models: None,
            json: true,
            markdown: Some(path("report.md")),
            html: Some(path("report.html")),
        };
        let found: serde_json::Value = serde_json::from_str(&report(&args).unwrap()).unwrap();
        assert_eq!((&found["words"], &found["part"]), (&json!(2), &json!("validation")));
        let titles: Vec<&str> =
            found["tables"].as_array().unwrap().iter().filter_map(|t| t["title"].as_str()).collect();
        assert_eq!(titles.len(), 8, "{titles:?}");
        let written = std::fs::read_to_string(path("report.md")).unwrap();
        assert!(titles.iter().all(|title| written.contains(title)), "{titles:?}");
        assert!(std::fs::read_to_string(path("report.html")).unwrap().ends_with("</html>\n"));
    }
}
