//! Score matrices and the rankings that follow from them.

use super::Retrieval;
use std::collections::BTreeSet;

/// How alike queries and items are, `[queries, items]`, higher is more; and which belong together: an item
/// is right for a query if it has its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    query_labels: Vec<usize>,
    item_labels: Vec<usize>,
    values: Vec<f32>,
}

/// Why scores cannot be judged.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ScoresError {
    /// The matrix does not go with its labels.
    #[error("expected {queries} queries × {items} items = {} scores, found {found}", queries * items)]
    Shape {
        /// Labels of queries.
        queries: usize,
        /// Labels of items.
        items: usize,
        /// Scores.
        found: usize,
    },
    /// A query has no right item, so that its rank is not defined.
    #[error("query {query} has the label {label}, which none of the {items} items has")]
    NoRightItem {
        /// Which query, from 0.
        query: usize,
        /// Its label.
        label: usize,
        /// How many items there are.
        items: usize,
    },
    /// There is no query.
    #[error("expected at least one query, found none")]
    NoQueries,
}

impl Scores {
    /// Scores `[queries, items]`, row after row.
    ///
    /// # Errors
    /// [`ScoresError`] if their number is not that of the labels, if there is no query, or if one has no
    /// right item.
    pub fn new(
        query_labels: Vec<usize>,
        item_labels: Vec<usize>,
        values: Vec<f32>,
    ) -> Result<Scores, ScoresError> {
        let (queries, items) = (query_labels.len(), item_labels.len());
        if values.len() != queries * items {
            return Err(ScoresError::Shape { queries, items, found: values.len() });
        }
        if queries == 0 {
            return Err(ScoresError::NoQueries);
        }
        let known: BTreeSet<usize> = item_labels.iter().copied().collect();
        match query_labels.iter().position(|label| !known.contains(label)) {
            Some(query) => Err(ScoresError::NoRightItem { query, label: query_labels[query], items }),
            None => Ok(Scores { query_labels, item_labels, values }),
        }
    }

    /// How many queries there are.
    pub fn queries(&self) -> usize {
        self.query_labels.len()
    }

    /// How many items there are.
    pub fn items(&self) -> usize {
        self.item_labels.len()
    }

    /// The items of a query from best to worst: whether each is right. Among equal scores the wrong ones
    /// come first, so that a model which says the same of everything gains nothing by it; a score that is
    /// no number is worst. Empty for a query that there is not.
    pub fn ranking(&self, query: usize) -> Vec<bool> {
        let items = self.items();
        let row = self.values.get(query * items..(query + 1) * items).unwrap_or_default();
        let label = self.query_labels.get(query);
        let mut ranked: Vec<(f32, bool)> = (row.iter().zip(&self.item_labels))
            .map(|(&score, item)| {
                (if score.is_nan() { f32::NEG_INFINITY } else { score }, Some(item) == label)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().map(|(_, is_right)| is_right).collect()
    }

    /// How many items are right for each query, `[queries]`.
    pub fn right_items(&self) -> Vec<usize> {
        let right = |label: &usize| self.item_labels.iter().filter(|item| *item == label).count();
        self.query_labels.iter().map(right).collect()
    }

    /// The same scores asked the other way: items look for queries, one item of each label. Items of labels
    /// that no query has are left out.
    ///
    /// # Errors
    /// [`ScoresError::NoQueries`] if no item is left.
    pub fn turned(&self) -> Result<Scores, ScoresError> {
        let asked: BTreeSet<usize> = self.query_labels.iter().copied().collect();
        let kept: Vec<usize> = first_of_each(&self.item_labels)
            .into_iter()
            .filter(|&item| asked.contains(&self.item_labels[item]))
            .collect();
        let (queries, items) = (self.queries(), self.items());
        let row = |&item: &usize| (0..queries).map(move |query| self.values[query * items + item]);
        let values = kept.iter().flat_map(row).collect();
        let labels = kept.iter().map(|&item| self.item_labels[item]).collect();
        Scores::new(labels, self.query_labels.clone(), values)
    }

    /// The metrics of these scores.
    pub fn measure(&self) -> Retrieval {
        Retrieval::measured(self)
    }

    /// What a ranking by lot would reach in the mean, computed exactly.
    pub fn chance(&self) -> Retrieval {
        super::chance::of(&self.right_items(), self.items())
    }
}

/// Text to pose, as SignCLIP's evaluation asks: each distinct text is one query, and all clips are items.
/// `scores` are of texts and clips, `[texts, clips]`, the text of row `i` being that of `text_labels[i]`;
/// of several rows with one label the first is asked.
///
/// # Errors
/// [`ScoresError`], as [`Scores::new`].
pub fn text_to_pose(
    text_labels: &[usize],
    clip_labels: &[usize],
    scores: &[f32],
) -> Result<Scores, ScoresError> {
    let (texts, clips) = (text_labels.len(), clip_labels.len());
    if scores.len() != texts * clips {
        return Err(ScoresError::Shape { queries: texts, items: clips, found: scores.len() });
    }
    let rows = first_of_each(text_labels);
    let values = rows.iter().flat_map(|&row| &scores[row * clips..(row + 1) * clips]).copied().collect();
    Scores::new(rows.iter().map(|&row| text_labels[row]).collect(), clip_labels.to_vec(), values)
}

/// Pose to text: each clip is a query, each distinct text an item, so that exactly one item is right.
/// `scores` are `[texts, clips]` as for [`text_to_pose`].
///
/// # Errors
/// [`ScoresError`], as [`Scores::new`].
pub fn pose_to_text(
    text_labels: &[usize],
    clip_labels: &[usize],
    scores: &[f32],
) -> Result<Scores, ScoresError> {
    let (texts, clips) = (text_labels.len(), clip_labels.len());
    if scores.len() != texts * clips {
        return Err(ScoresError::Shape { queries: clips, items: texts, found: scores.len() });
    }
    let rows = first_of_each(text_labels);
    let values = (0..clips).flat_map(|clip| rows.iter().map(move |row| scores[row * clips + clip])).collect();
    Scores::new(clip_labels.to_vec(), rows.iter().map(|&row| text_labels[row]).collect(), values)
}

fn first_of_each(labels: &[usize]) -> Vec<usize> {
    let mut met = BTreeSet::new();
    (0..labels.len()).filter(|&index| met.insert(labels[index])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_scores_ask_what_was_found_and_leave_out_labels_that_nobody_asked_for() {
        let scores = Scores::new(vec![7, 7], vec![7, 8], vec![0.9, 0.1, 0.2, 0.8]).unwrap();
        let turned = scores.turned().unwrap();
        assert_eq!(turned, Scores::new(vec![7], vec![7, 7], vec![0.9, 0.2]).unwrap());
    }

    #[test]
    fn among_equals_the_wrong_ones_come_first_and_what_is_no_number_comes_last() {
        let scores = Scores::new(vec![1], vec![1, 2, 1, 3], vec![0.5, 0.5, f32::NAN, -1.0]).unwrap();
        assert_eq!(scores.ranking(0), [false, true, false, true]);
        assert!(scores.ranking(7).is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let shape = Scores::new(vec![0], vec![0, 0], vec![1.0]).unwrap_err();
        assert_eq!(shape, ScoresError::Shape { queries: 1, items: 2, found: 1 });
        let foreign = Scores::new(vec![0, 9], vec![0], vec![1.0, 1.0]).unwrap_err();
        assert_eq!(foreign, ScoresError::NoRightItem { query: 1, label: 9, items: 1 });
        assert_eq!(Scores::new(vec![], vec![], vec![]).unwrap_err(), ScoresError::NoQueries);
        assert!(text_to_pose(&[0], &[0, 0], &[1.0]).is_err() && pose_to_text(&[0], &[], &[1.0]).is_err());
    }

    #[test]
    fn both_ways_ask_each_text_once() {
        // Texts a, b, a again; clips of a, b, b.
        let scores = [9.0, 1.0, 2.0, 3.0, 8.0, 7.0, 0.0, 0.0, 0.0];
        let texts = text_to_pose(&[4, 5, 4], &[4, 5, 5], &scores).unwrap();
        assert_eq!((texts.queries(), texts.items(), texts.right_items()), (2, 3, vec![1, 2]));
        assert_eq!(texts.ranking(1), [true, true, false]);
        let clips = pose_to_text(&[4, 5, 4], &[4, 5, 5], &scores).unwrap();
        assert_eq!((clips.queries(), clips.items(), clips.right_items()), (3, 2, vec![1, 1, 1]));
        assert_eq!(clips.ranking(0), [true, false]);
    }
}
