//! Any rest → the T-pose, upright, facing +z, in metres.
//!
//! Motions are given relative to the T-pose, so the arms and fingers of an A-pose (or of whatever the
//! exporter found) are turned into it once, here; skins follow as in any other pose. The turn of each
//! bone is the shortest, so that skin is twisted no more than it must be; a hand is laid palm down by
//! its knuckles, and half of the turn that this takes goes to the forearm.
//!
//! Some exporters leave the nodes in a frame of an animation and the mesh bound in a T- or A-pose. Of
//! the two the one that is nearer the T-pose is the rest. A file in centimetres, or one whose armature
//! is scaled by a hundredth, comes out in metres because joints are measured where they end up.

use super::error::AvatarError;
use super::humanoid::Humanoid;
use super::model::{Node, Part, Skin};
use super::names::finger_bone;
use crate::body::{Bone, Hand, HandShape, Side, maths};
use crate::retarget::best_rotation;
use glam::{Affine3A, Mat3, Mat3A, Mat4, Quat, Vec3};

/// What was done to a file's rest.
#[derive(Clone, Debug, PartialEq, Default, serde::Serialize)]
pub struct Rest {
    /// What lengths were multiplied with to be metres.
    pub scale: f32,
    /// How far the person was turned to face +z upright, degrees.
    pub turned_degrees: f32,
    /// How far the upper arms were from the T-pose, degrees: about 0 for a T-pose, 30 to 60 for an
    /// A-pose.
    pub arms_lowered_degrees: f32,
    /// Whether the pose that the mesh is bound in was taken instead of the nodes' own.
    pub from_bind: bool,
}

/// Brings nodes, skins and parts into the T-pose. `trust_nodes` says that the nodes' pose is the rest
/// even where the mesh is bound in another, as VRM has it.
///
/// # Errors
/// If a limb that signing needs has no length.
pub(super) fn normalise(
    nodes: &mut [Node],
    humanoid: &Humanoid,
    skins: &mut [Skin],
    parts: &mut [Part],
    trust_nodes: bool,
    file: &str,
) -> Result<Rest, AvatarError> {
    let mut rest = Rest { scale: 1.0, ..Rest::default() };
    if !trust_nodes && let Some(bound) = bound_pose(nodes, humanoid, skins) {
        let mut other = nodes.to_vec();
        adopt(&mut other, &bound);
        if lowered(&other, humanoid) + 10.0 < lowered(nodes, humanoid) {
            nodes.clone_from_slice(&other);
            rest.from_bind = true;
        }
    }
    stand_upright(nodes, humanoid, &mut rest);
    check_limbs(nodes, humanoid, file)?;
    rest.arms_lowered_degrees = lowered(nodes, humanoid);
    for side in Side::BOTH {
        raise_arm(nodes, humanoid, side);
        straighten_fingers(nodes, humanoid, side);
    }
    for (index, skin) in skins.iter_mut().enumerate() {
        let own = parts.iter_mut().filter(|part| part.skin == Some(index));
        bring_mesh_to_model(nodes, humanoid, skin, own);
    }
    Ok(rest)
}

fn at(nodes: &[Node], humanoid: &Humanoid, bone: Bone) -> Option<Vec3> {
    let node = nodes.get(humanoid.node(bone)?)?;
    Some(node.model_from_node.translation.into())
}

fn arm(side: Side) -> [Bone; 3] {
    match side {
        Side::Left => [Bone::LeftUpperArm, Bone::LeftLowerArm, Bone::LeftHand],
        Side::Right => [Bone::RightUpperArm, Bone::RightLowerArm, Bone::RightHand],
    }
}

/// The greater angle between an upper arm and straight out from the trunk, degrees; whichever way the
/// person faces.
fn lowered(nodes: &[Node], humanoid: &Humanoid) -> f32 {
    let [left, right] = Side::BOTH.map(|side| {
        let [upper, lower, _] = arm(side);
        Some((at(nodes, humanoid, upper)?, at(nodes, humanoid, lower)?))
    });
    let (Some(left), Some(right)) = (left, right) else { return 0.0 };
    let out = left.0 - right.0;
    let angle = |(from, to): (Vec3, Vec3), out: Vec3| {
        let (along, out) = (to - from, out);
        if along.length() < 1e-9 || out.length() < 1e-9 { 0.0 } else { along.angle_between(out) }
    };
    angle(left, out).max(angle(right, -out)).to_degrees()
}

/// `model_from_node` of the joints as the mesh is bound to them; none where no skin says.
fn bound_pose(nodes: &[Node], humanoid: &Humanoid, skins: &[Skin]) -> Option<Vec<Option<Affine3A>>> {
    let mut bound = vec![None; nodes.len()];
    let mut any = false;
    for skin in skins {
        let Some(model_from_mesh) = model_from_mesh(nodes, humanoid, skin) else { continue };
        for (node, inverse_bind) in skin.joints.iter().zip(&skin.inverse_binds) {
            let joint = model_from_mesh * Affine3A::from_mat4(*inverse_bind).inverse();
            if let Some(slot) = bound.get_mut(*node).filter(|_| joint.is_finite()) {
                *slot = Some(joint);
                any = true;
            }
        }
    }
    any.then_some(bound)
}

/// Where a skin's mesh lies, judged by its joint nearest the hips.
fn model_from_mesh(nodes: &[Node], humanoid: &Humanoid, skin: &Skin) -> Option<Affine3A> {
    let nearest = skin
        .joints
        .iter()
        .enumerate()
        .min_by_key(|(_, node)| humanoid.bone(**node).map_or(usize::MAX, |bone| bone as usize));
    let (index, node) = nearest?;
    let from_mesh = nodes.get(*node)?.model_from_node * Affine3A::from_mat4(*skin.inverse_binds.get(index)?);
    let usable = from_mesh.is_finite() && from_mesh.matrix3.determinant().abs() > 1e-18;
    usable.then_some(from_mesh)
}

/// Moves the nodes to where the mesh is bound to them.
fn adopt(nodes: &mut [Node], bound: &[Option<Affine3A>]) {
    for (index, bound) in bound.iter().enumerate() {
        let parent = nodes[index].parent.map_or(Affine3A::IDENTITY, |parent| nodes[parent].model_from_node);
        if let Some(bound) = bound {
            let (scale, rotation, translation) = (parent.inverse() * *bound).to_scale_rotation_translation();
            if scale.is_finite() && rotation.is_finite() && translation.is_finite() {
                let node = &mut nodes[index];
                (node.scale, node.rotation, node.translation) = (scale, rotation.normalize(), translation);
            }
        }
        place(nodes, index);
    }
}

/// Recomputes where a node is from where its parent is.
fn place(nodes: &mut [Node], index: usize) {
    let parent = nodes[index].parent.map_or(Affine3A::IDENTITY, |parent| nodes[parent].model_from_node);
    let node = &mut nodes[index];
    node.model_from_node =
        parent * Affine3A::from_scale_rotation_translation(node.scale, node.rotation, node.translation);
}

/// Turns and scales the whole so that the person stands along y, faces +z and is as tall as people are.
fn stand_upright(nodes: &mut [Node], humanoid: &Humanoid, rest: &mut Rest) {
    let bone = |bone| at(nodes, humanoid, bone);
    let (Some(left), Some(right), Some(hips), Some(head)) =
        (bone(Bone::LeftUpperArm), bone(Bone::RightUpperArm), bone(Bone::Hips), bone(Bone::Head))
    else {
        return;
    };
    let feet: Vec<Vec3> = [Bone::LeftFoot, Bone::RightFoot].into_iter().filter_map(bone).collect();
    let foot = feet.iter().sum::<Vec3>() / feet.len().max(1) as f32;
    let rotation = upright(left - right, head - hips);
    let scale = metres(if feet.is_empty() { 2.0 * head.distance(hips) } else { head.distance(foot) });
    rest.scale = scale;
    rest.turned_degrees = rotation.angle_between(Quat::IDENTITY).to_degrees();
    if rest.turned_degrees < 1.0 && scale == 1.0 {
        return;
    }
    for index in 0..nodes.len() {
        if nodes[index].parent.is_none() {
            let node = &mut nodes[index];
            node.translation = rotation * node.translation * scale;
            node.rotation = (rotation * node.rotation).normalize();
            node.scale *= scale;
        }
        place(nodes, index);
    }
}

/// The quarter turns that bring a person's left to +x and their top to +y: exporters turn by quarters,
/// and what is left is how the person stands.
fn upright(left: Vec3, up: Vec3) -> Quat {
    let quarter = |v: Vec3| {
        let size = v.abs();
        let axis = if size.x >= size.y && size.x >= size.z {
            Vec3::X
        } else if size.y >= size.z {
            Vec3::Y
        } else {
            Vec3::Z
        };
        axis * v.dot(axis).signum()
    };
    let y = quarter(up);
    let x = quarter(left.reject_from_normalized(y));
    if x.dot(y) != 0.0 {
        return Quat::IDENTITY;
    }
    // Columns are where the model's axes are in the file; their transpose brings them home.
    Quat::from_mat3(&Mat3::from_cols(x, y, x.cross(y)).transpose()).normalize()
}

/// The power of ten that makes a person of a length from ankles to head.
fn metres(stature: f32) -> f32 {
    if !(1e-6..1e9).contains(&stature) {
        return 1.0;
    }
    let mut exponent = 0;
    while stature * 10_f32.powi(exponent) >= 4.0 {
        exponent -= 1;
    }
    while stature * 10_f32.powi(exponent) < 0.4 {
        exponent += 1;
    }
    10_f32.powi(exponent)
}

fn check_limbs(nodes: &[Node], humanoid: &Humanoid, file: &str) -> Result<(), AvatarError> {
    let pairs = Side::BOTH.map(|side| {
        let [upper, lower, hand] = arm(side);
        [[upper, lower], [lower, hand]]
    });
    let shoulders = [[Bone::LeftUpperArm, Bone::RightUpperArm]];
    for [from, to] in pairs.into_iter().flatten().chain(shoulders) {
        let ends = at(nodes, humanoid, from).zip(at(nodes, humanoid, to));
        let long = ends.map_or(0.0, |(from, to)| from.distance(to));
        if !(0.01..2.0).contains(&long) {
            return Err(AvatarError::Content {
                file: file.into(),
                thing: format!("distance of {} from {}", to.name(), from.name()),
                expected: "1 cm to 2 m on a person of usual height".into(),
                found: format!("{long} m"),
            });
        }
    }
    Ok(())
}

/// Turns a bone, and what hangs from it, about its joint; `turn` in the model's frame.
fn turn(nodes: &mut [Node], humanoid: &Humanoid, bone: Bone, turn: Quat) {
    let Some(index) = humanoid.node(bone) else { return };
    if !turn.is_finite() || turn.angle_between(Quat::IDENTITY) < 1e-4 {
        return;
    }
    let parent = nodes[index]
        .parent
        .map_or(Quat::IDENTITY, |parent| nodes[parent].model_from_node.to_scale_rotation_translation().1);
    let node = &mut nodes[index];
    node.rotation = (parent.inverse() * turn * parent * node.rotation).normalize();
    for index in index..nodes.len() {
        place(nodes, index);
    }
}

/// Points a bone, whose next joint is given, along a direction.
fn point(nodes: &mut [Node], humanoid: &Humanoid, bone: Bone, next: Option<Vec3>, along: Vec3) {
    if let (Some(from), Some(to)) = (at(nodes, humanoid, bone), next) {
        turn(nodes, humanoid, bone, maths::arc(to - from, along));
    }
}

fn raise_arm(nodes: &mut [Node], humanoid: &Humanoid, side: Side) {
    let [upper, lower, hand] = arm(side);
    let out = Vec3::X * side.sign();
    for [bone, next] in [[upper, lower], [lower, hand]] {
        let next = at(nodes, humanoid, next);
        point(nodes, humanoid, bone, next, out);
    }
    if let Some(palm) = palm_turn(nodes, humanoid, side) {
        let twist = maths::twist_angle(palm, Vec3::X);
        turn(nodes, humanoid, lower, Quat::from_rotation_x(0.5 * twist));
    }
    if let Some(palm) = palm_turn(nodes, humanoid, side) {
        turn(nodes, humanoid, hand, palm);
    }
}

/// The turn that lays a hand as the reference's lies, by its knuckles.
fn palm_turn(nodes: &[Node], humanoid: &Humanoid, side: Side) -> Option<Quat> {
    let [.., hand] = arm(side);
    let wrist = at(nodes, humanoid, hand)?;
    let mirror = Vec3::new(side.sign(), 1.0, 1.0);
    let mut pairs = vec![(Vec3::ZERO, Vec3::ZERO)];
    for (finger, reference) in (1..).zip(Hand::REFERENCE.knuckles) {
        if let Some(knuckle) = at(nodes, humanoid, finger_bone(side, finger, 0)) {
            pairs.push((knuckle - wrist, reference * mirror));
        }
    }
    let size = pairs.iter().map(|(own, _)| own.length()).fold(0.0, f32::max);
    if size < 1e-4 {
        return None;
    }
    for (own, _) in &mut pairs {
        *own /= size;
    }
    best_rotation(&pairs)
}

fn straighten_fingers(nodes: &mut [Node], humanoid: &Humanoid, side: Side) {
    for finger in 0..5 {
        let along = if finger == 0 { HandShape::thumb_rest_direction(side) } else { Vec3::X * side.sign() };
        let bones: Vec<Bone> = (0..3)
            .map(|joint| finger_bone(side, finger, joint))
            .filter(|bone| humanoid.node(*bone).is_some())
            .collect();
        for (index, bone) in bones.iter().enumerate() {
            let next = match bones.get(index + 1) {
                Some(next) => at(nodes, humanoid, *next),
                None => tip(nodes, humanoid, *bone),
            };
            point(nodes, humanoid, *bone, next, along);
        }
    }
}

/// Where a finger ends, if its last bone has a node there.
fn tip(nodes: &[Node], humanoid: &Humanoid, bone: Bone) -> Option<Vec3> {
    let own = humanoid.node(bone)?;
    let from: Vec3 = nodes.get(own)?.model_from_node.translation.into();
    let mut hanging = nodes.iter().filter(|node| node.parent == Some(own));
    let (only, None) = (hanging.next()?, hanging.next()) else { return None };
    let to: Vec3 = only.model_from_node.translation.into();
    (from.distance(to) > 1e-3).then_some(to)
}

/// Gives a skin's parts in the model's frame and size, as they are bound, so that whoever measures or
/// thins them deals in metres.
fn bring_mesh_to_model<'a>(
    nodes: &[Node],
    humanoid: &Humanoid,
    skin: &mut Skin,
    parts: impl Iterator<Item = &'a mut Part>,
) {
    let Some(model_from_mesh) = model_from_mesh(nodes, humanoid, skin) else { return };
    if model_from_mesh.abs_diff_eq(Affine3A::IDENTITY, 1e-5) {
        return;
    }
    let mesh_from_model = Mat4::from(model_from_mesh.inverse());
    for bind in &mut skin.inverse_binds {
        *bind *= mesh_from_model;
    }
    let linear = model_from_mesh.matrix3;
    let size = linear.determinant().abs().cbrt();
    let for_normals: Mat3A = linear.inverse().transpose() * size;
    for part in parts {
        for position in &mut part.positions {
            *position = model_from_mesh.transform_point3(*position);
        }
        for normal in &mut part.normals {
            *normal = (for_normals * *normal).normalize_or(Vec3::Y);
        }
        for morph in &mut part.morphs {
            for shift in &mut morph.positions {
                *shift = linear * *shift;
            }
            for shift in &mut morph.normals {
                *shift = for_normals * *shift;
            }
        }
    }
}
