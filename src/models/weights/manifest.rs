//! Which models there are, what each needs, and where it comes from: `assets/models/manifest.toml`, typed.

use super::WeightsError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Component, Path};

const BUILTIN: &str = include_str!("../../../assets/models/manifest.toml");

/// Every model that can be found, verified and pulled.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "model")]
    models: Vec<Model>,
}

/// One model: its files by role, and its sources.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Model {
    /// What commands and folders call it: `arat5`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for, in a few words.
    pub purpose: String,
    /// Its licence, as far as it is known.
    pub licence: String,
    /// Its authors' page, where that is not its repository's.
    pub page: Option<String>,
    /// How to get it where no repository offers it.
    pub by_hand: Option<String>,
    /// What it needs, weights last.
    pub needs: Vec<Need>,
    /// Repositories that have it, the preferred one first; none: it is put in place by hand.
    #[serde(default, rename = "source")]
    pub sources: Vec<Source>,
}

/// What one role takes: any one of several groups of files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Need {
    /// What the files are for.
    pub role: Role,
    /// Groups of file names, the preferred one first; all of a group are needed together.
    pub any_of: Vec<Vec<String>>,
    /// The model works without.
    #[serde(default)]
    pub optional: bool,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The network's sizes.
    Config,
    /// Text to ids: a whole tokenizer, or its vocabulary and merges.
    Tokenizer,
    /// What the tokenizer's own file leaves open: lower case or not.
    TokenizerConfig,
    /// How to decode: beams, forbidden words.
    GenerationConfig,
    /// Pieces of the language that is translated from.
    SourcePieces,
    /// Pieces of the language that is translated into.
    TargetPieces,
    /// The ids of pieces.
    Vocabulary,
    /// The network's weights.
    Weights,
    /// T2M-GPT's VQ-VAE: motion to tokens and back.
    Quantiser,
    /// T2M-GPT's transformer: text to tokens.
    Generator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// A repository on the Hugging Face hub.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// `ORG/NAME`, or `NAME` alone for the hub's oldest.
    pub repository: String,
    /// A branch, a commit, or `refs/pr/N`.
    #[serde(default = "main")]
    pub revision: String,
    /// What is known of its files.
    #[serde(default, rename = "file")]
    pub files: Vec<KnownFile>,
}

fn main() -> String {
    "main".to_owned()
}

/// What is known of one file before it is read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownFile {
    /// Its name in the repository.
    pub name: String,
    /// Its exact size.
    pub bytes: Option<u64>,
    /// Its size, rounded; only shown.
    pub about_bytes: Option<u64>,
    /// Its SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: Option<String>,
    /// Where not the source's own revision has it.
    pub revision: Option<String>,
}

impl Manifest {
    /// The manifest that this program was built with.
    ///
    /// # Errors
    /// [`WeightsError::Manifest`] where the file is not what it should be.
    pub fn builtin() -> Result<Self, WeightsError> {
        Self::parse(BUILTIN)
    }

    /// Reads TOML.
    ///
    /// # Errors
    /// [`WeightsError::Manifest`]: unknown keys, names given twice, file names that lead out of the
    /// folder, hashes that are none, models that nothing says how to get.
    pub fn parse(text: &str) -> Result<Self, WeightsError> {
        let manifest: Self =
            toml::from_str(text).map_err(|error| WeightsError::Manifest(error.to_string()))?;
        let mut ids = BTreeSet::new();
        for model in &manifest.models {
            let id = &model.id;
            model.check().map_err(|problem| WeightsError::Manifest(format!("{id}: {problem}")))?;
            if !ids.insert(id) {
                return Err(WeightsError::Manifest(format!("{id}: there are two of this id")));
            }
        }
        Ok(manifest)
    }

    /// All models, in the manifest's order.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model of an id.
    ///
    /// # Errors
    /// [`WeightsError::UnknownModel`], with the nearest id.
    pub fn model(&self, id: &str) -> Result<&Model, WeightsError> {
        self.models.iter().find(|model| model.id == id).ok_or_else(|| {
            let ids = self.models.iter().map(|model| model.id.as_str());
            let near = ids.clone().map(|known| (strsim::damerau_levenshtein(id, known), known)).min();
            let suggestion = match near {
                Some((distance, known)) if distance <= 1 + known.len() / 3 => {
                    format!("did you mean {known:?}?")
                }
                _ => format!("known are {}", ids.collect::<Vec<_>>().join(", ")),
            };
            WeightsError::UnknownModel { id: id.to_owned(), suggestion }
        })
    }
}

impl Model {
    /// The roles that it cannot do without.
    pub fn required(&self) -> impl Iterator<Item = &Need> {
        self.needs.iter().filter(|need| !need.optional)
    }

    /// Where people read about it, its licence included.
    pub fn page(&self) -> String {
        let hub = || Some(format!("https://huggingface.co/{}", self.sources.first()?.repository));
        self.page.clone().or_else(hub).unwrap_or_default()
    }

    /// What gets it: a command, or what to put where.
    pub fn how_to_get(&self) -> String {
        match &self.by_hand {
            Some(text) if self.sources.is_empty() => text.clone(),
            _ => format!("nashra models pull {}", self.id),
        }
    }

    /// About how many bytes its needed files have in the preferred source; `None` where no size is known.
    pub fn about_bytes(&self) -> Option<u64> {
        let source = self.sources.first()?;
        let sizes = self.required().filter_map(|need| {
            let groups = need.any_of.iter();
            groups
                .filter_map(|group| group.iter().map(|name| source.file(name)?.size()).sum::<Option<u64>>())
                .next()
        });
        Some(sizes.sum::<u64>()).filter(|bytes| *bytes > 0)
    }

    /// What the manifest calls a file that was found for a role; empty where it does not know it.
    pub(super) fn name_of(&self, role: Role, path: &Path) -> &str {
        let names =
            self.needs.iter().filter(|need| need.role == role).flat_map(|need| need.any_of.iter().flatten());
        let named = names.filter(|name| path.ends_with(name)).max_by_key(|name| name.len());
        named.map_or("", String::as_str)
    }

    fn check(&self) -> Result<(), String> {
        if !is_plain_name(&self.id) {
            return Err(format!("expected an id of letters, digits, - and .; found {:?}", self.id));
        }
        if self.sources.is_empty() && self.by_hand.is_none() {
            return Err("expected a source, or by-hand".to_owned());
        }
        let mut roles = BTreeSet::new();
        for need in &self.needs {
            if !roles.insert(need.role) {
                return Err(format!("role {} is there twice", need.role));
            }
            if need.any_of.is_empty() || need.any_of.iter().any(Vec::is_empty) {
                return Err(format!("role {}: expected groups of file names", need.role));
            }
            if let Some(name) = need.any_of.iter().flatten().find(|name| !stays_inside(name)) {
                return Err(format!("file {name:?} is not inside the model's folder"));
            }
        }
        self.sources.iter().try_for_each(|source| source.check(self))
    }

    fn names(&self, name: &str) -> bool {
        self.needs.iter().flat_map(|need| need.any_of.iter().flatten()).any(|known| known == name)
    }
}

impl Need {
    /// What suffices, as a phrase: "tokenizer.json, or vocab.json and merges.txt".
    pub fn phrase(&self) -> String {
        let several = self.any_of.iter().any(|group| group.len() > 1);
        let groups: Vec<_> = self.any_of.iter().map(|group| group.join(" and ")).collect();
        groups.join(if several { ", or " } else { " or " })
    }
}

impl Source {
    /// A repository of which nothing else is known, where the name is one.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn unknown(repository: &str) -> Result<Self, String> {
        let source = Self { repository: repository.to_owned(), revision: main(), files: Vec::new() };
        if source.is_named_well() {
            return Ok(source);
        }
        Err(format!("expected a repository, ORG/NAME; found {repository:?}"))
    }

    /// What is known of a file.
    pub fn file(&self, name: &str) -> Option<&KnownFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The name without the organisation.
    pub fn short_name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    fn is_named_well(&self) -> bool {
        let parts: Vec<_> = self.repository.split('/').collect();
        parts.len() <= 2 && parts.iter().all(|part| is_plain_name(part))
    }

    fn check(&self, model: &Model) -> Result<(), String> {
        if !self.is_named_well() {
            return Err(format!("expected a repository, ORG/NAME; found {:?}", self.repository));
        }
        for file in &self.files {
            if !model.names(&file.name) {
                return Err(format!("{}: no role takes {:?}", self.repository, file.name));
            }
            if let Some(hash) = file.sha256.as_ref().filter(|hash| !is_sha256(hash)) {
                return Err(format!("{}: {hash:?} is no SHA-256 in lower case", file.name));
            }
        }
        Ok(())
    }
}

impl KnownFile {
    /// Its size, exactly or about.
    pub fn size(&self) -> Option<u64> {
        self.bytes.or(self.about_bytes)
    }
}

/// 64 lower-case hexadecimal digits.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_plain_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && !text.starts_with('.') && text.bytes().all(plain)
}

fn stays_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        [[model]]
        id = "a"
        name = "A"
        purpose = "tests"
        licence = "none"
        needs = [{ role = "weights", any-of = [["a.bin"], ["b.bin", "c.bin"]] }]
        [[model.source]]
        repository = "org/a"
        file = [{ name = "a.bin", about-bytes = 7 }]
    "#;

    fn refused(from: &str, to: &str) -> String {
        assert!(SMALL.contains(from), "{from}");
        Manifest::parse(&SMALL.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn the_built_in_manifest_names_every_network_and_how_to_get_it() {
        let manifest = Manifest::builtin().unwrap();
        let ids: Vec<_> = manifest.models().iter().map(|model| model.id.as_str()).collect();
        let expected = [
            "arat5",
            "opus-mt-ar-en",
            "clip-text",
            "bert-cased",
            "bert-uncased",
            "sign-clip",
            "motion-clip",
            "t2m-gpt",
        ];
        assert_eq!(ids, expected);
        for model in manifest.models() {
            assert!(model.how_to_get().contains(&model.id), "{}", model.how_to_get());
            assert!(model.required().count() > 0, "{}", model.id);
        }
        let arat5 = manifest.model("arat5").unwrap();
        assert_eq!(arat5.about_bytes(), Some(541 + 2_440_000 + 1_130_000_000));
        assert_eq!(arat5.sources[0].short_name(), "AraT5-base");
    }

    #[test]
    fn needs_read_as_phrases() {
        let manifest = Manifest::parse(SMALL).unwrap();
        assert_eq!(manifest.models()[0].needs[0].phrase(), "a.bin, or b.bin and c.bin");
        assert_eq!(manifest.models()[0].sources[0].revision, "main");
    }

    #[test]
    fn mistakes_in_the_manifest_are_refused_with_the_reason() {
        assert!(refused("purpose", "porpoise").contains("porpoise"));
        assert!(refused("[\"a.bin\"]", "[\"../a.bin\"]").contains("not inside"));
        assert!(refused("[\"a.bin\"]", "[\"/a.bin\"]").contains("not inside"));
        assert!(refused("[\"a.bin\"], ", "[], ").contains("groups of file names"));
        assert!(refused("org/a", "org/a/b").contains("ORG/NAME"));
        assert!(refused("about-bytes = 7", "sha256 = \"ABC\"").contains("no SHA-256"));
        assert!(refused("{ name = \"a.bin\"", "{ name = \"d.bin\"").contains("no role takes"));
        let twice = Manifest::parse(&SMALL.repeat(2)).unwrap_err().to_string();
        assert!(twice.contains("two of this id"), "{twice}");
    }

    #[test]
    fn an_unknown_id_is_answered_with_the_nearest_or_with_all() {
        let manifest = Manifest::builtin().unwrap();
        let near = manifest.model("arat-5").unwrap_err().to_string();
        assert!(near.contains("did you mean \"arat5\"?"), "{near}");
        assert!(manifest.model("qqqqqqqqqqq").unwrap_err().to_string().contains("t2m-gpt"));
    }
}
