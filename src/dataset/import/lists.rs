//! What the importers of JSON lists share.

use super::files::{Kind, Tree};
use super::found::read_list;
use super::{ImportError, Options};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The entries of a list.
///
/// # Errors
/// The file cannot be read or is no JSON array.
pub(super) fn entries(path: &Path) -> Result<Vec<Value>, ImportError> {
    let wrong = |reason: String| ImportError::List { path: path.to_owned(), reason };
    match serde_json::from_slice(&read_list(path)?) {
        Ok(Value::Array(entries)) => Ok(entries),
        Ok(_) => Err(wrong("expected a JSON array of entries, found something else".to_owned())),
        Err(error) => Err(wrong(format!("no JSON: {error}"))),
    }
}

/// The lists of a source, which is one or a folder of them, and where landmarks may lie: `--landmarks`
/// first, then beside the lists.
///
/// # Errors
/// A folder cannot be read, or has no list.
pub(super) fn files_of(source: &Path, options: &Options) -> Result<(Vec<PathBuf>, Vec<Tree>), ImportError> {
    let is_file = source.is_file();
    let beside = if is_file { source.parent().unwrap_or(Path::new(".")) } else { source };
    let beside = if beside.as_os_str().is_empty() { Path::new(".") } else { beside };
    let tree = options.walk(beside)?;
    let lists = match is_file {
        true => vec![source.to_owned()],
        // Only the outermost: tools leave JSON everywhere.
        false => tree.of(Kind::Json).filter(|f| f.folders().is_empty()).map(|f| f.path.clone()).collect(),
    };
    if lists.is_empty() {
        return Err(ImportError::List { path: source.to_owned(), reason: "no .json list in it".to_owned() });
    }
    let mut trees: Vec<Tree> = options.landmarks_tree()?.into_iter().collect();
    trees.push(tree);
    Ok((lists, trees))
}

/// A text or a whole number as text: lists write ids as either.
pub(super) fn scalar(entry: &Value, key: &str) -> Option<String> {
    match entry.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
