//! The 55 humanoid bones of VRM 1.0 and who hangs from whom.

macro_rules! bones {
    ($($variant:ident $name:literal $parent:ident),* $(,)?) => {
        /// A bone of the VRM 1.0 humanoid.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are the documentation")]
        pub enum Bone { $($variant),* }

        impl Bone {
            /// All of them; a parent comes before its children.
            pub const ALL: &'static [Bone] = &[$(Bone::$variant),*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// VRM 1.0's name.
            pub fn name(self) -> &'static str {
                match self { $(Bone::$variant => $name),* }
            }

            /// The bone it hangs from; the hips hang from themselves.
            pub fn parent(self) -> Bone {
                match self { $(Bone::$variant => Bone::$parent),* }
            }
        }
    };
}

bones! {
    Hips "hips" Hips, Spine "spine" Hips, Chest "chest" Spine, UpperChest "upperChest" Chest,
    Neck "neck" UpperChest, Head "head" Neck, LeftEye "leftEye" Head, RightEye "rightEye" Head, Jaw "jaw" Head,
    LeftUpperLeg "leftUpperLeg" Hips, LeftLowerLeg "leftLowerLeg" LeftUpperLeg,
    LeftFoot "leftFoot" LeftLowerLeg, LeftToes "leftToes" LeftFoot,
    RightUpperLeg "rightUpperLeg" Hips, RightLowerLeg "rightLowerLeg" RightUpperLeg,
    RightFoot "rightFoot" RightLowerLeg, RightToes "rightToes" RightFoot,
    LeftShoulder "leftShoulder" UpperChest, LeftUpperArm "leftUpperArm" LeftShoulder,
    LeftLowerArm "leftLowerArm" LeftUpperArm, LeftHand "leftHand" LeftLowerArm,
    LeftThumbMetacarpal "leftThumbMetacarpal" LeftHand, LeftThumbProximal "leftThumbProximal" LeftThumbMetacarpal,
    LeftThumbDistal "leftThumbDistal" LeftThumbProximal,
    LeftIndexProximal "leftIndexProximal" LeftHand, LeftIndexIntermediate "leftIndexIntermediate" LeftIndexProximal,
    LeftIndexDistal "leftIndexDistal" LeftIndexIntermediate,
    LeftMiddleProximal "leftMiddleProximal" LeftHand, LeftMiddleIntermediate "leftMiddleIntermediate" LeftMiddleProximal,
    LeftMiddleDistal "leftMiddleDistal" LeftMiddleIntermediate,
    LeftRingProximal "leftRingProximal" LeftHand, LeftRingIntermediate "leftRingIntermediate" LeftRingProximal,
    LeftRingDistal "leftRingDistal" LeftRingIntermediate,
    LeftLittleProximal "leftLittleProximal" LeftHand, LeftLittleIntermediate "leftLittleIntermediate" LeftLittleProximal,
    LeftLittleDistal "leftLittleDistal" LeftLittleIntermediate,
    RightShoulder "rightShoulder" UpperChest, RightUpperArm "rightUpperArm" RightShoulder,
    RightLowerArm "rightLowerArm" RightUpperArm, RightHand "rightHand" RightLowerArm,
    RightThumbMetacarpal "rightThumbMetacarpal" RightHand, RightThumbProximal "rightThumbProximal" RightThumbMetacarpal,
    RightThumbDistal "rightThumbDistal" RightThumbProximal,
    RightIndexProximal "rightIndexProximal" RightHand, RightIndexIntermediate "rightIndexIntermediate" RightIndexProximal,
    RightIndexDistal "rightIndexDistal" RightIndexIntermediate,
    RightMiddleProximal "rightMiddleProximal" RightHand, RightMiddleIntermediate "rightMiddleIntermediate" RightMiddleProximal,
    RightMiddleDistal "rightMiddleDistal" RightMiddleIntermediate,
    RightRingProximal "rightRingProximal" RightHand, RightRingIntermediate "rightRingIntermediate" RightRingProximal,
    RightRingDistal "rightRingDistal" RightRingIntermediate,
    RightLittleProximal "rightLittleProximal" RightHand, RightLittleIntermediate "rightLittleIntermediate" RightLittleProximal,
    RightLittleDistal "rightLittleDistal" RightLittleIntermediate,
}

impl Bone {
    /// The bones that no humanoid may lack (VRM 1.0).
    pub const REQUIRED: [Bone; 15] = [
        Bone::Hips,
        Bone::Spine,
        Bone::Head,
        Bone::LeftUpperLeg,
        Bone::LeftLowerLeg,
        Bone::LeftFoot,
        Bone::RightUpperLeg,
        Bone::RightLowerLeg,
        Bone::RightFoot,
        Bone::LeftUpperArm,
        Bone::LeftLowerArm,
        Bone::LeftHand,
        Bone::RightUpperArm,
        Bone::RightLowerArm,
        Bone::RightHand,
    ];

    /// The bone of VRM 1.0's name.
    pub fn from_name(name: &str) -> Option<Bone> {
        Self::ALL.iter().copied().find(|bone| bone.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_their_children() {
        assert_eq!(Bone::COUNT, 55);
        for &bone in &Bone::ALL[1..] {
            assert!((bone.parent() as usize) < bone as usize, "{bone:?}");
        }
    }
}
