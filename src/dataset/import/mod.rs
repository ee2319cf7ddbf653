//! Importing: recordings as others keep them, brought into one dataset.
//!
//! Each source lists the clips that it finds by their names (`found.rs`), and one driver reads them,
//! brings them to the stored points and writes them. What cannot be used is listed with its path and the
//! reason, and the rest goes on.
//!
//! | source | file |
//! |---|---|
//! | SyriSign: folders by word, signer and take, or a table | `syrisign.rs`, `manifest.rs` |
//! | spoken-to-signed translation's `index.csv` | `manifest.rs` |
//! | KArSL | `karsl.rs` |
//! | WLASL, MS-ASL | `wlasl.rs`, `ms_asl.rs` |
//! | `MP_Data/word/take/frame.npy` | `mp_data.rs`, `npy.rs`, `vectors.rs` |
//! | a folder for each word | `folders.rs` |
//! | another dataset | `stored.rs` |

mod categories;
mod driver;
mod files;
mod folders;
mod format;
mod found;
mod karsl;
mod landmarks;
mod lists;
mod manifest;
mod mp_data;
mod ms_asl;
mod npy;
mod options;
mod stored;
mod syrisign;
mod table;
#[cfg(test)]
mod tests;
mod vectors;
mod wlasl;

pub use driver::import;
pub use format::Format;
pub use options::{ImportError, ImportReport, Options, Points, Rejected, SourceReport};

#[cfg(fuzzing)]
pub(super) fn npy_values(bytes: &[u8]) -> Result<Vec<f32>, String> {
    npy::from_bytes(bytes).map(|array| array.values).map_err(|error| error.to_string())
}
