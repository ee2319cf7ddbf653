//! Where a run stands, apart from its tensors; travels in the metadata of a checkpoint.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Weights that were among the best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Best {
    /// After which step.
    pub(super) step: u64,
    /// The watched metric.
    #[serde(with = "exact")]
    pub(super) value: f64,
}

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Mean {
    #[serde(with = "exact")]
    sum: f64,
    count: u64,
}

impl Mean {
    /// One more.
    pub(super) fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// Of all so far; none of none.
    pub(super) fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct RunState {
    /// [`RunConfig::hash`](super::RunConfig::hash).
    pub(super) config_hash: String,
    /// Steps done.
    pub(super) step: u64,
    /// Epochs done.
    pub(super) epoch: u64,
    /// Batches done of the epoch after those.
    pub(super) position: usize,
    /// The best weights, best first.
    pub(super) best: Vec<Best>,
    /// Validations since the last that was the best yet.
    pub(super) stale: u64,
    /// The step of the last validation.
    pub(super) validated: Option<u64>,
    /// Whether parameters were asked if they move.
    pub(super) checked: bool,
    /// What has not been written to the metrics yet.
    pub(super) window: BTreeMap<String, Mean>,
    /// Time in training, without breaks.
    #[serde(with = "exact")]
    pub(super) seconds: f64,
}

/// JSON numbers lose bits and know no infinity; these are texts.
mod exact {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{value:?}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back_bit_for_bit(value in proptest::num::f64::ANY.prop_filter("one NaN is another", |x| !x.is_nan())) {
            let state = RunState { best: vec![Best { step: 3, value }], seconds: value, ..RunState::default() };
            let text = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(serde_json::from_str::<RunState>(&text).unwrap(), state);
        }
    }
}
