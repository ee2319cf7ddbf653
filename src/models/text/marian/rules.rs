//! What may not be written next: the reference's logits processors, those that translation uses.

use super::GenerationConfig;

/// Applies a configuration's rules to the scores of one next token.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    config: &'a GenerationConfig,
    /// Tokens that are never written.
    banned: Vec<u32>,
    /// Runs that are never finished.
    runs: Vec<&'a [u32]>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(config: &'a GenerationConfig, end: u32) -> Self {
        let words = config.bad_words_ids.iter().flatten().map(Vec::as_slice);
        // The end alone cannot be forbidden: nothing would stop then.
        let (single, runs): (Vec<_>, Vec<_>) =
            words.filter(|word| !word.is_empty() && *word != [end]).partition(|word| word.len() == 1);
        Self { config, banned: single.concat(), runs }
    }

    /// Changes the scores of the token after `written`, in the order of the reference.
    pub(super) fn apply(&self, written: &[u32], scores: &mut [f32]) {
        let mut forbid = |token: u32| {
            if let Some(score) = scores.get_mut(token as usize) {
                *score = f32::NEG_INFINITY;
            }
        };
        repeating(written, self.config.no_repeat_ngram_size).for_each(&mut forbid);
        self.banned.iter().copied().for_each(&mut forbid);
        for run in &self.runs {
            // As in the reference, something comes before the run: the start token at least.
            if let Some((&last, before)) = run.split_last()
                && written.len() > before.len()
                && written.ends_with(before)
            {
                forbid(last);
            }
        }
        if let Some(end) = self.config.forced_eos_token_id
            && written.len() + 1 == self.config.max_length
        {
            scores.fill(f32::NEG_INFINITY);
            if let Some(score) = scores.get_mut(end as usize) {
                *score = 0.0;
            }
        }
        if self.config.renormalize_logits {
            normalise(scores);
        }
    }
}

/// The tokens that would write a run of `size` tokens a second time.
fn repeating(written: &[u32], size: usize) -> impl Iterator<Item = u32> {
    let begun = size.checked_sub(1).and_then(|rest| written.len().checked_sub(rest)).map(|at| &written[at..]);
    let runs = if size == 0 { [].windows(1) } else { written.windows(size) };
    runs.filter_map(move |run| run.split_last().filter(|(_, before)| Some(*before) == begun))
        .map(|(&last, _)| last)
}

/// Log-probabilities of scores, in place.
pub(super) fn normalise(scores: &mut [f32]) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = scores.chunks(256).map(|part| part.iter().map(|s| (s - highest).exp()).sum::<f32>()).sum();
    let log = sum.ln();
    scores.iter_mut().for_each(|score| *score = (*score - highest) - log);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(config: &GenerationConfig, written: &[u32]) -> Vec<u32> {
        let mut scores = [0.5; 8];
        Rules::new(config, 0).apply(written, &mut scores);
        (0..8).filter(|&token| scores[token as usize].is_finite()).collect()
    }

    #[test]
    fn runs_are_not_written_twice() {
        let config = GenerationConfig { no_repeat_ngram_size: 2, ..GenerationConfig::default() };
        assert_eq!(allowed(&config, &[7, 1, 2, 1]), [0, 1, 3, 4, 5, 6, 7]);
        let config = GenerationConfig { no_repeat_ngram_size: 1, ..config };
        assert_eq!(allowed(&config, &[7, 1, 2, 1]), [0, 3, 4, 5, 6]);
        let config = GenerationConfig { no_repeat_ngram_size: 5, ..config };
        assert_eq!(allowed(&config, &[7, 1]).len(), 8);
    }

    #[test]
    fn bad_words_are_not_finished_and_the_end_stays_allowed() {
        let words = Some(vec![vec![7], vec![1, 2], vec![0], vec![], vec![99]]);
        let config = GenerationConfig { bad_words_ids: words, ..GenerationConfig::default() };
        assert_eq!(allowed(&config, &[7, 1]), [0, 1, 3, 4, 5, 6]);
        assert_eq!(allowed(&config, &[1]), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(allowed(&config, &[7, 3]), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn the_last_token_is_the_forced_one() {
        let config =
            GenerationConfig { forced_eos_token_id: Some(0), max_length: 3, ..GenerationConfig::default() };
        assert_eq!(allowed(&config, &[7, 1]), [0]);
        assert_eq!(allowed(&config, &[7]).len(), 8);
    }

    #[test]
    fn normalised_scores_sum_to_one() {
        let mut scores = [1e4, 9_999.0, f32::NEG_INFINITY, 0.0];
        normalise(&mut scores);
        assert!((scores.iter().map(|s| s.exp()).sum::<f32>() - 1.0).abs() < 1e-6, "{scores:?}");
    }
}
