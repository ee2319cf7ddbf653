//! All that differs between the names and shapes of a network and those of a file.

use super::allowed::{Allowed, matches};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Names and their shapes.
pub(super) type Shapes<'a> = BTreeMap<&'a str, &'a [usize]>;

/// How many names of each kind a message shows.
const SHOWN: usize = 10;

/// What tells the known checkpoints apart; the first that fits counts, so that SignCLIP, which contains
/// two BERTs, comes before BERT.
const FAMILIES: [(&str, &str); 8] = [
    ("SignCLIP", "*video_encoder.videomlp.linear1.weight"),
    ("T2M-GPT transformer", "*trans_base.tok_emb.weight"),
    ("T2M-GPT VQ-VAE", "*quantizer.codebook"),
    ("MotionCLIP", "*encoder.muQuery"),
    ("Marian", "*final_logits_bias"),
    ("T5", "*SelfAttention.relative_attention_bias.weight"),
    ("CLIP", "*embeddings.token_embedding.weight"),
    ("BERT", "*embeddings.word_embeddings.weight"),
];

/// A tensor of another shape than the network's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshapen {
    /// Its name in the file.
    pub name: String,
    /// The network's shape.
    pub expected: Vec<usize>,
    /// The file's.
    pub found: Vec<usize>,
}

/// All that differs, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mismatch {
    /// What the network asks for and the file does not have.
    pub missing: Vec<String>,
    /// What the file has and nobody asks for.
    pub unexpected: Vec<String>,
    /// What both have in different shapes.
    pub misshapen: Vec<Misshapen>,
    /// What could be the reason.
    pub hints: Vec<String>,
}

impl Mismatch {
    /// Compares; `None` where nothing differs that may not.
    pub(super) fn between(wanted: &Shapes<'_>, stored: &Shapes<'_>, allowed: &Allowed) -> Option<Self> {
        let mut mismatch = Self::default();
        for (&name, &expected) in wanted {
            let source = allowed.source(name, |name| stored.contains_key(name));
            match source.and_then(|source| stored.get_key_value(source)) {
                None if allowed.may_be_missing(name) => {}
                None => mismatch.missing.push(name.to_owned()),
                Some((_, &found)) if found == expected => {}
                Some((&name, &found)) => mismatch.misshapen.push(Misshapen {
                    name: name.to_owned(),
                    expected: expected.to_vec(),
                    found: found.to_vec(),
                }),
            }
        }
        let unasked = stored.keys().filter(|name| !wanted.contains_key(*name) && !allowed.may_be_there(name));
        mismatch.unexpected = unasked.map(|name| (*name).to_owned()).collect();
        if mismatch == Self::default() {
            return None;
        }
        mismatch.hints = hints(&mismatch, wanted, stored);
        Some(mismatch)
    }
}

fn hints(mismatch: &Mismatch, wanted: &Shapes<'_>, stored: &Shapes<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    if let (Some(expected), Some(found)) = (family(wanted), family(stored))
        && expected != found
    {
        hints.push(format!("this looks like a checkpoint of {found}; expected one of {expected}"));
    }
    let Mismatch { missing, unexpected, .. } = mismatch;
    if let Some((prefix, count)) = prefix_between(unexpected, missing) {
        hints.push(format!("{count} of the missing are there with `{prefix}` before their names: strip it"));
    }
    if let Some((prefix, count)) = prefix_between(missing, unexpected) {
        hints.push(format!("{count} of the missing are there without `{prefix}` before their names"));
    }
    hints
}

fn family(names: &Shapes<'_>) -> Option<&'static str> {
    let fits = |pattern: &str| names.keys().any(|name| matches(pattern, name));
    FAMILIES.iter().find(|(_, pattern)| fits(pattern)).map(|(family, _)| *family)
}

/// The prefix, ending in a dot, without which most of the long names are among the short ones.
fn prefix_between<'a>(long: &'a [String], short: &[String]) -> Option<(&'a str, usize)> {
    let short: BTreeSet<&str> = short.iter().map(String::as_str).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in long {
        for (dot, _) in name.match_indices('.') {
            let (prefix, rest) = name.split_at(dot + 1);
            if short.contains(rest) {
                *counts.entry(prefix).or_default() += 1;
            }
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count)
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { missing, unexpected, misshapen, hints } = self;
        let counts = (missing.len(), unexpected.len(), misshapen.len());
        write!(
            f,
            "not the network's tensors: {} missing, {} unexpected, {} of another shape",
            counts.0, counts.1, counts.2
        )?;
        for hint in hints {
            write!(f, "\n  hint: {hint}")?;
        }
        section(f, "missing", missing.iter().map(Clone::clone))?;
        section(f, "unexpected", unexpected.iter().map(Clone::clone))?;
        let shape = |m: &Misshapen| format!("{}: expected {:?}, found {:?}", m.name, m.expected, m.found);
        section(f, "of another shape", misshapen.iter().map(shape))
    }
}

fn section(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    lines: impl ExactSizeIterator<Item = String>,
) -> fmt::Result {
    let count = lines.len();
    if count > 0 {
        write!(f, "\n  {title}:")?;
    }
    for line in lines.take(SHOWN) {
        write!(f, "\n    {line}")?;
    }
    match count.saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, "\n    and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs<'a> = [(&'a str, &'a [usize])];

    fn compare(wanted: &Pairs<'_>, stored: &Pairs<'_>) -> Option<Mismatch> {
        let allowed = Allowed::none().ignoring("*.mask").fresh("new.*");
        Mismatch::between(&wanted.iter().copied().collect(), &stored.iter().copied().collect(), &allowed)
    }

    #[test]
    fn everything_that_differs_is_listed_at_once() {
        let found = compare(
            &[("a", &[2, 3]), ("b", &[1]), ("c", &[4])],
            &[("a", &[3, 2]), ("c", &[4]), ("d", &[5]), ("x.mask", &[9])],
        );
        let found = found.unwrap();
        assert_eq!(found.missing, ["b"]);
        assert_eq!(found.unexpected, ["d"]);
        assert_eq!(
            found.misshapen,
            [Misshapen { name: "a".into(), expected: vec![2, 3], found: vec![3, 2] }]
        );
        assert!(compare(&[("a", &[1])], &[("a", &[1]), ("x.mask", &[2])]).is_none());
        assert!(compare(&[("new.a", &[1])], &[]).is_none());
        assert!(compare(&[("new.a", &[1])], &[("new.a", &[2])]).is_some());
    }

    #[test]
    fn a_prefix_that_would_mend_it_is_named() {
        let found = compare(&[("a.w", &[1]), ("b.w", &[1])], &[("module.a.w", &[1]), ("module.b.w", &[1])]);
        assert!(found.unwrap().to_string().contains("2 of the missing are there with `module.`"));
        let found = compare(&[("bert.a.w", &[1])], &[("a.w", &[1])]);
        assert!(found.unwrap().to_string().contains("1 of the missing are there without `bert.`"));
    }

    #[test]
    fn another_model_is_recognised() {
        let found = compare(&[("encoder.muQuery", &[1])], &[("trans_base.tok_emb.weight", &[1])]).unwrap();
        assert_eq!(
            found.hints,
            ["this looks like a checkpoint of T2M-GPT transformer; expected one of MotionCLIP"]
        );
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let names: Vec<String> = (0..25).map(|i| format!("layer{i:02}")).collect();
        let wanted: Vec<(&str, &[usize])> = names.iter().map(|name| (name.as_str(), &[1usize][..])).collect();
        let message = compare(&wanted, &[]).unwrap().to_string();
        assert!(message.contains("25 missing") && message.contains("layer09"));
        assert!(!message.contains("layer10") && message.contains("and 15 more"));
    }
}
