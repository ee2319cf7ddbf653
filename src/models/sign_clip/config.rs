//! What makes one SignCLIP another: landmarks, their preprocessing, sizes, prompt and similarity. The
//! `config.json` of a model's folder.

use super::SignClipError;
use crate::models::layers::LARGEST;
use crate::models::text::BertConfig;
use crate::models::tokenizer::Overflow;
use crate::pose::Layout;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where the text goes in a prompt.
const TEXT: &str = "{text}";

/// Everything about a model but its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignClipConfig {
    /// From landmarks to numbers.
    pub preprocessing: Preprocessing,
    /// The tower that reads them.
    pub video: VideoConfig,
    /// The tower that reads text.
    pub text: TextConfig,
    /// What an embedding is compared by.
    #[serde(default)]
    pub similarity: Similarity,
    /// The width that both towers are projected to; none leaves them as they are.
    #[serde(default)]
    pub projection: Option<usize>,
}

/// Which points a frame has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Landmarks {
    /// 203: the body with hidden legs, contours of the face, hands.
    #[serde(rename = "signclip-203")]
    SignClip203,
    /// 193: the same without hips and legs.
    #[serde(rename = "syrisign-193")]
    SyriSign193,
}

impl Landmarks {
    /// Their names.
    pub fn layout(self) -> Arc<Layout> {
        match self {
            Self::SignClip203 => Layout::signclip_203(),
            Self::SyriSign193 => Layout::syrisign_193(),
        }
    }

    /// Numbers of a frame: x, y and z of each.
    pub fn inputs(self) -> usize {
        3 * self.layout().point_count()
    }
}

/// From landmarks to numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocessing {
    /// Which points.
    pub landmarks: Landmarks,
    /// Whether hands count from their own wrists, and the body's wrists are where the hands' are; the face's depth
    /// then counts from between its sides.
    #[serde(default)]
    pub wrist_relative_hands: bool,
    /// Whether each number is brought to mean 0 and deviation 1 by the statistics of the training data.
    #[serde(default)]
    pub standardise: bool,
    /// Whether a clip is mirrored in which only the left hand is ever seen.
    #[serde(default)]
    pub mirror_left_handed: bool,
}

/// The video tower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VideoConfig {
    /// Numbers of a frame.
    pub inputs: usize,
    /// The frames of the longest clip in training (`max_video_len`). `[SEP]` has the position after them
    /// however short the clip.
    pub max_frames: usize,
    /// What becomes of longer clips.
    #[serde(default)]
    pub long_clips: LongClip,
    /// The encoder. Its word table is read for `[CLS]` and `[SEP]` only.
    pub bert: BertConfig,
}

/// What becomes of a clip that is longer than the tower was trained for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongClip {
    /// It is an error, as in the reference's demo.
    #[default]
    Refuse,
    /// Frames are left out evenly, so that it is signed faster.
    Resample,
    /// It is read whole; positions are interpolated where the table ends (the reference's `*_inference`).
    Whole,
}

/// The text tower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextConfig {
    /// What is written around a text: `<en> <ase> {text}`.
    pub prompt: String,
    /// The longest prompt, tokens, `[CLS]` and `[SEP]` among them.
    pub max_tokens: usize,
    /// What becomes of longer ones.
    #[serde(default)]
    pub long_texts: LongText,
    /// Whether texts are translated into the prompt's language first.
    #[serde(default)]
    pub translate: bool,
    /// The encoder.
    pub bert: BertConfig,
}

impl TextConfig {
    /// A text as the tower reads it.
    pub fn prompt(&self, text: &str) -> String {
        self.prompt.replace(TEXT, text.trim())
    }
}

/// What becomes of a text that is longer than the tower was trained for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongText {
    /// It is an error.
    #[default]
    Refuse,
    /// Its end is left out.
    Truncate,
}

impl From<LongText> for Overflow {
    fn from(long: LongText) -> Self {
        match long {
            LongText::Refuse => Self::Error,
            LongText::Truncate => Self::Truncate,
        }
    }
}

/// What embeddings are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Similarity {
    /// The dot product of what the towers give, as the reference.
    #[default]
    Dot,
    /// The cosine: embeddings have unit length, and training learns a temperature (CLIP's
    /// `logit_scale`), without which cosines are too alike to learn from.
    Cosine,
}

impl SignClipConfig {
    /// The released models (`bert-base-cased`, 609 numbers, 256 frames).
    pub fn reference() -> Self {
        let landmarks = Landmarks::SignClip203;
        Self {
            preprocessing: Preprocessing {
                landmarks,
                wrist_relative_hands: false,
                standardise: false,
                mirror_left_handed: false,
            },
            video: VideoConfig {
                inputs: landmarks.inputs(),
                max_frames: 256,
                long_clips: LongClip::Refuse,
                bert: BertConfig::base_cased(),
            },
            text: TextConfig {
                prompt: format!("<en> <ase> {TEXT}"),
                // Its 64 count a [SEP] that the video tower takes away.
                max_tokens: 63,
                long_texts: LongText::Refuse,
                translate: false,
                bert: BertConfig::base_cased(),
            },
            similarity: Similarity::Dot,
            projection: None,
        }
    }

    /// The SyriSign paper's AraSignCLIP: 193 points, Arabic translated into English, the tag of Jordanian
    /// sign language, `bert-base-uncased`, 256 tokens.
    pub fn syrisign() -> Self {
        let reference = Self::reference();
        let landmarks = Landmarks::SyriSign193;
        Self {
            preprocessing: Preprocessing { landmarks, ..reference.preprocessing },
            video: VideoConfig {
                inputs: landmarks.inputs(),
                bert: BertConfig::base_uncased(),
                ..reference.video
            },
            text: TextConfig {
                prompt: format!("<eng> <jos> {TEXT}"),
                max_tokens: 256,
                translate: true,
                bert: BertConfig::base_uncased(),
                ..reference.text
            },
            ..reference
        }
    }

    /// The paper's with what the reference's ablations found better: each point standardised, hands from
    /// their wrists; left-handed clips mirrored; and the cosine with a temperature.
    pub fn best() -> Self {
        let mut config = Self::syrisign();
        config.preprocessing = Preprocessing {
            landmarks: Landmarks::SyriSign193,
            wrist_relative_hands: true,
            standardise: true,
            mirror_left_handed: true,
        };
        config.video.long_clips = LongClip::Resample;
        config.text.long_texts = LongText::Truncate;
        config.similarity = Similarity::Cosine;
        config
    }

    /// This preset with towers of another size, trained from nothing: `width` in `layers` layers, over a
    /// text vocabulary of `words`. Texts are read as they are, in Arabic.
    pub fn small(self, words: usize, width: usize, layers: usize) -> Self {
        let bert = BertConfig {
            vocab_size: words,
            hidden_size: width,
            num_hidden_layers: layers,
            num_attention_heads: (width / 32).max(1),
            intermediate_size: 2 * width,
            ..BertConfig::base_uncased()
        };
        let prompt = TEXT.to_owned();
        Self {
            video: VideoConfig { bert: bert.clone(), ..self.video },
            text: TextConfig { prompt, translate: false, max_tokens: 64, bert, ..self.text },
            ..self
        }
    }

    /// The width of an embedding.
    pub fn width(&self) -> usize {
        self.projection.unwrap_or(self.text.bert.hidden_size)
    }

    /// # Errors
    /// [`SignClipError::Config`] where its parts contradict each other, and where no network has these
    /// sizes.
    pub fn check(&self) -> Result<(), SignClipError> {
        let fail = |reason: String| Err(SignClipError::Config { reason });
        self.video.bert.check()?;
        self.text.bert.check()?;
        let sizes = [
            ("video.inputs", self.video.inputs),
            ("video.max_frames", self.video.max_frames),
            ("projection", self.projection.unwrap_or(1)),
        ];
        if let Some((name, found)) = sizes.into_iter().find(|(_, size)| !(1..=LARGEST).contains(size)) {
            return fail(format!("expected {name} from 1 to {LARGEST}, found {found}"));
        }
        let (video, text) = (self.video.bert.hidden_size, self.text.bert.hidden_size);
        if self.projection.is_none() && video != text {
            return fail(format!(
                "without a projection, expected towers of one width, found {video} and {text}"
            ));
        }
        let longest = self.text.bert.max_position_embeddings;
        if !(3..=longest).contains(&self.text.max_tokens) {
            return fail(format!(
                "expected text.max_tokens from 3 to {longest}, found {}",
                self.text.max_tokens
            ));
        }
        if self.text.prompt.matches(TEXT).count() != 1 {
            return fail(format!("expected {TEXT} once in text.prompt, found {:?}", self.text.prompt));
        }
        Ok(())
    }

    /// As [`Self::check`], and that frames are the landmarks' numbers: what a folder must satisfy.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_whole(&self) -> Result<(), SignClipError> {
        self.check()?;
        let (found, expected) = (self.video.inputs, self.preprocessing.landmarks.inputs());
        if found == expected {
            return Ok(());
        }
        let reason = format!("expected video.inputs {expected} for these landmarks, found {found}");
        Err(SignClipError::Config { reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_are_possible_and_survive_json() {
        let small = SignClipConfig::best().small(500, 64, 2);
        for config in [SignClipConfig::reference(), SignClipConfig::syrisign(), SignClipConfig::best(), small]
        {
            config.check_whole().unwrap();
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<SignClipConfig>(&text).unwrap(), config);
            let typo = text.replace("\"max_tokens\"", "\"max_token\"");
            assert!(serde_json::from_str::<SignClipConfig>(&typo).is_err());
        }
    }

    #[test]
    fn prompts_are_the_papers() {
        assert_eq!(SignClipConfig::reference().text.prompt("house "), "<en> <ase> house");
        let prompt = SignClipConfig::syrisign().text.prompt("Ministry of Health");
        assert_eq!(prompt, "<eng> <jos> Ministry of Health");
    }

    #[test]
    fn contradictions_are_refused_by_name() {
        let with = |change: &dyn Fn(&mut SignClipConfig)| {
            let mut config = SignClipConfig::reference();
            change(&mut config);
            config.check_whole().unwrap_err().to_string()
        };
        assert!(with(&|c| c.video.inputs = 579).contains("video.inputs 609"));
        assert!(with(&|c| c.video.max_frames = 0).contains("video.max_frames"));
        assert!(with(&|c| c.text.prompt = "<en>".into()).contains("{text}"));
        assert!(with(&|c| c.text.max_tokens = 513).contains("512"));
        assert!(with(&|c| c.video.bert.hidden_size = 384).contains("384 and 768"));
        assert!(with(&|c| c.projection = Some(0)).contains("projection"));
        assert!(with(&|c| c.text.bert.num_attention_heads = 7).contains("found 7"));
    }
}
