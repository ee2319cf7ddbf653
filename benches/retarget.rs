//! Microseconds a frame of the two halves of retargeting: landmarks to articulation, and articulation
//! to an avatar's bones. The budget for both together is 100 µs on one core.

use criterion::{Criterion, criterion_group, criterion_main};
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
    c.bench_function("RigSolver::solve, one frame", |b| b.iter(|| rig.solve(black_box(&pose))));
    c.bench_function("RigSolver::solve_in, one frame", |b| {
        b.iter(|| rig.solve_in(|_| black_box(&pose).clone()))
    });
}

criterion_group!(benches, retarget);
criterion_main!(benches);
