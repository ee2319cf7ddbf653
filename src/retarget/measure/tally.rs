//! What measuring collects, and the figures that are made of it.

use super::{Contacts, Jerk, JerkRatio, Violations};
use crate::retarget::Report;
use crate::retarget::frame::quantile;
use glam::Vec3;
use serde::Serialize;

/// Errors and counts of one clip or of many.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// What was mended in the source.
    pub report: Report,
    /// Made less source, chest frame, shoulder widths, of every fingertip of every seen hand.
    pub fingertips: Vec<Vec3>,
    /// As `fingertips`, from the hand's own wrist.
    pub fingers: Vec<Vec3>,
    /// As `fingertips`, of every seen wrist.
    pub wrists: Vec<Vec3>,
    /// Angle between the palms' normals, radians.
    pub palms: Vec<f32>,
    /// Frames with a joint beyond its limits.
    pub violations: Violations,
    /// What is touched.
    pub contacts: Contacts,
    /// How deep the avatar's hands and forearms are in its own skin, metres, a frame each.
    pub depths: Vec<f32>,
    /// How rough it is beside its source.
    pub jerk: Jerk,
}

/// Mean and 95th percentile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f32,
    /// 95th percentile.
    pub p95: f32,
}

impl Spread {
    /// Of some values; None of none.
    pub fn of(values: impl Iterator<Item = f32>) -> Option<Self> {
        let mut values: Vec<f32> = values.filter(|v| v.is_finite()).collect();
        let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
        Some(Self { mean, p95: quantile(&mut values, 0.95)? })
    }
}

/// The figures of a [`Tally`]; None where nothing was there to measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Frames in all.
    pub frames: usize,
    /// Fingertip error in the picture plane, shoulder widths.
    pub fingertip_picture: Option<Spread>,
    /// Fingertip error with depth, shoulder widths.
    pub fingertip: Option<Spread>,
    /// Fingertip error from the hand's own wrist, picture plane, shoulder widths.
    pub finger_picture: Option<Spread>,
    /// Fingertip error from the hand's own wrist with depth, shoulder widths.
    pub finger: Option<Spread>,
    /// Wrist error in the picture plane, shoulder widths.
    pub wrist_picture: Option<Spread>,
    /// Wrist error with depth, shoulder widths.
    pub wrist: Option<Spread>,
    /// Angle between the palms' normals, degrees.
    pub palm_degrees: Option<Spread>,
    /// Frames with a joint beyond its limit, percent.
    pub violations_percent: f32,
    /// The same by joint, frames.
    pub violations: Violations,
    /// What is touched.
    pub contacts: Contacts,
    /// Precision and recall of contacts in one.
    pub contact_f1: Option<f32>,
    /// Deepest that hands and forearms are in the avatar's own skin, and the 99th percentile over
    /// frames, millimetres.
    pub depth_mm: Option<[f32; 2]>,
    /// Jerk of wrists and fingertips over the smoothed source's.
    pub jerk_ratio: Option<JerkRatio>,
    /// What was mended in the source.
    #[serde(flatten)]
    pub report: Report,
}

impl Tally {
    /// Takes another's in.
    pub fn add(&mut self, other: &Tally) {
        self.report.add(&other.report);
        self.fingertips.extend(&other.fingertips);
        self.fingers.extend(&other.fingers);
        self.wrists.extend(&other.wrists);
        self.palms.extend(&other.palms);
        self.jerk.add(&other.jerk);
        self.violations.add(&other.violations);
        self.contacts.add(&other.contacts);
        self.depths.extend(&other.depths);
    }

    /// Its figures.
    pub fn figures(&self) -> Figures {
        let whole = |errors: &[Vec3]| Spread::of(errors.iter().map(|e| e.length()));
        let picture = |errors: &[Vec3]| Spread::of(errors.iter().map(|e| e.truncate().length()));
        let mut depths: Vec<f32> = self.depths.iter().map(|d| d * 1e3).collect();
        let depth = quantile(&mut depths, 1.0).zip(quantile(&mut depths, 0.99));
        Figures {
            frames: self.report.frames,
            fingertip_picture: picture(&self.fingertips),
            fingertip: whole(&self.fingertips),
            finger_picture: picture(&self.fingers),
            finger: whole(&self.fingers),
            wrist_picture: picture(&self.wrists),
            wrist: whole(&self.wrists),
            palm_degrees: Spread::of(self.palms.iter().map(|a| a.to_degrees())),
            violations_percent: percent(self.violations.frames, self.report.frames),
            violations: self.violations,
            contacts: self.contacts,
            contact_f1: self.contacts.f1(),
            depth_mm: depth.map(|(most, p99)| [most, p99]),
            jerk_ratio: self.jerk.ratio(),
            report: self.report.clone(),
        }
    }
}

/// A share in percent; 0 of nothing.
pub(super) fn percent(part: usize, whole: usize) -> f32 {
    100.0 * part as f32 / whole.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_add_up_to_the_figures_of_all() {
        let one = Tally { wrists: vec![Vec3::X * 0.1; 3], palms: vec![0.1], ..Tally::default() };
        let other = Tally { wrists: vec![Vec3::Z * 0.4; 1], ..Tally::default() };
        let mut all = Tally::default();
        all.add(&one);
        all.add(&other);
        let figures = all.figures();
        let wrist = figures.wrist.unwrap();
        assert!((wrist.mean - 0.175).abs() < 1e-6 && (wrist.p95 - 0.4).abs() < 1e-6);
        assert!((figures.wrist_picture.unwrap().mean - 0.075).abs() < 1e-6);
        assert_eq!(figures.fingertip, None);
        assert_eq!(figures.jerk_ratio, None);
    }
}
