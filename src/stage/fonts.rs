//! The system's fonts for Arabic, and for the Latin letters that headlines carry.
//!
//! No font is shipped. Arabic is looked for under the names that Debian, Fedora, macOS and Windows
//! give to theirs; Latin letters, which Arabic fonts often lack, come from a second font that the
//! text layout falls back to by script.

use bevy::prelude::*;
use bevy::text::{Font, FontCx};
use parley::fontique::{Blob, FallbackKey, Script};

/// Families with Arabic letters, best first.
const ARABIC: [&str; 14] = [
    "Noto Sans Arabic",
    "IBM Plex Sans Arabic",
    "Noto Kufi Arabic",
    "Noto Naskh Arabic",
    "Cairo",
    "Geeza Pro",
    "Segoe UI",
    "Tahoma",
    "Vazirmatn",
    "KacstOne",
    "Amiri",
    "DejaVu Sans",
    "FreeSans",
    "Arial",
];

/// Families with Latin letters, digits and punctuation, best first.
const LATIN: [&str; 9] = [
    "Noto Sans",
    "IBM Plex Sans",
    "Segoe UI",
    "Helvetica Neue",
    "DejaVu Sans",
    "Liberation Sans",
    "Roboto",
    "FreeSans",
    "Arial",
];

/// Scripts whose text may hold characters that the Arabic font lacks.
const FALLBACK_SCRIPTS: [[u8; 4]; 5] = [*b"Arab", *b"Latn", *b"Cyrl", *b"Grek", *b"Zyyy"];

/// No font with Arabic letters was found.
#[derive(Debug, thiserror::Error)]
#[error(
    "no font with Arabic letters was found for the captions and the label (looked for {}, … among {searched} installed \
     fonts); install one: `apt install fonts-noto-core` on Debian and Ubuntu, `dnf install \
     google-noto-sans-arabic-fonts` on Fedora",
    ARABIC[..3].join(", ")
)]
pub struct NoArabicFont {
    searched: usize,
}

/// The fonts of the captions, as files in memory.
#[derive(Clone)]
pub struct SystemFonts {
    arabic: Vec<u8>,
    latin: Option<Vec<u8>>,
}

impl SystemFonts {
    /// Looks through the installed fonts.
    ///
    /// # Errors
    /// If none of the known families with Arabic letters is installed.
    pub fn find() -> Result<Self, NoArabicFont> {
        let mut database = fontdb::Database::new();
        database.load_system_fonts();
        let arabic = find(&database, &ARABIC).ok_or(NoArabicFont { searched: database.len() })?;
        Ok(Self { arabic, latin: find(&database, &LATIN) })
    }
}

fn find(database: &fontdb::Database, families: &[&str]) -> Option<Vec<u8>> {
    let families: Vec<_> = families.iter().map(|name| fontdb::Family::Name(name)).collect();
    let weight = fontdb::Weight::SEMIBOLD;
    let id = database.query(&fontdb::Query { families: &families, weight, ..Default::default() })?;
    database.with_face_data(id, |data, _| data.to_vec())
}

/// The font of all text on the stage.
#[derive(Resource, Clone, Deref)]
pub struct StageFont(pub Handle<Font>);

/// Hands the fonts to the text layout.
pub(super) fn install(app: &mut App, fonts: SystemFonts) {
    let world = app.world_mut();
    let handle = world.resource_mut::<Assets<Font>>().add(Font::from_bytes(fonts.arabic));
    world.insert_resource(StageFont(handle));
    if let Some(latin) = fonts.latin {
        let mut context = world.resource_mut::<FontCx>();
        let registered = context.collection.register_fonts(Blob::from(latin), None);
        for script in FALLBACK_SCRIPTS {
            let families = registered.iter().map(|(family, _)| *family);
            context.collection.append_fallbacks(FallbackKey::new(Script::from_bytes(script), None), families);
        }
    }
}
