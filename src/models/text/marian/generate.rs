//! Translating: the likeliest token each time, or a search over beams.

use super::beams::Beams;
use super::rules::{Rules, normalise};
use super::{Decoding, GenerationConfig, MarianModel, Source};
use crate::models::layers::Pass;
use candle_core::{DType, Result, Tensor, bail};

/// A translation in tokens: first the start token, last the end token, unless it was cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Translation {
    /// The ids.
    pub tokens: Vec<u32>,
    /// The log-probability of all tokens by the power of their number; the search's own measure.
    pub score: f32,
}

impl MarianModel {
    /// Translates a batch of texts.
    ///
    /// - `ids`: `[batch, length]`, u32 or i64; `mask`: 1 where a token is, `None`: everywhere
    ///
    /// # Errors
    /// [`super::super::InputError`] where ids, lengths or shapes do not fit; where the configuration
    /// has no beams, or a greatest length that no translation has.
    pub fn generate(
        &self,
        ids: &Tensor,
        mask: Option<&Tensor>,
        generation: &GenerationConfig,
    ) -> Result<Vec<Translation>> {
        let limit = self.config().max_position_embeddings;
        if generation.num_beams == 0 || generation.max_length < 2 {
            bail!(
                "Marian: expected beams above 0 and a greatest length above 1, found {} and {}",
                generation.num_beams,
                generation.max_length
            );
        }
        let fitting = GenerationConfig { max_length: generation.max_length.min(limit), ..generation.clone() };
        let source = self.encode(ids, mask, &Pass::Infer)?;
        let search =
            Search { model: self, rules: Rules::new(&fitting, self.config().eos_token_id), config: &fitting };
        if fitting.num_beams == 1 { search.greedily(&source) } else { search.by_beams(&source) }
    }
}

struct Search<'a> {
    model: &'a MarianModel,
    config: &'a GenerationConfig,
    rules: Rules<'a>,
}

impl Search<'_> {
    /// The likeliest token each time, until all texts have ended.
    fn greedily(&self, source: &Source) -> Result<Vec<Translation>> {
        let end = self.model.config().eos_token_id;
        let start = self.model.config().decoder_start_token_id;
        let mut done = vec![Translation { tokens: vec![start], score: 0.0 }; source.batch()];
        let mut open: Vec<usize> = (0..done.len()).collect();
        let mut decoding = Decoding::new(self.model, source)?;
        while !open.is_empty() {
            let tokens: Vec<u32> = open.iter().filter_map(|&n| done[n].tokens.last().copied()).collect();
            let mut logits = rows(&decoding.step(&tokens)?)?;
            for (&n, scores) in open.iter().zip(&mut logits) {
                self.rules.apply(&done[n].tokens, scores);
                let (token, _) = likeliest(scores);
                normalise(scores);
                done[n].score += scores[token as usize];
                done[n].tokens.push(token);
            }
            let goes_on = |n: usize| {
                let tokens = &done[n].tokens;
                tokens.last() != Some(&end) && tokens.len() < self.config.max_length
            };
            let kept: Vec<u32> = (0..).zip(&open).filter(|&(_, &n)| goes_on(n)).map(|(at, _)| at).collect();
            if kept.len() < open.len() {
                open.retain(|&n| goes_on(n));
                if !open.is_empty() {
                    decoding.keep_rows(&kept)?;
                    decoding.keep_texts(&kept)?;
                }
            }
        }
        Ok(done)
    }

    /// Several translations of each text at once.
    fn by_beams(&self, source: &Source) -> Result<Vec<Translation>> {
        let config = self.model.config();
        let begun = || Beams::new(self.config, config.decoder_start_token_id, config.eos_token_id);
        let mut texts: Vec<Beams> = (0..source.batch()).map(|_| begun()).collect();
        let mut open: Vec<usize> = (0..texts.len()).collect();
        let mut decoding = Decoding::new(self.model, source)?;
        while !open.is_empty() {
            let last =
                open.iter().flat_map(|&n| texts[n].written().filter_map(|tokens| tokens.last().copied()));
            let mut scores = rows(&decoding.step(&last.collect::<Vec<_>>())?)?;
            let mut order: Vec<u32> = Vec::with_capacity(scores.len());
            let mut kept: Vec<u32> = Vec::with_capacity(open.len());
            for (at, (&n, scores)) in open.iter().zip(scores.chunks_mut(self.config.num_beams)).enumerate() {
                let beams = &mut texts[n];
                for (scores, written) in scores.iter_mut().zip(beams.written()) {
                    normalise(scores);
                    self.rules.apply(written, scores);
                }
                let scores: Vec<&[f32]> = scores.iter().map(Vec::as_slice).collect();
                let from = beams.advance(&scores);
                if !beams.is_done() {
                    kept.push(at as u32);
                    order.extend(from.iter().map(|beam| (at * self.config.num_beams) as u32 + beam));
                }
            }
            if kept.len() < open.len() {
                open = kept.iter().map(|&at| open[at as usize]).collect();
                if !open.is_empty() {
                    decoding.keep_texts(&kept)?;
                }
            }
            if !open.is_empty() {
                decoding.keep_rows(&order)?;
            }
        }
        Ok(texts.into_iter().map(Beams::into_best).collect())
    }
}

/// The logits of each row.
fn rows(logits: &Tensor) -> Result<Vec<Vec<f32>>> {
    logits.to_dtype(DType::F32)?.to_vec2()
}

/// The token of the highest score, the first of equals.
fn likeliest(scores: &[f32]) -> (u32, f32) {
    (0u32..)
        .zip(scores.iter().copied())
        .fold((0, f32::NEG_INFINITY), |best, next| if next.1 > best.1 { next } else { best })
}
