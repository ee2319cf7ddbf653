//! What may differ between a checkpoint and the network that reads it.

/// Names that a file may have beyond the network's, and other names for what the network asks for.
/// Each is a decision: say why beside it.
///
/// ```
/// use nashra::models::checkpoint::Allowed;
/// let allowed = Allowed::none()
///     .ignoring("*.position_ids") // a constant that older versions of transformers saved
///     .alias("encoder.embed_tokens.weight", "shared.weight"); // T5 ties them
/// ```
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    ignored: Vec<String>,
    fresh: Vec<String>,
    /// What the network asks for, and where else it may be.
    aliases: Vec<(String, String)>,
}

impl Allowed {
    /// Nothing may differ.
    pub fn none() -> Self {
        Self::default()
    }

    /// The file may have tensors of these names, which the network does not read. A `*` stands for any
    /// run of characters, dots too.
    #[must_use]
    pub fn ignoring(mut self, pattern: impl Into<String>) -> Self {
        self.ignored.push(pattern.into());
        self
    }

    /// The file need not have tensors of these names: variables that are trained
    /// ([`Trainable::load`](super::Trainable::load)) keep their first values, as a new head on an old
    /// encoder does. A network that is only [loaded](super::load) still needs them.
    #[must_use]
    pub fn fresh(mut self, pattern: impl Into<String>) -> Self {
        self.fresh.push(pattern.into());
        self
    }

    /// Where `wanted` is not in the file, `stored` is read in its place; `stored` may be there besides.
    #[must_use]
    pub fn alias(mut self, wanted: impl Into<String>, stored: impl Into<String>) -> Self {
        self.aliases.push((wanted.into(), stored.into()));
        self
    }

    /// Whether a tensor that the network does not ask for may be there.
    pub(super) fn may_be_there(&self, name: &str) -> bool {
        self.ignored.iter().any(|pattern| matches(pattern, name))
            || self.aliases.iter().any(|(_, stored)| stored == name)
    }

    /// Whether a tensor that the network asks for may be missing.
    pub(super) fn may_be_missing(&self, name: &str) -> bool {
        self.fresh.iter().any(|pattern| matches(pattern, name))
    }

    /// The same, but nothing may be missing.
    pub(super) fn complete(&self) -> Self {
        Self { fresh: Vec::new(), ..self.clone() }
    }

    /// Under which name the file has what the network asks for.
    pub(super) fn source<'a>(&'a self, wanted: &'a str, there: impl Fn(&str) -> bool) -> Option<&'a str> {
        let others =
            self.aliases.iter().filter(|(name, _)| name == wanted).map(|(_, stored)| stored.as_str());
        std::iter::once(wanted).chain(others).find(|name| there(name))
    }
}

/// Whether a name fits a pattern in which `*` stands for any run of characters.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        assert!(matches("*.position_ids", "bert.embeddings.position_ids"));
        assert!(matches("*.attn.mask", "trans.blocks.3.attn.mask"));
        assert!(matches("a.*.b.*", "a.x.y.b.z"));
        assert!(matches("exact", "exact"));
        assert!(!matches("exact", "exactly"));
        assert!(!matches("*.pe", "decoder.shape"));
        assert!(!matches("ab*ba", "aba"));
    }

    proptest! {
        #[test]
        fn a_pattern_fits_what_its_stars_are_replaced_by(parts in proptest::collection::vec("[ab.]{0,4}", 1..5)) {
            prop_assert!(matches(&parts.join("*"), &parts.concat()));
            prop_assert!(matches(&parts.join("*"), &parts.join("ba.")));
        }
    }

    #[test]
    fn an_alias_is_used_only_where_the_name_itself_is_missing() {
        let allowed = Allowed::none().alias("wanted", "first").alias("wanted", "second");
        assert_eq!(allowed.source("wanted", |_| true), Some("wanted"));
        assert_eq!(allowed.source("wanted", |name| name == "second"), Some("second"));
        assert_eq!(allowed.source("other", |name| name == "second"), None);
        assert!(allowed.may_be_there("first") && !allowed.may_be_there("wanted"));
    }
}
