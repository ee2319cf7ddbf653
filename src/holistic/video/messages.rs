//! What ffmpeg says while it decodes: the time of each frame, and complaints.
//!
//! Pictures come through a pipe without their times. The filter `showinfo` says each frame's number and
//! time as the frame leaves, so that a stream of any rate keeps its own clock. Times are counted in the
//! time base of the filter, whole numbers, because the seconds beside them have only six digits.

/// Lines longer than this are cut: some carry a picture's hidden data.
const LONGEST_LINE: usize = 4096;

/// Splits bytes into lines.
#[derive(Default)]
pub(super) struct Lines {
    pending: Vec<u8>,
}

impl Lines {
    /// Takes bytes; `hear` is told every line that they end.
    pub(super) fn feed(&mut self, bytes: &[u8], hear: &mut impl FnMut(&str)) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n' || byte == b'\r') {
            let (text, ends) = match part {
                [text @ .., b'\n' | b'\r'] => (text, true),
                text => (text, false),
            };
            let room = LONGEST_LINE.saturating_sub(self.pending.len()).min(text.len());
            self.pending.extend_from_slice(&text[..room]);
            if ends {
                self.end(hear);
            }
        }
    }

    /// Tells what is left.
    pub(super) fn end(&mut self, hear: &mut impl FnMut(&str)) {
        if !self.pending.is_empty() {
            hear(&String::from_utf8_lossy(&self.pending));
            self.pending.clear();
        }
    }
}

/// When a frame is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Which frame of the stream, from 0.
    pub(super) index: u64,
    /// Nanoseconds; none where the stream does not say it.
    pub(super) nanos: Option<i64>,
}

/// Reads stamps from lines.
#[derive(Default)]
pub(super) struct Stamps {
    /// Seconds of one tick.
    tick: Option<(i128, i128)>,
    /// The filter counts from 0 again where pictures change their form.
    counted_before: u64,
    next: u64,
}

impl Stamps {
    /// The stamp in a line, if there is one.
    pub(super) fn hear(&mut self, line: &str) -> Option<Stamp> {
        let (labels, said) = labels(line);
        if !labels.starts_with("[Parsed_showinfo") {
            return None;
        }
        if let Some(rest) = said.strip_prefix("config in time_base:") {
            self.tick = fraction(rest);
            self.counted_before = self.next;
            return None;
        }
        let number = said.strip_prefix("n:")?;
        let ticks = after(number, " pts:")?;
        let index = self.counted_before.checked_add(first_word(number).parse::<u64>().ok()?)?;
        self.next = index.checked_add(1)?;
        let nanos = first_word(ticks).parse::<i64>().ok().and_then(|ticks| self.nanos(ticks));
        Some(Stamp { index, nanos })
    }

    fn nanos(&self, ticks: i64) -> Option<i64> {
        let (numerator, denominator) = self.tick?;
        let nanos = i128::from(ticks).checked_mul(numerator)?.checked_mul(1_000_000_000)?;
        i64::try_from(nanos.div_euclid(denominator)).ok()
    }
}

/// What a line begins with, `[h264 @ 0x55d0] [error]`, and what it says: only the first is ffmpeg's own
/// word, the second may quote the file.
fn labels(line: &str) -> (&str, &str) {
    let mut rest = line;
    while let Some((_, more)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        rest = more.trim_start();
    }
    (&line[..line.len() - rest.len()], rest)
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.find(mark).map(|at| &text[at + mark.len()..])
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default().trim_end_matches(',')
}

/// A fraction above zero.
fn fraction(text: &str) -> Option<(i128, i128)> {
    let (numerator, denominator) = first_word(text).split_once('/')?;
    let (numerator, denominator) = (numerator.parse().ok()?, denominator.parse().ok()?);
    (numerator > 0 && denominator > 0).then_some((numerator, denominator))
}

/// What was complained about: each complaint once, as many as are worth reading.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Complaints {
    texts: Vec<String>,
    /// Complaints in all.
    count: u64,
}

/// Different complaints that are kept.
const KEPT: usize = 6;
/// Characters of one complaint.
const LONGEST_COMPLAINT: usize = 240;

impl Complaints {
    /// Keeps a line where it is an error.
    pub(super) fn hear(&mut self, line: &str) {
        let (labels, _) = labels(line);
        let is_error = ["[error]", "[fatal]", "[panic]"].iter().any(|level| labels.contains(level));
        if is_error {
            self.add(line);
        }
    }

    /// Keeps a line of a program that says errors only.
    pub(super) fn add(&mut self, line: &str) {
        let text = plain(line);
        if text.is_empty() {
            return;
        }
        self.count += 1;
        if self.texts.len() < KEPT && !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }

    /// The complaints; the last one says how many more there were.
    pub(super) fn into_texts(mut self) -> Vec<String> {
        let more = self.count - self.texts.len() as u64;
        if more > 0 {
            self.texts.push(format!("and {more} more like these"));
        }
        self.texts
    }

    /// Whether all is well.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// One line of them all.
    pub(super) fn text(&self) -> String {
        if self.texts.is_empty() { "nothing".to_owned() } else { self.texts.join("; ") }
    }
}

/// A message without levels and addresses: `[h264 @ 0x55d0] [error] no frame!` is `h264: no frame!`.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.trim();
    while let Some((label, more)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        if let Some((name, _address)) = label.split_once(" @ ") {
            text = format!("{text}{name}: ");
        } else if !matches!(label, "error" | "fatal" | "panic") {
            break;
        }
        rest = more.trim_start();
    }
    text.chars().chain(rest.chars()).take(LONGEST_COMPLAINT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONFIG: &str = "[Parsed_showinfo_3 @ 0x5644] [info] config in time_base: 1/15360, frame_rate: 30/1";

    fn line(n: u64, pts: &str) -> String {
        format!(
            "[Parsed_showinfo_3 @ 0x5644] [info] n:{n:4} pts:{pts:>7} pts_time:0.1  pos: 48 fmt:rgb24 s:6x3"
        )
    }

    #[test]
    fn a_frames_time_is_exact_and_counted_on_where_the_filter_begins_anew() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.hear(CONFIG), None);
        assert_eq!(stamps.hear(&line(0, "-512")), Some(Stamp { index: 0, nanos: Some(-33_333_334) }));
        assert_eq!(stamps.hear(&line(1, "NOPTS")), Some(Stamp { index: 1, nanos: None }));
        assert_eq!(stamps.hear("[Parsed_showinfo_3 @ 0x5644] [info] color_range:pc color_space:gbr"), None);
        assert_eq!(stamps.hear(&CONFIG.replace("15360", "10")), None);
        // Another thread's message got into the line.
        let mixed = format!("{}[h264 @ 0x1] [error] no frame!", line(0, "123456789012"));
        assert_eq!(stamps.hear(&mixed), Some(Stamp { index: 2, nanos: None }));
        assert_eq!(stamps.hear(&line(1, "36000000")).unwrap().nanos, Some(3_600_000_000_000_000));
    }

    #[test]
    fn a_files_own_words_are_neither_times_nor_complaints() {
        let (mut stamps, mut complaints) = (Stamps::default(), Complaints::default());
        stamps.hear(CONFIG);
        let title = format!("[info]     title           : {} [error] oh", line(7, "512"));
        assert_eq!(stamps.hear(&title), None);
        assert_eq!(stamps.hear(&line(0, "0").replace("n:", "a title n:")), None);
        complaints.hear(&title);
        assert!(complaints.is_empty());
        complaints.hear("[h264 @ 0x1] [error] oh");
        assert!(!complaints.is_empty());
    }

    #[test]
    fn numbers_of_frames_that_do_not_fit_are_no_stamps() {
        let mut stamps = Stamps::default();
        assert_eq!(stamps.hear(&line(u64::MAX, "0")), None);
        stamps.hear(&line(u64::MAX - 1, "0"));
        stamps.hear(CONFIG);
        assert_eq!(stamps.hear(&line(1, "0")), None);
    }

    #[test]
    fn complaints_are_told_once_and_without_addresses() {
        let mut complaints = Complaints::default();
        for address in 0..9 {
            complaints.hear(&format!("[h264 @ 0x55{address}] [error] no frame!"));
        }
        complaints.hear("[info] all is well");
        complaints.hear("[error] file:x.mp4: Invalid data found");
        let texts = complaints.into_texts();
        assert_eq!(texts, ["h264: no frame!", "file:x.mp4: Invalid data found", "and 8 more like these"]);
    }

    #[test]
    fn long_lines_are_cut_and_the_next_one_is_whole() {
        let (mut heard, mut lines) = (Vec::new(), Lines::default());
        let mut hear = |line: &str| heard.push(line.to_owned());
        lines.feed(&[b'x'; 9000], &mut hear);
        lines.feed(b"\nnext", &mut hear);
        lines.end(&mut hear);
        assert_eq!((heard[0].len(), heard[1].as_str()), (LONGEST_LINE, "next"));
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_survived_however_it_is_cut(bytes: Vec<u8>, cut in 1_usize..50) {
            let (mut stamps, mut complaints, mut lines) =
                (Stamps::default(), Complaints::default(), Lines::default());
            let mut hear = |line: &str| {
                stamps.hear(line);
                stamps.hear(&format!("[Parsed_showinfo_0 @ 0x1] [info] n:{line}"));
                complaints.hear(line);
                complaints.add(line);
            };
            for part in bytes.chunks(cut) {
                lines.feed(part, &mut hear);
            }
            lines.end(&mut hear);
        }

        #[test]
        fn lines_are_the_same_however_they_are_cut(text in "[a-z\n]{0,200}", cut in 1_usize..50) {
            let (mut heard, mut lines) = (Vec::new(), Lines::default());
            let mut hear = |line: &str| heard.push(line.to_owned());
            for part in text.as_bytes().chunks(cut) {
                lines.feed(part, &mut hear);
            }
            lines.end(&mut hear);
            let expected: Vec<_> = text.split('\n').filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(heard, expected);
        }
    }
}
