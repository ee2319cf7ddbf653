//! Against PyTorch's numbers, and against each other.

use super::*;
use crate::models::checkpoint::Trainable;
use candle_core::backprop::GradStore;

const CPU: Device = Device::Cpu;

fn config(weight_decay: f64) -> OptimiserConfig {
    OptimiserConfig { lr: 0.1, betas: [0.9, 0.99], eps: 1e-8, weight_decay, decay_all: true }
}

fn adam(config: &OptimiserConfig, vars: &[(&str, &Var)], groups: &[GroupConfig]) -> AdamW {
    let vars = vars.iter().map(|(name, var)| ((*name).to_owned(), (*var).clone())).collect();
    AdamW::new(config, groups, vars, |_| false).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn near(found: &[f32], expected: &[f32], allowed: f32) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= allowed * expected.abs().max(1.0), "{found} {expected}");
    }
}

/// The gradients of Σ (w − target)² · factor.
fn gradients(var: &Var, target: &[f32], factor: f64) -> GradStore {
    let target = Tensor::new(target, &CPU).unwrap().to_dtype(var.dtype()).unwrap();
    let loss = (var.as_tensor() - target).unwrap().sqr().unwrap().sum_all().unwrap();
    (loss * factor).unwrap().backward().unwrap()
}

fn step(adam: &mut AdamW, store: GradStore, share: f64, clip: f64) -> Norms {
    let mut sum = Gradients::new(adam.slots());
    sum.add(adam.slots(), store, 1.0).unwrap();
    let norms = sum.norms().unwrap();
    adam.step(&sum, share, norms.scale(clip)).unwrap();
    norms
}

/// AdamW in double precision, straight from the paper's algorithm 2.
fn paper(config: &OptimiserConfig, start: &[f64], target: &[f64], steps: i32) -> Vec<f32> {
    let [b1, b2] = config.betas;
    let one = |(start, target): (&f64, &f64)| {
        let (mut w, mut m, mut v) = (*start, 0.0, 0.0);
        for t in 1..=steps {
            let g = 2.0 * (w - target);
            m = b1 * m + (1.0 - b1) * g;
            v = b2 * v + (1.0 - b2) * g * g;
            let (m, v) = (m / (1.0 - b1.powi(t)), v / (1.0 - b2.powi(t)));
            w -= config.lr * (m / (v.sqrt() + config.eps) + config.weight_decay * w);
        }
        w as f32
    };
    start.iter().zip(target).map(one).collect()
}

#[test]
fn steps_are_those_of_the_paper() {
    let var = Var::new(&[1.0f32, -2.0, 0.5], &CPU).unwrap();
    let config = config(0.05);
    let mut adam = adam(&config, &[("w", &var)], &[]);
    for _ in 0..20 {
        let store = gradients(&var, &[0.0, 1.0, 0.5], 1.0);
        step(&mut adam, store, 1.0, 0.0);
    }
    near(&numbers(&var), &paper(&config, &[1.0, -2.0, 0.5], &[0.0, 1.0, 0.5], 20), 2e-6);
}

#[test]
fn ten_steps_with_groups_clipping_and_a_schedule_are_pytorchs() {
    let (w, b) = (Var::new(&[1.0f32, -2.0, 0.5], &CPU).unwrap(), Var::new(&[0.25f32], &CPU).unwrap());
    let matches = vec!["b".to_owned()];
    let (lr_scale, weight_decay) = (Some(0.2), Some(0.0));
    let bias = GroupConfig { name: "bias".into(), matches, lr_scale, weight_decay, frozen: false };
    let mut adam = adam(&config(0.05), &[("w", &w), ("b", &b)], &[bias]);
    let x = Tensor::new(&[[1.0f32, 2.0, 3.0], [0.5, -1.0, 2.0]], &CPU).unwrap();
    let y = Tensor::new(&[1.0f32, -1.0], &CPU).unwrap();
    let mut norms = Vec::new();
    for nth in 0..10 {
        let made = x.matmul(&w.as_tensor().unsqueeze(1).unwrap()).unwrap().squeeze(1).unwrap();
        let wrong = (made.broadcast_add(b.as_tensor()).unwrap() - &y).unwrap();
        let store = wrong.sqr().unwrap().mean_all().unwrap().backward().unwrap();
        norms.push(step(&mut adam, store, if nth < 6 { 1.0 } else { 0.5 }, 1.5).total as f32);
    }
    // torch 2.15 on a CPU: AdamW, MultiStepLR([6], 0.5), clip_grad_norm_(1.5).
    near(&numbers(&w), &[1.423_901_6, -1.134_088_8, -0.016_735_824], 2e-6);
    near(&numbers(&b), &[0.096_742_98], 2e-6);
    near(&[norms[0], norms[5], norms[9]], &[9.969_484, 8.123_917, 6.868_573_7], 2e-6);
    let state = adam.state().unwrap();
    near(&numbers(&state["first.w"]), &[-0.059_457_01, -0.959_369_66, 0.031_742_893], 2e-6);
    near(&numbers(&state["second.w"]), &[0.000_848_675, 0.206_401_26, 0.002_145_423], 2e-7);
}

#[test]
fn both_ways_to_step_agree_and_small_weights_have_a_master() {
    let start = [1.0f32, -2.0, 0.25];
    let fast = Var::new(&start, &CPU).unwrap();
    let slow = Var::new(&start, &CPU).unwrap();
    let small = Var::from_tensor(&Tensor::new(&start, &CPU).unwrap().to_dtype(DType::BF16).unwrap()).unwrap();
    let mut adam = adam(&config(0.05), &[("fast", &fast), ("slow", &slow), ("small", &small)], &[]);
    adam.slots[1].moments = Moments::on_device(&slow).unwrap();
    for factor in [1.0, 3.0, 0.1, 1.0] {
        for var in [&fast, &slow, &small] {
            let store = gradients(var, &[0.0, 1.0, 5.0], factor);
            step(&mut adam, store, 0.5, 1.5);
        }
    }
    near(&numbers(&slow), &numbers(&fast), 1e-6);
    let weights = adam.weights().unwrap();
    near(&numbers(&weights["small"]), &numbers(&fast), 2e-2);
    near(&numbers(&small), &numbers(&weights["small"]), 4e-3);
    assert_ne!(numbers(&small), numbers(&weights["small"]));
}

#[test]
fn clipping_scales_all_gradients_to_the_norm_that_is_allowed() {
    let (a, b) = (Var::new(&[3.0f32], &CPU).unwrap(), Var::new(&[4.0f32], &CPU).unwrap());
    let adam = adam(&config(0.0), &[("a", &a), ("b", &b)], &[]);
    let loss = (a.as_tensor().sqr().unwrap() + b.as_tensor().sqr().unwrap()).unwrap();
    let mut sum = Gradients::new(adam.slots());
    sum.add(adam.slots(), (loss.sum_all().unwrap() * 0.5).unwrap().backward().unwrap(), 1.0).unwrap();
    let norms = sum.norms().unwrap();
    assert!((norms.total - 5.0).abs() < 1e-6);
    assert_eq!(norms.each, [Some(3.0), Some(4.0)]);
    assert!((norms.scale(1.0) - 0.2).abs() < 1e-6);
    assert_eq!((norms.scale(9.0), norms.scale(0.0)), (1.0, 1.0));
}

#[test]
fn clipping_reaches_the_moments() {
    let clipped = Var::new(&[0.0f32, 0.0], &CPU).unwrap();
    let mut adam = adam(&config(0.0), &[("w", &clipped)], &[]);
    let store = gradients(&clipped, &[-1.5, -2.0], 1.0);
    step(&mut adam, store, 1.0, 1.0);
    // A gradient of (3, 4), scaled to 1, of which a tenth is remembered.
    near(&numbers(&adam.state().unwrap()["first.w"]), &[0.06, 0.08], 1e-6);
}

#[test]
fn groups_have_their_rates_and_frozen_ones_stay() {
    let vars: Vec<Var> = (0..3).map(|_| Var::new(&[1.0f32], &CPU).unwrap()).collect();
    let group = |name: &str, frozen, lr_scale| GroupConfig {
        name: name.into(),
        matches: vec![format!("{name}*")],
        lr_scale,
        frozen,
        ..GroupConfig::default()
    };
    let groups = [group("slow", false, Some(0.1)), group("still", true, None)];
    let named = [("plain", &vars[0]), ("slow", &vars[1]), ("still", &vars[2])];
    let mut adam = adam(&config(0.0), &named, &groups);
    assert_eq!(adam.frozen(), ["still"]);
    let sum = named.iter().map(|(_, var)| var.as_tensor().clone()).reduce(|a, b| (a + b).unwrap()).unwrap();
    step(&mut adam, sum.sum_all().unwrap().backward().unwrap(), 1.0, 0.0);
    // The first step of Adam is the rate itself.
    near(&vars.iter().flat_map(|var| numbers(var)).collect::<Vec<_>>(), &[0.9, 0.99, 1.0], 1e-6);
}

#[test]
fn a_parameter_without_a_gradient_neither_moves_nor_decays() {
    let (a, b) = (Var::new(&[1.0f32], &CPU).unwrap(), Var::new(&[1.0f32], &CPU).unwrap());
    let mut adam = adam(&config(0.5), &[("a", &a), ("b", &b)], &[]);
    let store = gradients(&a, &[0.0], 1.0);
    assert_eq!(step(&mut adam, store, 1.0, 0.0).each[1], None);
    assert_eq!(numbers(&b), [1.0]);
    assert_ne!(numbers(&a), [1.0]);
}

#[test]
fn gradients_of_turned_and_spread_tensors_are_read_right() {
    let var = Var::new(&[[1.0f32, 2.0], [3.0, 4.0]], &CPU).unwrap();
    let adam = adam(&config(0.0), &[("w", &var)], &[]);
    let weights = Tensor::new(&[[1.0f32, 10.0], [100.0, 1000.0]], &CPU).unwrap();
    let turned = (var.as_tensor().t().unwrap() * weights).unwrap().sum_all().unwrap();
    let mut sum = Gradients::new(adam.slots());
    sum.add(adam.slots(), turned.backward().unwrap(), 1.0).unwrap();
    assert_eq!(numbers(sum.tensors()[0].as_ref().unwrap()), [1.0, 100.0, 10.0, 1000.0]);
    let mut sum = Gradients::new(adam.slots());
    sum.add(adam.slots(), var.as_tensor().sum_all().unwrap().backward().unwrap(), 1.0).unwrap();
    assert_eq!(sum.norms().unwrap().total, 2.0);
}

#[test]
fn large_parameters_step_as_small_ones() {
    let count = (1 << 16) + 77;
    let start: Vec<f32> = (0..count).map(|i| (i % 13) as f32 - 6.0).collect();
    let var = Var::new(start.as_slice(), &CPU).unwrap();
    let mut adam = adam(&config(0.0), &[("w", &var)], &[]);
    let store = gradients(&var, &vec![0.25; count], 1.0);
    step(&mut adam, store, 1.0, 0.0);
    let found = numbers(&var);
    assert!(found.iter().zip(&start).all(|(w, s)| ((s - w) - 0.1 * (s - 0.25).signum()).abs() < 1e-5));
}

#[test]
fn what_is_remembered_comes_back() {
    let trainable = Trainable::new(1);
    candle_nn::linear(3, 2, trainable.builder(DType::F32, &CPU)).unwrap();
    let fresh = || AdamW::new(&config(0.1), &[], trainable.vars(), |_| false).unwrap();
    let mut adam = fresh();
    let loss = trainable.get("weight").unwrap().sqr().unwrap().sum_all().unwrap();
    step(&mut adam, loss.backward().unwrap(), 1.0, 0.0);
    let mut other = fresh();
    let state = adam.state().unwrap();
    other.restore(&state).unwrap();
    assert_eq!(other.slots.iter().map(|slot| slot.steps).collect::<Vec<_>>(), [0, 1]);
    let again = other.state().unwrap();
    assert!(state.iter().all(|(name, tensor)| numbers(tensor) == numbers(&again[name])));
    let lacking = state.into_iter().filter(|(name, _)| name != "second.weight").collect();
    assert!(other.restore(&lacking).unwrap_err().contains("second.weight"));
}
