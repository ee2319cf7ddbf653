//! FlatBuffers and TensorFlow Lite files, written small, for tests.

/// A field of a table to be written.
#[derive(Clone, Debug)]
pub(in crate::holistic) enum Field {
    Absent,
    Flag(bool),
    I8(i8),
    I32(i32),
    I32s(Vec<i32>),
    U16s(Vec<u16>),
    Bytes(Vec<u8>),
    Text(&'static str),
    Table(Vec<Field>),
    Tables(Vec<Vec<Field>>),
}

/// A file of one table and what hangs from it. Children lie behind their parents, as offsets need it.
pub(in crate::holistic) fn flatbuffer(identifier: &[u8; 4], root: Vec<Field>) -> Vec<u8> {
    let mut out = vec![0; 8];
    out[4..].copy_from_slice(identifier);
    let at = table(&mut out, &root);
    out[..4].copy_from_slice(&offset(0, at));
    out
}

fn offset(from: usize, to: usize) -> [u8; 4] {
    u32::try_from(to - from).unwrap().to_le_bytes()
}

fn table(out: &mut Vec<u8>, fields: &[Field]) -> usize {
    let vtable = out.len();
    let bytes = 4 + 4 * fields.len();
    let short = |number: usize| u16::try_from(number).unwrap().to_le_bytes();
    out.extend(short(4 + 2 * fields.len()));
    out.extend(short(bytes));
    for (index, field) in fields.iter().enumerate() {
        out.extend(if matches!(field, Field::Absent) { [0; 2] } else { short(4 + 4 * index) });
    }
    let at = out.len();
    out.extend(i32::try_from(at - vtable).unwrap().to_le_bytes());
    out.resize(at + bytes, 0);
    for (index, field) in fields.iter().enumerate() {
        let place = at + 4 + 4 * index;
        let value = match field {
            Field::Absent => continue,
            Field::Flag(flag) => [u8::from(*flag), 0, 0, 0],
            Field::I8(number) => [number.cast_unsigned(), 0, 0, 0],
            Field::I32(number) => number.to_le_bytes(),
            child => offset(place, write(out, child)),
        };
        out[place..place + 4].copy_from_slice(&value);
    }
    at
}

/// Writes what lies elsewhere and is pointed to.
fn write(out: &mut Vec<u8>, field: &Field) -> usize {
    let mut vector = |count: usize, bytes: &mut dyn Iterator<Item = u8>| {
        let at = out.len();
        out.extend(u32::try_from(count).unwrap().to_le_bytes());
        out.extend(bytes);
        at
    };
    match field {
        Field::I32s(list) => vector(list.len(), &mut list.iter().flat_map(|number| number.to_le_bytes())),
        Field::U16s(list) => vector(list.len(), &mut list.iter().flat_map(|number| number.to_le_bytes())),
        Field::Bytes(bytes) => vector(bytes.len(), &mut bytes.iter().copied()),
        Field::Text(text) => vector(text.len(), &mut text.bytes()),
        Field::Table(fields) => table(out, fields),
        Field::Tables(list) => {
            let at = vector(list.len(), &mut std::iter::repeat_n(0, 4 * list.len()));
            for (index, fields) in list.iter().enumerate() {
                let place = at + 4 + 4 * index;
                let child = table(out, fields);
                out[place..place + 4].copy_from_slice(&offset(place, child));
            }
            at
        }
        other => panic!("{other:?} lies in its table"),
    }
}

/// A tensor of a file to be written.
#[derive(Clone, Debug)]
pub(in crate::holistic) struct TestTensor {
    pub(in crate::holistic) name: &'static str,
    pub(in crate::holistic) shape: Vec<i32>,
    /// TensorFlow Lite's number of the type: 0 float, 1 half, 2 `i32`.
    pub(in crate::holistic) kind: i8,
    /// None where an operator makes it.
    pub(in crate::holistic) data: Option<Vec<u8>>,
    pub(in crate::holistic) sparsity: Field,
}

impl TestTensor {
    pub(in crate::holistic) fn value(name: &'static str, shape: &[i32]) -> Self {
        Self { name, shape: shape.to_vec(), kind: 0, data: None, sparsity: Field::Absent }
    }

    pub(in crate::holistic) fn floats(shape: &[i32], numbers: &[f32]) -> Self {
        let data = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        Self { data: Some(data), ..Self::value("weights", shape) }
    }

    pub(in crate::holistic) fn halves(shape: &[i32], numbers: &[f32]) -> Self {
        let halves = numbers.iter().map(|number| half::f16::from_f32(*number));
        let data = halves.flat_map(half::f16::to_le_bytes).collect();
        Self { kind: 1, data: Some(data), ..Self::value("halves", shape) }
    }

    #[cfg(feature = "onnx")]
    pub(in crate::holistic) fn integers(shape: &[i32], numbers: &[i32]) -> Self {
        let data = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        Self { kind: 2, data: Some(data), ..Self::value("integers", shape) }
    }
}

/// An operator of a file to be written.
#[derive(Clone, Debug)]
pub(in crate::holistic) struct TestOperator {
    /// TensorFlow Lite's number of it.
    pub(in crate::holistic) code: i32,
    pub(in crate::holistic) inputs: Vec<i32>,
    pub(in crate::holistic) outputs: Vec<i32>,
    pub(in crate::holistic) options: Vec<Field>,
}

/// A TensorFlow Lite file.
pub(in crate::holistic) fn tflite(
    tensors: &[TestTensor],
    operators: &[TestOperator],
    inputs: &[i32],
    outputs: &[i32],
) -> Vec<u8> {
    let codes = operators.iter().map(|operator| {
        let old = i8::try_from(operator.code).unwrap_or(127);
        vec![Field::I8(old), Field::Absent, Field::I32(1), Field::I32(operator.code)]
    });
    let numbered = |index: usize| Field::I32(i32::try_from(index).unwrap());
    let operators = operators.iter().enumerate().map(|(index, operator)| {
        let TestOperator { inputs, outputs, options, .. } = operator.clone();
        let options = [Field::I8(1), Field::Table(options)];
        [numbered(index), Field::I32s(inputs), Field::I32s(outputs)].into_iter().chain(options).collect()
    });
    // Buffer 0 is empty: the one of tensors that operators make.
    let data =
        tensors.iter().map(|tensor| tensor.data.clone().map_or(vec![], |data| vec![Field::Bytes(data)]));
    let buffers = std::iter::once(vec![]).chain(data).collect();
    let tensors = tensors.iter().enumerate().map(|(index, tensor)| {
        let TestTensor { name, shape, kind, data, sparsity } = tensor.clone();
        let buffer = numbered(if data.is_some() { index + 1 } else { 0 });
        let head = [Field::I32s(shape), Field::I8(kind), buffer, Field::Text(name)];
        head.into_iter().chain([Field::Absent, Field::Absent, sparsity]).collect()
    });
    let graph = vec![
        Field::Tables(tensors.collect()),
        Field::I32s(inputs.to_vec()),
        Field::I32s(outputs.to_vec()),
        Field::Tables(operators.collect()),
    ];
    let codes = Field::Tables(codes.collect());
    let model = vec![Field::I32(3), codes, Field::Tables(vec![graph]), Field::Absent, Field::Tables(buffers)];
    flatbuffer(b"TFL3", model)
}
