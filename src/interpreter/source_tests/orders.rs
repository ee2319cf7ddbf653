//! Who answers, who is passed over and why: orders, thresholds, gates, marks, and what is refused.

use super::*;

#[test]
fn auto_without_models_is_what_every_clone_has() {
    let sources = Sources::of(&SourceConfig::default(), &Models::default()).unwrap();
    assert_eq!(format!("{sources:?}"), r#"["recorded", "letters", "practice"]"#);
    assert_eq!(format!("{:?}", Sources::standard(false)), format!("{sources:?}"));
}

#[test]
fn a_model_that_was_asked_for_and_is_not_there_is_an_error_that_says_how_to_get_it() {
    let nothing = Models::default();
    let told = |config: SourceConfig| Sources::of(&config, &nothing).unwrap_err().to_string();
    let retrieve = told(order(SourceOrder::Retrieve));
    assert!(retrieve.contains("`sign-clip`") && retrieve.contains("models list"), "{retrieve}");
    let generate = told(order(SourceOrder::Generate));
    assert!(generate.contains("`t2m-gpt`"), "{generate}");
    let named = SourceConfig { generator: Some(GeneratorKind::MotionClip), ..SourceConfig::default() };
    assert!(told(named.clone()).contains("`motion-clip`"));
    assert!(told(SourceConfig { blend: 0.5, ..SourceConfig::default() }).contains("blending"));
    let only_gpt = models(&[], Some(maker(Makes::Clips, ssy())));
    assert!(Sources::of(&named, &only_gpt).is_err(), "another architecture is not the one that was named");
    let spell = SourceConfig { order: SourceOrder::Spell, ..named };
    assert!(Sources::of(&spell, &nothing).is_ok(), "who spells needs no model");
}

#[test]
fn auto_prefers_a_near_recording_to_a_practice_sign_and_says_whose_sign_it_is() {
    let talks = recording("talks");
    let models = models(&[("اجتماع", &[(sign("meeting"), 0.99), (talks, 0.7)])], None);
    let sources = Sources::of(&SourceConfig::default(), &models).unwrap();
    let answer = ask(&sources, sign("meeting"), SignKind::Lexical);
    let Some(Provenance::Retrieved { gloss, similarity_millis, origin, .. }) = provenance(&answer) else {
        panic!("{answer:?}");
    };
    assert_eq!((gloss.as_str(), *similarity_millis), ("محادثات", 700));
    assert!(matches!(**origin, Provenance::Recorded { .. }));
    // Its own recording goes before any near one.
    let own = ask(&sources, recording("hospital"), SignKind::Lexical);
    assert!(matches!(provenance(&own), Some(Provenance::Recorded { .. })));
}

#[test]
fn a_lexicon_without_recordings_is_not_searched_for_any() {
    struct Unasked;
    impl Retriever for Unasked {
        fn name(&self) -> &str {
            "unasked"
        }
        fn trained_on(&self) -> &TrainedOn {
            &TrainedOn::Practice
        }
        fn threshold(&self) -> f32 {
            0.0
        }
        fn nearest(&self, text: &str, _: usize) -> Result<Vec<Hit>, ModelFailure> {
            panic!("{text} was embedded for nothing")
        }
    }
    let models = Models { retriever: Some(Arc::new(Unasked)), ..Models::default() };
    let sources = Sources::of(&SourceConfig::default(), &models).unwrap();
    let lexicon = Lexicon::builtin().unwrap();
    let plan = sources.plan(&Planner::default(), "الحكومة تعلن حزازير", &lexicon);
    let government = plan.signs.iter().find(|sign| sign.kind == SignKind::Lexical).unwrap();
    assert_eq!(sources.foresee(government, &lexicon), Some(Provenance::Practice));
}

#[test]
fn nothing_below_the_threshold_is_retrieved_and_the_reason_has_both_numbers() {
    let models = models(&[("حرب", &[(recording("talks"), 0.59)])], None);
    let sources = Sources::of(&SourceConfig::default(), &models).unwrap();
    let answer = ask(&sources, sign("war"), SignKind::Lexical);
    assert_eq!(provenance(&answer), Some(&Provenance::Practice));
    let reason = answer.passed_over.iter().find(|reason| reason.starts_with("retrieved: ")).unwrap();
    assert!(reason.contains("0.59") && reason.contains("0.60"), "{reason}");
}

#[test]
fn practice_signs_are_retrieved_only_where_that_was_asked_for_marked_and_never_on_air() {
    let near: &[(_, &[_])] = &[("حرب", &[(sign("attack"), 0.9)])];
    let asked = |config: &SourceConfig| {
        let sources = Sources::of(config, &models(near, None)).unwrap();
        ask(&sources, sign("war"), SignKind::Lexical)
    };
    assert_eq!(provenance(&asked(&SourceConfig::default())), Some(&Provenance::Practice));
    let retrieved = asked(&order(SourceOrder::Retrieve));
    let provenance = provenance(&retrieved).unwrap();
    assert_eq!(provenance.kind(), "retrieved");
    assert!(provenance.is_practice());
    let on_air = asked(&SourceConfig { on_air: true, ..order(SourceOrder::Retrieve) });
    assert!(on_air.motion.is_none(), "{on_air:?}");
}

#[test]
fn a_recording_that_is_near_enough_is_found_behind_any_number_of_practice_signs() {
    let words = LEXICON.entries().filter(|(_, entry)| entry.provenance == Provenance::Practice);
    let mut hits: Vec<(SignId, f32)> = words.take(60).map(|(sign, _)| (sign, 0.9)).collect();
    hits.push((recording("talks"), 0.61));
    let models = models(&[("اجتماع", &hits)], None);
    for config in [SourceConfig::default(), order(SourceOrder::Retrieve)] {
        let sources = Sources::of(&config, &models).unwrap();
        let answer = ask(&sources, sign("meeting"), SignKind::Lexical);
        let Some(Provenance::Retrieved { gloss, .. }) = provenance(&answer) else { panic!("{answer:?}") };
        assert_eq!(gloss, "محادثات");
    }
}

#[test]
fn what_a_retriever_of_practice_signs_finds_is_not_shown_on_air() {
    let hits = BTreeMap::from([("اجتماع", vec![(recording("talks"), 0.9)])]);
    for (trained_on, may) in [(ssy(), true), (TrainedOn::Practice, false), (TrainedOn::Mixed, false)] {
        let near = Near { hits: hits.clone(), trained_on };
        let models = Models { retriever: Some(Arc::new(near)), ..Models::default() };
        for order in [SourceOrder::Auto, SourceOrder::Retrieve] {
            let config = SourceConfig { order, on_air: true, ..SourceConfig::default() };
            let sources = Sources::of(&config, &models).unwrap();
            let answer = ask(&sources, sign("meeting"), SignKind::Lexical);
            assert_eq!(answer.motion.is_some(), may, "{answer:?}");
            assert!(may || answer.passed_over.iter().any(|why| why.contains("refused on air")));
            let off_air = Sources::of(&SourceConfig { on_air: false, ..config }, &models).unwrap();
            let answer = ask(&off_air, sign("meeting"), SignKind::Lexical);
            assert_eq!(provenance(&answer).map(Provenance::may_go_on_air), Some(may), "{answer:?}");
        }
    }
}

#[test]
fn a_number_is_never_another_number_and_letters_are_never_retrieved() {
    let (five, six) = (LEXICON.number_atom(5).unwrap(), LEXICON.number_atom(6).unwrap());
    let letter = LEXICON.letter("ب").unwrap().0;
    let word = &LEXICON.entry(five).gloss;
    let hits = BTreeMap::from([(&*word.clone().leak(), vec![(six, 0.95)])]);
    let models = Models { retriever: Some(Arc::new(Near { hits, trained_on: ssy() })), ..Models::default() };
    let sources = Sources::of(&order(SourceOrder::Retrieve), &models).unwrap();
    for (sign, kind) in [(five, SignKind::Number), (letter, SignKind::Spelled)] {
        let answer = ask(&sources, sign, kind);
        assert_eq!(provenance(&answer), Some(&LEXICON.entry(sign).provenance), "{answer:?}");
    }
}

#[test]
fn a_generator_of_practice_signs_is_not_asked_unless_it_is_named_and_marks_what_it_makes() {
    let asked = |config: &SourceConfig, trained_on: TrainedOn| {
        let sources = Sources::of(config, &models(&[], Some(maker(Makes::Clips, trained_on)))).unwrap();
        ask(&sources, sign("war"), SignKind::Lexical)
    };
    let auto = SourceConfig::default();
    assert_eq!(provenance(&asked(&auto, TrainedOn::Practice)), Some(&Provenance::Practice));
    assert_eq!(provenance(&asked(&auto, ssy())).unwrap().kind(), "generated");
    let generate = order(SourceOrder::Generate);
    let made = asked(&generate, TrainedOn::Practice);
    let from = provenance(&made).unwrap();
    assert!(from.kind() == "generated" && from.is_practice(), "{from:?}");
    let on_air = asked(&SourceConfig { on_air: true, ..generate.clone() }, TrainedOn::Mixed);
    assert!(on_air.motion.is_none());
    assert!(on_air.passed_over[0].contains("refused on air"), "{:?}", on_air.passed_over);
    let on_air = asked(&SourceConfig { on_air: true, ..generate }, ssy());
    assert!(provenance(&on_air).unwrap().may_go_on_air());
}

#[test]
fn of_several_models_the_first_that_may_sign_signs_and_the_first_that_can_bridges() {
    let invents = Maker { kind: GeneratorKind::MotionClip, ..maker(Makes::Clips, TrainedOn::Practice) };
    let learnt = maker(Makes::Clips, ssy());
    let models = Models { generators: vec![Arc::new(invents), Arc::new(learnt)], ..Models::default() };
    let sources = Sources::of(&SourceConfig::default(), &models).unwrap();
    let answer = ask(&sources, sign("war"), SignKind::Lexical);
    assert!(provenance(&answer).is_some_and(|from| from.kind() == "generated" && !from.is_practice()));
    let half = SourceConfig { blend: 0.5, ..SourceConfig::default() };
    assert!(Sources::of(&half, &models).is_ok());
    let named = SourceConfig { generator: Some(GeneratorKind::MotionClip), ..half };
    let message = Sources::of(&named, &models).unwrap_err().to_string();
    assert!(message.contains("`motion-clip` makes none") && message.contains("t2m-gpt"), "{message}");
}

#[test]
fn what_fails_a_gate_falls_to_the_next_source_and_the_numbers_are_told() {
    for (makes, said) in [(Makes::Stills, "too still"), (Makes::Nothing, "no tokens")] {
        let models = models(&[], Some(maker(makes, TrainedOn::Practice)));
        let sources = Sources::of(&order(SourceOrder::Generate), &models).unwrap();
        let answer = ask(&sources, sign("war"), SignKind::Lexical);
        assert_eq!(provenance(&answer), Some(&Provenance::Practice));
        let reason = &answer.passed_over[0];
        assert!(reason.starts_with("generated: ") && reason.contains(said), "{reason}");
        assert_eq!(ask(&sources, sign("war"), SignKind::Lexical).passed_over[0], *reason, "kept alike");
    }
}

#[test]
fn generated_strokes_are_cut_as_recordings_are_and_the_same_seed_has_the_same_bits() {
    let made = |seed| {
        let models = models(&[], Some(maker(Makes::Clips, ssy())));
        let sources = Sources::of(&SourceConfig { seed, ..order(SourceOrder::Generate) }, &models).unwrap();
        ask(&sources, sign("war"), SignKind::Lexical).motion.unwrap()
    };
    let (a, b) = (made(5), made(5));
    assert_eq!(format!("{:?}", a.motion), format!("{:?}", b.motion));
    let request = GenerationRequest { text: "حرب", seed: 5, frames: None };
    let whole = maker(Makes::Clips, ssy()).generate(&request).unwrap();
    let whole_seconds = whole.frame_count() as f32 / whole.fps;
    assert!(a.motion.duration() < 0.8 * whole_seconds, "{} of {whole_seconds}", a.motion.duration());
    assert_eq!(a.motion.fps, Motion::FPS);
    assert_eq!(provenance_seed(&a.provenance), Some(5));
}

fn provenance_seed(provenance: &Provenance) -> Option<u64> {
    match provenance {
        Provenance::Generated { seed, .. } => Some(*seed),
        _ => None,
    }
}
