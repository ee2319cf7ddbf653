//! What the integration tests share: the real binary in a home of its own.

#![allow(dead_code, reason = "each test binary uses its own part of this file")]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of its own for a test; the user's settings and imported signs are out of reach.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Home {
        Home { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, with nothing of the user's.
    pub(crate) fn nashra(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nashra"));
        for model_place in
            ["NASHRA_MODELS", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"]
        {
            command.env_remove(model_place);
        }
        command
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("NASHRA_DATA_DIR", self.folder.path().join("data"))
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("NASHRA_CONFIG")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null());
        command
    }

    /// Runs it with arguments.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.nashra().args(args).output().expect("the program starts")
    }

    /// Runs it with arguments and bytes on standard input.
    pub(crate) fn run_with_input<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Output {
        let mut child = self
            .nashra()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut pipe = child.stdin.take().expect("a pipe");
        let input = input.to_owned();
        let writer = std::thread::Builder::new()
            .name("test-stdin".into())
            .spawn(move || drop(pipe.write_all(&input)))
            .expect("a thread");
        let output = child.wait_with_output().expect("the program ends");
        writer.join().expect("the writer ends");
        output
    }
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8 on standard output")
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The folder of reference data, where there is one; else says that the test is skipped.
pub(crate) fn reference(part: &str) -> Option<PathBuf> {
    let base = std::env::var_os("NASHRA_REFERENCE")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/reference"));
    let path = base.join(part);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no reference data at {}", path.display());
    None
}
