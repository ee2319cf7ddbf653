//! Every kind of vocabulary against the tokenizer that it comes from.
//!
//! What is expected was made by `sentencepiece` and `transformers` with
//! scripts/make-tokenizer-fixtures.py, which can make many more texts: `TOKENIZER_EXPECT=FILE`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde::Deserialize;

use super::{CLIP_CONTEXT, Overflow, TextTokenizer, TokenizerError};

/// A text, its numbers, and their text.
#[derive(Deserialize)]
struct Row(Option<String>, Vec<u32>, Option<String>);

fn data(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")).join(path)
}

fn fixture(path: &str) -> PathBuf {
    data("tokenizers").join(path)
}

fn rows(section: &str) -> Vec<Row> {
    let path = std::env::var("TOKENIZER_EXPECT").map_or_else(|_| fixture("expect.json"), PathBuf::from);
    let mut all: BTreeMap<String, Vec<Row>> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    all.remove(section).unwrap()
}

/// A folder with copies of fixtures under other names.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (from, to) in files {
        std::fs::copy(fixture(from), folder.path().join(to)).unwrap();
    }
    folder
}

fn assert_rows(tokenizer: &TextTokenizer, rows: &[Row]) {
    assert!(!rows.is_empty());
    for Row(text, ids, decoded) in rows {
        if let Some(text) = text {
            assert_eq!(tokenizer.encode(text).unwrap(), *ids, "{text:?}");
        }
        if let Some(decoded) = decoded {
            assert_eq!(tokenizer.decode(ids).unwrap(), *decoded, "{text:?}");
        }
    }
    let largest = rows.iter().flat_map(|Row(_, ids, _)| ids).max().copied().unwrap_or_default();
    assert!((largest as usize) < tokenizer.vocab_size());
}

fn nmt_nfkc() -> TextTokenizer {
    let path = data("parity/tok/spm.model");
    TextTokenizer::t5_from_bytes(&path, &std::fs::read(&path).unwrap()).unwrap()
}

#[test]
fn t5_is_sentencepiece_with_sentinels() {
    let tokenizer = TextTokenizer::t5(&fixture("t5")).unwrap();
    assert_rows(&tokenizer, &rows("t5"));
    let special = tokenizer.special();
    assert_eq!((special.pad, special.eos, special.unk, special.bos), (Some(0), Some(1), Some(2), None));
    let sentinel = tokenizer.id("<extra_id_0>").unwrap();
    assert_eq!(sentinel as usize + 1, tokenizer.vocab_size());
    for id in 0..tokenizer.vocab_size() as u32 {
        assert_eq!(tokenizer.id(&tokenizer.token(id).unwrap()), Some(id));
    }
    assert_eq!(tokenizer.token(sentinel + 1), None);
}

#[test]
fn bytes_and_pieces_of_the_user_are_as_in_sentencepiece() {
    assert_rows(&TextTokenizer::t5(&fixture("t5_bytes")).unwrap(), &rows("t5_bytes"));
}

#[test]
fn presentation_forms_and_wide_digits_are_normalised_as_in_sentencepiece() {
    let tokenizer = nmt_nfkc();
    assert_rows(&tokenizer, &rows("nmt_nfkc"));
    // The `tokenizers` library drops the vowel mark here.
    let marked = tokenizer.encode("ﻻُ").unwrap();
    assert_eq!(marked, tokenizer.encode("لاُ").unwrap());
    assert_ne!(marked, tokenizer.encode("لا").unwrap());
}

#[test]
fn the_parity_text_has_its_pieces() {
    #[derive(Deserialize)]
    struct Expected {
        text: String,
        ids: Vec<u32>,
        pieces: Vec<String>,
    }
    let path = data("parity/tok/expect.json");
    let expected: Expected = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let ids = nmt_nfkc().encode(&expected.text).unwrap();
    let (end, ids) = ids.split_last().unwrap();
    assert_eq!((*end, ids), (1, &*expected.ids));
    let pieces: Vec<_> = ids.iter().map(|id| nmt_nfkc().token(*id).unwrap()).collect();
    assert_eq!(pieces, expected.pieces);
}

#[test]
fn a_t5_tokenizer_json_gives_the_numbers_of_its_model() {
    let folder = folder(&[("t5.json", "tokenizer.json")]);
    let tokenizer = TextTokenizer::t5(folder.path()).unwrap();
    let all_the_same = |text: &str| !text.contains(['\n', '\t', '\r', '\u{a0}', '▁', '<']);
    let rows = rows("t5").into_iter().filter(|Row(text, ..)| text.as_deref().is_some_and(all_the_same));
    assert_rows(&tokenizer, &rows.map(|Row(text, ids, _)| Row(text, ids, None)).collect::<Vec<_>>());
    let model = TextTokenizer::t5(&fixture("t5")).unwrap();
    assert_eq!(tokenizer.vocab_size(), model.vocab_size());
    assert_eq!(tokenizer.special(), model.special());
}

#[test]
fn marian_takes_its_numbers_from_the_list() {
    let tokenizer = TextTokenizer::marian(&fixture("marian")).unwrap();
    assert_rows(&tokenizer, &rows("marian"));
    assert_rows(&tokenizer, &rows("marian_target"));
    let special = tokenizer.special();
    assert_eq!((special.eos, special.unk), (Some(0), Some(1)));
    assert_eq!(special.pad.map(|id| id as usize + 1), Some(tokenizer.vocab_size()));
}

#[test]
fn marian_takes_a_known_language_whole_and_leaves_other_text() {
    let tokenizer = TextTokenizer::marian(&fixture("marian")).unwrap();
    let plain = tokenizer.encode("خبر").unwrap();
    let with_language = tokenizer.encode(">>ara<< خبر").unwrap();
    assert_eq!(with_language.split_first(), Some((&tokenizer.id(">>ara<<").unwrap(), &*plain)));
    let unknown_language = tokenizer.encode(">>xyz<< خبر").unwrap();
    assert!(unknown_language.ends_with(&plain[1..]) && unknown_language.len() > plain.len() + 1);
    // One of the source model's unknown letters has a number of its own.
    assert!(tokenizer.encode("😀").unwrap().contains(&tokenizer.id("😀").unwrap()));
}

#[test]
fn control_tokens_in_a_text_are_text() {
    let ends = |tokenizer: &TextTokenizer, text: &str, token: &str| {
        let id = tokenizer.id(token).unwrap();
        tokenizer.encode(text).unwrap().iter().filter(|found| **found == id).count()
    };
    assert_eq!(ends(&TextTokenizer::t5(&fixture("t5")).unwrap(), "a </s> b", "</s>"), 1);
    assert_eq!(ends(&TextTokenizer::marian(&fixture("marian")).unwrap(), "a</s> <pad> b", "</s>"), 1);
    assert_eq!(ends(&TextTokenizer::marian(&fixture("marian")).unwrap(), "a</s> <pad> b", "<pad>"), 0);
    assert_eq!(ends(&TextTokenizer::bert(&fixture("bert_cased")).unwrap(), "a [SEP] b", "[SEP]"), 1);
    let clip = TextTokenizer::clip(&fixture("clip")).unwrap();
    assert_eq!(ends(&clip, "a <|endoftext|> b", "<|endoftext|>"), 1);
}

#[test]
fn bert_is_as_in_transformers_with_and_without_case() {
    for name in ["bert_cased", "bert_uncased"] {
        let tokenizer = TextTokenizer::bert(&fixture(name)).unwrap();
        assert_rows(&tokenizer, &rows(name));
        let special = tokenizer.special();
        assert_eq!(
            [special.pad, special.unk, special.cls, special.sep, special.mask],
            [0, 1, 2, 3, 4].map(Some)
        );
    }
}

#[test]
fn clip_is_as_in_transformers_from_its_parts_and_from_one_file() {
    let folder = folder(&[("clip.json", "tokenizer.json")]);
    for path in [&*fixture("clip"), folder.path()] {
        let tokenizer = TextTokenizer::clip(path).unwrap();
        assert_rows(&tokenizer, &rows("clip"));
        for Row(text, ids, _) in rows("clip_77") {
            let padded = tokenizer.encode_padded(&text.unwrap(), CLIP_CONTEXT, Overflow::Truncate).unwrap();
            assert_eq!(padded, ids);
        }
        assert_eq!(tokenizer.special().eos, tokenizer.special().pad);
        assert!(tokenizer.encode_bounded(&"x ".repeat(80), CLIP_CONTEXT, Overflow::Error).is_err());
    }
}

#[test]
fn missing_and_foreign_files_are_named() {
    let empty = tempfile::tempdir().unwrap();
    let loaders = [TextTokenizer::t5, TextTokenizer::marian, TextTokenizer::bert, TextTokenizer::clip];
    for load in loaders {
        assert!(matches!(load(empty.path()), Err(TokenizerError::Missing { .. })));
    }
    let swapped = folder(&[
        ("clip/merges.txt", "spiece.model"),
        ("t5/spiece.model", "vocab.txt"),
        ("clip/vocab.json", "merges.txt"),
        ("clip/vocab.json", "vocab.json"),
        ("clip/merges.txt", "source.spm"),
        ("marian/target.spm", "target.spm"),
    ]);
    for (load, name) in loaders.iter().zip(["spiece.model", "source.spm", "vocab.txt", "merges.txt"]) {
        let error = load(swapped.path()).unwrap_err();
        assert!(matches!(error, TokenizerError::Malformed { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_vocabulary_of_another_model_is_noticed() {
    let tokenizer = TextTokenizer::marian(&fixture("marian")).unwrap();
    assert!(tokenizer.check_vocabulary(tokenizer.vocab_size()).is_ok());
    assert!(tokenizer.check_vocabulary(tokenizer.vocab_size() - 1).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_models_are_refused_or_cut_texts(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let path = fixture("t5_bytes/spiece.model");
        let mut bytes = std::fs::read(&path).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        if let Ok(tokenizer) = TextTokenizer::t5_from_bytes(&path, &bytes) {
            let ids = tokenizer.encode("وصل <sep> 😀 الوزير").unwrap();
            prop_assert!(tokenizer.decode(&ids).is_ok());
        }
    }

    #[test]
    fn numbers_are_inside_the_vocabulary_and_texts_end(text in any::<String>()) {
        let tokenizer = TextTokenizer::t5(&fixture("t5_bytes")).unwrap();
        let ids = tokenizer.encode(&text).unwrap();
        prop_assert_eq!(ids.last(), Some(&1));
        prop_assert!(ids.iter().all(|id| (*id as usize) < tokenizer.vocab_size()));
        prop_assert!(!ids.contains(&2), "every letter can be spelt in bytes");
    }
}
