//! Any bytes: read or refused, and what is read can be used and written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nashra::pose::{Layout, PoseFile};

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = PoseFile::from_bytes(bytes) else { return };
    let written = file.to_bytes().expect("what was read can be written");
    assert!(PoseFile::from_bytes(&written).is_ok());
    let Ok(clip) = file.person(0) else { return };
    let _ = clip.to_body_frame();
    let _ = clip.mirror_horizontal();
    let _ = clip.to_layout(&Layout::holistic_543());
});
