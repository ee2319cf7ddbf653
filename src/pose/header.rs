//! The header of a `.pose` file: version, picture size, components.

use super::bytes::{Reader, put_text, short};
use super::{Component, FormatError, ImageSize, Layout};

/// The versions of the body's encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// A count of people in every frame.
    V0,
    /// 16-bit rate and frame count.
    V0_1,
    /// 32-bit rate and frame count; what is written.
    V0_2,
}

pub(super) struct Header {
    pub(super) version: Version,
    pub(super) size: ImageSize,
    pub(super) layout: Layout,
}

/// Which version the first four bytes are. They are rounded because 0.1 has no exact `f32`.
pub(super) fn version_of(number: f32) -> Result<Version, FormatError> {
    match (number * 1000.0).round() {
        0.0 => Ok(Version::V0),
        100.0 => Ok(Version::V0_1),
        200.0 => Ok(Version::V0_2),
        _ => Err(FormatError::Version { found: number }),
    }
}

pub(super) fn read(from: &mut Reader) -> Result<Header, FormatError> {
    let version = version_of(from.f32("the version")?)?;
    let width = from.u16("the picture's width")?;
    let height = from.u16("the picture's height")?;
    let depth = from.u16("the picture's depth")?;
    let count = from.u16("the number of components")?;
    let components = (0..count).map(|_| read_component(from)).collect::<Result<Vec<_>, _>>()?;
    Ok(Header { version, size: ImageSize { width, height, depth }, layout: Layout { components } })
}

fn read_component(from: &mut Reader) -> Result<Component, FormatError> {
    let name = from.text("a component's name")?;
    let format = from.text("a component's point format")?;
    let points = from.u16("the number of points")?;
    let limbs = from.u16("the number of limbs")?;
    let colors = from.u16("the number of colours")?;
    let mut component = Component { name, format, ..Component::default() };
    for _ in 0..points {
        component.points.push(from.text("a point's name")?);
    }
    for _ in 0..limbs {
        component.limbs.push((from.u16("a limb's start")?, from.u16("a limb's end")?));
    }
    for _ in 0..colors {
        component.colors.push((from.u16("red")?, from.u16("green")?, from.u16("blue")?));
    }
    check(&component)?;
    Ok(component)
}

fn check(component: &Component) -> Result<(), FormatError> {
    let format = &component.format;
    let known = format == "XYC" || format.starts_with("XYZ") && format.ends_with('C');
    if !(known && format.is_ascii()) {
        return Err(FormatError::PointFormat { component: component.name.clone(), found: format.clone() });
    }
    let points = component.points.len();
    let outside = component.limbs.iter().find(|(a, b)| usize::from(*a.max(b)) >= points);
    match outside {
        Some(&(from, to)) => Err(FormatError::Limb { component: component.name.clone(), points, from, to }),
        None => Ok(()),
    }
}

pub(super) fn write(out: &mut Vec<u8>, size: ImageSize, layout: &Layout) -> Result<(), FormatError> {
    out.extend(0.2_f32.to_le_bytes());
    for number in [size.width, size.height, size.depth] {
        out.extend(number.to_le_bytes());
    }
    out.extend(short(layout.components.len(), "the number of components")?.to_le_bytes());
    layout.components.iter().try_for_each(|component| write_component(out, component))
}

fn write_component(out: &mut Vec<u8>, component: &Component) -> Result<(), FormatError> {
    check(component)?;
    put_text(out, &component.name, "a component name's length")?;
    put_text(out, &component.format, "a point format's length")?;
    out.extend(short(component.points.len(), "the number of points")?.to_le_bytes());
    out.extend(short(component.limbs.len(), "the number of limbs")?.to_le_bytes());
    out.extend(short(component.colors.len(), "the number of colours")?.to_le_bytes());
    for point in &component.points {
        put_text(out, point, "a point name's length")?;
    }
    let limbs = component.limbs.iter().flat_map(|&(a, b)| [a, b]);
    let colors = component.colors.iter().flat_map(|&(r, g, b)| [r, g, b]);
    out.extend(limbs.chain(colors).flat_map(u16::to_le_bytes));
    Ok(())
}
