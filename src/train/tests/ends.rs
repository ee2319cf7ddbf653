//! How runs end, and what they leave.

use super::*;
use crate::train::Ending;
use crate::train::config::GroupConfig;

#[test]
fn training_makes_the_loss_smaller_and_leaves_everything_behind() {
    let (_root, folder) = folder();
    let config = RunConfig { length: Span::Epochs(60), validate_every: Span::Epochs(20), ..config() };
    let mut task = Regression::new();
    let outcome = train(&mut task, &config, &folder).unwrap();
    assert_eq!((outcome.ending, outcome.epochs, outcome.steps), (Ending::Finished, 60, 360));
    let loss = |row: &MetricRow| (row.split == "validation" && row.name == "loss").then_some(row.value);
    let losses: Vec<f64> = rows(&folder).iter().filter_map(loss).collect();
    assert_eq!(losses.len(), 3);
    assert!(losses[2] < 0.1 * 0.5, "{losses:?}");
    assert_eq!(outcome.best, losses.iter().copied().reduce(f64::min));
    assert!(outcome.peak_memory_bytes.is_none_or(|bytes| bytes > 1 << 20));
    let files = names(folder.path());
    for name in ["report.html", "parameters.csv", "parameters.json", "metrics.csv", "run.json", "config.toml"]
    {
        assert!(files.iter().any(|file| file == name), "{name}");
    }
    assert!(names(&folder.path().join("samples")).iter().any(|name| name == "step-00000010 عينة.svg"));
    let parameters = std::fs::read_to_string(folder.path().join("parameters.csv")).unwrap();
    assert!(parameters.contains("first.weight,rest,8x3,24,") && parameters.contains("average,frozen,8,8,,"));
}

#[test]
fn batches_that_are_accumulated_are_one_large_batch() {
    let train = |batch_size, accumulate| {
        let (_root, folder) = folder();
        let config = RunConfig { batch_size, accumulate, ema: 0.0, ..config() };
        let mut task = Regression::plain();
        train(&mut task, &config, &folder).unwrap();
        task.weights()
    };
    // 24 points in batches of 10 leave a smaller one, which weighs less.
    for ((size, pieces), whole) in [((4, 2), 8), ((5, 2), 10)] {
        let (one, other) = (train(whole, 1), train(size, pieces));
        for (name, weights) in &one {
            if name != "average" {
                let far = weights.iter().zip(&other[name]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(far < 2e-5, "{name} {far}");
            }
        }
    }
}

#[test]
fn averaged_weights_are_validated_and_kept_and_the_plain_ones_come_back() {
    let (_root, other) = folder();
    let (_root, folder) = folder();
    let plain = RunConfig { ema: 0.0, validate_every: Span::Steps(0), ..config() };
    let mut averaged = Regression::new();
    let outcome = train(&mut averaged, &RunConfig { ema: 0.9, ..plain.clone() }, &folder).unwrap();
    let mut last = Regression::new();
    train(&mut last, &plain, &other).unwrap();
    assert_eq!(averaged.weights(), last.weights());
    let kept = crate::models::checkpoint::Checkpoint::open(outcome.weights.unwrap()).unwrap();
    let kept = kept.tensor("first.weight", DType::F32, &CPU).unwrap().flatten_all().unwrap();
    let (kept, last) = (kept.to_vec1::<f32>().unwrap(), &last.weights()["first.weight"]);
    assert!(kept != *last && kept.iter().zip(last).all(|(a, b)| (a - b).abs() < 0.5));
}

#[test]
fn patience_ends_a_run_and_the_best_weights_are_kept() {
    let (_root, folder) = folder();
    let mut config = RunConfig { validate_every: Span::Steps(2), ..config() };
    config.early_stopping.patience = 3;
    let script = [5.0, 3.0, 4.0, 2.0, 2.0, f64::NAN, 2.5, 9.0];
    let mut task = Regression::scripted(&script);
    let outcome = train(&mut task, &config, &folder).unwrap();
    assert_eq!((outcome.ending, outcome.steps, task.validations), (Ending::EarlyStopped, 14, 7));
    assert_eq!((outcome.best, outcome.weights), (Some(2.0), Some(folder.weights(8))));
    assert_eq!(
        names(&folder.path().join("best")),
        ["step-00000008.safetensors", "step-00000010.safetensors"]
    );
    let again = train(&mut Regression::new(), &config, &folder).unwrap();
    assert_eq!(again.ending, Ending::EarlyStopped);
}

#[test]
fn a_metric_that_is_not_measured_is_an_error() {
    let (_root, folder) = folder();
    let mut config = config();
    config.early_stopping.metric = "accuracy".into();
    let error = train(&mut Regression::new(), &config, &folder).unwrap_err();
    assert!(error.to_string().contains("average, loss"), "{error}");
}

#[test]
fn parameters_that_nothing_reaches_are_named() {
    let (_root, folder) = folder();
    let mut task = Regression::new();
    task.trainable.builder(DType::F32, &CPU).get((2, 2), "forgotten.weight").unwrap();
    let error = train(&mut task, &config(), &folder).unwrap_err();
    assert!(matches!(error, TrainError::DidNotMove { steps: 30, of: 5, .. }), "{error}");
    assert!(error.to_string().contains("forgotten.weight (no gradient)"), "{error}");
    assert!(folder.path().join("parameters.csv").exists());
    let group = |pattern: &str| GroupConfig {
        name: "still".into(),
        matches: vec![pattern.into()],
        frozen: true,
        ..GroupConfig::default()
    };
    let (_root, other) = super::folder();
    let frozen = RunConfig { groups: vec![group("forgotten.*")], ..config() };
    assert!(train(&mut task, &frozen, &other).is_ok());
}

#[test]
fn it_is_told_after_the_first_hundred_steps() {
    let (_root, folder) = folder();
    let mut task = Regression::new();
    task.trainable.builder(DType::F32, &CPU).get((2, 2), "forgotten.weight").unwrap();
    let config = RunConfig { length: Span::Steps(5000), validate_every: Span::Steps(0), ..config() };
    assert!(train(&mut task, &config, &folder).is_err());
    assert_eq!(task.calls, 100);
}

#[test]
fn a_loss_that_is_no_number_ends_the_run_with_the_last_checkpoint_kept() {
    let (_root, folder) = folder();
    let mut task = Regression::new().with(8, Event::NotANumber);
    let error = train(&mut task, &config(), &folder).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("step 8") && text.contains("loss = NaN") && text.contains("absolute = "), "{text}");
    assert_eq!(names(&folder.checkpoints()), ["step-00000005.safetensors"]);
    assert!(task.weights().values().flatten().all(|weight| weight.is_finite()));
}

#[test]
fn a_stop_is_answered_after_its_step_with_a_checkpoint() {
    let (_root, folder) = folder();
    let outcome = train(&mut Regression::new().with(3, Event::Stop), &config(), &folder).unwrap();
    assert_eq!((outcome.ending, outcome.steps, outcome.weights), (Ending::Stopped, 3, None));
    assert_eq!(names(&folder.checkpoints()), ["step-00000003.safetensors"]);
}

#[test]
fn a_checkpoint_that_cannot_be_written_ends_the_run_and_the_one_before_stays() {
    let (_root, folder) = folder();
    // A folder in the place of the file stands in for a full disk.
    std::fs::create_dir_all(folder.checkpoints().join("step-00000010.safetensors/x")).unwrap();
    let error = train(&mut Regression::new(), &config(), &folder).unwrap_err();
    assert!(error.to_string().contains("cannot write"), "{error}");
    assert!(names(&folder.checkpoints()).contains(&"step-00000005.safetensors".to_owned()));
}

#[test]
fn nothing_to_train_on_is_an_error() {
    let (_root, folder) = folder();
    let mut task = Regression::new();
    task.points = Arc::new(Points { count: 0, jitter: 0.0 });
    assert!(matches!(train(&mut task, &config(), &folder).unwrap_err(), TrainError::NoExamples));
}
