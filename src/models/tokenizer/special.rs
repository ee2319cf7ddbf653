//! The tokens that are no text.

use super::settings::{Name, Settings};

/// The numbers of the special tokens by what they are for; nothing where a vocabulary has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Fills a batch up.
    pub pad: Option<u32>,
    /// Ends a text (T5, Marian, CLIP).
    pub eos: Option<u32>,
    /// Begins a text (CLIP).
    pub bos: Option<u32>,
    /// Stands for what has no token.
    pub unk: Option<u32>,
    /// Begins a text and stands for it whole (BERT).
    pub cls: Option<u32>,
    /// Ends a text, or parts two (BERT).
    pub sep: Option<u32>,
    /// Stands for what a model is to guess (BERT).
    pub mask: Option<u32>,
}

impl SpecialTokens {
    /// Looks every role up: under the name that the settings give it, or the usual one.
    pub(super) fn find(settings: &Settings, id: impl Fn(&str) -> Option<u32>) -> Self {
        let find = |name: &Option<Name>, usual: &[&str]| {
            let named = name.as_ref().and_then(|name| id(name.as_str()));
            named.or_else(|| usual.iter().find_map(|name| id(name)))
        };
        Self {
            pad: find(&settings.pad_token, &["<pad>", "[PAD]", "<|endoftext|>"]),
            eos: find(&settings.eos_token, &["</s>", "<|endoftext|>"]),
            bos: find(&settings.bos_token, &["<s>", "<|startoftext|>"]),
            unk: find(&settings.unk_token, &["<unk>", "[UNK]", "<|endoftext|>"]),
            cls: find(&settings.cls_token, &["[CLS]"]),
            sep: find(&settings.sep_token, &["[SEP]"]),
            mask: find(&settings.mask_token, &["[MASK]"]),
        }
    }

    /// Whether `id` has any role.
    pub(super) fn contains(&self, id: u32) -> bool {
        [self.pad, self.eos, self.bos, self.unk, self.cls, self.sep, self.mask].contains(&Some(id))
    }
}
