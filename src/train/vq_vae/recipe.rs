//! What a VQ-VAE is trained by.

use crate::models::bundles::CodebookConfig;
use crate::models::features::{MotionFeatures, Part};
use crate::models::t2m_gpt::VqVaeConfig;
use crate::models::t2m_gpt::vq::{Distance, VelocityLoss};
use crate::train::motion::MotionData;
use crate::train::{Augment, RunConfig, TrainError};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole preset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct VqVaeRecipe {
    /// The loop.
    pub run: RunConfig,
    /// The clips.
    pub data: MotionData,
    /// The network.
    pub model: VqVaeModel,
    /// Losses and codebook.
    pub training: VqVaeTraining,
    /// How clips are changed while training: trimming, speed and noise.
    pub augment: Augment,
}

/// The network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct VqVaeModel {
    /// The codebooks: the parts that each is of. One list of all is the reference's single codebook.
    pub codebooks: Vec<Vec<Part>>,
    /// Codes of each codebook.
    pub codes: usize,
    /// Channels of a code.
    pub code_dim: usize,
    /// Channels inside.
    pub width: usize,
    /// Residual blocks at each rate.
    pub depth: usize,
    /// How many times the rate is halved: frames a token are 2 to this power.
    pub down: usize,
    /// A folder of the same network to go on from.
    pub from: Option<PathBuf>,
}

/// Losses and codebook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct VqVaeTraining {
    /// Frames of a window; shorter clips are held at their end.
    pub window: usize,
    /// How a difference is measured.
    pub distance: Distance,
    /// What is meant by a velocity.
    pub velocity: VelocityLoss,
    /// λ of the velocity's loss.
    pub velocity_weight: f64,
    /// Weight of the commitment loss.
    pub commitment: f64,
    /// What the codebook's moving averages keep at a step.
    pub decay: f64,
}

impl Default for VqVaeModel {
    fn default() -> Self {
        let reference = VqVaeConfig::reference(1);
        Self {
            codebooks: vec![vec![Part::Body, Part::LeftHand, Part::RightHand]],
            codes: reference.nb_code,
            code_dim: reference.code_dim,
            width: reference.width,
            depth: reference.depth,
            down: reference.down_t,
            from: None,
        }
    }
}

impl Default for VqVaeTraining {
    fn default() -> Self {
        Self {
            window: 84,
            distance: Distance::L1Smooth,
            velocity: VelocityLoss::Delta,
            velocity_weight: 0.5,
            commitment: 0.02,
            decay: 0.99,
        }
    }
}

impl VqVaeModel {
    /// The same of some parts only; codebooks of none are gone.
    #[must_use]
    pub fn only(&self, parts: &[Part]) -> Self {
        let kept = |book: &Vec<Part>| book.iter().copied().filter(|part| parts.contains(part)).collect();
        let codebooks = self.codebooks.iter().map(kept).filter(|book: &Vec<Part>| !book.is_empty());
        Self { codebooks: codebooks.collect(), ..self.clone() }
    }

    /// All parts, codebook by codebook.
    pub fn parts(&self) -> Vec<Part> {
        self.codebooks.concat()
    }

    /// The codebooks' networks.
    ///
    /// # Errors
    /// [`TrainError::Settings`] where a part is in two codebooks or the body is in none; where no network
    /// has these sizes.
    pub fn configs(&self) -> Result<Vec<CodebookConfig>, TrainError> {
        let parts = self.parts();
        let mut once = parts.clone();
        once.sort_unstable();
        once.dedup();
        if once.len() != parts.len()
            || !parts.contains(&Part::Body)
            || self.codebooks.iter().any(Vec::is_empty)
        {
            let reason = format!("expected the body and other parts, each in one codebook, found {parts:?}");
            return Err(TrainError::Settings(reason));
        }
        let features = MotionFeatures::new(&parts);
        let book = |parts: &Vec<Part>| {
            let vq_vae = VqVaeConfig {
                input_dim: parts.iter().map(|&part| features.range(part).len()).sum(),
                nb_code: self.codes,
                code_dim: self.code_dim,
                width: self.width,
                depth: self.depth,
                down_t: self.down,
                ..VqVaeConfig::reference(1)
            };
            vq_vae.check()?;
            Ok(CodebookConfig { parts: parts.clone(), vq_vae })
        };
        self.codebooks.iter().map(book).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_codebook_takes_its_parts_numbers() {
        let codebooks = vec![vec![Part::Body, Part::Face], vec![Part::LeftHand], vec![Part::RightHand]];
        let model = VqVaeModel { codebooks, ..Default::default() };
        let widths: Vec<usize> = model.configs().unwrap().iter().map(|book| book.vq_vae.input_dim).collect();
        assert_eq!(widths, [69 + 385, 61, 61]);
    }

    #[test]
    fn what_is_not_seen_has_no_codebook() {
        let codebooks = vec![vec![Part::Body, Part::LeftHand], vec![Part::Face]];
        let model = VqVaeModel { codebooks, ..Default::default() };
        assert_eq!(model.only(&[Part::Body, Part::LeftHand]).codebooks, [[Part::Body, Part::LeftHand]]);
        assert_eq!(model.only(&[Part::Body]).codebooks, [[Part::Body]]);
    }

    #[test]
    fn a_part_twice_or_no_body_is_refused() {
        for codebooks in [vec![vec![Part::Body], vec![Part::Body]], vec![vec![Part::Face]], vec![vec![]]] {
            let model = VqVaeModel { codebooks, ..Default::default() };
            assert!(model.configs().is_err());
        }
        assert!(toml::from_str::<VqVaeRecipe>("[training]\nwindows = 84").is_err());
    }
}
