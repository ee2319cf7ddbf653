//! A SentencePiece model: text to pieces and pieces to text, as google/sentencepiece does it.

use std::path::Path;

use super::TokenizerError;
use super::model_proto::{self, Algorithm, Kind, Piece};
use super::normaliser::{Normaliser, SPACE};
use super::unigram::{Segment, Unigram};

/// A unigram model with its normalisation.
#[derive(Debug)]
pub(super) struct SentencePiece {
    normaliser: Normaliser,
    unigram: Unigram,
    /// The 256 pieces that spell unknown letters out, by their byte.
    bytes: Option<Vec<u32>>,
    has_user_pieces: bool,
    pub(super) bos: Option<u32>,
    pub(super) eos: Option<u32>,
    pub(super) pad: Option<u32>,
}

impl SentencePiece {
    /// Reads a model; `path` only names it in errors.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, TokenizerError> {
        let malformed =
            |message| TokenizerError::malformed(path, format!("as a SentencePiece model: {message}"));
        let proto = model_proto::read(bytes).map_err(malformed)?;
        if proto.trainer.algorithm != Algorithm::Unigram {
            let message = format!("expected a unigram model, found {:?}", proto.trainer.algorithm);
            return Err(TokenizerError::unsupported(path, message));
        }
        if proto.trainer.space_is_suffix {
            return Err(TokenizerError::unsupported(path, "spaces at the end of words"));
        }
        let has_user_pieces = proto.pieces.iter().any(|piece| piece.kind == Kind::UserDefined);
        let normaliser = Normaliser::new(&proto.normalisation).map_err(malformed)?;
        let unigram = Unigram::new(proto.pieces).map_err(malformed)?;
        let bytes =
            proto.trainer.byte_fallback.then(|| byte_pieces(&unigram)).transpose().map_err(malformed)?;
        let control = |name: &str| {
            unigram.id(name).filter(|id| unigram.piece(*id).is_some_and(|piece| piece.kind == Kind::Control))
        };
        let [bos, eos, pad] =
            [&proto.trainer.bos, &proto.trainer.eos, &proto.trainer.pad].map(|name| control(name));
        Ok(Self { normaliser, unigram, bytes, has_user_pieces, bos, eos, pad })
    }

    pub(super) fn len(&self) -> usize {
        self.unigram.len()
    }

    pub(super) fn unknown(&self) -> u32 {
        self.unigram.unknown()
    }

    pub(super) fn piece(&self, id: u32) -> Option<&Piece> {
        self.unigram.piece(id)
    }

    pub(super) fn id(&self, piece: &str) -> Option<u32> {
        self.unigram.id(piece)
    }

    /// The numbers of the pieces of `text`.
    pub(super) fn ids(&self, text: &str) -> Vec<u32> {
        self.cut(text, |segment, out| match &self.bytes {
            Some(bytes) if segment.id == self.unigram.unknown() => {
                out.extend(segment.surface.bytes().filter_map(|byte| bytes.get(usize::from(byte))));
            }
            _ => out.push(segment.id),
        })
    }

    /// The pieces of `text`; unknown letters as they are.
    pub(super) fn pieces(&self, text: &str) -> Vec<String> {
        self.cut(text, |segment, out| out.push(segment.surface.to_owned()))
    }

    fn cut<T>(&self, text: &str, mut each: impl FnMut(Segment<'_>, &mut Vec<T>)) -> Vec<T> {
        let normalised = self.normaliser.normalise(text, |rest| self.user_piece(rest));
        let mut out = Vec::new();
        for segment in self.unigram.segment(&normalised) {
            each(segment, &mut out);
        }
        out
    }

    /// The length of the longest piece defined by the user that `text` begins with.
    fn user_piece(&self, text: &str) -> Option<usize> {
        if !self.has_user_pieces {
            return None;
        }
        let pieces = self.unigram.beginnings(text).map(|(_, piece)| piece);
        pieces.filter(|piece| piece.kind == Kind::UserDefined).map(|piece| piece.text.len()).last()
    }

    /// A text to which pieces can be added.
    pub(super) fn joiner(&self) -> Joiner {
        let again = self.normaliser.remove_extra_spaces;
        Joiner { bytes: Vec::new(), trims: self.normaliser.dummy_prefix || again, again }
    }
}

fn byte_pieces(unigram: &Unigram) -> Result<Vec<u32>, String> {
    let piece = |byte: u8| {
        let name = format!("<0x{byte:02X}>");
        let id =
            unigram.id(&name).filter(|id| unigram.piece(*id).is_some_and(|piece| piece.kind == Kind::Byte));
        id.ok_or_else(|| format!("the model falls back on bytes, but has no piece {name}"))
    };
    (0..=u8::MAX).map(piece).collect()
}

/// The byte that a byte piece (`<0x0A>`) stands for.
fn byte_of(piece: &str) -> Option<u8> {
    u8::from_str_radix(piece.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()
}

/// Puts pieces together again, without the space that was put in front of the text.
pub(super) struct Joiner {
    bytes: Vec<u8>,
    /// Whether a space at the beginning is left out, and whether those after it are too.
    trims: bool,
    again: bool,
}

impl Joiner {
    /// Adds a piece of a model.
    pub(super) fn push(&mut self, piece: &Piece) {
        match (piece.kind, byte_of(&piece.text)) {
            (Kind::Byte, Some(byte)) => self.bytes.push(byte),
            (Kind::Control | Kind::Unknown, _) => {}
            _ => self.push_text(&piece.text),
        }
    }

    /// Adds a piece by its text.
    pub(super) fn push_text(&mut self, text: &str) {
        let mut text = text;
        if self.trims
            && self.bytes.is_empty()
            && let Some(rest) = text.strip_prefix(SPACE)
        {
            text = rest;
            self.trims = self.again;
        }
        self.bytes.extend(text.replace(SPACE, " ").into_bytes());
    }

    pub(super) fn finish(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn piece(text: &str, score: f32, kind: u8) -> Vec<u8> {
        let score = [&[0x15], &score.to_le_bytes()[..]].concat();
        field(1, &[field(1, text.as_bytes()), score, vec![0x18, kind]].concat())
    }

    fn parse(parts: &[Vec<u8>]) -> Result<SentencePiece, TokenizerError> {
        SentencePiece::parse(Path::new("small.model"), &parts.concat())
    }

    #[test]
    fn unknown_letters_become_bytes_and_letters_again() {
        let mut parts = vec![piece("<unk>", 0.0, 2), piece("▁", -1.0, 1), piece("ب", -2.0, 1)];
        parts.extend((0..=255).map(|byte| piece(&format!("<0x{byte:02X}>"), 0.0, 6)));
        parts.push(field(2, &[0x98, 0x02, 1]));
        let model = parse(&parts).unwrap();
        let ids = model.ids("ب😀");
        assert_eq!(ids, [1, 2, 3 + 0xf0, 3 + 0x9f, 3 + 0x98, 3 + 0x80]);
        let mut joiner = model.joiner();
        ids.iter().filter_map(|id| model.piece(*id)).for_each(|piece| joiner.push(piece));
        assert_eq!(joiner.finish(), "ب😀");
        parts.remove(77);
        let error = parse(&parts).unwrap_err().to_string();
        assert!(error.starts_with("small.model: ") && error.ends_with("has no piece <0x4A>"), "{error}");
    }

    #[test]
    fn models_of_other_kinds_are_refused() {
        let error = parse(&[piece("<unk>", 0.0, 2), field(2, &[0x18, 2])]).unwrap_err();
        assert_eq!(error.to_string(), "small.model: not supported: expected a unigram model, found Bpe");
        assert!(matches!(
            parse(&[piece("<unk>", 0.0, 2), field(2, &[0xc0, 0x01, 1])]),
            Err(TokenizerError::Unsupported { .. })
        ));
        assert!(parse(&[]).is_err());
    }

    #[test]
    fn pieces_of_the_user_are_not_normalised() {
        // A table that makes every `a` an `o`.
        let mut trie = vec![0_u32; 512];
        trie[0] = 256 << 10;
        trie[256 ^ 0x61] = 0x61 | 1 << 8 | 0x61 << 10;
        trie[256] = 1 << 31;
        let trie: Vec<u8> = trie.into_iter().flat_map(u32::to_le_bytes).collect();
        let table = [&2048_u32.to_le_bytes(), &*trie, b"o\0"].concat();
        let table = [&[0x12, 0x86, 0x10], &*table].concat();
        let normalisation = [&[0x1a, 0x89, 0x10], &*table].concat();
        let pieces = [piece("<unk>", 0.0, 2), piece("ban", 0.0, 4), piece("▁", -1.0, 1), piece("o", -1.0, 1)];
        let model = parse(&[pieces.concat(), normalisation]).unwrap();
        assert_eq!(model.pieces("a ban bat"), ["▁", "o", "▁", "ban", "▁", "b", "o", "t"]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_model_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let prefix = piece("<unk>", 0.0, 2);
            if let Ok(model) = SentencePiece::parse(Path::new("any"), &[prefix, bytes].concat()) {
                model.ids("نص قصير");
            }
        }
    }
}
