//! The values of a pickle. They lie in one [`Tree`] and refer to each other by number, since a pickle
//! may share them and may even put a list into itself.

use super::super::{PickleError, StoredType};

/// The most values that are kept. A tensor takes some twenty, so a large network with its optimiser's
/// state some ten thousands.
const VALUES: usize = 1 << 20;

/// A value's number in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Id(u32);

/// What a pickle can hold, as far as weights need it.
#[derive(Debug)]
pub(in super::super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A class or function, by name only.
    Global {
        module: &'a str,
        name: &'a str,
    },
    Storage(Storage<'a>),
    Tensor(StoredTensor),
    /// Fractions, bytes, sets, and objects of any other class.
    Opaque,
}

/// A run of numbers that lies outside the pickle.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Storage<'a> {
    pub(in super::super) stored: StoredType,
    pub(in super::super) key: &'a str,
    /// How many numbers; bytes where the storage has no type of its own.
    pub(in super::super) count: u64,
    /// Bytes of one; `None` where nobody knows.
    pub(in super::super) size: Option<usize>,
}

/// A view of a storage.
#[derive(Debug)]
pub(in super::super) struct StoredTensor {
    pub(in super::super) storage: Id,
    pub(in super::super) stored: StoredType,
    pub(in super::super) offset: usize,
    pub(in super::super) shape: Vec<usize>,
    pub(in super::super) strides: Vec<usize>,
}

/// All values of a pickle.
#[derive(Debug)]
pub(in super::super) struct Tree<'a> {
    values: Vec<Value<'a>>,
    pub(in super::super) top: Id,
}

impl<'a> Tree<'a> {
    /// Values that need no place each time they occur.
    pub(super) const NONE: Id = Id(0);
    pub(super) const TRUE: Id = Id(1);
    pub(super) const FALSE: Id = Id(2);
    pub(super) const OPAQUE: Id = Id(3);

    pub(super) fn new() -> Self {
        let values = vec![Value::None, Value::Bool(true), Value::Bool(false), Value::Opaque];
        Self { values, top: Self::NONE }
    }

    pub(super) fn add(&mut self, value: Value<'a>, at: usize) -> Result<Id, PickleError> {
        if self.values.len() >= VALUES {
            return Err(PickleError::TooMany { what: "values", limit: VALUES, at });
        }
        self.values.push(value);
        Ok(Id(self.values.len() as u32 - 1))
    }

    pub(in super::super) fn get(&self, id: Id) -> &Value<'a> {
        self.values.get(id.0 as usize).unwrap_or(&Value::Opaque)
    }

    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Value<'a>> {
        self.values.get_mut(id.0 as usize)
    }

    /// All storages that the pickle names.
    pub(in super::super) fn storages(&self) -> impl Iterator<Item = &Storage<'a>> {
        self.values.iter().filter_map(|value| match value {
            Value::Storage(storage) => Some(storage),
            _ => None,
        })
    }

    /// The elements of a tuple or list.
    pub(in super::super) fn sequence(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// A dictionary's keys and values.
    pub(in super::super) fn dict(&self, id: Id) -> Option<&[(Id, Id)]> {
        match self.get(id) {
            Value::Dict(items) => Some(items),
            _ => None,
        }
    }

    /// A string.
    pub(in super::super) fn text(&self, id: Id) -> Option<&'a str> {
        match self.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub(in super::super) fn count(&self, id: Id) -> Option<usize> {
        match self.get(id) {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }
}
