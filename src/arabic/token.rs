//! Text → tokens: words, numbers, punctuation, and what is not Arabic.

use super::normalise::{Mapped, fold_surface, normalise};
use std::ops::Range;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters of the Arabic script.
    Word,
    /// Digits, with the separators between them: `1,500`, `10:30`, `25/3/2026`, `2-1`, `-5`.
    Number,
    /// One mark that parts words: `.`, `"`, `(`, a line end.
    Punctuation,
    /// Letters of another script, digits within them included: `COVID19`.
    Latin,
    /// A sign that stands for a word or for nothing: `%`, `$`, `#`.
    Symbol,
    /// Pictures.
    Emoji,
}

/// A piece of a headline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is made of.
    pub kind: TokenKind,
    /// Its display form.
    pub surface: String,
    /// Its look-up form.
    pub folded: String,
    /// Its bytes in the original text.
    pub span: Range<usize>,
    /// Whether a space (or the text's beginning) is before it.
    pub spaced: bool,
}

/// The tokens of a text, in order. Spans never overlap and lie on character boundaries.
pub fn tokenise(text: &str) -> Vec<Token> {
    let surface = normalise(text);
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut spaced = true;
    while let Some(first) = surface.text()[at..].chars().next() {
        if first == ' ' || first == '_' {
            at += 1;
            spaced = true;
            continue;
        }
        let rest = &surface.text()[at..];
        let (kind, length) = next_token(rest, spaced);
        tokens.push(token(&surface, kind, at..at + length, spaced));
        at += length;
        spaced = first == '\n';
    }
    tokens
}

fn token(surface: &Mapped, kind: TokenKind, range: Range<usize>, spaced: bool) -> Token {
    let text = &surface.text()[range.clone()];
    Token { kind, surface: text.to_owned(), folded: fold_surface(text), span: surface.origin(range), spaced }
}

/// The kind and length in bytes of the token at the start of a text that is not empty.
fn next_token(rest: &str, spaced: bool) -> (TokenKind, usize) {
    let first = rest.chars().next().unwrap_or(' ');
    if first.is_ascii_digit() || (first == '-' && spaced && starts_with_digit(&rest[1..])) {
        return (TokenKind::Number, number_length(rest));
    }
    if is_arabic_letter(first) {
        return (TokenKind::Word, run_length(rest, is_arabic_letter));
    }
    if first.is_alphanumeric() {
        return (TokenKind::Latin, run_length(rest, |c| c.is_alphanumeric() && !is_arabic_letter(c)));
    }
    if is_emoji(first) {
        return (TokenKind::Emoji, run_length(rest, is_emoji));
    }
    let kind = if is_punctuation(first) { TokenKind::Punctuation } else { TokenKind::Symbol };
    (kind, first.len_utf8())
}

fn run_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn starts_with_digit(text: &str) -> bool {
    text.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// Digits, and separators that have a digit on both sides. A minus sign may come first.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut length = 1;
    while let Some(&byte) = bytes.get(length) {
        let separates = matches!(byte, b'.' | b',' | b':' | b'/' | b'-')
            && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        if !byte.is_ascii_digit() && !separates {
            break;
        }
        length += 1;
    }
    length
}

/// Letters of the Arabic script, those of other languages included.
pub(crate) fn is_arabic_letter(character: char) -> bool {
    matches!(character, '\u{0620}'..='\u{064A}' | '\u{066E}'..='\u{06D3}' | '\u{06D5}' | '\u{06EE}'..='\u{06EF}'
        | '\u{06FA}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{08A0}'..='\u{08C9}')
        && character.is_alphabetic()
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{2190}'..='\u{21FF}' | '\u{25A0}'..='\u{25FF}' | '\u{20E3}')
}

fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        && !matches!(character, '%' | '$' | '#' | '@' | '&' | '+' | '=' | '^' | '~')
        || matches!(character, '\n' | '•' | '·' | '۞' | '﴾' | '﴿' | '¡' | '¿' | '\u{2026}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<(TokenKind, String)> {
        tokenise(text).into_iter().map(|token| (token.kind, token.surface)).collect()
    }

    #[test]
    fn numbers_keep_their_separators_and_leave_the_full_stop() {
        use TokenKind::{Number, Punctuation, Word};
        let expected =
            [(Number, "١٬٥٠٠"), (Word, "دولار"), (Number, "10:30"), (Number, "2.5"), (Punctuation, ".")];
        let found = kinds("١٬٥٠٠ دولار 10:30 2.5.");
        assert_eq!(found[0], (Number, "1,500".to_owned()));
        for (found, expected) in found.iter().zip(expected).skip(1) {
            assert_eq!((found.0, found.1.as_str()), expected);
        }
    }

    #[test]
    fn a_minus_sign_needs_a_space_before_it() {
        assert_eq!(kinds("حرارة -5")[1], (TokenKind::Number, "-5".to_owned()));
        assert_eq!(kinds("كوفيد-19")[1], (TokenKind::Punctuation, "-".to_owned()));
    }

    #[test]
    fn scripts_and_pictures_are_told_apart() {
        use TokenKind::{Emoji, Latin, Symbol, Word};
        let found: Vec<_> = kinds("#سوريا_الجديدة BBC 🙂👍🏽").into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(found, [Symbol, Word, Word, Latin, Emoji]);
    }

    #[test]
    fn a_digit_that_touches_a_word_is_a_token_of_its_own() {
        assert_eq!(kinds("و300")[1], (TokenKind::Number, "300".to_owned()));
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_on_character_boundaries(text in "\\PC*|[\u{0600}-\u{06FF} 0-9.,:\u{FEFF}-]*") {
            let mut last = 0;
            for token in tokenise(&text) {
                prop_assert!(token.span.start >= last || token.span.end >= last);
                prop_assert!(token.span.start < token.span.end);
                prop_assert!(text.get(token.span.clone()).is_some());
                last = token.span.start;
            }
        }
    }
}
