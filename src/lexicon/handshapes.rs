//! The named inventory of handshapes, from `assets/lexicon/handshapes.toml`.
//!
//! A handshape is written as degrees: `thumb = [abduction, flexion, mcp, ip]` and each finger as
//! `[mcp, abduction, pip, dip]`; a finger left out lies flat. `fingers` sets all four at once, the
//! single fingers then overwrite it.

use super::document::{Document, Located};
use super::error::{LexiconError, suggestion};
use crate::body::{Finger, FingerAngles, HandShape, ThumbAngles};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// Handshapes by name.
#[derive(Clone, Debug, Default)]
pub struct Handshapes {
    by_name: BTreeMap<String, HandShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShapeText {
    thumb: Option<Spanned<[f32; 4]>>,
    fingers: Option<Spanned<[f32; 4]>>,
    index: Option<Spanned<[f32; 4]>>,
    middle: Option<Spanned<[f32; 4]>>,
    ring: Option<Spanned<[f32; 4]>>,
    little: Option<Spanned<[f32; 4]>>,
}

impl Handshapes {
    /// Reads the inventory.
    ///
    /// # Errors
    /// [`LexiconError::Document`] where it is no TOML, or an angle lies outside its joint's limits.
    pub fn parse(file: &str, text: &str) -> Result<Self, LexiconError> {
        let document = Document::new(file, text);
        let shapes: BTreeMap<String, ShapeText> = document.parse()?;
        let mut by_name = BTreeMap::new();
        for (name, shape) in shapes {
            let shape = build(&document, &name, &shape)?;
            by_name.insert(name, shape);
        }
        Ok(Self { by_name })
    }

    /// The handshape of that name.
    ///
    /// # Errors
    /// Says that it is not known and which is nearest.
    pub fn get(&self, name: &str) -> Result<HandShape, String> {
        self.by_name
            .get(name)
            .copied()
            .ok_or_else(|| format!("{name:?} is not known{}", suggestion(name, self.names())))
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }
}

fn build(document: &Document, name: &str, text: &ShapeText) -> Result<HandShape, LexiconError> {
    let mut shape = HandShape::FLAT;
    if let Some([abduction, flexion, mcp, ip]) = text.thumb.as_ref().map(Spanned::as_ref).copied() {
        shape.thumb = ThumbAngles::from_degrees(abduction, flexion, mcp, ip);
    }
    if let Some([mcp, abduction, pip, dip]) = text.fingers.as_ref().map(Spanned::as_ref).copied() {
        shape.fingers = [FingerAngles::from_degrees(mcp, abduction, pip, dip); 4];
    }
    let single = [&text.index, &text.middle, &text.ring, &text.little];
    for (finger, angles) in Finger::ALL.into_iter().zip(single) {
        if let Some([mcp, abduction, pip, dip]) = angles.as_ref().map(Spanned::as_ref).copied() {
            shape.fingers[finger as usize] = FingerAngles::from_degrees(mcp, abduction, pip, dip);
        }
    }
    if shape.clamped() == shape {
        return Ok(shape);
    }
    let spans = [&text.thumb, &text.fingers].into_iter().chain(single);
    let at = spans.flatten().map(|angles| angles.span().start).next().unwrap_or(0);
    Err(document.error(
        Located { at },
        format!(
            "handshape {name:?}: an angle is outside its joint's limits; degrees allowed are: finger mcp \
             -20..95, abduction -20..20, pip 0..110, dip -5..80; thumb abduction -10..70, flexion -45..50, \
             mcp -10..60, ip -15..80"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_angle_that_no_hand_reaches_is_refused_with_its_line() {
        let error = Handshapes::parse("handshapes.toml", "[odd]\nindex = [0, 45, 0, 0]\n").unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("handshapes.toml:2: handshape \"odd\""), "{message}");
    }

    #[test]
    fn single_fingers_overwrite_all_four() {
        let text = "[point]\nfingers = [80, 0, 95, 60]\nindex = [0, 0, 0, 0]\n";
        let shapes = Handshapes::parse("h", text).unwrap();
        let point = shapes.get("point").unwrap();
        assert_eq!(point.fingers[0], FingerAngles::default());
        assert!(point.fingers[3].pip > 1.5);
    }
}
