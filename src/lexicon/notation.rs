//! The notation that signs are written in: a few words a field, one table a sign.
//!
//! ```toml
//! shape = "flat > fist"          # handshapes gone through, evenly over the stroke
//! at = "chin, down 0.05"         # a place, then offsets in shoulder widths
//! touch = "index"                # the part of the hand that is at the place, on the skin
//! palm = "in > down"             # where the palm faces …
//! fingers = "up"                 # … and where the fingers point
//! move = "down 0.2 + wiggle"     # steps after `,`; done together with `+`; `x3` repeats
//! hands = "mirror"               # one, mirror, alternate or parallel
//! base = { shape = "flat", palm = "up", fingers = "in" }   # the other hand, which stays
//! face = "brows-up pucker"
//! head = "nod"
//! secs = 0.7
//! ```
//! All is written for the right hand; `mirror` and `alternate` let the left hand do the same as in
//! a mirror, `parallel` lets it travel the same way. Only `shape` and `at` must be there.
//! This file turns the words into [`Notation`]; the compiler makes a motion of that.

use super::error::suggestion;
use super::handshapes::Handshapes;
use super::movement::{Step, parse_steps};
use super::non_manual::{BodyMark, FaceMark, HeadMark};
use super::orientation::{direction, palm_rotation, presented};
use crate::body::{HandShape, Place, Side};
use glam::{Quat, Vec3};
use serde::Deserialize;
use toml::Spanned;

/// The fields of a sign's motion, as they stand in the text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MotionText {
    pub(super) shape: Spanned<String>,
    pub(super) at: Spanned<String>,
    pub(super) touch: Option<Spanned<String>>,
    pub(super) palm: Option<Spanned<String>>,
    pub(super) fingers: Option<Spanned<String>>,
    #[serde(rename = "move")]
    pub(super) movement: Option<Spanned<String>>,
    pub(super) hands: Option<Spanned<String>>,
    pub(super) base: Option<BaseText>,
    pub(super) face: Option<Spanned<String>>,
    pub(super) head: Option<Spanned<String>>,
    pub(super) body: Option<Spanned<String>>,
    pub(super) secs: Option<Spanned<f32>>,
}

/// The hand that stays, as it stands in the text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BaseText {
    shape: Spanned<String>,
    at: Option<Spanned<String>>,
    palm: Option<Spanned<String>>,
    fingers: Option<Spanned<String>>,
}

/// A mistake in one field.
#[derive(Debug)]
pub(super) struct FieldError {
    /// The field's name.
    pub(super) field: &'static str,
    /// Byte offset of its value in the file.
    pub(super) at: usize,
    /// What is wrong and what is known.
    pub(super) message: String,
}

/// Which part of a hand is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HandPart {
    Index,
    Middle,
    Little,
    Thumb,
    /// Between the tips of index and middle finger.
    Tips,
    Palm,
    Back,
    Knuckles,
    /// The edge on the little finger's side.
    Edge,
    /// The edge on the thumb's side.
    ThumbEdge,
    Heel,
    Wrist,
}

impl HandPart {
    const NAMES: [(&str, HandPart); 12] = [
        ("index", HandPart::Index),
        ("middle", HandPart::Middle),
        ("little", HandPart::Little),
        ("thumb", HandPart::Thumb),
        ("tips", HandPart::Tips),
        ("palm", HandPart::Palm),
        ("back", HandPart::Back),
        ("knuckles", HandPart::Knuckles),
        ("edge", HandPart::Edge),
        ("thumb-edge", HandPart::ThumbEdge),
        ("heel", HandPart::Heel),
        ("wrist", HandPart::Wrist),
    ];

    fn parse(name: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, part)| *part);
        known.ok_or_else(|| {
            format!("{name:?} is not a part of the hand{}", suggestion(name, Self::NAMES.map(|(n, _)| n)))
        })
    }
}

/// What a hand is placed by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    /// A place of the body.
    Body(Place),
    /// A part of the base hand.
    Base(HandPart),
}

/// Where a hand is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Location {
    pub(super) anchor: Anchor,
    /// From there, shoulder widths, for the right hand.
    pub(super) offset: Vec3,
    /// The part that is there, on the skin; none: the palm, before it.
    pub(super) touch: Option<HandPart>,
}

/// The two hands' parts in a sign.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Hands {
    One,
    Mirror,
    Alternate,
    Parallel,
    Base(BaseHand),
}

/// The hand that stays while the other acts on it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BaseHand {
    pub(super) shape: HandShape,
    pub(super) palm: Quat,
    pub(super) location: Location,
}

/// A sign's motion, parsed: all for the right hand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Notation {
    pub(super) hands: Hands,
    pub(super) shapes: Vec<HandShape>,
    pub(super) palms: Vec<Quat>,
    pub(super) location: Location,
    pub(super) steps: Vec<Step>,
    pub(super) face: Vec<FaceMark>,
    pub(super) head: Option<HeadMark>,
    pub(super) body: Option<BodyMark>,
    /// The stroke's length, seconds; none: as long as its steps take.
    pub(super) seconds: Option<f32>,
}

impl Notation {
    /// Parses the fields.
    pub(super) fn parse(text: &MotionText, shapes: &Handshapes) -> Result<Notation, FieldError> {
        let base = text.base.as_ref().map(|base| parse_base(base, shapes)).transpose()?;
        let touch = field("touch", text.touch.as_ref(), HandPart::parse)?;
        let mut location = in_field("at", &text.at, |words| parse_location(words, Side::Right))?;
        location.touch = touch;
        if base.is_none() && matches!(location.anchor, Anchor::Base(_)) {
            return Err(mistake("at", &text.at, "is on the base hand, but the sign has no `base`".into()));
        }
        Ok(Notation {
            hands: parse_hands(text.hands.as_ref(), base)?,
            shapes: in_field("shape", &text.shape, |words| {
                words.split('>').map(|name| shapes.get(name.trim())).collect()
            })?,
            palms: parse_palms(text.palm.as_ref(), text.fingers.as_ref(), Side::Right)?,
            location,
            steps: field("move", text.movement.as_ref(), parse_steps)?.unwrap_or_default(),
            face: field("face", text.face.as_ref(), FaceMark::parse_list)?.unwrap_or_default(),
            head: field("head", text.head.as_ref(), HeadMark::parse)?,
            body: field("body", text.body.as_ref(), BodyMark::parse)?,
            seconds: parse_seconds(text.secs.as_ref())?,
        })
    }
}

fn mistake<T>(field: &'static str, value: &Spanned<T>, message: String) -> FieldError {
    FieldError { field, at: value.span().start, message }
}

fn in_field<T>(
    name: &'static str,
    value: &Spanned<String>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, FieldError> {
    parse(value.as_ref().trim()).map_err(|message| mistake(name, value, message))
}

fn field<T>(
    name: &'static str,
    value: Option<&Spanned<String>>,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, FieldError> {
    value.map(|value| in_field(name, value, parse)).transpose()
}

fn parse_seconds(value: Option<&Spanned<f32>>) -> Result<Option<f32>, FieldError> {
    match value {
        Some(secs) if !(0.2..=3.0).contains(secs.as_ref()) => {
            Err(mistake("secs", secs, format!("{} is not between 0.2 and 3 seconds", secs.as_ref())))
        }
        other => Ok(other.map(|secs| *secs.as_ref())),
    }
}

fn parse_hands(value: Option<&Spanned<String>>, base: Option<BaseHand>) -> Result<Hands, FieldError> {
    const KNOWN: [&str; 4] = ["one", "mirror", "alternate", "parallel"];
    let Some(value) = value else { return Ok(base.map_or(Hands::One, Hands::Base)) };
    if base.is_some() {
        let message = "a sign with a `base` hand has no `hands`: leave one of them out".to_owned();
        return Err(mistake("hands", value, message));
    }
    in_field("hands", value, |word| match word {
        "one" => Ok(Hands::One),
        "mirror" => Ok(Hands::Mirror),
        "alternate" => Ok(Hands::Alternate),
        "parallel" => Ok(Hands::Parallel),
        other => Err(format!("{other:?} is not known{}", suggestion(other, KNOWN))),
    })
}

fn parse_base(text: &BaseText, shapes: &Handshapes) -> Result<BaseHand, FieldError> {
    let shape = in_field("base.shape", &text.shape, |name| shapes.get(name))?;
    let palms = parse_palms(text.palm.as_ref(), text.fingers.as_ref(), Side::Left)?;
    let location = field("base.at", text.at.as_ref(), |words| parse_location(words, Side::Left))?;
    let location = location.unwrap_or(Location {
        anchor: Anchor::Body(Place::Neutral),
        offset: Vec3::ZERO,
        touch: None,
    });
    Ok(BaseHand { shape, palm: palms.first().copied().unwrap_or(Quat::IDENTITY), location })
}

/// One rotation for each pair of palm and finger direction; the shorter list repeats its last.
fn parse_palms(
    palm: Option<&Spanned<String>>,
    fingers: Option<&Spanned<String>>,
    side: Side,
) -> Result<Vec<Quat>, FieldError> {
    let list =
        |words: &str| words.split('>').map(|w| direction(w.trim(), side)).collect::<Result<Vec<_>, _>>();
    let palms = field("palm", palm, list)?.unwrap_or_else(|| vec![Vec3::Z]);
    let along = field("fingers", fingers, list)?.unwrap_or_else(|| vec![Vec3::Y]);
    let palms_text = palm.or(fingers);
    let pick = |list: &[Vec3], i: usize| list.get(i).or(list.last()).copied().unwrap_or(Vec3::Z);
    let turns: Vec<Quat> = (0..palms.len().max(along.len()))
        .map(|i| {
            let turn = palm_rotation(side, pick(&palms, i), pick(&along, i));
            turn.map(|turn| presented(side, turn)).ok_or_else(|| FieldError {
                field: "palm",
                at: palms_text.map_or(0, |value| value.span().start),
                message: "palm and fingers lie along one line; a palm faces across its fingers".into(),
            })
        })
        .collect::<Result<_, _>>()?;
    if turns.windows(2).any(|pair| pair[0].angle_between(pair[1]) > AMBIGUOUS_TURN) {
        return Err(FieldError {
            field: "palm",
            at: palms_text.map_or(0, |value| value.span().start),
            message: "the hand turns right round; say which way, such as \"toward > in > away\"".into(),
        });
    }
    Ok(turns)
}

/// Turns above this, radians, could go either way round.
const AMBIGUOUS_TURN: f32 = 2.8;

/// `chin, down 0.05, out 0.1` or `base-palm, up 0.1`.
fn parse_location(words: &str, side: Side) -> Result<Location, String> {
    let mut parts = words.split(',').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let anchor = match name.strip_prefix("base-") {
        Some(part) => Anchor::Base(HandPart::parse(part)?),
        None => Anchor::Body(parse_place(name)?),
    };
    let mut offset = Vec3::ZERO;
    for part in parts {
        offset += parse_offset(part, side)?;
    }
    Ok(Location { anchor, offset, touch: None })
}

fn parse_place(name: &str) -> Result<Place, String> {
    use serde::de::IntoDeserializer;
    let text: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
    Place::deserialize(text).map_err(|_| {
        let known: Vec<String> = Place::ALL.iter().map(|place| place_name(*place)).collect();
        format!("place {name:?} is not known{}", suggestion(name, known.iter().map(String::as_str)))
    })
}

/// The place's name in the notation: `right-temple`.
fn place_name(place: Place) -> String {
    let mut name = String::new();
    for letter in format!("{place:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// `up-out 0.2`: a direction and a distance in shoulder widths.
pub(super) fn parse_offset(words: &str, side: Side) -> Result<Vec3, String> {
    let (way, distance) = words
        .rsplit_once(' ')
        .ok_or_else(|| format!("{words:?} is not a direction and a distance, such as \"up 0.2\""))?;
    let length: f32 = distance.parse().map_err(|_| format!("{distance:?} is not a distance"))?;
    if !(0.0..=1.5).contains(&length) {
        return Err(format!("distance {distance} is not between 0 and 1.5 shoulder widths"));
    }
    Ok(direction(way.trim(), side)? * length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_by_its_name() {
        for place in Place::ALL {
            assert_eq!(parse_place(&place_name(place)).unwrap(), place);
        }
    }

    #[test]
    fn a_location_is_a_place_and_offsets() {
        let location = parse_location("chin, down 0.05, out 0.1", Side::Right).unwrap();
        assert_eq!(location.anchor, Anchor::Body(Place::Chin));
        assert!((location.offset - Vec3::new(-0.1, -0.05, 0.0)).length() < 1e-6);
        assert_eq!(parse_location("base-palm", Side::Right).unwrap().anchor, Anchor::Base(HandPart::Palm));
    }

    #[test]
    fn mistakes_in_a_location_say_what_was_expected() {
        let wrong = |words| parse_location(words, Side::Right).unwrap_err();
        assert!(wrong("chim").contains("did you mean \"chin\""));
        assert!(wrong("chin, down").contains("direction and a distance"));
        assert!(wrong("chin, down 9").contains("between 0 and 1.5"));
        assert!(wrong("base-plam").contains("did you mean \"palm\""));
    }
}
