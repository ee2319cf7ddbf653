//! The 52 ARKit face weights, by name and as an array.

use serde::{Deserialize, Serialize};

macro_rules! arkit {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// The ARKit face shapes, in ARKit's own order and spelling.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "the names are the documentation")]
        pub enum ArKit { $($variant),* }

        impl ArKit {
            /// All of them, in order.
            pub const ALL: [ArKit; 52] = [$(ArKit::$variant),*];

            /// ARKit's name.
            pub fn name(self) -> &'static str {
                match self { $(ArKit::$variant => $name),* }
            }
        }
    };
}

arkit! {
    EyeBlinkLeft "eyeBlinkLeft", EyeLookDownLeft "eyeLookDownLeft", EyeLookInLeft "eyeLookInLeft",
    EyeLookOutLeft "eyeLookOutLeft", EyeLookUpLeft "eyeLookUpLeft", EyeSquintLeft "eyeSquintLeft",
    EyeWideLeft "eyeWideLeft", EyeBlinkRight "eyeBlinkRight", EyeLookDownRight "eyeLookDownRight",
    EyeLookInRight "eyeLookInRight", EyeLookOutRight "eyeLookOutRight", EyeLookUpRight "eyeLookUpRight",
    EyeSquintRight "eyeSquintRight", EyeWideRight "eyeWideRight", JawForward "jawForward",
    JawLeft "jawLeft", JawRight "jawRight", JawOpen "jawOpen", MouthClose "mouthClose",
    MouthFunnel "mouthFunnel", MouthPucker "mouthPucker", MouthLeft "mouthLeft", MouthRight "mouthRight",
    MouthSmileLeft "mouthSmileLeft", MouthSmileRight "mouthSmileRight", MouthFrownLeft "mouthFrownLeft",
    MouthFrownRight "mouthFrownRight", MouthDimpleLeft "mouthDimpleLeft", MouthDimpleRight "mouthDimpleRight",
    MouthStretchLeft "mouthStretchLeft", MouthStretchRight "mouthStretchRight",
    MouthRollLower "mouthRollLower", MouthRollUpper "mouthRollUpper", MouthShrugLower "mouthShrugLower",
    MouthShrugUpper "mouthShrugUpper", MouthPressLeft "mouthPressLeft", MouthPressRight "mouthPressRight",
    MouthLowerDownLeft "mouthLowerDownLeft", MouthLowerDownRight "mouthLowerDownRight",
    MouthUpperUpLeft "mouthUpperUpLeft", MouthUpperUpRight "mouthUpperUpRight", BrowDownLeft "browDownLeft",
    BrowDownRight "browDownRight", BrowInnerUp "browInnerUp", BrowOuterUpLeft "browOuterUpLeft",
    BrowOuterUpRight "browOuterUpRight", CheekPuff "cheekPuff", CheekSquintLeft "cheekSquintLeft",
    CheekSquintRight "cheekSquintRight", NoseSneerLeft "noseSneerLeft", NoseSneerRight "noseSneerRight",
    TongueOut "tongueOut",
}

impl ArKit {
    /// The shape of that name, in any of the usual spellings (`mouthSmileLeft`, `MouthSmile_L`).
    pub fn from_name(name: &str) -> Option<ArKit> {
        let plain = |s: &str| s.to_ascii_lowercase().replace(['_', '.', '-', ' '], "");
        let wanted = plain(name);
        Self::ALL.into_iter().find(|shape| {
            let own = plain(shape.name());
            let short = own
                .strip_suffix("left")
                .map(|s| format!("{s}l"))
                .or_else(|| own.strip_suffix("right").map(|s| format!("{s}r")));
            own == wanted || short.is_some_and(|s| s == wanted)
        })
    }

    /// The same shape on the other side of the face; itself where it has no side.
    pub fn mirrored(self) -> ArKit {
        let name = self.name();
        let other = if let Some(stem) = name.strip_suffix("Left") {
            format!("{stem}Right")
        } else if let Some(stem) = name.strip_suffix("Right") {
            format!("{stem}Left")
        } else {
            return self;
        };
        Self::ALL.into_iter().find(|shape| shape.name() == other).unwrap_or(self)
    }
}

/// How much of each face shape is on, 0 to 1, indexed by [`ArKit`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaceWeights(pub [f32; 52]);

impl FaceWeights {
    /// The face at rest.
    pub const NEUTRAL: FaceWeights = FaceWeights([0.0; 52]);

    /// Between `self` (`t` = 0) and `other` (`t` = 1).
    pub fn lerp(&self, other: &Self, t: f32) -> Self {
        let mut mixed = self.0;
        for (a, b) in mixed.iter_mut().zip(other.0) {
            *a += (b - *a) * t;
        }
        Self(mixed)
    }

    /// With left and right exchanged.
    pub fn mirrored(&self) -> Self {
        let mut mirrored = *self;
        for shape in ArKit::ALL {
            mirrored[shape.mirrored()] = self[shape];
        }
        mirrored
    }
}

impl std::ops::Index<ArKit> for FaceWeights {
    type Output = f32;
    fn index(&self, shape: ArKit) -> &f32 {
        &self.0[shape as usize]
    }
}

impl std::ops::IndexMut<ArKit> for FaceWeights {
    fn index_mut(&mut self, shape: ArKit) -> &mut f32 {
        &mut self.0[shape as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_found_by_its_name_and_its_short_form() {
        for shape in ArKit::ALL {
            assert_eq!(ArKit::from_name(shape.name()), Some(shape));
        }
        assert_eq!(ArKit::from_name("EyeBlink_L"), Some(ArKit::EyeBlinkLeft));
        assert_eq!(ArKit::from_name("mouthRight"), Some(ArKit::MouthRight));
        assert_eq!(ArKit::from_name("viseme_aa"), None);
    }
}
