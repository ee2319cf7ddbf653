//! The bright box behind the words that are being signed.
//!
//! Text has a background colour of its own, but as high as the font's tallest marks: with Arabic
//! fonts it would cover the line above. So the box is a node behind the text, put in place after
//! the text is laid out and before it is drawn, that is in the same frame.

use super::captions::{Line, Lit, Shown, Strip, letter_height};
use bevy::math::Affine2;
use bevy::prelude::*;
use bevy::text::{ComputedTextBlock, TextLayoutInfo};
use bevy::ui::{ComputedNode, UiGlobalTransform};

/// How far the box reaches above and below the line under the letters, in font sizes.
const ABOVE: f32 = 1.02;
const BELOW: f32 = 0.34;
/// How far it reaches beyond the word, in font sizes.
const BESIDE: f32 = 0.10;

const COLOR: Color = Color::srgb(1.0, 0.83, 0.30);

/// A box; the first is on the first line that has lit words, the second on the next.
#[derive(Component)]
pub(super) struct LitBox(usize);

/// Spawns the boxes; they must come before the text, to be behind it.
pub(super) fn spawn_boxes(strip: &mut ChildSpawnerCommands<'_>) {
    for line in 0..2 {
        let node = Node {
            position_type: PositionType::Absolute,
            border_radius: BorderRadius::all(Val::Vh(0.5)),
            ..default()
        };
        strip.spawn((LitBox(line), node, BackgroundColor(COLOR)));
    }
}

/// Puts the boxes behind the lit words.
pub(super) fn place_boxes(
    lines: Query<(&ComputedTextBlock, &TextLayoutInfo, &ComputedNode, &UiGlobalTransform), With<Line>>,
    lit: Query<&Lit>,
    shown: Res<Shown>,
    strips: Query<&ComputedNode, (With<Strip>, Without<LitBox>)>,
    mut boxes: Query<(&LitBox, &mut ComputedNode, &mut UiGlobalTransform), Without<Line>>,
) {
    let (Ok((block, layout, text_node, text_place)), Ok(strip)) = (lines.single(), strips.single()) else {
        return;
    };
    let is_lit = |section: usize| block.entities().get(section).is_some_and(|text| lit.contains(text.entity));
    let rows = rows(layout, letter_height(strip.size.y, &shown), is_lit);
    let corner = text_place.translation - 0.5 * text_node.size;
    for (which, mut node, mut place) in &mut boxes {
        let rect = rows.get(which.0).copied().unwrap_or(Rect::new(0.0, 0.0, 0.0, 0.0));
        node.size = rect.size();
        *place = Affine2::from_translation(corner + rect.center()).into();
    }
}

/// For each line of text with lit words, the box around them, in the text's own pixels.
fn rows(layout: &TextLayoutInfo, font_size: f32, is_lit: impl Fn(usize) -> bool) -> Vec<Rect> {
    let mut rows: Vec<(f32, Rect)> = Vec::new();
    for run in layout.run_geometry.iter().filter(|run| is_lit(run.section_index)) {
        let beside = BESIDE * font_size;
        let base = run.underline_y;
        let rect = Rect::new(
            run.bounds.min.x - beside,
            base - ABOVE * font_size,
            run.bounds.max.x + beside,
            base + BELOW * font_size,
        );
        match rows.iter_mut().find(|(line, _)| (*line - run.bounds.min.y).abs() < 1.0) {
            Some((_, row)) => *row = row.union(rect),
            None => rows.push((run.bounds.min.y, rect)),
        }
    }
    rows.into_iter().map(|(_, row)| row).collect()
}
