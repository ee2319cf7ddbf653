//! Any bytes: a SentencePiece model or a refusal, and what is a model cuts any text.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nashra::models::tokenizer::TextTokenizer;

const TEXTS: [&str; 3] = ["", "وصل الوزيرُ  إلى ﻻ", "a <sep> 😀\n２６"];

fuzz_target!(|bytes: &[u8]| {
    let Ok(tokenizer) = TextTokenizer::t5_from_bytes(Path::new("fuzz.model"), bytes) else { return };
    for text in TEXTS {
        let ids = tokenizer.encode(text).expect("any text can be cut");
        assert!(ids.iter().all(|id| (*id as usize) < tokenizer.vocab_size()));
        tokenizer.decode(&ids).expect("what was encoded can be decoded");
    }
});
