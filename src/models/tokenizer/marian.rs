//! Marian vocabularies as OPUS-MT ships them: two SentencePiece models and one list of numbers.
//!
//! The SentencePiece models only cut; the numbers are those of `vocab.json`, in another order. As
//! in `MarianTokenizer` of Hugging Face's `transformers`, a piece that the list lacks is `<unk>`,
//! and a stretch that the source model does not know is looked up all the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::sentencepiece::SentencePiece;
use super::settings::{Settings, existing, read, read_json};
use super::text::Scheme;
use super::{SpecialTokens, TextTokenizer, TokenizerError};

#[derive(Debug)]
struct Marian {
    source: SentencePiece,
    target: SentencePiece,
    ids: BTreeMap<String, u32>,
    tokens: BTreeMap<u32, String>,
    eos: u32,
    unknown: u32,
    special: SpecialTokens,
}

impl TextTokenizer {
    /// An OPUS-MT pair: `source.spm`, `target.spm` and `vocab.json`. Texts are encoded with the
    /// source and decoded with the target. A language at the beginning (`>>ara<<`) is one token if
    /// the list has it.
    ///
    /// # Errors
    ///
    /// If a file is missing or damaged, the list lacks `</s>` or `<unk>`, or the two languages have
    /// a list each.
    pub fn marian(folder: &Path) -> Result<Self, TokenizerError> {
        let file = |name| {
            existing(folder, name).ok_or_else(|| TokenizerError::Missing {
                folder: folder.to_owned(),
                expected: "source.spm, target.spm and vocab.json",
            })
        };
        let [source, target, list] = [file("source.spm")?, file("target.spm")?, file("vocab.json")?];
        let settings = Settings::read(folder)?;
        if settings.separate_vocabs == Some(true) {
            return Err(TokenizerError::unsupported(&list, "a list of numbers for each language"));
        }
        let model = |path: &PathBuf| SentencePiece::parse(path, &read(path)?);
        let ids: BTreeMap<String, u32> = read_json(&list)?;
        let special = SpecialTokens::find(&settings, |name| ids.get(name).copied());
        let (Some(eos), Some(unknown)) = (special.eos, special.unk) else {
            return Err(TokenizerError::malformed(
                &list,
                "expected the tokens </s> and <unk>, found not both",
            ));
        };
        let tokens: BTreeMap<u32, String> = ids.iter().map(|(token, id)| (*id, token.clone())).collect();
        if tokens.len() != ids.len() {
            let message =
                format!("expected a number for each token, found {} for {}", tokens.len(), ids.len());
            return Err(TokenizerError::malformed(&list, message));
        }
        let marian =
            Marian { source: model(&source)?, target: model(&target)?, ids, tokens, eos, unknown, special };
        Self::new(marian, special)
    }
}

impl Marian {
    /// The language that `text` begins with, and what follows it.
    fn language<'t>(&self, text: &'t str) -> Option<(u32, &'t str)> {
        let end = text.strip_prefix(">>")?.find("<<")? + 4;
        let (code, rest) = text.split_at_checked(end)?;
        Some((self.id(code)?, rest))
    }
}

impl Scheme for Marian {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let (language, text) = self.language(text).map_or((None, text), |(id, rest)| (Some(id), rest));
        let pieces = self.source.pieces(text).into_iter().map(|piece| {
            let id = self.id(&piece).filter(|id| !self.special.contains(*id));
            id.unwrap_or(self.unknown)
        });
        Ok(language.into_iter().chain(pieces).chain([self.eos]).collect())
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        let mut joiner = self.target.joiner();
        let ids = ids.iter().filter(|id| !self.special.contains(**id));
        ids.filter_map(|id| self.tokens.get(id)).for_each(|token| joiner.push_text(token));
        Ok(joiner.finish().trim().to_owned())
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).copied()
    }

    fn token(&self, id: u32) -> Option<String> {
        self.tokens.get(&id).cloned()
    }

    fn size(&self) -> usize {
        self.tokens.last_key_value().map_or(0, |(id, _)| *id as usize + 1)
    }
}
