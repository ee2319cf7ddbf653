//! Keys become requests, and requests are carried out.

use super::headline_box::{self, HeadlineBox, Modifiers, Outcome, Submitted};
use super::keys::{self, Action};
use super::{LoopMode, PanelState, Requested};
use crate::stage::{Captions, Playback};
use bevy::ecs::system::SystemParam;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::input_focus::{FocusCause, InputFocus};
use bevy::prelude::*;
use bevy::text::EditableText;
use bevy::window::{MonitorSelection, PrimaryWindow, WindowMode};
use std::collections::VecDeque;
use std::ops::Range;

/// How much one press of a key changes the speed.
const SPEED_STEP: f64 = 0.25;
/// How much one press of a key changes the window's size.
const WINDOW_STEP: f32 = 1.1;
/// The window's bounds, in logical pixels.
const SMALLEST: Vec2 = Vec2::new(320.0, 240.0);
const LARGEST: Vec2 = Vec2::new(3840.0, 2160.0);
const CAPTION_SIZES: [f32; 3] = [1.0, 1.3, 0.8];

/// Requests are carried out, in `Update`.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestSystems;

pub(super) fn plugin(app: &mut App) {
    let carry_out = (carry_out_playback, carry_out_view, repeat_sign).chain();
    app.add_systems(PreUpdate, read_keys.after(bevy::input::InputSystems))
        .add_systems(Update, carry_out.in_set(RequestSystems));
}

/// Keys that have not been obeyed yet, and the modifiers held when the first of them was pressed.
#[derive(Default)]
struct Keyboard {
    line: VecDeque<KeyboardInput>,
    held: Modifiers,
}

/// What comes of the keys.
#[derive(SystemParam)]
struct News<'w> {
    requests: MessageWriter<'w, Requested>,
    submitted: MessageWriter<'w, Submitted>,
}

/// Each key press goes to the headline box while it has the keyboard, else to the viewer's keys.
///
/// Presses wait in line, because Enter can only be obeyed once the letters before it are in the box.
/// Modifiers are followed in the same line: a shortcut may begin and end between two frames.
fn read_keys(
    mut presses: MessageReader<KeyboardInput>,
    mut keyboard: Local<Keyboard>,
    pressed: Res<ButtonInput<Key>>,
    mut focus: ResMut<InputFocus>,
    mut state: ResMut<PanelState>,
    mut field: Query<(Entity, &mut EditableText), With<HeadlineBox>>,
    mut news: News,
) {
    let Ok((entity, mut text)) = field.single_mut() else { return };
    let Keyboard { line, held } = &mut *keyboard;
    line.extend(presses.read().cloned());
    while let Some(press) = line.pop_front() {
        if held.follow(&press) || !press.state.is_pressed() {
            continue;
        }
        if headline_box::has_focus(&focus, Some(entity)) {
            match headline_box::apply(headline_box::box_key(&press, *held), &mut text) {
                Outcome::Done => {}
                Outcome::Submitted(headline) => {
                    news.submitted.write(Submitted(headline));
                }
                Outcome::Left => focus.clear(),
                Outcome::NotYet => {
                    line.push_front(press);
                    break;
                }
            }
        } else if let Some(action) = viewers_key(&press, *held) {
            match action {
                Action::Headline => focus.set(entity, FocusCause::Navigated),
                _ => {
                    news.requests.write(Requested(action));
                }
            }
        }
    }
    if line.is_empty() {
        *held = Modifiers::held(&pressed);
    }
    let typing = headline_box::has_focus(&focus, Some(entity));
    if state.typing != typing {
        state.typing = typing;
    }
}

fn viewers_key(press: &KeyboardInput, held: Modifiers) -> Option<Action> {
    if held.command || held.other {
        return None;
    }
    keys::action_of(press).filter(|&action| !press.repeat || keys::repeats(action))
}

/// What concerns the playback.
fn carry_out_playback(
    mut requests: MessageReader<Requested>,
    mut playback: ResMut<Playback>,
    mut state: ResMut<PanelState>,
) {
    for Requested(action) in requests.read() {
        match action {
            Action::Pause => playback.paused = !playback.paused,
            Action::Replay => {
                playback.replay();
                playback.paused = false;
            }
            Action::Mirror => playback.mirrored = !playback.mirrored,
            Action::Slower => change_speed(&mut playback, -SPEED_STEP),
            Action::Faster => change_speed(&mut playback, SPEED_STEP),
            Action::StepBack => playback.step(-1),
            Action::StepForward => playback.step(1),
            Action::Clear => playback.clear(),
            Action::Loop => {
                state.loop_mode = state.loop_mode.next();
                playback.looped = state.loop_mode != LoopMode::Off;
            }
            _ => {}
        }
    }
}

/// Steps land on multiples of the step, wherever the slider had been.
fn change_speed(playback: &mut Playback, by: f64) {
    let speed = ((playback.speed() + by) / SPEED_STEP).round() * SPEED_STEP;
    playback.set_speed(speed);
}

/// What concerns the picture and the window.
fn carry_out_view(
    mut requests: MessageReader<Requested>,
    mut state: ResMut<PanelState>,
    mut captions: ResMut<Captions>,
    mut window: Query<&mut Window, With<PrimaryWindow>>,
) {
    for Requested(action) in requests.read() {
        match action {
            Action::Captions => captions.visible = !captions.visible,
            Action::CaptionSize => captions.scale = next_size(captions.scale),
            Action::Bigger => resize(&mut window, WINDOW_STEP),
            Action::Smaller => resize(&mut window, WINDOW_STEP.recip()),
            Action::Panel => state.shown = !state.shown,
            Action::Help => state.help = !state.help,
            Action::Close => state.help = false,
            Action::Fullscreen => {
                if let Ok(mut window) = window.single_mut() {
                    window.mode = match window.mode {
                        WindowMode::Windowed => WindowMode::BorderlessFullscreen(MonitorSelection::Current),
                        _ => WindowMode::Windowed,
                    };
                }
            }
            _ => {}
        }
    }
}

fn next_size(scale: f32) -> f32 {
    let at =
        CAPTION_SIZES.iter().position(|size| (size - scale).abs() < 0.01).unwrap_or(CAPTION_SIZES.len() - 1);
    CAPTION_SIZES[(at + 1) % CAPTION_SIZES.len()]
}

/// Makes the window larger or smaller, as long as it is one.
fn resize(window: &mut Query<&mut Window, With<PrimaryWindow>>, factor: f32) {
    let Ok(mut window) = window.single_mut() else { return };
    if window.mode != WindowMode::Windowed {
        return;
    }
    let size = Vec2::new(window.width(), window.height()) * factor;
    if size.cmpge(SMALLEST).all() && size.cmple(LARGEST).all() {
        window.resolution.set(size.x.round(), size.y.round());
    }
}

/// Winds back to a sign's start whenever its end is passed, with a breath before and after.
fn repeat_sign(
    mut playback: ResMut<Playback>,
    state: Res<PanelState>,
    mut repeated: Local<Option<Range<f64>>>,
) {
    const BREATH: f64 = 0.25;
    if state.loop_mode != LoopMode::Sign || playback.current().is_none() {
        *repeated = None;
        return;
    }
    if repeated.is_none() {
        *repeated = playback.span().zip(playback.current()).map(|(span, utterance)| {
            let fps = f64::from(utterance.motion.fps);
            let seconds = |frame: usize| frame as f64 / fps;
            (seconds(span.frames.start) - BREATH).max(0.0)..seconds(span.frames.end) + BREATH
        });
    }
    if let Some(range) = repeated.clone()
        && (playback.seconds() >= range.end.min(playback.duration() - 1e-3)
            || playback.seconds() < range.start)
    {
        playback.seek(range.start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_presses_bring_the_captions_back_to_their_size() {
        assert_eq!(next_size(next_size(next_size(1.0))), 1.0);
        assert_eq!(next_size(0.33), 1.0);
    }

    #[test]
    fn the_speed_keys_land_on_round_numbers_and_stay_in_range() {
        let mut playback = Playback::default();
        playback.set_speed(1.1);
        change_speed(&mut playback, SPEED_STEP);
        assert_eq!(playback.speed(), 1.25);
        for _ in 0..20 {
            change_speed(&mut playback, SPEED_STEP);
        }
        assert_eq!(playback.speed(), 2.0);
        for _ in 0..20 {
            change_speed(&mut playback, -SPEED_STEP);
        }
        assert_eq!(playback.speed(), 0.25);
    }
}
