//! Number words: units, tens, hundreds, scales and duals, joined by و, digits among them allowed
//! (`15 ألفا و300`), read with the grammar of Arabic numerals and not by adding up what is there:
//! `ثلاثة وأربعة` is two numbers, `خمسة وعشرون` is one.

use super::digits::{Numeral, read_digits};
use super::{LARGEST, Number};
use crate::arabic::{Token, TokenKind};

/// What a number word does to the number before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// 1 to 10.
    Unit(u64),
    /// 20, 30 … 90.
    Ten(u64),
    /// 100, 200 … 900.
    Hundred(u64),
    /// Singular or accusative: counts once by itself, or multiplies what is before it.
    Scale(u64),
    /// ألفا, مليونا: two of it by itself, one scale after a number.
    ScaleOrDual(u64),
    /// ألفان, مليونين: two of it.
    Dual(u64),
    /// آلاف, ملايين: only after a number.
    Scales(u64),
    /// A half or a quarter, in hundredths: only beside a scale.
    Share(u64),
    /// أحد, إحدى: one, only before عشر.
    OneOfEleven,
}

/// Whether a word by itself can begin a number (look-up form, without clitics).
pub fn is_number_word(folded: &str) -> bool {
    !matches!(part(folded), None | Some(Part::Scales(_) | Part::Share(_) | Part::OneOfEleven))
}

/// The number that begins at a token, in digits, words or both, and how many tokens it takes.
pub fn cardinal_at(tokens: &[Token], at: usize) -> Option<(Number, usize)> {
    let mut reader = Reader::default();
    let mut next = at;
    while let Some((piece, taken)) = piece_at(tokens, next, next == at) {
        let following = tokens.get(next + taken);
        if !reader.take(&piece, following) {
            break;
        }
        next += taken;
    }
    reader.finish().map(|number| (number, next - at))
}

/// The value of an ordinal's word, article or not: الأول → 1, الثانية عشرة is read by the caller.
pub fn ordinal(folded: &str) -> Option<u64> {
    let word = folded.strip_prefix("ال").unwrap_or(folded);
    Some(match word {
        "اول" | "اولي" | "واحده" => 1,
        "ثاني" | "ثانيه" => 2,
        "ثالث" | "ثالثه" => 3,
        "رابع" | "رابعه" => 4,
        "خامس" | "خامسه" => 5,
        "سادس" | "سادسه" => 6,
        "سابع" | "سابعه" => 7,
        "ثامن" | "ثامنه" => 8,
        "تاسع" | "تاسعه" => 9,
        "عاشر" | "عاشره" => 10,
        "حادي" | "حاديه" => 11,
        _ => return None,
    })
}

/// A word or run of digits that may be part of a number.
struct Piece {
    joined: bool,
    kind: PieceKind,
}

enum PieceKind {
    Word(Part),
    Digits(Number),
}

fn piece_at(tokens: &[Token], at: usize, first: bool) -> Option<(Piece, usize)> {
    let token = tokens.get(at)?;
    match token.kind {
        TokenKind::Number => {
            let Numeral::Cardinal(number) = read_digits(&token.surface) else { return None };
            Some((Piece { joined: false, kind: PieceKind::Digits(number) }, 1))
        }
        // و that stands alone joins the digits behind it: و300.
        TokenKind::Word if token.folded == "و" && !first => {
            let (piece, taken) = piece_at(tokens, at + 1, true)?;
            Some((Piece { joined: true, ..piece }, taken + 1))
        }
        TokenKind::Word => word_piece(&token.folded, first).map(|piece| (piece, 1)),
        _ => None,
    }
}

fn word_piece(folded: &str, first: bool) -> Option<Piece> {
    // Within a number, what folds to واحد is وأحد: مئة وأحد عشر.
    if !first && matches!(folded, "واحد" | "واحدي") {
        return Some(Piece { joined: true, kind: PieceKind::Word(Part::OneOfEleven) });
    }
    if let Some(part) = part_with_article(folded) {
        return Some(Piece { joined: false, kind: PieceKind::Word(part) });
    }
    // Prepositions only before the first word; بالمئة is a percentage and no number.
    let prefixes: &[char] = if first { &['و', 'ف', 'ب', 'ل'] } else { &['و'] };
    let rest = folded.strip_prefix(prefixes)?;
    // لست, بست: more often other words than a six.
    if rest == "ست" || (first && matches!(rest, "الميه" | "المايه")) {
        return None;
    }
    let part = part_with_article(rest)?;
    Some(Piece { joined: folded.starts_with('و'), kind: PieceKind::Word(part) })
}

fn part_with_article(folded: &str) -> Option<Part> {
    if let Some(part) = part(folded) {
        return Some(part);
    }
    let part = part(folded.strip_prefix("ال")?)?;
    // الأحد and الاثنين are days of the week.
    (!matches!(part, Part::OneOfEleven | Part::Unit(2))).then_some(part)
}

fn part(folded: &str) -> Option<Part> {
    use Part::{Dual, Hundred, OneOfEleven, Scale, ScaleOrDual, Scales, Share, Ten, Unit};
    Some(match folded {
        "واحد" | "واحده" => Unit(1),
        "احد" | "احدي" => OneOfEleven,
        "اثنان" | "اثنين" | "اثنتان" | "اثنتين" | "اثنا" | "اثني" | "اثنتا" | "اثنتي" => {
            Unit(2)
        }
        "ثلاث" | "ثلاثه" => Unit(3),
        "اربع" | "اربعه" => Unit(4),
        "خمس" | "خمسه" => Unit(5),
        "ست" | "سته" => Unit(6),
        "سبع" | "سبعه" => Unit(7),
        "ثمان" | "ثماني" | "ثمانيه" => Unit(8),
        "تسع" | "تسعه" => Unit(9),
        "عشر" | "عشره" => Unit(10),
        "عشرون" | "عشرين" => Ten(20),
        "ثلاثون" | "ثلاثين" => Ten(30),
        "اربعون" | "اربعين" => Ten(40),
        "خمسون" | "خمسين" => Ten(50),
        "ستون" | "ستين" => Ten(60),
        "سبعون" | "سبعين" => Ten(70),
        "ثمانون" | "ثمانين" => Ten(80),
        "تسعون" | "تسعين" => Ten(90),
        "ميه" | "مايه" => Hundred(100),
        "ميتان" | "ميتين" | "مايتان" | "مايتين" | "ميتا" | "ميتي" | "مايتا" | "مايتي" => {
            Hundred(200)
        }
        "الف" => Scale(1_000),
        "الفا" => ScaleOrDual(1_000),
        "الفان" | "الفين" | "الفي" => Dual(1_000),
        "الاف" => Scales(1_000),
        "مليون" => Scale(1_000_000),
        "مليونا" => ScaleOrDual(1_000_000),
        "مليونان" | "مليونين" | "مليوني" => Dual(1_000_000),
        "ملايين" => Scales(1_000_000),
        "مليار" | "بليون" => Scale(1_000_000_000),
        "مليارا" => ScaleOrDual(1_000_000_000),
        "ملياران" | "مليارين" | "ملياري" => Dual(1_000_000_000),
        "مليارات" => Scales(1_000_000_000),
        "تريليون" | "ترليون" => Scale(1_000_000_000_000),
        "تريليونا" | "ترليونا" => ScaleOrDual(1_000_000_000_000),
        "تريليونان" | "تريليونين" | "ترليونان" | "ترليونين" | "تريليوني" => {
            Dual(1_000_000_000_000)
        }
        "تريليونات" | "ترليونات" => Scales(1_000_000_000_000),
        "نصف" => Share(50),
        "ربع" => Share(25),
        _ => return hundreds(folded),
    })
}

/// ثلاثمئة … تسعمائة, written as one word.
fn hundreds(folded: &str) -> Option<Part> {
    let unit = folded.strip_suffix("ميه").or_else(|| folded.strip_suffix("مايه"))?;
    match part(unit)? {
        Part::Unit(value @ 3..=9) => Some(Part::Hundred(value * 100)),
        _ => None,
    }
}

/// Puts a number together from left to right.
#[derive(Default)]
struct Reader {
    /// What is complete: thousands, millions, …
    total: u64,
    /// The number below a thousand that is being read.
    group: u64,
    /// The scale that came last; the next must be smaller.
    scale: u64,
    /// Digits after a point; only a scale may follow.
    fraction: String,
    negative: bool,
    /// A share that waits for its scale: نصف مليون.
    share: u64,
    eleven: bool,
    started: bool,
    /// The first piece was written in digits with its value in `total`, and no scale has come yet.
    digits: bool,
    closed: bool,
}

impl Reader {
    /// Adds a piece; false where it does not belong to this number.
    fn take(&mut self, piece: &Piece, following: Option<&Token>) -> bool {
        if self.closed {
            return self.skip_repeated_scale(piece);
        }
        let taken = match &piece.kind {
            PieceKind::Digits(number) => self.take_digits(number, piece.joined),
            PieceKind::Word(part) if self.started => self.take_word(*part, piece.joined, following),
            PieceKind::Word(part) => self.begin(*part, following),
        };
        self.started |= taken;
        taken
    }

    fn begin(&mut self, part: Part, following: Option<&Token>) -> bool {
        let next = following.and_then(|token| part_with_article(&token.folded));
        match part {
            Part::Unit(value) | Part::Ten(value) | Part::Hundred(value) => self.group = value,
            Part::Scale(scale) => self.add_scale(1, scale),
            Part::ScaleOrDual(scale) | Part::Dual(scale) => self.add_scale(2, scale),
            Part::Share(share) if matches!(next, Some(Part::Scale(_))) => self.share = share,
            Part::OneOfEleven if next == Some(Part::Unit(10)) => {
                self.group = 1;
                self.eleven = true;
            }
            Part::Scales(_) | Part::Share(_) | Part::OneOfEleven => return false,
        }
        true
    }

    fn take_digits(&mut self, number: &Number, joined: bool) -> bool {
        if !self.started {
            self.total = number.whole;
            self.fraction.clone_from(&number.fraction);
            self.negative = number.negative;
            self.digits = true;
            return true;
        }
        let fits = joined && !self.digits && self.group == 0 && number.whole < self.scale;
        if fits && number.fraction.is_empty() {
            // Digits are read as a group where a scale may still follow: مليون و300 ألف.
            if number.whole < 1000 {
                self.group = number.whole;
            } else {
                self.total += number.whole;
                self.closed = true;
            }
        }
        fits && number.fraction.is_empty()
    }

    fn take_word(&mut self, part: Part, joined: bool, following: Option<&Token>) -> bool {
        match part {
            Part::Unit(10) if !joined && (self.eleven || (1..=9).contains(&self.group)) => {
                self.eleven = false;
                self.group += 10;
                true
            }
            Part::Hundred(100) if !joined && (3..=9).contains(&self.group) => {
                self.group *= 100;
                true
            }
            Part::Scale(scale) | Part::ScaleOrDual(scale) | Part::Scales(scale) if !joined => {
                self.multiply(scale)
            }
            Part::Share(share) if joined && self.scale > 0 && self.group == 0 => {
                self.total += self.scale / 100 * share;
                self.closed = true;
                true
            }
            _ if !joined || self.digits || !self.fraction.is_empty() => false,
            Part::Unit(value) => self.add(value, self.group.is_multiple_of(100)),
            Part::Ten(value) => self.add(value, self.group % 100 < 10),
            Part::Hundred(value) => self.add(value, self.group == 0),
            Part::Scale(scale) => self.join_scale(1, scale),
            Part::Dual(scale) | Part::ScaleOrDual(scale) => self.join_scale(2, scale),
            Part::OneOfEleven => {
                let eleven = following.and_then(|token| self::part(&token.folded)) == Some(Part::Unit(10));
                self.eleven = eleven;
                eleven && self.add(1, self.group.is_multiple_of(100))
            }
            Part::Scales(_) | Part::Share(_) => false,
        }
    }

    fn add(&mut self, value: u64, fits: bool) -> bool {
        if fits {
            self.group += value;
        }
        fits
    }

    /// A scale after a number: خمسة ملايين, 2.5 مليون, ألف مليار.
    fn multiply(&mut self, scale: u64) -> bool {
        if self.share > 0 {
            self.total = scale / 100 * self.share;
            self.share = 0;
            self.scale = scale;
            self.closed = true;
            return true;
        }
        if self.digits || (self.group == 0 && self.scale > 0 && scale > self.scale) {
            let count =
                Number { whole: self.total, fraction: std::mem::take(&mut self.fraction), negative: false };
            let Some(scaled) = count.scaled(scale) else { return false };
            self.total = scaled.whole;
            self.fraction = scaled.fraction;
            self.digits = false;
            self.scale = scale;
            return true;
        }
        let smaller = self.scale == 0 || scale < self.scale;
        let fits = self.group > 0 && smaller && self.group.saturating_mul(scale) <= LARGEST;
        if fits {
            let count = std::mem::take(&mut self.group);
            self.add_scale(count, scale);
        }
        fits
    }

    /// A scale joined by و: مليون وألف.
    fn join_scale(&mut self, count: u64, scale: u64) -> bool {
        let fits = self.group == 0 && scale < self.scale;
        if fits {
            self.add_scale(count, scale);
        }
        fits
    }

    fn add_scale(&mut self, count: u64, scale: u64) {
        self.total += count * scale;
        self.scale = scale;
    }

    /// مليون ونصف المليون names its scale twice.
    fn skip_repeated_scale(&mut self, piece: &Piece) -> bool {
        let repeated = matches!(piece.kind, PieceKind::Word(Part::Scale(scale)) if scale == self.scale);
        let fits = repeated && !piece.joined;
        self.scale = 0;
        fits
    }

    fn finish(self) -> Option<Number> {
        let whole = self.total.checked_add(self.group)?;
        let complete = self.started && self.share == 0 && whole <= LARGEST;
        complete.then_some(Number { whole, fraction: self.fraction, negative: self.negative })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arabic::tokenise;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(u64, usize)> {
        cardinal_at(&tokenise(text), 0).map(|(number, taken)| (number.whole, taken))
    }

    #[test]
    fn compound_numbers_are_read_to_their_end() {
        assert_eq!(read("خمسة وعشرون ألفا ومئتان"), Some((25_200, 4)));
        assert_eq!(read("ثلاثمائة وخمسة وستون يوما"), Some((365, 3)));
        assert_eq!(read("ألف وتسعمئة وثمانية وأربعون"), Some((1948, 4)));
        assert_eq!(read("مليونان وأربعمئة ألف"), Some((2_400_000, 3)));
        assert_eq!(read("أحد عشر قتيلا"), Some((11, 2)));
        assert_eq!(read("اثنا عشر ألف نازح"), Some((12_000, 3)));
        assert_eq!(read("مئة ألف"), Some((100_000, 2)));
        assert_eq!(read("ألف مليار"), Some((1_000_000_000_000, 2)));
        assert_eq!(read("ثلاث مئة"), Some((300, 2)));
        assert_eq!(read("مئة وأحد عشر"), Some((111, 3)));
    }

    #[test]
    fn digits_and_words_mix() {
        assert_eq!(read("2.5 مليون دولار"), Some((2_500_000, 2)));
        assert_eq!(read("15 ألفا و300 شخص"), Some((15_300, 4)));
        assert_eq!(read("3 ملايين"), Some((3_000_000, 2)));
        assert_eq!(read("مليون و300 ألف"), Some((1_300_000, 4)));
        assert_eq!(read("1,500 ليرة"), Some((1500, 1)));
    }

    #[test]
    fn duals_and_shares_count() {
        assert_eq!(read("ألفا قتيل"), Some((2000, 1)));
        assert_eq!(read("نصف مليون"), Some((500_000, 2)));
        assert_eq!(read("مليون ونصف المليون دولار"), Some((1_500_000, 3)));
        assert_eq!(read("3 ملايين ونصف"), Some((3_500_000, 3)));
    }

    #[test]
    fn neighbours_that_are_no_part_of_it_stay_out() {
        assert_eq!(read("ثلاثة وأربعة"), Some((3, 1)));
        assert_eq!(read("10 و20"), Some((10, 1)));
        assert_eq!(read("آلاف المتظاهرين"), None);
        assert_eq!(read("الأحد"), None);
        assert_eq!(read("الاثنين"), None);
        assert_eq!(read("بالمئة"), None);
        assert_eq!(read("نصف النهار"), None);
        assert_eq!(read("أحد المسؤولين"), None);
        assert_eq!(read("ثلاثاء"), None);
        assert_eq!(read("وفد"), None);
    }

    #[test]
    fn a_proclitic_may_stand_before_the_first_word() {
        assert_eq!(read("بمليون دولار"), Some((1_000_000, 1)));
        assert_eq!(read("واحد"), Some((1, 1)));
        assert_eq!(read("وواحد"), Some((1, 1)));
    }

    proptest! {
        #[test]
        fn any_string_of_number_words_reads_without_overflow(
            words in prop::collection::vec(prop::sample::select(vec![
                "مليون", "مليار", "تريليون", "ألف", "تسعمئة", "وتسعون", "تسعة", "ونصف", "نصف", "عشر", "و",
                "999999999999999", "آلاف", "ألفان", "إحدى", "2.5",
            ]), 0..12)
        ) {
            let tokens = tokenise(&words.join(" "));
            if let Some((number, taken)) = cardinal_at(&tokens, 0) {
                prop_assert!(number.whole <= LARGEST);
                prop_assert!(taken > 0 && taken <= tokens.len());
            }
        }
    }
}
