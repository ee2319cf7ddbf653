//! Any bytes: a stored clip or a refusal, and a clip is as long as its layout says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nashra::dataset::fuzzing::clip;
use nashra::pose::Layout;

fuzz_target!(|bytes: &[u8]| {
    let layouts = [Layout::holistic_543(), Layout::syrisign_193()];
    let Ok(clip) = clip(bytes, &layouts) else { return };
    assert_eq!(clip.positions.len(), clip.frame_count() * clip.point_count());
    let _ = clip.to_body_frame();
});
