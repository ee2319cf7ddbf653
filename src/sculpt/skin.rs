//! Which bone moves which vertex, as a function of place in the modelling pose.
//!
//! A joint divides its two bones along the plane that bisects them; weights cross over smoothly in
//! a band about that plane. So no weight is painted, and none bleeds from finger to finger.

use super::clothes::Jacket;
use super::hands::Hand;
use super::mesh::{Binding, INFLUENCES};
use super::sdf::{round_cone, smoothstep};
use super::skeleton::{Helper, LEFT_FINGERS, LEFT_THUMB, Rig, THUMB, on_side};
use crate::body::{Bone, Side};
use glam::Vec3;

/// Weights of all joints while they are being gathered.
struct Weights([f32; Bone::COUNT + 2 * Helper::COUNT]);

impl Weights {
    fn new() -> Self {
        Self([0.0; Bone::COUNT + 2 * Helper::COUNT])
    }

    fn add(&mut self, joint: usize, weight: f32) {
        if let Some(slot) = self.0.get_mut(joint) {
            *slot += weight;
        }
    }

    fn bone(&mut self, bone: Bone, weight: f32) {
        self.add(bone as usize, weight);
    }

    /// The strongest influences, made to sum to 1.
    fn binding(&self) -> Binding {
        let mut order: Vec<usize> = (0..self.0.len()).filter(|&i| self.0[i] > 1e-3).collect();
        order.sort_by(|&a, &b| self.0[b].total_cmp(&self.0[a]).then(a.cmp(&b)));
        order.truncate(INFLUENCES);
        let sum: f32 = order.iter().map(|&i| self.0[i]).sum();
        let mut binding = Binding::default();
        if sum <= 0.0 {
            binding.weights[0] = 1.0;
            return binding;
        }
        for (slot, &joint) in order.iter().enumerate() {
            binding.joints[slot] = joint as u8;
            binding.weights[slot] = self.0[joint] / sum;
        }
        binding
    }
}

/// How far past the joint at `at` a point is, along the bisector of the bones from `from` and to `to`.
fn past(p: Vec3, from: Vec3, at: Vec3, to: Vec3) -> f32 {
    let bisector = (at - from).normalize_or(Vec3::X) + (to - at).normalize_or(Vec3::X);
    (p - at).dot(bisector.normalize_or(Vec3::X))
}

/// Binds vertices of trunk, arms and head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Skinner<'a> {
    /// The joints.
    pub(super) rig: &'a Rig,
    /// Where trunk ends and sleeve begins.
    pub(super) jacket: &'a Jacket,
}

impl Skinner<'_> {
    /// The binding of a vertex of jacket, scarf, neck or head.
    pub(super) fn body(&self, p: Vec3, with_arms: bool) -> Binding {
        let mut weights = Weights::new();
        let side = if p.x >= 0.0 { Side::Left } else { Side::Right };
        let arm = if with_arms { self.arm_share(p) } else { 0.0 };
        self.trunk(p, side, 1.0 - arm, &mut weights);
        if arm > 0.0 {
            self.arm(p, side, arm, &mut weights);
        }
        weights.binding()
    }

    /// How much of a vertex belongs to the arm, its half-way joint included.
    fn arm_share(&self, p: Vec3) -> f32 {
        let q = Vec3::new(p.x.abs(), p.y, p.z);
        let beyond = smoothstep(-0.068, 0.012, self.past_shoulder(q));
        let nearer = self.jacket.torso(q) - self.jacket.sleeve(q);
        beyond * smoothstep(-0.024, 0.018, nearer)
    }

    /// How far past the shoulder a point of the left side is, metres.
    fn past_shoulder(&self, q: Vec3) -> f32 {
        let [from, at, to] =
            [Bone::LeftShoulder, Bone::LeftUpperArm, Bone::LeftLowerArm].map(|b| self.rig.at(b));
        past(q, from, at, to)
    }

    fn trunk(&self, p: Vec3, side: Side, share: f32, weights: &mut Weights) {
        const CHAIN: [(Bone, f32, f32); 5] = [
            (Bone::Spine, 1.030, 0.05),
            (Bone::Chest, 1.130, 0.05),
            (Bone::UpperChest, 1.240, 0.05),
            (Bone::Neck, 1.412, 0.030),
            (Bone::Head, 1.500, 0.026),
        ];
        // The neck leans forward: what is before it belongs to a higher bone.
        let height = p.y + 0.35 * p.z * smoothstep(1.40, 1.50, p.y);
        let mut left = share;
        let mut below = Bone::Hips;
        let mut clavicle = 0.0;
        for (bone, joint, half) in CHAIN {
            let above = smoothstep(joint - half, joint + half, height);
            let stays = left * (1.0 - above);
            if below == Bone::UpperChest {
                clavicle = smoothstep(0.03, 0.15, p.x.abs()) * smoothstep(1.20, 1.34, p.y) * stays;
                weights.bone(below, stays - clavicle);
            } else {
                weights.bone(below, stays);
            }
            left *= above;
            below = bone;
        }
        weights.bone(below, left);
        weights.bone(on_side(side, Bone::LeftShoulder), clavicle);
    }

    fn arm(&self, p: Vec3, side: Side, share: f32, weights: &mut Weights) {
        let bones = [Bone::LeftUpperArm, Bone::LeftLowerArm, Bone::LeftHand].map(|b| on_side(side, b));
        let helper = |which| self.rig.helper(side, which);
        let [shoulder, elbow, wrist] = bones.map(|b| self.rig.at(b));
        let q = Vec3::new(p.x.abs(), p.y, p.z);
        let free = smoothstep(-0.014, 0.075, self.past_shoulder(q));
        weights.add(helper(Helper::Shoulder), share * (1.0 - free));
        let share = share * free;

        // The point of the elbow is the forearm's: it stands out where the arm bends.
        let out = (elbow - shoulder).normalize_or(Vec3::X) - (wrist - elbow).normalize_or(Vec3::X);
        let point = smoothstep(0.012, 0.040, (p - elbow).dot(out.normalize_or(Vec3::X)));
        let at_elbow = past(p, shoulder, elbow, wrist) + 0.010 * point;
        let after = smoothstep(0.0, 0.052, at_elbow);
        let before = smoothstep(0.0, 0.052, -at_elbow);
        weights.add(helper(Helper::Elbow), share * (1.0 - before - after));
        let along = |from: Vec3, to: Vec3| (p - from).dot(to - from) / from.distance_squared(to);
        let rolled = 1.0 - smoothstep(0.20, 0.80, along(shoulder, elbow));
        weights.add(helper(Helper::UpperArm), share * before * rolled);
        weights.bone(bones[0], share * before * (1.0 - rolled));
        let place = along(elbow, wrist);
        let (half, whole) = (smoothstep(0.12, 0.50, place), smoothstep(0.50, 0.90, place));
        weights.bone(bones[1], share * after * (1.0 - half));
        weights.add(helper(Helper::LowerArm), share * after * half * (1.0 - whole));
        weights.add(helper(Helper::Wrist), share * after * half * whole);
    }

    /// The binding of a vertex of a hand; `p` in the hand's frame, mm.
    pub(super) fn hand(&self, hand: &Hand, side: Side, p: Vec3) -> Binding {
        let mut weights = Weights::new();
        let wrist = smoothstep(-14.0, 10.0, p.x);
        weights.add(self.rig.helper(side, Helper::Wrist), 1.0 - wrist);
        let distances = hand.digits(p);
        let nearest = distances[..4].iter().copied().fold(f32::MAX, f32::min);
        let thumb = self.thumb_share(p, distances[4], nearest);
        let claims: [f32; 4] = std::array::from_fn(|k| (-(distances[k] - nearest) / 0.7).exp());
        let total: f32 = claims.iter().sum();
        for (k, claim) in claims.into_iter().enumerate() {
            let share = wrist * (1.0 - thumb) * claim / total;
            let bones = LEFT_FINGERS[k].map(|b| on_side(side, b));
            digit(p, &hand.joints(k), Vec3::X * -40.0, [7.5, 5.5, 4.5], share, side, bones, &mut weights);
        }
        self.thumb(p, side, wrist * thumb, &mut weights);
        weights.binding()
    }

    /// How much of a vertex goes with the thumb rather than with palm and fingers. The web between
    /// thumb and index is shared over its whole width; what is clearly either's is its own.
    fn thumb_share(&self, p: Vec3, thumb: f32, finger: f32) -> f32 {
        let palm = round_cone(p, Vec3::new(10.0, 0.0, 8.0), Vec3::new(88.0, 0.0, 24.0), 11.0, 10.0);
        let soft = 1.5 + 9.0 * smoothstep(86.0, 58.0, p.x);
        smoothstep(-soft, soft, finger.min(palm) - thumb)
    }

    /// Shares a vertex out along the thumb, whose root bends by halves.
    fn thumb(&self, p: Vec3, side: Side, share: f32, weights: &mut Weights) {
        let bones = LEFT_THUMB.map(|b| on_side(side, b));
        let rooted = past(p, THUMB[0] + Vec3::new(-30.0, 0.0, -10.0), THUMB[0], THUMB[1]);
        let (free, still) = (smoothstep(4.0, 26.0, rooted), smoothstep(4.0, -18.0, rooted));
        weights.bone(on_side(side, Bone::LeftHand), share * still);
        weights.add(self.rig.helper(side, Helper::Thumb), share * (1.0 - free - still).max(0.0));
        let mut left = share * free;
        for (k, band) in [(1, 8.0), (2, 6.0)] {
            let beyond = smoothstep(-band, band, past(p, THUMB[k - 1], THUMB[k], THUMB[k + 1]));
            weights.bone(bones[k - 1], left * (1.0 - beyond));
            left *= beyond;
        }
        weights.bone(bones[2], left);
    }
}

/// Shares a vertex out along one finger; `before` leads to its root, `bands` are half widths in mm.
#[expect(clippy::too_many_arguments, reason = "one call site")]
fn digit(
    p: Vec3,
    joints: &[Vec3; 4],
    before: Vec3,
    bands: [f32; 3],
    share: f32,
    side: Side,
    bones: [Bone; 3],
    weights: &mut Weights,
) {
    let mut left = share;
    let mut below = on_side(side, Bone::LeftHand);
    for k in 0..3 {
        let from = if k == 0 { joints[0] + before } else { joints[k - 1] };
        let beyond = smoothstep(-bands[k], bands[k], past(p, from, joints[k], joints[k + 1]));
        weights.bone(below, left * (1.0 - beyond));
        left *= beyond;
        below = bones[k];
    }
    weights.bone(below, left);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sculpt::people::WOMAN;
    use proptest::prelude::*;

    fn weight_of(binding: &Binding, of: impl Fn(&str) -> bool) -> f32 {
        let bones = binding.joints.iter().zip(binding.weights);
        bones
            .filter(|(j, _)| Bone::ALL.get(usize::from(**j)).is_some_and(|b| of(b.name())))
            .map(|(_, w)| w)
            .sum()
    }

    #[test]
    fn no_finger_moves_another() {
        let rig = Rig::new(WOMAN.physique);
        let jacket = Jacket::new(&rig, WOMAN.cut);
        let (skinner, hand) = (Skinner { rig: &rig, jacket: &jacket }, Hand::new());
        for (k, own) in ["Index", "Middle", "Ring", "Little"].into_iter().enumerate() {
            let joints = hand.joints(k);
            for t in [0.3, 0.6, 0.9] {
                for around in 0..8 {
                    let angle = around as f32 * 0.785;
                    let p = joints[1].lerp(joints[3], t) + Vec3::new(0.0, angle.sin(), angle.cos()) * 6.5;
                    let binding = skinner.hand(&hand, Side::Left, p);
                    assert!(weight_of(&binding, |name| name.contains(own)) > 0.98, "{own} at {p}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn weights_sum_to_one_everywhere(x in -0.8f32..0.8, y in 0.5f32..1.8, z in -0.3f32..0.3) {
            let rig = Rig::new(WOMAN.physique);
            let jacket = Jacket::new(&rig, WOMAN.cut);
            let binding = Skinner { rig: &rig, jacket: &jacket }.body(Vec3::new(x, y, z), true);
            prop_assert!((binding.weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            prop_assert!(binding.weights.windows(2).all(|w| w[0] >= w[1]));
            let other = if x > 0.0 { "right" } else { "left" };
            prop_assert!(weight_of(&binding, |name| name.starts_with(other)) == 0.0);
        }
    }
}
