//! The label that says what the viewer sees: an automatic avatar, not an interpreter.

use super::captions::{PRACTICE, PRACTICE_MARK, text_font};
use super::{Captions, CloseUp, Playback, StageFont};
use crate::lexicon::Provenance;
use bevy::prelude::*;

/// The upper corner in which the label stands. It can be placed, not removed.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LabelCorner {
    /// The viewer's left.
    #[default]
    Left,
    /// The viewer's right.
    Right,
}

/// The label's line that a practice sign brings up where there are no captions to carry its mark.
#[derive(Component)]
pub(super) struct PracticeLine;

/// The label's box.
#[derive(Component)]
pub(super) struct Label;

/// Not transparent: a key colour that shines through cannot be keyed.
const BACK: Color = Color::srgb(0.13, 0.16, 0.19);
const ARABIC: Color = Color::srgb(0.97, 0.97, 0.95);
const ENGLISH: Color = Color::srgb(0.80, 0.83, 0.86);

pub(super) fn spawn(mut commands: Commands, font: Res<StageFont>) {
    let column = Node {
        position_type: PositionType::Absolute,
        top: Val::Vh(2.5),
        padding: UiRect::axes(Val::Vh(1.6), Val::Vh(0.8)),
        flex_direction: FlexDirection::Column,
        align_items: AlignItems::Center,
        border_radius: BorderRadius::all(Val::Vh(0.8)),
        ..default()
    };
    commands.spawn((Label, column, BackgroundColor(BACK))).with_children(|label| {
        label.spawn((
            Text::new("\u{200F}أفاتار آلي – ترجمة تلقائية"),
            text_font(&font, 2.8),
            TextColor(ARABIC),
        ));
        label.spawn((
            Text::new("Automatic avatar, not an interpreter"),
            text_font(&font, 1.7),
            TextColor(ENGLISH),
        ));
        label.spawn((
            PracticeLine,
            Node { display: Display::None, ..default() },
            Text::new(format!("\u{200F}{PRACTICE_MARK}")),
            text_font(&font, 2.3),
            TextColor(PRACTICE),
        ));
    });
}

/// A practice sign is marked whether there are captions or not.
pub(super) fn show_practice(
    playback: Res<Playback>,
    captions: Res<Captions>,
    mut lines: Query<&mut Node, With<PracticeLine>>,
) {
    let practice = playback.shown_from().is_some_and(Provenance::is_practice);
    let display = if practice && !captions.visible { Display::Flex } else { Display::None };
    for mut node in &mut lines {
        if node.display != display {
            node.display = display;
        }
    }
}

/// A close-up is looked at by whoever judges the avatar, and the label would cover it.
pub(super) fn clear_for_close_ups(close_up: Res<CloseUp>, mut labels: Query<&mut Visibility, With<Label>>) {
    let wanted = if close_up.0.is_some() { Visibility::Hidden } else { Visibility::Inherited };
    for mut visibility in &mut labels {
        visibility.set_if_neq(wanted);
    }
}

pub(super) fn place(corner: Res<LabelCorner>, mut labels: Query<&mut Node, With<Label>>) {
    if !corner.is_changed() {
        return;
    }
    for mut node in &mut labels {
        let (left, right) = match *corner {
            LabelCorner::Left => (Val::Vh(2.5), Val::Auto),
            LabelCorner::Right => (Val::Auto, Val::Vh(2.5)),
        };
        node.left = left;
        node.right = right;
    }
}
