//! CLIP vocabularies: byte pairs of lower-case words (Radford et al. 2021).

use std::collections::HashMap;
use std::path::Path;

use tokenizers::Tokenizer;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::replace::{Replace, ReplacePattern};
use tokenizers::normalizers::unicode::NFC;
use tokenizers::normalizers::utils::{Lowercase, Sequence as Normalisers};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as Splits;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::tokenizer::SplitDelimiterBehavior;

use super::library::Library;
use super::settings::{Settings, existing, read_json, read_text};
use super::{TextTokenizer, TokenizerError, inspect};

/// How many tokens CLIP's text tower takes, special tokens and padding included.
pub const CLIP_CONTEXT: usize = 77;

const START: &str = "<|startoftext|>";
const END: &str = "<|endoftext|>";
const WORD_END: &str = "</w>";
/// Contractions, runs of letters, single digits, runs of anything else but spaces.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

impl TextTokenizer {
    /// A CLIP vocabulary: `tokenizer.json`, or `vocab.json` and `merges.txt`. Padding is the end
    /// token unless `tokenizer_config.json` says otherwise.
    ///
    /// # Errors
    ///
    /// If the folder has neither, a file is damaged, or the vocabulary lacks a special token or
    /// what a merge makes.
    pub fn clip(folder: &Path) -> Result<Self, TokenizerError> {
        let settings = Settings::read(folder)?;
        let library = match existing(folder, "tokenizer.json") {
            Some(path) => Library::read(&path)?,
            None => Library::new(from_parts(folder)?, &[START, END])?,
        };
        library.with_word_end(WORD_END).into_tokenizer(&settings)
    }
}

fn from_parts(folder: &Path) -> Result<Tokenizer, TokenizerError> {
    let (Some(vocabulary), Some(merges)) = (existing(folder, "vocab.json"), existing(folder, "merges.txt"))
    else {
        let expected = "tokenizer.json, or vocab.json and merges.txt";
        return Err(TokenizerError::Missing { folder: folder.to_owned(), expected });
    };
    let ids: HashMap<String, u32> = read_json(&vocabulary)?;
    let find = |name: &str| {
        let id = ids.get(name).map(|id| (name.to_owned(), *id));
        id.ok_or_else(|| {
            TokenizerError::malformed(&vocabulary, format!("expected the token {name}, found none"))
        })
    };
    let frame = RobertaProcessing::new(find(END)?, find(START)?).trim_offsets(false).add_prefix_space(false);
    let pairs = read_merges(&merges)?;
    inspect::merges(&ids, &pairs).map_err(|message| TokenizerError::malformed(&merges, message))?;
    let model = BPE::builder()
        .vocab_and_merges(ids.into_iter().collect::<Vocab>(), pairs)
        .continuing_subword_prefix(String::new())
        .end_of_word_suffix(WORD_END.to_owned())
        .unk_token(END.to_owned());
    let model = model.build().map_err(|e| TokenizerError::malformed(&merges, e.to_string()))?;
    assemble(model, frame).map_err(TokenizerError::library("cannot prepare the tokenizer"))
}

/// The pairs of `merges.txt`, in order. Its first line may be a version.
fn read_merges(path: &Path) -> Result<Vec<(String, String)>, TokenizerError> {
    let text = read_text(path)?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with("#version") && !line.is_empty());
    let pairs = lines.map(|(number, line)| match line.split_once(' ') {
        Some((left, right)) if !right.contains(' ') => Ok((left.to_owned(), right.to_owned())),
        _ => Err(TokenizerError::malformed(
            path,
            format!("line {number}: expected two tokens, found {line:?}"),
        )),
    });
    pairs.collect()
}

fn assemble(model: BPE, frame: RobertaProcessing) -> tokenizers::Result<Tokenizer> {
    let spaces = Replace::new(ReplacePattern::Regex(r"\s+".to_owned()), " ")?;
    let words = Split::new(SplitPattern::Regex(WORDS.to_owned()), SplitDelimiterBehavior::Removed, true)?;
    let bytes = ByteLevel::default().add_prefix_space(false);
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(Normalisers::new(vec![NFC.into(), spaces.into(), Lowercase.into()])))?;
    tokenizer
        .with_pre_tokenizer(Some(Splits::new(vec![words.into(), bytes.into()])))
        .with_post_processor(Some(frame))
        .with_decoder(Some(bytes));
    Ok(tokenizer)
}
