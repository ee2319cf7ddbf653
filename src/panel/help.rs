//! The help overlay: every key, in Arabic and English, from the same table that the keys obey.

use super::PanelState;
use super::bidi::line_job;
use super::keys::BINDINGS;
use super::widgets::{self, ACCENT, DIM, GROUND, INK};
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align2, Frame, Margin, Ui, pos2};

const WIDTH: f32 = 600.0;

/// Draws the overlay in the middle of the window while it is asked for.
pub(super) fn draw(mut contexts: EguiContexts, state: Res<PanelState>) -> Result {
    if !state.help || !state.fonts_ready {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let frame = Frame::new().fill(GROUND).inner_margin(Margin::same(20)).corner_radius(10.0);
    let frame = frame.stroke(egui::Stroke::new(2.0, ACCENT));
    egui::Area::new("help".into())
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ctx, |ui| frame.show(ui, keys));
    Ok(())
}

fn keys(ui: &mut Ui) {
    let room = ui.ctx().viewport_rect().height() - 110.0;
    let height = (room / BINDINGS.len() as f32).clamp(18.0, 30.0);
    let width = WIDTH.min(ui.ctx().viewport_rect().width() - 60.0);
    ui.set_width(width);
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, _) = widgets::row(ui, height + 6.0);
    widgets::write(ui, "Keys", false, 20.0, INK, rect.left_center(), Align2::LEFT_CENTER);
    widgets::write(ui, "المفاتيح", true, 22.0, INK, rect.right_center(), Align2::RIGHT_CENTER);
    for binding in BINDINGS {
        let (rect, _) = widgets::row(ui, height);
        let middle = pos2(rect.left() + width * 0.53, rect.center().y);
        widgets::write(ui, binding.english, false, 14.0, DIM, rect.left_center(), Align2::LEFT_CENTER);
        widgets::write(ui, binding.shown, false, 15.0, ACCENT, middle, Align2::CENTER_CENTER);
        let galley = ui.painter().layout_job(line_job(binding.arabic, true, 17.0, INK));
        let place = Align2::RIGHT_CENTER.anchor_size(rect.right_center(), galley.size());
        ui.painter().galley(place.min, galley, INK);
    }
}
