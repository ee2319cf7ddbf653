//! The cut of highest likelihood under a unigram language model of pieces (Kudo 2018).
//!
//! After `unigram_model.cc` of google/sentencepiece, its rounding included: scores add up in
//! single precision and are compared in double, which can decide between cuts of equal likelihood.

use super::model_proto::{Kind, Piece};

/// How much worse than the worst piece an unknown letter is.
const UNKNOWN_PENALTY: f32 = 10.0;

/// A stretch of text and the piece that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'t> {
    pub(super) id: u32,
    pub(super) surface: &'t str,
}

#[derive(Debug)]
pub(super) struct Unigram {
    pieces: Vec<Piece>,
    /// All pieces by their text.
    order: Vec<u32>,
    unknown: u32,
    unknown_score: f32,
}

/// The best way to the end of a stretch.
#[derive(Clone, Copy)]
struct Arrival {
    id: u32,
    score: f32,
    from: usize,
}

impl Unigram {
    pub(super) fn new(pieces: Vec<Piece>) -> Result<Self, String> {
        let count =
            u32::try_from(pieces.len()).map_err(|_| "more pieces than numbers for them".to_owned())?;
        let at = |id: u32| pieces.get(id as usize).map(|piece| piece.text.as_str());
        if let Some(id) = pieces.iter().position(|piece| piece.text.is_empty() || !piece.score.is_finite()) {
            return Err(format!("piece {id} is empty or has no finite score"));
        }
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_unstable_by_key(|id| at(*id));
        if let Some(pair) =
            order.windows(2).find(|pair| pair.first().map(|a| at(*a)) == pair.last().map(|b| at(*b)))
        {
            return Err(format!("pieces {pair:?} are the same"));
        }
        let unknown: Vec<u32> =
            (0..count).zip(&pieces).filter(|(_, p)| p.kind == Kind::Unknown).map(|(id, _)| id).collect();
        let [unknown] = *unknown else {
            return Err(format!("expected one unknown piece, found {}", unknown.len()));
        };
        let scores = pieces.iter().filter(|piece| piece.kind == Kind::Normal).map(|piece| piece.score);
        let unknown_score = scores.reduce(f32::min).unwrap_or_default() - UNKNOWN_PENALTY;
        Ok(Self { pieces, order, unknown, unknown_score })
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    pub(super) fn unknown(&self) -> u32 {
        self.unknown
    }

    pub(super) fn piece(&self, id: u32) -> Option<&Piece> {
        self.pieces.get(id as usize)
    }

    pub(super) fn id(&self, text: &str) -> Option<u32> {
        let found = self.order.binary_search_by_key(&Some(text), |id| self.text(*id)).ok()?;
        self.order.get(found).copied()
    }

    fn text(&self, id: u32) -> Option<&str> {
        self.piece(id).map(|piece| piece.text.as_str())
    }

    /// The pieces that `text` begins with, of every kind, shortest first.
    pub(super) fn beginnings<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (u32, &'a Piece)> {
        let mut range = self.order.as_slice();
        let narrowed = text.bytes().enumerate().map_while(move |(depth, byte)| {
            let at = |id: &u32| self.text(*id).and_then(|text| text.as_bytes().get(depth).copied());
            let (_, rest) = range.split_at(range.partition_point(|id| at(id) < Some(byte)));
            (range, _) = rest.split_at(rest.partition_point(|id| at(id) == Some(byte)));
            range.first().map(|id| (depth + 1, *id))
        });
        narrowed.filter_map(|(length, id)| {
            self.piece(id).filter(|piece| piece.text.len() == length).map(|piece| (id, piece))
        })
    }

    /// Cuts `text`, which is normalised, into pieces; neighbouring unknown letters are one segment.
    pub(super) fn segment<'t>(&self, text: &'t str) -> Vec<Segment<'t>> {
        let arrivals = self.arrivals(text);
        let mut segments: Vec<Segment<'t>> = Vec::new();
        let mut end = text.len();
        let mut unknown_end = end;
        while let Some(Arrival { id, from, .. }) = arrivals.get(end).copied().flatten() {
            let continues = id == self.unknown && segments.last().is_some_and(|last| last.id == id);
            if continues {
                segments.pop();
            } else {
                unknown_end = end;
            }
            segments.push(Segment { id, surface: text.get(from..unknown_end).unwrap_or_default() });
            end = from;
        }
        segments.reverse();
        segments
    }

    /// For every byte of `text` at which a stretch can end, the best way there.
    fn arrivals(&self, text: &str) -> Vec<Option<Arrival>> {
        let mut arrivals: Vec<Option<Arrival>> = vec![None; text.len() + 1];
        for (from, letter) in text.char_indices() {
            let so_far = arrivals.get(from).copied().flatten().map_or(0.0, |arrival| arrival.score);
            let mut offer = |id: u32, length: usize, score: f64| {
                let score = score + f64::from(so_far);
                if let Some(arrival) = arrivals.get_mut(from + length)
                    && arrival.is_none_or(|best| score > f64::from(best.score))
                {
                    *arrival = Some(Arrival { id, score: score as f32, from });
                }
            };
            let mut known = false;
            for (id, piece) in self.beginnings(text.get(from..).unwrap_or_default()) {
                if let Some(score) = self.score(piece) {
                    known |= piece.text.len() == letter.len_utf8();
                    offer(id, piece.text.len(), score);
                }
            }
            if !known {
                offer(self.unknown, letter.len_utf8(), self.unknown_score.into());
            }
        }
        arrivals
    }

    /// What a piece counts; nothing if text is never cut into it. Pieces that the user defined
    /// count more the longer they are, whatever their score: so measured in sentencepiece 0.2.3.
    fn score(&self, piece: &Piece) -> Option<f64> {
        match piece.kind {
            Kind::Normal => Some(piece.score.into()),
            Kind::UserDefined => Some(0.1 * (piece.text.len() as f64 - 1.0)),
            Kind::Unknown | Kind::Control | Kind::Unused | Kind::Byte => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model(pieces: &[(&str, f32, Kind)]) -> Result<Unigram, String> {
        let piece = |&(text, score, kind): &(&str, f32, Kind)| Piece { text: text.to_owned(), score, kind };
        Unigram::new([("<unk>", 0.0, Kind::Unknown)].iter().chain(pieces).map(piece).collect())
    }

    fn letters() -> Unigram {
        let normal = |text, score| (text, score, Kind::Normal);
        model(&[
            normal("▁", -2.0),
            normal("ب", -3.0),
            normal("ا", -3.5),
            normal("با", -4.0),
            normal("▁باب", -9.5),
            ("</s>", 0.0, Kind::Control),
            ("بب", 0.0, Kind::Unused),
            ("<x>", 0.0, Kind::UserDefined),
        ])
        .unwrap()
    }

    fn cut(text: &str) -> Vec<String> {
        letters().segment(text).into_iter().map(|s| s.surface.to_owned()).collect()
    }

    #[test]
    fn the_likeliest_cut_wins() {
        assert_eq!(cut("▁باب"), ["▁", "با", "ب"]);
        assert_eq!(cut("بب"), ["ب", "ب"]);
    }

    #[test]
    fn neighbouring_unknown_letters_are_one_segment() {
        let unigram = letters();
        let segments = unigram.segment("ب😀سا");
        let surfaces: Vec<_> = segments.iter().map(|s| (s.id == unigram.unknown(), s.surface)).collect();
        assert_eq!(surfaces, [(false, "ب"), (true, "😀س"), (false, "ا")]);
    }

    #[test]
    fn control_pieces_are_never_found_in_a_text_and_user_pieces_always() {
        let ids: Vec<_> = letters().segment("</s>").iter().map(|s| s.id).collect();
        assert_eq!(ids, [0]);
        assert_eq!(letters().segment("ب<x>").last().map(|s| s.surface), Some("<x>"));
    }

    #[test]
    fn vocabularies_that_contradict_themselves_are_refused() {
        assert_eq!(model(&[("", 0.0, Kind::Normal)]).unwrap_err(), "piece 1 is empty or has no finite score");
        assert!(model(&[("a", f32::NAN, Kind::Normal)]).is_err());
        assert!(
            model(&[("a", 0.0, Kind::Normal), ("a", 1.0, Kind::Control)]).unwrap_err().contains("the same")
        );
        assert!(model(&[("b", 0.0, Kind::Unknown)]).unwrap_err().contains("found 2"));
        assert!(Unigram::new(Vec::new()).is_err());
    }

    /// The best score over all cuts, by trying them all.
    fn exhaustive(unigram: &Unigram, text: &str) -> f64 {
        if text.is_empty() {
            return 0.0;
        }
        let known =
            unigram.beginnings(text).filter_map(|(_, piece)| Some((piece.text.len(), unigram.score(piece)?)));
        let first = text.chars().next().map_or(0, char::len_utf8);
        known
            .chain([(first, f64::from(unigram.unknown_score))])
            .map(|(length, score)| score + exhaustive(unigram, &text[length..]))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    proptest! {
        #[test]
        fn no_cut_is_likelier_and_nothing_is_lost(text in "[▁باس]{0,9}") {
            let unigram = letters();
            let segments = unigram.segment(&text);
            prop_assert_eq!(segments.iter().map(|s| s.surface).collect::<String>(), &*text);
            let score: f64 = segments
                .iter()
                .map(|s| match unigram.piece(s.id) {
                    Some(piece) if s.id != unigram.unknown => unigram.score(piece).unwrap_or(f64::NAN),
                    _ => f64::from(unigram.unknown_score) * s.surface.chars().count() as f64,
                })
                .sum();
            prop_assert!((score - exhaustive(&unigram, &text)).abs() < 1e-4);
        }
    }
}
