//! Which of the shapes that avatars come with stand in for which of ARKit's.

use crate::body::ArKit;

/// A part of the face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Zone {
    Whole,
    Mouth,
    Eyes,
    Brows,
}

use Zone::*;

/// ARKit shapes, and what makes them: a file's shape, how much of it, and from where.
pub(super) type Rule = (&'static [ArKit], &'static [(&'static str, f32, Zone)]);

/// What a missing ARKit shape is made from, best first: a name without separators and in lower case, how
/// much of it, and from where on the face. Left and right shapes take their own half of a shape that has
/// no side.
pub(super) const RULES: &[Rule] = &[
    (
        &[ArKit::EyeBlinkLeft],
        &[
            ("blinkleft", 1.0, Whole),
            ("blinkl", 1.0, Whole),
            ("fcleyeclosel", 1.0, Whole),
            ("ウィンク", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::EyeBlinkRight],
        &[
            ("blinkright", 1.0, Whole),
            ("blinkr", 1.0, Whole),
            ("fcleyecloser", 1.0, Whole),
            ("ウィンク右", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::EyeBlinkLeft, ArKit::EyeBlinkRight],
        &[
            ("eyesclosed", 1.0, Whole),
            ("fcleyeclose", 1.0, Whole),
            ("blink", 1.0, Whole),
            ("まばたき", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::JawOpen],
        &[
            ("mouthopen", 1.0, Whole),
            ("fclmtha", 1.0, Whole),
            ("aa", 1.0, Whole),
            ("visemeaa", 1.0, Whole),
            ("あ", 1.0, Whole),
        ],
    ),
    (
        &[ArKit::MouthFunnel],
        &[("fclmtho", 0.9, Whole), ("oh", 0.9, Whole), ("visemeo", 0.9, Whole), ("お", 0.9, Whole)],
    ),
    (
        &[ArKit::MouthPucker],
        &[("fclmthu", 1.0, Whole), ("ou", 1.0, Whole), ("visemeu", 1.0, Whole), ("う", 1.0, Whole)],
    ),
    (
        &[ArKit::MouthStretchLeft, ArKit::MouthStretchRight],
        &[("fclmthi", 0.7, Whole), ("ih", 0.7, Whole), ("visemei", 0.7, Whole), ("い", 0.7, Whole)],
    ),
    (
        &[
            ArKit::MouthLowerDownLeft,
            ArKit::MouthLowerDownRight,
            ArKit::MouthUpperUpLeft,
            ArKit::MouthUpperUpRight,
        ],
        &[("fclmthe", 0.4, Whole), ("ee", 0.4, Whole), ("visemee", 0.4, Whole), ("え", 0.4, Whole)],
    ),
    (
        &[ArKit::MouthSmileLeft, ArKit::MouthSmileRight],
        &[
            ("mouthsmile", 1.0, Whole),
            ("fclmthfun", 1.0, Whole),
            ("fclmthjoy", 0.6, Whole),
            ("happy", 0.8, Mouth),
            ("relaxed", 0.8, Mouth),
        ],
    ),
    (
        &[ArKit::MouthFrownLeft, ArKit::MouthFrownRight],
        &[("fclmthsorrow", 0.8, Whole), ("sad", 0.8, Mouth), ("angry", 0.6, Mouth)],
    ),
    (
        &[ArKit::MouthPressLeft, ArKit::MouthPressRight, ArKit::MouthRollLower, ArKit::MouthRollUpper],
        &[("visemepp", 0.5, Whole), ("fclmthclose", 0.5, Whole)],
    ),
    (
        &[ArKit::BrowInnerUp],
        &[
            ("fclbrwsorrow", 1.0, Whole),
            ("sad", 1.0, Brows),
            ("困る", 1.0, Whole),
            ("fclbrwsurprised", 0.8, Whole),
            ("surprised", 0.8, Brows),
        ],
    ),
    (
        &[ArKit::BrowOuterUpLeft, ArKit::BrowOuterUpRight],
        &[("fclbrwsurprised", 1.0, Whole), ("surprised", 1.0, Brows), ("fclbrwfun", 0.8, Whole)],
    ),
    (
        &[ArKit::BrowDownLeft, ArKit::BrowDownRight],
        &[("fclbrwangry", 1.0, Whole), ("angry", 1.0, Brows), ("怒り", 1.0, Whole)],
    ),
    (
        &[ArKit::EyeWideLeft, ArKit::EyeWideRight],
        &[
            ("fcleyespread", 1.0, Whole),
            ("fcleyesurprised", 0.8, Whole),
            ("surprised", 0.8, Eyes),
            ("びっくり", 0.8, Whole),
        ],
    ),
    (&[ArKit::EyeSquintLeft, ArKit::EyeSquintRight], &[("fcleyefun", 0.6, Whole)]),
];

/// The same for the eyes' directions, where no bones turn them.
pub(super) const GAZE_RULES: &[Rule] = &[
    (&[ArKit::EyeLookUpLeft, ArKit::EyeLookUpRight], &[("eyeslookup", 1.0, Whole), ("lookup", 1.0, Whole)]),
    (
        &[ArKit::EyeLookDownLeft, ArKit::EyeLookDownRight],
        &[("eyeslookdown", 1.0, Whole), ("lookdown", 1.0, Whole)],
    ),
    (&[ArKit::EyeLookOutLeft, ArKit::EyeLookInRight], &[("lookleft", 1.0, Whole)]),
    (&[ArKit::EyeLookInLeft, ArKit::EyeLookOutRight], &[("lookright", 1.0, Whole)]),
];
