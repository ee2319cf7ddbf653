//! Files that are cut, damaged, or made to harm: refused or read, without a panic, and in bounds.

use super::testing::data;
use super::{Checkpoint, CheckpointError, FormatError, PickleError};
use candle_core::{DType, Device};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Opens bytes and reads all that can be read of them.
fn open(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    let checkpoint = Checkpoint::from_bytes(bytes.to_vec(), "hostile")?;
    for tensor in checkpoint.whole().tensors() {
        let elements: usize = tensor.shape.iter().product();
        let read = checkpoint.whole().tensor(tensor.name, DType::F32, &Device::Cpu);
        assert!(read.is_err() || elements <= bytes.len(), "{elements} numbers of {} bytes", bytes.len());
    }
    Ok(checkpoint)
}

fn reason(bytes: &[u8]) -> FormatError {
    match open(bytes) {
        Err(CheckpointError::Content { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn samples() -> [Vec<u8>; 3] {
    ["odd.pt", "odd-legacy.pt", "odd.safetensors"]
        .map(|file| std::fs::read(data("checkpoints").join(file)).unwrap())
}

/// A zip file as torch writes it, of this pickle and these storages.
fn zipped(pickle: &[u8], storages: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    let storages = storages.iter().map(|(key, bytes)| (format!("x/data/{key}"), *bytes));
    for (name, bytes) in std::iter::once(("x/data.pkl".to_owned(), pickle)).chain(storages) {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn stored(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    zipped(pickle, storages, CompressionMethod::Stored)
}

/// `{'w': tensor}` with a view of a storage `0` of `count` floats.
fn one_tensor(count: u32, offset: u32, shape: &[u32], strides: &[u32]) -> Vec<u8> {
    let number = |n: u32| [b"\x8a\x05".to_vec(), n.to_le_bytes().to_vec(), vec![0]].concat();
    let tuple = |items: &[u32]| {
        let items: Vec<u8> = items.iter().flat_map(|n| number(*n)).collect();
        [b"(".to_vec(), items, b"t".to_vec()].concat()
    };
    [
        b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((".to_vec(),
        b"X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpu".to_vec(),
        number(count),
        b"tQ".to_vec(),
        number(offset),
        tuple(shape),
        tuple(strides),
        b"\x89NtRs.".to_vec(),
    ]
    .concat()
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for sample in samples() {
        for end in 0..sample.len() {
            assert!(open(&sample[..end]).is_err(), "cut at {end} of {}", sample.len());
        }
    }
}

#[test]
fn a_pickle_cut_anywhere_is_refused() {
    let pickle = one_tensor(2, 0, &[2], &[1]);
    let numbers: &[u8] = &[0; 8];
    assert_eq!(open(&stored(&pickle, &[("0", numbers)])).unwrap().len(), 1);
    for end in 0..pickle.len() {
        assert!(open(&stored(&pickle[..end], &[("0", numbers)])).is_err(), "cut at {end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn flipped_bits_never_make_it_panic(which in 0usize..3, flips in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4)) {
        let mut bytes = samples()[which].clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        let _ = open(&bytes);
    }

    #[test]
    fn any_pickle_is_read_or_refused(pickle in proptest::collection::vec(
        prop_oneof![any::<u8>(), prop::sample::select(b"}]()tNKMqhsuaeRbQX0.\x85\x86\x87\x93\x81".to_vec())], 0..200)) {
        let _ = open(&stored(&pickle, &[("0", &[0; 8])]));
    }

    #[test]
    fn a_view_is_read_as_its_strides_say_or_refused(
        count in 0u32..40, offset in 0u32..10,
        dims in proptest::collection::vec((0u32..5, 0u32..12), 0..4),
    ) {
        let (shape, strides): (Vec<u32>, Vec<u32>) = dims.into_iter().unzip();
        let numbers: Vec<u8> = (0..count).flat_map(|n| (n as f32).to_le_bytes()).collect();
        let bytes = stored(&one_tensor(count, offset, &shape, &strides), &[("0", &numbers)]);
        let mut wanted = vec![offset];
        for (length, stride) in shape.iter().zip(&strides) {
            wanted = wanted.iter().flat_map(|at| (0..*length).map(move |i| at + i * stride)).collect();
        }
        let inside = wanted.iter().all(|at| *at < count);
        let mut distinct = wanted.clone();
        distinct.sort_unstable();
        distinct.dedup();
        match open(&bytes) {
            Err(_) => prop_assert!(!inside || offset > count),
            Ok(checkpoint) => {
                prop_assert!(inside);
                match checkpoint.tensor("w", DType::F32, &Device::Cpu) {
                    Ok(tensor) => {
                        let found: Vec<f32> = tensor.flatten_all().unwrap().to_vec1().unwrap();
                        let wanted: Vec<f32> = wanted.iter().map(|at| *at as f32).collect();
                        prop_assert_eq!(found, wanted);
                        prop_assert_eq!(distinct.len(), tensor.elem_count());
                    }
                    // Interleaved views without overlap are refused too.
                    Err(error) => prop_assert!(error.to_string().contains("more than once"), "{}", error),
                }
            }
        }
    }
}

#[test]
fn a_pickle_that_would_run_a_command_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let command = format!("touch {}", trace.display());
    let pickle = [
        b"\x80\x02}X\x03\0\0\0badcposix\nsystem\nX".to_vec(),
        (command.len() as u32).to_le_bytes().to_vec(),
        command.into_bytes(),
        b"\x85Rs.".to_vec(),
    ]
    .concat();
    assert!(matches!(reason(&stored(&pickle, &[])), FormatError::NoTensors { .. }));
    assert!(!trace.exists());
}

#[test]
fn dictionaries_within_themselves_are_refused() {
    let recursive = b"\x80\x02}q\0X\x01\0\0\0ah\0s.";
    assert!(matches!(reason(&stored(recursive, &[])), FormatError::Tangled));
    // Each level holds the one before twice: 2^60 paths in a hundred bytes.
    let mut doubling = b"\x80\x02}q\0".to_vec();
    for level in 0..60u8 {
        let (below, this) = (level, level + 1);
        doubling.extend([b'}', b'q', this]);
        for key in *b"ab" {
            doubling.extend([b'X', 1, 0, 0, 0, key, b'h', below, b's']);
        }
    }
    doubling.push(b'.');
    assert!(matches!(reason(&stored(&doubling, &[])), FormatError::Tangled));
}

#[test]
fn sizes_beyond_the_file_are_refused() {
    let view = |pickle: &[u8]| reason(&stored(pickle, &[("0", &[0; 8])]));
    assert!(matches!(
        view(&one_tensor(3, 0, &[3], &[1])),
        FormatError::Storage { expected: 12, found: 8, .. }
    ));
    assert!(matches!(view(&one_tensor(u32::MAX, 0, &[1], &[1])), FormatError::Storage { .. }));
    assert!(matches!(view(&one_tensor(2, 1, &[2], &[1])), FormatError::View { .. }));
    assert!(matches!(view(&one_tensor(2, 0, &[u32::MAX; 5], &[u32::MAX; 5])), FormatError::View { .. }));
    assert!(matches!(
        view(&one_tensor(2, 0, &[0, u32::MAX, u32::MAX, u32::MAX], &[1; 4])),
        FormatError::View { .. }
    ));
    assert!(matches!(reason(&stored(&one_tensor(2, 0, &[2], &[1]), &[])), FormatError::NoStorage { .. }));
    let pickle = |bytes: &[u8]| match reason(&stored(bytes, &[])) {
        FormatError::Pickle(error) => error,
        other => panic!("{other}"),
    };
    assert!(matches!(pickle(b"\x80\x02X\xff\xff\xff\xff."), PickleError::Truncated { .. }));
    assert!(matches!(
        pickle(b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff."),
        PickleError::Truncated { .. }
    ));
    assert!(matches!(pickle(&one_tensor(2, 0, &[1; 17], &[1; 17])), PickleError::Expected { .. }));
    assert!(matches!(pickle(&vec![b'('; 5000]), PickleError::TooMany { what: "marks", .. }));
    assert_eq!(pickle(b"\x80\x02I1\n."), PickleError::Opcode { opcode: b'I', at: 2 });
    assert!(matches!(
        pickle(b"\x80\x02h\x07."),
        PickleError::Expected { expected: "a value in the memo", .. }
    ));
}

#[test]
fn a_zip_file_whose_entries_lie_is_refused() {
    let honest = stored(&one_tensor(2, 0, &[2], &[1]), &[("0", &[7; 8])]);
    // The sizes in the directory's last entry, both the packed and the unpacked.
    let directory = honest.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    for wrong in [u32::MAX - 1, 1 << 20, 7, 0] {
        let mut bytes = honest.clone();
        bytes[directory + 20..directory + 24].copy_from_slice(&wrong.to_le_bytes());
        bytes[directory + 24..directory + 28].copy_from_slice(&wrong.to_le_bytes());
        assert!(open(&bytes).is_err(), "size {wrong}");
    }
    assert!(matches!(reason(&stored(b"", &[])), FormatError::Pickle(PickleError::Truncated { at: 0 })));
    let other = {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file(
                "word/document.xml",
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
            )
            .unwrap();
        writer.finish().unwrap().into_inner()
    };
    assert!(matches!(reason(&other), FormatError::NoPickle));
}

#[test]
fn what_is_no_checkpoint_is_told_by_what_it_looks_like() {
    let found = |bytes: &[u8]| match reason(bytes) {
        FormatError::Unknown { found } => found,
        other => panic!("{other}"),
    };
    assert_eq!(found(b""), "an empty file");
    assert!(found(b"version https://git-lfs.github.com/spec/v1\noid").contains("Git LFS"));
    assert!(found(b"<!DOCTYPE html>").contains("web page"));
    assert!(found(b"\x80\x04\x95.").contains("pickle"));
    assert_eq!(found(b"12345678"), "something else");
    let missing = Checkpoint::open("/nowhere/weights.pth").unwrap_err().to_string();
    assert!(missing.contains("/nowhere/weights.pth"));
}

#[test]
fn more_names_than_any_network_has_are_refused() {
    // One tensor under many keys, each key spelled from the memo: three bytes an entry.
    let mut tensor = one_tensor(2, 0, &[2], &[1]);
    tensor.truncate(tensor.len() - 2); // without `s.`
    let mut many = [&tensor[..], b"q\x01}(X\x01\0\0\0aq\x020"].concat();
    for _ in 0..300_000 {
        many.extend(*b"h\x02h\x01");
    }
    many.extend(*b"us.");
    assert!(open(&stored(&many, &[("0", &[0; 8])])).is_err());
    let endless = [b"\x80\x02".to_vec(), vec![b'('; 999], vec![b'}'; 1 << 21]].concat();
    assert!(matches!(
        reason(&stored(&endless, &[])),
        FormatError::Pickle(PickleError::TooMany { what: "values", .. })
    ));
}
