//! Broken off and gone on with.

use super::*;
use crate::train::Ending;
use proptest::prelude::*;

/// What a run leaves behind.
type Remains = (BTreeMap<String, Vec<f32>>, Vec<MetricRow>, Vec<u8>, Vec<u8>);

fn left(task: &Regression, folder: &RunFolder) -> Remains {
    let outcome = folder.path().join("best");
    let best = names(&outcome).iter().flat_map(|name| std::fs::read(outcome.join(name)).unwrap()).collect();
    let last = std::fs::read(folder.checkpoints().join("step-00000030.safetensors")).unwrap();
    // The state tells how long it took.
    let tensors = safetensors::SafeTensors::deserialize(&last).unwrap();
    let mut tensors = tensors.tensors();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    let bytes = tensors.iter().flat_map(|(_, tensor)| tensor.data().to_vec()).collect();
    (task.weights(), rows(folder), best, bytes)
}

fn straight(config: &RunConfig) -> Remains {
    let (_root, folder) = folder();
    let mut task = Regression::new();
    assert_eq!(train(&mut task, config, &folder).unwrap().ending, Ending::Finished);
    left(&task, &folder)
}

/// Runs with one event after another until it ends by itself.
fn broken(config: &RunConfig, events: &[(u64, Event)]) -> Remains {
    let (_root, folder) = folder();
    for (at, event) in events {
        let folder = RunFolder::open(folder.path()).unwrap();
        match (train(&mut Regression::new().with(*at, *event), config, &folder), event) {
            (Ok(outcome), Event::Stop) if outcome.ending == Ending::Stopped => {}
            (Ok(outcome), _) => assert_eq!(outcome.ending, Ending::Finished, "{at} {event:?}"),
            (Err(error), _) => assert_eq!(error.to_string(), "killed"),
        }
    }
    let mut task = Regression::new();
    train(&mut task, config, &folder).unwrap();
    left(&task, &folder)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_run_that_is_killed_and_stopped_anywhere_ends_bit_for_bit_as_one_that_is_not(
        events in proptest::collection::vec((1u64..20, proptest::bool::ANY), 1..4),
        accumulate in 1usize..3,
    ) {
        let config = RunConfig { accumulate, ..config() };
        let event = |(at, kill): (u64, bool)| (at, if kill { Event::Kill } else { Event::Stop });
        let events: Vec<_> = events.into_iter().map(event).collect();
        prop_assert!(broken(&config, &events) == straight(&config), "{:?}", events);
    }
}

#[test]
fn a_checkpoint_that_was_cut_is_passed_over() {
    let config = config();
    let whole = straight(&config);
    let (_root, folder) = folder();
    train(&mut Regression::new().with(13, Event::Kill), &config, &folder).unwrap_err();
    assert_eq!(names(&folder.checkpoints()), ["step-00000005.safetensors", "step-00000010.safetensors"]);
    let newest = folder.checkpoints().join("step-00000010.safetensors");
    let bytes = std::fs::read(&newest).unwrap();
    std::fs::write(&newest, &bytes[..bytes.len() - 1]).unwrap();
    let mut task = Regression::new();
    train(&mut task, &config, &folder).unwrap();
    assert_eq!(task.calls, 25, "it goes on from step 5");
    assert!(left(&task, &folder) == whole);
}

#[test]
fn a_finished_run_does_nothing_more_and_a_longer_one_goes_on() {
    let (_root, folder) = folder();
    let config = config();
    let first = train(&mut Regression::new(), &config, &folder).unwrap();
    let before = rows(&folder);
    let mut task = Regression::new();
    let again = train(&mut task, &config, &folder).unwrap();
    assert_eq!((task.calls, again.best, again.weights), (0, first.best, first.weights));
    assert_eq!(rows(&folder), before);
    let longer = RunConfig { length: Span::Steps(33), ..config };
    let outcome = train(&mut task, &longer, &folder).unwrap();
    assert_eq!((task.calls, outcome.steps), (3, 33));
}

#[test]
fn another_runs_checkpoint_is_refused_and_its_files_stay() {
    let (_root, folder) = folder();
    train(&mut Regression::new(), &config(), &folder).unwrap();
    let before = rows(&folder);
    let other = RunConfig { seed: 9, ..config() };
    let error = train(&mut Regression::new(), &other, &folder).unwrap_err();
    assert!(matches!(error, TrainError::OtherRun { .. }), "{error}");
    let mut task = Regression::new();
    task.trainable.builder(DType::F32, &CPU).get(2, "more").unwrap();
    let error = train(&mut task, &config(), &folder).unwrap_err();
    assert!(error.to_string().contains("`more`"), "{error}");
    assert_eq!(rows(&folder), before);
}
