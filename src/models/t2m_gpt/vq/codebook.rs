//! Latents to the nearest code, and how the codes follow the latents (T2M-GPT `models/quantize_cnn.py`,
//! `QuantizeEMAReset`).
//!
//! Codes are not trained by a gradient: each is the moving average of the latents that chose it, and one
//! that nobody chooses is put where a latent of the present batch is.

use crate::models::layers::Noise;
use candle_core::{D, DType, Device, Result, Tensor, Var};

/// The codes, `[codes, code_dim]`.
#[derive(Clone, Debug)]
pub struct Codebook(pub(super) Tensor);

/// Latents by their codes.
#[derive(Clone, Debug)]
pub struct Quantised {
    /// The nearest codes in the latents' places, `[batch, time, code_dim]`; gradients pass to the latents
    /// as if nothing had happened (straight-through).
    pub latents: Tensor,
    /// Which codes, `[batch, time]`, u32.
    pub indices: Tensor,
    /// Mean squared distance from the codes, to be made smaller by the encoder. `[]`
    pub commitment: Tensor,
    /// How many codes are in use: `exp` of the entropy of their shares. `[]`
    pub perplexity: Tensor,
}

impl Codebook {
    /// Where it is.
    pub fn device(&self) -> &Device {
        self.0.device()
    }

    /// The numbers of the nearest codes: `[batch, time, code_dim]` → `[batch, time]`, u32.
    ///
    /// # Errors
    /// Where `code_dim` is another.
    pub fn nearest(&self, latents: &Tensor) -> Result<Tensor> {
        let (batch, time, size) = latents.dims3()?;
        let flat = latents.detach().reshape((batch * time, size))?;
        // |x − c|² without |x|², which all codes share.
        let codes = self.0.detach();
        let own = codes.sqr()?.sum(1)?;
        let distances = (flat.matmul(&codes.t()?)? * -2.0)?.broadcast_add(&own)?;
        distances.argmin(D::Minus1)?.reshape((batch, time))
    }

    /// The codes of numbers: `[batch, time]` → `[batch, time, code_dim]`.
    ///
    /// # Errors
    /// Where a number is none of a code.
    pub fn codes(&self, indices: &Tensor) -> Result<Tensor> {
        let (batch, time) = indices.dims2()?;
        self.0.index_select(&indices.flatten_all()?, 0)?.reshape((batch, time, ()))
    }

    /// Latents by their codes.
    ///
    /// # Errors
    /// As [`Self::nearest`].
    pub fn quantise(&self, latents: &Tensor) -> Result<Quantised> {
        let indices = self.nearest(latents)?;
        let codes = self.codes(&indices)?.detach();
        Ok(Quantised {
            commitment: (latents - &codes)?.sqr()?.mean_all()?,
            latents: (latents + (codes - latents)?.detach())?,
            perplexity: perplexity(&self.choices(&indices)?.sum(0)?)?,
            indices,
        })
    }

    /// `[batch · time, codes]`: 1 at each latent's code.
    fn choices(&self, indices: &Tensor) -> Result<Tensor> {
        let codes = self.0.dim(0)?;
        let numbers = Tensor::arange(0u32, codes as u32, indices.device())?.unsqueeze(0)?;
        indices.flatten_all()?.unsqueeze(1)?.broadcast_eq(&numbers)?.to_dtype(DType::F32)
    }
}

fn perplexity(counts: &Tensor) -> Result<Tensor> {
    let shares = counts.broadcast_div(&counts.sum_all()?)?;
    (&shares * (&shares + 1e-7)?.log()?)?.sum_all()?.neg()?.exp()
}

/// A codebook in training: the codes and the averages that they are made of. The averages are not among
/// the reference's weights; whoever resumes a run keeps them beside.
#[derive(Debug)]
pub struct EmaCodebook {
    codes: Var,
    /// Decayed sum of the latents of each code, `[codes, code_dim]`; none before the first batch.
    averages: Option<Averages>,
    decay: f64,
}

/// What a codebook's codes are averages of.
#[derive(Clone, Debug)]
pub struct Averages {
    /// Decayed sum of each code's latents, `[codes, code_dim]`.
    pub sum: Tensor,
    /// Decayed number of them, `[codes]`.
    pub count: Tensor,
}

/// A code that counts less than this is dead.
const ALIVE: f64 = 1.0;
/// A code that counts so much lives through some hundred batches that do not need it.
const WELL_USED: f64 = 10.0;
/// Noise on copies of latents, where a batch has fewer than there are codes.
const SPREAD: f64 = 0.01;

impl EmaCodebook {
    /// Codes that follow latents, remembering a `decay` (the reference: 0.99) of them a step. Without
    /// averages the first batch places the codes anew.
    pub fn new(codes: Var, averages: Option<Averages>, decay: f64) -> Self {
        Self { codes, averages, decay }
    }

    /// Codes that were learnt before, in a run whose averages are not there any more: each counts as well
    /// used, so that the ones that the first batches do not need are not taken for dead.
    ///
    /// # Errors
    /// candle's.
    pub fn learnt(codes: Var, decay: f64) -> Result<Self> {
        let sum = (codes.as_detached_tensor() * WELL_USED)?;
        let count = (Tensor::ones(sum.dim(0)?, DType::F32, sum.device())? * WELL_USED)?;
        Ok(Self::new(codes, Some(Averages { sum, count }), decay))
    }

    /// What must be kept to go on later.
    pub fn averages(&self) -> Option<&Averages> {
        self.averages.as_ref()
    }

    /// Quantises a batch by the codes as they are, then lets them follow it.
    ///
    /// # Errors
    /// candle's.
    pub fn step(&mut self, latents: &Tensor, noise: &Noise) -> Result<Quantised> {
        let flat = latents.detach().flatten_to(1)?;
        let spare = self.spare(&flat, noise)?;
        let averages = match self.averages.take() {
            Some(averages) => averages,
            None => {
                self.codes.set(&spare)?;
                let count = Tensor::ones(spare.dim(0)?, DType::F32, spare.device())?;
                Averages { sum: spare.clone(), count }
            }
        };
        let codebook = Codebook(self.codes.as_tensor().detach().copy()?);
        let quantised = codebook.quantise(latents)?;
        let choices = codebook.choices(&quantised.indices)?;
        let kept = self.decay;
        let sum = ((averages.sum * kept)? + (choices.t()?.matmul(&flat)? * (1.0 - kept))?)?;
        let count = ((averages.count * kept)? + (choices.sum(0)? * (1.0 - kept))?)?;
        let alive = count.ge(ALIVE)?.unsqueeze(1)?.broadcast_as(sum.shape())?;
        self.codes.set(&alive.where_cond(&sum.broadcast_div(&count.unsqueeze(1)?)?, &spare)?)?;
        self.averages = Some(Averages { sum, count });
        Ok(quantised)
    }

    /// `[codes, code_dim]`: a latent of the batch for each code, should it be dead. A small batch is
    /// repeated, its copies a little apart.
    fn spare(&self, flat: &Tensor, noise: &Noise) -> Result<Tensor> {
        let ((latents, size), codes) = (flat.dims2()?, self.codes.dim(0)?);
        if latents >= codes {
            return flat.narrow(0, 0, codes)?.copy();
        }
        let copies = codes.div_ceil(latents);
        let tiled = Tensor::cat(&vec![flat; copies], 0)?.narrow(0, 0, codes)?;
        tiled + (noise.normal((codes, size), flat.device())? * (SPREAD / (size as f64).sqrt()))?
    }
}
