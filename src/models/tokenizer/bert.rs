//! BERT vocabularies: words, then the longest pieces that they are made of (WordPiece).

use std::path::Path;

use tokenizers::Tokenizer;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;

use super::library::Library;
use super::settings::{Settings, existing, read_text};
use super::{TextTokenizer, TokenizerError};

/// In the order in which [`WordPieces`](super::WordPieces) numbers them.
pub(super) const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

impl TextTokenizer {
    /// A BERT vocabulary: `tokenizer.json`, which says everything, or `vocab.txt`, for which
    /// `tokenizer_config.json` says whether letter case and accents are kept. Without it they are
    /// not, as in BERT's own code.
    ///
    /// # Errors
    ///
    /// If the folder has neither file, one is damaged, or `vocab.txt` lacks `[CLS]`, `[SEP]` or
    /// `[UNK]`.
    pub fn bert(folder: &Path) -> Result<Self, TokenizerError> {
        let settings = Settings::read(folder)?;
        if let Some(path) = existing(folder, "tokenizer.json") {
            return Library::read(&path)?.into_tokenizer(&settings);
        }
        let path = existing(folder, "vocab.txt").ok_or_else(|| TokenizerError::Missing {
            folder: folder.to_owned(),
            expected: "tokenizer.json or vocab.txt",
        })?;
        let text = read_text(&path)?;
        let tokens = text.strip_suffix('\n').unwrap_or(&text).split('\n');
        let tokens = tokens.map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned());
        let normaliser = BertNormalizer::new(
            true,
            settings.tokenize_chinese_chars.unwrap_or(true),
            settings.strip_accents,
            settings.do_lower_case.unwrap_or(true),
        );
        let tokenizer = word_piece(&path, tokens.zip(0..).collect(), normaliser)?;
        Library::new(tokenizer, &SPECIAL)?.into_tokenizer(&settings)
    }
}

/// WordPiece over `tokens`, the later of two equal ones winning. `path` only names them in errors.
pub(super) fn word_piece(
    path: &Path,
    tokens: Vec<(String, u32)>,
    normaliser: BertNormalizer,
) -> Result<Tokenizer, TokenizerError> {
    let find = |name: &str| {
        let found = tokens.iter().rev().find(|(token, _)| token == name);
        let id = found.map(|(_, id)| *id);
        id.map(|id| (name.to_owned(), id))
            .ok_or_else(|| TokenizerError::malformed(path, format!("expected the token {name}, found none")))
    };
    let (sep, cls) = (find("[SEP]")?, find("[CLS]")?);
    find("[UNK]")?;
    let model = WordPiece::builder().vocab(tokens.into_iter().collect::<Vocab>());
    let model = model.build().map_err(|e| TokenizerError::malformed(path, e.to_string()))?;
    let mut tokenizer = Tokenizer::new(model);
    let prepare = TokenizerError::library("cannot prepare the tokenizer");
    tokenizer.with_normalizer(Some(normaliser)).map_err(prepare)?;
    tokenizer
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_post_processor(Some(BertProcessing::new(sep, cls)))
        .with_decoder(Some(WordPieceDecoder::default()));
    Ok(tokenizer)
}
