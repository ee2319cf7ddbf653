//! What surrounds the signer in a window: the operator's panel, the headline box, the keys, the help.
//!
//! The panel never lies over the signer or the captions: the stage's camera is given the part of
//! the window that is left (`layout`), and the panel and the box are drawn by a camera of their
//! own. Every button has a key; while a headline is typed the keys belong to the box.
//!
//! The panel knows the playback but not where headlines come from: what waits and what was dropped
//! is reported to it through [`QueueView`], and a typed headline leaves it as [`Submitted`].

pub mod bidi;
mod headline_box;
mod help;
pub mod keys;
mod layout;
mod operator;
mod requests;
pub mod view;
mod widgets;

pub use headline_box::Submitted;
pub use keys::Action;
pub use layout::PanelCamera;
pub use view::QueueView;

use crate::stage::StageFont;
use bevy::diagnostic::FrameTimeDiagnosticsPlugin;
use bevy::prelude::*;
use bevy::text::Font;
use bevy_egui::{EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, egui};
use std::sync::Arc;

/// The panel's width in a window that has room for it, in logical pixels.
const WIDTH: f32 = 380.0;
/// The narrowest window that can hold panel and signer side by side.
const NARROWEST: f32 = 760.0;

/// Something was asked for by a key or a button.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requested(pub Action);

/// What is repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoopMode {
    /// Nothing.
    #[default]
    Off,
    /// The sign that was being made when the loop was asked for: motion seconds from and to.
    Sign,
    /// The whole headline.
    Headline,
}

impl LoopMode {
    /// What one press of the key makes of it.
    pub fn next(self) -> Self {
        match self {
            LoopMode::Off => LoopMode::Sign,
            LoopMode::Sign => LoopMode::Headline,
            LoopMode::Headline => LoopMode::Off,
        }
    }
}

/// What of the panel is shown, and what is repeated.
#[derive(Resource, Clone, Debug)]
pub struct PanelState {
    /// Whether panel and headline box are wanted.
    pub shown: bool,
    /// Whether the list of keys is shown.
    pub help: bool,
    /// What is repeated.
    pub loop_mode: LoopMode,
    /// The window's logical size.
    window: Vec2,
    /// Whether egui has the Arabic font.
    fonts_ready: bool,
    /// Whether a headline is being typed.
    typing: bool,
}

impl PanelState {
    /// The panel's width now, in logical pixels; 0 while it is hidden or the window is too narrow.
    pub fn width(&self) -> f32 {
        if self.shown && self.window.x >= NARROWEST { WIDTH.min(self.window.x * 0.42) } else { 0.0 }
    }

    /// The height of the headline box's line now, in logical pixels; 0 while it is hidden.
    pub fn strip_height(&self) -> f32 {
        if self.shown || self.typing { headline_box::STRIP_HEIGHT } else { 0.0 }
    }
}

/// Panel, headline box, keys and help of a window. Expects the stage's plugin.
pub struct PanelPlugin {
    /// Whether the panel is shown at the start.
    pub shown: bool,
}

impl Plugin for PanelPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(PanelState {
            shown: self.shown,
            help: false,
            loop_mode: LoopMode::Off,
            window: Vec2::ZERO,
            fonts_ready: false,
            typing: false,
        })
        .init_resource::<QueueView>()
        .add_message::<Requested>()
        .add_plugins(EguiPlugin::default())
        .add_plugins((headline_box::plugin, layout::plugin, requests::plugin))
        .add_systems(EguiPrimaryContextPass, (load_fonts, operator::draw, help::draw).chain());
        if !app.is_plugin_added::<FrameTimeDiagnosticsPlugin>() {
            app.add_plugins(FrameTimeDiagnosticsPlugin::default());
        }
        let mut settings = app.world_mut().resource_mut::<EguiGlobalSettings>();
        // The panel's camera is ours to make, and the keyboard and input methods belong to the box.
        settings.auto_create_primary_context = false;
        settings.enable_ime = false;
        settings.input_system_settings.run_write_keyboard_input_messages_system = false;
        settings.input_system_settings.run_write_ime_messages_system = false;
    }
}

/// Gives egui the stage's Arabic font, once; it takes effect in the next frame.
fn load_fonts(
    mut contexts: EguiContexts,
    mut state: ResMut<PanelState>,
    font: Option<Res<StageFont>>,
    fonts: Res<Assets<Font>>,
    mut frames: Local<u32>,
) -> Result {
    if state.fonts_ready {
        return Ok(());
    }
    *frames += 1;
    if *frames > 1 {
        state.fonts_ready = true;
        return Ok(());
    }
    let mut definitions = egui::FontDefinitions::default();
    let latin = definitions.families.get(&egui::FontFamily::Proportional).cloned().unwrap_or_default();
    let mut family = latin.clone();
    if let Some(font) = font.and_then(|font| fonts.get(&font.0)) {
        let data = egui::FontData::from_owned(font.data.as_ref().to_vec());
        definitions.font_data.insert(bidi::ARABIC_FAMILY.into(), Arc::new(data));
        family.insert(0, bidi::ARABIC_FAMILY.into());
    }
    definitions.families.insert(egui::FontFamily::Name(bidi::ARABIC_FAMILY.into()), family);
    let ctx = contexts.ctx_mut()?;
    ctx.set_fonts(definitions);
    ctx.set_visuals(egui::Visuals::dark());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(shown: bool, width: f32) -> PanelState {
        PanelState {
            shown,
            help: false,
            loop_mode: LoopMode::Off,
            window: Vec2::new(width, 720.0),
            fonts_ready: true,
            typing: false,
        }
    }

    #[test]
    fn the_signer_always_keeps_more_than_half_of_the_window() {
        for width in [200.0, 640.0, 760.0, 900.0, 1280.0, 3840.0] {
            assert!(state(true, width).width() < 0.5 * width, "{width}");
        }
    }

    #[test]
    fn a_hidden_panel_takes_no_room_but_the_box_may_be_called_up() {
        let mut hidden = state(false, 1280.0);
        assert_eq!((hidden.width(), hidden.strip_height()), (0.0, 0.0));
        hidden.typing = true;
        assert!(hidden.strip_height() > 0.0);
    }

    #[test]
    fn pressing_loop_three_times_changes_nothing() {
        assert_eq!(LoopMode::Off.next().next().next(), LoopMode::Off);
    }
}
