//! Named places on and before the body, where signs are made.

use glam::Vec3;
use serde::{Deserialize, Serialize};

/// A place of articulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the documentation; left and right are the signer's")]
pub enum Place {
    HeadTop,
    Forehead,
    LeftTemple,
    RightTemple,
    Eyes,
    LeftEye,
    RightEye,
    Nose,
    LeftCheek,
    RightCheek,
    LeftEar,
    RightEar,
    Mouth,
    Chin,
    Neck,
    LeftShoulder,
    RightShoulder,
    UpperChest,
    Chest,
    LeftChest,
    RightChest,
    Belly,
    LeftHip,
    RightHip,
    /// Before the chest, a forearm away.
    Neutral,
    /// As `Neutral`, higher, before the chin.
    NeutralHigh,
    /// As `Neutral`, lower, before the belly.
    NeutralLow,
}

impl Place {
    /// All of them.
    pub const ALL: [Place; 27] = {
        use Place::*;
        [
            HeadTop,
            Forehead,
            LeftTemple,
            RightTemple,
            Eyes,
            LeftEye,
            RightEye,
            Nose,
            LeftCheek,
            RightCheek,
            LeftEar,
            RightEar,
            Mouth,
            Chin,
            Neck,
            LeftShoulder,
            RightShoulder,
            UpperChest,
            Chest,
            LeftChest,
            RightChest,
            Belly,
            LeftHip,
            RightHip,
            Neutral,
            NeutralHigh,
            NeutralLow,
        ]
    };

    /// Whether it moves with the head.
    pub fn is_on_head(self) -> bool {
        self <= Place::Chin
    }

    /// Where it is on the reference body (skin surface), in the chest frame, head straight.
    pub fn position(self) -> Vec3 {
        let (x, y, z) = match self {
            Place::HeadTop => (0.0, 1.00, 0.06),
            Place::Forehead => (0.0, 0.80, 0.29),
            Place::LeftTemple => (0.20, 0.73, 0.16),
            Place::RightTemple => (-0.20, 0.73, 0.16),
            Place::Eyes => (0.0, 0.67, 0.30),
            Place::LeftEye => (0.105, 0.67, 0.27),
            Place::RightEye => (-0.105, 0.67, 0.27),
            Place::Nose => (0.0, 0.575, 0.385),
            Place::LeftCheek => (0.16, 0.54, 0.25),
            Place::RightCheek => (-0.16, 0.54, 0.25),
            Place::LeftEar => (0.235, 0.62, 0.05),
            Place::RightEar => (-0.235, 0.62, 0.05),
            Place::Mouth => (0.0, 0.46, 0.32),
            Place::Chin => (0.0, 0.33, 0.29),
            Place::Neck => (0.0, 0.18, 0.13),
            Place::LeftShoulder => (0.48, 0.08, 0.05),
            Place::RightShoulder => (-0.48, 0.08, 0.05),
            Place::UpperChest => (0.0, -0.12, 0.22),
            Place::Chest => (0.0, -0.35, 0.30),
            Place::LeftChest => (0.25, -0.30, 0.28),
            Place::RightChest => (-0.25, -0.30, 0.28),
            Place::Belly => (0.0, -0.85, 0.32),
            Place::LeftHip => (0.40, -1.25, 0.15),
            Place::RightHip => (-0.40, -1.25, 0.15),
            Place::Neutral => (0.0, -0.40, 0.85),
            Place::NeutralHigh => (0.0, 0.20, 0.85),
            Place::NeutralLow => (0.0, -0.85, 0.80),
        };
        Vec3::new(x, y, z)
    }
}
