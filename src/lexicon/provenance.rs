//! Where a sign comes from. It travels with the sign to every screen and file.

use serde::{Deserialize, Serialize};

/// Whether a signer of the language has looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// Nobody has.
    NotReviewed,
    /// A Syrian deaf signer has approved it.
    Approved,
}

/// What a model learnt its motions from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainedOn {
    /// Recordings of signers alone.
    Recorded {
        /// ISO 639-3 code of the sign language.
        language: String,
    },
    /// Practice signs alone.
    Practice,
    /// Practice signs among others.
    Mixed,
}

impl TrainedOn {
    /// Whether there were practice signs among it. What such a model makes is invented too.
    pub fn is_practice(&self) -> bool {
        !matches!(self, TrainedOn::Recorded { .. })
    }

    fn describe(&self) -> String {
        match self {
            TrainedOn::Recorded { language } => format!("trained on recordings, {language}"),
            TrainedOn::Practice => "trained on practice signs, not SyArSL".to_owned(),
            TrainedOn::Mixed => "trained on practice signs among others, not SyArSL".to_owned(),
        }
    }
}

/// Where a motion comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Provenance {
    /// A recording of a signer.
    Recorded {
        /// Which recording: the file, or the collection it came in.
        source: String,
        /// ISO 639-3 code of the sign language.
        language: String,
        /// Whether it was reviewed.
        review: Review,
    },
    /// The sign that is nearest by embedding: perhaps another word's.
    Retrieved {
        /// Whose sign it is: its gloss.
        gloss: String,
        /// Cosine similarity to what was asked for, in thousandths.
        similarity_millis: i32,
        /// Where that sign itself comes from.
        origin: Box<Provenance>,
        /// What the model that found it learnt from. One that learnt from practice signs may take any sign
        /// for another.
        trained_on: TrainedOn,
    },
    /// A model made it.
    Generated {
        /// Which model.
        model: String,
        /// With which seed.
        seed: u64,
        /// What the model learnt from.
        trained_on: TrainedOn,
    },
    /// A letter of the manual alphabet, from joint angles measured on recordings.
    Letter {
        /// What it was measured from.
        source: String,
        /// ISO 639-3 code of the sign language.
        language: String,
        /// Whether it was reviewed.
        review: Review,
    },
    /// Invented so that everything can run: **not** a sign of any language.
    Practice,
}

impl Provenance {
    /// One word for it, as in the JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Provenance::Recorded { .. } => "recorded",
            Provenance::Retrieved { .. } => "retrieved",
            Provenance::Generated { .. } => "generated",
            Provenance::Letter { .. } => "letter",
            Provenance::Practice => "practice",
        }
    }

    /// A short line for people: what it is, of which language, whether it was reviewed.
    pub fn describe(&self) -> String {
        let reviewed = |review: &Review| match review {
            Review::NotReviewed => "not reviewed",
            Review::Approved => "reviewed",
        };
        match self {
            Provenance::Recorded { source, language, review } => {
                format!("recorded ({language}, {source}, {})", reviewed(review))
            }
            Provenance::Retrieved { gloss, similarity_millis, origin, trained_on } => {
                let similarity = *similarity_millis as f32 * 1e-3;
                let origin = origin.describe();
                let found =
                    if trained_on.is_practice() { "; found by a model of practice signs" } else { "" };
                format!("retrieved (sign of «{gloss}», similarity {similarity:.2}; {origin}{found})")
            }
            Provenance::Generated { model, seed, trained_on } => {
                format!("generated ({model}, seed {seed}, {})", trained_on.describe())
            }
            Provenance::Letter { source, language, review } => {
                format!("letter ({language}, measured from {source}, {})", reviewed(review))
            }
            Provenance::Practice => "practice (not SyArSL)".to_owned(),
        }
    }

    /// Whether it is invented, and so no sign of any language: a practice sign, one that was retrieved,
    /// or what a model made that learnt from such. All of these are marked alike wherever they appear.
    pub fn is_practice(&self) -> bool {
        match self {
            Provenance::Practice => true,
            Provenance::Retrieved { origin, .. } => origin.is_practice(),
            Provenance::Generated { trained_on, .. } => trained_on.is_practice(),
            Provenance::Recorded { .. } | Provenance::Letter { .. } => false,
        }
    }

    /// Whether it may go on air: everything that is not invented, and that no model chose that knows
    /// invented signs.
    pub fn may_go_on_air(&self) -> bool {
        match self {
            Provenance::Retrieved { origin, trained_on, .. } => {
                !trained_on.is_practice() && origin.may_go_on_air()
            }
            _ => !self.is_practice(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(trained_on: TrainedOn) -> Provenance {
        Provenance::Generated { model: "t2m-gpt".into(), seed: 7, trained_on }
    }

    fn retrieved(origin: Provenance) -> Provenance {
        retrieved_by(TrainedOn::Recorded { language: "ssy".into() }, origin)
    }

    fn retrieved_by(trained_on: TrainedOn, origin: Provenance) -> Provenance {
        let (gloss, origin) = ("مشفى".into(), Box::new(origin));
        Provenance::Retrieved { gloss, similarity_millis: 812, origin, trained_on }
    }

    #[test]
    fn what_is_made_of_practice_signs_stays_practice_and_off_air() {
        let invented = [
            Provenance::Practice,
            retrieved(Provenance::Practice),
            generated(TrainedOn::Practice),
            generated(TrainedOn::Mixed),
        ];
        for provenance in invented {
            assert!(provenance.is_practice() && !provenance.may_go_on_air(), "{provenance:?}");
            assert!(provenance.describe().contains("not SyArSL"), "{}", provenance.describe());
        }
        let genuine = Provenance::Recorded {
            source: "clip.pose".into(),
            language: "ssy".into(),
            review: Review::NotReviewed,
        };
        let chosen = retrieved_by(TrainedOn::Practice, genuine.clone());
        assert!(!chosen.is_practice() && !chosen.may_go_on_air(), "a signer's, but whose word?");
        assert!(chosen.describe().contains("model of practice signs"), "{}", chosen.describe());
        let learnt = generated(TrainedOn::Recorded { language: "ssy".into() });
        for provenance in [genuine.clone(), retrieved(genuine), learnt] {
            assert!(provenance.may_go_on_air(), "{provenance:?}");
        }
    }

    #[test]
    fn the_json_says_what_was_retrieved_and_what_was_learnt_from() {
        let json = serde_json::to_value(retrieved(Provenance::Practice)).unwrap();
        assert_eq!((&json["kind"], &json["origin"]["kind"]), (&"retrieved".into(), &"practice".into()));
        let json = serde_json::to_value(generated(TrainedOn::Practice)).unwrap();
        assert_eq!(json["trained_on"], "practice");
        let back: Provenance = serde_json::from_value(json).unwrap();
        assert_eq!(back, generated(TrainedOn::Practice));
    }
}
