//! The contrast that both towers are trained by: each clip against the other texts of the batch, and each
//! text against the other clips.

use candle_core::{Result, Tensor};
use candle_nn::loss::cross_entropy;

/// What is added to a score that must not count; large enough for its exponential to be 0.
const NEVER: f32 = -1e9;

/// Cross entropies in both directions.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// Which text a clip belongs to (the reference's `V2TContraLoss`).
    pub from_video: Tensor,
    /// Which clip a text belongs to (`T2VContraLoss`).
    pub from_text: Tensor,
}

impl Contrast {
    /// The reference's `MMContraLoss`: both together.
    ///
    /// # Errors
    /// candle's.
    pub fn sum(&self) -> Result<Tensor> {
        &self.from_video + &self.from_text
    }

    /// CLIP's: their mean.
    ///
    /// # Errors
    /// candle's.
    pub fn mean(&self) -> Result<Tensor> {
        self.sum()? / 2.0
    }
}

/// InfoNCE over a batch of pairs.
///
/// - `video`, `text`: `[batch, width]`, as [`super::SignClipNetwork`] embeds them
/// - `scale`: its [`super::SignClipNetwork::scale`]; none is the reference's loss, of dot products as they
///   are
/// - `labels`: one for each pair; pairs of one label are not held against each other. Without them, two
///   clips of one word are each the other's wrong answer, as in the reference
///
/// # Errors
/// Where shapes do not fit, or there are not as many labels as pairs.
pub fn contrast(
    video: &Tensor,
    text: &Tensor,
    scale: Option<&Tensor>,
    labels: Option<&[u32]>,
) -> Result<Contrast> {
    let logits = video.matmul(&text.t()?)?;
    let logits = match scale {
        Some(scale) => logits.broadcast_mul(scale)?,
        None => logits,
    };
    let (batch, texts) = logits.dims2()?;
    if batch != texts || labels.is_some_and(|labels| labels.len() != batch) {
        let labels = labels.map_or(batch, <[u32]>::len);
        candle_core::bail!("expected pairs, found {batch} clips, {texts} texts and {labels} labels");
    }
    let logits = match labels {
        Some(labels) => logits.broadcast_add(&twins(labels, &logits)?)?,
        None => logits,
    };
    let own = Tensor::arange(0u32, batch as u32, logits.device())?;
    Ok(Contrast {
        from_video: cross_entropy(&logits, &own)?,
        from_text: cross_entropy(&logits.t()?.contiguous()?, &own)?,
    })
}

/// `[batch, batch]`: what takes pairs of one label out of each other's sums.
fn twins(labels: &[u32], like: &Tensor) -> Result<Tensor> {
    let is_twin = |row: usize, column: usize| row != column && labels[row] == labels[column];
    let rows = 0..labels.len();
    let bias = rows
        .clone()
        .flat_map(|row| rows.clone().map(move |column| if is_twin(row, column) { NEVER } else { 0.0 }));
    let bias: Vec<f32> = bias.collect();
    Tensor::from_vec(bias, (labels.len(), labels.len()), like.device())?.to_dtype(like.dtype())
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn values(rows: usize, seed: usize) -> Tensor {
        let value = |i: usize| ((i * 7 + seed * 13) % 11) as f32 / 5.0 - 1.0;
        Tensor::from_vec((0..rows * 4).map(value).collect::<Vec<_>>(), (rows, 4), &Device::Cpu).unwrap()
    }

    fn sum(video: &Tensor, text: &Tensor, labels: Option<&[u32]>) -> f32 {
        contrast(video, text, None, labels).unwrap().sum().unwrap().to_scalar().unwrap()
    }

    #[test]
    fn labels_that_all_differ_change_nothing_and_equal_ones_are_no_negatives() {
        let (video, text) = (values(3, 1), values(3, 2));
        assert_eq!(sum(&video, &text, Some(&[4, 2, 9])), sum(&video, &text, None));
        // Of three pairs, the last two twins: the first sees both, each twin only the first.
        let dot = |v: usize, t: usize| {
            let product = (video.get(v).unwrap() * text.get(t).unwrap()).unwrap().sum_all().unwrap();
            f64::from(product.to_scalar::<f32>().unwrap())
        };
        let row =
            |own: f64, others: &[f64]| others.iter().chain([&own]).map(|x| x.exp()).sum::<f64>().ln() - own;
        let video_side = row(dot(0, 0), &[dot(0, 1), dot(0, 2)])
            + row(dot(1, 1), &[dot(1, 0)])
            + row(dot(2, 2), &[dot(2, 0)]);
        let text_side = row(dot(0, 0), &[dot(1, 0), dot(2, 0)])
            + row(dot(1, 1), &[dot(0, 1)])
            + row(dot(2, 2), &[dot(0, 2)]);
        let expected = (video_side + text_side) / 3.0;
        assert!((f64::from(sum(&video, &text, Some(&[1, 5, 5]))) - expected).abs() < 1e-5);
    }

    #[test]
    fn gradients_reach_both_towers_and_the_scale() {
        let [video, text] = [1, 2].map(|seed| Var::from_tensor(&values(4, seed)).unwrap());
        let scale = Var::new(3f32, &Device::Cpu).unwrap();
        let loss = contrast(&video, &text, Some(&scale), Some(&[1, 1, 2, 3])).unwrap().mean().unwrap();
        let gradients = loss.backward().unwrap();
        for var in [&video, &text, &scale] {
            let sum = gradients.get(var).expect("a gradient").abs().unwrap().sum_all().unwrap();
            let sum = sum.to_scalar::<f32>().unwrap();
            assert!(sum.is_finite() && sum > 1e-4, "{sum}");
        }
    }

    #[test]
    fn what_is_no_pairs_is_refused() {
        let (three, two) = (values(3, 1), values(2, 1));
        assert!(contrast(&three, &two, None, None).unwrap_err().to_string().contains("2 texts"));
        let error = contrast(&three, &three, None, Some(&[1])).unwrap_err().to_string();
        assert!(error.contains("1 labels"), "{error}");
    }
}
