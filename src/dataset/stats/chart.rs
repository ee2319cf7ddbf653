//! Bar charts as SVG, which browsers and papers take.

use std::fmt::Write as _;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What stands before it.
    pub label: String,
    /// Its length; what is below zero has none.
    pub value: f64,
    /// What stands behind it.
    pub note: String,
}

const ROW: usize = 26;
const TOP: usize = 44;
const LABELS: usize = 160;
const BARS: usize = 380;
const NOTES: usize = 130;

/// Lying bars under a title, the longest as wide as there is room. Colours follow the reader's light or
/// dark setting.
pub fn bars(title: &str, bars: &[Bar]) -> String {
    let (width, height) = (LABELS + BARS + NOTES, TOP + ROW * bars.len() + 12);
    let longest = bars.iter().map(|bar| bar.value).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <style>text{{fill:#222}}rect.bar{{fill:#4c72b0}}rect.page{{fill:#fff}}\
         @media(prefers-color-scheme:dark){{text{{fill:#ddd}}rect.bar{{fill:#7da2d8}}rect.page{{fill:#1b1b1b}}}}\
         </style>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n\
         <text x=\"12\" y=\"26\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    );
    for (row, bar) in bars.iter().enumerate() {
        let y = TOP + row * ROW;
        let share = if longest > 0.0 { (bar.value.max(0.0) / longest).min(1.0) } else { 0.0 };
        let length = if share.is_finite() { share * BARS as f64 } else { 0.0 };
        let (label, note) = (escaped(&bar.label), escaped(&bar.note));
        let (text_y, after) = (y + 14, LABELS as f64 + length + 8.0);
        // Writing to a String cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{text_y}\" text-anchor=\"end\">{label}</text>\
             <rect class=\"bar\" x=\"{LABELS}\" y=\"{y}\" width=\"{length:.1}\" height=\"18\" rx=\"2\"/>\
             <text x=\"{after:.1}\" y=\"{text_y}\">{note}</text>",
            LABELS - 8
        );
    }
    svg + "</svg>\n"
}

/// Text that means nothing to XML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_room_and_half_of_it_half() {
        let bar = |label: &str, value: f64| Bar { label: label.into(), value, note: String::new() };
        let svg = bars("a < b", &[bar("one", 10.0), bar("\"two\" & more", 5.0), bar("none", f64::NAN)]);
        assert!(svg.contains("a &lt; b") && svg.contains("&quot;two&quot; &amp; more"));
        let widths: Vec<&str> = svg
            .split("rect class=\"bar\"")
            .skip(1)
            .map(|rest| rest.split("width=\"").nth(1).unwrap().split('"').next().unwrap())
            .collect();
        assert_eq!(widths, ["380.0", "190.0", "0.0"]);
    }
}
