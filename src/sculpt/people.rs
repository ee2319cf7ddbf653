//! Numbers of each presenter: all that tells one from the other.

use super::clothes::Cut;
use super::features::{Brow, Eye, Mouth};
use super::head::Face;
use super::paint::Palette;
use super::skeleton::Physique;
use glam::{Vec2, Vec3};

/// What is on a presenter's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// A hijab; ears and neck are under it.
    Scarf,
    /// Short hair.
    Hair,
}

/// A presenter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// Head.
    pub(super) face: Face,
    /// Colours.
    pub(super) palette: Palette,
    /// Proportions.
    pub(super) physique: Physique,
    /// Clothes.
    pub(super) cut: Cut,
    /// Hair or scarf.
    pub(super) cover: Cover,
}

/// The woman's head. Features lie where they lie on the measured neutral face
/// (`assets/body/neutral_face.csv`), the eyes a little larger.
pub(super) const WOMAN_FACE: Face = Face {
    eye: Eye {
        center: Vec3::new(32.0, 0.0, 55.0),
        radius: 14.6,
        iris: 7.1,
        lid_radius: 16.0,
        half_width: 15.2,
        upper: 6.1,
        lower: 6.3,
        tilt: 0.06,
    },
    brow: Brow {
        inner: Vec2::new(12.5, 18.8),
        peak: Vec2::new(37.0, 23.6),
        outer: Vec2::new(52.5, 17.4),
        half_width: 2.45,
    },
    mouth: Mouth { center: Vec3::new(0.0, -65.5, 85.5), half_width: 23.5, fullness: [1.12, 1.12] },
    neck: 49.0,
    jaw: 55.0,
    chin: 13.0,
    nose: 13.7,
    ridge: 0.0,
    cheeks: 0.8,
    lashes: 1.0,
    ears: false,
};

/// The man's head: a broader jaw and nose, lower and straighter brows, narrower eyes.
pub(super) const MAN_FACE: Face = Face {
    eye: Eye {
        center: Vec3::new(32.0, 0.0, 55.0),
        radius: 14.2,
        iris: 6.7,
        lid_radius: 15.6,
        half_width: 14.8,
        upper: 5.1,
        lower: 5.4,
        tilt: 0.03,
    },
    brow: Brow {
        inner: Vec2::new(11.5, 15.6),
        peak: Vec2::new(38.0, 19.0),
        outer: Vec2::new(54.5, 13.6),
        half_width: 3.6,
    },
    mouth: Mouth { center: Vec3::new(0.0, -66.0, 86.0), half_width: 25.0, fullness: [1.06, 1.12] },
    neck: 54.0,
    jaw: 58.5,
    chin: 18.0,
    nose: 17.5,
    ridge: 1.6,
    cheeks: 0.2,
    lashes: 0.62,
    ears: true,
};

/// The woman: a hijab and a dark coat.
pub(super) const WOMAN: Person = Person {
    face: WOMAN_FACE,
    palette: Palette {
        skin: Vec3::new(0.53, 0.305, 0.205),
        blush: Vec3::new(1.0, 0.70, 0.66),
        lips: Vec3::new(0.42, 0.150, 0.130),
        mouth: Vec3::new(0.10, 0.022, 0.020),
        hair: Vec3::new(0.030, 0.018, 0.012),
        iris: Vec3::new(0.060, 0.026, 0.011),
        nail: Vec3::new(0.62, 0.365, 0.295),
        coat: Vec3::new(0.0125, 0.0185, 0.040),
        trim: Vec3::new(0.05, 0.06, 0.09),
        scarf: Vec3::new(0.075, 0.165, 0.185),
        stubble: 0.0,
    },
    physique: Physique { shoulders: 0.180, hand: 0.00097 },
    cut: Cut::COAT,
    cover: Cover::Scarf,
};

/// The man: short hair, a charcoal jumper over a grey shirt.
pub(super) const MAN: Person = Person {
    face: MAN_FACE,
    palette: Palette {
        skin: Vec3::new(0.475, 0.262, 0.170),
        blush: Vec3::new(1.0, 0.74, 0.70),
        lips: Vec3::new(0.345, 0.118, 0.098),
        mouth: Vec3::new(0.10, 0.022, 0.020),
        hair: Vec3::new(0.018, 0.012, 0.009),
        iris: Vec3::new(0.050, 0.022, 0.010),
        nail: Vec3::new(0.56, 0.33, 0.26),
        coat: Vec3::new(0.024, 0.026, 0.029),
        trim: Vec3::new(0.30, 0.32, 0.35),
        scarf: Vec3::ZERO,
        stubble: 0.55,
    },
    physique: Physique { shoulders: 0.187, hand: 0.00103 },
    cut: Cut::JUMPER,
    cover: Cover::Hair,
};
