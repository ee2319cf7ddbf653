use crate::body::{Articulation, Bone, Finger, RigPose, Side, Skeleton, maths::arc};
use glam::{Quat, Vec3};
pub struct Proportions;
pub struct RigSolver;
impl RigSolver {
    pub fn new(_p: Proportions) -> Self {
        Self
    }
    pub fn solve(&self, a: &Articulation) -> RigPose {
        let mut rig = RigPose::rest();
        rig.face = a.face;
        rig[Bone::Spine] = a.torso;
        rig[Bone::Head] = a.head;
        let joints = Skeleton::reference().joints(a);
        for side in Side::BOTH {
            let i = side as usize;
            let b = |n: &str| {
                Bone::ALL
                    .iter()
                    .copied()
                    .find(|b| {
                        b.name()
                            .eq_ignore_ascii_case(&format!("{}{n}", if i == 0 { "left" } else { "right" }))
                    })
                    .unwrap()
            };
            let along = Vec3::X * side.sign();
            let inv = a.torso.inverse();
            let ua = arc(along, inv * (joints.elbows[i] - joints.shoulders[i]));
            let la = arc(along, inv * (joints.hands[i][0] - joints.elbows[i]));
            rig[b("UpperArm")] = ua;
            rig[b("LowerArm")] = ua.inverse() * la;
            rig[b("Hand")] = la.inverse() * a.arms[i].palm;
            for f in Finger::ALL {
                let rot = a.arms[i].shape.finger_rotations(side, f);
                for (k, part) in ["Proximal", "Intermediate", "Distal"].iter().enumerate() {
                    rig[b(&format!("{f:?}{part}"))] = rot[k];
                }
            }
        }
        let _ = Quat::IDENTITY;
        rig
    }
}
