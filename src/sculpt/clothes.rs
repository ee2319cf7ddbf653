//! Plain dark clothes with long sleeves, in body space, metres: what a broadcaster's interpreter
//! wears, so that hands and face stand out.

use super::head::HEAD_SCALE;
use super::sdf::{Field, bell, ellipsoid, intersect, mirror, round_cone, smoothstep, subtract, union};
use super::skeleton::Rig;
use crate::body::Bone;
use glam::Vec3;

/// How far before the wrist the sleeve ends.
const CUFF: f32 = 0.012;
/// How much wider than thick the sleeve is at the wrist.
const FLAT: f32 = 0.26;

/// What is worn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// A coat to below the hips, closed; a scarf covers its neck.
    Coat,
    /// A jumper with a pointed neck over a shirt with a collar.
    Jumper,
}

/// How a garment is cut, metres.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// What it is.
    pub(super) style: Style,
    /// Half widths of chest and waist.
    chest: Vec3,
    waist: Vec3,
    hips: Vec3,
    /// How far the bust stands out; 0 for none.
    bust: f32,
    /// Height of the shoulder's slope at the neck, and its radii at neck and arm.
    slope: [f32; 3],
    /// Radii of the sleeve: shoulder, middle of the upper arm, elbow, forearm, wrist.
    sleeve: [f32; 5],
}

impl Cut {
    /// The woman's coat.
    pub(super) const COAT: Cut = Cut {
        style: Style::Coat,
        chest: Vec3::new(0.146, 0.19, 0.102),
        waist: Vec3::new(0.130, 0.20, 0.092),
        hips: Vec3::new(0.176, 0.34, 0.126),
        bust: 0.046,
        slope: [1.416, 0.035, 0.036],
        sleeve: [0.0410, 0.0435, 0.0392, 0.0395, 0.0320],
    };
    /// The man's jumper.
    pub(super) const JUMPER: Cut = Cut {
        style: Style::Jumper,
        chest: Vec3::new(0.162, 0.20, 0.112),
        waist: Vec3::new(0.144, 0.22, 0.104),
        hips: Vec3::new(0.155, 0.34, 0.116),
        bust: 0.0,
        slope: [1.424, 0.043, 0.041],
        sleeve: [0.0480, 0.0485, 0.0432, 0.0438, 0.0350],
    };
}

/// The joints that the sleeves follow, modelling pose, left side; and how the garment is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jacket {
    shoulder: Vec3,
    elbow: Vec3,
    wrist: Vec3,
    /// Out of the back of the hand.
    back: Vec3,
    cut: Cut,
}

impl Jacket {
    /// A garment for the rig's modelling pose.
    pub(super) fn new(rig: &Rig, cut: Cut) -> Self {
        Self {
            shoulder: rig.at(Bone::LeftUpperArm),
            elbow: rig.at(Bone::LeftLowerArm),
            wrist: rig.at(Bone::LeftHand),
            back: rig.bind(Bone::LeftHand).matrix3.y_axis.into(),
            cut,
        }
    }

    /// What it is.
    pub(super) fn style(&self) -> Style {
        self.cut.style
    }

    /// Distance to the jacket.
    pub(super) fn distance(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let mut d = union(self.torso(p), self.sleeve(q), 0.034);
        if self.cut.style == Style::Jumper {
            d = subtract(d, neckline(q), 0.008);
        }
        d -= self.tailoring(p);
        // Open below, so that it ends in a hem and not in a ball.
        d.max(0.60 - p.y)
    }

    /// Distance to the trunk.
    pub(super) fn torso(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        let v = Vec3::new;
        let cut = &self.cut;
        let mut d = ellipsoid(q, v(0.0, 1.225, -0.006), cut.chest);
        d = union(d, ellipsoid(q, v(0.0, 1.05, -0.004), cut.waist), 0.06);
        d = union(d, ellipsoid(q, v(0.0, 0.78, -0.004), cut.hips), 0.10);
        if cut.bust > 0.0 {
            d = union(d, ellipsoid(q, v(0.062, 1.205, 0.048), v(0.070, 0.080, cut.bust)), 0.06);
        } else {
            d = union(d, ellipsoid(q, v(0.075, 1.262, 0.050), v(0.075, 0.055, 0.044)), 0.05);
        }
        let blade = ellipsoid(q, v(0.085, 1.27, -0.070), v(0.06, 0.09, 0.035));
        d = union(d, blade, 0.05);
        let [height, neck, arm] = cut.slope;
        let end = self.shoulder + v(-0.020, 0.002, 0.0);
        let slope = round_cone(q, v(0.030, height, -0.018), end, neck, arm);
        union(d, slope, 0.050) - self.drape(q)
    }

    /// Soft folds of the coat's skirt, and the fall of the cloth below the chest.
    fn drape(&self, q: Vec3) -> f32 {
        let around = q.x.atan2(q.z + 0.02);
        let skirt = smoothstep(1.05, 0.80, q.y);
        let depth = if self.cut.style == Style::Coat { 0.0032 } else { 0.0016 };
        depth * skirt * (around * 8.0 + 0.5 * (q.y * 9.0).sin()).sin()
    }

    /// What is sewn onto the cloth stands out, metres: cuffs, and on a coat the placket; its seams lie in.
    fn tailoring(&self, p: Vec3) -> f32 {
        let cuff = smoothstep(-0.056, -0.052, self.before_wrist(p)) * self.on_sleeve(p);
        if self.cut.style == Style::Jumper {
            return 0.0016 * cuff;
        }
        let front = smoothstep(0.0, 0.04, p.z) * (1.0 - self.on_sleeve(p));
        let placket = smoothstep(0.021, 0.017, p.x.abs());
        0.0018 * cuff + front * (0.0024 * placket - 0.0016 * seam(p))
    }

    /// 1 along the edges of what is sewn on and in the seams, which are in the shade.
    pub(super) fn stitches(&self, p: Vec3) -> f32 {
        let hem = bell((self.before_wrist(p) + 0.055) / 0.0028) * self.on_sleeve(p);
        if self.cut.style == Style::Jumper {
            return hem;
        }
        let front = smoothstep(0.0, 0.04, p.z) * (1.0 - self.on_sleeve(p));
        hem.max(front * bell((p.x.abs() - 0.0205) / 0.0026).max(0.8 * seam(p)))
    }

    /// How far past the sleeve's end a point lies along the forearm; negative on the sleeve.
    fn before_wrist(&self, p: Vec3) -> f32 {
        let forearm = (self.wrist - self.elbow).normalize_or(Vec3::X);
        (mirror(p) - self.wrist).dot(forearm) + CUFF
    }

    /// Distance to the left sleeve; `q` on the left.
    pub(super) fn sleeve(&self, q: Vec3) -> f32 {
        let [shoulder, upper, elbow, lower, wrist] = self.cut.sleeve;
        let forearm = (self.wrist - self.elbow).normalize_or(Vec3::X);
        let cuff = self.wrist - forearm * CUFF;
        // The wrist is wider than thick, and so is the sleeve there.
        let along = (q - self.elbow).dot(forearm) / self.elbow.distance(self.wrist);
        let thick = (q - self.wrist).dot(self.back);
        let f = q + self.back * (thick * FLAT * smoothstep(0.25, 0.95, along));
        let middle = self.shoulder.lerp(self.elbow, 0.42);
        let belly = self.elbow.lerp(self.wrist, 0.26);
        let to_elbow = round_cone(q, self.shoulder, middle, shoulder, upper)
            .min(round_cone(q, middle, self.elbow, upper, elbow));
        let to_wrist =
            round_cone(f, self.elbow, belly, elbow, lower).min(round_cone(f, belly, cuff, lower, wrist));
        let mut d = union(to_elbow, to_wrist, 0.006);
        // The point of the elbow, on the outside of the bend.
        let out = (self.elbow - self.shoulder).normalize_or(Vec3::X) - forearm;
        let point = self.elbow + out.normalize_or(Vec3::X) * (elbow * 0.25);
        d = union(d, point.distance(q) - elbow * 0.75, 0.03);
        // The end is cut straight; the wrist comes out of it.
        intersect(d, (q - cuff).dot(forearm), 0.004)
    }

    /// 1 on the cut end of a sleeve, which is in the shade.
    pub(super) fn cuff_end(&self, p: Vec3) -> f32 {
        smoothstep(-0.0022, -0.0004, self.before_wrist(p))
    }

    /// Distance to the shirt under the jumper: its front in the jumper's neck, and its collar.
    pub(super) fn shirt(&self, p: Vec3, neck: f32) -> f32 {
        let q = mirror(p);
        let front = (self.torso(p) + 0.0045).max(1.22 - p.y);
        // Layers of the collar lie at these distances from the neck: the stand and the fold over it.
        let skin = neck_cone(q, neck);
        let top = 1.468 - 0.16 * q.z;
        let stand = intersect((skin - 0.0048).abs() - 0.0026, q.y - top, 0.002).max(1.36 - q.y);
        let fold = intersect((skin - 0.0102).abs() - 0.0029, q.y - top - 0.001, 0.003);
        let hem = top - 0.040 - 0.010 * smoothstep(0.0, 0.06, q.z);
        let open = 0.010 + 0.62 * (top - q.y).max(0.0) - q.x;
        // Its edges are rounded over as much as it is thick, so that the grid resolves them.
        let fold = intersect(intersect(fold, hem - q.y, 0.0045), open.min(q.z) * 0.85, 0.0045);
        let rolled = union(stand, fold, 0.004);
        union(subtract(front, skin - 0.004, 0.003), rolled, 0.003)
    }

    /// 1 on a sleeve, 0 on the trunk.
    pub(super) fn on_sleeve(&self, p: Vec3) -> f32 {
        let q = mirror(p);
        smoothstep(-0.012, 0.030, self.torso(q) - self.sleeve(q))
    }
}

/// 1 in the coat's long seams, which run from the armholes over the bust to the hem.
fn seam(p: Vec3) -> f32 {
    let out = 0.060 + 0.040 * smoothstep(1.16, 1.32, p.y) + 0.030 * smoothstep(1.04, 0.78, p.y);
    bell((p.x.abs() - out) / 0.0032)
}

/// Distance to the neck as a cone of radius `neck`, metres.
fn neck_cone(q: Vec3, neck: f32) -> f32 {
    round_cone(
        q,
        Vec3::new(0.0, 1.508, 0.0153),
        Vec3::new(0.0, 1.391, -0.0038),
        neck * HEAD_SCALE,
        (neck * 1.06 + 2.0) * HEAD_SCALE,
    )
}

/// How far outside the jumper's neck a point is: a round hole behind, a point in front.
fn neckline(q: Vec3) -> f32 {
    let round = neck_cone(q, 54.0) - 0.0155;
    let point = (q.x - 0.43 * (q.y - 1.262)) * 0.92;
    let front = point.max(0.03 - q.z);
    union(round.max(1.418 - q.y), front.max(1.10 - q.y), 0.012)
}

/// Everything that light has to get round, for occlusion.
pub(super) fn together<'a>(fields: Vec<Box<Field<'a>>>) -> impl Fn(Vec3) -> f32 + Sync + 'a {
    move |p| fields.iter().map(|field| field(p)).fold(f32::MAX, f32::min)
}
