//! The text files of signs: `[[sign]]` tables with their words and their motion in notation.

use super::document::{Document, Located};
use super::error::{LexiconError, suggestion};
use super::handshapes::Handshapes;
use super::notation::{BaseText, MotionText, Notation};
use super::{Category, Entry, Provenance};
use crate::arabic::fold;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use toml::Spanned;

/// A sign of a text file.
#[derive(Clone, Debug)]
pub(super) struct WrittenSign {
    pub(super) entry: Entry,
    /// The number that it stands for, if it is a number sign.
    pub(super) value: Option<u64>,
    pub(super) notation: Arc<Notation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    /// What the signs are that do not say it themselves.
    category: Option<Spanned<String>>,
    #[serde(default)]
    sign: Vec<SignText>,
}

// The motion's fields are listed again instead of flattened: flattening loses the lines.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignText {
    key: Spanned<String>,
    gloss: Spanned<String>,
    category: Option<Spanned<String>>,
    #[serde(default)]
    forms: Vec<Spanned<String>>,
    value: Option<u64>,
    shape: Spanned<String>,
    at: Spanned<String>,
    touch: Option<Spanned<String>>,
    palm: Option<Spanned<String>>,
    fingers: Option<Spanned<String>>,
    #[serde(rename = "move")]
    movement: Option<Spanned<String>>,
    hands: Option<Spanned<String>>,
    base: Option<BaseText>,
    face: Option<Spanned<String>>,
    head: Option<Spanned<String>>,
    body: Option<Spanned<String>>,
    secs: Option<Spanned<f32>>,
}

impl Category {
    /// All of them, as they are named in files and on the command line.
    pub const NAMES: [(&str, Category); 12] = [
        ("government", Category::Government),
        ("health", Category::Health),
        ("security", Category::Security),
        ("economy", Category::Economy),
        ("weather", Category::Weather),
        ("place", Category::Place),
        ("time", Category::Time),
        ("sport", Category::Sport),
        ("society", Category::Society),
        ("number", Category::Number),
        ("letter", Category::Letter),
        ("other", Category::Other),
    ];

    /// Its name in files and on the command line.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, category)| *category == self).map_or("other", |(name, _)| name)
    }

    /// The category of that name.
    ///
    /// # Errors
    /// Says that it is not known and which is nearest.
    pub fn from_name(name: &str) -> Result<Category, String> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, category)| *category);
        found.ok_or_else(|| {
            format!("category {name:?} is not known{}", suggestion(name, Self::NAMES.map(|(known, _)| known)))
        })
    }
}

/// Reads a file of signs. All of them are practice signs: what is written here, somebody made up.
///
/// # Errors
/// [`LexiconError::Document`] with file, line, sign and field of the first mistake.
pub(super) fn parse(file: &str, text: &str, shapes: &Handshapes) -> Result<Vec<WrittenSign>, LexiconError> {
    parse_each(file, text, shapes)?.into_iter().collect()
}

/// As [`parse`], but a mistake in one sign does not hide those of the others.
pub(super) fn parse_each(
    file: &str,
    text: &str,
    shapes: &Handshapes,
) -> Result<Vec<Result<WrittenSign, LexiconError>>, LexiconError> {
    let document = Document::new(file, text);
    let signs: FileText = document.parse()?;
    let (mut keys, mut forms) = (HashSet::new(), HashMap::new());
    let read = signs.sign.into_iter().map(|sign| {
        let key = sign.key.as_ref().clone();
        if !keys.insert(key.clone()) {
            return Err(document.error((&sign.key).into(), format!("sign {key:?} stands here twice")));
        }
        for form in &sign.forms {
            if let Some(other) = forms.insert(fold(form.as_ref()), key.clone()) {
                let message =
                    format!("sign {key:?}: forms: {:?} is a form of sign {other:?} already", form.as_ref());
                return Err(document.error(form.into(), message));
            }
        }
        read_sign(&document, sign, signs.category.as_ref(), shapes)
    });
    Ok(read.collect())
}

fn read_sign(
    document: &Document,
    sign: SignText,
    file_category: Option<&Spanned<String>>,
    shapes: &Handshapes,
) -> Result<WrittenSign, LexiconError> {
    let key = sign.key.as_ref().clone();
    let wrong = |place: Located, field: &str, message: String| {
        document.error(place, format!("sign {key:?}: {field}: {message}"))
    };
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        let message = "expected lower-case letters a-z, digits and hyphens".to_owned();
        return Err(wrong((&sign.key).into(), "key", message));
    }
    if sign.gloss.as_ref().trim().is_empty() {
        return Err(wrong((&sign.gloss).into(), "gloss", "is empty; expected an Arabic word".to_owned()));
    }
    if let Some(form) = sign.forms.iter().find(|form| form.as_ref().trim().is_empty()) {
        return Err(wrong(form.into(), "forms", "a form is empty".to_owned()));
    }
    let named = sign.category.as_ref().or(file_category).ok_or_else(|| {
        wrong((&sign.key).into(), "category", "is missing, here and at the head of the file".to_owned())
    })?;
    let category =
        Category::from_name(named.as_ref()).map_err(|message| wrong(named.into(), "category", message))?;
    let motion = MotionText {
        shape: sign.shape,
        at: sign.at,
        touch: sign.touch,
        palm: sign.palm,
        fingers: sign.fingers,
        movement: sign.movement,
        hands: sign.hands,
        base: sign.base,
        face: sign.face,
        head: sign.head,
        body: sign.body,
        secs: sign.secs,
    };
    let notation = Notation::parse(&motion, shapes)
        .map_err(|error| wrong(Located { at: error.at }, error.field, error.message))?;
    let entry = Entry {
        key: key.clone(),
        gloss: sign.gloss.into_inner(),
        category,
        forms: sign.forms.into_iter().map(Spanned::into_inner).collect(),
        provenance: Provenance::Practice,
    };
    Ok(WrittenSign { entry, value: sign.value, notation: Arc::new(notation) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPES: &str = "[fist]\nfingers = [85, 0, 100, 60]\n[flat]\nthumb = [0, 0, 0, 0]\n";

    fn parse_text(text: &str) -> Result<Vec<WrittenSign>, LexiconError> {
        parse("practice.toml", text, &Handshapes::parse("handshapes.toml", SHAPES).unwrap())
    }

    fn sign(change: (&str, &str)) -> String {
        let whole = "[[sign]]\nkey = \"ministry-of-health\"\ngloss = \"وزارة الصحة\"\ncategory = \"health\"\n\
                     forms = [\"وزارة الصحة\"]\nshape = \"fist\"\nat = \"chest\"\nmove = \"tap x2\"\n";
        whole.replace(change.0, change.1)
    }

    #[test]
    fn a_good_sign_is_read() {
        let signs = parse_text(&sign(("", ""))).unwrap();
        assert_eq!(signs.len(), 1);
        assert_eq!(signs[0].entry.category, Category::Health);
        assert_eq!(signs[0].entry.provenance, Provenance::Practice);
    }

    #[test]
    fn every_mistake_names_file_line_sign_field_and_the_nearest_name() {
        let cases = [
            (
                ("\"fist\"", "\"fsit\""),
                "practice.toml:6: sign \"ministry-of-health\": shape: \"fsit\" is not known; did you mean \"fist\"?",
            ),
            (
                ("\"chest\"", "\"chset\""),
                "practice.toml:7: sign \"ministry-of-health\": at: place \"chset\" is not known; did you mean \"chest\"?",
            ),
            (
                ("tap x2", "tpa x2"),
                "practice.toml:8: sign \"ministry-of-health\": move: movement \"tpa x2\" is not known; did you mean \"tap\"?",
            ),
            (
                ("\"health\"\n", "\"helth\"\n"),
                "practice.toml:4: sign \"ministry-of-health\": category: category \"helth\" is not known; did you mean \"health\"?",
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(parse_text(&sign(change)).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_field_that_is_not_known_is_reported_with_its_line() {
        let error = parse_text(&sign(("move", "mvoe"))).unwrap_err().to_string();
        assert!(error.starts_with("practice.toml:8: ") && error.contains("mvoe"), "{error}");
    }

    #[test]
    fn the_same_key_twice_is_refused() {
        let text = sign(("", "")).repeat(2);
        assert!(parse_text(&text).unwrap_err().to_string().contains("stands here twice"));
    }
}
