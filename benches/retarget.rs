//! Microseconds a frame of the two halves of retargeting: landmarks to articulation, and articulation
//! to an avatar's bones, with the hands in each other and at the chin, or in the air. `solve_in` looks at
//! thirteen instants of a motion.

use criterion::{Criterion, criterion_group, criterion_main};
use glam::Vec3;
use nashra::body::{Arm, Articulation, Place, Side, Skeleton};
use nashra::retarget::{Calibration, Frame, Proportions, RigSolver, Solver};
use std::hint::black_box;

/// Both hands up, one at the chin: the case with contacts.
fn signing() -> Articulation {
    let mut pose = Articulation::neutral();
    for side in Side::BOTH {
        *pose.arm_mut(side) = Arm { wrist: Place::Neutral.position(), ..Arm::relaxed(side) };
    }
    pose.arms[1].wrist = Place::Chin.position();
    pose
}

/// Both hands before the shoulders, apart.
fn in_the_air() -> Articulation {
    let mut pose = Articulation::neutral();
    for side in Side::BOTH {
        let wrist = Vec3::new(0.6 * side.sign(), -0.3, 0.8);
        *pose.arm_mut(side) = Arm { wrist, ..Arm::relaxed(side) };
    }
    pose
}

fn retarget(c: &mut Criterion) {
    let pose = signing();
    let frame = Frame::from_landmarks(&Skeleton::reference().landmarks(&pose));
    let seen = Calibration { depth_is_measured: false, ..Calibration::exact() };
    for (name, calibration) in [("exact", Calibration::exact()), ("seen by a camera", seen)] {
        let mut solver = Solver::new(calibration, 60.0).expect("60 is a rate");
        c.bench_function(&format!("Solver, one frame, {name}"), |b| {
            b.iter(|| solver.solve(black_box(&frame)))
        });
    }
    let rig = RigSolver::new(&Proportions::reference()).expect("the reference has all bones");
    for (name, pose) in [("touching", pose), ("in the air", in_the_air())] {
        c.bench_function(&format!("RigSolver::solve, one frame, {name}"), |b| {
            b.iter(|| rig.solve(black_box(&pose)))
        });
        c.bench_function(&format!("RigSolver::solve_in, one frame, {name}"), |b| {
            b.iter(|| rig.solve_in(|_| black_box(&pose).clone()))
        });
    }
}

criterion_group!(benches, retarget);
criterion_main!(benches);
