//! Installations from wheels made here, with a stand-in for pip.

use super::sources::Source;
use super::*;
use crate::holistic::convert::testing::{TestOperator, TestTensor, tflite};
use crate::holistic::network::Model;
use std::fs;
use std::io::Write;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const LIBRARY: &[u8] = b"a library";

/// A network of one operator.
fn network() -> Vec<u8> {
    let tensors = [TestTensor::value("in", &[1, 4]), TestTensor::value("out", &[1, 4])];
    let relu = TestOperator { code: 19, inputs: vec![0], outputs: vec![1], options: vec![] };
    tflite(&tensors, &[relu], &[0], &[1])
}

/// What is known of it; leaks a little, as a table that lives as long as the program would be written.
fn sources(network: &[u8]) -> [Source; 1] {
    let sha256 = files::sha256(network).leak();
    let (model, stem, folder) = (Model::HandRecrop, "hand_recrop", Some("holistic_landmark"));
    [Source { model, stem, folder, bytes: network.len() as u64, sha256 }]
}

fn wheel(path: &Path, package: &str, version: &str, members: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let info = format!("{package}-{version}.dist-info");
    let known = [(format!("{info}/METADATA"), &b""[..]), (format!("{info}/LICENSE"), b"terms")];
    let members = members.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes));
    for (name, bytes) in known.into_iter().chain(members) {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// A folder with both wheels, and a request for them.
fn prepared() -> (TempDir, Request) {
    let root = tempfile::tempdir().unwrap();
    let [mediapipe, runtime] =
        ["mediapipe-0.10.21-any.whl", "onnxruntime-1.30.0-any.whl"].map(|name| root.path().join(name));
    let member = "mediapipe/modules/holistic_landmark/hand_recrop.tflite";
    wheel(&mediapipe, "mediapipe", "0.10.21", &[(member, &network())]);
    let members = [
        ("onnxruntime/capi/libonnxruntime.so.1.30.0", LIBRARY),
        ("onnxruntime/capi/libonnxruntime_providers_shared.so", b"another"),
        ("onnxruntime/LICENSE", b"MIT"),
    ];
    wheel(&runtime, "onnxruntime", "1.30.0", &members);
    let folder = root.path().join("models/holistic");
    (root, Request { folder, wheels: vec![mediapipe, runtime], ..Request::default() })
}

/// Runs it, and tells what was done, a word and a name each.
fn done(request: &Request) -> Result<Vec<String>, InstallError> {
    let mut steps = Vec::new();
    install_of(&sources(&network()), request, &mut |step| {
        steps.push(match step {
            Step::Kept { name } => format!("kept {name}"),
            Step::Installed { name, .. } => format!("installed {name}"),
            Step::Downloading { package } => format!("downloading {package}"),
            Step::WithoutLibrary { .. } => "no library".to_owned(),
            Step::Named { path } => format!("named {}", path.display()),
        });
    })?;
    Ok(steps)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A network is installed in two forms, and kept as one.
fn installed() -> Vec<String> {
    ["hand_recrop.tflite", "hand_recrop.onnx", LIBRARY_NAME].map(|name| format!("installed {name}")).to_vec()
}

fn kept() -> Vec<String> {
    ["hand_recrop", LIBRARY_NAME].map(|name| format!("kept {name}")).to_vec()
}

#[test]
fn what_was_installed_is_whole_and_is_left_alone() {
    let (_root, request) = prepared();
    assert_eq!(done(&request).unwrap(), installed());
    let networks = ["hand_recrop.onnx", "hand_recrop.tflite"];
    let files =
        [&["LICENCE.mediapipe.txt", "LICENCE.onnxruntime.txt"], &networks[..], &["installed.json"]].concat();
    assert_eq!(names(&request.folder), [&files[..], &[LIBRARY_NAME]].concat());
    assert_eq!(fs::read(request.folder.join(LIBRARY_NAME)).unwrap(), LIBRARY);
    let manifest = Manifest::read(&request.folder);
    assert_eq!(manifest.licences(), ["Apache-2.0 (mediapipe 0.10.21)", "MIT (onnxruntime 1.30.0)"]);
    assert_eq!(manifest.files["hand_recrop.onnx"].source.sha256, files::sha256(&network()));
    // Without wheels and without a Python: nothing is needed of either.
    let again = Request { wheels: vec![], python: Some("/nowhere/python".into()), ..request };
    assert_eq!(done(&again).unwrap(), kept());
}

#[test]
fn what_is_damaged_is_made_anew_and_nothing_else() {
    let (_root, request) = prepared();
    done(&request).unwrap();
    fs::write(request.folder.join("hand_recrop.onnx"), "half").unwrap();
    let networks = ["hand_recrop.tflite", "hand_recrop.onnx"].map(|name| format!("installed {name}"));
    let expected = [&networks[..], &[format!("kept {LIBRARY_NAME}")]].concat();
    assert_eq!(done(&request).unwrap(), expected);
    // What another converter made, or what nothing is known of, is damaged too.
    let mut manifest = Manifest::read(&request.folder);
    manifest.converter += 1;
    manifest.write(&request.folder).unwrap();
    assert_eq!(done(&request).unwrap(), expected);
    fs::write(request.folder.join("installed.json"), "{").unwrap();
    assert_eq!(done(&request).unwrap(), installed());
}

#[test]
fn a_network_that_is_another_one_is_refused() {
    let (root, request) = prepared();
    let other = root.path().join("other.whl");
    let member = "mediapipe/modules/holistic_landmark/hand_recrop.tflite";
    wheel(&other, "mediapipe", "0.10.21", &[(member, b"TFL3")]);
    let error = done(&Request { wheels: vec![other.clone()], ..request.clone() }).unwrap_err().to_string();
    assert!(error.contains(member) && error.contains("it is another file"), "{error}");
    assert_eq!(names(&request.folder), [""; 0]);
    let newer = root.path().join("newer.whl");
    wheel(&newer, "mediapipe", "0.10.30", &[]);
    let error = done(&Request { wheels: vec![newer], ..request.clone() }).unwrap_err().to_string();
    assert!(error.ends_with("expected the wheel of mediapipe 0.10.21"), "{error}");
    let error = done(&Request { tflites: vec![other], ..request }).unwrap_err().to_string();
    assert!(error.ends_with("known are hand_recrop.tflite"), "{error}");
}

#[test]
fn files_that_are_no_wheels_or_other_wheels_are_named() {
    let (root, request) = prepared();
    let refused = |path: &Path| {
        let error = done(&Request { wheels: vec![path.to_owned()], ..request.clone() }).unwrap_err();
        error.to_string().replace(&root.path().display().to_string(), "")
    };
    let path = root.path().join("text.whl");
    fs::write(&path, "text").unwrap();
    assert!(refused(&path).starts_with("/text.whl: expected a wheel, found none"));
    wheel(&path, "numpy", "2.0.0", &[]);
    assert!(refused(&path).starts_with("/text.whl: has no networks or library, being numpy"));
    assert!(refused(Path::new("/nowhere.whl")).starts_with("/nowhere.whl: cannot open"));
    let (mediapipe, old) = (request.wheels[0].clone(), path);
    wheel(&old, "onnxruntime", "1.20.1", &[("onnxruntime/capi/libonnxruntime.so.1.20.1", b"old")]);
    let error = done(&Request { wheels: vec![mediapipe, old], ..request.clone() }).unwrap_err().to_string();
    assert!(error.contains("version from 1.24 on, but 1.20.1"), "{error}");
    // The networks were done before, and stay.
    assert!(Manifest::read(&request.folder).is_whole(&request.folder, "hand_recrop.onnx"));
}

#[test]
fn a_given_network_needs_no_wheel_and_a_named_library_none_either() {
    let (root, request) = prepared();
    let given = root.path().join("any name");
    fs::write(&given, network()).unwrap();
    let library = Some(PathBuf::from("/elsewhere/lib.so"));
    let request = Request { wheels: vec![], tflites: vec![given], library, ..request };
    let expected = [
        "installed hand_recrop.tflite",
        "installed hand_recrop.onnx",
        "kept hand_recrop",
        "named /elsewhere/lib.so",
    ];
    assert_eq!(done(&request).unwrap(), expected);
}

/// Stands in for Python: its pip brings the wheels of a folder, or fails with words on standard error.
#[cfg(unix)]
mod with_pip {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn python(root: &Path, pip: &str) -> PathBuf {
        let path = root.join("python");
        let script = format!("#!/bin/sh\nif [ \"$1\" = -c ]; then [ -z \"$3\" ]; exit; fi\n{pip}\n");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn refused(pip: &str) -> String {
        let (root, request) = prepared();
        let python = Some(python(root.path(), pip));
        let error = done(&Request { wheels: vec![], python, ..request.clone() }).unwrap_err();
        assert_eq!(names(&request.folder), [""; 0], "nothing is left behind");
        error.to_string()
    }

    #[test]
    fn wheels_that_pip_brings_are_installed_and_not_kept() {
        let (root, request) = prepared();
        // The last argument is the package; the folder follows --dest.
        let pip = format!(
            "for word; do [ \"$last\" = --dest ] && folder=$word; last=$word; done\n\
             cp {}/${{last%%[=>]*}}-*.whl \"$folder\"",
            root.path().display()
        );
        let python = Some(python(root.path(), &pip));
        let request = Request { wheels: vec![], python, ..request };
        let [shipped, converted, library] = [0, 1, 2].map(|i| installed()[i].clone());
        let asked = ["mediapipe==0.10.21", "onnxruntime>=1.24,<2"].map(|name| format!("downloading {name}"));
        assert_eq!(
            done(&request).unwrap(),
            [&asked[0], &shipped, &converted, &asked[1], &library].map(String::clone)
        );
        assert!(!names(&request.folder).iter().any(|name| name.starts_with('.')));
    }

    #[test]
    fn failures_of_pip_are_told_apart() {
        assert!(refused("echo /usr/bin/python: No module named pip >&2; exit 1").contains("has no pip"));
        let network = "echo \"WARNING: Retrying after connection broken by 'NewConnectionError'\" >&2
            echo 'ERROR: No matching distribution found' >&2; exit 1";
        let message = refused(network);
        assert!(message.contains("could not reach a package index for mediapipe==0.10.21"), "{message}");
        assert!(message.contains("--wheel"), "{message}");
        let message = refused("echo 'ERROR: No matching distribution found' >&2; exit 1");
        assert!(message.contains("pip download mediapipe==0.10.21: ERROR: No matching"), "{message}");
        let full = refused("echo 'ERROR: [Errno 28] No space left on device' >&2; exit 1");
        assert!(full.contains("the disk is full"), "{full}");
        assert!(refused("exit 0").contains("it brought no wheel"));
    }

    #[test]
    fn without_a_python_that_is_said_and_a_given_wheel_of_networks_is_enough() {
        let (_root, request) = prepared();
        let python = Some(PathBuf::from("/nowhere/python"));
        let networks =
            Request { wheels: vec![request.wheels[0].clone()], python: python.clone(), ..request.clone() };
        assert_eq!(done(&networks).unwrap(), [&installed()[..2], &["no library".to_owned()]].concat());
        let folder = request.folder.join("another");
        let error = done(&Request { wheels: vec![], python, folder, ..request }).unwrap_err().to_string();
        assert!(error.starts_with("no Python found (tried /nowhere/python)"), "{error}");
    }
}
