//! An index on disk: one safetensors file with `embeddings` (f32, `[rows, width]`), `names` (a JSON list
//! as bytes) and a line of metadata that says what the rows were made from.

use super::{EmbeddingIndex, IndexError};
use crate::models::sign_clip::Similarity;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// The metadata's key.
const ABOUT: &str = "embedding_index";

/// What is said of an index beside its rows.
#[derive(Serialize, Deserialize)]
struct About {
    version: u32,
    similarity: Similarity,
    fingerprint: String,
}

const VERSION: u32 = 1;

impl EmbeddingIndex {
    /// Writes the index: beside the file first, then in its place, so that a reader never sees half of it.
    ///
    /// # Errors
    /// [`IndexError::File`].
    pub fn save(&self, path: &Path) -> Result<(), IndexError> {
        let fail = |reason: String| IndexError::File { path: path.to_owned(), reason };
        let about =
            About { version: VERSION, similarity: self.similarity, fingerprint: self.fingerprint.clone() };
        let about = serde_json::to_string(&about).map_err(|error| fail(error.to_string()))?;
        let names = serde_json::to_vec(&self.names).map_err(|error| fail(error.to_string()))?;
        let little_endian: Vec<u8> = self.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let view = |dtype, shape, bytes| TensorView::new(dtype, shape, bytes);
        let embeddings = view(Dtype::F32, vec![self.len(), self.width], &little_endian);
        let views = [
            ("embeddings", embeddings.map_err(|error| fail(error.to_string()))?),
            ("names", view(Dtype::U8, vec![names.len()], &names).map_err(|error| fail(error.to_string()))?),
        ];
        let metadata = HashMap::from([(ABOUT.to_owned(), about)]);
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        safetensors::serialize_to_file(views, Some(metadata), Path::new(&part))
            .map_err(|error| fail(error.to_string()))?;
        std::fs::rename(&part, path).map_err(|error| fail(error.to_string()))
    }

    /// Reads an index.
    ///
    /// # Errors
    /// [`IndexError::File`] where the file is missing or is not one, and those of [`Self::new`].
    pub fn load(path: &Path) -> Result<Self, IndexError> {
        let fail = |reason: String| IndexError::File { path: path.to_owned(), reason };
        let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
        Self::from_bytes(&bytes).map_err(|reason| fail(format!("no index of embeddings: {reason}")))
    }

    /// Reads an index that was made from what the fingerprint says; none where the file is not there or
    /// was made from something else, and must be made again.
    ///
    /// # Errors
    /// As [`Self::load`] where the file is there.
    pub fn load_fresh(path: &Path, fingerprint: &str) -> Result<Option<Self>, IndexError> {
        if !path.exists() {
            return Ok(None);
        }
        Self::load(path).map(|index| (index.fingerprint == fingerprint).then_some(index))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
        let about = metadata.metadata().as_ref().and_then(|metadata| metadata.get(ABOUT));
        let about = about.ok_or_else(|| format!("expected metadata named {ABOUT}, found none"))?;
        let about: About = serde_json::from_str(about).map_err(|error| error.to_string())?;
        if about.version != VERSION {
            return Err(format!("expected version {VERSION}, found {}", about.version));
        }
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let tensor = |name, wanted: Dtype, rank: usize| match file.tensor(name) {
            Ok(tensor) if tensor.dtype() == wanted && tensor.shape().len() == rank => Ok(tensor),
            Ok(tensor) => Err(format!(
                "expected {name} of type {wanted:?} and rank {rank}, found {:?} {:?}",
                tensor.dtype(),
                tensor.shape()
            )),
            Err(error) => Err(error.to_string()),
        };
        let names = tensor("names", Dtype::U8, 1)?;
        let names: Vec<String> = serde_json::from_slice(names.data()).map_err(|error| error.to_string())?;
        let embeddings = tensor("embeddings", Dtype::F32, 2)?;
        let &[rows, width] = embeddings.shape() else { return Err("embeddings of another rank".into()) };
        if rows != names.len() {
            return Err(format!("expected {rows} names, found {}", names.len()));
        }
        let (numbers, _) = embeddings.data().as_chunks::<4>();
        let values = numbers.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        Self::new(about.similarity, width, names, values, about.fingerprint)
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index() -> EmbeddingIndex {
        let names = ["وزارة", "house\n", "house\n"].map(String::from).to_vec();
        EmbeddingIndex::new(Similarity::Dot, 2, names, vec![1.0, -2.5, 0.0, 3.0, 1e-9, 7.0], "made-of-this")
            .unwrap()
    }

    #[test]
    fn what_is_written_is_read_again_and_a_stale_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.safetensors");
        let fresh = |fingerprint| EmbeddingIndex::load_fresh(&path, fingerprint);
        assert!(fresh("made-of-this").unwrap().is_none());
        index().save(&path).unwrap();
        let first = std::fs::read(&path).unwrap();
        assert_eq!(fresh("made-of-this").unwrap().unwrap(), index());
        assert!(fresh("made-of-that").unwrap().is_none());
        index().save(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_index_of_unit_vectors_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.safetensors");
        let made = EmbeddingIndex::new(
            Similarity::Cosine,
            3,
            vec!["a".into(), "b".into()],
            vec![3.0, 4.0, 0.0, 0.1, 0.2, 0.7],
            "",
        );
        let made = made.unwrap();
        made.save(&path).unwrap();
        let read = EmbeddingIndex::load(&path).unwrap();
        let query = [0.3, 0.1, 0.9];
        assert_eq!(read.search(&query, 2).unwrap(), made.search(&query, 2).unwrap());
    }

    #[test]
    fn files_that_are_no_index_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no.safetensors");
        assert!(EmbeddingIndex::load(&path).unwrap_err().to_string().contains("no.safetensors"));
        let value =
            candle_core::Tensor::zeros(3, candle_core::DType::F32, &candle_core::Device::Cpu).unwrap();
        candle_core::safetensors::save(&HashMap::from([("embeddings", value)]), &path).unwrap();
        let error = EmbeddingIndex::load(&path).unwrap_err().to_string();
        assert!(error.contains("no.safetensors") && error.contains("metadata"), "{error}");
    }

    proptest! {
        #[test]
        fn broken_files_are_errors(cut in 0usize..500, flip in 0usize..500, bit in 0u8..8) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("index.safetensors");
            index().save(&path).unwrap();
            let whole = std::fs::read(&path).unwrap();
            let short = &whole[..cut.min(whole.len() - 1)];
            prop_assert!(EmbeddingIndex::from_bytes(short).is_err());
            let mut flipped = whole.clone();
            let at = flip % whole.len();
            flipped[at] ^= 1 << bit;
            if let Ok(index) = EmbeddingIndex::from_bytes(&flipped) {
                prop_assert!(index.search(&vec![0.5; index.width()], 9).is_ok_and(|hits| hits.iter().all(|h| h.score.is_finite())));
            }
        }
    }
}
