//! Looking for one model in one place.

use super::{Found, Look, Model, Origin, Place, Role, hub_cache};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Folders that together hold one model: one plain folder, or the snapshots of one repository.
struct Shelf {
    folders: Vec<PathBuf>,
    repository: Option<String>,
    /// Plain folders are filled by somebody for this program; caches fill up as others ask.
    is_plain: bool,
}

/// The model in a place, or what is there instead.
pub(super) fn look(model: &Model, place: &Place) -> Result<Found, Look> {
    let failed = |outcome, incomplete| Look { place: place.clone(), outcome, incomplete };
    if !place.path.is_dir() {
        return Err(failed("no such folder".to_owned(), false));
    }
    let mut lacking = Vec::new();
    let mut incomplete = false;
    for shelf in shelves(model, place) {
        match fill(model, &shelf) {
            Ok(files) => {
                let folder = shelf.folders.into_iter().next().unwrap_or_else(|| place.path.clone());
                let (id, place, repository) = (model.id.clone(), place.clone(), shelf.repository);
                return Ok(Found { id, place, folder, repository, files });
            }
            Err(missing) => {
                incomplete |= shelf.is_plain;
                lacking.push(missing);
            }
        }
    }
    let outcome = if lacking.is_empty() { nothing_of(model, place) } else { lacking.join("; ") };
    Err(failed(outcome, incomplete))
}

/// The folders of a place that may hold the model, as far as they are there.
fn shelves(model: &Model, place: &Place) -> Vec<Shelf> {
    let plain = plain_names(model).into_iter().map(|(name, repository)| Shelf {
        folders: vec![place.path.join(name)],
        repository,
        is_plain: true,
    });
    let cached = model.sources.iter().map(|source| Shelf {
        folders: hub_cache::snapshots(
            &hub_cache::repository_folder(&place.path, &source.repository),
            &source.revision,
        ),
        repository: Some(source.repository.clone()),
        is_plain: false,
    });
    // A named folder may be a copy of a cache as well.
    let plain = plain.filter(|_| place.origin != Origin::HubCache);
    plain.chain(cached).filter(|shelf| shelf.folders.first().is_some_and(|folder| folder.is_dir())).collect()
}

/// What a plain folder of this model may be called, and the repository that the name tells.
fn plain_names(model: &Model) -> Vec<(String, Option<String>)> {
    let mut names = vec![(model.id.clone(), None)];
    for source in &model.sources {
        for name in [source.short_name(), source.repository.as_str()] {
            if !names.iter().any(|(known, _)| known == name) {
                names.push((name.to_owned(), Some(source.repository.clone())));
            }
        }
    }
    names
}

/// The files of every role, or what is missing.
fn fill(model: &Model, shelf: &Shelf) -> Result<BTreeMap<Role, Vec<PathBuf>>, String> {
    let mut files = BTreeMap::new();
    let mut missing = Vec::new();
    for need in &model.needs {
        let groups = || shelf.folders.iter().flat_map(|folder| need.any_of.iter().map(move |g| (folder, g)));
        match groups().find_map(|(folder, group)| all_of(folder, group)) {
            Some(paths) => drop(files.insert(need.role, paths)),
            None if need.optional => {}
            None => missing.push(need.phrase()),
        }
    }
    if missing.is_empty() {
        return Ok(files);
    }
    let folder = shelf.folders.first().map(|folder| folder.display().to_string()).unwrap_or_default();
    Err(format!("{folder} lacks {}", missing.join("; ")))
}

fn all_of(folder: &Path, group: &[String]) -> Option<Vec<PathBuf>> {
    let paths: Vec<_> = group.iter().map(|name| folder.join(name)).collect();
    paths.iter().all(|path| path.is_file()).then_some(paths)
}

fn nothing_of(model: &Model, place: &Place) -> String {
    let names: Vec<_> = match place.origin {
        Origin::HubCache => model.sources.iter().map(|source| source.repository.clone()).collect(),
        _ => plain_names(model).into_iter().map(|(name, _)| name + "/").collect(),
    };
    match names.as_slice() {
        [] => "a model that no repository offers is not kept there".to_owned(),
        names => format!("nothing there is called {}", names.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::weights::Manifest;
    use crate::models::weights::testing::{age, write};

    fn model(id: &str) -> Model {
        Manifest::builtin().unwrap().model(id).unwrap().clone()
    }

    fn place(path: &Path, origin: Origin) -> Place {
        Place { origin, path: path.to_owned() }
    }

    fn put(folder: &Path, names: &[&str]) {
        for name in names {
            write(&folder.join(name), name.as_bytes());
        }
    }

    #[test]
    fn a_plain_folder_goes_by_id_by_short_name_or_by_repository() {
        let names = [
            ("arat5", None),
            ("AraT5-base", Some("UBC-NLP/AraT5-base")),
            ("UBC-NLP/AraT5v2-base-1024", Some("UBC-NLP/AraT5v2-base-1024")),
        ];
        for (name, repository) in names {
            let root = tempfile::tempdir().unwrap();
            put(&root.path().join(name), &["config.json", "spiece.model", "pytorch_model.bin"]);
            let found = look(&model("arat5"), &place(root.path(), Origin::Named)).unwrap();
            assert_eq!(found.folder, root.path().join(name));
            assert_eq!(found.repository.as_deref(), repository);
            assert!(found.path(Role::Weights).unwrap().ends_with("pytorch_model.bin"));
            assert!(found.named("spiece.model").unwrap().ends_with("spiece.model"));
            assert!(found.path(Role::Vocabulary).is_err());
            assert_eq!(found.bytes(), 11 + 12 + 17);
        }
    }

    #[test]
    fn the_preferred_alternative_wins_and_a_group_counts_only_whole() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("clip-text");
        put(&folder, &["config.json", "model.safetensors", "pytorch_model.bin", "vocab.json"]);
        let missing = look(&model("clip-text"), &place(root.path(), Origin::Named)).unwrap_err();
        assert!(missing.incomplete);
        assert!(
            missing.outcome.ends_with("lacks tokenizer.json, or vocab.json and merges.txt"),
            "{missing:?}"
        );
        put(&folder, &["merges.txt"]);
        let found = look(&model("clip-text"), &place(root.path(), Origin::Named)).unwrap();
        assert_eq!(found.paths(Role::Tokenizer), [folder.join("vocab.json"), folder.join("merges.txt")]);
        assert!(found.path(Role::Weights).unwrap().ends_with("model.safetensors"));
    }

    #[test]
    fn a_snapshot_that_lacks_a_file_is_completed_from_another() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("models--openai--clip-vit-base-patch32");
        put(&folder.join("snapshots/aaa"), &["config.json", "tokenizer.json"]);
        put(&folder.join("snapshots/bbb"), &["config.json", "model.safetensors"]);
        age(&folder.join("snapshots/bbb"), 9);
        write(&folder.join("refs/main"), b"aaa");
        let found = look(&model("clip-text"), &place(root.path(), Origin::HubCache)).unwrap();
        assert_eq!(found.path(Role::Config).unwrap(), folder.join("snapshots/aaa/config.json"));
        assert_eq!(found.path(Role::Weights).unwrap(), folder.join("snapshots/bbb/model.safetensors"));
    }

    #[cfg(unix)]
    #[test]
    fn links_into_the_blobs_are_followed_and_a_broken_one_is_missing() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("models--openai--clip-vit-base-patch32");
        put(&folder.join("snapshots/aaa"), &["config.json", "tokenizer.json"]);
        let blob = "0123456789abcdef".repeat(4);
        let link = folder.join("snapshots/aaa/model.safetensors");
        std::os::unix::fs::symlink(format!("../../blobs/{blob}"), &link).unwrap();
        let missing = look(&model("clip-text"), &place(root.path(), Origin::HubCache)).unwrap_err();
        assert!(missing.outcome.contains("model.safetensors") && !missing.incomplete, "{missing:?}");
        write(&folder.join("blobs").join(&blob), b"weights");
        let found = look(&model("clip-text"), &place(root.path(), Origin::HubCache)).unwrap();
        assert_eq!(found.path(Role::Weights).unwrap(), link);
        assert_eq!(hub_cache::blob_hash(&link), Some(blob));
        assert_eq!(hub_cache::blob_hash(&folder.join("snapshots/aaa/config.json")), None);
    }

    #[test]
    fn a_place_without_the_model_says_what_it_would_be_called() {
        let root = tempfile::tempdir().unwrap();
        let outcome = |id: &str, origin| look(&model(id), &place(root.path(), origin)).unwrap_err().outcome;
        put(&root.path().join("clip-text"), &["config.json", "tokenizer.json", "model.safetensors"]);
        assert!(look(&model("clip-text"), &place(root.path(), Origin::Named)).is_ok());
        assert!(outcome("clip-text", Origin::HubCache).contains("openai/"), "a cache has no plain folders");
        assert!(outcome("arat5", Origin::Named).contains("arat5/ or AraT5-base/"));
        assert!(outcome("arat5", Origin::HubCache).contains("UBC-NLP/AraT5-base"));
        assert!(outcome("t2m-gpt", Origin::HubCache).contains("no repository offers"));
        let gone = look(&model("arat5"), &place(&root.path().join("gone"), Origin::Named)).unwrap_err();
        assert_eq!(gone.outcome, "no such folder");
    }
}
