//! A clip as a strip of drawings: a few frames side by side, as one SVG, for reports and for looking.

use crate::pose::PoseSequence;
use glam::Vec2;
use std::fmt::Write as _;

/// Side of a drawing, pixels.
const CELL: f32 = 160.0;

/// The body's first points: nose, eyes, ears, mouth.
const HEAD_POINTS: usize = 11;

/// Lines on the face mesh (MediaPipe's contours): oval, lips, eyes, brows.
#[rustfmt::skip]
const FACE_LINES: [&[u16]; 9] = [
    &[10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
      149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10],
    &[61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185, 61],
    &[78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191, 78],
    &[263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466, 263],
    &[33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246, 33],
    &[276, 283, 282, 295, 285], &[300, 293, 334, 296, 336],
    &[46, 53, 52, 65, 55], &[70, 63, 105, 66, 107],
];

/// Lines between two points, by index in the layout, of one colour.
struct Lines {
    class: &'static str,
    pairs: Vec<[usize; 2]>,
}

/// Height of a strip: the drawings and their times.
const ROW: f32 = CELL + 14.0;

/// Draws up to `frames` frames, evenly from the first to the last, side by side. All have one scale: that of
/// the clip's seen points, strays left out.
pub fn strip(clip: &PoseSequence, frames: usize) -> String {
    strips(&[clip], frames)
}

/// The [`strip`]s of several clips, one above the other and at one scale, to be compared.
pub fn strips(clips: &[&PoseSequence], frames: usize) -> String {
    let count = |clip: &PoseSequence| frames.min(clip.frame_count());
    let longest = clips.iter().map(|clip| count(clip)).max().unwrap_or(0);
    let width = CELL * longest.max(1) as f32;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\"><style>path{{fill:none;stroke-width:1.4;stroke-linecap:round;\
         stroke-linejoin:round}}.body{{stroke:#777}}.face{{stroke:#999;stroke-width:.7}}.left{{stroke:#2f6fb0}}\
         .right{{stroke:#d9722e}}text{{font:10px sans-serif;fill:#888}}</style>",
        height = ROW * clips.len().max(1) as f32,
    );
    let Some(extent) = extent(clips) else { return svg + "</svg>\n" };
    for (row, clip) in clips.iter().enumerate() {
        draw(&mut svg, clip, count(clip), row as f32 * ROW, extent);
    }
    svg + "</svg>\n"
}

/// Draws `count` frames of a clip in a row that begins at a height.
fn draw(svg: &mut String, clip: &PoseSequence, count: usize, top: f32, (low, high): (Vec2, Vec2)) {
    let scale = (CELL - 8.0) / (high - low).max_element().max(1e-6);
    let lines = lines(clip);
    for cell in 0..count {
        let frame = cell * (clip.frame_count() - 1) / (count - 1).max(1);
        let corner = Vec2::new(cell as f32 * CELL + 4.0, top + 4.0);
        let at = |point: usize| corner + (clip.frame(frame)[point].truncate() - low) * scale;
        for Lines { class, pairs } in &lines {
            let path = path(pairs, clip.frame_confidences(frame), &at);
            if !path.is_empty() {
                // Writing to a String cannot fail.
                let _ = write!(svg, "<path class=\"{class}\" d=\"{path}\"/>");
            }
        }
        let seconds = frame as f32 / clip.fps;
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\">{seconds:.2} s</text>", corner.x, top + CELL + 10.0);
    }
}

fn path(pairs: &[[usize; 2]], confidences: &[f32], at: &dyn Fn(usize) -> Vec2) -> String {
    let mut path = String::new();
    let mut pen = None;
    for &[from, to] in pairs {
        if confidences[from] <= 0.0 || confidences[to] <= 0.0 || !(at(from) + at(to)).is_finite() {
            continue;
        }
        let (a, b) = (at(from), at(to));
        if pen != Some(from) {
            let _ = write!(path, "M{:.1} {:.1}", a.x, a.y);
        }
        let _ = write!(path, "L{:.1} {:.1}", b.x, b.y);
        pen = Some(to);
    }
    path
}

/// The lines of a layout: its own limbs, and the face's contours.
fn lines(clip: &PoseSequence) -> Vec<Lines> {
    let mut lines = Vec::new();
    let has_face = clip.layout.component_range("FACE_LANDMARKS").is_some();
    for component in &clip.layout.components {
        let Some(range) = clip.layout.component_range(&component.name) else { continue };
        let class = match component.name.as_str() {
            "FACE_LANDMARKS" => "face",
            "LEFT_HAND_LANDMARKS" => "left",
            "RIGHT_HAND_LANDMARKS" => "right",
            "POSE_WORLD_LANDMARKS" => continue,
            _ => "body",
        };
        let limbs = component
            .limbs
            .iter()
            .map(|&(a, b)| [range.start + usize::from(a), range.start + usize::from(b)]);
        let mut pairs: Vec<[usize; 2]> = limbs.collect();
        if component.name == "POSE_LANDMARKS" && has_face {
            // The body's own few points of the face would be lines across it.
            pairs.retain(|[_, to]| *to >= range.start + HEAD_POINTS);
        }
        if class == "face" {
            let point = |number: u16| clip.layout.point(&component.name, &number.to_string());
            let steps = FACE_LINES.iter().flat_map(|line| line.windows(2));
            pairs = steps.filter_map(|step| Some([point(step[0])?, point(step[1])?])).collect();
        }
        lines.push(Lines { class, pairs });
    }
    lines
}

/// The box of the seen points, without the farthest thousandth on each side, a little wider. An elbow is one
/// point of two hundred, so no more may be left out.
fn extent(clips: &[&PoseSequence]) -> Option<(Vec2, Vec2)> {
    let seen = clips.iter().flat_map(|clip| clip.positions.iter().zip(&clip.confidences));
    let seen = seen.filter(|(at, confidence)| **confidence > 0.0 && at.is_finite());
    let (mut xs, mut ys): (Vec<f32>, Vec<f32>) = seen.map(|(at, _)| (at.x, at.y)).unzip();
    let last = xs.len().checked_sub(1)?;
    let ends = |values: &mut Vec<f32>| {
        values.sort_by(f32::total_cmp);
        Vec2::new(values[last / 1000], values[last - last / 1000])
    };
    let (x, y) = (ends(&mut xs), ends(&mut ys));
    let (low, high) = (Vec2::new(x.x, y.x), Vec2::new(x.y, y.y));
    let margin = (high - low) * 0.08;
    Some((low - margin, high + margin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Articulation, Camera, Motion, Skeleton, filmed};
    use crate::pose::Layout;

    #[test]
    fn a_strip_has_its_frames_and_no_line_to_what_was_not_seen() {
        let motion = Motion { fps: 60.0, frames: vec![Articulation::neutral(); 20] };
        let mut clip =
            filmed(&motion, Skeleton::reference(), &Camera::REFERENCE).to_layout(&Layout::signclip_203());
        let drawn = strip(&clip, 8);
        for (class, count) in [("body", 8), ("face", 8), ("left", 8), ("right", 8)] {
            assert_eq!(drawn.matches(&format!("class=\"{class}\"")).count(), count, "{class}");
        }
        let points = clip.point_count();
        clip.confidences.chunks_exact_mut(points).for_each(|frame| frame[182..].fill(0.0));
        assert!(!strip(&clip, 8).contains("class=\"right\""));
        assert!(!strip(&clip, 8).contains("NaN"));
        for frames in [0, 1, 99] {
            assert!(strip(&clip, frames).ends_with("</svg>\n"));
        }
        let nothing = crate::pose::PoseSequence::unseen(Layout::signclip_203(), clip.size, 60.0, 0);
        assert!(strip(&nothing, 8).ends_with("</svg>\n"));
        let both = strips(&[&clip, &clip], 8);
        assert_eq!(both.matches("class=\"body\"").count(), 16);
        assert!(both.contains("viewBox=\"0 0 1280 348\"") && strips(&[], 8).ends_with("</svg>\n"));
    }
}
