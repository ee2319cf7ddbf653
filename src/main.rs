//! The `nashra` program: everything it does is in the library.

use std::process::ExitCode;

/// A step of training makes large tensors and drops them again. The system's allocator gives such memory
/// back at once, and the next step waits for the kernel to find and clear new pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    nashra::cli::run()
}
