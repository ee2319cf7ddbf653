//! Reports: a table whose rows carry their definitions, for a terminal, Markdown, a web page, JSON.
//!
//! A number without what it is invites comparison with another that is something else. So a row is a
//! metric with its definition and one cell a column (ours, the paper's, chance, baselines), and what a
//! source leaves undefined stands in the notes.

mod html;
mod markdown;
mod text;

pub use html::html;
pub use markdown::markdown;
pub use text::text;

use serde::Serialize;

/// A table of metrics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// Names of the columns, without the metric's own: ours, paper, chance, baselines.
    pub columns: Vec<String>,
    /// The metrics.
    pub rows: Vec<Row>,
    /// What a reader must know to compare.
    pub notes: Vec<String>,
}

/// One metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Its name, with its unit where it has one.
    pub metric: String,
    /// What it is.
    pub definition: String,
    /// Its values, one a column; none where there is none. Missing ones at the end count as none.
    pub cells: Vec<Option<Value>>,
}

/// A number, or the mean of several.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Value {
    /// It, or the mean.
    pub mean: f64,
    /// The standard deviation, divided by one less than their number; none of fewer than two.
    pub sd: Option<f64>,
    /// How many there were: seeds, or pairs of clips.
    pub count: usize,
}

impl Value {
    /// The mean of some numbers; none of none.
    pub fn of(values: &[f64]) -> Option<Value> {
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let square: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let sd = (count > 1).then(|| (square / (count - 1) as f64).sqrt());
        (count > 0).then_some(Value { mean, sd, count })
    }

    /// The mean and standard deviation, with as many digits as tell something.
    pub fn shown(&self) -> String {
        let digits = match self.mean.abs() {
            size if size >= 100.0 => 1,
            size if size >= 10.0 => 2,
            size if size >= 0.01 || size == 0.0 => 4,
            _ => 6,
        };
        let spread = self.sd.map(|sd| format!(" ± {sd:.digits$}")).unwrap_or_default();
        format!("{:.digits$}{spread}", self.mean)
    }
}

impl From<f64> for Value {
    fn from(mean: f64) -> Value {
        Value { mean, sd: None, count: 1 }
    }
}

impl Row {
    /// A row of cells.
    pub fn new(metric: impl Into<String>, definition: impl Into<String>, cells: Vec<Option<Value>>) -> Row {
        Row { metric: metric.into(), definition: definition.into(), cells }
    }
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(title: impl Into<String>, columns: impl IntoIterator<Item = S>) -> Table {
        let columns = columns.into_iter().map(Into::into).collect();
        Table { title: title.into(), columns, rows: Vec::new(), notes: Vec::new() }
    }

    /// The text of a row's cell: a dash where there is no value.
    fn shown(&self, row: &Row, column: usize) -> String {
        row.cells.get(column).copied().flatten().map_or("–".into(), |value| value.shown())
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    pub(crate) fn table() -> Table {
        let mut table = Table::new("Retrieval <1>", ["ours", "paper", "chance"]);
        let ours = Value::of(&[0.5, 0.6, 0.7]);
        table.rows.push(Row::new("R@5", "hits | of five", vec![ours, Some(0.5526.into()), None]));
        table.rows.push(Row::new("MedR", "median rank", vec![Some(3.0.into())]));
        table.notes.push("the paper says \"R@5\" & no more".into());
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_with_what_is_known_of_their_spread() {
        assert_eq!(Value::of(&[0.5, 0.6, 0.7]).unwrap().shown(), "0.6000 ± 0.1000");
        assert_eq!(Value::from(1145.07423).shown(), "1145.1");
        assert_eq!(Value::from(0.00031).shown(), "0.000310");
        assert_eq!(Value::of(&[]), None);
        assert_eq!(Value::of(&[2.0]).unwrap(), Value::from(2.0));
    }

    #[test]
    fn json_has_numbers_in_full() {
        let json = serde_json::to_value(testing::table()).unwrap();
        assert_eq!(json["rows"][0]["cells"][1]["mean"], 0.5526);
        assert_eq!(json["rows"][0]["cells"][0]["count"], 3);
        assert!(json["rows"][0]["cells"][2].is_null());
    }
}
