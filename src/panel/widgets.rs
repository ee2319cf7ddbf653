//! The few widgets of the panel: labels in two languages, buttons large enough for a finger, chips.

use super::bidi::line_job;
use super::view::Word;
use bevy_egui::egui::{
    self, Align2, Color32, CornerRadius, FontId, Pos2, Rect, Response, Sense, Stroke, StrokeKind, TextFormat,
    Ui, Vec2, pos2, vec2,
};

/// Height of everything that is pressed, in logical pixels: a finger's width.
pub(super) const TARGET: f32 = 46.0;

pub(super) const INK: Color32 = Color32::from_rgb(236, 240, 244);
pub(super) const DIM: Color32 = Color32::from_rgb(160, 170, 182);
pub(super) const GROUND: Color32 = Color32::from_rgb(19, 22, 26);
pub(super) const RAISED: Color32 = Color32::from_rgb(34, 39, 46);
pub(super) const HOVERED: Color32 = Color32::from_rgb(48, 56, 66);
pub(super) const ACCENT: Color32 = Color32::from_rgb(115, 199, 255);
pub(super) const WARNING: Color32 = Color32::from_rgb(255, 190, 92);
pub(super) const GENUINE: Color32 = Color32::from_rgb(142, 214, 160);

/// Writes one line at an edge or the middle of a rectangle; gives the place it took.
pub(super) fn write(
    ui: &Ui,
    text: &str,
    rtl: bool,
    size: f32,
    color: Color32,
    at: Pos2,
    anchor: Align2,
) -> Rect {
    let galley = ui.painter().layout_job(line_job(text, rtl, size, color));
    let place = anchor.anchor_size(at, galley.size());
    ui.painter().galley(place.min, galley, color);
    place
}

/// A heading: Arabic at the right, English at the left, a thin line below.
pub(super) fn heading(ui: &mut Ui, word: Word) {
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    write(ui, word.english, false, 12.5, DIM, rect.left_center(), Align2::LEFT_CENTER);
    write(ui, word.arabic, true, 15.0, DIM, rect.right_center(), Align2::RIGHT_CENTER);
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, RAISED));
    ui.add_space(4.0);
}

/// A button with the Arabic over the English, which ends with its key.
pub(super) fn button(ui: &mut Ui, width: f32, word: Word, key: &str, pressed: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, TARGET), Sense::click());
    let fill = match (pressed, response.hovered()) {
        (true, _) => Color32::from_rgb(28, 66, 96),
        (false, true) => HOVERED,
        (false, false) => RAISED,
    };
    let edge = if pressed { Stroke::new(2.0, ACCENT) } else { Stroke::new(1.0, HOVERED) };
    ui.painter().rect(rect, CornerRadius::same(7), fill, edge, StrokeKind::Inside);
    let middle = rect.center();
    write(ui, word.arabic, true, 15.0, INK, middle - vec2(0.0, 8.0), Align2::CENTER_CENTER);
    let mut below = line_job(word.english, false, 11.0, DIM);
    below.append(key, 6.0, TextFormat::simple(FontId::proportional(11.0), ACCENT));
    let below = ui.painter().layout_job(below);
    let place = Align2::CENTER_CENTER.anchor_size(middle + vec2(0.0, 12.0), below.size());
    ui.painter().galley(place.min, below, DIM);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, word.english));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A row of buttons of equal width; gives the index of the one pressed.
pub(super) fn button_row(ui: &mut Ui, buttons: &[(Word, &str, bool)]) -> Option<usize> {
    let gap = 6.0;
    let count = buttons.len().max(1) as f32;
    let width = (ui.available_width() - gap * (count - 1.0)) / count;
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing = vec2(gap, gap);
        for (index, (word, key, pressed)) in buttons.iter().enumerate() {
            if button(ui, width, *word, key, *pressed).clicked() {
                chosen = Some(index);
            }
        }
    });
    chosen
}

/// A word in a rounded box, its left edge at `at`; gives the place it took.
pub(super) fn chip(ui: &Ui, text: &str, rtl: bool, color: Color32, at: Pos2) -> Rect {
    let galley = ui.painter().layout_job(line_job(text, rtl, 12.0, color));
    let pad = vec2(6.0, 2.0);
    let rect =
        Rect::from_min_size(pos2(at.x, at.y - galley.size().y / 2.0 - pad.y), galley.size() + 2.0 * pad);
    ui.painter().rect_stroke(rect, CornerRadius::same(5), Stroke::new(1.0, color), StrokeKind::Inside);
    ui.painter().galley(rect.min + pad, galley, color);
    rect
}

/// A quiet line of small text.
pub(super) fn note(ui: &mut Ui, text: &str, color: Color32) {
    super::bidi::paragraph(ui, text, 13.0, color);
}

/// A row's rectangle, as wide as there is room.
pub(super) fn row(ui: &mut Ui, height: f32) -> (Rect, Response) {
    ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover())
}
