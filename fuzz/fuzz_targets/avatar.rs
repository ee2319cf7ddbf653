//! Any bytes: an avatar or a refusal, and what is an avatar can be posed and checked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use nashra::avatar::report::Report;
use nashra::avatar::{Model, Puppet};
use nashra::body::Articulation;
use nashra::retarget::RigSolver;

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = Model::from_slice(bytes, "fuzz.glb") else { return };
    let _ = Report::new("fuzz.glb", &model, &[]);
    let Ok(solver) = RigSolver::new(&model.proportions()) else { return };
    let pose = solver.solve(&Articulation::neutral());
    let posed = model.posed(&Puppet::new(&model), &pose);
    assert!(posed.iter().all(|node| node.is_finite()));
});
