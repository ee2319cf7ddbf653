//! Tables as one web page that needs nothing else: no script, no font, no picture.

use super::Table;
use std::fmt::Write as _;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;\
color:#1b1b1b;background:#fff}table{border-collapse:collapse;width:100%}th,td{padding:.35rem .6rem;\
border-bottom:1px solid #ccc;text-align:start;vertical-align:top}td.n,th.n{text-align:end;white-space:nowrap;\
font-variant-numeric:tabular-nums}td.d{color:#555;font-size:.9em}\
@media(prefers-color-scheme:dark){body{color:#e8e8e8;background:#161616}td.d{color:#aaa}th,td{border-color:#444}}";

/// A page of tables.
pub fn html(title: &str, tables: &[Table]) -> String {
    let title = escaped(title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1 dir=\"auto\">{title}</h1>\n"
    );
    for table in tables {
        one(&mut out, table);
    }
    out + "</body>\n</html>\n"
}

fn one(out: &mut String, table: &Table) {
    let _ =
        writeln!(out, "<h2 dir=\"auto\">{}</h2>\n<table>\n<thead><tr><th>Metric</th>", escaped(&table.title));
    for column in &table.columns {
        let _ = writeln!(out, "<th class=\"n\" dir=\"auto\">{}</th>", escaped(column));
    }
    out.push_str("<th>Definition</th></tr></thead>\n<tbody>\n");
    for row in &table.rows {
        let _ = write!(out, "<tr><th scope=\"row\" dir=\"auto\">{}</th>", escaped(&row.metric));
        for column in 0..table.columns.len() {
            let _ = write!(out, "<td class=\"n\">{}</td>", escaped(&table.shown(row, column)));
        }
        let _ = writeln!(out, "<td class=\"d\">{}</td></tr>", escaped(&row.definition));
    }
    out.push_str("</tbody>\n</table>\n");
    if !table.notes.is_empty() {
        out.push_str("<ul>\n");
        for note in &table.notes {
            let _ = writeln!(out, "<li dir=\"auto\">{}</li>", escaped(note));
        }
        out.push_str("</ul>\n");
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
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
    fn names_cannot_become_markup_and_nothing_is_fetched() {
        let page = html("a <script>", &[table()]);
        assert!(page.contains("a &lt;script&gt;") && page.contains("Retrieval &lt;1&gt;"));
        assert!(page.contains("&quot;R@5&quot; &amp; no more"));
        for outside in ["http", "<script", "<link", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        for tag in ["table", "tr", "td", "th", "ul", "li", "h1", "h2", "body", "html"] {
            let opened =
                page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }
}
