//! The plainest source: a folder for each word, and any landmark files in it.

use super::found::{Found, Listing, Span, UNKNOWN_SIGNER, word_of_name};
use super::{ImportError, Options};
use std::path::Path;

/// The clips under a folder. The word is the folder that a file lies in; nothing is read from its name.
///
/// # Errors
/// The folder, or the one of `--landmarks`, cannot be read.
pub(super) fn read(root: &Path, options: &Options) -> Result<Listing, ImportError> {
    let tree = options.walk(root)?;
    let mut listing = Listing { rejected: tree.rejected.clone(), ..Listing::default() };
    for (file, landmarks) in super::syrisign::clips(&tree, options, &mut listing)? {
        let Some(word) = file.folders().last() else {
            listing.reject(file.path, "expected a folder for each word, found a file beside them");
            continue;
        };
        listing.found.push(Found {
            id: file.id(),
            path: file.parts.iter().collect(),
            landmarks,
            word: word_of_name(word),
            signer: UNKNOWN_SIGNER.to_owned(),
            session: String::new(),
            take: None,
            span: Span::Whole,
            fps: None,
            copy_of: None,
        });
    }
    Ok(listing)
}
