//! Who draws where in the window: the stage's camera what is left of it, the panel's camera the rest.

use super::PanelState;
use super::headline_box::{self, Strip};
use crate::stage::{StageCamera, StageFont};
use bevy::camera::visibility::RenderLayers;
use bevy::camera::{CameraOutputMode, Viewport};
use bevy::prelude::*;
use bevy::window::PrimaryWindow;
use bevy_egui::PrimaryEguiContext;

/// The camera that draws the panel and the headline box over the whole window.
#[derive(Component)]
pub struct PanelCamera;

pub(super) fn plugin(app: &mut App) {
    let place = (measure, give_room, switch_camera).chain().after(super::requests::RequestSystems);
    app.add_systems(PostStartup, spawn).add_systems(Update, place);
}

fn spawn(mut commands: Commands, font: Option<Res<StageFont>>) {
    let camera = commands.spawn((
        PanelCamera,
        PrimaryEguiContext,
        Camera2d,
        RenderLayers::none(),
        Msaa::Off,
        Camera {
            order: 10,
            output_mode: CameraOutputMode::Write {
                blend_state: Some(bevy::render::render_resource::BlendState::ALPHA_BLENDING),
                clear_color: ClearColorConfig::None,
            },
            clear_color: ClearColorConfig::Custom(Color::NONE),
            ..default()
        },
    ));
    let camera = camera.id();
    let font = TextFont {
        font: font.map(|font| font.0.clone()).unwrap_or_default().into(),
        font_size: FontSize::Px(24.0),
        ..default()
    };
    headline_box::spawn(&mut commands, camera, &font);
}

/// Follows the window's size, and shows or hides the headline box.
fn measure(
    mut state: ResMut<PanelState>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut strip: Query<&mut Node, With<Strip>>,
) {
    let Ok(window) = window.single() else { return };
    let size = Vec2::new(window.width(), window.height());
    if state.window != size {
        state.window = size;
    }
    let width = Val::Px(size.x - state.width());
    let display = if state.strip_height() > 0.0 { Display::Flex } else { Display::None };
    for mut node in &mut strip {
        if node.display != display || node.width != width {
            node.display = display;
            node.width = width;
        }
    }
}

/// Gives the stage's camera the part of the window that nothing else covers.
fn give_room(
    state: Res<PanelState>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut cameras: Query<&mut Camera, With<StageCamera>>,
) {
    let Ok(window) = window.single() else { return };
    let room = room(window.physical_size(), window.scale_factor(), state.width(), state.strip_height());
    for mut camera in &mut cameras {
        if camera.viewport.as_ref().map(|viewport| viewport.physical_size) != room {
            camera.viewport = room.map(|physical_size| Viewport { physical_size, ..default() });
        }
    }
}

/// Blending an empty picture over the window costs time too.
fn switch_camera(state: Res<PanelState>, mut cameras: Query<&mut Camera, With<PanelCamera>>) {
    let wanted = state.shown || state.typing || state.help;
    for mut camera in &mut cameras {
        if camera.is_active != wanted {
            camera.is_active = wanted;
        }
    }
}

/// The physical size of what is left at the upper left; none if it is the whole window.
fn room(window: UVec2, scale: f32, panel_width: f32, strip_height: f32) -> Option<UVec2> {
    let taken = (Vec2::new(panel_width, strip_height) * scale).round().as_uvec2();
    let left = window.saturating_sub(taken).max(UVec2::ONE);
    (taken != UVec2::ZERO && window.min_element() > 0).then_some(left.min(window))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_never_empty_nor_larger_than_the_window() {
        assert_eq!(room(UVec2::new(1280, 720), 1.0, 380.0, 60.0), Some(UVec2::new(900, 660)));
        assert_eq!(room(UVec2::new(1280, 720), 1.0, 0.0, 0.0), None);
        assert_eq!(room(UVec2::new(100, 20), 2.0, 380.0, 60.0), Some(UVec2::ONE));
        assert_eq!(room(UVec2::ZERO, 1.0, 380.0, 60.0), None);
    }
}
