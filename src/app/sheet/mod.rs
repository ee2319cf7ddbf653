//! One picture of everything an avatar must be able to do, to be looked at: the face from three sides,
//! expressions, handshapes from both sides, the letters, arms in the poses that break avatars.
//!
//! Every cell is drawn by the stage itself, with the avatar's own light and meshes, so what the sheet
//! shows is what a bulletin shows, only closer.

mod shots;

pub use shots::{Look, Part, Shot, shots};

use super::{AppError, Headless, Options};
use crate::output::Picture;
use crate::stage::{Captions, CloseUp, Held, StageFont};
use bevy::prelude::*;

/// The share of a cell that its label takes, at its bottom.
const LABEL_SHARE: f32 = 0.09;
const LABEL_BACK: Color = Color::srgb(0.11, 0.13, 0.16);
const LABEL_TEXT: Color = Color::srgb(0.95, 0.95, 0.93);
/// Between cells, pixels; and its colour, sRGB.
const GAP: u32 = 2;
const GAP_COLOR: [u8; 4] = [28, 33, 41, 255];

/// How a sheet is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The side of a cell, pixels.
    pub cell: u32,
    /// Cells in a row.
    pub columns: u32,
}

/// The text under the picture of a cell.
#[derive(Component)]
struct CellLabel;

/// Draws the shots of each group from a row of its own on; `progress` hears how many are drawn.
///
/// # Errors
/// As [`Headless::new`] and [`Headless::draw`].
pub fn draw(
    mut options: Options,
    layout: Layout,
    groups: &[Vec<Shot>],
    mut progress: impl FnMut(usize),
) -> Result<Picture, AppError> {
    options.captions = Captions { visible: false, ..Captions::default() };
    let mut headless = Headless::new(UVec2::splat(layout.cell), options)?;
    spawn_label(headless.world_mut());
    let columns = layout.columns.max(1);
    let rows: u32 = groups.iter().map(|group| (group.len() as u32).div_ceil(columns)).sum();
    let mut sheet =
        blank(columns * (layout.cell + GAP) - GAP, (rows * (layout.cell + GAP)).max(1 + GAP) - GAP);
    let (mut first_row, mut drawn) = (0, 0);
    for group in groups {
        for (index, shot) in (0u32..).zip(group) {
            let cell = UVec2::new(index % columns, first_row + index / columns);
            paste(&mut sheet, &cell_picture(&mut headless, shot)?, cell * (layout.cell + GAP));
            drawn += 1;
            progress(drawn);
        }
        first_row += (group.len() as u32).div_ceil(columns);
    }
    Ok(sheet)
}

fn cell_picture(headless: &mut Headless, shot: &Shot) -> Result<Picture, AppError> {
    let world = headless.world_mut();
    let mut view = shot.view;
    view.free_below = LABEL_SHARE;
    world.insert_resource(CloseUp(Some(view)));
    world.insert_resource(Held(Some(shot.pose.clone())));
    let mut labels = world.query_filtered::<&mut Text, With<CellLabel>>();
    for mut text in labels.iter_mut(world) {
        text.0.clone_from(&shot.label);
    }
    headless.draw()
}

fn spawn_label(world: &mut World) {
    let Some(font) = world.get_resource::<StageFont>().cloned() else { return };
    let strip = Node {
        position_type: PositionType::Absolute,
        left: Val::ZERO,
        right: Val::ZERO,
        bottom: Val::ZERO,
        height: Val::Vh(100.0 * LABEL_SHARE),
        justify_content: JustifyContent::Center,
        align_items: AlignItems::Center,
        ..default()
    };
    let font = TextFont { font: font.0.into(), font_size: FontSize::Vh(5.6), ..default() };
    world.spawn((strip, BackgroundColor(LABEL_BACK))).with_children(|strip| {
        strip.spawn((CellLabel, Text::default(), font, TextColor(LABEL_TEXT)));
    });
}

fn blank(width: u32, height: u32) -> Picture {
    Picture { width, height, rgba: GAP_COLOR.repeat((width * height) as usize) }
}

/// Copies a picture into a larger one, its upper left corner to `at`.
fn paste(onto: &mut Picture, picture: &Picture, at: UVec2) {
    let row_bytes = picture.width as usize * 4;
    for (y, row) in (at.y..).zip(picture.rgba.chunks_exact(row_bytes)) {
        let start = ((y * onto.width + at.x) * 4) as usize;
        if let Some(place) = onto.rgba.get_mut(start..start + row_bytes) {
            place.copy_from_slice(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_picture_lies_where_it_was_put_and_nowhere_else() {
        let mut sheet = blank(5, 4);
        let white = Picture { width: 2, height: 2, rgba: vec![255; 16] };
        paste(&mut sheet, &white, UVec2::new(3, 1));
        let is_white = |x: usize, y: usize| sheet.rgba[(y * 5 + x) * 4] == 255;
        for y in 0..4 {
            for x in 0..5 {
                assert_eq!(is_white(x, y), x >= 3 && (1..3).contains(&y), "{x} {y}");
            }
        }
    }
}
