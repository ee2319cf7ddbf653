//! Tables in Markdown, as GitHub has them.

use super::Table;
use std::fmt::Write as _;

/// Tables under headings, definitions in their last column, notes as lists.
pub fn markdown(tables: &[Table]) -> String {
    tables.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(table: &Table) -> String {
    let mut out = format!("## {}\n\n| metric |", escaped(&table.title));
    for column in &table.columns {
        let _ = write!(out, " {} |", escaped(column));
    }
    let _ = writeln!(out, " definition |\n|---|{}---|", "---:|".repeat(table.columns.len()));
    for row in &table.rows {
        let _ = write!(out, "| {} |", escaped(&row.metric));
        for column in 0..table.columns.len() {
            let _ = write!(out, " {} |", table.shown(row, column));
        }
        let _ = writeln!(out, " {} |", escaped(&row.definition));
    }
    for (index, note) in table.notes.iter().enumerate() {
        let _ = writeln!(out, "{}- {}", if index == 0 { "\n" } else { "" }, escaped(note));
    }
    out
}

/// Text that ends no cell and begins no markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '|' | '*' | '_' | '`' | '<' | '[' | '\\' => out.extend(['\\', letter]),
            '\n' | '\r' => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::table::testing::table;

    #[test]
    fn every_line_of_the_table_has_the_same_number_of_cells() {
        let shown = markdown(&[table(), table()]);
        let lines: Vec<&str> = shown.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(lines.len(), 8);
        for line in lines {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 6, "{line}");
        }
        assert!(shown.contains("## Retrieval \\<1>") && shown.contains("\n- the paper says"));
    }
}
