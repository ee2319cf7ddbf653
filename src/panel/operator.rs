//! The operator's panel: the controls, the plan being signed, the queue, and how the machine fares.

use super::keys::Action;
use super::view::{self, PlanRow, QueueView, Word};
use super::widgets::{self, ACCENT, DIM, GENUINE, GROUND, INK, WARNING};
use super::{LoopMode, PanelState, Requested};
use crate::interpreter::Utterance;
use crate::stage::Playback;
use bevy::diagnostic::{DiagnosticsStore, FrameTimeDiagnosticsPlugin};
use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, CornerRadius, Frame, Margin, Ui, pos2, vec2};
use bevy_egui::{EguiContexts, egui::UiBuilder};
use std::sync::Arc;

const fn word(arabic: &'static str, english: &'static str) -> Word {
    Word { arabic, english }
}

/// How much of a provenance's detail stands beside a gloss; pointing at the row shows all of it.
const DETAIL_CHARS: usize = 34;

/// Draws the panel along the right edge of the window.
pub(super) fn draw(
    mut contexts: EguiContexts,
    state: Res<PanelState>,
    mut playback: ResMut<Playback>,
    queue: Res<QueueView>,
    diagnostics: Res<DiagnosticsStore>,
    mut requests: MessageWriter<Requested>,
) -> Result {
    let width = state.width();
    if width <= 0.0 || !state.fonts_ready {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    let whole = UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(ctx.viewport_rect());
    let mut ui = Ui::new(ctx.clone(), "window".into(), whole);
    let frame = Frame::new().fill(GROUND).inner_margin(Margin::symmetric(14, 8));
    egui::Panel::right("operator").exact_size(width).resizable(false).frame(frame).show(&mut ui, |ui| {
        controls(ui, &state, &mut playback, &mut requests);
        let fps = diagnostics.get(&FrameTimeDiagnosticsPlugin::FPS).and_then(|d| d.smoothed());
        let bottom = egui::Panel::bottom("machine").resizable(false).show_separator_line(false);
        bottom.frame(Frame::new()).show(ui, |ui| machine(ui, fps, &queue));
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            plan(ui, &playback, queue.loading);
            waiting(ui, &playback, &queue);
            reports(ui, &queue);
        });
    });
    Ok(())
}

fn controls(
    ui: &mut Ui,
    state: &PanelState,
    playback: &mut Playback,
    requests: &mut MessageWriter<Requested>,
) {
    let pause = if playback.paused { word("متابعة", "Go on") } else { word("إيقاف", "Pause") };
    let repeat = match state.loop_mode {
        LoopMode::Off => word("بلا تكرار", "No loop"),
        LoopMode::Sign => word("تكرار الإشارة", "Loop sign"),
        LoopMode::Headline => word("تكرار العنوان", "Loop all"),
    };
    let first = [
        (word("إعادة", "Replay"), "R", false),
        (pause, "Space", playback.paused),
        (repeat, "L", state.loop_mode != LoopMode::Off),
    ];
    let second = [
        (word("إطار للوراء", "-1 frame"), "Left", false),
        (word("إطار للأمام", "+1 frame"), "Right", false),
        (word("مسح الكل", "Clear"), "Del", false),
    ];
    let mut ask = |chosen: Option<usize>, actions: [Action; 3]| {
        if let Some(&action) = chosen.and_then(|index| actions.get(index)) {
            requests.write(Requested(action));
        }
    };
    ask(widgets::button_row(ui, &first), [Action::Replay, Action::Pause, Action::Loop]);
    ask(widgets::button_row(ui, &second), [Action::StepBack, Action::StepForward, Action::Clear]);
    speed(ui, playback);
}

fn speed(ui: &mut Ui, playback: &mut Playback) {
    let (rect, _) = widgets::row(ui, 22.0);
    let shown = format!("{:.2}×", playback.speed());
    widgets::write(ui, "Speed  [ ]", false, 12.5, DIM, rect.left_center(), Align2::LEFT_CENTER);
    widgets::write(ui, "السرعة", true, 15.0, DIM, rect.right_center(), Align2::RIGHT_CENTER);
    widgets::write(ui, &shown, false, 16.0, INK, rect.center(), Align2::CENTER_CENTER);
    ui.spacing_mut().slider_width = ui.available_width() - 4.0;
    ui.spacing_mut().interact_size.y = 30.0;
    let mut speed = playback.speed();
    let slider = egui::Slider::new(&mut speed, Playback::SPEEDS).show_value(false).step_by(0.05);
    if ui.add(slider.trailing_fill(true)).changed() {
        playback.set_speed(speed);
    }
}

fn plan(ui: &mut Ui, playback: &Playback, is_loading: bool) {
    widgets::heading(ui, word("ما يُشار به", "Being signed"));
    if is_loading {
        widgets::note(ui, "تُحمَّل النماذج…", ACCENT);
        widgets::note(ui, "Signs and models are loading…", ACCENT);
    }
    let (utterance, over) = match (playback.current(), playback.previous()) {
        (Some(current), _) => (current, false),
        (None, Some(previous)) => (previous, true),
        (None, None) => {
            widgets::note(ui, "لا شيء بعد. اكتب عنوانًا في الأسفل.", DIM);
            return;
        }
    };
    headline(ui, utterance, playback, over);
    let now = if over { None } else { playback.span().map(|span| span.sign) };
    for row in view::plan_rows(utterance, now) {
        plan_row(ui, &row);
    }
    for (omitted, reason) in view::omitted_lines(&utterance.plan) {
        omission(ui, &omitted, reason);
    }
}

fn headline(ui: &mut Ui, utterance: &Arc<Utterance>, playback: &Playback, over: bool) {
    super::bidi::paragraph(ui, &utterance.plan.text, 17.0, if over { DIM } else { INK });
    let (rect, _) = widgets::row(ui, 6.0);
    ui.painter().rect_filled(rect, CornerRadius::same(3), widgets::RAISED);
    let done = if over { 1.0 } else { (playback.seconds() / playback.duration().max(1e-6)) as f32 };
    let bar = rect.with_max_x(rect.left() + rect.width() * done.clamp(0.0, 1.0));
    ui.painter().rect_filled(bar, CornerRadius::same(3), if over { DIM } else { ACCENT });
    let seconds = if over {
        "signed".to_owned()
    } else {
        format!("{:.1} / {:.1} s", playback.seconds(), playback.duration())
    };
    widgets::note(ui, &format!("{}   ·   {seconds}", view::coverage_line(&utterance.plan)), DIM);
    for notice in &utterance.plan.notices {
        widgets::note(ui, notice, WARNING);
    }
}

fn plan_row(ui: &mut Ui, row: &PlanRow) {
    let (rect, response) = widgets::row(ui, if row.gloss.is_empty() { 20.0 } else { 38.0 });
    if row.now {
        ui.painter().rect_filled(rect.expand2(vec2(6.0, 0.0)), CornerRadius::same(5), widgets::HOVERED);
        let bar = rect.expand2(vec2(6.0, 0.0));
        ui.painter().rect_filled(bar.with_min_x(bar.right() - 4.0), CornerRadius::same(2), ACCENT);
        response.scroll_to_me(None);
    }
    let kind = row.kind.english;
    let about = if row.rule == kind { kind.to_owned() } else { format!("{kind} · {}", row.rule) };
    let top = pos2(rect.left(), rect.top() + 11.0);
    let right = pos2(rect.right() - 6.0, rect.center().y);
    if row.gloss.is_empty() {
        widgets::write(ui, &about, false, 12.0, DIM, rect.left_center(), Align2::LEFT_CENTER);
        widgets::write(ui, row.kind.arabic, true, 13.0, DIM, right, Align2::RIGHT_CENTER);
        return;
    }
    widgets::write(ui, &row.gloss, true, 19.0, INK, right, Align2::RIGHT_CENTER);
    let Some(origin) = &row.origin else {
        widgets::write(ui, &about, false, 12.0, DIM, top, Align2::LEFT_CENTER);
        return;
    };
    let color = if origin.genuine { GENUINE } else { WARNING };
    let chip = widgets::chip(ui, origin.word.english, false, color, top);
    let arabic = pos2(chip.right() + 6.0, top.y);
    let arabic = widgets::write(ui, origin.word.arabic, true, 13.0, color, arabic, Align2::LEFT_CENTER);
    let beside = pos2(arabic.right() + 8.0, top.y);
    widgets::write(ui, &about, false, 12.0, DIM, beside, Align2::LEFT_CENTER);
    let below = pos2(rect.left(), rect.bottom() - 9.0);
    widgets::write(
        ui,
        &view::shortened(&origin.detail, DETAIL_CHARS),
        false,
        11.0,
        DIM,
        below,
        Align2::LEFT_CENTER,
    );
    response.on_hover_text(row.details());
}

fn omission(ui: &mut Ui, omitted: &str, reason: &str) {
    let (rect, _) = widgets::row(ui, 20.0);
    let text = format!("not signed · {reason}");
    widgets::write(ui, &text, false, 12.0, DIM, rect.left_center(), Align2::LEFT_CENTER);
    let right = pos2(rect.right() - 6.0, rect.center().y);
    widgets::write(ui, omitted, true, 14.0, DIM, right, Align2::RIGHT_CENTER);
}

fn waiting(ui: &mut Ui, playback: &Playback, queue: &QueueView) {
    widgets::heading(ui, word("قائمة الانتظار", "Queue"));
    let ready = playback.queued().len();
    let waiting = queue.waiting.len() + usize::from(queue.planning.is_some());
    let line = format!(
        "{ready} ready · {waiting} of {} waiting · policy {} · {} dropped",
        queue.capacity, queue.policy, queue.dropped_count
    );
    widgets::note(ui, &line, DIM);
    for utterance in playback.queued() {
        widgets::note(ui, &utterance.plan.text, INK);
    }
    for text in queue.planning.iter().chain(&queue.waiting) {
        widgets::note(ui, text, DIM);
    }
    for dropped in &queue.dropped {
        widgets::note(ui, &dropped.text, WARNING);
        widgets::note(ui, &format!("dropped: {}", dropped.reason), WARNING);
    }
}

fn reports(ui: &mut Ui, queue: &QueueView) {
    if queue.reports.is_empty() {
        return;
    }
    widgets::heading(ui, word("ما جرى", "Reports"));
    for line in &queue.reports {
        widgets::note(ui, line, DIM);
    }
}

fn machine(ui: &mut Ui, fps: Option<f64>, queue: &QueueView) {
    ui.separator();
    let frame = fps.map_or("measuring".to_owned(), |fps| {
        format!("{:.1} ms a frame, {fps:.0} frames/s", 1000.0 / fps.max(1e-3))
    });
    let air = if queue.on_air { " · ON AIR: practice signs refused" } else { "" };
    let line = format!("{frame} · seed {}{air}", queue.seed);
    let (rect, _) = widgets::row(ui, 18.0);
    widgets::write(ui, &line, false, 12.0, DIM, rect.left_center(), Align2::LEFT_CENTER);
    widgets::write(ui, "? : keys", false, 12.0, ACCENT, rect.right_center(), Align2::RIGHT_CENTER);
}
