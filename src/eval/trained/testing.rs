//! A small dataset whose words differ by how the hands are turned.

use crate::dataset::{About, ClipRecord, Dataset, DatasetWriter, SplitRule, Word};
use crate::eval::distance::testing::signer;
use crate::lexicon::TrainedOn;
use crate::train::Corpus;
use std::path::Path;

/// The glosses; tests' text encoders know them.
pub(crate) const GLOSSES: [&str; 3] = ["وزارة", "مشفى", "حلب"];

/// Of each word four takes by each of two signers.
pub(crate) fn write(folder: &Path) -> Dataset {
    let about = About { name: "small".into(), trained_on_kind: TrainedOn::Practice, notes: String::new() };
    let mut writer = DatasetWriter::create(folder, about).unwrap();
    for (number, gloss) in GLOSSES.into_iter().enumerate() {
        let key = format!("word-{number}");
        let word = Word { key: key.clone(), gloss: gloss.into(), category: String::new(), forms: vec![] };
        let word = writer.word(word);
        for (who, name) in ["a", "b"].into_iter().enumerate() {
            for take in 0..4 {
                let record = ClipRecord {
                    id: format!("{key}-{name}-{take}"),
                    word,
                    signer: name.into(),
                    session: String::new(),
                    take,
                    fps: 0.0,
                    frames: 0,
                    source: String::new(),
                    copy_of: None,
                };
                let turned = number as f32 + 0.05 * (who as f32 + 0.3 * take as f32);
                writer.push(record, &signer(16 + take as usize, turned)).unwrap();
            }
        }
    }
    writer.finish().unwrap()
}

/// The same, split by take.
pub(crate) fn corpus(folder: &Path) -> Corpus {
    let dataset = write(folder);
    let split = SplitRule::Take.apply(&dataset, 1).unwrap();
    Corpus::new(dataset, split).unwrap()
}
