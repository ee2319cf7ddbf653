//! Named settings that ship, and settings from files, with single values changed from the command line.

use super::TrainError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

macro_rules! presets {
    ($($model:literal: [$($name:literal),*]),* $(,)?) => {
        [$($(($model, $name, include_str!(concat!("../../assets/train/", $model, "-", $name, ".toml")))),*),*]
    };
}

/// Model, name and text of each.
const PRESETS: [(&str, &str, &str); 11] = presets! {
    "sign-clip": ["small", "paper", "best"],
    "motion-clip": ["small", "paper"],
    "vq-vae": ["small", "paper", "best"],
    "gpt": ["small", "paper"],
    "text": ["small"],
};

/// The text of a model's preset.
///
/// # Errors
/// [`TrainError::Settings`] with the names that there are.
pub fn text(model: &str, name: &str) -> Result<&'static str, TrainError> {
    let found = PRESETS.iter().find(|(of, own, _)| *of == model && *own == name);
    found.map(|(_, _, text)| *text).ok_or_else(|| {
        let reason = format!("{model} has no preset {name:?}: expected one of {}", names(model).join(", "));
        TrainError::Settings(reason)
    })
}

/// The names of a model's presets.
pub fn names(model: &str) -> Vec<&'static str> {
    PRESETS.iter().filter(|(of, _, _)| *of == model).map(|(_, name, _)| *name).collect()
}

/// Settings from a text, with values changed: `run.epochs=5`, `model.small.width=64`.
///
/// # Errors
/// [`TrainError::Settings`] where the text is no TOML, has unknown keys, or a change is none.
pub fn settings<T: DeserializeOwned>(origin: &str, text: &str, changes: &[String]) -> Result<T, TrainError> {
    let wrong = |reason: String| TrainError::Settings(format!("{origin}: {reason}"));
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    for change in changes {
        let changed = set(&mut table, change);
        changed.map_err(|reason| TrainError::Settings(format!("--set {change}: {reason}")))?;
    }
    // Read from text again, because only then an error says where.
    let text = toml::to_string(&table).map_err(|error| wrong(error.to_string()))?;
    toml::from_str(&text).map_err(|error| wrong(error.to_string()))
}

/// Settings from a file.
///
/// # Errors
/// As [`settings`], and where it cannot be read.
pub fn file<T: DeserializeOwned>(path: &Path, changes: &[String]) -> Result<T, TrainError> {
    let text = std::fs::read_to_string(path).map_err(|source| TrainError::read(path, source))?;
    settings(&path.display().to_string(), &text, changes)
}

/// Settings as a text that [`settings`] reads.
///
/// # Errors
/// [`TrainError::Settings`] where TOML cannot say them.
pub fn show<T: Serialize>(recipe: &T) -> Result<String, TrainError> {
    toml::to_string(recipe).map_err(|error| TrainError::Settings(error.to_string()))
}

/// `a.b.c=value`, the value as TOML; what is no TOML is a string.
fn set(table: &mut toml::Table, change: &str) -> Result<(), String> {
    let (key, value) = change.split_once('=').ok_or("expected KEY=VALUE")?;
    let value = parsed(value.trim());
    let mut keys: Vec<&str> = key.trim().split('.').collect();
    let last = keys.pop().filter(|key| !key.is_empty()).ok_or("expected a key before the =")?;
    let mut table = table;
    for key in keys {
        let inner = table.entry(key).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        table = inner.as_table_mut().ok_or_else(|| format!("{key} is a value, not a table"))?;
    }
    table.insert(last.to_owned(), value);
    Ok(())
}

fn parsed(value: &str) -> toml::Value {
    let line = format!("value = {value}");
    let read = line.parse::<toml::Table>().ok().and_then(|mut table| table.remove("value"));
    read.unwrap_or_else(|| toml::Value::String(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::gpt::GptRecipe;
    use crate::train::motion_clip::MotionClipRecipe;
    use crate::train::sign_clip::SignClipRecipe;
    use crate::train::text::TextRecipe;
    use crate::train::vq_vae::VqVaeRecipe;

    fn read(model: &str, text: &str) -> Result<String, TrainError> {
        match model {
            "sign-clip" => show(&settings::<SignClipRecipe>(model, text, &[])?),
            "motion-clip" => show(&settings::<MotionClipRecipe>(model, text, &[])?),
            "vq-vae" => show(&settings::<VqVaeRecipe>(model, text, &[])?),
            "gpt" => show(&settings::<GptRecipe>(model, text, &[])?),
            _ => show(&settings::<TextRecipe>(model, text, &[])?),
        }
    }

    #[test]
    fn presets_that_ship_are_read_and_what_is_shown_is_read_again() {
        for (model, name, text) in PRESETS {
            let shown = read(model, text).unwrap_or_else(|error| panic!("{model} {name}: {error}"));
            assert_eq!(read(model, &shown).unwrap(), shown, "{model} {name}");
        }
    }

    #[test]
    fn single_values_are_changed_and_unknown_ones_are_errors() {
        let text = text("sign-clip", "small").unwrap();
        let changed = |changes: &[&str]| {
            let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
            settings::<SignClipRecipe>("small", text, &changes)
        };
        let recipe =
            changed(&["model.small.width=64", "model.from=some/folder", "augment.mirror=0"]).unwrap();
        assert_eq!(recipe.model.small.unwrap().width, 64);
        assert_eq!(recipe.model.from.unwrap(), Path::new("some/folder"));
        assert_eq!(recipe.augment.mirror, 0.0);
        for wrong in ["model.widht=3", "model", "=3", "model.preset.x=1"] {
            assert!(changed(&[wrong]).is_err(), "{wrong}");
        }
        assert!(super::text("gpt", "huge").unwrap_err().to_string().contains("small, paper"));
    }
}
