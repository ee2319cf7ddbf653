//! Bytes to lines, a headline each: bounded memory, and a bad line never ends the stream.

use super::{HeadlineQueue, LONGEST_HEADLINE, PushOutcome};
use crate::interpreter::Headline;

/// A line as far as it could be read.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// A line with something in it.
    Text(String),
    /// A line that is no headline, and why.
    Refused {
        /// Its number in the stream, from 1.
        number: u64,
        /// Why.
        reason: &'static str,
    },
}

/// Cuts a stream of bytes into lines.
#[derive(Debug, Default)]
pub(super) struct LineSplitter {
    partial: Vec<u8>,
    number: u64,
    too_long: bool,
}

impl LineSplitter {
    /// Takes bytes; `each` gets every line that they complete. Stops where `each` says false.
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Line) -> bool) -> bool {
        for part in bytes.split_inclusive(|&b| b == b'\n') {
            let (text, whole) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            let room = LONGEST_HEADLINE.saturating_sub(self.partial.len());
            self.too_long |= text.len() > room;
            self.partial.extend_from_slice(&text[..text.len().min(room)]);
            if whole && !self.end_line(each) {
                return false;
            }
        }
        true
    }

    /// The stream has ended: what is left is a line too.
    pub(super) fn finish(&mut self, each: &mut impl FnMut(Line) -> bool) -> bool {
        self.partial.is_empty() && !self.too_long || self.end_line(each)
    }

    fn end_line(&mut self, each: &mut impl FnMut(Line) -> bool) -> bool {
        self.number += 1;
        let number = self.number;
        let bytes = std::mem::take(&mut self.partial);
        if std::mem::take(&mut self.too_long) {
            return each(Line::Refused { number, reason: "longer than one mebibyte" });
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.trim_start_matches('\u{feff}').trim();
                text.is_empty() || each(Line::Text(text.to_owned()))
            }
            Err(_) => each(Line::Refused { number, reason: "not UTF-8" }),
        }
    }
}

/// Puts a line into the queue, waiting for room as the policy asks; false when the queue is closed.
pub(super) fn enqueue(queue: &HeadlineQueue, source: &str, line: Line) -> bool {
    match line {
        Line::Text(text) => {
            let outcome = queue.push(Headline::new(queue.next_id(), text, source));
            !matches!(outcome, PushOutcome::Closed(_))
        }
        Line::Refused { number, reason } => {
            tracing::warn!(source, line = number, reason, "line refused");
            !queue.is_closed()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(chunks: &[&[u8]]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut keep = |line| {
            lines.push(line);
            true
        };
        let mut splitter = LineSplitter::default();
        for chunk in chunks {
            splitter.push(chunk, &mut keep);
        }
        splitter.finish(&mut keep);
        lines
    }

    fn text(text: &str) -> Line {
        Line::Text(text.into())
    }

    #[test]
    fn empty_lines_are_skipped_and_the_last_needs_no_end() {
        let lines = split(&["\u{feff}أول\r\n\n  \t\nثان\0\nثالث".as_bytes()]);
        assert_eq!(lines, [text("أول"), text("ثان\0"), text("ثالث")]);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_by_number_and_the_stream_goes_on() {
        let lines = split(&[b"a\n\xff\xfe\nb\n"]);
        assert_eq!(lines, [text("a"), Line::Refused { number: 2, reason: "not UTF-8" }, text("b")]);
    }

    #[test]
    fn a_line_without_end_is_refused_and_takes_bounded_memory() {
        let long = vec![b'x'; 300_000];
        let mut splitter = LineSplitter::default();
        let mut lines = Vec::new();
        for _ in 0..40 {
            splitter.push(&long, &mut |_| unreachable!());
            assert!(splitter.partial.len() <= LONGEST_HEADLINE);
        }
        splitter.push(b"\nnext\n", &mut |line| {
            lines.push(line);
            true
        });
        assert_eq!(lines, [Line::Refused { number: 1, reason: "longer than one mebibyte" }, text("next")]);
    }

    proptest! {
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..60),
            cut in 0_usize..60,
        ) {
            let (a, b) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(split(&[a, b]), split(&[&bytes]));
        }
    }
}
