//! Wheels from the package index that pip is set up for on this machine.

use super::InstallError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A Python that has answered.
#[derive(Debug)]
pub(super) struct Python {
    program: PathBuf,
}

/// What pip says when it reaches nobody.
const UNREACHABLE: [&str; 8] = [
    "NewConnectionError",
    "ConnectTimeout",
    "ReadTimeoutError",
    "Name or service not known",
    "name resolution",
    "Network is unreachable",
    "ProxyError",
    "Connection refused",
];

impl Python {
    /// The one that is named, else `python3`, else `python`.
    pub(super) fn find(named: Option<&Path>) -> Result<Self, InstallError> {
        let usual = || ["python3", "python"].map(PathBuf::from).to_vec();
        let programs = named.map_or_else(usual, |path| vec![path.to_owned()]);
        let answers = |program: &&PathBuf| {
            let output = Self { program: program.to_path_buf() }.output(&["-c", "print(1)"]);
            output.is_ok_and(|output| output.status.success())
        };
        let found = programs.iter().find(answers).cloned();
        let tried = || programs.iter().map(|program| program.display().to_string()).collect();
        found.map(|program| Self { program }).ok_or_else(|| InstallError::NoPython { tried: tried() })
    }

    fn output(&self, arguments: &[&str]) -> std::io::Result<Output> {
        Command::new(&self.program).args(arguments).stdin(Stdio::null()).output()
    }

    /// The folder of a package that is installed in it.
    pub(super) fn package_folder(&self, package: &str) -> Option<PathBuf> {
        let code = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).submodule_search_locations[0])";
        let output = self.output(&["-c", code, package]).ok().filter(|output| output.status.success())?;
        let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        folder.is_dir().then_some(folder)
    }

    /// Downloads the wheel of a package into a folder, without those that it depends on.
    pub(super) fn download(
        &self,
        package: &str,
        options: &[&str],
        folder: &Path,
    ) -> Result<PathBuf, InstallError> {
        let fixed = [
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--no-input",
            "--disable-pip-version-check",
            "--progress-bar=off",
            "--quiet",
            "--dest",
        ];
        let mut command = Command::new(&self.program);
        command.args(fixed).arg(folder).args(options).arg(package).stdin(Stdio::null());
        let output = command.output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => InstallError::NoPython { tried: vec![self.program.display().to_string()] },
            _ => InstallError::io(&self.program, "cannot run")(error),
        })?;
        if !output.status.success() {
            return Err(self.failure(package, folder, &String::from_utf8_lossy(&output.stderr)));
        }
        wheel_in(folder).ok_or_else(|| InstallError::Pip {
            package: package.to_owned(),
            said: "it brought no wheel".to_owned(),
        })
    }

    fn failure(&self, package: &str, folder: &Path, stderr: &str) -> InstallError {
        let package = package.to_owned();
        let lines = || stderr.lines().map(str::trim).filter(|line| !line.is_empty());
        // pip's own words come last, except for hints on newer versions of itself.
        let last = lines().rfind(|line| line.starts_with("ERROR")).or_else(|| lines().next_back());
        let said = last.unwrap_or("it said nothing").to_owned();
        if stderr.contains("No module named pip") {
            return InstallError::NoPip { python: self.program.display().to_string() };
        }
        if stderr.contains("No space left on device") {
            return InstallError::DiskFull { path: folder.to_owned() };
        }
        match UNREACHABLE.iter().any(|sign| stderr.contains(sign)) {
            true => InstallError::NoNetwork { package, said },
            false => InstallError::Pip { package, said },
        }
    }
}

/// The only wheel in a folder.
fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "whl")).min()
}
