//! The places where models are looked for, in order.

use super::{Found, Manifest, Model, WeightsError, hub_cache, look};
use crate::lexicon::data_dir;
use std::fmt;
use std::path::{Path, PathBuf};

/// Folders of models, the first that has one wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    list: Vec<Place>,
    /// Where a pull puts models unless a folder is named.
    user: Option<PathBuf>,
}

/// One folder of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Why it is looked in.
    pub origin: Origin,
    /// The folder.
    pub path: PathBuf,
}

/// Why a place is looked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--models`.
    Named,
    /// `NASHRA_MODELS`.
    Environment,
    /// The settings' `models`.
    Settings,
    /// `models/` in the working folder.
    WorkingFolder,
    /// `models/` beside the program.
    BesideProgram,
    /// `models/` in the source's checkout, while developing.
    Checkout,
    /// The user's data folder.
    UserData,
    /// The Hugging Face cache.
    HubCache,
}

impl Origin {
    /// A few words for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Named => "--models",
            Self::Environment => "NASHRA_MODELS",
            Self::Settings => "settings",
            Self::WorkingFolder => "working folder",
            Self::BesideProgram => "beside the program",
            Self::Checkout => "checkout",
            Self::UserData => "data folder",
            Self::HubCache => "Hugging Face cache",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path.display(), self.origin.describe())
    }
}

impl Places {
    /// The places of this process: the folder that a flag names, `NASHRA_MODELS`, the one of the
    /// settings, `models/` in the working folder, beside the program and (in debug builds) in the
    /// checkout, the user's data folder, the Hugging Face cache.
    pub fn new(named: Option<PathBuf>, settings: Option<PathBuf>) -> Self {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
        Self::with_variables(named, settings, &variable)
    }

    /// As [`Self::new`], with environment variables of the caller's.
    pub fn with_variables(
        named: Option<PathBuf>,
        settings: Option<PathBuf>,
        variable: &dyn Fn(&str) -> Option<PathBuf>,
    ) -> Self {
        let filled = |path: &PathBuf| !path.as_os_str().is_empty();
        let variable = |name: &str| variable(name).filter(filled);
        let beside = std::env::current_exe().ok();
        let beside = beside.and_then(|program| Some(program.parent()?.join("models")));
        // A program under development is run from anywhere; one that is given away names no folder of ours.
        #[cfg(debug_assertions)]
        let checkout = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
        #[cfg(not(debug_assertions))]
        let checkout = None;
        let user = data_dir(&variable).map(|data| data.join("models"));
        let candidates = [
            (Origin::Named, named.filter(filled)),
            (Origin::Environment, variable("NASHRA_MODELS")),
            (Origin::Settings, settings.filter(filled)),
            (Origin::WorkingFolder, Some(PathBuf::from("models"))),
            (Origin::BesideProgram, beside),
            (Origin::Checkout, checkout),
            (Origin::UserData, user.clone()),
            (Origin::HubCache, hub_cache::root(&variable)),
        ];
        let mut list: Vec<Place> = Vec::new();
        for (origin, path) in candidates {
            if let Some(path) = path
                && !list.iter().any(|place| place.path == path)
            {
                list.push(Place { origin, path });
            }
        }
        Self { list, user }
    }

    /// One folder and no other.
    pub fn only(folder: &Path) -> Self {
        Self { list: vec![Place { origin: Origin::Named, path: folder.to_owned() }], user: None }
    }

    /// The places, in the order of search.
    pub fn list(&self) -> &[Place] {
        &self.list
    }

    /// Where a pull puts models: the folder that a flag or `NASHRA_MODELS` names, else the user's data
    /// folder.
    pub fn destination(&self) -> Option<&Path> {
        let named = |place: &&Place| matches!(place.origin, Origin::Named | Origin::Environment);
        self.list.iter().find(named).map(|place| place.path.as_path()).or(self.user.as_deref())
    }

    /// Finds a model of the built-in manifest.
    ///
    /// # Errors
    /// [`WeightsError::UnknownModel`], [`WeightsError::Missing`].
    pub fn find(&self, id: &str) -> Result<Found, WeightsError> {
        self.find_model(Manifest::builtin()?.model(id)?)
    }

    /// Finds a model: the first place that has all its files.
    ///
    /// # Errors
    /// [`WeightsError::Missing`] names the files, every place, what was there, and what gets them.
    pub fn find_model(&self, model: &Model) -> Result<Found, WeightsError> {
        let mut looks = Vec::new();
        for place in &self.list {
            match look::look(model, place) {
                Ok(found) => return Ok(found),
                Err(look) => looks.push(look),
            }
        }
        Err(WeightsError::Missing {
            id: model.id.clone(),
            needs: model.required().map(super::Need::phrase).collect(),
            looks,
            how: model.how_to_get(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::weights::testing::write;

    fn places(named: Option<&str>, variables: &[(&str, &str)]) -> Places {
        let value = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| PathBuf::from(value))
        };
        Places::with_variables(named.map(PathBuf::from), Some("/settings".into()), &value)
    }

    /// Without the checkout, which only a debug build looks in.
    fn origins(places: &Places) -> Vec<Origin> {
        let origins = places.list().iter().map(|place| place.origin);
        origins.filter(|origin| *origin != Origin::Checkout).collect()
    }

    #[test]
    fn places_come_in_order_and_each_folder_once() {
        use Origin::{BesideProgram, Environment, HubCache, Named, Settings, UserData, WorkingFolder};
        let all = places(Some("/flag"), &[("NASHRA_MODELS", "/env"), ("HOME", "/home")]);
        let expected = [Named, Environment, Settings, WorkingFolder, BesideProgram, UserData, HubCache];
        assert_eq!(origins(&all), expected);
        let paths: Vec<_> = all.list().iter().rev().map(|place| place.path.as_path()).collect();
        assert_eq!(paths[0], Path::new("/home/.cache/huggingface/hub"));
        assert_eq!(paths[1], Path::new("/home/.local/share/nashra/models"));
        let same = places(Some("/env"), &[("NASHRA_MODELS", "/env")]);
        assert_eq!(origins(&same), [Named, Settings, WorkingFolder, BesideProgram]);
        let empty = places(Some(""), &[("NASHRA_MODELS", ""), ("HOME", "")]);
        assert_eq!(origins(&empty), [Settings, WorkingFolder, BesideProgram]);
    }

    #[test]
    fn a_pull_goes_where_a_flag_or_the_environment_says_else_to_the_users_data() {
        let to = |places: &Places| places.destination().map(|path| path.display().to_string());
        let data = ("NASHRA_DATA_DIR", "/data");
        assert_eq!(to(&places(Some("/flag"), &[data])).as_deref(), Some("/flag"));
        assert_eq!(to(&places(None, &[data, ("NASHRA_MODELS", "/env")])).as_deref(), Some("/env"));
        assert_eq!(to(&places(None, &[data])).as_deref(), Some("/data/models"));
        assert_eq!(to(&places(None, &[])), None);
    }

    #[test]
    fn an_incomplete_folder_does_not_hide_a_whole_one_further_on() {
        let root = tempfile::tempdir().unwrap();
        let (first, second) = (root.path().join("first"), root.path().join("second"));
        write(&first.join("motion-clip/config.json"), b"{}");
        write(&second.join("motion-clip/config.json"), b"{}");
        write(&second.join("motion-clip/checkpoint_0100.pth.tar"), b"x");
        let value = |name: &str| (name == "NASHRA_MODELS").then(|| second.clone());
        let places = Places::with_variables(Some(first), None, &value);
        assert_eq!(places.find("motion-clip").unwrap().place.origin, Origin::Environment);
    }

    #[test]
    fn a_missing_models_error_names_files_places_and_the_command() {
        let root = tempfile::tempdir().unwrap();
        write(&root.path().join("arat5/config.json"), b"{}");
        let message = Places::only(root.path()).find("arat5").unwrap_err().to_string();
        for part in [
            "model.safetensors or pytorch_model.bin",
            "arat5 lacks tokenizer.json or spiece.model; model.safetensors",
            "(--models)",
            "nashra models pull arat5",
        ] {
            assert!(message.contains(part), "{part:?} in {message}");
        }
        let message = Places::only(root.path()).find("sign-clip").unwrap_err().to_string();
        assert!(message.contains("put checkpoint_best.pt into a folder sign-clip/"), "{message}");
    }
}
