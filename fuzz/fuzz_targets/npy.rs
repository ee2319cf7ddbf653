//! Any bytes: an array or a refusal, and an array is no larger than what it was read from.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nashra::dataset::fuzzing::npy;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(values) = npy(bytes) {
        assert!(values.len() <= bytes.len());
    }
});
