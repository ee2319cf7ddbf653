//! One text's beams: several translations followed at once (`GenerationMixin._beam_search` of
//! transformers 5, one text's part of it; its arithmetic is f32, and so is this).

use super::{EarlyStopping, GenerationConfig, Translation};

/// Added to the score of what must not go on.
const NEVER: f32 = -1e9;

/// The beams of one text.
#[derive(Debug)]
pub(super) struct Beams<'a> {
    config: &'a GenerationConfig,
    end: u32,
    /// Always as many as beams; the likeliest first.
    open: Vec<Beam>,
    /// At most as many as beams; the best first.
    finished: Vec<Translation>,
    is_done: bool,
}

/// A translation that goes on.
#[derive(Clone, Debug)]
struct Beam {
    tokens: Vec<u32>,
    /// The sum of its tokens' log-probabilities.
    score: f32,
}

/// A token that may come after one of the beams.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    beam: usize,
    token: u32,
    score: f32,
}

impl<'a> Beams<'a> {
    pub(super) fn new(config: &'a GenerationConfig, start: u32, end: u32) -> Self {
        // All beams begin alike: only the first may be continued, else all would stay alike.
        let beam = |n| Beam { tokens: vec![start], score: if n == 0 { 0.0 } else { NEVER } };
        let open = (0..config.num_beams).map(beam).collect();
        Self { config, end, open, finished: Vec::new(), is_done: false }
    }

    /// Whether no further step can change the result.
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// The tokens of each beam.
    pub(super) fn written(&self) -> impl Iterator<Item = &[u32]> {
        self.open.iter().map(|beam| beam.tokens.as_slice())
    }

    /// Goes on by one token, given every token's log-probability after each beam. Says which beam each
    /// of the new ones continues.
    pub(super) fn advance(&mut self, scores: &[&[f32]]) -> Vec<u32> {
        // Twice as many, so that enough go on even if half of them end here.
        let candidates = self.best(scores, 2 * self.config.num_beams);
        let length = self.length() + 1;
        let is_last = length >= self.config.max_length;
        let ends = |candidate: &Candidate| is_last || candidate.token == self.end;
        let finished = candidates.iter().take(self.config.num_beams).filter(|candidate| ends(candidate));
        let finished: Vec<Translation> = finished.map(|&candidate| self.finish(candidate)).collect();

        let mut open = candidates;
        for candidate in &mut open {
            candidate.score += if is_last || candidate.token == self.end { NEVER } else { 0.0 };
        }
        open.sort_by(|a, b| b.score.total_cmp(&a.score));
        open.truncate(self.config.num_beams);
        self.open =
            open.iter().map(|&Candidate { beam, token, score }| self.continued(beam, token, score)).collect();

        self.finished.extend(finished);
        self.finished.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.finished.truncate(self.config.num_beams);
        self.is_done = is_last || !self.may_improve();
        open.iter().map(|candidate| candidate.beam as u32).collect()
    }

    /// The best translation.
    pub(super) fn into_best(self) -> Translation {
        let open = self.open.into_iter().next();
        let open = open.map(|beam| Translation { tokens: beam.tokens, score: beam.score });
        self.finished.into_iter().next().or(open).unwrap_or_default()
    }

    fn length(&self) -> usize {
        self.open.first().map_or(0, |beam| beam.tokens.len())
    }

    fn continued(&self, beam: usize, token: u32, score: f32) -> Beam {
        let mut tokens = Vec::with_capacity(self.length() + 1);
        tokens.extend_from_slice(&self.open[beam].tokens);
        tokens.push(token);
        Beam { tokens, score }
    }

    fn finish(&self, Candidate { beam, token, score }: Candidate) -> Translation {
        let tokens = self.continued(beam, token, score).tokens;
        // The start token is no part of the length.
        Translation { score: score / self.penalty(tokens.len() - 1), tokens }
    }

    fn penalty(&self, length: usize) -> f32 {
        (length as f64).powf(self.config.length_penalty) as f32
    }

    /// Whether an open beam may still become better than what is finished.
    fn may_improve(&self) -> bool {
        let Some(worst) = self.finished.get(self.config.num_beams - 1) else { return true };
        let stopping = self.config.early_stopping;
        if stopping == EarlyStopping::WhenFull {
            return false;
        }
        let may_grow = stopping == EarlyStopping::WhenImpossible && self.config.length_penalty > 0.0;
        let length = if may_grow { self.config.max_length - 1 } else { self.length() - 1 };
        self.open.first().is_some_and(|best| best.score / self.penalty(length) > worst.score)
    }

    /// The best continuations of all beams, the best first; of equals, the first beam's and the
    /// smallest token.
    fn best(&self, scores: &[&[f32]], count: usize) -> Vec<Candidate> {
        let mut best: Vec<Candidate> = Vec::with_capacity(count + 1);
        for (beam, scores) in scores.iter().enumerate() {
            let so_far = self.open[beam].score;
            for (token, score) in (0u32..).zip(scores.iter()) {
                let score = score + so_far;
                if best.len() == count && best.last().is_some_and(|last| score <= last.score) {
                    continue;
                }
                let at = best.partition_point(|other| other.score >= score);
                best.insert(at, Candidate { beam, token, score });
                best.truncate(count);
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(num_beams: usize) -> GenerationConfig {
        GenerationConfig { num_beams, max_length: 4, ..GenerationConfig::default() }
    }

    #[test]
    fn beams_part_at_the_first_step() {
        let config = config(2);
        let mut beams = Beams::new(&config, 3, 0);
        let scores = [-3.0, -1.0, -2.0, -9.0];
        assert_eq!(beams.advance(&[&scores, &scores]), [0, 0]);
        assert_eq!(beams.written().collect::<Vec<_>>(), [[3, 1], [3, 2]]);
    }

    #[test]
    fn an_end_is_kept_while_the_others_go_on() {
        let config = config(2);
        let mut beams = Beams::new(&config, 3, 0);
        let scores = [-1.0, -2.0, -3.0, -9.0];
        beams.advance(&[&scores, &scores]);
        assert_eq!(beams.written().collect::<Vec<_>>(), [[3, 1], [3, 2]]);
        assert!(!beams.is_done());
        assert_eq!(beams.into_best(), Translation { tokens: vec![3, 0], score: -1.0 });
    }

    #[test]
    fn the_greatest_length_ends_all() {
        let config = config(2);
        let mut beams = Beams::new(&config, 3, 0);
        let scores = [-9.0, -1.0, -2.0, -9.0];
        for _ in 0..3 {
            assert!(!beams.is_done());
            beams.advance(&[&scores, &scores]);
        }
        assert!(beams.is_done());
        assert_eq!(beams.into_best(), Translation { tokens: vec![3, 1, 1, 1], score: -1.0 });
    }
}
