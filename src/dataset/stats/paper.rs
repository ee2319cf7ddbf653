//! The paper's Table I, and the same rows of any dataset beside it.

use super::{Spread, Stats};
use serde::Serialize;

/// One dataset's column of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Factors {
    /// The dataset.
    pub name: String,
    /// How many words.
    pub words: String,
    /// How many signers.
    pub signers: String,
    /// How often a word is signed.
    pub repetitions: String,
    /// How many clips.
    pub samples: String,
    /// Frames a second.
    pub fps: String,
    /// What a clip holds.
    pub modality: String,
    /// How long clips are.
    pub duration: String,
}

impl Factors {
    /// The names of the rows.
    pub const ROWS: [&str; 7] = [
        "unique words",
        "signers",
        "word repetitions",
        "samples",
        "frames a second",
        "modalities",
        "duration",
    ];

    /// The cells below the name.
    pub fn cells(&self) -> [&str; 7] {
        [
            &self.words,
            &self.signers,
            &self.repetitions,
            &self.samples,
            &self.fps,
            &self.modality,
            &self.duration,
        ]
    }
}

/// A column of the paper.
pub struct Published {
    name: &'static str,
    cells: [&'static str; 7],
}

/// What the paper compares, and its own dataset: Table I and section III A.
pub const COMPARED: [Published; 4] = [
    Published {
        name: "SyriSign",
        cells: ["150", "2", "10 (5 a signer)", "1,500", "60", "RGB", "about 3 h; longest 7 s"],
    },
    Published {
        name: "KArSL",
        cells: ["502", "3", "150 (50 a signer)", "75,300", "30", "RGB, depth, skeleton", "-"],
    },
    Published {
        name: "MS-ASL (ASL1000)",
        cells: [
            "1,000",
            "222",
            "at least 11",
            "25,513",
            "25.5 on average",
            "RGB",
            "24 h 39 min; mean 64 frames",
        ],
    },
    Published {
        name: "WLASL (WLASL2000)",
        cells: ["2,000", "119", "10.5 on average", "21,083", "25", "RGB", "mean 2.4 s; longest 8 s"],
    },
];

impl Published {
    /// The column.
    pub fn factors(&self) -> Factors {
        let [words, signers, repetitions, samples, fps, modality, duration] = self.cells.map(str::to_owned);
        Factors { name: self.name.to_owned(), words, signers, repetitions, samples, fps, modality, duration }
    }
}

/// The rows of a dataset, written as the paper writes them.
pub(super) fn factors(stats: &Stats) -> Factors {
    let by_signer = range(stats.repetitions_by_signer, 1);
    let seconds = stats.seconds;
    Factors {
        name: stats.name.clone(),
        words: thousands(stats.words),
        signers: thousands(stats.signers),
        repetitions: format!("{} ({by_signer} a signer)", range(stats.repetitions, 1)),
        samples: thousands(stats.samples),
        fps: range(stats.fps, 2),
        modality: stats.modality.clone(),
        duration: format!(
            "{}; mean {:.1} s, longest {:.1} s",
            total(stats.total_seconds),
            seconds.mean,
            seconds.most
        ),
    }
}

/// One number where there is only one, else least to most with the mean.
fn range(spread: Spread, digits: usize) -> String {
    let number = |value: f64| {
        let text = format!("{value:.digits$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    };
    let Spread { least, mean, most } = spread;
    if number(least) == number(most) {
        return number(mean);
    }
    format!("{} to {}, {} on average", number(least), number(most), number(mean))
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn total(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match (minutes / 60, minutes % 60) {
        (0, 0..2) => format!("{seconds:.0} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_paper_writes_them() {
        assert_eq!(
            (thousands(75_300), thousands(502), thousands(1_000_000)),
            ("75,300".into(), "502".into(), "1,000,000".into())
        );
        assert_eq!(
            (total(88_740.0), total(59.4), total(600.0)),
            ("24 h 39 min".into(), "59 s".into(), "10 min".into())
        );
        assert_eq!(range(Spread { least: 10.0, mean: 10.0, most: 10.0 }, 1), "10");
        assert_eq!(range(Spread { least: 2.0, mean: 3.25, most: 5.0 }, 1), "2 to 5, 3.2 on average");
    }

    #[test]
    fn every_published_column_has_all_rows() {
        for published in &COMPARED {
            assert!(published.factors().cells().iter().all(|cell| !cell.is_empty()), "{}", published.name);
        }
    }
}
