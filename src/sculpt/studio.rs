//! The stages from clay to bound, painted, moving meshes.

use super::clothes::{Jacket, together};
use super::glb::Part;
use super::hands::Hand;
use super::head::{Face, HEAD_ORIGIN, HEAD_SCALE, body_from_head, head_from_body};
use super::mesh::{Binding, Mesh};
use super::morphs::{Flesh, Shapes};
use super::paint::{Palette, face_color, hand_color};
use super::scarf::{Scarf, cap};
use super::sdf::Field;
use super::skeleton::Rig;
use super::skin::Skinner;
use super::{clothes, eyes, mouth, surface};
use crate::body::{ArKit, Bone, Side};
use glam::Vec3;
use rayon::prelude::*;

/// Displacements smaller than this, metres, are left out of the file.
const STILL: f32 = 0.00006;

/// Everything that the stages share.
pub(super) struct Studio {
    /// The joints.
    pub(super) rig: Rig,
    face: Face,
    palette: Palette,
    jacket: Jacket,
    hand: Hand,
    coarseness: f32,
}

impl Studio {
    /// A studio for a person with this face and these colours.
    pub(super) fn new(face: Face, palette: Palette, coarseness: f32) -> Self {
        let rig = Rig::new();
        Self { jacket: Jacket::new(&rig), rig, face, palette, hand: Hand::new(), coarseness }
    }

    fn scarf(&self) -> Scarf<'_> {
        Scarf { face: &self.face, jacket: &self.jacket }
    }

    /// The parts that the face shapes move, and those that they do not.
    pub(super) fn parts(&self) -> (Vec<Part>, Vec<Part>) {
        let skinner = Skinner { rig: &self.rig, jacket: &self.jacket };
        let bind = |mesh: &mut Mesh, arms: bool| {
            mesh.bindings = mesh.positions.par_iter().map(|&p| skinner.body(p, arms)).collect();
        };
        let scarf = self.scarf();
        let head_field = |p: Vec3| self.face.distance(head_from_body(p)) * HEAD_SCALE;
        let scarf_field = |p: Vec3| scarf.distance(p);
        let jacket_field = |p: Vec3| self.jacket.distance(p);
        let all = together(vec![Box::new(head_field), Box::new(scarf_field), Box::new(jacket_field)]);

        let mut head = self.head(&head_field, &scarf_field);
        let mut cover = self.cover(&scarf_field, &head_field);
        let mut jacket = self.cloth(&jacket_field, &scarf_field);
        for mesh in [&mut head, &mut cover, &mut jacket] {
            mesh.occlude(&all);
        }
        jacket.append(&self.front(&scarf_field));
        bind(&mut head, false);
        bind(&mut cover, true);
        bind(&mut jacket, true);
        head.anchors = head.positions.clone();
        let close = |p: Vec3| body_from_head(self.face.close_lips(head_from_body(p)));
        head.positions.iter_mut().for_each(|p| *p = close(*p));
        let inside: Vec<bool> =
            head.anchors.iter().map(|&p| self.face.is_mouth_inside(head_from_body(p))).collect();
        let inner = |t: &[u32; 3]| t.iter().all(|&i| inside[i as usize]);
        let skin = head.filtered(|t| !inner(t));
        let gums = head.filtered(inner);

        let rigid = |mesh: Mesh| self.on_bone(mesh, Bone::Head);
        let pair = |left: Mesh| {
            let mut both = left.clone();
            both.append(&left.mirrored());
            both
        };
        let face = vec![
            self.moving("skin", skin, Flesh::Ordinary),
            self.moving("mouth", gums, Flesh::Ordinary),
            self.moving("brow", rigid(pair(eyes::brow(&self.face, &self.palette))), Flesh::Ordinary),
            self.moving("lash", rigid(pair(eyes::lashes(&self.face, &self.palette))), Flesh::Ordinary),
            self.moving("teeth", rigid(mouth::teeth(&self.face)), Flesh::Ordinary),
            self.moving("tongue", rigid(mouth::tongue(&self.face)), Flesh::Tongue),
            self.moving("scarf", cover, Flesh::Ordinary),
        ];
        let eyeball = eyes::eyeball(&self.face, &self.palette);
        let mut eyeballs = self.on_bone(eyeball.clone(), Bone::LeftEye);
        eyeballs.append(&self.on_bone(eyeball.mirrored(), Bone::RightEye));
        let still = |material, mesh: Mesh| Part { material, mesh: mesh.optimized(), morphs: Vec::new() };
        let mut hands = self.hand(&skinner, Side::Left);
        hands.append(&self.hand(&skinner, Side::Right));
        let body = vec![still("skin", hands), still("eye", eyeballs), still("cloth", jacket)];
        (face, body)
    }

    /// Binds a mesh to one bone.
    fn on_bone(&self, mut mesh: Mesh, bone: Bone) -> Mesh {
        let binding = Binding { joints: [bone as u8, 0, 0, 0], weights: [1.0, 0.0, 0.0, 0.0] };
        mesh.bindings = vec![binding; mesh.positions.len()];
        mesh
    }

    fn head(&self, field: &Field, scarf: &Field) -> Mesh {
        let cell = 0.00085 * self.coarseness;
        let low = HEAD_ORIGIN + Vec3::new(-0.078, -0.135, 0.0);
        let high = HEAD_ORIGIN + Vec3::new(0.078, 0.080, 0.12);
        let eye = self.face.eye;
        let mut mesh = surface::extract(field, low, high, cell).without(|p| {
            let e = eye.local(head_from_body(p));
            scarf(p) < -0.004 || e.length() < eye.radius - 2.5
        });
        mesh.paint(|p, _| face_color(&self.face, &self.palette, head_from_body(p)));
        mesh.simplified(self.budget(28_000), 0.00022)
    }

    fn cover(&self, field: &Field, head: &Field) -> Mesh {
        let cell = 0.0019 * self.coarseness;
        let (low, high) = (Vec3::new(-0.24, 1.12, -0.20), Vec3::new(0.24, 1.78, 0.22));
        let mut mesh = surface::extract(field, low, high, cell)
            .without(|p| head(p) < -0.004 || self.jacket.distance(p) < -0.004);
        let [_, _, cloth] = self.palette.cloth;
        mesh.paint(|p, _| cloth * (1.0 - 0.42 * cap(p)));
        mesh.simplified(self.budget(26_000), 0.0004)
    }

    fn cloth(&self, field: &Field, scarf: &Field) -> Mesh {
        let cell = 0.0036 * self.coarseness;
        let (low, high) = (Vec3::new(-0.60, 0.58, -0.30), Vec3::new(0.60, 1.50, 0.45));
        let mut mesh = surface::extract(field, low, high, cell).without(|p| scarf(p) < -0.008);
        let [plain, trim, _] = self.palette.cloth;
        mesh.paint(|p, _| plain.lerp(trim, self.jacket.trim(p)));
        mesh.simplified(self.budget(24_000), 0.0006)
    }

    fn front(&self, scarf: &Field) -> Mesh {
        let [plain, trim, _] = self.palette.cloth;
        clothes::front(&self.jacket, plain, trim).without(|p| scarf(p) < -0.004)
    }

    fn hand(&self, skinner: &Skinner, side: Side) -> Mesh {
        let cell = 1.1 * self.coarseness;
        let field = |p: Vec3| self.hand.distance(p);
        let (low, high) = (Vec3::new(-46.0, -45.0, -60.0), Vec3::new(215.0, 30.0, 95.0));
        let mut mesh = surface::extract(&field, low, high, cell).without(|p| p.x < -34.0);
        mesh.paint(|p, n| {
            let hand = &self.hand;
            hand_color(&self.palette, p, n, hand.nail_mask(p, n), hand.tips(p), hand.knuckles(p))
        });
        let mut mesh = mesh.simplified(self.budget(17_000), 0.20);
        let metres = |p: Vec3| field(p * 1000.0) * 0.001;
        mesh.positions.iter_mut().for_each(|p| *p *= 0.001);
        mesh.occlude(&metres);
        mesh.positions.iter_mut().for_each(|p| *p *= 1000.0);
        mesh.bindings = mesh.positions.par_iter().map(|&p| skinner.hand(&self.hand, side, p)).collect();
        let frame = self.rig.hand_frame(side);
        let normals = frame.matrix3.inverse().transpose();
        for (p, n) in mesh.positions.iter_mut().zip(&mut mesh.normals) {
            *p = frame.transform_point3(*p);
            *n = (normals * *n).normalize_or(Vec3::Y);
        }
        if side == Side::Right {
            mesh.triangles.iter_mut().for_each(|t| t.swap(1, 2));
        }
        mesh
    }

    fn budget(&self, triangles: usize) -> usize {
        (triangles as f32 / self.coarseness.powi(2)) as usize
    }

    /// A part with the 52 shapes.
    fn moving(&self, material: &'static str, mesh: Mesh, flesh: Flesh) -> Part {
        let mesh = mesh.optimized();
        let anchors = mesh.anchor_points();
        let shapes = Shapes { face: &self.face };
        let morphs = ArKit::ALL
            .par_iter()
            .map(|&shape| {
                let moved = |p: Vec3, anchor: Vec3| {
                    p + shapes.displacement(shape, head_from_body(p), head_from_body(anchor), flesh)
                        * HEAD_SCALE
                };
                let mut list = Vec::new();
                for (i, ((&p, &n), &anchor)) in
                    mesh.positions.iter().zip(&mesh.normals).zip(&anchors).enumerate()
                {
                    let shift = moved(p, anchor) - p;
                    if shift.length() > STILL {
                        list.push((i as u32, shift, turned(&moved, p, n, anchor) - n));
                    }
                }
                list
            })
            .collect();
        Part { material, mesh, morphs }
    }
}

/// The normal after a displacement: two tangents are displaced too, and crossed.
fn turned(moved: &impl Fn(Vec3, Vec3) -> Vec3, p: Vec3, n: Vec3, anchor: Vec3) -> Vec3 {
    const STEP: f32 = 0.0004;
    let u = n.any_orthonormal_vector() * STEP;
    let w = n.cross(u);
    let here = moved(p, anchor);
    let to = |t: Vec3| moved(p + t, anchor + t) - here;
    to(u).cross(to(w)).normalize_or(n)
}
