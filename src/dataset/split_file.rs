//! Splits as files beside the clips: `splits/NAME.csv` says of each clip, by id, which part it is in.

use super::files::{self, failed, read_table, write_table};
use super::{Dataset, DatasetError, Part, Split, WhyLeftOut};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Serialize, Deserialize)]
struct Row {
    clip: String,
    part: String,
}

impl Split {
    /// Writes the split into its dataset's folder and says where.
    ///
    /// # Errors
    /// [`DatasetError::SplitName`] where the name is no file's; [`DatasetError::Io`].
    pub fn save(&self, dataset: &Dataset) -> Result<PathBuf, DatasetError> {
        let path = path_of(dataset.folder(), &self.name)?;
        let folder = dataset.folder().join(files::SPLITS);
        std::fs::create_dir_all(&folder).map_err(failed(&folder, "making the folder"))?;
        let parts =
            Part::ALL.iter().flat_map(|part| self.part(*part).iter().map(|clip| (*clip, part.name())));
        let left_out = self.left_out.iter().map(|left_out| (left_out.clip, left_out.why.name()));
        let places: BTreeMap<usize, &str> = parts.chain(left_out).collect();
        let clips = dataset.clips();
        let rows = places.into_iter().filter_map(|(clip, part)| {
            Some(Row { clip: clips.get(clip)?.id.clone(), part: part.to_owned() })
        });
        write_table(&path, &["clip", "part"], rows)?;
        Ok(path)
    }

    /// Reads a split of a dataset by its name. A clip that the file does not name is in no part.
    ///
    /// # Errors
    /// [`DatasetError::Io`] where there is none; [`DatasetError::Row`] where it names a clip twice, one that
    /// the dataset does not have, or no part.
    pub fn load(dataset: &Dataset, name: &str) -> Result<Split, DatasetError> {
        let path = path_of(dataset.folder(), name)?;
        let numbers: BTreeMap<&str, usize> =
            dataset.clips().iter().enumerate().map(|(number, clip)| (clip.id.as_str(), number)).collect();
        let mut places = BTreeMap::new();
        for (line, row) in read_table::<Row>(&path)? {
            let wrong = |message| DatasetError::Row { path: path.clone(), line, message };
            let Some(&clip) = numbers.get(row.clip.as_str()) else {
                return Err(wrong(format!("expected a clip of the dataset, found {:?}", row.clip)));
            };
            let Some(place) = place(&row.part) else {
                let found = &row.part;
                return Err(wrong(format!("expected train, validation or test, found {found:?}")));
            };
            if places.insert(clip, place).is_some() {
                return Err(wrong(format!("the clip {:?} is there twice", row.clip)));
            }
        }
        let mut split = Split {
            name: name.to_owned(),
            train: Vec::new(),
            validation: Vec::new(),
            test: Vec::new(),
            left_out: Vec::new(),
        };
        for (clip, place) in places {
            match place {
                Ok(Part::Train) => split.train.push(clip),
                Ok(Part::Validation) => split.validation.push(clip),
                Ok(Part::Test) => split.test.push(clip),
                Err(why) => split.left_out.push(super::LeftOut { clip, why }),
            }
        }
        Ok(split)
    }
}

fn place(text: &str) -> Option<Result<Part, WhyLeftOut>> {
    let reasons = [WhyLeftOut::Copy, WhyLeftOut::WordOnlyThere];
    let part = Part::ALL.into_iter().find(|part| part.name() == text).map(Ok);
    part.or_else(|| reasons.into_iter().find(|why| why.name() == text).map(Err))
}

fn path_of(folder: &Path, name: &str) -> Result<PathBuf, DatasetError> {
    let usable = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > 200 || name.starts_with('.') || !name.chars().all(usable) {
        return Err(DatasetError::SplitName { found: name.to_owned() });
    }
    Ok(folder.join(files::SPLITS).join(format!("{name}.csv")))
}
