//! The file of a SentencePiece model (`.model`, `.spm`): a `ModelProto` message.
//!
//! Schema: `sentencepiece_model.proto` of google/sentencepiece. What is not needed to encode and
//! decode is skipped.

use super::protobuf::{Fields, Value};

/// What a piece stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Normal,
    Unknown,
    Control,
    UserDefined,
    Unused,
    Byte,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) score: f32,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Unigram,
    Bpe,
    Word,
    Char,
}

/// How the model was trained, as far as it matters afterwards.
#[derive(Debug)]
pub(super) struct Trainer {
    pub(super) algorithm: Algorithm,
    pub(super) space_is_suffix: bool,
    pub(super) byte_fallback: bool,
    pub(super) bos: String,
    pub(super) eos: String,
    pub(super) pad: String,
}

/// What is done to a text before it is cut up.
#[derive(Debug)]
pub(super) struct Normalisation<'a> {
    pub(super) charsmap: &'a [u8],
    pub(super) dummy_prefix: bool,
    pub(super) remove_extra_spaces: bool,
    pub(super) escape_spaces: bool,
}

#[derive(Debug)]
pub(super) struct ModelProto<'a> {
    pub(super) pieces: Vec<Piece>,
    pub(super) trainer: Trainer,
    pub(super) normalisation: Normalisation<'a>,
}

/// Repeated messages are merged, as the wire format has it.
pub(super) fn read(bytes: &[u8]) -> Result<ModelProto<'_>, String> {
    let mut model = ModelProto {
        pieces: Vec::new(),
        trainer: Trainer::default(),
        normalisation: Normalisation::default(),
    };
    for field in Fields::new(bytes) {
        match field? {
            (1, value) => {
                let piece = read_piece(value).map_err(|e| format!("piece {}: {e}", model.pieces.len()))?;
                model.pieces.push(piece);
            }
            (2, value) => model.trainer.read(value).map_err(|e| format!("the trainer's settings: {e}"))?,
            (3, value) => model.normalisation.read(value).map_err(|e| format!("the normalisation: {e}"))?,
            _ => {}
        }
    }
    Ok(model)
}

fn read_piece(value: Value<'_>) -> Result<Piece, String> {
    let mut piece = Piece::default();
    for field in Fields::new(value.bytes("a piece")?) {
        match field? {
            (1, value) => piece.text = value.text("its text")?.to_owned(),
            (2, value) => piece.score = value.float("its score")?,
            (3, value) => piece.kind = kind(value.varint("its kind")?)?,
            _ => {}
        }
    }
    Ok(piece)
}

fn kind(number: u64) -> Result<Kind, String> {
    match number {
        1 => Ok(Kind::Normal),
        2 => Ok(Kind::Unknown),
        3 => Ok(Kind::Control),
        4 => Ok(Kind::UserDefined),
        5 => Ok(Kind::Unused),
        6 => Ok(Kind::Byte),
        other => Err(format!("expected a kind from 1 to 6, found {other}")),
    }
}

impl Default for Trainer {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Unigram,
            space_is_suffix: false,
            byte_fallback: false,
            bos: "<s>".to_owned(),
            eos: "</s>".to_owned(),
            pad: "<pad>".to_owned(),
        }
    }
}

impl Trainer {
    fn read(&mut self, value: Value<'_>) -> Result<(), String> {
        for field in Fields::new(value.bytes("a message")?) {
            match field? {
                (3, value) => self.algorithm = algorithm(value.varint("the kind of model")?)?,
                (24, value) => self.space_is_suffix = value.flag("`treat_whitespace_as_suffix`")?,
                (35, value) => self.byte_fallback = value.flag("`byte_fallback`")?,
                (46, value) => self.bos = value.text("`bos_piece`")?.to_owned(),
                (47, value) => self.eos = value.text("`eos_piece`")?.to_owned(),
                (48, value) => self.pad = value.text("`pad_piece`")?.to_owned(),
                _ => {}
            }
        }
        Ok(())
    }
}

fn algorithm(number: u64) -> Result<Algorithm, String> {
    match number {
        1 => Ok(Algorithm::Unigram),
        2 => Ok(Algorithm::Bpe),
        3 => Ok(Algorithm::Word),
        4 => Ok(Algorithm::Char),
        other => Err(format!("expected a kind of model from 1 to 4, found {other}")),
    }
}

impl Default for Normalisation<'_> {
    fn default() -> Self {
        Self { charsmap: &[], dummy_prefix: true, remove_extra_spaces: true, escape_spaces: true }
    }
}

impl<'a> Normalisation<'a> {
    fn read(&mut self, value: Value<'a>) -> Result<(), String> {
        for field in Fields::new(value.bytes("a message")?) {
            match field? {
                (2, value) => self.charsmap = value.bytes("`precompiled_charsmap`")?,
                (3, value) => self.dummy_prefix = value.flag("`add_dummy_prefix`")?,
                (4, value) => self.remove_extra_spaces = value.flag("`remove_extra_whitespaces`")?,
                (5, value) => self.escape_spaces = value.flag("`escape_whitespaces`")?,
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_settings_has_the_defaults_of_the_schema() {
        let model = read(&[0x0a, 3, 0x0a, 1, b'a']).unwrap();
        assert_eq!(model.pieces, [Piece { text: "a".to_owned(), ..Piece::default() }]);
        assert_eq!(model.trainer.algorithm, Algorithm::Unigram);
        assert!(model.normalisation.dummy_prefix && model.normalisation.remove_extra_spaces);
    }

    #[test]
    fn errors_say_which_piece() {
        let error = read(&[0x0a, 3, 0x0a, 1, b'a', 0x0a, 3, 0x0a, 1, 0xff]).unwrap_err();
        assert_eq!(error, "piece 1: expected its text in UTF-8, found other bytes");
        let error = read(&[0x0a, 2, 0x18, 9]).unwrap_err();
        assert_eq!(error, "piece 0: expected a kind from 1 to 6, found 9");
    }
}
