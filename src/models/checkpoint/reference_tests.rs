//! Files that torch and the reference implementations wrote, against the same numbers as safetensors.

use super::testing::data;
use super::{Checkpoint, CheckpointError, Format, FormatError, StoredType, TensorError};
use candle_core::{DType, Device, Tensor};

fn open(path: &str) -> Checkpoint {
    Checkpoint::open(data(path)).unwrap()
}

/// The tensor's bits, whatever it holds.
fn bits(checkpoint: &Checkpoint, name: &str, dtype: DType) -> (Vec<usize>, Vec<u64>) {
    let tensor = checkpoint.tensor(name, dtype, &Device::Cpu).unwrap();
    let flat = tensor.flatten_all().unwrap();
    let wide: Vec<u64> = match dtype {
        DType::I64 => flat.to_vec1::<i64>().unwrap().into_iter().map(|n| n as u64).collect(),
        DType::F64 => flat.to_vec1::<f64>().unwrap().into_iter().map(f64::to_bits).collect(),
        _ => flat.to_vec1::<f32>().unwrap().into_iter().map(|n| n.to_bits().into()).collect(),
    };
    (tensor.dims().to_vec(), wide)
}

/// Whether a file of torch holds what a safetensors file holds, bit for bit.
fn same(torch: &Checkpoint, plain: &Checkpoint) {
    assert!(!plain.is_empty());
    for tensor in plain.tensors() {
        let dtype = match tensor.stored {
            StoredType::F64 => DType::F64,
            StoredType::F32 | StoredType::F16 | StoredType::BF16 => DType::F32,
            _ => DType::I64,
        };
        assert_eq!(bits(torch, tensor.name, dtype), bits(plain, tensor.name, dtype), "{}", tensor.name);
    }
}

fn names(checkpoint: &Checkpoint) -> Vec<String> {
    checkpoint.tensors().map(|tensor| tensor.name.to_owned()).collect()
}

#[test]
fn the_t2m_gpt_checkpoints_are_read_from_under_their_keys() {
    for (folder, root) in [("parity/t2m_vqvae", "net"), ("parity/t2m_gpt", "trans")] {
        let torch = open(&format!("{folder}/net_last.pth"));
        let plain = open(&format!("{folder}/model.safetensors"));
        assert_eq!((torch.format(), torch.root()), (Format::TorchZip, root));
        assert_eq!(names(&torch), names(&plain));
        same(&torch, &plain);
    }
}

#[test]
fn the_motionclip_checkpoint_is_bare_and_has_its_position_tables_besides() {
    let torch = open("parity/motionclip/checkpoint_0100.pth.tar");
    let plain = open("parity/motionclip/model.safetensors");
    assert_eq!(torch.root(), "");
    let tables = torch.tensors().filter(|tensor| tensor.name.ends_with(".pe"));
    assert_eq!(tables.map(|tensor| tensor.shape[0]).collect::<Vec<_>>(), [5000, 5000]);
    assert_eq!(torch.len(), plain.len() + 2);
    same(&torch, &plain);
}

#[test]
fn the_signclip_checkpoint_is_half_precision_under_a_prefix() {
    let torch = open("parity/signclip/checkpoint_best.pt");
    let plain = open("parity/signclip/model.safetensors");
    assert_eq!(torch.root(), "model");
    let weights = torch.strip_prefix("mmmodel.").unwrap();
    assert_eq!(weights.len(), plain.len() + 2, "the two position_ids");
    same(&weights, &plain);
    assert_eq!(names(&weights), names(&torch.under("mmmodel").unwrap()));
    let first = weights.tensors().find(|tensor| tensor.name.ends_with("linear1.weight"));
    assert_eq!(first.map(|tensor| tensor.stored), Some(StoredType::F16));
}

#[test]
fn everything_odd_that_torch_can_save_is_read_from_both_formats() {
    let plain = open("checkpoints/odd.safetensors");
    for (file, format) in [("odd.pt", Format::TorchZip), ("odd-legacy.pt", Format::TorchLegacy)] {
        let torch = open(&format!("checkpoints/{file}"));
        assert_eq!((torch.format(), torch.root()), (format, "state_dict"));
        assert_eq!(names(&torch), names(&plain));
        same(&torch, &plain);
        assert!(torch.tensors().zip(plain.tensors()).all(|(a, b)| a == b), "types and shapes");
    }
}

#[test]
fn the_rest_of_a_file_is_found_by_its_path() {
    for file in ["odd.pt", "odd-legacy.pt"] {
        let whole = open(&format!("checkpoints/{file}")).whole();
        assert_eq!(bits(&whole, "optimizer.state.0.step", DType::F32).1, [u64::from(7f32.to_bits())]);
        assert!(whole.contains("state_dict.plain"));
        assert!(whole.under("state_dict").unwrap().contains("plain"));
        let error = whole.under("stat_dict").unwrap_err().to_string();
        assert!(error.contains("complex, expanded, optimizer, state_dict"), "{error}");
    }
}

#[test]
fn an_expanded_tensor_and_complex_numbers_are_listed_but_not_read() {
    for file in ["odd.pt", "odd-legacy.pt"] {
        let whole = open(&format!("checkpoints/{file}")).whole();
        let read = |name| match whole.tensor(name, DType::F32, &Device::Cpu) {
            Err(CheckpointError::Tensor { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(whole.get("expanded.inner").unwrap().shape, [1000, 1000]);
        assert!(matches!(read("expanded.inner"), TensorError::Overlap { .. }));
        assert!(matches!(read("complex.inner"), TensorError::Foreign));
    }
}

#[test]
fn what_holds_no_state_dict_says_what_it_is() {
    let hint = |file: &str| match Checkpoint::open(data(file)) {
        Err(CheckpointError::Content { reason: FormatError::NoTensors { hint }, .. }) => hint,
        other => panic!("{other:?}"),
    };
    assert!(hint("checkpoints/module.pt").contains("whole pickled object"));
    assert!(hint("checkpoints/script.pt").contains("TorchScript"));
}

#[test]
fn a_number_is_refused_where_it_would_become_another() {
    let odd = open("checkpoints/odd.safetensors");
    let read = |name, dtype| odd.tensor(name, dtype, &Device::Cpu);
    let fails = |name, dtype| match read(name, dtype) {
        Err(CheckpointError::Tensor { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(matches!(fails("plain", DType::I64), TensorError::Conversion { .. }));
    assert!(matches!(fails("long", DType::U8), TensorError::OutOfRange { value: -3, .. }));
    assert!(matches!(fails("plain", DType::F8E4M3), TensorError::Conversion { .. }));
    let half: Tensor = read("half", DType::F16).unwrap();
    assert_eq!(half.to_dtype(DType::F32).unwrap().to_vec1::<f32>().unwrap(), [0.099_975_586, 65504.0]);
    assert!(matches!(read("none", DType::F32), Err(CheckpointError::NoTensor { .. })));
}

#[test]
fn a_checkpoint_in_parts_is_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| std::fs::copy(data(from), folder.path().join(to)).unwrap();
    copy("checkpoints/odd.safetensors", "a.safetensors");
    copy("parity/motionclip/model.safetensors", "b.safetensors");
    let list = |text: &str| {
        let path = folder.path().join("model.safetensors.index.json");
        std::fs::write(&path, text).unwrap();
        Checkpoint::open(path)
    };
    let both = list(
        r#"{"metadata": {"total_size": 9},
            "weight_map": {"plain": "a.safetensors", "encoder.muQuery": "b.safetensors"}}"#,
    );
    let both = both.unwrap();
    assert_eq!(both.format(), Format::Sharded);
    assert_eq!(names(&both), ["encoder.muQuery", "plain"]);
    assert_eq!(
        bits(&both, "plain", DType::F32),
        bits(&open("checkpoints/odd.safetensors"), "plain", DType::F32)
    );
    for wrong in [
        r#"{"weight_map": {"plain": "../a.safetensors"}}"#,
        r#"{"weight_map": {"nothing": "a.safetensors"}}"#,
        r#"{"weight_map": {"plain": "model.safetensors.index.json"}}"#,
        r#"{"weight_map": {}}"#,
        r#"{"no": "map"}"#,
    ] {
        assert!(matches!(list(wrong), Err(CheckpointError::Content { .. })), "{wrong}");
    }
}
