//! Where the avatar's file is when nobody says.

use super::AvatarError;
use std::path::PathBuf;

/// The avatar that comes with the program, from the folder of its assets.
const OUR_OWN: &str = "assets/avatars/presenter.glb";

/// The avatar that comes with the program: under the working folder, or beside the program or above
/// it.
///
/// # Errors
/// If it is in none of these.
pub fn default_file() -> Result<PathBuf, AvatarError> {
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|program| program.ancestors().skip(1)).map(PathBuf::from);
    let folders: Vec<PathBuf> = here.into_iter().chain(above).collect();
    let found = folders.iter().map(|folder| folder.join(OUR_OWN)).find(|file| file.is_file());
    found.ok_or_else(|| {
        let looked_in: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        AvatarError::NotFound { file: OUR_OWN, looked_in: looked_in.join(", ") }
    })
}
