//! What SentencePiece does to a text before it cuts it up: replacements and spaces.
//!
//! After `normalizer.cc` of google/sentencepiece: at each place the longest replacement is taken,
//! runs of spaces become one, and spaces become `▁`.

use super::charsmap::Charsmap;
use super::model_proto::Normalisation;

/// What stands for a space in pieces.
pub(super) const SPACE: char = '▁';

#[derive(Debug)]
pub(super) struct Normaliser {
    charsmap: Charsmap,
    pub(super) dummy_prefix: bool,
    pub(super) remove_extra_spaces: bool,
    escape_spaces: bool,
}

impl Normaliser {
    pub(super) fn new(settings: &Normalisation<'_>) -> Result<Self, String> {
        Ok(Self {
            charsmap: Charsmap::parse(settings.charsmap)?,
            dummy_prefix: settings.dummy_prefix,
            remove_extra_spaces: settings.remove_extra_spaces,
            escape_spaces: settings.escape_spaces,
        })
    }

    /// `text` as pieces are looked for in it. `protected` says how many bytes at the beginning of
    /// its argument are to stay as they are.
    pub(super) fn normalise(&self, text: &str, protected: impl Fn(&str) -> Option<usize>) -> String {
        let space = if self.escape_spaces { SPACE } else { ' ' };
        let mut rest = text;
        if self.remove_extra_spaces {
            while let Some((" ", after)) = self.step(rest, &protected) {
                rest = after;
            }
        }
        if rest.is_empty() {
            return String::new();
        }
        let mut out = String::with_capacity(rest.len() + rest.len() / 4);
        out.extend(self.dummy_prefix.then_some(space));
        let mut after_space = self.remove_extra_spaces;
        while let Some((mut part, after)) = self.step(rest, &protected) {
            if after_space {
                part = part.trim_start_matches(' ');
            }
            out.extend(part.chars().map(|c| if c == ' ' { space } else { c }));
            if !part.is_empty() {
                after_space = self.remove_extra_spaces && part.ends_with(' ');
            }
            rest = after;
        }
        if self.remove_extra_spaces {
            out.truncate(out.trim_end_matches(space).len());
        }
        out
    }

    /// The next stretch of `rest`, replaced, and what follows it; nothing at the end.
    fn step<'t>(
        &'t self,
        rest: &'t str,
        protected: impl Fn(&str) -> Option<usize>,
    ) -> Option<(&'t str, &'t str)> {
        let first = rest.chars().next()?;
        let kept = protected(rest);
        if kept.is_none()
            && let Some((replacement, length)) = self.charsmap.longest(rest)
        {
            return Some((replacement, rest.get(length..)?));
        }
        rest.split_at_checked(kept.unwrap_or(first.len_utf8()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalised(settings: Normalisation<'_>, text: &str) -> String {
        Normaliser::new(&settings).unwrap().normalise(text, |_| None)
    }

    #[test]
    fn runs_of_spaces_become_one_and_ends_are_trimmed() {
        assert_eq!(normalised(Normalisation::default(), "  خبر   عاجل "), "▁خبر▁عاجل");
        assert_eq!(normalised(Normalisation::default(), "   "), "");
        assert_eq!(normalised(Normalisation::default(), ""), "");
    }

    #[test]
    fn spaces_are_kept_where_the_model_says_so() {
        let settings =
            Normalisation { dummy_prefix: false, remove_extra_spaces: false, ..Normalisation::default() };
        assert_eq!(normalised(settings, " a  b "), "▁a▁▁b▁");
        let settings = Normalisation { escape_spaces: false, ..Normalisation::default() };
        assert_eq!(normalised(settings, " a  b "), " a b");
    }
}
