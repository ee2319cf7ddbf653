//! The folder of a run: `runs/2026-11-25-name/`.
//!
//! | file | what |
//! |---|---|
//! | `config.toml` | all settings, with what was left to defaults |
//! | `run.json` | seed, revision, device, threads, version, command, dataset |
//! | `metrics.csv`, `events.out.tfevents.*` | what was measured |
//! | `report.html` | the same as curves |
//! | `parameters.csv`, `parameters.json` | what each parameter got and how far it went |
//! | `checkpoints/` | to go on from |
//! | `best/` | weights only |
//! | `samples/` | pictures of what the network makes |

use super::TrainError;
use super::metrics::{self, MetricRow, write_whole};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a run was made with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunAbout {
    /// Its name.
    pub name: String,
    /// When it began, in seconds since 1970.
    pub began: u64,
    /// Of all that is drawn.
    pub seed: u64,
    /// Where it is reckoned.
    pub device: String,
    /// Threads of the processor.
    pub threads: usize,
    /// This program's.
    pub version: String,
    /// Of the working folder, with `-dirty` where it was changed since; none where git knows none.
    pub revision: Option<String>,
    /// How the program was called.
    pub command: Vec<String>,
    /// What it learns from.
    pub dataset: String,
}

impl RunAbout {
    /// Of this process.
    pub fn new(name: &str, seed: u64, device: &str, dataset: &str) -> Self {
        Self {
            name: name.to_owned(),
            began: now(),
            seed,
            device: device.to_owned(),
            threads: rayon::current_num_threads(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: revision(),
            command: std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect(),
            dataset: dataset.to_owned(),
        }
    }
}

/// A run's folder on disk.
#[derive(Clone, Debug)]
pub struct RunFolder(PathBuf);

impl RunFolder {
    /// Makes the folder of a new run in `root`, called by date (UTC) and name; a number is added where
    /// there is such a one.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn create(root: &Path, config: &str, about: &RunAbout) -> Result<Self, TrainError> {
        fs::create_dir_all(root).map_err(|e| TrainError::write(root, e))?;
        let stem = format!("{}-{}", date(about.began), file_name(&about.name));
        let names = std::iter::once(stem.clone()).chain((2u32..).map(|nth| format!("{stem}-{nth}")));
        for path in names.map(|name| root.join(name)) {
            match fs::create_dir(&path) {
                Ok(()) => return Self(path).fill(config, about),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(TrainError::write(path, e)),
            }
        }
        Err(TrainError::write(root, "too many runs of this name"))
    }

    /// Makes a new run's folder at a path of its own, which must not be a run already.
    ///
    /// # Errors
    /// [`TrainError::Write`].
    pub fn create_at(path: &Path, config: &str, about: &RunAbout) -> Result<Self, TrainError> {
        if path.join("run.json").exists() {
            return Err(TrainError::write(path, "expected no run there yet, found one"));
        }
        fs::create_dir_all(path).map_err(|e| TrainError::write(path, e))?;
        Self(path.to_owned()).fill(config, about)
    }

    /// The folder of a run that is to go on.
    ///
    /// # Errors
    /// [`TrainError::Read`] where it is none.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let folder = Self(path.to_owned());
        folder.about()?;
        folder.make_parts()?;
        Ok(folder)
    }

    /// Takes the settings that it goes on with: written down where nothing was learnt by others yet, and
    /// told where they are not those that it began with.
    ///
    /// # Errors
    /// [`TrainError::Read`], [`TrainError::Write`].
    pub fn take_settings(&self, config: &str) -> Result<(), TrainError> {
        if self.config()? == config {
            return Ok(());
        }
        let has_begun = fs::read_dir(self.checkpoints()).is_ok_and(|mut entries| entries.next().is_some());
        if has_begun {
            tracing::warn!("{}: goes on with other settings than its config.toml has", self.0.display());
            return Ok(());
        }
        write_whole(&self.0.join("config.toml"), config.as_bytes())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The settings as they were written, as TOML.
    ///
    /// # Errors
    /// [`TrainError::Read`].
    pub fn config(&self) -> Result<String, TrainError> {
        let path = self.0.join("config.toml");
        fs::read_to_string(&path).map_err(|e| TrainError::read(path, e))
    }

    /// What it was made with.
    ///
    /// # Errors
    /// [`TrainError::Read`].
    pub fn about(&self) -> Result<RunAbout, TrainError> {
        let path = self.0.join("run.json");
        let text = fs::read_to_string(&path).map_err(|e| TrainError::read(&path, e))?;
        serde_json::from_str(&text).map_err(|e| TrainError::read(&path, e))
    }

    /// What a run was made with and what it measured so far, read without touching its folder.
    ///
    /// # Errors
    /// [`TrainError::Read`] where it is none.
    pub fn record(path: &Path) -> Result<(RunAbout, Vec<MetricRow>), TrainError> {
        let about = Self(path.to_owned()).about()?;
        Ok((about, metrics::read(&path.join("metrics.csv"))?))
    }

    /// `checkpoints/`.
    pub fn checkpoints(&self) -> PathBuf {
        self.0.join("checkpoints")
    }

    /// The weights after a step, in `best/`.
    pub fn weights(&self, step: u64) -> PathBuf {
        self.0.join(format!("best/step-{step:08}.safetensors"))
    }

    /// A sample after a step, in `samples/`.
    pub(super) fn sample(&self, step: u64, title: &str) -> PathBuf {
        self.0.join(format!("samples/step-{step:08} {}.svg", as_written(title)))
    }

    /// The samples of the last step that has some: titles and SVG, by title.
    pub(super) fn last_samples(&self) -> Vec<(u64, String, String)> {
        let Ok(entries) = fs::read_dir(self.0.join("samples")) else { return Vec::new() };
        let of = |path: PathBuf| {
            let name = path.file_stem()?.to_str()?.to_owned();
            let (step, title) = name.strip_prefix("step-")?.split_once(' ')?;
            Some((step.parse().ok()?, title.to_owned(), fs::read_to_string(&path).ok()?))
        };
        let mut samples: Vec<(u64, String, String)> =
            entries.filter_map(|entry| of(entry.ok()?.path())).collect();
        let last = samples.iter().map(|(step, ..)| *step).max();
        samples.retain(|(step, ..)| Some(*step) == last);
        samples.sort();
        samples
    }

    fn fill(self, config: &str, about: &RunAbout) -> Result<Self, TrainError> {
        self.make_parts()?;
        write_whole(&self.0.join("config.toml"), config.as_bytes())?;
        let path = self.0.join("run.json");
        let text = serde_json::to_string_pretty(about).map_err(|e| TrainError::write(&path, e))?;
        write_whole(&path, text.as_bytes())?;
        Ok(self)
    }

    fn make_parts(&self) -> Result<(), TrainError> {
        for part in ["checkpoints", "best", "samples"] {
            let path = self.0.join(part);
            fs::create_dir_all(&path).map_err(|e| TrainError::write(path, e))?;
        }
        Ok(())
    }
}

/// A title as a file's name: as it is, without what some file system does not take.
fn as_written(title: &str) -> String {
    let taken = |c: &char| !c.is_control() && !"/\\:*?\"<>|".contains(*c);
    title.chars().filter(taken).take(80).collect()
}

/// Letters and digits of any script; all else is a hyphen.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || c == '_' || c == '.' { c } else { '-' };
    let name: String = name.chars().map(safe).take(80).collect();
    name.trim_start_matches('.').to_owned()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn revision() -> Option<String> {
    let told = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"])
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(told.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| told.status.success() && !text.is_empty())
}

/// `2026-11-25` of seconds since 1970, UTC.
fn date(seconds: u64) -> String {
    // Days since 0000-03-01, in eras of 400 years (Hinnant, "chrono-compatible low-level date algorithms").
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{of_month:02}", era * 400 + year + next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let days = [0, 951_782_400, 951_868_800, 1_795_564_800, 4_107_542_399];
        let dates = ["1970-01-01", "2000-02-29", "2000-03-01", "2026-11-25", "2100-02-28"];
        assert_eq!(days.map(date), dates);
    }

    #[test]
    fn a_second_run_of_a_name_gets_a_number_and_both_are_opened() {
        let root = tempfile::tempdir().unwrap();
        let about = RunAbout::new("تجربة 1/x", 3, "cpu", "practice");
        let first = RunFolder::create(root.path(), "seed = 3\n", &about).unwrap();
        let second = RunFolder::create(root.path(), "seed = 3\n", &about).unwrap();
        assert!(first.path().to_str().unwrap().ends_with("-تجربة-1-x"));
        assert!(second.path().to_str().unwrap().ends_with("-تجربة-1-x-2"));
        let opened = RunFolder::open(second.path()).unwrap();
        assert_eq!(opened.about().unwrap(), about);
        assert_eq!(opened.config().unwrap(), "seed = 3\n");
        assert!(RunFolder::create_at(first.path(), "", &about).is_err());
    }

    #[test]
    fn settings_are_written_anew_until_something_is_learnt_by_them() {
        let root = tempfile::tempdir().unwrap();
        let run = RunFolder::create(root.path(), "seed = 3\n", &RunAbout::default()).unwrap();
        run.take_settings("seed = 4\n").unwrap();
        assert_eq!(run.config().unwrap(), "seed = 4\n");
        fs::write(run.checkpoints().join("step-00000001.safetensors"), "").unwrap();
        run.take_settings("seed = 5\n").unwrap();
        assert_eq!(run.config().unwrap(), "seed = 4\n");
    }

    #[test]
    fn samples_of_the_last_step_keep_their_titles() {
        let root = tempfile::tempdir().unwrap();
        let run = RunFolder::create(root.path(), "", &RunAbout::default()).unwrap();
        for (step, title) in [(9, "«وزارة» as generated"), (12, "«وزارة» as generated"), (12, "a/../b: c")]
        {
            fs::write(run.sample(step, title), "<svg/>").unwrap();
        }
        let titles: Vec<(u64, String)> =
            run.last_samples().into_iter().map(|(step, title, _)| (step, title)).collect();
        assert_eq!(titles, [(12, "a..b c".to_owned()), (12, "«وزارة» as generated".to_owned())]);
    }

    #[test]
    fn a_folder_that_is_no_run_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(RunFolder::open(folder.path()).unwrap_err().to_string().contains("run.json"));
    }
}
