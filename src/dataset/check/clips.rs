//! What is wrong with single clips, by what was measured of them.

use super::measure::Measured;
use super::{Finding, Kind};
use crate::dataset::Dataset;
use std::collections::BTreeMap;

/// Standing still for longer than this is no holding of a sign but a tracker that stopped, seconds.
const FROZEN_SECONDS: f64 = 0.5;
/// A sign with its preparation takes longer than this, seconds.
const SHORT_SECONDS: f64 = 0.4;
/// A single sign does not take as long; the paper's longest clip is 7 s.
const LONG_SECONDS: f64 = 12.0;
/// Hands are seen in at least this share of a good clip's frames. Hands that hang down at the beginning and
/// the end are often out of the picture.
const FEW_HANDS: f32 = 0.4;
/// A left hand that goes this many times as far as the right one signs.
const LEFT_HANDED: f32 = 2.0;
/// And it goes at least this far, shoulder widths.
const LEAST_TRAVEL: f32 = 0.8;

/// All findings about single clips, and the left-handed clips of each signer.
pub(super) fn findings(dataset: &Dataset, measured: &[Result<Measured, String>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut left_handed: BTreeMap<&str, (Vec<String>, usize)> = BTreeMap::new();
    for (record, measured) in dataset.clips().iter().zip(measured) {
        let mut find = |kind: Kind, figure: f64, what: String| {
            findings.push(Finding::new(kind, vec![record.id.clone()], figure, what));
        };
        let measured = match measured {
            Ok(measured) => measured,
            Err(reason) => {
                find(Kind::Unreadable, 0.0, reason.clone());
                continue;
            }
        };
        for (kind, figure, what) in of_clip(measured) {
            find(kind, figure, what);
        }
        let signer = left_handed.entry(&record.signer).or_default();
        signer.1 += 1;
        if is_left_handed(measured) {
            signer.0.push(record.id.clone());
        }
    }
    for (signer, (clips, of)) in left_handed.into_iter().filter(|(_, (clips, _))| !clips.is_empty()) {
        let share = clips.len() as f64 / of as f64;
        let what = format!("{} of {of} clips of signer {signer} are signed by the left hand", clips.len());
        findings.push(Finding::new(Kind::LeftHanded, clips, share, what));
    }
    findings
}

fn of_clip(measured: &Measured) -> Vec<(Kind, f64, String)> {
    let Measured { frames, seconds, hand_share, .. } = *measured;
    if frames == 0 {
        return vec![(Kind::Empty, 0.0, "no frames".to_owned())];
    }
    let mut found = Vec::new();
    if !measured.has_shoulders {
        found.push((Kind::Empty, 0.0, format!("no shoulders in {frames} frames")));
    }
    if hand_share == 0.0 {
        found.push((Kind::Empty, 0.0, format!("never a hand in {frames} frames")));
    } else if hand_share < FEW_HANDS {
        let what = format!("a hand in {:.0} % of {frames} frames", 100.0 * hand_share);
        found.push((Kind::FewHands, f64::from(hand_share), what));
    }
    let (part, still) = measured.frozen;
    if still > FROZEN_SECONDS {
        found.push((Kind::Frozen, still, format!("{part} seen and not moving at all for {still:.2} s")));
    }
    if let (Some(first), true) = (measured.jumps.first(), measured.has_shoulders) {
        let times = measured.jumps.len();
        let what = format!("a hand jumps {times} times in {frames} frames, first to frame {first}");
        found.push((Kind::Jumps, times as f64, what));
    }
    if seconds < SHORT_SECONDS {
        found.push((Kind::Short, seconds, format!("{seconds:.2} s, shorter than {SHORT_SECONDS} s")));
    }
    if seconds > LONG_SECONDS {
        found.push((Kind::Long, seconds, format!("{seconds:.1} s, longer than {LONG_SECONDS} s")));
    }
    found
}

fn is_left_handed(measured: &Measured) -> bool {
    let [left, right] = measured.travel;
    measured.has_shoulders && left > LEAST_TRAVEL && left > LEFT_HANDED * right
}
