//! Tables for a terminal.

use super::Table;
use std::fmt::Write as _;

/// The table in columns as wide as their widest cell; definitions and notes below it.
pub fn text(table: &Table) -> String {
    let head = std::iter::once(String::new()).chain(table.columns.iter().map(|name| name.to_uppercase()));
    let mut lines: Vec<Vec<String>> = vec![head.collect()];
    for row in &table.rows {
        let cells = (0..table.columns.len()).map(|column| table.shown(row, column));
        lines.push(std::iter::once(row.metric.clone()).chain(cells).collect());
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..=table.columns.len()).map(width).collect();
    let mut out = format!("{}\n", table.title);
    for line in &lines {
        let cells = line.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        let _ = writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    for row in &table.rows {
        let _ = writeln!(out, "  {}: {}", row.metric, row.definition);
    }
    for note in &table.notes {
        let _ = writeln!(out, "  Note: {note}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::table::testing::table;

    #[test]
    fn columns_line_up_and_what_is_missing_is_a_dash() {
        let shown = text(&table());
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "Retrieval <1>");
        assert_eq!(lines[2], "  R@5   0.6000 ± 0.1000  0.5526       –");
        assert_eq!(lines[3], "  MedR           3.0000       –       –");
        assert!(lines.contains(&"  R@5: hits | of five") && shown.contains("Note: the paper"));
    }
}
