//! Headlines planned with the built-in lexicon: order, clitics, questions, negation, bad input.

use super::*;
use crate::interpreter::Plan;
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::LazyLock;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::builtin().expect("the built-in lexicon loads"));

fn plan(text: &str) -> Plan {
    Planner::default().plan(text, &LEXICON)
}

fn plan_with(config: PlannerConfig, text: &str) -> Plan {
    Planner::new(config).plan(text, &LEXICON)
}

/// The glosses in order, a pause as `|`.
fn glosses(plan: &Plan) -> String {
    let gloss =
        |sign: &PlannedSign| if sign.kind == SignKind::Pause { "|".to_owned() } else { sign.gloss.clone() };
    plan.signs.iter().map(gloss).collect::<Vec<_>>().join(" ")
}

fn reasons(plan: &Plan) -> HashSet<&'static str> {
    plan.omitted.iter().map(|omission| omission.reason).collect()
}

#[test]
fn time_comes_first_and_place_after_it() {
    let plan = plan("وزارة الصحة تعلن افتتاح مشفى جديد في حلب يوم الخميس");
    assert_eq!(glosses(&plan), "الخميس حلب وزارة الصحة أعلن افتتاح مشفى جديد");
    assert_eq!((plan.signs[0].rule, plan.signs[1].rule), ("R1", "R2"));
    assert_eq!(plan.coverage.percent(), 100.0);
    assert!(plan.signs[2].non_manuals.contains(&NonManual::Topic));
    assert_eq!(plan.signs.last().map(|sign| sign.non_manuals.clone()), Some(vec![NonManual::Nod]));
}

#[test]
fn two_places_or_times_keep_the_order_of_the_text() {
    assert!(plan("مظاهرات في دمشق ضد الحرب في فلسطين").signs.iter().all(|sign| sign.rule != "R2"));
    assert!(plan("أعلن اليوم قرار الحرب غدا").signs.iter().all(|sign| sign.rule != "R1"));
}

#[test]
fn a_place_without_its_preposition_is_what_the_sentence_is_about() {
    assert_eq!(glosses(&plan("حلب تستقبل وفد الأمم المتحدة")), "حلب استقبل وفد الأمم المتحدة");
}

#[test]
fn a_length_of_time_stays_and_a_time_after_a_preposition_goes_first() {
    assert_eq!(glosses(&plan("هدنة 3 أيام")), "هدنة اليوم ثلاثة");
    let after = plan("اجتماع الحكومة بعد ثلاثة أشهر");
    assert_eq!(glosses(&after), "بعد شهر ثلاثة اجتماع حكومة");
}

#[test]
fn numbers_follow_the_noun_that_they_count_and_no_other() {
    assert_eq!(glosses(&plan("إصابة 25 طفلا")), "جريح طفل عشرون خمسة");
    assert_eq!(glosses(&plan("مقتل 3 وإصابة خمسة")), "قتيل ثلاثة جريح خمسة");
    // The words between the number and تركيا are left out; it does not count تركيا.
    let earthquake = plan("زلزال بقوة 4.8 درجات على مقياس ريختر يضرب غرب تركيا");
    assert!(earthquake.signs.iter().all(|sign| sign.rule != "R9"));
}

#[test]
fn the_negator_follows_what_it_negates_with_a_headshake() {
    let plan = plan("لن ترتفع أسعار الخبز");
    assert_eq!(glosses(&plan), "ارتفاع لا سعر خبز");
    assert_eq!(plan.signs[1].rule, "R6");
    for sign in &plan.signs[..2] {
        assert!(sign.non_manuals.contains(&NonManual::Headshake));
    }
    assert!(!plan.signs[2].non_manuals.contains(&NonManual::Headshake));
}

#[test]
fn a_negated_word_without_a_sign_is_reported_and_nothing_else_negated() {
    let text = "ماكرون: لن نعترف بتغيير طفيف وجزئي في الحدود";
    let plan = plan(text);
    assert!(plan.notices.iter().any(|notice| notice.contains("نعترف")), "{:?}", plan.notices);
    let not = plan.signs.iter().find(|sign| sign.gloss == "لا").unwrap();
    assert_ne!(not.rule, "R6");
}

#[test]
fn questions_raise_or_lower_the_brows() {
    let yes_no = plan("هل تبدأ الانتخابات غدا؟");
    assert!(yes_no.signs.iter().all(|sign| sign.non_manuals.contains(&NonManual::YesNoQuestion)));
    assert!(reasons(&yes_no).contains("question-particle"));
    let content = plan("متى تبدأ الانتخابات البرلمانية؟");
    assert_eq!(content.signs.last().map(|sign| (sign.gloss.as_str(), sign.rule)), Some(("متى", "R8")));
    assert!(content.signs.iter().all(|sign| sign.non_manuals.contains(&NonManual::ContentQuestion)));
}

#[test]
fn a_condition_is_on_the_face_as_far_as_its_comma() {
    let marked = |text: &str| -> Vec<bool> {
        plan(text).signs.iter().map(|sign| sign.non_manuals.contains(&NonManual::Conditional)).collect()
    };
    assert_eq!(marked("إذا ارتفع سعر الخبز، تجتمع الحكومة"), [true, true, true, false, false, false]);
    assert_eq!(marked("إذا ارتفع السعر تجتمع الحكومة"), [true, true, false, false]);
    assert!(reasons(&plan("لو بدأت الحرب، تجتمع الحكومة")).contains("condition-particle"));
}

#[test]
fn places_draw_the_eyes_and_very_is_on_the_face() {
    let plan = plan("ارتفاع كبير جدا في حلب");
    let marks = |gloss: &str| {
        plan.signs
            .iter()
            .find(|sign| sign.gloss == gloss)
            .map(|sign| sign.non_manuals.clone())
            .unwrap_or_default()
    };
    assert!(marks("حلب").contains(&NonManual::Place));
    assert!(marks("كبير").contains(&NonManual::Intensity));
    assert!(reasons(&plan).contains("intensity"));
}

#[test]
fn a_ligature_is_a_letter_only_where_a_word_begins() {
    let keys = |text: &str| -> Vec<String> {
        let spelled = plan(text).signs.into_iter().filter(|sign| sign.kind == SignKind::Spelled);
        spelled.flat_map(|sign| sign.signs).map(|id| LEXICON.entry(id).gloss.clone()).collect()
    };
    assert_eq!(keys("سالم"), ["س", "ا", "ل", "م"]);
    assert_eq!(keys("بلال"), ["ب", "ل", "ا", "ل"]);
    assert_eq!(keys("لافروف").first().map(String::as_str), Some("لا"));
}

#[test]
fn what_happens_is_not_signed_as_what_is_signed() {
    assert_eq!(glosses(&plan("وقع الوزير اتفاقية")), "وقع وزير اتفاق");
    let happened = plan("وقع انفجار في حلب");
    assert!(happened.signs.iter().all(|sign| sign.kind != SignKind::Lexical || sign.gloss != "وقع"));
    let strong = plan("قوة الزلزال");
    assert!(strong.signs.iter().all(|sign| sign.gloss != "قوات"));
}

#[test]
fn percentages_points_and_degrees_are_never_dropped() {
    for (text, expected) in [
        ("ارتفع التضخم 12.5٪", "ارتفاع تضخم عشرة اثنان فاصلة خمسة بالمئة"),
        ("درجة الحرارة 35 درجة", "درجات الحرارة ثلاثون خمسة درجة"),
        ("الحرارة -3", "درجات الحرارة ناقص ثلاثة"),
    ] {
        let plan = plan(text);
        assert_eq!(glosses(&plan), expected);
        assert!(plan.omitted.is_empty());
    }
}

#[test]
fn a_speakers_words_are_marked_and_a_label_is_no_speaker() {
    let quote = plan("رئيس الحكومة: أسعار الخبز لن ترتفع");
    assert!(glosses(&quote).starts_with("رئيس الوزراء أعلن |"));
    assert!(!quote.signs[0].non_manuals.contains(&NonManual::QuotedSpeaker));
    assert!(quote.signs[3..].iter().all(|sign| sign.non_manuals.contains(&NonManual::QuotedSpeaker)));
    let label = plan("عاجل: انفجار في حمص");
    assert!(label.signs.iter().all(|sign| !sign.non_manuals.contains(&NonManual::QuotedSpeaker)));
}

#[test]
fn the_passives_auxiliary_is_dropped_and_the_future_said_once() {
    let passive = plan("تم افتتاح معمل جديد للأدوية");
    assert_eq!(glosses(&passive), "افتتاح شركة جديد دواء");
    assert_eq!(passive.signs[0].rule, "R10");
    assert!(glosses(&plan("الحكومة ستعلن القرار")).starts_with("سوف "));
    assert!(!glosses(&plan("الحكومة ستعلن القرار غدا")).contains("سوف"));
}

#[test]
fn duals_and_plurals_are_counted_once() {
    assert_eq!(glosses(&plan("افتتاح مشفيان")), "افتتاح مشفى اثنان");
    assert!(!glosses(&plan("3 سفارات")).contains("كثير"));
}

#[test]
fn names_are_spelled_without_their_article_and_clitics() {
    let plan = plan("الرئيس أحمد الشرع يستقبل وفدا لبنانيا");
    let spelled: Vec<_> = plan.signs.iter().filter(|sign| sign.kind == SignKind::Spelled).collect();
    assert_eq!(spelled.iter().map(|sign| sign.gloss.as_str()).collect::<Vec<_>>(), ["أحمد", "شرع"]);
    assert!(spelled.iter().all(|sign| sign.signs.len() == sign.gloss.chars().count()));
}

#[test]
fn words_that_look_like_others_with_clitics_stay_whole() {
    assert_eq!(glosses(&plan("رياح قوية")), "رياح قوية");
    assert!(!glosses(&plan("مدير عام الشركة")).contains("سنة"));
    assert!(glosses(&plan("منذ عام 2011")).contains("سنة"));
    assert!(!glosses(&plan("أحد المواطنين")).contains("الأحد"));
}

#[test]
fn too_much_spelling_is_said_and_only_names_are_spelled() {
    let plan = plan("ماكرون يناشد حزازير غرابيل زخاريف كشاكيل سوريا");
    assert!(plan.notices.iter().any(|notice| notice.contains("more than a third")));
    assert!(reasons(&plan).contains("too-much-spelling"));
    assert!(plan.signs.iter().any(|sign| sign.gloss == "ماكرون"));
    assert!(plan.signs.iter().all(|sign| sign.kind != SignKind::Spelled || sign.rule == "names"));
}

#[test]
fn practice_signs_do_not_go_on_air() {
    let on_air = PlannerConfig { on_air: true, ..PlannerConfig::default() };
    let plan = plan_with(on_air, "وزارة الصحة تعلن افتتاح 3 مشافي في حلب");
    assert!(plan.signs.iter().flat_map(|sign| &sign.provenance).all(|from| from.may_go_on_air()));
    assert!(reasons(&plan).contains("refused-on-air"));
    assert!(plan.notices.iter().any(|notice| notice.contains("practice")));
}

#[test]
fn each_rule_can_be_switched_off() {
    let text = "وزارة الصحة تعلن افتتاح 3 مشافي في حلب يوم الخميس";
    let off = PlannerConfig {
        time_first: false,
        place_early: false,
        number_after_noun: false,
        ..Default::default()
    };
    assert_eq!(glosses(&plan_with(off, text)), "وزارة الصحة أعلن افتتاح ثلاثة مشفى حلب الخميس");
    let off = PlannerConfig { negator_last: false, ..Default::default() };
    assert_eq!(glosses(&plan_with(off, "لن ترتفع أسعار الخبز")), "لا ارتفاع سعر خبز");
}

#[test]
fn punctuation_is_a_pause_and_never_a_sign_at_the_ends() {
    let plan = plan("؟!، حريق في حمص، هدنة؛ حرب ...");
    assert_eq!(glosses(&plan), "حمص حريق | هدنة | حرب");
    let pause = plan.signs.iter().find(|sign| sign.kind == SignKind::Pause).unwrap();
    assert!(pause.span.is_empty() && pause.signs.is_empty() && pause.pause_millis > 0);
}

#[test]
fn dates_times_money_and_percentages_are_numbers_in_place() {
    assert_eq!(glosses(&plan("هدنة في 25 آذار 2026")), "عشرون خمسة آذار اثنان ألف عشرون ستة هدنة");
    assert_eq!(glosses(&plan("مليون ونصف المليون دولار")), "دولار مليون خمسة مئة ألف");
    assert!(glosses(&plan("اجتماع الساعة العاشرة والنصف")).starts_with("ساعة عشرة ثلاثون"));
    assert!(glosses(&plan("ارتفاع الأسعار 15%")).starts_with("ارتفاع سعر عشرة خمسة"));
}

#[test]
fn bad_input_has_a_plan_and_a_reason() {
    for text in ["", "   \n", "🙂🙂", "\u{202E}\u{202D}", "\0\0", "؟", "www.example.com", "a1b2 ٣c"] {
        let plan = plan(text);
        assert!(plan.signs.iter().all(|sign| sign.kind != SignKind::Pause), "{text:?}");
    }
    assert!(reasons(&plan("BREAKING حريق")).contains("not-arabic"));
    assert!(reasons(&plan("🙂")).contains("emoji"));
    assert!(plan("").notices.iter().any(|notice| notice.contains("nothing")));
    assert_eq!(glosses(&plan(&format!("حر{}يق", "\u{064B}".repeat(500)))), "حريق");
    assert_eq!(glosses(&plan("\u{202E}حلب\u{202C}\0حمص")), "حلب حمص");
}

#[test]
fn a_text_that_is_too_long_is_cut_and_says_so() {
    let text = "انفجار في حلب ".repeat(8_000);
    let plan = plan(&text);
    assert!(plan.notices[0].contains("longer than"));
    assert!(plan.signs.len() < 2_000);
    assert_eq!(plan.text, text);
}

#[test]
fn our_headlines_are_mostly_signed_and_every_word_is_accounted_for() {
    let headlines: Vec<_> = include_str!("../../../tests/data/headlines.txt").lines().collect();
    assert!(headlines.len() >= 40);
    let mut signed = 0;
    let mut words = 0;
    for headline in headlines {
        let plan = plan(headline);
        signed += plan.coverage.signed_words;
        words += plan.coverage.content_words;
        assert!(!plan.signs.is_empty(), "{headline}");
        for token in crate::arabic::tokenise(headline) {
            if token.kind == crate::arabic::TokenKind::Word {
                let covers = |span: &std::ops::Range<usize>| {
                    span.start <= token.span.start && token.span.end <= span.end
                };
                let known = plan.signs.iter().any(|sign| covers(&sign.span))
                    || plan.omitted.iter().any(|omission| covers(&omission.span));
                assert!(known, "{} in {headline}", token.surface);
            }
        }
    }
    assert!(signed * 100 >= words * 65, "{signed} of {words} words are signed");
}

proptest! {
    #[test]
    fn any_text_plans_within_itself(
        text in prop_oneof![
            "\\PC{0,80}",
            "[\u{0600}-\u{06FF}\u{200B}-\u{206F}\u{FE70}-\u{FEFC} 0-9.,:;?!%$()\\-\n\0]{0,80}",
            prop::collection::vec(prop::sample::select(vec![
                "في", "حلب", "لا", "3", "أيام", "وبالوزارة", "هل", "؟", ":", "قال", "مليون", "ونصف", "الساعة", "تم", "س",
                "اليوم", "و", "بعد", "مجلس", "الأمن", "25", "آذار", "-", "ال", "عبد", "UN", "%", "\"", "سيعلن", "ماذا",
            ]), 0..20).prop_map(|words| words.join(" ")),
        ],
        on_air: bool,
        spell in prop::bool::weighted(0.3),
    ) {
        let config = PlannerConfig { on_air, spell, ..PlannerConfig::default() };
        let plan = plan_with(config.clone(), &text);
        for sign in &plan.signs {
            prop_assert!(text.get(sign.span.clone()).is_some());
            prop_assert_eq!(sign.kind == SignKind::Pause, sign.signs.is_empty());
            prop_assert_eq!(sign.kind == SignKind::Pause, sign.span.is_empty());
            prop_assert_eq!(sign.kind == SignKind::Pause, sign.provenance.is_none());
        }
        for omission in &plan.omitted {
            prop_assert_eq!(text.get(omission.span.clone()), Some(omission.word.as_str()));
        }
        prop_assert_eq!(
            plan.coverage.content_words >= plan.coverage.signed_words + plan.coverage.spelled_words, true
        );
        prop_assert_eq!(plan.clone(), plan_with(config, &text));
    }
}
