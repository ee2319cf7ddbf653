//! Weights of which only the numbers that are not zero are stored.
//!
//! `SparsityParameters` of TensorFlow Lite's schema: the axes in the order in which the numbers were written;
//! each is either whole, or compressed: for every path down to it, a segment of indices of those that are
//! there. Blocks, which no network of Holistic has, are refused.

use super::ConvertError;
use super::flatbuffer::Table;
use super::tflite::inconsistent;

/// How one axis was written.
#[derive(Debug, PartialEq, Eq)]
enum Axis {
    Whole,
    /// `indices[segments[i]..segments[i + 1]]` are there on path `i`.
    Compressed {
        segments: Vec<usize>,
        indices: Vec<usize>,
    },
}

/// Where the stored numbers belong.
struct Places<'a> {
    /// In the order of writing: the length of the axis, its stride in the dense tensor, how it was written.
    axes: Vec<(usize, usize, &'a Axis)>,
    /// Indices into the dense tensor, in the order of writing.
    found: Vec<usize>,
    /// How many steps are left; segments that overlap could ask for any number of them.
    steps: usize,
}

type Result<T> = std::result::Result<T, ConvertError>;

/// The places in a dense tensor of `shape` that the stored numbers have, in the order in which they are stored.
///
/// # Errors
/// [`ConvertError`], where the parameters do not fit the shape, or there are blocks.
pub(super) fn places(parameters: &Table<'_>, shape: &[usize], name: &str) -> Result<Vec<usize>> {
    let wrong = |expected: String, found: String| {
        inconsistent(format!("the sparse tensor {name:?}"), expected, found)
    };
    let order = parameters.i32s(0, 2 * shape.len())?;
    let order: Vec<usize> = order.iter().filter_map(|axis| usize::try_from(*axis).ok()).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..shape.len()) {
        return Err(wrong(
            format!("an order of its {} axes, without blocks", shape.len()),
            format!("{order:?}"),
        ));
    }
    let most = shape.iter().product();
    let axes = parameters.tables(2)?;
    if axes.len() != order.len() {
        return Err(wrong(format!("{} axes", order.len()), axes.len().to_string()));
    }
    let axes = axes.iter().map(|axis| Axis::read(&axis?, most)).collect::<Result<Vec<_>>>()?;
    let strides = strides(shape);
    let axes =
        order.iter().zip(&axes).map(|(axis, written)| (shape[*axis], strides[*axis], written)).collect();
    let mut places = Places { axes, found: Vec::new(), steps: (shape.len() + 1) * most };
    match places.descend(0, 0, 0) {
        Some(()) => Ok(places.found),
        None => Err(wrong("indices within its shape".to_owned(), "others".to_owned())),
    }
}

/// How far apart neighbours on each axis lie.
fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

impl Axis {
    fn read(table: &Table<'_>, most: usize) -> Result<Self> {
        match table.i8(0)? {
            0 => Ok(Self::Whole),
            _ => Ok(Self::Compressed {
                segments: indices(table, 2, most + 1)?,
                indices: indices(table, 4, most)?,
            }),
        }
    }
}

/// A `SparseIndexVector`, whose type is in one field and whose table in the next.
fn indices(table: &Table<'_>, field: usize, most: usize) -> Result<Vec<usize>> {
    let Some(vector) = table.table(field + 1)? else { return Ok(Vec::new()) };
    Ok(match table.u8(field)? {
        // A negative number becomes larger than any axis.
        1 => vector
            .i32s(0, most)?
            .into_iter()
            .map(|index| usize::try_from(index).unwrap_or(usize::MAX))
            .collect(),
        2 => vector.u16s(0, most)?.into_iter().map(usize::from).collect(),
        _ => vector.bytes(0)?.iter().take(most).copied().map(usize::from).collect(),
    })
}

impl Places<'_> {
    /// Goes through all paths from the axis at `level` on; none where an index leads out of the tensor.
    fn descend(&mut self, level: usize, path: usize, place: usize) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        let Some((length, stride, axis)) = self.axes.get(level).copied() else {
            self.found.push(place);
            return Some(());
        };
        match axis {
            Axis::Whole => (0..length)
                .try_for_each(|index| self.descend(level + 1, path * length + index, place + index * stride)),
            Axis::Compressed { segments, indices } => {
                let segment = *segments.get(path)?..*segments.get(path + 1)?;
                let mut path = segment.start;
                indices.get(segment)?.iter().try_for_each(|index| {
                    (*index < length).then_some(())?;
                    self.descend(level + 1, path, place + index * stride)?;
                    path += 1;
                    Some(())
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Field, flatbuffer};
    use super::*;

    fn whole(length: i32) -> Vec<Field> {
        vec![Field::I8(0), Field::I32(length)]
    }

    fn compressed(segments: &[i32], indices: &[u8]) -> Vec<Field> {
        let segments = [Field::I8(1), Field::Table(vec![Field::I32s(segments.to_vec())])];
        let indices = [Field::I8(3), Field::Table(vec![Field::Bytes(indices.to_vec())])];
        [Field::I8(1), Field::I32(0)].into_iter().chain(segments).chain(indices).collect()
    }

    fn read(order: &[i32], axes: Vec<Vec<Field>>, shape: &[usize]) -> Result<Vec<usize>> {
        let file = flatbuffer(b"TEST", vec![Field::I32s(order.to_vec()), Field::Absent, Field::Tables(axes)]);
        places(&Table::root(&file).unwrap(), shape, "t")
    }

    #[test]
    fn compressed_rows_say_which_columns_are_there() {
        let places = read(&[0, 1], vec![whole(3), compressed(&[0, 2, 2, 3], &[0, 3, 1])], &[3, 4]);
        assert_eq!(places, Ok(vec![0, 3, 9]));
    }

    #[test]
    fn numbers_written_by_columns_go_to_their_rows() {
        let places = read(&[1, 0], vec![whole(2), compressed(&[0, 1, 3], &[2, 0, 1])], &[3, 2]);
        assert_eq!(places, Ok(vec![4, 1, 3]));
    }

    #[test]
    fn two_compressed_axes_follow_one_another() {
        let axes = vec![compressed(&[0, 2], &[0, 2]), compressed(&[0, 1, 2], &[1, 0])];
        assert_eq!(read(&[0, 1], axes, &[3, 2]), Ok(vec![1, 4]));
    }

    #[test]
    fn indices_out_of_the_tensor_are_refused() {
        for axis in [compressed(&[0, 1], &[4]), compressed(&[0, 9], &[1]), compressed(&[2, 1], &[0, 1])] {
            let error = read(&[0, 1], vec![whole(1), axis], &[1, 4]).unwrap_err().to_string();
            assert!(error.contains("indices within its shape"), "{error}");
        }
        let error = read(&[0, 1, 2], vec![whole(1), whole(4), whole(1)], &[1, 4]).unwrap_err().to_string();
        assert!(error.contains("without blocks"), "{error}");
    }
}
