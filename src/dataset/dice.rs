//! Seeded randomness that depends on what it is for, not on what was drawn before: every word and every
//! clip has a generator of its own, so threads and additions change nothing elsewhere.

use glam::Vec3;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// A generator.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// The generator of a seed for what the names say.
    pub(super) fn new(seed: u64, names: &[&str]) -> Self {
        let mut digest = Sha256::new();
        digest.update(seed.to_le_bytes());
        for name in names {
            digest.update((name.len() as u64).to_le_bytes());
            digest.update(name.as_bytes());
        }
        Self(ChaCha8Rng::from_seed(digest.finalize().into()))
    }

    /// From 0 to 1, 1 left out.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// From one number to another.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Whether something happens that happens with this probability.
    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// Of mean 0 and deviation 1: the sum of four uniform numbers, which nobody can tell from normal in noise
    /// and which never lies farther out than 3.5.
    pub(super) fn normal(&mut self) -> f32 {
        let bits = self.0.next_u64();
        let sum: u64 = [0, 16, 32, 48].iter().map(|shift| (bits >> shift) & 0xffff).sum();
        (sum as f32 / 65535.0 - 2.0) * 3f32.sqrt()
    }

    /// Three of them.
    pub(super) fn normals(&mut self) -> Vec3 {
        Vec3::new(self.normal(), self.normal(), self.normal())
    }

    /// A number below `bound`; 0 of nothing.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// In another order, each as likely (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
