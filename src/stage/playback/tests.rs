//! Playback, with utterances that are whole and such as grow.

use super::*;
use crate::body::Motion;
use crate::interpreter::{Blend, Coverage, Plan};
use crate::lexicon::TrainedOn;
use proptest::prelude::*;

/// An utterance of that many frames at 60 a second, that signs nothing.
pub(crate) fn utterance(text: &str, frames: usize) -> Arc<Utterance> {
    let coverage = Coverage { content_words: 0, signed_words: 0, spelled_words: 0 };
    let plan = Plan { text: text.into(), signs: vec![], omitted: vec![], coverage, notices: vec![] };
    let motion = Motion { fps: Motion::FPS, frames: vec![Articulation::neutral(); frames] };
    Arc::new(Utterance { plan: Arc::new(plan), motion: Arc::new(motion), spans: vec![], blended: Vec::new() })
}

#[test]
fn headlines_are_signed_in_the_order_they_came_with_a_gap_between() {
    let mut playback = Playback::default();
    playback.push(utterance("a", 60));
    playback.push(utterance("b", 60));
    assert_eq!(playback.current().map(|u| u.plan.text.as_str()), Some("a"));
    playback.advance(1.1);
    assert!(playback.current().is_none());
    playback.advance(0.71);
    assert_eq!(playback.current().map(|u| u.plan.text.as_str()), Some("b"));
    playback.advance(1.0);
    assert!(playback.is_idle());
}

#[test]
fn what_remains_is_what_passes_until_all_is_signed() {
    let mut playback = Playback::default();
    playback.set_speed(0.5);
    for text in ["a", "b", "c"] {
        playback.push(utterance(text, 90));
    }
    let mut left = playback.remaining();
    assert!((left - (9.0 + 1.6)).abs() < 1e-6);
    while left > 0.011 {
        assert!(!playback.is_idle());
        playback.advance(0.01);
        left -= 0.01;
        assert!((playback.remaining() - left).abs() < 1e-6);
    }
    playback.advance(0.02);
    assert!(playback.is_idle());
}

#[test]
fn half_speed_takes_twice_as_long() {
    let mut playback = Playback::default();
    playback.set_speed(0.5);
    playback.push(utterance("a", 60));
    playback.advance(1.9);
    assert!(playback.current().is_some());
    playback.advance(0.2);
    assert!(playback.is_idle());
}

#[test]
fn time_stands_still_while_paused_and_steps_move_single_frames() {
    let mut playback = Playback::default();
    playback.push(utterance("a", 60));
    playback.advance(0.5);
    playback.step(-3);
    playback.advance(10.0);
    assert!((playback.seconds() - 0.45).abs() < 1e-9);
    playback.step(1000);
    assert_eq!(playback.seconds(), 1.0);
}

#[test]
fn the_last_headline_can_be_replayed_and_looped() {
    let mut playback = Playback::default();
    playback.push(utterance("a", 60));
    playback.advance(1.5);
    assert!(playback.is_idle());
    playback.replay();
    playback.looped = true;
    playback.advance(5.0);
    assert_eq!(playback.current().map(|u| u.plan.text.as_str()), Some("a"));
    playback.clear();
    assert!(playback.is_idle());
}

#[test]
fn nonsense_speeds_and_places_are_brought_within_bounds() {
    let mut playback = Playback::default();
    playback.push(utterance("a", 60));
    playback.set_speed(f64::NAN);
    assert_eq!(playback.speed(), 1.0);
    playback.set_speed(1e9);
    assert_eq!(playback.speed(), 2.0);
    playback.seek(f64::INFINITY);
    assert_eq!(playback.seconds(), 0.0);
    playback.seek(-3.0);
    assert_eq!(playback.seconds(), 0.0);
}

#[test]
fn an_empty_motion_ends_at_once() {
    let mut playback = Playback::default();
    playback.push(utterance("a", 0));
    let _ = playback.articulation();
    playback.advance(0.01);
    assert!(playback.current().is_none());
}

/// An utterance in which the right wrist goes up steadily, one shoulder width a second.
fn rising(frames: usize) -> Arc<Utterance> {
    let mut rising = Utterance::clone(&utterance("a", frames));
    let motion = Arc::make_mut(&mut rising.motion);
    for (i, frame) in motion.frames.iter_mut().enumerate() {
        frame.arms[1].wrist.y = -1.0 + i as f32 / Motion::FPS;
    }
    Arc::new(rising)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn however_late_its_rest_comes_a_headline_goes_on_without_a_jump(
        delays in prop::collection::vec((0..150u32, 10..90usize), 1..6), begun in 20..80usize, speed in 0.25..2.0f64,
    ) {
        const STEP: f64 = 1.0 / 60.0;
        let mut playback = Playback::default();
        playback.set_speed(speed);
        let mut frames = begun;
        playback.begin(rising(frames));
        let mut flow: Option<f64> = None;
        let mut pose = None;
        let mut pictures = delays.iter().flat_map(|&(pictures, more)| {
            std::iter::repeat_n(0, pictures as usize).chain([more])
        });
        for picture in 0..4000 {
            match pictures.next() {
                Some(0) => {}
                Some(more) => {
                    frames += more;
                    playback.extend(rising(frames), false);
                }
                None => playback.extend(rising(frames), true),
            }
            let before = playback.seconds();
            playback.advance(STEP);
            let Some(current) = playback.current() else { return Ok(()) };
            let strode = playback.seconds() - before;
            prop_assert!((0.0..=STEP * speed + 1e-9).contains(&strode));
            if playback.is_unfinished() {
                prop_assert!(playback.seconds() <= (f64::from(current.motion.duration()) - MARGIN_SECONDS).max(0.0) + 1e-9);
            }
            // A twelfth of the speed at most is lost or won from picture to picture.
            let now = strode / (STEP * speed);
            if let Some(flow) = flow.replace(now) {
                prop_assert!((now - flow).abs() < 0.084, "{flow} then {now} at {picture}");
            }
            let shown = playback.articulation();
            if let Some(before) = pose.replace(shown.clone()) {
                let moved = before.arms[1].wrist.distance(shown.arms[1].wrist);
                prop_assert!(before.torso.angle_between(shown.torso) < 0.004);
                // As fast as the motion is, and what the blend from idling adds.
                prop_assert!(playback.seconds() < BLEND_SECONDS + 0.1 || moved <= (STEP * speed) as f32 + 1e-4);
            }
        }
        prop_assert!(false, "it never ended");
    }

    #[test]
    fn what_comes_in_time_is_signed_as_if_it_had_been_there(
        parts in prop::collection::vec(30..90usize, 0..6), begun in 40..80usize, speed in 0.25..2.0f64,
    ) {
        let mut frames = begun + parts.iter().sum::<usize>();
        let mut at_once = Playback::default();
        at_once.push(rising(frames));
        let mut streamed = Playback::default();
        frames = begun;
        streamed.begin(rising(frames));
        at_once.set_speed(speed);
        streamed.set_speed(speed);
        let mut parts = parts.into_iter();
        while at_once.current().is_some() {
            match parts.next() {
                Some(more) => {
                    frames += more;
                    streamed.extend(rising(frames), false);
                }
                None => streamed.extend(rising(frames), true),
            }
            prop_assert_eq!(at_once.seconds(), streamed.seconds());
            prop_assert_eq!(at_once.articulation(), streamed.articulation());
            at_once.advance(0.013);
            streamed.advance(0.013);
        }
        prop_assert!(streamed.is_idle());
    }
}

#[test]
fn a_signer_who_waits_for_the_rest_breathes_and_never_ends() {
    let mut playback = Playback::default();
    playback.begin(rising(120));
    playback.looped = true;
    (0..300).for_each(|_| playback.advance(1.0 / 60.0));
    let held = playback.articulation();
    playback.advance(1.0);
    let later = playback.articulation();
    assert!(held.arms[1].wrist.distance(later.arms[1].wrist) < 1e-5);
    assert!(held.torso.angle_between(later.torso) > 1e-3);
    assert!(playback.current().is_some() && playback.seconds() < 1.86);
    playback.looped = false;
    playback.extend(rising(180), true);
    (0..180).for_each(|_| playback.advance(1.0 / 60.0));
    assert!(playback.is_idle());
    playback.replay();
    assert_eq!(playback.duration(), 3.0, "the whole of it can be seen again");
}

#[test]
fn what_is_cleared_or_abandoned_comes_no_more() {
    for clear in [Playback::clear, Playback::abandon] {
        let mut playback = Playback::default();
        playback.push(utterance("a", 10));
        playback.begin(utterance("b", 30));
        clear(&mut playback);
        playback.extend(utterance("b", 90), true);
        playback.advance(2.0);
        assert!(playback.is_idle());
        playback.replay();
        assert!((playback.duration() - 10.0 / 60.0).abs() < 1e-6);
    }
}

#[test]
fn an_invented_way_is_marked_as_long_as_any_of_it_is_shown() {
    let way = |trained_on| Provenance::Generated { model: "t2m-gpt".into(), seed: 0, trained_on };
    let signed = |trained_on| {
        let mut utterance = Utterance::clone(&utterance("a", 300));
        let (frames, provenance) = (60..200, way(trained_on));
        utterance.blended = vec![Blend { frames, provenance, share_percent: 50 }];
        let span = |frames| SignSpan { sign: 0, part: 0, frames, provenance: None, passed_over: vec![] };
        utterance.spans = vec![span(20..60), span(200..260)];
        Arc::new(utterance)
    };
    for speed in [0.25, 1.0, 2.0] {
        let mut playback = Playback::default();
        playback.set_speed(speed);
        playback.push(signed(TrainedOn::Practice));
        while playback.seconds() < 4.5 {
            // Between frames 59 and 60 both are shown.
            let frame = playback.seconds() * 60.0;
            let is_shown = frame > 59.01 && frame < 199.99;
            let is_hidden = !(58.99..=200.01).contains(&frame);
            let marked = playback.shown_from().is_some_and(Provenance::is_practice);
            assert!((marked || !is_shown) && (!marked || !is_hidden), "frame {frame}: {marked}");
            playback.advance(0.004);
        }
    }
    let mut playback = Playback::default();
    playback.push(signed(TrainedOn::Recorded { language: "ssy".into() }));
    playback.seek(2.0);
    assert_eq!(playback.shown_from(), None, "what learnt from signers needs no such mark");
}
