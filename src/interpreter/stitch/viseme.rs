//! What the mouth looks like while it says a sound.
//!
//! Sounds that look alike on the lips are one viseme. The classes go by what the lips, teeth and tongue
//! tip do, as studies of Arabic lips group them (Damien, Wakim and Egéa 2009, *Phoneme-viseme mapping
//! for Modern, Classical Arabic language*; Chelali and Djeradi 2011, *Primary research on Arabic
//! visemes*). The weights are ours, set by eye for a viewer at the distance of a screen.

use crate::arabic::{Phoneme, Sound};
use crate::body::{ArKit, FaceWeights};

/// A class of sounds that look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Viseme {
    /// م ب پ: the lips meet.
    Bilabial,
    /// ف ڤ: the lower lip at the upper teeth.
    Labiodental,
    /// ث ذ ظ: the tongue's tip between the teeth.
    Dental,
    /// ت د ن ل ر س ز: behind parted lips.
    Alveolar,
    /// ص ض ط: as those, lips a little forward.
    Emphatic,
    /// ش ج: lips forward and open.
    Postalveolar,
    /// ق ك غ خ: far back, lips as their neighbours have them.
    Back,
    /// ح ع ه ء: the lips do nothing.
    Throat,
    /// و, u: the lips round.
    Rounded,
    /// ي, i: the lips spread.
    Spread,
    /// a: the jaw drops.
    Open,
}

impl Viseme {
    /// The class of a sound.
    pub(super) fn of(sound: Sound) -> Self {
        use Sound::*;
        match sound {
            Ba | Mim | Pa => Viseme::Bilabial,
            Fa | Va => Viseme::Labiodental,
            Tha | Dhal | Zza => Viseme::Dental,
            Ta | Dal | Nun | Lam | Ra | Sin | Zay => Viseme::Alveolar,
            Sad | Dad | Tta => Viseme::Emphatic,
            Shin | Jim => Viseme::Postalveolar,
            Qaf | Kaf | Ghayn | Kha => Viseme::Back,
            Hha | Ayn | Ha | Hamza => Viseme::Throat,
            Waw | U => Viseme::Rounded,
            Ya | I => Viseme::Spread,
            A => Viseme::Open,
        }
    }

    /// Whether a viewer would miss it.
    pub(super) fn is_seen(self) -> bool {
        !matches!(self, Viseme::Throat | Viseme::Back)
    }

    /// The mouth that it aims at.
    fn target(self) -> Mouth {
        const REST: Mouth = Mouth::REST;
        match self {
            Viseme::Bilabial => Mouth { jaw: 0.04, closure: 1.0, press: 0.35, roll: 0.20, ..REST },
            Viseme::Labiodental => Mouth { jaw: 0.10, tuck: 0.75, upper_up: 0.60, ..REST },
            Viseme::Dental => Mouth { jaw: 0.20, tongue: 0.70, lower_down: 0.28, upper_up: 0.20, ..REST },
            Viseme::Alveolar => Mouth { jaw: 0.11, lower_down: 0.22, stretch: 0.12, ..REST },
            Viseme::Emphatic => Mouth { jaw: 0.16, funnel: 0.25, pucker: 0.12, ..REST },
            Viseme::Postalveolar => {
                Mouth { jaw: 0.10, funnel: 0.55, pucker: 0.30, lower_down: 0.08, upper_up: 0.08, ..REST }
            }
            Viseme::Back => Mouth { jaw: 0.24, ..REST },
            Viseme::Throat => Mouth { jaw: 0.32, ..REST },
            Viseme::Rounded => Mouth { jaw: 0.08, pucker: 0.90, funnel: 0.12, ..REST },
            Viseme::Spread => Mouth { jaw: 0.12, smile: 0.30, stretch: 0.35, lower_down: 0.18, ..REST },
            Viseme::Open => Mouth { jaw: 0.56, lower_down: 0.22, upper_up: 0.12, stretch: 0.06, ..REST },
        }
    }

    /// How strongly it holds against its neighbours: jaw, lips, tongue; 1 lets none through.
    fn dominance(self) -> [f32; 3] {
        match self {
            Viseme::Bilabial => [1.0, 1.0, 0.5],
            Viseme::Labiodental => [0.9, 1.0, 0.5],
            Viseme::Dental => [0.8, 0.5, 1.0],
            Viseme::Alveolar => [0.6, 0.3, 0.7],
            Viseme::Emphatic => [0.5, 0.4, 0.7],
            Viseme::Postalveolar => [0.6, 0.8, 0.7],
            Viseme::Back => [0.3, 0.05, 0.6],
            Viseme::Throat => [0.2, 0.05, 0.3],
            Viseme::Rounded => [0.7, 1.2, 0.4],
            Viseme::Spread => [0.5, 0.7, 0.4],
            Viseme::Open => [0.8, 0.5, 0.4],
        }
    }
}

/// A viseme in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    pub(super) viseme: Viseme,
    /// Its middle and its length, seconds.
    pub(super) middle: f32,
    pub(super) length: f32,
    /// How far the target is reached: a short or unstressed vowel opens less.
    pub(super) size: f32,
}

/// Relative length of a sound.
pub(super) fn length(phoneme: Phoneme) -> f32 {
    match (phoneme.sound.is_vowel(), phoneme.long) {
        (true, false) => 0.9,
        (true, true) => 1.6,
        (false, false) => 1.0,
        (false, true) => 1.4,
    }
}

/// A mouth, in fewer terms than the face has: both sides do the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mouth {
    jaw: f32,
    /// How nearly the lips meet, whatever the jaw does.
    closure: f32,
    press: f32,
    roll: f32,
    /// The lower lip under the upper teeth.
    tuck: f32,
    pucker: f32,
    funnel: f32,
    smile: f32,
    stretch: f32,
    lower_down: f32,
    upper_up: f32,
    tongue: f32,
}

impl Mouth {
    const REST: Mouth = Mouth {
        jaw: 0.0,
        closure: 0.0,
        press: 0.0,
        roll: 0.0,
        tuck: 0.0,
        pucker: 0.0,
        funnel: 0.0,
        smile: 0.0,
        stretch: 0.0,
        lower_down: 0.0,
        upper_up: 0.0,
        tongue: 0.0,
    };

    /// The mouth at a time: every segment pulls toward its own, the nearest most (dominance functions
    /// after Cohen and Massaro 1993).
    pub(super) fn at(seconds: f32, segments: &[Segment]) -> Mouth {
        let mut sum = [0.0_f32; 12];
        let mut weight = [1e-6_f32; 3];
        for segment in segments {
            let away = (seconds - segment.middle) / (0.62 * segment.length).max(0.03);
            let near = (-away * away).exp();
            let pull = segment.viseme.dominance().map(|own| own * near);
            for (sum, (target, group)) in sum.iter_mut().zip(segment.viseme.target().channels()) {
                *sum += pull[group] * target * segment.size;
            }
            weight.iter_mut().zip(pull).for_each(|(weight, pull)| *weight += pull);
        }
        let groups = Mouth::REST.channels().map(|(_, group)| group);
        let mean: [f32; 12] = std::array::from_fn(|i| sum[i] / weight[groups[i]]);
        Mouth::from_channels(mean)
    }

    /// Each quantity with the group that it is held by: 0 jaw, 1 lips, 2 tongue.
    fn channels(&self) -> [(f32, usize); 12] {
        [
            (self.jaw, 0),
            (self.closure, 1),
            (self.press, 1),
            (self.roll, 1),
            (self.tuck, 1),
            (self.pucker, 1),
            (self.funnel, 1),
            (self.smile, 1),
            (self.stretch, 1),
            (self.lower_down, 1),
            (self.upper_up, 1),
            (self.tongue, 2),
        ]
    }

    fn from_channels(
        [jaw, closure, press, roll, tuck, pucker, funnel, smile, stretch, lower_down, upper_up, tongue]: [f32; 12],
    ) -> Mouth {
        Mouth {
            jaw,
            closure,
            press,
            roll,
            tuck,
            pucker,
            funnel,
            smile,
            stretch,
            lower_down,
            upper_up,
            tongue,
        }
    }

    /// Puts the mouth on a face, `presence` of it; the face's own mouth gives way.
    pub(super) fn put_on(&self, face: &mut FaceWeights, presence: f32) {
        for shape in SHAPES {
            face[shape] *= 1.0 - presence;
        }
        // The mean of a closed mouth and its open neighbours would not be closed.
        let shut = smooth(0.25, 0.75, self.closure);
        let jaw = self.jaw * (1.0 - 0.4 * shut);
        let open = 1.0 - shut;
        for (shapes, weight) in [
            (&[ArKit::JawOpen][..], jaw),
            (&[ArKit::MouthClose], jaw * shut),
            (&[ArKit::MouthPressLeft, ArKit::MouthPressRight], self.press * shut),
            (&[ArKit::MouthRollLower], (self.roll * shut).max(self.tuck * open)),
            (&[ArKit::MouthRollUpper], self.roll * shut),
            (&[ArKit::MouthShrugLower], 0.12 * self.tuck * open),
            (&[ArKit::MouthPucker], self.pucker),
            (&[ArKit::MouthFunnel], self.funnel * open),
            (&[ArKit::MouthSmileLeft, ArKit::MouthSmileRight], self.smile),
            (&[ArKit::MouthStretchLeft, ArKit::MouthStretchRight], self.stretch),
            (&[ArKit::MouthLowerDownLeft, ArKit::MouthLowerDownRight], self.lower_down * open),
            (&[ArKit::MouthUpperUpLeft, ArKit::MouthUpperUpRight], self.upper_up * open),
            (&[ArKit::TongueOut], self.tongue * open),
        ] {
            for &shape in shapes {
                face[shape] += weight * presence;
            }
        }
    }
}

fn smooth(from: f32, to: f32, at: f32) -> f32 {
    crate::body::maths::minimum_jerk((at - from) / (to - from))
}

/// Every shape that a mouthing has a say in.
pub(super) const SHAPES: [ArKit; 26] = [
    ArKit::JawOpen,
    ArKit::JawForward,
    ArKit::MouthClose,
    ArKit::MouthFunnel,
    ArKit::MouthPucker,
    ArKit::MouthLeft,
    ArKit::MouthRight,
    ArKit::MouthSmileLeft,
    ArKit::MouthSmileRight,
    ArKit::MouthFrownLeft,
    ArKit::MouthFrownRight,
    ArKit::MouthDimpleLeft,
    ArKit::MouthDimpleRight,
    ArKit::MouthStretchLeft,
    ArKit::MouthStretchRight,
    ArKit::MouthRollLower,
    ArKit::MouthRollUpper,
    ArKit::MouthShrugLower,
    ArKit::MouthPressLeft,
    ArKit::MouthPressRight,
    ArKit::MouthLowerDownLeft,
    ArKit::MouthLowerDownRight,
    ArKit::MouthUpperUpLeft,
    ArKit::MouthUpperUpRight,
    ArKit::CheekPuff,
    ArKit::TongueOut,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Articulation, Skeleton};
    use crate::pose::holistic;

    fn alone(viseme: Viseme) -> FaceWeights {
        let segments = [Segment { viseme, middle: 0.0, length: 0.12, size: 1.0 }];
        let mut face = FaceWeights::NEUTRAL;
        Mouth::at(0.0, &segments).put_on(&mut face, 1.0);
        face
    }

    /// How far the lips' inner rims are apart in the middle, and the mouth's width, shoulder widths.
    fn lips(face: FaceWeights) -> (f32, f32) {
        let pose = Articulation { face, ..Articulation::neutral() };
        let all = Skeleton::reference().landmarks(&pose);
        let points = &all[holistic::FACE];
        (points[13].y - points[14].y, points[291].distance(points[61]))
    }

    #[test]
    fn bilabials_close_the_lips_and_open_vowels_part_them() {
        let rest = lips(FaceWeights::NEUTRAL).0;
        assert!(lips(alone(Viseme::Bilabial)).0 < rest + 0.002);
        assert!(lips(alone(Viseme::Open)).0 > rest + 0.03);
    }

    #[test]
    fn rounded_sounds_narrow_the_mouth_and_spread_ones_widen_it() {
        let rest = lips(FaceWeights::NEUTRAL).1;
        assert!(lips(alone(Viseme::Rounded)).1 < 0.85 * rest);
        assert!(lips(alone(Viseme::Spread)).1 > 1.05 * rest);
        assert!(alone(Viseme::Rounded)[ArKit::MouthPucker] > 0.7);
    }

    #[test]
    fn a_bilabial_between_open_vowels_still_closes() {
        let segment = |viseme, middle| Segment { viseme, middle, length: 0.1, size: 1.0 };
        let segments =
            [segment(Viseme::Open, 0.05), segment(Viseme::Bilabial, 0.15), segment(Viseme::Open, 0.25)];
        let mut face = FaceWeights::NEUTRAL;
        Mouth::at(0.15, &segments).put_on(&mut face, 1.0);
        assert!(lips(face).0 < lips(FaceWeights::NEUTRAL).0 + 0.006, "{}", lips(face).0);
    }

    #[test]
    fn a_labiodental_shows_the_teeth_that_a_bilabial_hides() {
        let face = alone(Viseme::Labiodental);
        assert!(face[ArKit::MouthClose] < 0.05 && face[ArKit::MouthUpperUpLeft] > 0.4);
        assert!(lips(face).0 > lips(alone(Viseme::Bilabial)).0 + 0.004);
    }

    #[test]
    fn the_tongue_shows_for_dentals_only() {
        assert!(alone(Viseme::Dental)[ArKit::TongueOut] > 0.3);
        assert!(alone(Viseme::Alveolar)[ArKit::TongueOut] == 0.0);
    }
}
