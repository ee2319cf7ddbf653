//! The stages from clay to bound, painted, moving meshes.

use super::clothes::{Jacket, Style, together};
use super::glb::Part;
use super::hands::Hand;
use super::head::{HEAD_ORIGIN, HEAD_SCALE, body_from_head, head_from_body};
use super::mesh::{Binding, Mesh};
use super::morphs::{Flesh, Shapes};
use super::paint::{HandMarks, face_color, hand_color};
use super::people::{Cover, Person};
use super::scarf::{Scarf, cap};
use super::sdf::{Field, bell3, mirror, smoothstep};
use super::skeleton::Rig;
use super::skin::Skinner;
use super::{eyes, hair, mouth, surface};
use crate::body::{ArKit, Bone, Side};
use glam::Vec3;
use rayon::prelude::*;

/// Displacements smaller than this, metres, are left out of the file.
const STILL: f32 = 0.0001;

/// Everything that the stages share.
pub(super) struct Studio {
    /// The joints.
    pub(super) rig: Rig,
    person: Person,
    jacket: Jacket,
    hand: Hand,
    coarseness: f32,
}

impl Studio {
    /// A studio for a person.
    pub(super) fn new(person: Person, coarseness: f32) -> Self {
        let rig = Rig::new(person.physique);
        Self { jacket: Jacket::new(&rig, person.cut), rig, person, hand: Hand::new(), coarseness }
    }

    /// The parts that the face shapes move, and those that they do not.
    pub(super) fn parts(&self) -> (Vec<Part>, Vec<Part>) {
        let face = &self.person.face;
        let scarf = Scarf { face, jacket: &self.jacket };
        let head = |p: Vec3| face.distance(head_from_body(p)) * HEAD_SCALE;
        let jacket = |p: Vec3| self.jacket.distance(p);
        let shirt = |p: Vec3| self.jacket.shirt(p, face.neck);
        let cover = |p: Vec3| match self.person.cover {
            Cover::Scarf => scarf.distance(p),
            Cover::Hair => hair::distance(face, head_from_body(p)) * HEAD_SCALE,
        };
        let shirted = self.jacket.style() == Style::Jumper;
        let mut all: Vec<Box<Field>> = vec![Box::new(head), Box::new(jacket), Box::new(cover)];
        if shirted {
            all.push(Box::new(shirt));
        }
        let all = together(all);

        let skinner = Skinner { rig: &self.rig, jacket: &self.jacket };
        let finish = |mut mesh: Mesh, arms: bool| {
            mesh.occlude(&all);
            mesh.bindings = mesh.positions.par_iter().map(|&p| skinner.body(p, arms)).collect();
            mesh
        };
        let mut bust = finish(self.head(&head, &cover, &jacket), false);
        bust.colors
            .iter_mut()
            .zip(&bust.positions)
            .for_each(|(c, &p)| c.w = nose_shade(throat_shade(c.w, p), p));
        let mut face_parts = self.face(bust);
        let mut body = self.limbs(&skinner);
        let mut clothes = finish(self.cloth(&jacket, &cover), true);
        if shirted {
            let mut shirt = finish(self.shirt(&shirt, &jacket), true);
            shirt.colors.iter_mut().for_each(|c| c.w = 0.85 + 0.15 * c.w);
            clothes.append(&shirt);
        }
        body.push(self.still("cloth", clothes));
        match self.person.cover {
            Cover::Scarf => {
                let mesh = finish(self.scarf(&cover, &head), true);
                face_parts.push(self.moving("scarf", mesh, Flesh::Ordinary));
            }
            Cover::Hair => body.push(self.still("hair", finish(self.hair(&cover, &head), false))),
        }
        (face_parts, body)
    }

    /// The head's mesh and what belongs to it, with face shapes.
    fn face(&self, mut head: Mesh) -> Vec<Part> {
        let (face, palette) = (&self.person.face, &self.person.palette);
        head.anchors = head.positions.clone();
        let close = |p: Vec3| body_from_head(face.close_lips(head_from_body(p)));
        head.positions.iter_mut().for_each(|p| *p = close(*p));
        let inside: Vec<bool> =
            head.anchors.iter().map(|&p| face.is_mouth_inside(head_from_body(p))).collect();
        let inner = |t: &[u32; 3]| t.iter().all(|&i| inside[i as usize]);
        let skin = head.filtered(|t| !inner(t));
        let gums = head.filtered(inner);
        let rigid = |mesh: Mesh| self.on_bone(mesh, Bone::Head);
        let pair = |left: Mesh| {
            let mut both = left.clone();
            both.append(&left.mirrored());
            both
        };
        vec![
            self.moving("skin", skin, Flesh::Ordinary),
            self.moving("mouth", gums, Flesh::Ordinary),
            self.moving("brow", rigid(pair(eyes::brow(face, palette))), Flesh::Ordinary),
            self.moving("lash", rigid(pair(eyes::lashes(face, palette))), Flesh::Ordinary),
            self.moving("teeth", rigid(mouth::teeth(face, palette)), Flesh::Ordinary),
            self.moving("tongue", rigid(mouth::tongue(face)), Flesh::Tongue),
        ]
    }

    /// Hands and eyeballs.
    fn limbs(&self, skinner: &Skinner) -> Vec<Part> {
        let eyeball = eyes::eyeball(&self.person.face, &self.person.palette);
        let mut eyeballs = self.on_bone(eyeball.clone(), Bone::LeftEye);
        eyeballs.append(&self.on_bone(eyeball.mirrored(), Bone::RightEye));
        let mut hands = self.hand(skinner, Side::Left);
        hands.append(&self.hand(skinner, Side::Right));
        vec![self.still("skin", hands), self.still("eye", eyeballs)]
    }

    /// Binds a mesh to one bone.
    fn on_bone(&self, mut mesh: Mesh, bone: Bone) -> Mesh {
        let binding = Binding { joints: [bone as u8, 0, 0, 0], weights: [1.0, 0.0, 0.0, 0.0] };
        mesh.bindings = vec![binding; mesh.positions.len()];
        mesh
    }

    fn head(&self, field: &Field, cover: &Field, jacket: &Field) -> Mesh {
        let cell = 0.00085 * self.coarseness;
        let scarfed = self.person.cover == Cover::Scarf;
        let (low, high) = if scarfed {
            (Vec3::new(-0.078, -0.135, 0.0), Vec3::new(0.078, 0.080, 0.12))
        } else {
            (Vec3::new(-0.10, -0.205, -0.115), Vec3::new(0.10, 0.115, 0.12))
        };
        let (face, palette) = (&self.person.face, &self.person.palette);
        let mut mesh = surface::extract(field, HEAD_ORIGIN + low, HEAD_ORIGIN + high, cell).without(|p| {
            let e = face.eye.local(head_from_body(p));
            cover(p) < -0.004 || jacket(p) < -0.010 || e.length() < face.eye.radius - 2.5
        });
        mesh.paint(|p, _| {
            let h = head_from_body(p);
            let skin = face_color(face, palette, h);
            if scarfed { skin } else { skin.lerp(palette.hair * 1.5, 0.9 * hair::shade(face, h)) }
        });
        mesh.simplified(self.budget(if scarfed { 28_000 } else { 34_000 }), 0.00022)
    }

    fn scarf(&self, field: &Field, head: &Field) -> Mesh {
        let cell = 0.0017 * self.coarseness;
        let (low, high) = (Vec3::new(-0.24, 1.12, -0.20), Vec3::new(0.24, 1.78, 0.22));
        let mut mesh = surface::extract(field, low, high, cell)
            .without(|p| head(p) < -0.004 || self.jacket.distance(p) < -0.004);
        let cloth = self.person.palette.scarf;
        mesh.paint(|p, _| cloth * (1.0 - 0.42 * cap(p)));
        mesh.simplified(self.budget(29_000), 0.0003)
    }

    fn hair(&self, field: &Field, head: &Field) -> Mesh {
        let cell = 0.0014 * self.coarseness;
        let (low, high) = (Vec3::new(-0.10, -0.10, -0.13), Vec3::new(0.10, 0.15, 0.12));
        let mut mesh = surface::extract(field, HEAD_ORIGIN + low, HEAD_ORIGIN + high, cell)
            .without(|p| head(p) < -0.002);
        let dark = self.person.palette.hair;
        mesh.paint(|p, _| hair::color(dark, head_from_body(p)));
        mesh.simplified(self.budget(24_000), 0.0003)
    }

    fn cloth(&self, field: &Field, cover: &Field) -> Mesh {
        let cell = 0.0023 * self.coarseness;
        let (low, high) = (Vec3::new(-0.62, 0.58, -0.30), Vec3::new(0.62, 1.50, 0.45));
        let mut mesh = surface::extract(field, low, high, cell).without(|p| cover(p) < -0.008);
        let plain = self.person.palette.coat;
        mesh.paint(|p, _| {
            // Sleeves are a shade lighter than the trunk, so that they are told apart before it.
            let lit = 0.85 + 0.55 * self.jacket.on_sleeve(p);
            let shade = (0.75 * self.jacket.cuff_end(p)).max(0.50 * self.jacket.stitches(p));
            plain * lit * (1.0 - shade)
        });
        mesh.simplified(self.budget(26_000), 0.0005)
    }

    fn shirt(&self, field: &Field, jacket: &Field) -> Mesh {
        let cell = 0.0010 * self.coarseness.min(1.5);
        let (low, high) = (Vec3::new(-0.12, 1.21, -0.12), Vec3::new(0.12, 1.50, 0.20));
        let mut mesh = surface::extract(field, low, high, cell).without(|p| jacket(p) < -0.006);
        let color = self.person.palette.trim;
        mesh.paint(|_, _| color);
        mesh.simplified(self.budget(15_000), 0.00006)
    }

    fn hand(&self, skinner: &Skinner, side: Side) -> Mesh {
        let cell = 1.1 * self.coarseness;
        let field = |p: Vec3| self.hand.distance(p);
        let (low, high) = (Vec3::new(-46.0, -45.0, -60.0), Vec3::new(215.0, 30.0, 95.0));
        let mut mesh = surface::extract(&field, low, high, cell).without(|p| p.x < -34.0);
        mesh.paint(|p, n| {
            let hand = &self.hand;
            let nail = hand.nail_mask(p, n);
            let crease = hand.crease(p) * (1.0 - nail);
            let marks = HandMarks { nail, tip: hand.tips(p), knuckle: hand.knuckles(p), crease };
            hand_color(&self.person.palette, p, n, marks)
        });
        let mut mesh = mesh.simplified(self.budget(17_000), 0.20);
        let metres = |p: Vec3| field(p * 1000.0) * 0.001;
        mesh.positions.iter_mut().for_each(|p| *p *= 0.001);
        mesh.occlude(&metres);
        mesh.positions.iter_mut().for_each(|p| *p *= 1000.0);
        // A hand moves out of the shadows that it throws on itself while modelling, and the web of the
        // thumb most of all: it opens to a plain.
        for (color, &p) in mesh.colors.iter_mut().zip(&mesh.positions) {
            let web = bell3(p, Vec3::new(58.0, -8.0, 34.0), Vec3::new(20.0, 16.0, 18.0));
            let open = smoothstep(-0.6, 1.0, color.w);
            color.w = open + (1.0 - open) * 0.85 * web;
        }
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

    /// A part without face shapes.
    fn still(&self, material: &'static str, mesh: Mesh) -> Part {
        Part { material, mesh: mesh.optimized(), morphs: Vec::new() }
    }

    /// A part with the 52 shapes.
    fn moving(&self, material: &'static str, mesh: Mesh, flesh: Flesh) -> Part {
        let mesh = mesh.optimized();
        let anchors = mesh.anchor_points();
        let shapes = Shapes { face: &self.person.face };
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

/// The openness of a point of head or throat: down the throat it only darkens evenly toward the
/// collar, as large triangles would show the collar's own shape in streaks.
fn throat_shade(open: f32, p: Vec3) -> f32 {
    let y = head_from_body(p).y;
    let even = 0.92 - 0.45 * smoothstep(-135.0, -172.0, y);
    open + (even - open) * smoothstep(-118.0, -130.0, y)
}

/// The openness beside the nose's wings: what is baked there draws a ring round the nose, where light
/// from the cheeks would soften it.
fn nose_shade(open: f32, p: Vec3) -> f32 {
    let h = mirror(head_from_body(p));
    let groove = bell3(h, Vec3::new(16.0, -37.0, 80.0), Vec3::new(7.0, 9.0, 12.0));
    open + (1.0 - open) * 0.6 * groove
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
