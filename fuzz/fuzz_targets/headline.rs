//! Any text that comes over a socket: a headline or a refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nashra::feed::IncomingMessage;

fuzz_target!(|message: &str| {
    if let Ok(message) = IncomingMessage::parse(message) {
        assert!(!message.text.trim().is_empty());
    }
});
