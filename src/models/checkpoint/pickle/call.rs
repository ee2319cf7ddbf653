//! The few calls that are understood: those by which torch describes a tensor and Python a dictionary.

use super::super::{PickleError, StoredType};
use super::value::{Id, Storage, StoredTensor, Tree, Value};

/// The most dimensions of a tensor; weights have five at most.
const DIMENSIONS: usize = 16;

/// What calling `function` with the tuple `arguments` stands for; nothing is ever called.
pub(super) fn call(tree: &mut Tree<'_>, function: Id, arguments: Id, at: usize) -> Result<Id, PickleError> {
    let Value::Global { module, name } = *tree.get(function) else { return Ok(Tree::OPAQUE) };
    let expected = |expected| PickleError::Expected { expected, at };
    let given = tree.sequence(arguments).ok_or(expected("a tuple of arguments"))?;
    match (module, name) {
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => {
            let tensor =
                rebuilt(tree, given, name.ends_with("v3")).ok_or(expected("a tensor's storage and shape"))?;
            tree.add(Value::Tensor(tensor), at)
        }
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            given.first().copied().ok_or(expected("a parameter's tensor"))
        }
        // A tensor with attributes of its own: (function, class, arguments, attributes).
        ("torch._tensor", "_rebuild_from_type_v2") => match *given {
            [inner, _, arguments, _] if !is(tree, inner, module, name) => call(tree, inner, arguments, at),
            _ => Err(expected("a tensor's class and arguments")),
        },
        ("torch", "Size") => Ok(given.first().copied().unwrap_or(arguments)),
        ("collections", "OrderedDict") | ("builtins" | "__builtin__", "dict") => {
            let items = given.first().copied();
            dictionary(tree, items, at)
        }
        ("collections", "defaultdict" | "Counter") => dictionary(tree, None, at),
        _ => Ok(Tree::OPAQUE),
    }
}

fn is(tree: &Tree<'_>, id: Id, of: &str, called: &str) -> bool {
    matches!(tree.get(id), Value::Global { module, name } if *module == of && *name == called)
}

/// A dictionary of a list of pairs, as Python 2 writes ordered ones. The list is taken, not copied: it
/// was made for this call.
fn dictionary(tree: &mut Tree<'_>, pairs: Option<Id>, at: usize) -> Result<Id, PickleError> {
    let pairs = match pairs.and_then(|pairs| tree.get_mut(pairs)) {
        Some(Value::List(pairs)) => std::mem::take(pairs),
        _ => Vec::new(),
    };
    let pair = |id: Id| match tree.sequence(id) {
        Some(&[key, value]) => Ok((key, value)),
        _ => Err(PickleError::Expected { expected: "pairs of key and value", at }),
    };
    let items = pairs.into_iter().map(pair).collect::<Result<_, _>>()?;
    tree.add(Value::Dict(items), at)
}

/// `(storage, offset, shape, strides, …)`; version 3 adds the type as argument 6.
fn rebuilt(tree: &Tree<'_>, given: &[Id], typed: bool) -> Option<StoredTensor> {
    let [storage, offset, shape, strides, ..] = *given else { return None };
    let Value::Storage(Storage { stored, .. }) = tree.get(storage) else { return None };
    let stored = match given.get(6) {
        Some(dtype) if typed => of_dtype(tree, *dtype),
        _ => *stored,
    };
    let lengths = |id| {
        let items = tree.sequence(id).filter(|items| items.len() <= DIMENSIONS)?;
        items.iter().map(|item| tree.count(*item)).collect::<Option<Vec<usize>>>()
    };
    let (shape, strides) = (lengths(shape)?, lengths(strides)?);
    let same = shape.len() == strides.len();
    same.then_some(StoredTensor { storage, stored, offset: tree.count(offset)?, shape, strides })
}

fn of_dtype(tree: &Tree<'_>, dtype: Id) -> StoredType {
    let Value::Global { module: "torch", name } = tree.get(dtype) else { return StoredType::Foreign };
    let known = [StoredType::U32, StoredType::U16, StoredType::F32, StoredType::F64, StoredType::BF16];
    known.into_iter().find(|kind| kind.torch_name() == *name).unwrap_or(StoredType::Foreign)
}

/// The storage that a persistent id names: `("storage", class, key, place, count)`, and in the legacy
/// format a view of another storage, which no PyTorch since 0.4 writes.
pub(super) fn storage<'a>(tree: &Tree<'a>, id: Id) -> Option<Storage<'a>> {
    let (class, key, count, view) = match *tree.sequence(id)? {
        [tag, class, key, _, count] if tree.text(tag) == Some("storage") => (class, key, count, None),
        [tag, class, key, _, count, view] if tree.text(tag) == Some("storage") => {
            (class, key, count, Some(view))
        }
        _ => return None,
    };
    if view.is_some_and(|view| !matches!(tree.get(view), Value::None)) {
        return None;
    }
    let Value::Global { name, .. } = *tree.get(class) else { return None };
    let count = tree.count(count)? as u64;
    let (stored, size) = of_class(name);
    Some(Storage { stored, size, key: tree.text(key)?, count })
}

/// The kind of number in a storage class, and the bytes of one.
fn of_class(name: &str) -> (StoredType, Option<usize>) {
    let stored = match name {
        "DoubleStorage" => StoredType::F64,
        "FloatStorage" => StoredType::F32,
        "HalfStorage" => StoredType::F16,
        "BFloat16Storage" => StoredType::BF16,
        "LongStorage" => StoredType::I64,
        "IntStorage" => StoredType::I32,
        "ShortStorage" => StoredType::I16,
        "CharStorage" => StoredType::I8,
        "ByteStorage" | "UntypedStorage" => StoredType::U8,
        "BoolStorage" => StoredType::Bool,
        _ => StoredType::Foreign,
    };
    let foreign = match name {
        "QInt8Storage" | "QUInt8Storage" => Some(1),
        "QInt32Storage" => Some(4),
        "ComplexFloatStorage" => Some(8),
        "ComplexDoubleStorage" => Some(16),
        _ => None,
    };
    (stored, stored.size().or(foreign))
}
