//! What each key does: one table, from which the key handler and the help overlay are both made.
//!
//! Letters are matched by where they lie on the keyboard, so that they work under an Arabic layout.

use bevy::input::keyboard::{Key, KeyCode, KeyboardInput};

/// What a key or a button asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Pause, or go on.
    Pause,
    /// Sign the headline again from its start.
    Replay,
    /// Sign slower.
    Slower,
    /// Sign faster.
    Faster,
    /// One frame back, paused.
    StepBack,
    /// One frame on, paused.
    StepForward,
    /// Repeat the current sign, then the whole headline, then neither.
    Loop,
    /// Stop signing and drop what waits.
    Clear,
    /// Show or hide the captions.
    Captions,
    /// A larger picture: the window grows, signer and captions with it.
    Bigger,
    /// A smaller picture.
    Smaller,
    /// Captions in the next of three sizes.
    CaptionSize,
    /// The signer of the other handedness.
    Mirror,
    /// Fill the screen, or leave it.
    Fullscreen,
    /// Go to the headline box.
    Headline,
    /// Show or hide the operator's panel.
    Panel,
    /// Show or hide the list of keys.
    Help,
    /// Leave the box, close the help.
    Close,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// The keys as the help shows them.
    pub shown: &'static str,
    /// Where they lie on the keyboard.
    pub codes: &'static [KeyCode],
    /// Characters that do the same, whatever the layout.
    pub characters: &'static [char],
    /// What it does, in Arabic.
    pub arabic: &'static str,
    /// What it does, in English.
    pub english: &'static str,
}

macro_rules! bindings {
    ($($action:ident $shown:literal [$($code:ident)*] [$($character:literal)*] $arabic:literal $english:literal)*) => {
        /// Every key, in the order of the help.
        pub const BINDINGS: &[Binding] = &[$(Binding {
            action: Action::$action,
            shown: $shown,
            codes: &[$(KeyCode::$code),*],
            characters: &[$($character),*],
            arabic: $arabic,
            english: $english,
        }),*];
    };
}

bindings! {
    Pause "Space" [Space] [] "إيقاف مؤقت أو متابعة" "Pause or go on"
    Replay "R" [KeyR] [] "إعادة من البداية" "Replay"
    Slower "[" [BracketLeft] ['['] "أبطأ" "Slower"
    Faster "]" [BracketRight] [']'] "أسرع" "Faster"
    StepBack "Left" [ArrowLeft] [] "إطار إلى الوراء" "One frame back"
    StepForward "Right" [ArrowRight] [] "إطار إلى الأمام" "One frame on"
    Loop "L" [KeyL] [] "تكرار الإشارة، ثم العنوان، ثم لا شيء" "Loop the sign, the headline, nothing"
    Clear "Del" [Delete] [] "مسح الكل الآن" "Clear everything now"
    Captions "C" [KeyC] [] "إظهار الشرح أو إخفاؤه" "Captions on or off"
    Bigger "+" [NumpadAdd] ['+' '='] "أكبر" "Bigger"
    Smaller "-" [NumpadSubtract] ['-' '_'] "أصغر" "Smaller"
    CaptionSize "T" [KeyT] [] "حجم الشرح" "Size of the captions"
    Mirror "M" [KeyM] [] "عكس اليدين" "Mirror: left-handed view"
    Fullscreen "F / F11" [KeyF F11] [] "ملء الشاشة" "Full screen"
    Headline "N / Enter" [KeyN Enter NumpadEnter] [] "كتابة عنوان" "Type a headline"
    Panel "Tab / F2" [Tab F2] [] "إظهار لوحة التحكم أو إخفاؤها" "Panel on or off"
    Help "? / F1" [F1] ['?' '؟'] "هذه القائمة" "This list"
    Close "Esc" [Escape] [] "إغلاق أو خروج من الخانة" "Close, or leave the box"
}

/// What a key press asks for, if anything. Characters win over places.
pub fn action_of(key: &KeyboardInput) -> Option<Action> {
    let character = match &key.logical_key {
        Key::Character(text) => text.chars().next(),
        _ => None,
    };
    let by_character = character.and_then(|c| BINDINGS.iter().find(|b| b.characters.contains(&c)));
    by_character.or_else(|| BINDINGS.iter().find(|b| b.codes.contains(&key.key_code))).map(|b| b.action)
}

/// Whether holding the key down does it again and again.
pub fn repeats(action: Action) -> bool {
    matches!(action, Action::StepBack | Action::StepForward | Action::Bigger | Action::Smaller)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::ecs::entity::Entity;
    use bevy::input::ButtonState;
    use std::collections::HashSet;

    fn press(key_code: KeyCode, logical_key: Key) -> KeyboardInput {
        KeyboardInput {
            key_code,
            logical_key,
            state: ButtonState::Pressed,
            text: None,
            repeat: false,
            window: Entity::PLACEHOLDER,
        }
    }

    #[test]
    fn no_key_and_no_action_stands_twice() {
        let mut codes = HashSet::new();
        let mut actions = HashSet::new();
        for binding in BINDINGS {
            assert!(actions.insert(binding.action), "{:?}", binding.action);
            for code in binding.codes {
                assert!(codes.insert(*code), "{code:?}");
            }
        }
    }

    #[test]
    fn every_line_of_the_help_is_in_both_languages_and_has_a_key() {
        for binding in BINDINGS {
            assert!(crate::panel::bidi::is_rtl(binding.arabic) && binding.english.is_ascii());
            assert!(!binding.shown.is_empty() && binding.codes.len() + binding.characters.len() > 0);
        }
    }

    #[test]
    fn letters_work_under_an_arabic_layout() {
        let under_arabic = press(KeyCode::KeyR, Key::Character("ق".into()));
        assert_eq!(action_of(&under_arabic), Some(Action::Replay));
    }

    #[test]
    fn a_question_mark_asks_for_help_wherever_it_lies() {
        for mark in ["?", "؟"] {
            let key = press(KeyCode::Slash, Key::Character(mark.into()));
            assert_eq!(action_of(&key), Some(Action::Help));
        }
    }

    #[test]
    fn other_keys_do_nothing() {
        assert_eq!(action_of(&press(KeyCode::KeyZ, Key::Character("z".into()))), None);
    }
}
