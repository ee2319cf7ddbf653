//! The caption strip: the headline, right to left, the word being signed standing out, a mark for
//! what is spelled or only practised.
//!
//! The strip is the picture's lowest part, and the framing keeps the signing space above it. A long
//! headline is shown by pages of two lines.

use super::camera::{CAPTION_SHARE, StageCamera};
use super::caption_text::{Mark, Word, overlap, pages, words};
use super::highlight::spawn_boxes;
use super::{Playback, StageFont};
use crate::interpreter::Plan;
use crate::lexicon::Provenance;
use bevy::prelude::*;
use bevy::text::{FontSize, LineHeight};
use std::ops::Range;
use std::sync::Arc;

/// Height of the letters, percent of the picture's height.
const FONT_VH: f32 = 4.6;
/// Average advance of an Arabic letter, as a share of the font's size.
const LETTER_WIDTH: f32 = 0.46;
/// Makes a line run right to left whatever it begins with.
const RIGHT_TO_LEFT: &str = "\u{200F}";

const STRIP: Color = Color::srgb(0.09, 0.11, 0.13);
const TEXT: Color = Color::srgb(0.97, 0.97, 0.95);
const UNSIGNED: Color = Color::srgb(0.72, 0.74, 0.76);
const CURRENT: Color = Color::srgb(0.06, 0.07, 0.09);
pub(super) const PRACTICE: Color = Color::srgb(1.0, 0.60, 0.24);
const SPELLED: Color = Color::srgb(0.48, 0.78, 1.0);

/// What is said of a practice sign: it is of no language.
pub(super) const PRACTICE_MARK: &str = "إشارة تدريبية – ليست من لغة الإشارة السورية";

/// Whether captions are shown, and how large.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Captions {
    /// Whether they are shown.
    pub visible: bool,
    /// Their size relative to the usual one.
    pub scale: f32,
}

impl Default for Captions {
    fn default() -> Self {
        Self { visible: true, scale: 1.0 }
    }
}

/// The strip with everything in it.
#[derive(Component)]
pub(super) struct Strip;

/// The line of text; its children are the words.
#[derive(Component)]
pub(super) struct Line;

/// A word on the page: its index in the headline.
#[derive(Component)]
pub(super) struct WordSpan(usize);

/// A word that belongs to the sign being made.
#[derive(Component)]
pub(super) struct Lit;

/// The mark of the sign being made: a shape and a text.
#[derive(Component)]
pub(super) struct Tag;

/// The tag's shape.
#[derive(Component)]
pub(super) struct TagShape;

/// The tag's text.
#[derive(Component)]
pub(super) struct TagText;

/// The headline in the strip, cut into pages.
#[derive(Resource, Default)]
pub(super) struct Shown {
    plan: Option<Arc<Plan>>,
    words: Vec<Word>,
    pages: Vec<Range<usize>>,
    page: usize,
    /// Letters on a line, for which the pages were made.
    line_chars: usize,
    scale: f32,
}

pub(super) fn spawn(mut commands: Commands, font: Res<StageFont>) {
    let strip = Node {
        position_type: PositionType::Absolute,
        left: Val::ZERO,
        right: Val::ZERO,
        bottom: Val::ZERO,
        height: Val::Vh(100.0 * CAPTION_SHARE),
        padding: UiRect::axes(Val::Vw(3.0), Val::Vh(0.6)),
        flex_direction: FlexDirection::Column,
        justify_content: JustifyContent::Center,
        align_items: AlignItems::Center,
        row_gap: Val::Vh(0.9),
        ..default()
    };
    let tag = Node {
        height: Val::Vh(2.8),
        column_gap: Val::Vh(1.4),
        flex_direction: FlexDirection::RowReverse,
        align_items: AlignItems::Center,
        ..default()
    };
    let shape =
        Node { width: Val::Vh(1.5), height: Val::Vh(1.5), border: UiRect::all(Val::Vh(0.3)), ..default() };
    commands.spawn((Strip, strip, BackgroundColor(STRIP), Visibility::Hidden)).with_children(|strip| {
        spawn_boxes(strip);
        strip.spawn((Tag, tag, Visibility::Hidden)).with_children(|tag| {
            tag.spawn((TagShape, shape, BackgroundColor(Color::NONE), BorderColor::all(TEXT)));
            tag.spawn((TagText, Text::default(), text_font(&font, 2.3), TextColor(TEXT)));
        });
        strip.spawn((
            Line,
            Text::new(RIGHT_TO_LEFT),
            text_font(&font, FONT_VH),
            LineHeight::RelativeToFont(1.25),
            TextLayout::justify(Justify::Center),
        ));
    });
}

/// The stage's font at a height in percent of the picture's.
pub(super) fn text_font(font: &StageFont, height_vh: f32) -> TextFont {
    TextFont { font: font.0.clone().into(), font_size: FontSize::Vh(height_vh), ..default() }
}

/// Cuts a new headline into pages, and the same one again when the picture's shape changes.
pub(super) fn take_headline(
    playback: Res<Playback>,
    captions: Res<Captions>,
    cameras: Query<&Camera, With<StageCamera>>,
    mut shown: ResMut<Shown>,
    mut strips: Query<&mut Visibility, With<Strip>>,
) {
    let wanted = if captions.visible && playback.current().is_some() {
        Visibility::Inherited
    } else {
        Visibility::Hidden
    };
    for mut visibility in &mut strips {
        visibility.set_if_neq(wanted);
    }
    let Some(size) = cameras.iter().find_map(Camera::logical_viewport_size) else { return };
    let font_size = size.y * FONT_VH * captions.scale / 100.0;
    let line_chars = ((0.94 * size.x / (font_size * LETTER_WIDTH)) as usize).max(8);
    let current = playback.current();
    // The plan's, because an utterance is replaced while it grows.
    let same = match (current, &shown.plan) {
        (Some(current), Some(old)) => Arc::ptr_eq(&current.plan, old),
        (None, _) => true,
        (Some(_), None) => false,
    };
    if same && shown.line_chars == line_chars && shown.scale == captions.scale {
        return;
    }
    let words = current.map_or_else(Vec::new, |utterance| words(&utterance.plan));
    let pages = pages(&words, 2 * line_chars * 9 / 10);
    // A page that does not exist makes the next system write the line.
    *shown = Shown {
        plan: current.map(|utterance| utterance.plan.clone()),
        words,
        pages,
        page: usize::MAX,
        line_chars,
        scale: captions.scale,
    };
}

/// Writes the page on which the word being signed stands.
pub(super) fn turn_page(
    mut commands: Commands,
    playback: Res<Playback>,
    font: Res<StageFont>,
    mut shown: ResMut<Shown>,
    lines: Query<(Entity, Option<&Children>), With<Line>>,
) {
    let current = current_words(&playback, &shown);
    let kept = if shown.page < shown.pages.len() { shown.page } else { 0 };
    let page =
        current.and_then(|words| shown.pages.iter().position(|page| overlap(page, &words))).unwrap_or(kept);
    if page == shown.page {
        return;
    }
    shown.page = page;
    let range = shown.pages.get(page).cloned().unwrap_or(0..0);
    for (line, children) in &lines {
        for child in children.into_iter().flatten() {
            commands.entity(*child).despawn();
        }
        let font = text_font(&font, FONT_VH * shown.scale);
        commands.entity(line).insert(font.clone()).with_children(|line| {
            for index in range.clone() {
                spawn_word(line, index, &shown.words[index], font.clone());
            }
        });
    }
}

fn spawn_word(line: &mut ChildSpawnerCommands<'_>, index: usize, word: &Word, font: TextFont) {
    let mut entity = line.spawn((
        WordSpan(index),
        TextSpan::new(word.shown.trim_end()),
        font.clone(),
        LineHeight::RelativeToFont(1.25),
        TextColor(color(word.mark)),
    ));
    match word.mark {
        Mark::Practice => entity.insert((Underline, UnderlineColor(PRACTICE))),
        Mark::Spelled => entity.insert((Underline, UnderlineColor(SPELLED))),
        Mark::None | Mark::Unsigned => &mut entity,
    };
    if word.shown.ends_with(' ') {
        // On its own, so that neither mark nor box reaches beyond the word.
        line.spawn((TextSpan::new(" "), font, LineHeight::RelativeToFont(1.25)));
    }
}

/// Height of the letters in a strip of that height, in its unit.
pub(super) fn letter_height(strip_height: f32, shown: &Shown) -> f32 {
    strip_height / CAPTION_SHARE * FONT_VH / 100.0 * shown.scale
}

fn color(mark: Mark) -> Color {
    match mark {
        Mark::Unsigned => UNSIGNED,
        Mark::None | Mark::Spelled | Mark::Practice => TEXT,
    }
}

/// The words that the sign being made covers, as a range of their indices.
fn current_words(playback: &Playback, shown: &Shown) -> Option<Range<usize>> {
    let sign = playback.current()?.plan.signs.get(playback.latest_span()?.sign)?;
    let covered = |word: &Word| overlap(&word.span, &sign.span);
    let first = shown.words.iter().position(covered)?;
    let last = shown.words.iter().rposition(covered)?;
    Some(first..last + 1)
}

/// Makes the word being signed stand out: dark on a bright box (see [`super::highlight`]).
pub(super) fn highlight(
    mut commands: Commands,
    playback: Res<Playback>,
    shown: Res<Shown>,
    mut spans: Query<(Entity, &WordSpan, &mut TextColor, Has<Lit>)>,
) {
    let current = current_words(&playback, &shown).unwrap_or(0..0);
    for (entity, span, mut text, was_lit) in &mut spans {
        let Some(word) = shown.words.get(span.0) else { continue };
        let lit = current.contains(&span.0);
        text.set_if_neq(TextColor(if lit { CURRENT } else { color(word.mark) }));
        match (lit, was_lit) {
            (true, false) => drop(commands.entity(entity).insert(Lit)),
            (false, true) => drop(commands.entity(entity).remove::<Lit>()),
            _ => {}
        }
    }
}

/// Says above the headline what kind of sign is being made, where that must be known.
pub(super) fn show_tag(
    playback: Res<Playback>,
    mut tags: Query<&mut Visibility, With<Tag>>,
    mut shapes: Query<(&mut BackgroundColor, &mut BorderColor), With<TagShape>>,
    mut texts: Query<(&mut Text, &mut TextColor), With<TagText>>,
) {
    let said = playback.shown_from().and_then(tag);
    for mut visibility in &mut tags {
        // The strip's own visibility is inherited, so a hidden strip hides its tag.
        visibility.set_if_neq(if said.is_some() { Visibility::Inherited } else { Visibility::Hidden });
    }
    let Some((text, color, filled)) = said else { return };
    for (mut back, mut border) in &mut shapes {
        back.set_if_neq(BackgroundColor(if filled { color } else { Color::NONE }));
        border.set_if_neq(BorderColor::all(color));
    }
    for (mut line, mut text_color) in &mut texts {
        let text = format!("{RIGHT_TO_LEFT}{text}");
        if line.0 != text {
            line.0 = text;
        }
        text_color.set_if_neq(TextColor(color));
    }
}

/// Text, colour and whether the shape is filled; colour is never the only difference.
fn tag(provenance: &Provenance) -> Option<(&'static str, Color, bool)> {
    // Retrieved or imitated, an invented sign stays one.
    if provenance.is_practice() {
        return Some((PRACTICE_MARK, PRACTICE, true));
    }
    match provenance {
        Provenance::Letter { .. } => {
            Some(("تهجئة بالأصابع – حروف مقيسة من تسجيلات أردنية، لم تُراجَع بعد", SPELLED, false))
        }
        Provenance::Generated { .. } => Some(("حركة ولّدها نموذج آلي", PRACTICE, false)),
        Provenance::Retrieved { .. } => Some(("أقرب تسجيل إلى الكلمة", SPELLED, true)),
        Provenance::Recorded { .. } | Provenance::Practice => None,
    }
}
