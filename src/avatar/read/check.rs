//! What the parser takes for granted about a file's accessors, and would panic on.

use super::Reader;
use crate::avatar::error::AvatarError;
use gltf::Semantic;
use gltf::accessor::{DataType, Dimensions};

/// More vertices than any avatar has; a file that claims more is lying.
const MOST_ITEMS: usize = 20_000_000;

/// The parser's own validation takes for granted that a primitive's positions exist, and panics where
/// they do not.
pub(super) fn positions(root: &gltf::json::Root, file: &str) -> Result<(), AvatarError> {
    let accessors = root.accessors.len();
    let positions = gltf::json::validation::Checked::Valid(Semantic::Positions);
    for (mesh, primitive) in
        root.meshes.iter().enumerate().flat_map(|(i, m)| m.primitives.iter().map(move |p| (i, p)))
    {
        if let Some(index) = primitive.attributes.get(&positions).filter(|i| i.value() >= accessors) {
            return Err(AvatarError::Content {
                file: file.into(),
                thing: format!("positions of mesh {mesh}"),
                expected: format!("one of {accessors} accessors"),
                found: format!("accessor {}", index.value()),
            });
        }
    }
    Ok(())
}

impl Reader<'_> {
    /// The parser's iterators slice without looking, so every accessor is measured first.
    pub(super) fn check_accessors(&self) -> Result<(), AvatarError> {
        for accessor in self.document.accessors() {
            let size = accessor.size();
            if accessor.count() > MOST_ITEMS {
                let found = accessor.count().to_string();
                return Err(self.wrong(
                    accessor_name(&accessor),
                    format!("at most {MOST_ITEMS} items"),
                    found,
                ));
            }
            if let Some(view) = accessor.view() {
                let stride = view.stride().unwrap_or(size);
                self.check_range(accessor.index(), &view, accessor.offset(), accessor.count(), stride, size)?;
            }
            if let Some(sparse) = accessor.sparse() {
                let count = sparse.count();
                let (indices, values) = (sparse.indices(), sparse.values());
                let width = indices.index_type().size();
                self.check_range(accessor.index(), &indices.view(), indices.offset(), count, width, width)?;
                self.check_range(accessor.index(), &values.view(), values.offset(), count, size, size)?;
            }
        }
        Ok(())
    }

    fn check_range(
        &self,
        accessor: usize,
        view: &gltf::buffer::View<'_>,
        offset: usize,
        count: usize,
        stride: usize,
        size: usize,
    ) -> Result<(), AvatarError> {
        let within = count
            .checked_sub(1)
            .map_or(Some(0), |last| last.checked_mul(stride)?.checked_add(size)?.checked_add(offset));
        let data = self.buffers.get(view.buffer().index()).map_or(0, |buffer| buffer.len());
        let view_end = view.offset().checked_add(view.length());
        let fits = within.is_some_and(|end| end <= view.length()) && view_end.is_some_and(|end| end <= data);
        if fits {
            return Ok(());
        }
        let found = format!("{count} items of {size} bytes in a view of {} bytes", view.length());
        Err(self.wrong(format!("accessor {accessor}"), "data within its buffer view", found))
    }

    /// What the parser's readers take for granted about an accessor's type.
    pub(super) fn check_type(
        &self,
        accessor: &gltf::Accessor<'_>,
        dimensions: &[Dimensions],
        types: &[DataType],
    ) -> Result<(), AvatarError> {
        if dimensions.contains(&accessor.dimensions()) && types.contains(&accessor.data_type()) {
            return Ok(());
        }
        let found = format!("{:?} of {:?}", accessor.dimensions(), accessor.data_type());
        Err(self.wrong(accessor_name(accessor), format!("{dimensions:?} of {types:?}"), found))
    }

    pub(super) fn check_attributes(&self, primitive: &gltf::Primitive<'_>) -> Result<(), AvatarError> {
        const FLOATS: [DataType; 3] = [DataType::U8, DataType::U16, DataType::F32];
        const INTEGERS: [DataType; 3] = [DataType::U8, DataType::U16, DataType::U32];
        for (semantic, accessor) in primitive.attributes() {
            match semantic {
                Semantic::Positions | Semantic::Normals => {
                    self.check_type(&accessor, &[Dimensions::Vec3], &[DataType::F32])?;
                }
                Semantic::Colors(_) => {
                    self.check_type(&accessor, &[Dimensions::Vec3, Dimensions::Vec4], &FLOATS)?;
                }
                Semantic::Joints(_) => self.check_type(&accessor, &[Dimensions::Vec4], &INTEGERS[..2])?,
                Semantic::Weights(_) => self.check_type(&accessor, &[Dimensions::Vec4], &FLOATS)?,
                Semantic::Tangents | Semantic::TexCoords(_) | Semantic::Extras(_) => {}
            }
        }
        for target in primitive.morph_targets() {
            for accessor in [target.positions(), target.normals()].into_iter().flatten() {
                self.check_type(&accessor, &[Dimensions::Vec3], &[DataType::F32])?;
            }
        }
        match primitive.indices() {
            Some(accessor) => self.check_type(&accessor, &[Dimensions::Scalar], &INTEGERS),
            None => Ok(()),
        }
    }

    pub(super) fn check_lengths(
        &self,
        thing: &str,
        count: usize,
        lengths: &[usize],
    ) -> Result<(), AvatarError> {
        match lengths.iter().find(|length| **length != count) {
            None => Ok(()),
            Some(length) => {
                Err(self.wrong(thing, format!("{count} of every vertex attribute"), length.to_string()))
            }
        }
    }
}

fn accessor_name(accessor: &gltf::Accessor<'_>) -> String {
    format!("accessor {}", accessor.index())
}
