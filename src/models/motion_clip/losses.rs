//! What MotionCLIP is trained by: the reference's terms (its `tools/losses.py` and
//! `compute_clip_losses`) and the term that the SyriSign paper adds.
//!
//! Means are over frames that are there, joints and features. All terms are scalars.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::loss::cross_entropy;

/// Keeps a vector's length from being divided by when it is 0.
const SHORTEST: f64 = 1e-12;

/// `rc`: the mean squared difference. `output` and `target`: `[batch, frames, inputs]`; `mask`:
/// `[batch, frames]`.
///
/// # Errors
/// Where shapes do not fit.
pub fn reconstruction(output: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let mask = mask.ne(0f64)?.to_dtype(output.dtype())?;
    let count = (mask.sum_all()?.maximum(1f64)? * output.dim(2)? as f64)?;
    (output - target)?.sqr()?.broadcast_mul(&mask.unsqueeze(2)?)?.sum_all()?.div(&count)
}

/// `vel`: the same of the differences between a frame and the one before it, where the later one is
/// there. Motions of one frame have none: 0.
///
/// # Errors
/// Where shapes do not fit.
pub fn velocity(output: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let pairs = output.dim(1)?.saturating_sub(1);
    if pairs == 0 {
        return Tensor::zeros((), output.dtype(), output.device());
    }
    let difference = |x: &Tensor| x.narrow(1, 1, pairs)? - x.narrow(1, 0, pairs)?;
    reconstruction(&difference(output)?, &difference(target)?, &mask.narrow(1, 1, pairs)?)
}

/// The paper's latent term (equation 2): the latent's mean square, which keeps it from drifting off.
/// `[batch, latent]`.
///
/// # Errors
/// candle's.
pub fn latent_magnitude(latent: &Tensor) -> Result<Tensor> {
    latent.sqr()?.mean_all()
}

/// `text_cosine`: 1 − the mean cosine of latents and embeddings, `[batch, latent]` each.
///
/// # Errors
/// Where shapes do not fit.
pub fn text_cosine(latent: &Tensor, text: &Tensor) -> Result<Tensor> {
    1.0 - (unit(latent)? * unit(text)?)?.sum(D::Minus1)?.mean_all()?
}

/// `text_mse`: their mean squared difference, lengths included.
///
/// # Errors
/// Where shapes do not fit.
pub fn text_mse(latent: &Tensor, text: &Tensor) -> Result<Tensor> {
    (latent - text)?.sqr()?.mean_all()
}

/// CLIP's contrast in both directions.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// `text_ce_from_motion`: which text a motion belongs to.
    pub from_motion: Tensor,
    /// `text_ce_from_d`: which motion a text belongs to.
    pub from_text: Tensor,
}

impl Contrast {
    /// `text_mixed_ce`: the mean of both.
    ///
    /// # Errors
    /// candle's.
    pub fn mixed(&self) -> Result<Tensor> {
        (&self.from_motion + &self.from_text)? / 2.0
    }
}

/// Cross entropies of the cosines times `exp(logit_scale)`, each pair of the batch against the others.
///
/// - `latent` and `text`: `[batch, latent]`
/// - `logit_scale`: a scalar tensor, CLIP's own
///
/// # Errors
/// Where shapes do not fit.
pub fn contrast(latent: &Tensor, text: &Tensor, logit_scale: &Tensor) -> Result<Contrast> {
    let logits = unit(latent)?.matmul(&unit(text)?.t()?)?.broadcast_mul(&logit_scale.exp()?)?;
    let own = Tensor::arange(0u32, logits.dim(0)? as u32, logits.device())?;
    Ok(Contrast {
        from_motion: cross_entropy(&logits, &own)?,
        from_text: cross_entropy(&logits.t()?.contiguous()?, &own)?,
    })
}

fn unit(x: &Tensor) -> Result<Tensor> {
    x.broadcast_div(&x.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.maximum(SHORTEST)?)
}

/// How much each term counts.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossWeights {
    /// λ of [`reconstruction`].
    pub reconstruction: f64,
    /// λ of [`velocity`].
    pub velocity: f64,
    /// λ of [`latent_magnitude`].
    pub latent: f64,
    /// λ of [`text_cosine`].
    pub cosine: f64,
    /// λ of [`text_mse`].
    pub mse: f64,
    /// λ of [`contrast`].
    pub contrast: f64,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self::aligned()
    }
}

impl LossWeights {
    const NONE: Self =
        Self { reconstruction: 0.0, velocity: 0.0, latent: 0.0, cosine: 0.0, mse: 0.0, contrast: 0.0 };

    /// The reference's, without the terms that need a body model or pictures.
    pub const fn reference() -> Self {
        Self { reconstruction: 100.0, velocity: 100.0, cosine: 1.0, ..Self::NONE }
    }

    /// The paper's equation 2. It gives no numbers: these make the latent term the smallest.
    pub const fn syrisign() -> Self {
        Self { reconstruction: 1.0, velocity: 1.0, latent: 1e-3, ..Self::NONE }
    }

    /// The paper's terms and the alignment that it leaves out, without which no text decodes to its
    /// motion: the direction by cosine, and, unlike the reference's, the length as well, so that an
    /// embedding can be decoded as it is.
    pub const fn aligned() -> Self {
        Self { reconstruction: 100.0, velocity: 100.0, latent: 1e-3, cosine: 1.0, mse: 1.0, contrast: 0.0 }
    }
}

/// The terms of one batch; those that count for nothing or lack a text are not there.
#[derive(Clone, Debug, Default)]
pub struct LossTerms {
    /// Name and value, before weighting.
    pub terms: Vec<(&'static str, Tensor)>,
    /// Their weighted sum; none where no term counts.
    pub total: Option<Tensor>,
}

impl LossTerms {
    /// Terms of one batch.
    ///
    /// - `output`, `target`: `[batch, frames, inputs]`; `mask`: `[batch, frames]`
    /// - `latent`: `[batch, latent]`; `text`: the same, and the logit scale
    ///
    /// # Errors
    /// Where shapes do not fit.
    pub fn of(
        weights: &LossWeights,
        [output, target, mask]: [&Tensor; 3],
        latent: &Tensor,
        text: Option<(&Tensor, &Tensor)>,
    ) -> Result<Self> {
        let mut all = Self::default();
        all.add("reconstruction", weights.reconstruction, || reconstruction(output, target, mask))?;
        all.add("velocity", weights.velocity, || velocity(output, target, mask))?;
        all.add("latent", weights.latent, || latent_magnitude(latent))?;
        if let Some((text, logit_scale)) = text {
            all.add("cosine", weights.cosine, || text_cosine(latent, text))?;
            all.add("mse", weights.mse, || text_mse(latent, text))?;
            all.add("contrast", weights.contrast, || contrast(latent, text, logit_scale)?.mixed())?;
        }
        Ok(all)
    }

    fn add(&mut self, name: &'static str, weight: f64, value: impl FnOnce() -> Result<Tensor>) -> Result<()> {
        if weight == 0.0 {
            return Ok(());
        }
        let value = value()?.to_dtype(DType::F32)?;
        let weighted = (&value * weight)?;
        self.total = Some(match self.total.take() {
            Some(total) => (total + weighted)?,
            None => weighted,
        });
        self.terms.push((name, value));
        Ok(())
    }
}
