//! Rotations that glam does not have, or has with traps.

use glam::{Quat, Vec3};

/// The shortest rotation that takes `from`'s direction to `to`'s; identity if either is zero.
pub fn arc(from: Vec3, to: Vec3) -> Quat {
    match (from.try_normalize(), to.try_normalize()) {
        (Some(a), Some(b)) =>
        {
            #[expect(clippy::disallowed_methods, reason = "both are unit vectors here")]
            Quat::from_rotation_arc(a, b)
        }
        _ => Quat::IDENTITY,
    }
}

/// `q` as `swing * twist`, the twist about `axis` (a unit vector).
pub fn swing_twist(q: Quat, axis: Vec3) -> (Quat, Quat) {
    let along = Vec3::new(q.x, q.y, q.z).dot(axis) * axis;
    let twist = Quat::from_xyzw(along.x, along.y, along.z, q.w);
    let twist = if twist.length_squared() > 1e-12 { twist.normalize() } else { Quat::IDENTITY };
    (q * twist.inverse(), twist)
}

/// The signed angle of a rotation about `axis` (a unit vector), −π to π.
pub fn twist_angle(q: Quat, axis: Vec3) -> f32 {
    let angle = 2.0 * Vec3::new(q.x, q.y, q.z).dot(axis).atan2(q.w);
    wrap_angle(angle)
}

/// An angle brought to −π to π.
pub fn wrap_angle(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (angle + PI).rem_euclid(TAU) - PI
}

/// Smooth from 0 to 1 with zero velocity and acceleration at both ends (minimum jerk; Flash and
/// Hogan 1985).
pub fn minimum_jerk(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * t * (10.0 + t * (-15.0 + 6.0 * t))
}

/// 0 up to the first, 1 from the second on, smooth between.
pub fn ramp([from, to]: [f32; 2], at: f32) -> f32 {
    minimum_jerk((at - from) / (to - from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swing_times_twist_gives_the_rotation_back() {
        let q = Quat::from_euler(glam::EulerRot::XYZ, 0.4, -1.0, 2.0);
        let (swing, twist) = swing_twist(q, Vec3::X);
        assert!((swing * twist).dot(q).abs() > 1.0 - 1e-6);
        assert!(Vec3::new(swing.x, swing.y, swing.z).dot(Vec3::X).abs() < 1e-6);
    }
}
