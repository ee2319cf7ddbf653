//! What the tests of this room share.

use std::path::Path;
use std::time::{Duration, SystemTime};

/// Writes a file, and the folders above it.
pub(super) fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Makes a folder as old as so many days.
pub(super) fn age(path: &Path, days: u64) {
    let then = SystemTime::now() - Duration::from_secs(86_400 * days);
    std::fs::File::open(path).unwrap().set_modified(then).unwrap();
}

/// A little safetensors file: one tensor `w` of so many bytes.
pub(super) fn safetensors(bytes: usize) -> Vec<u8> {
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{bytes}],"data_offsets":[0,{bytes}]}}}}"#);
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend((0..bytes).map(|i| (i * 31 % 251) as u8));
    file
}
