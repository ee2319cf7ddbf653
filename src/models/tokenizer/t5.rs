//! T5 vocabularies, AraT5's among them: SentencePiece, the end token, and the sentinels.
//!
//! The sentinels `<extra_id_0>`, `<extra_id_1>`, … that some T5 put after their pieces count down:
//! `<extra_id_0>` is the last number.

use std::path::Path;

use super::library::Library;
use super::sentencepiece::SentencePiece;
use super::settings::{Settings, existing, read};
use super::text::Scheme;
use super::{SpecialTokens, TextTokenizer, TokenizerError};

const SENTINEL: &str = "<extra_id_";

#[derive(Debug)]
struct T5 {
    model: SentencePiece,
    eos: u32,
    sentinels: u32,
}

impl TextTokenizer {
    /// A T5 vocabulary: `spiece.model`, or `tokenizer.json` where that is all there is. How many
    /// sentinels there are is read from `tokenizer_config.json`; none, if it does not say.
    ///
    /// # Errors
    ///
    /// If the folder has neither file, or one is damaged or of another kind of model.
    pub fn t5(folder: &Path) -> Result<Self, TokenizerError> {
        let settings = Settings::read(folder)?;
        if let Some(path) = existing(folder, "spiece.model") {
            return t5(&path, &read(&path)?, &settings);
        }
        let path = existing(folder, "tokenizer.json").ok_or_else(|| TokenizerError::Missing {
            folder: folder.to_owned(),
            expected: "spiece.model or tokenizer.json",
        })?;
        Library::read(&path)?.into_tokenizer(&settings)
    }

    /// A T5 vocabulary from the bytes of a `spiece.model`, without sentinels. `file` only names it
    /// in errors.
    ///
    /// # Errors
    ///
    /// If the bytes are no such model.
    pub fn t5_from_bytes(file: &Path, bytes: &[u8]) -> Result<Self, TokenizerError> {
        t5(file, bytes, &Settings::default())
    }
}

fn t5(path: &Path, bytes: &[u8], settings: &Settings) -> Result<TextTokenizer, TokenizerError> {
    let model = SentencePiece::parse(path, bytes)?;
    let named = settings.eos_token.as_ref().and_then(|name| model.id(name.as_str()));
    let eos = named.or(model.eos).ok_or_else(|| {
        TokenizerError::malformed(path, "expected a piece that ends texts, such as </s>, and found none")
    })?;
    let found = SpecialTokens::find(settings, |name| model.id(name));
    let special = SpecialTokens {
        eos: Some(eos),
        bos: model.bos,
        pad: model.pad.or(found.pad),
        unk: Some(model.unknown()),
        ..found
    };
    let sentinels = sentinels(&model, settings);
    let size = u32::try_from(model.len()).ok().and_then(|size| size.checked_add(sentinels));
    if size.is_none() {
        return Err(TokenizerError::malformed(path, "more pieces and sentinels than numbers for them"));
    }
    TextTokenizer::new(T5 { model, eos, sentinels }, special)
}

/// How many sentinels come after the pieces; none where they are among them.
fn sentinels(model: &SentencePiece, settings: &Settings) -> u32 {
    if model.id("<extra_id_0>").is_some() {
        return 0;
    }
    let listed = settings.additional_special_tokens.iter().flatten();
    let listed = listed.filter(|name| name.as_str().starts_with(SENTINEL)).count();
    settings.extra_ids.unwrap_or(u32::try_from(listed).unwrap_or(u32::MAX))
}

impl T5 {
    fn pieces(&self) -> u32 {
        u32::try_from(self.model.len()).unwrap_or(u32::MAX)
    }

    /// The number of the sentinel whose text is exactly `token`.
    fn sentinel(&self, token: &str) -> Option<u32> {
        let digits = token.strip_prefix(SENTINEL)?.strip_suffix('>')?;
        let index: u32 = digits.parse().ok()?;
        let canonical = index.to_string() == digits && index < self.sentinels;
        canonical.then(|| self.pieces() + self.sentinels - 1 - index)
    }

    /// The first sentinel in `text`: what is before it, its number, what is after it.
    fn next_sentinel<'t>(&self, text: &'t str) -> Option<(&'t str, u32, &'t str)> {
        if self.sentinels == 0 {
            return None;
        }
        text.match_indices(SENTINEL).find_map(|(start, _)| {
            let (before, from) = text.split_at_checked(start)?;
            let (token, after) = from.split_at_checked(from.find('>')? + 1)?;
            Some((before, self.sentinel(token)?, after))
        })
    }
}

impl Scheme for T5 {
    fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let mut ids = Vec::new();
        let mut rest = text;
        while let Some((before, sentinel, after)) = self.next_sentinel(rest) {
            ids.extend(self.model.ids(before));
            ids.push(sentinel);
            rest = after;
        }
        ids.extend(self.model.ids(rest));
        ids.push(self.eos);
        Ok(ids)
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TokenizerError> {
        let mut joiner = self.model.joiner();
        ids.iter().filter_map(|id| self.model.piece(*id)).for_each(|piece| joiner.push(piece));
        Ok(joiner.finish())
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.model.id(token).or_else(|| self.sentinel(token))
    }

    fn token(&self, id: u32) -> Option<String> {
        let piece = self.model.piece(id).map(|piece| piece.text.clone());
        piece.or_else(|| {
            let index = self.sentinels.checked_sub(1)?.checked_sub(id.checked_sub(self.pieces())?)?;
            Some(format!("{SENTINEL}{index}>"))
        })
    }

    fn size(&self) -> usize {
        self.model.len() + self.sentinels as usize
    }
}
