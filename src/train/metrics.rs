//! What was measured, one row a number: `step,epoch,split,name,value`.
//!
//! The same rows go to TensorBoard. A run that goes on drops the rows after the step that it goes on from,
//! so that none is there twice.

use super::TrainError;
use super::tensorboard::Events;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricRow {
    /// Steps done.
    pub step: u64,
    /// Epochs done, the one that is under way as a fraction left out.
    pub epoch: u64,
    /// `train`, `validation` or `system`.
    pub split: String,
    /// What was measured.
    pub name: String,
    /// How much.
    pub value: f64,
}

/// Writes rows. Nothing is touched before the first of them, so that a run that turns out not to go on
/// here leaves the files as they were.
pub(super) struct Recorder {
    folder: PathBuf,
    /// The step behind which it begins.
    step: u64,
    open: Option<Open>,
}

struct Open {
    rows: csv::Writer<File>,
    events: Events,
    path: PathBuf,
}

impl Recorder {
    /// Goes on behind the rows up to a step; from the beginning where that is 0.
    pub(super) fn new(folder: &Path, step: u64) -> Self {
        Self { folder: folder.to_owned(), step, open: None }
    }

    /// Writes rows through to the file.
    pub(super) fn write(&mut self, rows: &[MetricRow]) -> Result<(), TrainError> {
        let open = match &mut self.open {
            Some(open) => open,
            None => self.open.insert(Open::new(&self.folder, self.step)?),
        };
        for row in rows {
            open.rows.serialize(row).map_err(|e| TrainError::write(&open.path, e))?;
            open.events.scalar(&format!("{}/{}", row.split, row.name), row.step, row.value)?;
        }
        open.rows.flush().map_err(|e| TrainError::write(&open.path, e))?;
        open.events.flush()
    }
}

impl Open {
    fn new(folder: &Path, step: u64) -> Result<Self, TrainError> {
        let path = folder.join("metrics.csv");
        let kept = read(&path)?.into_iter().filter(|row| row.step <= step && step > 0);
        let failed = |e: &dyn ToString| TrainError::write(&path, e.to_string());
        let mut whole = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
        whole.write_record(["step", "epoch", "split", "name", "value"]).map_err(|e| failed(&e))?;
        for row in kept {
            whole.serialize(row).map_err(|e| failed(&e))?;
        }
        write_whole(&path, &whole.into_inner().map_err(|e| failed(&e))?)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(|e| failed(&e))?;
        let rows = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        Ok(Self { rows, events: Events::create(folder, step)?, path })
    }
}

/// All rows of a file; none where there is no file. A last row that was cut is left out.
pub(super) fn read(path: &Path) -> Result<Vec<MetricRow>, TrainError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(TrainError::read(path, e)),
    };
    Ok(csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(file)
        .deserialize()
        .filter_map(Result::ok)
        .collect())
}

/// Writes a file under a temporary name, flushes it and renames it.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let write = || {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|e| {
        // What went wrong first is what is told.
        let _ = fs::remove_file(&part);
        TrainError::write(path, e)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(step: u64, value: f64) -> MetricRow {
        MetricRow { step, epoch: 0, split: "train".into(), name: "loss".into(), value }
    }

    #[test]
    fn a_run_that_goes_on_has_no_row_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let mut recorder = Recorder::new(folder.path(), 0);
        recorder.write(&[row(10, 0.5), row(20, f64::NAN), row(30, 0.1 + 0.2)]).unwrap();
        drop(recorder);
        let mut recorder = Recorder::new(folder.path(), 20);
        assert_eq!(read(&path).unwrap().len(), 3, "nothing is dropped before something is written");
        recorder.write(&[row(30, 0.1 + 0.2)]).unwrap();
        let rows = read(&path).unwrap();
        assert_eq!(rows.iter().map(|row| row.step).collect::<Vec<_>>(), [10, 20, 30]);
        assert!(rows[1].value.is_nan());
        assert_eq!(rows[2].value, 0.1 + 0.2);
        Recorder::new(folder.path(), 0).write(&[row(1, 2.0)]).unwrap();
        assert_eq!(read(&path).unwrap(), [row(1, 2.0)]);
    }

    #[test]
    fn a_row_that_was_cut_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        fs::write(&path, "step,epoch,split,name,value\n10,0,train,loss,0.5\n20,0,tra").unwrap();
        assert_eq!(read(&path).unwrap(), [row(10, 0.5)]);
    }
}
