//! The headline box: a line at the foot of the window into which a headline is typed.
//!
//! It is a Bevy [`EditableText`] and not egui's text field, because Bevy lays text out with the
//! Unicode bidirectional algorithm: Arabic joins while it is typed and the caret stands where the
//! next letter will. Bevy's own keyboard handling of it lives in a crate that also brings picking;
//! the few keys needed are handled here instead, which lets Enter submit and Esc leave.
//!
//! An empty box holds one right-to-left mark, so that a headline that begins with a number or a
//! Latin name still runs from right to left.

use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::input_focus::{FocusCause, InputFocus};
use bevy::prelude::*;
use bevy::text::{EditableText, PreeditCursor, TextCursorStyle, TextEdit};
use bevy::ui::widget::{TextNodeFlags, TextScroll};
use bevy::ui::{ComputedUiRenderTargetInfo, ContentSize, UiGlobalTransform};
use bevy::window::{Ime, PrimaryWindow};

/// The height of the line with the box in it, in logical pixels.
pub(super) const STRIP_HEIGHT: f32 = 60.0;
/// The longest headline that can be typed, in characters.
const MAX_CHARACTERS: usize = 2_000;
const RIGHT_TO_LEFT_MARK: &str = "\u{200F}";
const PLACEHOLDER: &str = "اكتب عنوانًا ثم اضغط Enter";

const STRIP: Color = Color::srgb(0.075, 0.085, 0.10);
const FIELD: Color = Color::srgb(0.03, 0.035, 0.045);
const EDGE: Color = Color::srgb(0.30, 0.34, 0.39);
const FOCUS_RING: Color = Color::srgb(0.45, 0.78, 1.0);
const DIM: Color = Color::srgb(0.62, 0.66, 0.71);

/// The text field itself.
#[derive(Component)]
pub(super) struct HeadlineBox;

/// The line that holds it.
#[derive(Component)]
pub(super) struct Strip;

#[derive(Component)]
struct Placeholder;

/// A headline was typed and Enter pressed.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct Submitted(pub String);

/// What a key does in the box.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum BoxKey {
    /// Changes the text or moves the caret.
    Edit(TextEdit),
    /// The headline is complete.
    Submit,
    /// Back to the viewer's keys.
    Leave,
    /// Nothing.
    Ignore,
}

/// Modifier keys that are held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modifiers {
    /// Shift.
    pub(super) shift: bool,
    /// Control, or Command on a Mac.
    pub(super) command: bool,
    /// The Super key, or Control on a Mac.
    pub(super) other: bool,
}

const COMMAND: Key = if cfg!(target_os = "macos") { Key::Super } else { Key::Control };
const OTHER: Key = if cfg!(target_os = "macos") { Key::Control } else { Key::Super };

impl Modifiers {
    /// Those held now.
    pub(super) fn held(keys: &ButtonInput<Key>) -> Self {
        Self { shift: keys.pressed(Key::Shift), command: keys.pressed(COMMAND), other: keys.pressed(OTHER) }
    }

    /// Takes note of a key that is a modifier; says whether it is one.
    pub(super) fn follow(&mut self, key: &KeyboardInput) -> bool {
        let held = match &key.logical_key {
            Key::Shift => &mut self.shift,
            pressed if *pressed == COMMAND => &mut self.command,
            pressed if *pressed == OTHER => &mut self.other,
            _ => return false,
        };
        *held = key.state.is_pressed();
        true
    }
}

/// What a key press does in the box.
pub(super) fn box_key(key: &KeyboardInput, held: Modifiers) -> BoxKey {
    use TextEdit as E;
    let extend = held.shift;
    let edit = match (&key.logical_key, held.command) {
        (Key::Enter, _) => return BoxKey::Submit,
        (Key::Escape, _) => return BoxKey::Leave,
        (Key::Paste, _) => E::Paste,
        (Key::Copy, _) => E::Copy,
        (Key::Cut, _) => E::Cut,
        (Key::Character(c), true) => match c.to_lowercase().as_str() {
            "a" | "ش" => E::SelectAll,
            "c" | "ؤ" => E::Copy,
            "x" | "ء" => E::Cut,
            "v" | "ر" => E::Paste,
            _ => return BoxKey::Ignore,
        },
        (Key::Backspace, false) => E::Backspace,
        (Key::Backspace, true) => E::BackspaceWord,
        (Key::Delete, false) => E::Delete,
        (Key::Delete, true) => E::DeleteWord,
        (Key::ArrowLeft, false) => E::Left(extend),
        (Key::ArrowLeft, true) => E::WordLeft(extend),
        (Key::ArrowRight, false) => E::Right(extend),
        (Key::ArrowRight, true) => E::WordRight(extend),
        (Key::Home, _) => E::LineStart(extend),
        (Key::End, _) => E::LineEnd(extend),
        _ => match &key.text {
            Some(text) if !held.command && !held.other && text.chars().all(|c| !c.is_control()) => {
                E::Insert(text.clone())
            }
            _ => return BoxKey::Ignore,
        },
    };
    BoxKey::Edit(edit)
}

/// What is in the box, without the mark that gives its direction.
pub(super) fn headline_in(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{200E}'..='\u{200F}').contains(&c))
}

/// Makes the box. `camera` draws it; `font` has Arabic letters.
pub(super) fn spawn(commands: &mut Commands, camera: Entity, font: &TextFont) {
    let strip = Node {
        position_type: PositionType::Absolute,
        bottom: px(0),
        left: px(0),
        width: percent(100),
        height: px(STRIP_HEIGHT),
        padding: UiRect::axes(px(10), px(7)),
        ..default()
    };
    let field = Node {
        width: percent(100),
        height: percent(100),
        border: px(2).all(),
        padding: UiRect::axes(px(14), px(4)),
        border_radius: BorderRadius::all(px(8)),
        align_items: AlignItems::Center,
        overflow: Overflow::clip(),
        ..default()
    };
    commands.spawn((Strip, strip, BackgroundColor(STRIP), UiTargetCamera(camera))).with_children(|strip| {
        strip.spawn((field, BackgroundColor(FIELD), BorderColor::all(EDGE))).with_children(|field| {
            field.spawn(editor(font));
            field.spawn(placeholder(font));
        });
    });
}

fn editor(font: &TextFont) -> impl Bundle {
    let text = EditableText {
        cursor_width: 0.08,
        max_characters: Some(MAX_CHARACTERS),
        ..EditableText::new(RIGHT_TO_LEFT_MARK)
    };
    let cursor = TextCursorStyle {
        color: Color::WHITE,
        selection_color: Color::srgb(0.16, 0.38, 0.62),
        unfocused_selection_color: Color::NONE,
        selected_text_color: None,
    };
    (
        HeadlineBox,
        text,
        cursor,
        font.clone(),
        TextColor(Color::WHITE),
        TextLayout::new(Justify::Start, LineBreak::NoWrap),
        Node { width: percent(100), ..default() },
        (TextNodeFlags::default(), ContentSize::default(), TextScroll::default()),
    )
}

fn placeholder(font: &TextFont) -> impl Bundle {
    (
        Placeholder,
        Text::new(PLACEHOLDER),
        TextFont { font_size: FontSize::Px(18.0), ..font.clone() },
        TextColor(DIM),
        Node { position_type: PositionType::Absolute, right: px(16), ..default() },
    )
}

/// Systems of the box that are not the panel's key handler.
pub(super) fn plugin(app: &mut App) {
    app.add_message::<Submitted>()
        .add_systems(PreUpdate, (compose, click).after(bevy::input::InputSystems))
        .add_systems(Update, (keep_direction, show_focus, place_candidates));
}

/// Whether the box has the keyboard.
pub(super) fn has_focus(focus: &InputFocus, field: Option<Entity>) -> bool {
    field.is_some() && focus.get() == field
}

/// What became of a key press in the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// It has to wait for the next frame, when the edits before it have been applied.
    NotYet,
    /// This headline is complete; the box is empty again.
    Submitted(String),
    /// The box was left.
    Left,
}

/// Does one key press in the box.
pub(super) fn apply(key: BoxKey, text: &mut EditableText) -> Outcome {
    match key {
        BoxKey::Ignore => Outcome::Done,
        _ if text.is_composing() => Outcome::Done,
        BoxKey::Leave => Outcome::Left,
        BoxKey::Edit(edit) => {
            text.queue_edit(edit);
            Outcome::Done
        }
        BoxKey::Submit if !text.pending_edits.is_empty() => Outcome::NotYet,
        BoxKey::Submit => {
            let headline = headline_in(&text.value().to_string()).to_owned();
            // `EditableText::clear` leaves the caret where it was, beyond the text's end.
            replace(text, RIGHT_TO_LEFT_MARK);
            if headline.is_empty() { Outcome::Done } else { Outcome::Submitted(headline) }
        }
    }
}

fn replace(text: &mut EditableText, with: &str) {
    text.queue_edit(TextEdit::SelectAll);
    text.queue_edit(TextEdit::Insert(with.into()));
}

fn one_line(pasted: &str) -> String {
    pasted
        .split(char::is_control)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Input methods compose in the box while it has the keyboard.
fn compose(
    mut messages: MessageReader<Ime>,
    focus: Res<InputFocus>,
    mut window: Query<&mut Window, With<PrimaryWindow>>,
    mut field: Query<(Entity, &mut EditableText), With<HeadlineBox>>,
) {
    let Ok((entity, mut text)) = field.single_mut() else { return };
    let focused = has_focus(&focus, Some(entity));
    if focus.is_changed()
        && let Ok(mut window) = window.single_mut()
    {
        window.ime_enabled = focused;
    }
    for message in messages.read() {
        if !focused {
            continue;
        }
        text.queue_edit(match message {
            Ime::Preedit { value, cursor, .. } => TextEdit::ImeSetCompose {
                value: value.as_str().into(),
                cursor: cursor.map(|(anchor, focus)| PreeditCursor { anchor, focus }),
            },
            Ime::Commit { value, .. } => TextEdit::ImeCommit { value: value.as_str().into() },
            Ime::Enabled { .. } | Ime::Disabled { .. } => TextEdit::clear_ime_compose(),
        });
    }
}

type FieldPlace = (
    Entity,
    &'static mut EditableText,
    &'static ComputedNode,
    &'static UiGlobalTransform,
    &'static ComputedUiRenderTargetInfo,
    &'static TextScroll,
    &'static ChildOf,
);

/// A click puts the caret, a drag selects; a click elsewhere gives the keyboard back.
fn click(
    buttons: Res<ButtonInput<MouseButton>>,
    window: Query<&Window, With<PrimaryWindow>>,
    mut field: Query<FieldPlace, With<HeadlineBox>>,
    frames: Query<(&ComputedNode, &UiGlobalTransform), Without<HeadlineBox>>,
    mut focus: ResMut<InputFocus>,
) {
    // A short click may have ended within the frame that it began in.
    let begun = buttons.just_pressed(MouseButton::Left);
    if !begun && !buttons.pressed(MouseButton::Left) {
        return;
    }
    let Ok((entity, mut text, node, transform, _, scroll, parent)) = field.single_mut() else { return };
    let Some(cursor) = window.single().ok().and_then(Window::physical_cursor_position) else { return };
    let local = transform
        .try_inverse()
        .map(|inverse| inverse.transform_point2(cursor) - node.content_box().min + scroll.0);
    let inside = frames.get(parent.parent()).is_ok_and(|(node, &at)| node.contains_point(at, cursor));
    let focused = has_focus(&focus, Some(entity));
    match (begun, inside, local) {
        (true, true, Some(local)) => {
            focus.set(entity, FocusCause::Pressed);
            text.queue_edit(TextEdit::MoveToPoint(local));
        }
        (true, false, _) if focused => focus.clear(),
        (false, _, Some(local)) if focused => text.queue_edit(TextEdit::ExtendSelectionToPoint(local)),
        _ => {}
    }
}

/// Puts the mark back whenever the box has been emptied, makes one line of pasted lines, and shows
/// what to do in an empty box.
fn keep_direction(
    mut field: Query<&mut EditableText, (With<HeadlineBox>, Changed<EditableText>)>,
    mut placeholder: Query<&mut Visibility, With<Placeholder>>,
) {
    let Ok(mut text) = field.single_mut() else { return };
    let value = text.value().to_string();
    if value.contains(char::is_control) {
        replace(&mut text, &one_line(&value));
    } else if value.is_empty() && text.pending_edits.is_empty() {
        text.queue_edit(TextEdit::Insert(RIGHT_TO_LEFT_MARK.into()));
    }
    let shown = if headline_in(&value).is_empty() { Visibility::Inherited } else { Visibility::Hidden };
    for mut visibility in &mut placeholder {
        visibility.set_if_neq(shown);
    }
}

fn show_focus(
    focus: Res<InputFocus>,
    field: Query<(Entity, &ChildOf), With<HeadlineBox>>,
    mut borders: Query<&mut BorderColor>,
) {
    let Ok((entity, parent)) = field.single() else { return };
    if focus.is_changed()
        && let Ok(mut border) = borders.get_mut(parent.parent())
    {
        *border = BorderColor::all(if has_focus(&focus, Some(entity)) { FOCUS_RING } else { EDGE });
    }
}

/// Tells the input method where the caret is, so that its candidates stand beside it.
fn place_candidates(
    focus: Res<InputFocus>,
    field: Query<(Entity, &EditableText, &ComputedNode, &UiGlobalTransform, &TextScroll), With<HeadlineBox>>,
    mut window: Query<&mut Window, With<PrimaryWindow>>,
) {
    let (Ok((entity, text, node, transform, scroll)), Ok(mut window)) = (field.single(), window.single_mut())
    else {
        return;
    };
    if !has_focus(&focus, Some(entity)) {
        return;
    }
    let area = text.editor().ime_cursor_area();
    let local = Vec2::new(area.x0 as f32, area.y1 as f32) + node.content_box().min - scroll.0;
    let position = transform.affine().transform_point2(local) / window.scale_factor();
    if window.ime_position != position {
        window.ime_position = position;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::input::ButtonState;
    use bevy::input::keyboard::KeyCode;

    fn press(logical_key: Key, text: Option<&str>) -> KeyboardInput {
        KeyboardInput {
            key_code: KeyCode::KeyS,
            logical_key,
            state: ButtonState::Pressed,
            text: text.map(Into::into),
            repeat: false,
            window: Entity::PLACEHOLDER,
        }
    }

    #[test]
    fn letters_are_typed_and_not_taken_for_the_viewers_keys() {
        let key = press(Key::Character("ر".into()), Some("ر"));
        assert_eq!(box_key(&key, Modifiers::default()), BoxKey::Edit(TextEdit::Insert("ر".into())));
    }

    #[test]
    fn shortcuts_work_under_an_arabic_layout() {
        let held = Modifiers { command: true, ..Modifiers::default() };
        assert_eq!(box_key(&press(Key::Character("ر".into()), None), held), BoxKey::Edit(TextEdit::Paste));
        assert_eq!(box_key(&press(Key::Character("v".into()), None), held), BoxKey::Edit(TextEdit::Paste));
    }

    #[test]
    fn tab_and_control_characters_are_not_typed() {
        assert_eq!(box_key(&press(Key::Tab, Some("\t")), Modifiers::default()), BoxKey::Ignore);
        assert_eq!(box_key(&press(Key::Enter, Some("\r")), Modifiers::default()), BoxKey::Submit);
    }

    #[test]
    fn enter_waits_for_the_letters_typed_before_it() {
        let mut text = EditableText::new("حلب");
        assert_eq!(apply(BoxKey::Submit, &mut text), Outcome::NotYet);
        text.pending_edits.clear();
        assert_eq!(apply(BoxKey::Submit, &mut text), Outcome::Submitted("حلب".into()));
        assert!(!text.pending_edits.is_empty());
    }

    #[test]
    fn the_direction_mark_is_not_part_of_the_headline() {
        assert_eq!(headline_in("\u{200F} 25 قتيلاً \u{200F}"), "25 قتيلاً");
        assert_eq!(headline_in(RIGHT_TO_LEFT_MARK), "");
    }

    #[test]
    fn pasted_lines_become_one() {
        assert_eq!(one_line("سوريا\r\n  حلب\n\n"), "سوريا حلب");
    }
}
