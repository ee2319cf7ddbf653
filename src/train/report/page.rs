//! The page itself.

use super::super::folder::RunAbout;
use super::super::metrics::{self, MetricRow, write_whole};
use super::super::parameters::Parameter;
use super::super::{RunFolder, TrainError};
use super::chart::{Curve, chart, escape, number};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#222;--dim:#777;--line:#ddd;--ground:#fff;--c0:#2463a8;--c1:#b5541c;--c2:#3c8039;--c3:#7a4fa0}\
@media(prefers-color-scheme:dark){:root{--ink:#ddd;--dim:#999;--line:#3a3a3a;--ground:#181818;--c0:#7db4ec;--c1:#f0a070;--c2:#8fd08a;--c3:#c4a0e8}}\
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:2rem auto;max-width:1000px;padding:0 1rem}\
h1,h2,h3{font-weight:600;line-height:1.2}h3{font-size:1rem;margin:.5rem 0}\
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(420px,1fr));gap:1rem}\
svg{max-width:100%}.charts svg text{font:11px system-ui,sans-serif;fill:var(--dim)}.charts svg text.y{text-anchor:end}\
polyline{fill:none;stroke-width:1.5}.grid{stroke:var(--line)}\
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}\
.charts svg text.name{stroke:none}.charts text.c0,.c0.dot{fill:var(--c0)}.charts text.c1,.c1.dot{fill:var(--c1)}\
table{border-collapse:collapse;font-size:13px;width:100%}td,th{text-align:start;padding:.15rem .6rem .15rem 0;border-bottom:1px solid var(--line)}\
td.n,th.n{text-align:end;font-variant-numeric:tabular-nums}figure{margin:1rem 0}figcaption{color:var(--dim)}";

/// Writes `report.html` from what the folder has by now.
pub(in crate::train) fn write(folder: &RunFolder) -> Result<(), TrainError> {
    let path = folder.path();
    let rows = metrics::read(&path.join("metrics.csv"))?;
    let parameters = fs::read_to_string(path.join("parameters.json")).ok();
    let parameters: Vec<Parameter> =
        parameters.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let page = page(&folder.about()?, &rows, &parameters, &folder.last_samples());
    write_whole(&path.join("report.html"), page.as_bytes())
}

fn page(
    about: &RunAbout,
    rows: &[MetricRow],
    parameters: &[Parameter],
    samples: &[(u64, String, String)],
) -> String {
    let name = escape(&about.name);
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{name}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style><h1>{name}</h1>"
    );
    html += &facts(about, rows);
    html += &charts(rows);
    html += &pictures(samples);
    html += &table(parameters);
    html += "</html>\n";
    html
}

fn facts(about: &RunAbout, rows: &[MetricRow]) -> String {
    let step = rows.iter().map(|row| row.step).max().unwrap_or_default();
    let revision = about.revision.as_deref().unwrap_or("unknown");
    let facts = [
        ("Dataset", about.dataset.clone()),
        ("Steps so far", step.to_string()),
        ("Seed", about.seed.to_string()),
        ("Device", format!("{}, {} threads", about.device, about.threads)),
        ("Program", format!("nashra {}, revision {revision}", about.version)),
        ("Command", about.command.join(" ")),
    ];
    let row = |(name, fact): (&str, String)| format!("<tr><th>{name}</th><td>{}</td></tr>", escape(&fact));
    format!("<table>{}</table>", facts.map(row).concat())
}

/// Points of a name by split.
type Splits<'a> = BTreeMap<&'a str, Vec<(f64, f64)>>;

/// One picture a name, training and validation in the same one; the loss first.
fn charts(rows: &[MetricRow]) -> String {
    let mut names: BTreeMap<(bool, &str), Splits> = BTreeMap::new();
    for row in rows {
        let curves = names.entry((row.name != "loss", &row.name)).or_default();
        curves.entry(&row.split).or_default().push((row.step as f64, row.value));
    }
    let drawn = names.into_iter().filter_map(|((_, name), curves)| {
        let curve = |(split, points): (&str, Vec<(f64, f64)>)| Curve { name: split.to_owned(), points };
        let svg = chart(name, &curves.into_iter().map(curve).collect::<Vec<_>>())?;
        Some(format!("<figure><h3>{}</h3>{svg}</figure>", escape(name)))
    });
    format!("<h2>Curves over steps</h2><div class=\"charts\">{}</div>", drawn.collect::<String>())
}

fn pictures(samples: &[(u64, String, String)]) -> String {
    let Some((step, ..)) = samples.first() else { return String::new() };
    let figure = |(_, title, svg): &(u64, String, String)| {
        // An XML declaration is no part of a page.
        let svg = svg.find("<svg").and_then(|at| svg.get(at..)).unwrap_or_default();
        format!("<figure>{svg}<figcaption dir=\"auto\">{}</figcaption></figure>", escape(title))
    };
    format!("<h2>Samples after step {step}</h2>{}", samples.iter().map(figure).collect::<String>())
}

fn table(parameters: &[Parameter]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let count: usize = parameters.iter().map(|parameter| parameter.count).sum();
    let mut html = format!(
        "<h2>Parameters</h2><p>{count} numbers in {} parameters; gradients and changes over the first \
         steps.</p><table><tr><th>name</th><th>group</th><th class=\"n\">shape</th>\
         <th class=\"n\">mean gradient norm</th><th class=\"n\">relative change</th></tr>",
        parameters.len()
    );
    let cell = |value: Option<f64>| value.map_or("–".to_owned(), number);
    for Parameter { name, group, shape, gradient_norm, change, .. } in parameters {
        let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(name),
            escape(group),
            shape.join(" × "),
            cell(*gradient_norm),
            cell(*change)
        );
    }
    html + "</table>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_curves_samples_and_parameters_and_nothing_from_elsewhere() {
        let about = RunAbout { name: "a & b".into(), dataset: "<d>".into(), ..RunAbout::default() };
        let row = |split: &str, name: &str, step, value| MetricRow {
            step,
            epoch: 0,
            split: split.into(),
            name: name.into(),
            value,
        };
        let rows = [
            row("train", "lr", 1, 0.1),
            row("train", "loss", 1, 2.0),
            row("train", "loss", 2, 1.0),
            row("validation", "loss", 2, 1.5),
        ];
        let parameter = Parameter {
            name: "w".into(),
            group: "rest".into(),
            shape: vec![2, 3],
            count: 6,
            gradient_norm: Some(0.5),
            change: None,
        };
        let samples = [(2, "خبر".to_owned(), "<?xml version=\"1.0\"?><svg id=\"sample\"></svg>".to_owned())];
        let html = page(&about, &rows, &[parameter], &samples);
        for part in ["a &amp; b", "&lt;d&gt;", "id=\"sample\"", "2 × 3", "0.5000", "خبر"] {
            assert!(html.contains(part), "{part}");
        }
        assert!(!html.contains("<?xml") && !html.contains("http"));
        assert_eq!(html.matches("<polyline").count(), 3);
        assert!(html.find(">loss<").unwrap() < html.find(">lr<").unwrap());
    }
}
