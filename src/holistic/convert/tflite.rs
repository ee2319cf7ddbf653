//! What a TensorFlow Lite file says: tensors, operators, inputs and outputs.
//!
//! Schema: `schema.fbs` of TensorFlow Lite, version 3; fields are read by their number there.

use super::ConvertError;
use super::flatbuffer::Table;
use super::operator::{self, Kind};

/// More than any network here has of any of these; a hostile file could ask for very many.
const MOST_TENSORS: usize = 1 << 16;
const MOST_OPERANDS: usize = 64;
const MOST_AXES: usize = 6;
const LONGEST_AXIS: usize = 1 << 24;
/// Numbers in one tensor, and in all weights of a file: a quarter of a gigabyte.
pub(in crate::holistic) const MOST_NUMBERS: usize = 1 << 26;

/// The one graph of a file.
#[derive(Debug)]
pub(in crate::holistic) struct Graph<'a> {
    pub(in crate::holistic) tensors: Vec<Tensor<'a>>,
    /// In an order in which they can be computed.
    pub(in crate::holistic) operators: Vec<Operator<'a>>,
    /// Tensors, by number.
    pub(in crate::holistic) inputs: Vec<usize>,
    pub(in crate::holistic) outputs: Vec<usize>,
}

/// A value or a weight.
#[derive(Debug)]
pub(in crate::holistic) struct Tensor<'a> {
    pub(in crate::holistic) name: &'a str,
    /// Channels last.
    pub(in crate::holistic) shape: Vec<usize>,
    pub(in crate::holistic) element: Element,
    /// Empty where it is computed.
    pub(in crate::holistic) data: &'a [u8],
    /// `SparsityParameters`, where zeros were left out of the data.
    pub(in crate::holistic) sparsity: Option<Table<'a>>,
}

/// The type of a tensor's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::holistic) enum Element {
    F32,
    F16,
    I32,
    /// `TensorType` of the schema.
    Other(i8),
}

/// A step of the computation.
#[derive(Debug)]
pub(in crate::holistic) struct Operator<'a> {
    /// Its place in the file.
    pub(in crate::holistic) index: usize,
    pub(in crate::holistic) kind: Kind,
    /// Tensors, by number; none where an optional one is left out.
    inputs: Vec<Option<usize>>,
    outputs: Vec<usize>,
    options: Option<Table<'a>>,
}

type Result<T> = std::result::Result<T, ConvertError>;

impl<'a> Graph<'a> {
    pub(in crate::holistic) fn read(file: &'a [u8]) -> Result<Self> {
        match file.get(4..8) {
            Some(b"TFL3") => {}
            Some(other) => {
                return Err(ConvertError::NotTflite { found: format!("\"{}\"", other.escape_ascii()) });
            }
            None => return Err(ConvertError::NotTflite { found: format!("{} bytes", file.len()) }),
        }
        let model = Table::root(file)?;
        let mut subgraphs = model.tables(2)?.iter();
        let (Some(graph), None) = (subgraphs.next(), subgraphs.next()) else {
            return Err(inconsistent("the file", "one graph", format!("{}", model.tables(2)?.len())));
        };
        let graph = graph?;
        let buffers = read_buffers(&model)?;
        let tensors = graph.tables(0)?;
        check_count("tensors", tensors.len(), MOST_TENSORS)?;
        let tensors = tensors.iter().enumerate().map(|(i, tensor)| Tensor::read(i, &tensor?, &buffers));
        let tensors = tensors.collect::<Result<Vec<_>>>()?;
        let known = |list: Vec<i32>| {
            list.into_iter().map(|number| known(number, tensors.len())).collect::<Result<Vec<_>>>()
        };
        let inputs = known(graph.i32s(1, MOST_OPERANDS)?)?;
        let outputs = known(graph.i32s(2, MOST_OPERANDS)?)?;
        let operators = read_operators(&model, &graph, tensors.len())?;
        Ok(Self { tensors, operators, inputs, outputs })
    }
}

fn read_buffers<'a>(model: &Table<'a>) -> Result<Vec<&'a [u8]>> {
    let buffers = model.tables(4)?;
    check_count("buffers", buffers.len(), 2 * MOST_TENSORS)?;
    buffers.iter().map(|buffer| buffer?.bytes(0)).collect()
}

fn read_operators<'a>(model: &Table<'a>, graph: &Table<'a>, tensors: usize) -> Result<Vec<Operator<'a>>> {
    let codes = model.tables(1)?;
    check_count("kinds of operators", codes.len(), MOST_TENSORS)?;
    let codes = codes.iter().collect::<Result<Vec<_>>>()?;
    let list = graph.tables(3)?;
    check_count("operators", list.len(), MOST_TENSORS)?;
    list.iter().enumerate().map(|(index, table)| Operator::read(index, &table?, &codes, tensors)).collect()
}

impl<'a> Tensor<'a> {
    fn read(index: usize, table: &Table<'a>, buffers: &[&'a [u8]]) -> Result<Self> {
        let what = || format!("tensor {index}");
        let axis =
            |length: i32| usize::try_from(length).ok().filter(|axis| (1..=LONGEST_AXIS).contains(axis));
        let shape = table.i32s(0, MOST_AXES)?;
        let checked: Option<Vec<usize>> = shape.iter().map(|length| axis(*length)).collect();
        let shape =
            checked.ok_or_else(|| inconsistent(what(), "lengths of axes above 0", format!("{shape:?}")))?;
        let count = shape.iter().try_fold(1_usize, |count, length| count.checked_mul(*length));
        if count.is_none_or(|count| count > MOST_NUMBERS) {
            return Err(ConvertError::TooLarge { most: MOST_NUMBERS });
        }
        let buffer = table.index(2)?;
        let data = buffers.get(buffer).copied();
        let data =
            data.ok_or_else(|| inconsistent(what(), "a buffer of the file", format!("number {buffer}")))?;
        let element = match table.i8(1)? {
            0 => Element::F32,
            1 => Element::F16,
            2 => Element::I32,
            other => Element::Other(other),
        };
        Ok(Self { name: table.text(3)?.unwrap_or(""), shape, element, data, sparsity: table.table(6)? })
    }
}

impl<'a> Operator<'a> {
    fn read(index: usize, table: &Table<'a>, codes: &[Table<'a>], tensors: usize) -> Result<Self> {
        let number = table.index(0)?;
        let code = codes.get(number).ok_or_else(|| {
            inconsistent(
                format!("operator {index}"),
                "a kind that the file lists",
                format!("number {number}"),
            )
        })?;
        let kind = read_kind(index, code)?;
        let known = |number: &i32| known(*number, tensors);
        let optional = |number: &i32| if *number == -1 { Ok(None) } else { known(number).map(Some) };
        Ok(Self {
            index,
            kind,
            inputs: table.i32s(1, MOST_OPERANDS)?.iter().map(optional).collect::<Result<_>>()?,
            outputs: table.i32s(2, MOST_OPERANDS)?.iter().map(known).collect::<Result<_>>()?,
            options: table.table(4)?,
        })
    }

    /// Its inputs that are there.
    pub(in crate::holistic) fn inputs(&self) -> impl Iterator<Item = usize> {
        self.inputs.iter().copied().flatten()
    }

    /// An input that may be left out.
    pub(in crate::holistic) fn optional_input(&self, position: usize) -> Option<usize> {
        self.inputs.get(position).copied().flatten()
    }

    /// An input that must be there.
    pub(in crate::holistic) fn input(&self, position: usize) -> Result<usize> {
        let missing = || self.inconsistent(format!("an input {position}"), format!("{:?}", self.inputs));
        self.optional_input(position).ok_or_else(missing)
    }

    /// Its only output.
    pub(in crate::holistic) fn output(&self) -> Result<usize> {
        match self.outputs[..] {
            [output] => Ok(output),
            _ => Err(self.inconsistent("one output", self.outputs.len().to_string())),
        }
    }

    /// A small number among its options, 0 by default.
    pub(in crate::holistic) fn option_i8(&self, field: usize) -> Result<i8> {
        self.options.map_or(Ok(0), |options| options.i8(field))
    }

    /// A truth value among its options, false by default.
    pub(in crate::holistic) fn option_flag(&self, field: usize) -> Result<bool> {
        self.options.map_or(Ok(false), |options| options.flag(field))
    }

    /// A number among its options.
    pub(in crate::holistic) fn option_i32(&self, field: usize, default: i32) -> Result<i32> {
        self.options.map_or(Ok(default), |options| options.i32(field, default))
    }

    /// A number above 0 among its options.
    pub(in crate::holistic) fn option_count(
        &self,
        field: usize,
        default: i32,
        name: &'static str,
    ) -> Result<usize> {
        let number = self.option_i32(field, default)?;
        let count = usize::try_from(number).ok().filter(|count| (1..=LONGEST_AXIS).contains(count));
        count.ok_or_else(|| self.inconsistent(format!("{name} above 0"), number.to_string()))
    }

    /// What is wrong with it.
    pub(in crate::holistic) fn inconsistent(
        &self,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> ConvertError {
        inconsistent(format!("operator {} ({})", self.index, self.kind.name()), expected, found)
    }

    /// What of it cannot be converted.
    pub(in crate::holistic) fn unsupported(&self, what: impl Into<String>) -> ConvertError {
        ConvertError::Unsupported { index: self.index, name: self.kind.name(), what: what.into() }
    }
}

fn read_kind(index: usize, code: &Table<'_>) -> Result<Kind> {
    // Writers that know only codes below 128 fill in the old field alone; the new one holds any code.
    let old = usize::from(code.u8(0)?);
    let code_number = old.max(code.index(3)?);
    Kind::of_code(code_number).map_or_else(
        || {
            let custom = if code_number == operator::CUSTOM { code.text(1)? } else { None };
            let known = || operator::name_of_code(code_number).map(str::to_owned);
            let name = custom.map(str::to_owned).or_else(known);
            let name = name.unwrap_or_else(|| format!("number {code_number}"));
            Err(ConvertError::UnknownOperator { index, name })
        },
        Ok,
    )
}

pub(in crate::holistic) fn inconsistent(
    what: impl Into<String>,
    expected: impl Into<String>,
    found: impl Into<String>,
) -> ConvertError {
    ConvertError::Inconsistent { what: what.into(), expected: expected.into(), found: found.into() }
}

fn check_count(what: &'static str, count: usize, most: usize) -> Result<()> {
    match count <= most {
        true => Ok(()),
        false => Err(inconsistent(what, format!("at most {most}"), count.to_string())),
    }
}

/// A number that a tensor of the file has.
fn known(number: i32, tensors: usize) -> Result<usize> {
    let index = usize::try_from(number).ok().filter(|index| *index < tensors);
    index.ok_or_else(|| {
        inconsistent("a tensor's number", format!("0 to {}", tensors as i64 - 1), number.to_string())
    })
}
