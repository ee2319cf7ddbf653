//! What is planned with models: unknown words, clauses, spelling; and what is made of such plans.

use super::*;

const UNKNOWN: &str = "الحكومة تعلن حزازير";

fn planner(config: &SourceConfig) -> Planner {
    let planner = PlannerConfig { on_air: config.on_air, ..PlannerConfig::default() };
    Planner::new(config.order.planner(planner))
}

fn plan(config: &SourceConfig, models: &Models, text: &str) -> (Sources, Plan) {
    let sources = Sources::of(config, models).unwrap();
    let plan = sources.plan(&planner(config), text, &LEXICON);
    (sources, plan)
}

#[test]
fn an_unknown_word_takes_a_near_recording_and_the_plan_says_so() {
    let talks = recording("talks");
    let models = models(&[("حزازير", &[(talks, 0.8)])], None);
    let config = SourceConfig::default();
    let (sources, planned) = plan(&config, &models, UNKNOWN);
    let stand_in = planned.signs.iter().find(|sign| sign.gloss == "حزازير").unwrap();
    assert_eq!(
        (stand_in.rule, stand_in.kind, &*stand_in.signs),
        ("retrieved", SignKind::Lexical, &[talks][..])
    );
    assert_eq!(planned.coverage.spelled_words, 0);
    assert!(planned.notices.iter().any(|notice| notice.contains("محادثات")), "{:?}", planned.notices);
    let request =
        SignRequest { sign: talks, entry: LEXICON.entry(talks), lexicon: &LEXICON, kind: stand_in.kind };
    let answer = sources.ask_for(stand_in, &request);
    assert_eq!(provenance(&answer), stand_in.provenance.as_ref());
    assert_eq!(answer.motion.unwrap().provenance.kind(), "retrieved");
    // Without a retriever it is spelled, as ever.
    let (_, spelled) = plan(&config, &Models::default(), UNKNOWN);
    assert_eq!(spelled, planner(&config).plan(UNKNOWN, &LEXICON));
    assert!(spelled.signs.iter().any(|sign| sign.gloss == "حزازير" && sign.kind == SignKind::Spelled));
}

#[test]
fn an_unknown_word_is_spelled_rather_than_signed_with_an_invented_sign_unless_that_was_asked_for() {
    let models = models(&[("حزازير", &[(sign("meeting"), 0.9)])], None);
    let kind = |config: &SourceConfig| {
        let (_, planned) = plan(config, &models, UNKNOWN);
        planned.signs.iter().find(|sign| sign.gloss == "حزازير").map(|sign| (sign.kind, sign.rule))
    };
    assert_eq!(kind(&SourceConfig::default()), Some((SignKind::Spelled, "spelled")));
    assert_eq!(kind(&order(SourceOrder::Retrieve)), Some((SignKind::Lexical, "retrieved")));
    let on_air = SourceConfig { on_air: true, ..order(SourceOrder::Retrieve) };
    assert!(kind(&on_air).is_none_or(|(kind, _)| kind == SignKind::Spelled));
}

#[test]
fn names_are_spelled_however_near_another_sign_is() {
    let models = models(&[("ماكرون", &[(recording("talks"), 0.99)])], Some(maker(Makes::Clips, ssy())));
    for config in [SourceConfig::default(), order(SourceOrder::Generate)] {
        let (_, planned) = plan(&config, &models, "ماكرون يزور حلب");
        let name = planned.signs.iter().find(|sign| sign.gloss == "ماكرون").unwrap();
        assert_eq!(name.kind, SignKind::Spelled);
    }
}

#[test]
fn a_word_that_a_model_makes_is_one_part_and_keeps_its_letters_beside_it() {
    let models = models(&[], Some(maker(Makes::Clips, ssy())));
    let (sources, planned) = plan(&order(SourceOrder::Generate), &models, UNKNOWN);
    let word = planned.signs.iter().find(|sign| sign.gloss == "حزازير").unwrap();
    assert_eq!((word.rule, word.kind, Sources::parts_of(word)), ("generated", SignKind::Lexical, 1));
    assert_eq!(word.signs.len(), "حزازير".chars().count());
    let entry = LEXICON.entry(word.signs[0]);
    let request = SignRequest { sign: word.signs[0], entry, lexicon: &LEXICON, kind: word.kind };
    let answer = sources.ask_for(word, &request);
    assert_eq!(answer.motion.unwrap().provenance.kind(), "generated");
}

#[test]
fn a_clause_that_passes_is_one_sign_over_all_its_words_and_one_with_a_number_is_not() {
    let text = "الحكومة تعلن هدنة، إصابة 3 أطفال";
    let config = SourceConfig { unit: GenerationUnit::Clause, ..order(SourceOrder::Generate) };
    let (_, planned) = plan(&config, &models(&[], Some(maker(Makes::Clips, TrainedOn::Practice))), text);
    let clause = &planned.signs[0];
    assert_eq!((clause.rule, clause.gloss.as_str()), ("clause", "الحكومة تعلن هدنة"));
    assert_eq!(text.get(clause.span.clone()), Some("الحكومة تعلن هدنة"));
    assert!(clause.provenance.as_ref().is_some_and(Provenance::is_practice));
    assert_eq!((clause.signs.len(), Sources::parts_of(clause)), (3, 1));
    assert_eq!(planned.signs[1].kind, SignKind::Pause);
    assert!(planned.signs[2..].iter().any(|sign| sign.kind == SignKind::Number));
    assert!(planned.notices.iter().any(|notice| notice.contains("number")), "{:?}", planned.notices);
    // What does not pass is signed sign by sign, and the reason is in the plan.
    let still = models(&[], Some(maker(Makes::Stills, TrainedOn::Practice)));
    let (_, by_signs) = plan(&config, &still, text);
    assert!(by_signs.signs.iter().all(|sign| sign.rule != "clause"));
    assert!(by_signs.notices.iter().any(|notice| notice.contains("too still")), "{:?}", by_signs.notices);
    let (_, usual) = plan(&SourceConfig { unit: GenerationUnit::Sign, ..config }, &still, text);
    assert_eq!(by_signs.signs, usual.signs);
}

#[test]
fn a_plan_that_nobody_wants_any_more_asks_no_model_for_more() {
    use std::cell::Cell;
    let text = "حزازير بزنطيات، كركديات قرنفليات";
    let planned = |config: &SourceConfig, wanted: usize| {
        let sources = Sources::of(config, &models(&[], Some(maker(Makes::Clips, ssy())))).unwrap();
        let asked = Cell::new(0);
        let is_wanted = || asked.replace(asked.get() + 1) < wanted;
        let plan = sources.plan_while(&planner(config), text, &LEXICON, &is_wanted);
        plan.signs.iter().filter(|sign| sign.rule == "generated" || sign.rule == "clause").count()
    };
    let words = order(SourceOrder::Generate);
    assert_eq!([0, 1, 2, 9].map(|wanted| planned(&words, wanted)), [0, 1, 2, 4]);
    let clauses = SourceConfig { unit: GenerationUnit::Clause, ..words };
    assert_eq!(planned(&clauses, 5), 3, "two words become a clause, and then nobody wants the other");
}

#[test]
fn recorded_signs_and_letters_only_means_that_practice_signs_are_spelled() {
    let (sources, planned) =
        plan(&order(SourceOrder::Recorded), &Models::default(), "الحكومة تعلن افتتاح مشفى");
    assert_eq!(format!("{sources:?}"), r#"["recorded", "letters"]"#);
    for sign in planned.signs.iter().filter(|sign| sign.kind != SignKind::Pause) {
        assert!(!sign.provenance.as_ref().is_some_and(Provenance::is_practice), "{sign:?}");
    }
    assert!(planned.signs.iter().any(|sign| sign.gloss == "مشفى" && sign.kind == SignKind::Lexical));
    assert!(planned.omitted.iter().all(|omission| omission.reason != "refused-on-air"));
}

#[test]
fn spelling_takes_every_word_as_it_stands_and_leaves_figures_figures() {
    let text = "الحكومة لن تعلن في حلب: 25 قتيلا، 12/5/2026 (خمسة)";
    let (_, planned) = plan(&order(SourceOrder::Spell), &Models::default(), text);
    let spelled: Vec<&str> =
        planned.signs.iter().filter(|s| s.kind == SignKind::Spelled).map(|s| s.gloss.as_str()).collect();
    assert_eq!(spelled, ["الحكومة", "لن", "تعلن", "في", "حلب", "قتيلا", "خمسة"]);
    let numbers: Vec<&str> =
        planned.signs.iter().filter(|s| s.kind == SignKind::Number).map(|s| s.gloss.as_str()).collect();
    assert_eq!(numbers.first().copied(), Some("عشرون"));
    assert!(numbers.len() >= 6, "{numbers:?}");
    assert!(planned.omitted.is_empty(), "{:?}", planned.omitted);
    assert!(planned.signs.windows(2).all(|pair| pair[0].span.start <= pair[1].span.start));
    assert_eq!(
        planned.coverage.signed_words + planned.coverage.spelled_words,
        planned.coverage.content_words
    );
}

#[test]
fn who_would_answer_is_known_without_making_anything() {
    let near: &[(_, &[_])] = &[("حكومة", &[(recording("talks"), 0.7)])];
    let foreseen = |config: &SourceConfig, generator: Option<Maker>| {
        let (sources, planned) = plan(config, &models(near, generator), "الحكومة تعلن 5 حلب");
        let kind = |sign: &PlannedSign| sources.foresee(sign, &LEXICON).map_or("none", |from| from.kind());
        planned.signs.iter().map(kind).collect::<Vec<_>>()
    };
    let auto = foreseen(&SourceConfig::default(), None);
    assert!(auto.contains(&"retrieved") && auto.contains(&"practice"), "{auto:?}");
    // A generator that would fail if it were asked.
    let generate = foreseen(&order(SourceOrder::Generate), Some(maker(Makes::Nothing, ssy())));
    let (made, others): (Vec<&str>, Vec<&str>) = generate.iter().partition(|kind| **kind == "generated");
    assert!(made.len() >= 2 && others == ["practice"], "all but the number: {generate:?}");
    let air = SourceConfig { on_air: true, ..SourceConfig::default() };
    assert!(!foreseen(&air, None).contains(&"practice"));
}

#[test]
fn bridges_join_recorded_and_retrieved_signs_only_and_practice_bridges_only_what_is_marked() {
    let key = |key: &str| {
        let SignClip::Notated(motion) = LEXICON.clip(sign(key)).unwrap() else { panic!("{key} is notated") };
        let clips = vec![Clip { sign: sign(key), motion }];
        Item { kind: SignKind::Lexical, clips, pause_millis: 0, non_manuals: vec![], mouthing: None }
    };
    let stitched = stitch(&[key("war"), key("hospital"), key("meeting")], Pace::new(1.0), 1);
    let frames = stitched.spans[0].frames.end..stitched.spans[1].frames.start;
    let film = LEXICON.entry(recording("talks")).provenance.clone();
    let invented = Provenance::Retrieved {
        gloss: "حرب".into(),
        similarity_millis: 900,
        origin: Box::new(Provenance::Practice),
        trained_on: ssy(),
    };
    let changed = |config: &SourceConfig, trained_on, before: &Provenance, after: &Provenance| {
        let sources = Sources::of(config, &models(&[], Some(maker(Makes::Clips, trained_on)))).unwrap();
        let mut motion = stitched.motion.clone();
        let join = Join { frames: frames.clone(), before, after, text: "مشفى" };
        let from = sources.blend(&mut motion, &join).unwrap();
        assert_eq!(from.is_some(), motion != stitched.motion);
        assert!(from.is_none_or(|from| from.kind() == "generated"));
        let outside = |i: &usize| !frames.contains(i);
        assert!(
            (0..motion.frames.len()).filter(outside).all(|i| motion.frames[i] == stitched.motion.frames[i])
        );
        motion != stitched.motion
    };
    let half = SourceConfig { blend: 0.5, ..SourceConfig::default() };
    assert!(changed(&half, ssy(), &film, &film));
    assert!(!changed(&SourceConfig::default(), ssy(), &film, &film), "nothing is blended unless asked for");
    assert!(!changed(&half, ssy(), &Provenance::Practice, &film));
    assert!(!changed(&half, TrainedOn::Practice, &film, &film));
    assert!(changed(&half, TrainedOn::Practice, &invented, &film));
    let on_air = SourceConfig { on_air: true, ..half };
    assert!(!changed(&on_air, TrainedOn::Practice, &invented, &film));
}

#[test]
fn a_headline_of_retrieved_and_generated_signs_becomes_one_motion_whose_spans_say_so() {
    let text = "الحكومة تعلن هدنة";
    let models =
        models(&[("حكومة", &[(recording("talks"), 0.9)])], Some(maker(Makes::Clips, TrainedOn::Practice)));
    for (config, kind) in
        [(order(SourceOrder::Retrieve), "retrieved"), (order(SourceOrder::Generate), "generated")]
    {
        let (sources, planned) = plan(&config, &models, text);
        let items: Vec<Item> = planned
            .signs
            .iter()
            .map(|planned| {
                let asked = planned.signs.iter().take(Sources::parts_of(planned));
                let clips = asked.filter_map(|&sign| {
                    let entry = LEXICON.entry(sign);
                    let request = SignRequest { sign, entry, lexicon: &LEXICON, kind: planned.kind };
                    let answer = sources.ask_for(planned, &request);
                    answer
                        .motion
                        .map(|sourced| (sourced.provenance.kind(), Clip { sign, motion: sourced.motion }))
                });
                let clips: Vec<(&str, Clip)> = clips.collect();
                assert!(kind == "retrieved" || clips.iter().all(|(from, _)| *from == kind), "{clips:?}");
                let clips = clips.into_iter().map(|(_, clip)| clip).collect();
                Item { kind: planned.kind, clips, pause_millis: 0, non_manuals: vec![], mouthing: None }
            })
            .collect();
        let stitched = stitch(&items, Pace::new(1.0), 0);
        assert_eq!(stitched.spans.len(), planned.signs.len());
        assert!(stitched.motion.frames.iter().all(|pose| pose.arms.iter().all(|arm| arm.wrist.is_finite())));
    }
}
