//! The small files beside a vocabulary, and how files are read here.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::TokenizerError;

/// `tokenizer_config.json` as Hugging Face's `transformers` writes it; everything is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Settings {
    pub(super) do_lower_case: Option<bool>,
    pub(super) strip_accents: Option<bool>,
    pub(super) tokenize_chinese_chars: Option<bool>,
    pub(super) extra_ids: Option<u32>,
    pub(super) separate_vocabs: Option<bool>,
    pub(super) pad_token: Option<Name>,
    pub(super) eos_token: Option<Name>,
    pub(super) bos_token: Option<Name>,
    pub(super) unk_token: Option<Name>,
    pub(super) cls_token: Option<Name>,
    pub(super) sep_token: Option<Name>,
    pub(super) mask_token: Option<Name>,
    pub(super) additional_special_tokens: Option<Vec<Name>>,
}

/// A token by its text: plain, or among its matching rules.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Name {
    Plain(String),
    Detailed { content: String },
}

impl Name {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Detailed { content: text } => text,
        }
    }
}

impl Settings {
    /// The settings of a folder; those of a folder that says nothing are empty.
    pub(super) fn read(folder: &Path) -> Result<Self, TokenizerError> {
        match existing(folder, "tokenizer_config.json") {
            Some(path) => read_json(&path),
            None => Ok(Self::default()),
        }
    }
}

/// A file of `folder`, if it is there.
pub(super) fn existing(folder: &Path, name: &str) -> Option<PathBuf> {
    Some(folder.join(name)).filter(|path| path.is_file())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, TokenizerError> {
    std::fs::read(path).map_err(|source| TokenizerError::Io {
        path: path.to_owned(),
        action: "cannot read it",
        source,
    })
}

pub(super) fn read_text(path: &Path) -> Result<String, TokenizerError> {
    String::from_utf8(read(path)?)
        .map_err(|_| TokenizerError::malformed(path, "expected text in UTF-8, found other bytes"))
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, TokenizerError> {
    serde_json::from_slice(&read(path)?).map_err(|e| TokenizerError::malformed(path, e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_named_plainly_or_in_detail() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Settings::read(folder.path()).unwrap().pad_token.is_none());
        let path = folder.path().join("tokenizer_config.json");
        std::fs::write(&path, r#"{"pad_token": {"content": "!", "lstrip": false}, "eos_token": "</s>", "unk_token": null, "x": 1}"#)
            .unwrap();
        let settings = Settings::read(folder.path()).unwrap();
        let names = [&settings.pad_token, &settings.eos_token, &settings.unk_token];
        assert_eq!(names.map(|name| name.as_ref().map(Name::as_str)), [Some("!"), Some("</s>"), None]);
        std::fs::write(&path, "[").unwrap();
        let error = Settings::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("tokenizer_config.json: "), "{error}");
    }
}
