//! The paper's Table III beside ours: losses from runs' own records, and what was measured here.

use super::{Codes, ModelsError};
use crate::eval::paper::{Printed, TABLE_III};
use crate::eval::table::{Row, Table, Value};
use crate::train::{MetricRow, RunAbout, RunFolder};
use std::path::Path;

/// What a training run recorded.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it was made with.
    pub about: RunAbout,
    /// What it measured.
    pub rows: Vec<MetricRow>,
}

impl Run {
    /// Reads a run's folder.
    ///
    /// # Errors
    /// Where it is none.
    pub fn read(folder: &Path) -> Result<Run, ModelsError> {
        let (about, rows) = RunFolder::record(folder)?;
        Ok(Run { about, rows })
    }

    /// The last value of a number.
    fn last(&self, split: &str, name: &str) -> Option<f64> {
        self.rows.iter().rfind(|row| row.split == split && row.name == name).map(|row| row.value)
    }
}

/// Each number that the paper prints beside the mean over our runs of that model; what the codes of a
/// T2M-GPT lose is measured here where there is one.
pub fn table_iii(runs: &[Run], codes: Option<&Codes>, text_to_pose_hit_5: Option<f64>) -> Table {
    let mut table = Table::new("The paper's Table III", ["ours", "paper"]);
    for printed in &TABLE_III {
        let (ours, what) = ours(printed, runs, codes, text_to_pose_hit_5);
        let name = format!("{} {}: {}", printed.model, printed.component, printed.metric);
        let definition = match what {
            "" => format!("paper: {}", printed.undefined),
            what => format!("ours: {what}; paper: {}", printed.undefined),
        };
        table.rows.push(Row::new(name, definition, vec![ours, Some(printed.value.into())]));
    }
    let note =
        "losses are the last that each run recorded; ± is over runs. Losses of different data, weights and \
                features do not compare: the paper itself calls them proxies"
            .to_owned();
    table.notes.push(note);
    table
}

/// Our counterpart of a printed number, and what it is.
fn ours(
    printed: &Printed,
    runs: &[Run],
    codes: Option<&Codes>,
    hit_5: Option<f64>,
) -> (Option<Value>, &'static str) {
    let mean = |model: &str, of: &dyn Fn(&Run) -> Option<f64>| {
        let of_model = runs.iter().filter(|run| run.about.name.starts_with(model));
        Value::of(&of_model.filter_map(of).collect::<Vec<_>>())
    };
    let last = |model: &str, split: &str, name: &str| mean(model, &|run| run.last(split, name));
    match (printed.model, printed.component, printed.metric) {
        ("SignCLIP", _, "training loss") => {
            let sum =
                |run: &Run| Some(run.last("train", "pose-to-text")? + run.last("train", "text-to-pose")?);
            (mean("sign-clip", &sum), "sum of the two cross-entropies over a batch")
        }
        ("SignCLIP", _, "R@5") => (hit_5.map(Value::from), "text to pose, hit rate@5, judged here"),
        ("T2M-GPT", "VQ-VAE", "reconstruction test loss") => (
            codes.map(|codes| codes.loss.into()),
            "smooth L1 of standardised numbers, mean over codebooks, judged here",
        ),
        ("T2M-GPT", "VQ-VAE", "perplexity") => {
            (codes.map(|codes| codes.perplexity.into()), "over all judged clips, mean over codebooks")
        }
        ("T2M-GPT", "VQ-VAE", "commit") => {
            (codes.map(|codes| codes.commitment.into()), "not weighted, mean over codebooks, judged here")
        }
        ("T2M-GPT", "GPT", "train loss") => {
            (last("gpt", "train", "loss"), "cross-entropy, with token corruption")
        }
        ("T2M-GPT", "GPT", "validation loss") => {
            (last("gpt", "validation", "cross-entropy"), "cross-entropy a token, without corruption")
        }
        ("MotionCLIP", "decoder", "train loss") => {
            (last("motion-clip", "train", "loss"), "the weighted sum of all losses")
        }
        ("MotionCLIP", "decoder", "validation loss") => (
            last("motion-clip", "validation", "reconstruction"),
            "reconstruction alone, of standardised numbers",
        ),
        _ => (None, ""),
    }
}
