//! The skin of head and trunk, as far as hands can touch it: distances from within.
//!
//! A head is nearly star-shaped about its middle, and a trunk about its axis, so one radius for each
//! direction says where the skin is. That asks nothing of a mesh (holes, open cloth and shells over
//! shells are all the same to it), is looked up in nanoseconds, and has a slope to be pushed along.

use glam::{Vec2, Vec3};
use std::f32::consts::{PI, TAU};

/// Radii over a grid: columns go round, rows from bottom to top.
#[derive(Clone, Debug, PartialEq)]
pub struct Radii {
    columns: usize,
    rows: usize,
    cells: Vec<f32>,
}

/// A surface point or its neighbourhood, seen from a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probe {
    /// How far outside the point is; negative inside.
    pub clearance: f32,
    /// The way out.
    pub normal: Vec3,
}

/// A surface with a radius for each direction from a centre.
#[derive(Clone, Debug, PartialEq)]
pub struct Globe {
    /// Where directions start.
    pub centre: Vec3,
    /// Radii by longitude (0 ahead, positive to the left) and latitude.
    pub radii: Radii,
}

/// A surface with a radius for each height and direction about an upright axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// A point of the axis.
    pub axis: Vec2,
    /// Lowest and highest row.
    pub heights: [f32; 2],
    /// Radii by direction (0 ahead, positive to the left) and height.
    pub radii: Radii,
}

/// Head and trunk of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Hull {
    /// The head, in its own frame.
    pub head: Globe,
    /// Trunk and neck, in the chest frame.
    pub trunk: Column,
}

impl Radii {
    /// All of `columns × rows` by a function; NaN where there is no skin, which is filled from around.
    pub fn new(columns: usize, rows: usize, at: impl Fn(usize, usize) -> f32) -> Self {
        let cells = (0..rows * columns).map(|i| at(i % columns, i / columns)).collect();
        let mut radii = Self { columns, rows, cells };
        radii.fill_holes();
        radii
    }

    /// At least this far at a cell.
    fn raise(&mut self, column: usize, row: usize, radius: f32) {
        let cell = &mut self.cells[row * self.columns + column];
        *cell = cell.max(radius);
    }

    /// Spreads what is known into what is not, ring by ring.
    fn fill_holes(&mut self) {
        for _ in 0..self.columns.max(self.rows) {
            let holes: Vec<usize> = (0..self.cells.len()).filter(|&i| self.cells[i].is_nan()).collect();
            if holes.is_empty() || holes.len() == self.cells.len() {
                break;
            }
            let filled: Vec<(usize, f32)> =
                holes.into_iter().filter_map(|i| Some((i, self.around(i)?))).collect();
            for (i, radius) in filled {
                self.cells[i] = radius;
            }
        }
        self.cells.iter_mut().filter(|r| r.is_nan()).for_each(|r| *r = 0.0);
    }

    /// The mean of a cell's known neighbours.
    fn around(&self, i: usize) -> Option<f32> {
        let (x, y) = (i % self.columns, i / self.columns);
        let (mut sum, mut count) = (0.0, 0.0);
        for (dx, dy) in [(1, 0), (self.columns - 1, 0), (0, 1), (0, usize::MAX)] {
            let row = y.wrapping_add(dy);
            if row >= self.rows {
                continue;
            }
            let radius = self.cells[row * self.columns + (x + dx) % self.columns];
            if !radius.is_nan() {
                (sum, count) = (sum + radius, count + 1.0);
            }
        }
        (count > 0.0).then(|| sum / count)
    }

    /// The radius at a place of the grid, in cells; columns wrap, rows end.
    fn at(&self, u: f32, v: f32) -> f32 {
        let (u, v) = (u.rem_euclid(self.columns as f32), v.clamp(0.0, (self.rows - 1) as f32));
        let (x, y) = (u as usize % self.columns, v as usize);
        let (s, t) = (u - u.floor(), v - y as f32);
        let (right, up) = ((x + 1) % self.columns, (y + 1).min(self.rows - 1));
        let cell = |x: usize, y: usize| self.cells[y * self.columns + x];
        let low = cell(x, y) + (cell(right, y) - cell(x, y)) * s;
        let high = cell(x, up) + (cell(right, up) - cell(x, up)) * s;
        low + (high - low) * t
    }

    /// The radius and its change over a cell, across and up.
    fn slope(&self, u: f32, v: f32) -> (f32, Vec2) {
        let radius = self.at(u, v);
        let across = self.at(u + 0.5, v) - self.at(u - 0.5, v);
        let up = self.at(u, v + 0.5) - self.at(u, v - 0.5);
        (radius, Vec2::new(across, up))
    }

    fn scaled(&self, scale: f32) -> Self {
        Self { cells: self.cells.iter().map(|r| r * scale).collect(), ..*self }
    }
}

/// Columns and rows of a head.
const GLOBE: [usize; 2] = [96, 48];
/// Columns and rows of a trunk.
const COLUMN: [usize; 2] = [64, 56];

impl Globe {
    /// By the radius in each direction.
    pub fn new(centre: Vec3, radius: impl Fn(Vec3) -> f32) -> Self {
        let [columns, rows] = GLOBE;
        Self { centre, radii: Radii::new(columns, rows, |x, y| radius(Self::direction(x, y))) }
    }

    /// On a mesh: the farthest of what lies in each direction.
    pub fn cast(centre: Vec3, triangles: &[[Vec3; 3]]) -> Self {
        let [columns, rows] = GLOBE;
        let mut globe =
            Self { centre, radii: Radii { columns, rows, cells: vec![f32::NAN; columns * rows] } };
        for corners in triangles {
            let cells = corners.map(|p| globe.cell(p));
            let rays = covered(cells, columns, rows);
            for (x, y) in rays {
                if let Some(radius) = meet(centre, Self::direction(x, y), corners) {
                    globe.radii.raise(x, y, radius);
                }
            }
        }
        globe.radii.fill_holes();
        globe
    }

    /// The direction of a cell.
    pub fn direction(column: usize, row: usize) -> Vec3 {
        let [columns, rows] = GLOBE;
        let (sin, cos) = ((column as f32 / columns as f32) * TAU).sin_cos();
        let (up, out) = (((row as f32 + 0.5) / rows as f32 - 0.5) * PI).sin_cos();
        Vec3::new(sin * out, up, cos * out)
    }

    /// The cell, broken, of a point.
    pub fn cell(&self, point: Vec3) -> Vec2 {
        let [columns, rows] = GLOBE.map(|n| n as f32);
        let off = point - self.centre;
        let latitude = off.y.atan2(Vec2::new(off.x, off.z).length());
        Vec2::new(off.x.atan2(off.z) / TAU * columns, (latitude / PI + 0.5) * rows - 0.5)
    }

    /// How far a point is outside, and the way out.
    pub fn probe(&self, point: Vec3) -> Probe {
        let off = point - self.centre;
        let distance = off.length();
        let Some(out) = off.try_normalize() else {
            return Probe { clearance: -self.radii.at(0.0, 0.0), normal: Vec3::Z };
        };
        let [columns, rows] = GLOBE.map(|n| n as f32);
        let cell = self.cell(point);
        let (radius, change) = self.radii.slope(cell.x, cell.y);
        let level = Vec2::new(out.x, out.z).length().max(0.05);
        let east = Vec3::new(out.z, 0.0, -out.x) / level;
        let north = out.cross(east);
        let tilt = Vec2::new(change.x * columns / (TAU * level), change.y * rows / PI) / radius.max(1e-4);
        surface(distance - radius, out, [east, north], tilt)
    }
}

impl Column {
    /// By the radius in each direction (a unit vector on the floor) and height.
    pub fn new(axis: Vec2, heights: [f32; 2], radius: impl Fn(Vec3, f32) -> f32) -> Self {
        let [columns, rows] = COLUMN;
        let radii = Radii::new(columns, rows, |x, y| radius(Self::direction(x), height(heights, y)));
        Self { axis, heights, radii }
    }

    /// On a mesh: the farthest of what lies in each direction, height by height.
    pub fn cast(axis: Vec2, heights: [f32; 2], triangles: &[[Vec3; 3]]) -> Self {
        let [columns, rows] = COLUMN;
        let radii = Radii { columns, rows, cells: vec![f32::NAN; columns * rows] };
        let mut column = Self { axis, heights, radii };
        for corners in triangles {
            for (x, y) in covered(corners.map(|p| column.cell(p)), columns, rows) {
                let from = Vec3::new(axis.x, height(heights, y), axis.y);
                if let Some(radius) = meet(from, Self::direction(x), corners) {
                    column.radii.raise(x, y, radius);
                }
            }
        }
        column.radii.fill_holes();
        column
    }

    /// The direction of a column of cells.
    pub fn direction(column: usize) -> Vec3 {
        let (sin, cos) = (column as f32 / COLUMN[0] as f32 * TAU).sin_cos();
        Vec3::new(sin, 0.0, cos)
    }

    /// The cell, broken, of a point.
    pub fn cell(&self, point: Vec3) -> Vec2 {
        let [low, high] = self.heights;
        let around = (point.x - self.axis.x).atan2(point.z - self.axis.y) / TAU;
        let up = (point.y - low) / (high - low);
        Vec2::new(around * COLUMN[0] as f32, up * (COLUMN[1] - 1) as f32)
    }

    /// How far a point is outside, and the way out.
    pub fn probe(&self, point: Vec3) -> Probe {
        let [low, high] = self.heights;
        let off = Vec3::new(point.x - self.axis.x, 0.0, point.z - self.axis.y);
        let distance = off.length();
        let out = off.try_normalize().unwrap_or(Vec3::Z);
        let cell = self.cell(point);
        let (radius, change) = self.radii.slope(cell.x, cell.y);
        let above = point.y - point.y.clamp(low, high);
        let east = Vec3::new(out.z, 0.0, -out.x);
        let rows = (COLUMN[1] - 1) as f32 / (high - low);
        let tilt = Vec2::new(change.x * COLUMN[0] as f32 / (TAU * radius.max(1e-4)), change.y * rows);
        let beside = surface(distance - radius, out, [east, Vec3::Y], tilt);
        if above == 0.0 {
            return beside;
        }
        let aside = beside.clearance.max(0.0);
        let normal = (beside.normal * aside + Vec3::Y * above).normalize_or(Vec3::Y);
        Probe { clearance: aside.hypot(above), normal }
    }
}

/// The cells whose middles may be within a triangle whose corners are in these.
fn covered(corners: [Vec2; 3], columns: usize, rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let width = columns as f32;
    // The seam behind is crossed by going on beyond it, and around a pole all columns are looked at.
    let near = |u: f32| u - width * ((u - corners[0].x) / width).round();
    let us = corners.map(|c| near(c.x));
    let (mut left, mut right) = (us[0].min(us[1]).min(us[2]), us[0].max(us[1]).max(us[2]));
    if right - left > 0.4 * width {
        (left, right) = (0.0, width - 1.0);
    }
    let vs = corners.map(|c| c.y);
    let low = vs[0].min(vs[1]).min(vs[2]).floor().max(0.0) as usize;
    let high = (vs[0].max(vs[1]).max(vs[2]).ceil().max(-1.0) + 1.0) as usize;
    let (first, last) = (left.floor() as i64, right.ceil() as i64);
    (low..high.min(rows))
        .flat_map(move |y| (first..=last).map(move |x| (x.rem_euclid(columns as i64) as usize, y)))
}

/// How far along a ray a triangle is (Möller and Trumbore 1997), from either of its sides.
fn meet(from: Vec3, towards: Vec3, [a, b, c]: &[Vec3; 3]) -> Option<f32> {
    let (ab, ac) = (b - a, c - a);
    let across = towards.cross(ac);
    let area = ab.dot(across);
    if area.abs() < 1e-12 {
        return None;
    }
    let off = from - a;
    let s = off.dot(across) / area;
    let turned = off.cross(ab);
    let t = towards.dot(turned) / area;
    let along = ac.dot(turned) / area;
    (s >= -1e-4 && t >= -1e-4 && s + t <= 1.0002 && along > 0.0).then_some(along)
}

fn height([low, high]: [f32; 2], row: usize) -> f32 {
    low + (high - low) * row as f32 / (COLUMN[1] - 1) as f32
}

/// First-order distance to a surface whose radius changes by `tilt` along two directions.
fn surface(excess: f32, out: Vec3, [east, north]: [Vec3; 2], tilt: Vec2) -> Probe {
    // Steeper than this is an edge of cloth or hair, not a slope to slide along.
    let tilt = tilt.clamp_length_max(2.0);
    let along = out - east * tilt.x - north * tilt.y;
    let steep = along.length().max(1.0);
    Probe { clearance: excess / steep, normal: along / steep }
}

impl Hull {
    /// The same, larger.
    pub fn scaled(&self, scale: f32) -> Self {
        Self {
            head: Globe { centre: self.head.centre * scale, radii: self.head.radii.scaled(scale) },
            trunk: Column {
                axis: self.trunk.axis * scale,
                heights: self.trunk.heights.map(|y| y * scale),
                radii: self.trunk.radii.scaled(scale),
            },
        }
    }

    /// The nearer of head and trunk; `chest_from_head` says where the head is.
    pub fn probe(&self, point: Vec3, head: &super::Frame) -> Probe {
        let trunk = self.trunk.probe(point);
        let seen = self.head.probe(head.inverse_point(point));
        if seen.clearance < trunk.clearance {
            return Probe { clearance: seen.clearance, normal: head.rotation * seen.normal };
        }
        trunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Frame;
    use glam::Quat;
    use proptest::prelude::*;

    /// A ball above a post.
    fn body() -> Hull {
        Hull {
            head: Globe::new(Vec3::new(0.0, 0.1, 0.0), |_| 0.5),
            trunk: Column::new(Vec2::ZERO, [-2.0, 0.0], |_, _| 0.3),
        }
    }

    proptest! {
        #[test]
        fn distances_to_a_ball_and_a_post_are_true(x in -1.0f32..1.0, y in -2.5f32..1.5, z in -1.0f32..1.0, nod in -0.5f32..0.5) {
            let head = Frame { rotation: Quat::from_rotation_x(nod), origin: Vec3::Y };
            let point = Vec3::new(x, y, z);
            let probe = body().probe(point, &head);
            let ball = (head.inverse_point(point) - Vec3::new(0.0, 0.1, 0.0)).length() - 0.5;
            let beside = Vec2::new(x, z).length() - 0.3;
            let above = y - y.clamp(-2.0, 0.0);
            let post = if above == 0.0 { beside } else { beside.max(0.0).hypot(above) };
            prop_assert!((probe.clearance - ball.min(post)).abs() < 1e-3);
        }

        #[test]
        fn the_way_out_leads_out(x in -0.4f32..0.4, y in -0.4f32..0.4, z in -0.4f32..0.4) {
            let globe = Globe::new(Vec3::ZERO, |d| 0.4 + 0.1 * d.z.max(0.0).powi(2));
            let point = Vec3::new(x, y, z);
            let probe = globe.probe(point);
            let further = globe.probe(point + probe.normal * 0.02);
            prop_assert!(point.length() < 0.05 || further.clearance > probe.clearance);
        }
    }

    #[test]
    fn holes_are_filled_from_around_and_nothing_at_all_is_nothing() {
        let holed = Radii::new(8, 4, |x, y| if x == 3 && y > 1 { f32::NAN } else { 2.0 });
        assert_eq!(holed.at(3.0, 3.0), 2.0);
        assert_eq!(Radii::new(8, 4, |_, _| f32::NAN).at(1.0, 1.0), 0.0);
    }
}
