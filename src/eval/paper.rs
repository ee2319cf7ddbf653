//! What SyriSign's paper printed: its Table III, as data, with what it leaves undefined.
//!
//! Source: "SyriSign", arXiv 2603.29219, Table III (results of fine-tuning MotionCLIP, T2M-GPT and SignCLIP
//! on 1,500 clips of 150 signs, 80/10/10). The paper itself calls these proxy metrics and asks for caution
//! in comparing models by them.

use serde::Serialize;

/// One printed number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Printed {
    /// The model.
    pub model: &'static str,
    /// Which part of it.
    pub component: &'static str,
    /// The metric as the paper calls it.
    pub metric: &'static str,
    /// The number.
    pub value: f64,
    /// What one would have to know to compare with it, and the paper does not say.
    pub undefined: &'static str,
}

const CLIP_LOSS: &str = "the weights of reconstruction, velocity and latent loss are not given, nor their units \
                         or whether losses are sums or means; how the encoder and the decoder have losses of \
                         their own is not said";
const VQ_LOSS: &str = "the loss (L1, L2, smooth L1), λ of the velocity term and the features' normalisation are \
                       not given; face left out, windows of 168 frames";
const GPT_LOSS: &str = "the codebook's size is not given, so chance (its logarithm) is not known; a validation \
                        loss far below the training loss suggests that the same words, and perhaps takes of the \
                        same recording, are in both; train and validation may differ in token corruption";

/// Table III, row after row.
pub const TABLE_III: [Printed; 12] = [
    printed("MotionCLIP", "encoder", "train loss", 1.3210, CLIP_LOSS),
    printed("MotionCLIP", "encoder", "validation loss", 1.0783, CLIP_LOSS),
    printed("MotionCLIP", "decoder", "train loss", 0.7587, CLIP_LOSS),
    printed("MotionCLIP", "decoder", "validation loss", 0.5285, CLIP_LOSS),
    printed("T2M-GPT", "VQ-VAE", "reconstruction test loss", 0.1205, VQ_LOSS),
    printed(
        "T2M-GPT",
        "VQ-VAE",
        "perplexity",
        186.69,
        "the codebook's size is not given, nor whether it is the mean over batches (T2M-GPT's log) or over the \
         whole test set, which is higher",
    ),
    printed(
        "T2M-GPT",
        "VQ-VAE",
        "commit",
        0.04445,
        "whether the weight (0.02 in T2M-GPT) is in it is not said",
    ),
    printed("T2M-GPT", "GPT", "train loss", 1.2333, GPT_LOSS),
    printed("T2M-GPT", "GPT", "validation loss", 0.0242, GPT_LOSS),
    printed("T2M-GPT", "GPT", "cross-entropy test loss", 0.0242, GPT_LOSS),
    printed(
        "SignCLIP",
        "both towers",
        "training loss",
        1.5264,
        "the batch size is not given; the loss is the sum of two cross-entropies over the batch, so that chance \
         is twice its logarithm",
    ),
    printed(
        "SignCLIP",
        "both towers",
        "R@5",
        0.5526,
        "which way (text to pose or pose to text), over which items, and whether a hit rate or SignCLIP's true \
         recall TP/(TP+FN) is not said; chance is 0.033 for a hit among 150 texts",
    ),
];

const fn printed(
    model: &'static str,
    component: &'static str,
    metric: &'static str,
    value: f64,
    undefined: &'static str,
) -> Printed {
    Printed { model, component, metric, value, undefined }
}

/// A printed number by its model, component and metric.
pub fn find(model: &str, component: &str, metric: &str) -> Option<&'static Printed> {
    TABLE_III.iter().find(|p| (p.model, p.component, p.metric) == (model, component, metric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_found_by_its_name_and_says_what_is_not_known() {
        for printed in &TABLE_III {
            assert_eq!(find(printed.model, printed.component, printed.metric), Some(printed));
            assert!(printed.undefined.len() > 20);
        }
        assert_eq!(find("SignCLIP", "both towers", "R@5").unwrap().value, 0.5526);
        assert_eq!(find("SignCLIP", "both towers", "R@1"), None);
    }
}
