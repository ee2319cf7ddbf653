//! Curves as SVG.

use std::fmt::Write as _;

/// A line: what it is called, and its points `(step, value)` in the order of steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 220.0;
/// Left, right, above, below.
const MARGINS: [f64; 4] = [58.0, 10.0, 10.0, 24.0];
/// More points than the picture has pixels are thinned.
const MOST_POINTS: usize = 460;
/// Values that reach over more than this are drawn on a logarithmic scale.
const WIDE: f64 = 50.0;

/// One picture of some curves over the same steps; none where there is no number to draw.
pub(super) fn chart(title: &str, curves: &[Curve]) -> Option<String> {
    let finite = |curve: &Curve| {
        curve.points.iter().copied().filter(|(_, value)| value.is_finite()).collect::<Vec<_>>()
    };
    let curves: Vec<(&str, Vec<(f64, f64)>)> = curves.iter().map(|c| (c.name.as_str(), finite(c))).collect();
    let points = || curves.iter().flat_map(|(_, points)| points.iter().copied());
    let last = points().map(|(step, _)| step).reduce(f64::max)?;
    let scale = Scale::of(points().map(|(_, value)| value))?;
    let at = |(step, value): (f64, f64)| {
        let [left, right, above, below] = MARGINS;
        let x = left + (WIDTH - left - right) * step / last.max(1.0);
        (x, HEIGHT - below - (HEIGHT - above - below) * scale.share(value))
    };
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">", escape(title));
    axes(&mut svg, &scale, last, &at);
    for (nth, (name, points)) in curves.iter().enumerate() {
        let places: Vec<String> = thinned(points)
            .into_iter()
            .map(|point| {
                let (x, y) = at(point);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        let colour = nth % 4;
        // A single point is no line.
        if let [place] = places.as_slice() {
            let (x, y) = place.split_once(',').unwrap_or_default();
            let _ = write!(svg, "<circle class=\"c{colour} dot\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>");
        }
        let _ = write!(svg, "<polyline class=\"c{colour}\" points=\"{}\"/>", places.join(" "));
        let x = MARGINS[0] + 8.0 + 90.0 * nth as f64;
        let _ = write!(svg, "<text class=\"c{colour} name\" x=\"{x}\" y=\"20\">{}</text>", escape(name));
    }
    svg += "</svg>";
    Some(svg)
}

fn axes(svg: &mut String, scale: &Scale, last: f64, at: &dyn Fn((f64, f64)) -> (f64, f64)) {
    for value in scale.ticks() {
        let (left, y) = at((0.0, value));
        let right = WIDTH - MARGINS[1];
        let _ =
            write!(svg, "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        let (x, y) = (left - 6.0, y + 3.5);
        let _ = write!(svg, "<text class=\"y\" x=\"{x}\" y=\"{y:.1}\">{}</text>", number(value));
    }
    for step in [0.0, last] {
        let (x, _) = at((step, scale.low));
        let y = HEIGHT - 8.0;
        let anchor = if step == 0.0 { "start" } else { "end" };
        let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{step}</text>");
    }
}

/// From values to shares of the height.
struct Scale {
    low: f64,
    high: f64,
    is_logarithmic: bool,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let (low, high) = (values.clone().reduce(f64::min)?, values.reduce(f64::max)?);
        let is_logarithmic = low > 0.0 && high / low > WIDE;
        // A flat curve lies in the middle.
        let room = if high > low { 0.0 } else { high.abs().max(1e-9) * 0.1 };
        Some(Self { low: low - room, high: high + room, is_logarithmic })
    }

    fn share(&self, value: f64) -> f64 {
        let f = |x: f64| if self.is_logarithmic { x.log10() } else { x };
        (f(value) - f(self.low)) / (f(self.high) - f(self.low))
    }

    fn ticks(&self) -> Vec<f64> {
        let between = |share: f64| match self.is_logarithmic {
            true => 10f64.powf(self.low.log10() + share * (self.high / self.low).log10()),
            false => self.low + share * (self.high - self.low),
        };
        [0.0, 0.25, 0.5, 0.75, 1.0].map(between).to_vec()
    }
}

/// The extremes of equal stretches, so that no peak is lost.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let stretch = points.len().div_ceil(MOST_POINTS / 2);
    let extremes = |piece: &[(f64, f64)]| {
        let by = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let mut both: Vec<(f64, f64)> =
            piece.iter().min_by(by).into_iter().chain(piece.iter().max_by(by)).copied().collect();
        both.sort_by(|a, b| a.0.total_cmp(&b.0));
        both
    };
    points.chunks(stretch).flat_map(extremes).collect()
}

/// A number in few characters.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => format!("{value:.1e}"),
        size if size < 1.0 => format!("{value:.4}"),
        size if size < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

/// Text as HTML and SVG take it.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn curve(values: &[f64]) -> Curve {
        Curve { name: "a<b".into(), points: values.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect() }
    }

    /// The places of the first line.
    fn places(svg: &str) -> Vec<(f64, f64)> {
        let points = svg.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        let place = |text: &str| {
            let (x, y) = text.split_once(',').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        };
        points.split(' ').map(place).collect()
    }

    proptest! {
        #[test]
        fn every_point_lies_in_the_picture(values in proptest::collection::vec(-1e30..1e30f64, 2..40)) {
            let svg = chart("t", &[curve(&values)]).unwrap();
            for (x, y) in places(&svg) {
                prop_assert!((0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y), "{x} {y}");
            }
        }
    }

    #[test]
    fn larger_is_higher_and_wide_ranges_are_logarithmic() {
        let svg = chart("t", &[curve(&[1.0, 10.0, 100.0])]).unwrap();
        let ys: Vec<f64> = places(&svg).into_iter().map(|(_, y)| y).collect();
        assert!(ys[0] > ys[1] && ys[1] > ys[2]);
        assert!(((ys[0] - ys[1]) - (ys[1] - ys[2])).abs() < 0.2);
    }

    #[test]
    fn what_is_no_number_is_left_out_and_names_are_escaped() {
        let svg = chart("t", &[curve(&[f64::NAN, 2.0, f64::INFINITY, 2.0])]).unwrap();
        assert_eq!(places(&svg).len(), 2);
        assert!(svg.contains("a&lt;b") && !svg.contains("NaN") && !svg.contains("inf"));
        assert_eq!(chart("t", &[curve(&[f64::NAN])]), None);
    }

    #[test]
    fn peaks_survive_thinning() {
        let mut values = vec![1.0; 20_000];
        values[7777] = 9.0;
        let thin = thinned(&curve(&values).points);
        assert!(thin.len() <= MOST_POINTS + 2 && thin.contains(&(7777.0, 9.0)));
    }
}
