//! Short hair: a shell on the skull, thick on top and cut close at the sides, that ends in one clean
//! hairline and is combed into strands. All in millimetres in the head's frame.

use super::head::Face;
use super::sdf::{bell, bell3, mirror, smoothstep, union};
use glam::{Vec2, Vec3};

/// Distance to the hair.
pub(super) fn distance(face: &Face, p: Vec3) -> f32 {
    let inside = -hairline(p);
    let skull = face.skull(p);
    if skull > 40.0 {
        return skull - 24.0;
    }
    // It rises out of the skin along the hairline, steeply at first.
    let edge = smoothstep(0.0, 36.0, inside);
    let root = 2.2 * smoothstep(0.0, 4.0, inside) - 1.2;
    let lift = root + thickness(p) * edge + combed(p) * strand(p) * edge;
    // Its slope is steeper than a distance's, by the strands and the furrows.
    (skull - lift).max(-inside * 0.8 - 6.0) * 0.6
}

/// How far the strands stand out: less at the sides, where the hair is short.
fn combed(p: Vec3) -> f32 {
    0.40 * smoothstep(-70.0, -20.0, p.y) + 0.55 * smoothstep(8.0, 40.0, p.y)
}

/// How thick the hair is, away from its edge.
fn thickness(p: Vec3) -> f32 {
    let q = mirror(p);
    let top = smoothstep(18.0, 84.0, p.y);
    let front = bell3(q, Vec3::new(0.0, 86.0, 56.0), Vec3::new(44.0, 24.0, 26.0));
    1.4 + 9.0 * top + 4.0 * front - parting(p)
}

/// The furrow of the parting, on the left, from the front to the crown.
fn parting(p: Vec3) -> f32 {
    let reach = smoothstep(-45.0, -5.0, p.z) * smoothstep(40.0, 70.0, p.y);
    4.5 * reach * bell((p.x - 39.0 + 0.06 * p.z) / 3.4)
}

/// Distance to where the hair begins, negative where it grows: over the forehead, down before the
/// ear, round it, and low on the nape.
pub(super) fn hairline(p: Vec3) -> f32 {
    let q = mirror(p);
    let over =
        60.0 - 0.0016 * q.x * q.x + 8.0 * bell3(q, Vec3::new(45.0, 60.0, 48.0), Vec3::splat(15.0)) - p.y;
    let behind = p.z - (21.0 + 0.06 * p.y);
    let grown = union(over, behind, 16.0);
    let low = -15.0 - 63.0 * smoothstep(-22.0, -44.0, p.z);
    let ear = Vec2::new((p.y + 11.0) / 38.0, (p.z + 10.5 - 0.12 * p.y) / 18.5).length();
    // The ear is at the side only; farther in it has no say.
    let ear = (1.0 - ear).max(-3.0) * 18.5 - 2.0 * (48.0 - q.x).max(0.0);
    grown.max(low - p.y).max(ear)
}

/// The relief of the strands, −1 to 1: combed back and to the side from a parting on the left.
fn strand(p: Vec3) -> f32 {
    let wander = 1.3 * (p.z * 0.035 + 0.6).sin() + 0.7 * (p.z * 0.083 + p.y * 0.02).sin();
    // Where the head falls off to the sides they run down and back.
    let side = smoothstep(46.0, 70.0, p.x.abs()) * (0.40 * p.z + 0.16 * p.y);
    let across = p.x * 0.52 - p.z * 0.09 + side + wander + 0.8 * (p.x * 0.13).sin();
    let fine = (across * 2.1 + 1.2 * (p.z * 0.09 + p.x * 0.05).sin()).sin();
    0.6 * across.sin() + 0.4 * fine
}

/// Colour of the hair at `p`: lighter on the strands' backs.
pub(super) fn color(hair: Vec3, p: Vec3) -> Vec3 {
    let light = 0.5 + 0.5 * strand(p);
    hair * (0.65 + 1.3 * light * (0.55 + 0.45 * smoothstep(0.0, 60.0, p.y)))
}

/// How much of the hair's colour shows on the skin: none away from it, all under it.
pub(super) fn shade(face: &Face, p: Vec3) -> f32 {
    let on_skull = smoothstep(3.0, 0.8, face.skull(p));
    smoothstep(4.0, -3.0, hairline(p)) * on_skull
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sculpt::people::MAN_FACE;

    #[test]
    fn hair_covers_crown_and_nape_and_leaves_face_and_ears() {
        for covered in
            [Vec3::new(0.0, 116.0, -10.0), Vec3::new(20.0, 40.0, -100.0), Vec3::new(30.0, 105.0, 30.0)]
        {
            assert!(hairline(covered) < -4.0, "{covered}");
        }
        for free in [Vec3::new(0.0, 30.0, 80.0), Vec3::new(72.0, -10.0, -8.0), Vec3::new(40.0, -20.0, 60.0)] {
            assert!(hairline(free) > 4.0, "{free}");
            assert!(distance(&MAN_FACE, free) > 0.0, "{free}");
        }
    }
}
