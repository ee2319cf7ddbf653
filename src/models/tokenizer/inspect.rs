//! Looks through a `tokenizer.json` for what the `tokenizers` library would not survive.
//!
//! The library takes three things on trust and stops the program where they are wrong: that a
//! merge makes a token, that a table of replacements leads nowhere outside itself, and that a
//! template names tokens that it lists. Here they are errors.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::TokenizerError;
use super::charsmap::Charsmap;

#[derive(Deserialize)]
struct Document {
    model: Model,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    post_processor: Value,
}

#[derive(Deserialize)]
struct Model {
    vocab: Option<Vocabulary>,
    merges: Option<Vec<Merge>>,
    continuing_subword_prefix: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Vocabulary {
    Numbered(HashMap<String, u32>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}

/// Refuses a `tokenizer.json` that would panic later.
pub(super) fn check(path: &Path, bytes: &[u8]) -> Result<(), TokenizerError> {
    let document: Document =
        serde_json::from_slice(bytes).map_err(|e| TokenizerError::malformed(path, e.to_string()))?;
    let checks = [
        check_model(document.model),
        walk(&document.normalizer, &check_replacements),
        walk(&document.post_processor, &check_template),
    ];
    checks
        .into_iter()
        .collect::<Result<(), String>>()
        .map_err(|message| TokenizerError::malformed(path, message))
}

fn check_model(model: Model) -> Result<(), String> {
    let (Some(Vocabulary::Numbered(ids)), Some(pairs)) = (model.vocab, model.merges) else { return Ok(()) };
    let pairs = pairs.into_iter().filter_map(|merge| match merge {
        Merge::Pair(left, right) => Some((left, right)),
        Merge::Line(line) => line.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned())),
    });
    let prefix = model.continuing_subword_prefix.unwrap_or_default();
    pairs.into_iter().try_for_each(|(left, right)| merge(&ids, &left, &right, prefix.len()))
}

/// Refuses pairs that make no token of the vocabulary.
pub(super) fn merges(ids: &HashMap<String, u32>, pairs: &[(String, String)]) -> Result<(), String> {
    pairs.iter().try_for_each(|(left, right)| merge(ids, left, right, 0))
}

fn merge(ids: &HashMap<String, u32>, left: &str, right: &str, prefix: usize) -> Result<(), String> {
    let made = right.get(prefix..).map(|right| format!("{left}{right}"));
    match made {
        Some(made) if ids.contains_key(&made) => Ok(()),
        _ => Err(format!("the merge of {left:?} and {right:?} makes no token of the vocabulary")),
    }
}

/// Shows `check` every object in `value`.
fn walk(value: &Value, check: &impl Fn(&Value) -> Result<(), String>) -> Result<(), String> {
    match value {
        Value::Object(fields) => {
            check(value)?;
            fields.values().try_for_each(|field| walk(field, check))
        }
        Value::Array(items) => items.iter().try_for_each(|item| walk(item, check)),
        _ => Ok(()),
    }
}

fn check_replacements(object: &Value) -> Result<(), String> {
    match object.get("precompiled_charsmap").and_then(Value::as_str) {
        Some(table) => Charsmap::parse(&base64(table)?).map(|_| ()),
        None => Ok(()),
    }
}

fn check_template(object: &Value) -> Result<(), String> {
    if object.get("type").and_then(Value::as_str) != Some("TemplateProcessing") {
        return Ok(());
    }
    let listed = object.get("special_tokens").and_then(Value::as_object);
    let parts = ["single", "pair"].iter().filter_map(|name| object.get(name)?.as_array()).flatten();
    for name in parts.filter_map(|part| part.get("SpecialToken")?.get("id")?.as_str()) {
        if !listed.is_some_and(|listed| listed.contains_key(name)) {
            return Err(format!("the template names the token {name}, which it does not list"));
        }
    }
    Ok(())
}

/// Bytes from their usual base-64 text.
fn base64(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut pending, mut bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let six = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return Err(format!("expected a letter of base 64, found the byte {letter}")),
        };
        pending = pending << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits & 0xff) as u8);
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(json: &str) -> Option<String> {
        check(Path::new("tokenizer.json"), json.as_bytes()).err().map(|e| e.to_string())
    }

    #[test]
    fn base_64_is_read() {
        assert_eq!(base64("c2lnbg==").unwrap(), b"sign");
        assert_eq!(base64("//79").unwrap(), [255, 254, 253]);
        assert!(base64("a b").is_err());
    }

    #[test]
    fn merges_must_make_a_token() {
        let json =
            |vocab: &str| format!(r#"{{"model": {{"vocab": {vocab}, "merges": ["a b", ["ab", "c"]]}}}}"#);
        assert_eq!(refusal(&json(r#"{"ab": 1, "abc": 2}"#)), None);
        let error = refusal(&json(r#"{"ab": 1}"#)).unwrap();
        assert_eq!(error, r#"tokenizer.json: the merge of "ab" and "c" makes no token of the vocabulary"#);
        let short =
            r#"{"model": {"vocab": {"a": 1}, "merges": [["a", "b"]], "continuing_subword_prefix": "++++"}}"#;
        assert!(refusal(short).is_some());
    }

    #[test]
    fn templates_and_tables_are_looked_through_at_any_depth() {
        let template = r#"{"model": {"vocab": [["a", -1.5]]}, "post_processor": {"processors": [
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "X"}}], "special_tokens": {"Y": {}}}]}}"#;
        assert!(refusal(template).unwrap().contains("names the token X"));
        assert_eq!(refusal(&template.replace('Y', "X")), None);
        let table = r#"{"model": {}, "normalizer": {"normalizers": [{"precompiled_charsmap": "AAQAAA=="}]}}"#;
        assert!(refusal(table).unwrap().contains("promises a trie of 1024 bytes, found 0"));
        assert!(refusal("{").is_some());
    }
}
