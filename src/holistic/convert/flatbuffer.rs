//! Reading FlatBuffers whose bytes nobody has vouched for.
//!
//! A table is a signed distance back to its vtable, followed by its fields; the vtable says at which
//! distance from the table each field lies, or 0 where the field has its default. Every read is checked
//! against the file's end, so that any bytes give values or an error. What is read into memory is limited by
//! the caller, because many tables may share one vector, and a small file could ask for very much.

use super::ConvertError;

/// A table, by its place in the file.
#[derive(Clone, Copy, Debug)]
pub(in crate::holistic) struct Table<'a> {
    file: &'a [u8],
    at: usize,
    vtable: usize,
    vtable_bytes: usize,
}

/// A vector of tables, read one by one.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::holistic) struct Tables<'a> {
    file: &'a [u8],
    start: usize,
    count: usize,
}

type Result<T> = std::result::Result<T, ConvertError>;

fn damaged(at: usize, expected: &'static str) -> ConvertError {
    ConvertError::Damaged { at, expected }
}

fn array<const N: usize>(file: &[u8], at: usize, expected: &'static str) -> Result<[u8; N]> {
    let bytes = at.checked_add(N).and_then(|end| file.get(at..end));
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(damaged(at, expected))
}

/// Follows the offset that lies at `at`.
fn follow(file: &[u8], at: usize) -> Result<usize> {
    let distance = u32::from_le_bytes(array(file, at, "an offset within the file")?);
    let target = usize::try_from(distance).ok().and_then(|distance| at.checked_add(distance));
    target.filter(|target| *target < file.len()).ok_or(damaged(at, "an offset within the file"))
}

impl<'a> Table<'a> {
    /// The table that the file is.
    pub(super) fn root(file: &'a [u8]) -> Result<Self> {
        Self::at(file, follow(file, 0)?)
    }

    fn at(file: &'a [u8], at: usize) -> Result<Self> {
        let back = i32::from_le_bytes(array(file, at, "a table")?);
        let vtable = i64::try_from(at).ok().and_then(|at| usize::try_from(at - i64::from(back)).ok());
        let vtable = vtable.ok_or(damaged(at, "a table that says where its vtable is"))?;
        let vtable_bytes = usize::from(u16::from_le_bytes(array(file, vtable, "a vtable")?));
        match vtable_bytes >= 4 && vtable_bytes % 2 == 0 && file.len() - vtable >= vtable_bytes {
            true => Ok(Self { file, at, vtable, vtable_bytes }),
            false => Err(damaged(vtable, "a vtable of an even size within the file")),
        }
    }

    /// Where a field lies, if it is not the default.
    fn field(&self, index: usize) -> Result<Option<usize>> {
        let entry = 4 + 2 * index;
        if entry + 2 > self.vtable_bytes {
            return Ok(None);
        }
        let distance = u16::from_le_bytes(array(self.file, self.vtable + entry, "a vtable")?);
        Ok((distance != 0).then(|| self.at + usize::from(distance)))
    }

    /// A signed byte, 0 by default.
    pub(super) fn i8(&self, index: usize) -> Result<i8> {
        let read = |at| Ok(i8::from_le_bytes(array(self.file, at, "a byte")?));
        self.field(index)?.map_or(Ok(0), read)
    }

    /// A byte, 0 by default.
    pub(super) fn u8(&self, index: usize) -> Result<u8> {
        Ok(self.i8(index)?.cast_unsigned())
    }

    /// A truth value, false by default.
    pub(super) fn flag(&self, index: usize) -> Result<bool> {
        Ok(self.i8(index)? != 0)
    }

    /// A signed number of 32 bits.
    pub(super) fn i32(&self, index: usize, default: i32) -> Result<i32> {
        let read = |at| Ok(i32::from_le_bytes(array(self.file, at, "a number of 4 bytes")?));
        self.field(index)?.map_or(Ok(default), read)
    }

    /// A number of 32 bits that counts or points, 0 by default.
    pub(super) fn index(&self, index: usize) -> Result<usize> {
        // As wide as a pointer on every machine that this runs on.
        Ok(self.i32(index, 0)?.cast_unsigned() as usize)
    }

    /// Another table.
    pub(super) fn table(&self, index: usize) -> Result<Option<Table<'a>>> {
        self.field(index)?.map(|at| Table::at(self.file, follow(self.file, at)?)).transpose()
    }

    /// Text, in UTF-8.
    pub(super) fn text(&self, index: usize) -> Result<Option<&'a str>> {
        let Some((start, bytes)) = self.vector(index, 1)? else { return Ok(None) };
        std::str::from_utf8(bytes).map(Some).map_err(|_| damaged(start, "text in UTF-8"))
    }

    /// Bytes.
    pub(super) fn bytes(&self, index: usize) -> Result<&'a [u8]> {
        Ok(self.vector(index, 1)?.map_or(&[], |(_, bytes)| bytes))
    }

    /// Numbers of 32 bits, at most so many.
    pub(super) fn i32s(&self, index: usize, most: usize) -> Result<Vec<i32>> {
        self.numbers(index, most, i32::from_le_bytes)
    }

    /// Numbers of 16 bits without a sign, at most so many.
    pub(super) fn u16s(&self, index: usize, most: usize) -> Result<Vec<u16>> {
        self.numbers(index, most, u16::from_le_bytes)
    }

    fn numbers<const N: usize, T>(
        &self,
        index: usize,
        most: usize,
        read: fn([u8; N]) -> T,
    ) -> Result<Vec<T>> {
        let Some((start, bytes)) = self.vector(index, N)? else { return Ok(Vec::new()) };
        match bytes.len() / N <= most {
            true => Ok(bytes.as_chunks::<N>().0.iter().map(|bytes| read(*bytes)).collect()),
            false => Err(damaged(start, "fewer elements")),
        }
    }

    /// A vector of tables; empty by default.
    pub(super) fn tables(&self, index: usize) -> Result<Tables<'a>> {
        let Some((start, bytes)) = self.vector(index, 4)? else { return Ok(Tables::default()) };
        Ok(Tables { file: self.file, start, count: bytes.len() / 4 })
    }

    /// Where a vector's elements begin, and their bytes.
    fn vector(&self, index: usize, element_bytes: usize) -> Result<Option<(usize, &'a [u8])>> {
        let Some(at) = self.field(index)? else { return Ok(None) };
        let at = follow(self.file, at)?;
        let count = u32::from_le_bytes(array(self.file, at, "a vector's length")?) as usize;
        let end = count.checked_mul(element_bytes).and_then(|bytes| bytes.checked_add(at + 4));
        let bytes = end.and_then(|end| self.file.get(at + 4..end));
        bytes.map(|bytes| Some((at + 4, bytes))).ok_or(damaged(at, "a vector within the file"))
    }
}

impl<'a> Tables<'a> {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The tables, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = Result<Table<'a>>> {
        (0..self.count).map(move |i| Table::at(self.file, follow(self.file, self.start + 4 * i)?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Field, flatbuffer};
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Vec<u8> {
        let inner = Field::Table(vec![Field::I32(-7), Field::Absent, Field::Text("مرحبا")]);
        let list = Field::Tables(vec![vec![Field::I8(1)], vec![Field::I8(2)]]);
        flatbuffer(
            b"TEST",
            vec![inner, Field::I32s(vec![3, -4]), list, Field::Bytes(vec![9, 8]), Field::Flag(true)],
        )
    }

    #[test]
    fn what_was_written_is_read() {
        let file = sample();
        let root = Table::root(&file).unwrap();
        let inner = root.table(0).unwrap().unwrap();
        assert_eq!((inner.i32(0, 5), inner.i32(1, 5)), (Ok(-7), Ok(5)));
        assert_eq!(inner.text(2), Ok(Some("مرحبا")));
        assert_eq!(root.i32s(1, 2), Ok(vec![3, -4]));
        let list: Vec<i8> =
            root.tables(2).unwrap().iter().map(|table| table.unwrap().i8(0).unwrap()).collect();
        assert_eq!(list, [1, 2]);
        assert_eq!((root.bytes(3).unwrap(), root.flag(4)), (&[9, 8][..], Ok(true)));
    }

    #[test]
    fn fields_that_are_not_there_have_their_defaults() {
        let file = sample();
        let root = Table::root(&file).unwrap();
        assert_eq!((root.i8(9), root.i32(9, 3), root.text(9)), (Ok(0), Ok(3), Ok(None)));
        assert_eq!((root.bytes(9).unwrap().len(), root.tables(9).unwrap().len()), (0, 0));
    }

    #[test]
    fn vectors_longer_than_the_caller_bears_are_refused() {
        let file = sample();
        let error = Table::root(&file).unwrap().i32s(1, 1).unwrap_err();
        assert!(matches!(error, ConvertError::Damaged { expected: "fewer elements", .. }));
    }

    fn walk(table: &Table<'_>, depth: usize) {
        for index in 0..6 {
            let _ = (table.i8(index), table.i32(index, 0), table.text(index), table.i32s(index, 9));
            let _ = (table.bytes(index), table.u16s(index, 9));
            let inner = table.table(index).into_iter().flatten();
            let list = table.tables(index).into_iter().flat_map(|list| list.iter().take(3).flatten());
            inner.chain(list).filter(|_| depth > 0).for_each(|table| walk(&table, depth - 1));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(
            cut in 0_usize..200,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        ) {
            let mut file = sample();
            file.truncate(file.len().saturating_sub(cut).max(1));
            for (index, value) in changes {
                let at = index.index(file.len());
                file[at] = value;
            }
            if let Ok(root) = Table::root(&file) {
                walk(&root, 2);
            }
        }
    }
}
