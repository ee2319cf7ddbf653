//! What holds for every stitched motion, tried on random clips.

use super::*;
use crate::body::{
    Arm, Articulation, FingerAngles, HandShape, Joints, Place, Side, Skeleton, ThumbAngles, body_clearance,
};
use glam::{EulerRot, Quat, Vec3};
use proptest::prelude::*;

/// A wrist that an arm reaches and whose hand is outside the body, or none.
fn arm_at(side: Side, arm: Arm) -> Option<Arm> {
    let clear = obstacles::hand_clearance(&obstacles::hand_points(side, &arm));
    let reach = arm.wrist.distance(Vec3::X * (0.5 * side.sign()));
    (clear > 0.01 && (0.45..1.45).contains(&reach)).then_some(arm)
}

fn shape() -> impl Strategy<Value = HandShape> {
    (prop::collection::vec((0.0..90.0f32, 0.0..100.0f32), 4), 0.0..50.0f32).prop_map(|(fingers, thumb)| {
        let mut shape = HandShape::FLAT;
        for (finger, (mcp, pip)) in shape.fingers.iter_mut().zip(fingers) {
            *finger = FingerAngles::from_degrees(mcp, 0.0, pip, pip * 0.6);
        }
        shape.thumb = ThumbAngles::from_degrees(thumb, 10.0, thumb * 0.5, 10.0);
        shape
    })
}

/// A hand somewhere in the signing space, its palm turned as wrists can: up to 70° off from pointing
/// away from the elbow.
fn arm(side: Side) -> impl Strategy<Value = Arm> {
    let place = (-0.5..0.9f32, -0.9..0.8f32, 0.3..1.1f32);
    let bend = (-0.8..0.8f32, -0.8..0.8f32, -1.2..1.2f32);
    (place, bend, shape()).prop_filter_map(
        "outside the body, within reach",
        move |((x, y, z), bend, shape)| {
            let wrist = Vec3::new(x * side.sign(), y, z);
            let state = forearm::ArmState {
                wrist,
                swivel: 0.3,
                bend: Vec3::new(0.0, bend.0, bend.1),
                turn: bend.2,
                shape,
            };
            arm_at(side, state.arm(side))
        },
    )
}

/// A clip: one or two arms hold, or move a little, for 0.1 to 0.8 seconds, outside the body.
fn clip() -> impl Strategy<Value = Arc<Motion>> {
    let drift = (-0.3..0.3f32, -0.2..0.2f32, 0.0..0.3f32);
    (arm(Side::Right), arm(Side::Left), any::<bool>(), drift, 6..48usize).prop_filter_map(
        "outside the body all the time",
        |(right, left, both, drift, count)| {
            let mut frames = vec![Articulation::neutral(); count];
            for (i, frame) in frames.iter_mut().enumerate() {
                let t = (i as f32 / count as f32 * std::f32::consts::PI).sin();
                frame.arms[1] = right;
                frame.arms[1].wrist += Vec3::from(drift) * Vec3::new(-1.0, 1.0, 1.0) * 0.4 * t;
                if both {
                    frame.arms[0] = left;
                }
            }
            let clear = |frame: &Articulation| arm_at(Side::Right, frame.arms[1]).is_some();
            frames.iter().all(clear).then(|| Arc::new(Motion { fps: 60.0, frames }))
        },
    )
}

fn item() -> impl Strategy<Value = Item> {
    let marks = prop::sample::subsequence(
        vec![
            NonManual::Topic,
            NonManual::YesNoQuestion,
            NonManual::Headshake,
            NonManual::Nod,
            NonManual::QuotedSpeaker,
        ],
        0..3,
    );
    let kind = prop_oneof![
        4 => Just(SignKind::Lexical), 1 => Just(SignKind::Number), 2 => Just(SignKind::Spelled),
        1 => Just(SignKind::Pause),
    ];
    (kind, prop::collection::vec((0..3u32, clip()), 4), marks, 100..1200u32).prop_map(
        |(kind, clips, non_manuals, pause_millis)| {
            let count = match kind {
                SignKind::Pause => 0,
                SignKind::Spelled => 4,
                SignKind::Lexical | SignKind::Number => 1,
            };
            let clips = clips.into_iter().take(count);
            let clips = clips.map(|(sign, motion)| Clip { sign: SignId(sign), motion }).collect();
            Item { kind, clips, pause_millis, non_manuals, mouthing: None }
        },
    )
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(item(), 0..7)
}

/// The same item before any of its motion is there.
fn without_motion(mut item: Item) -> Item {
    for clip in &mut item.clips {
        clip.motion = Arc::new(Motion { fps: Motion::FPS, frames: vec![] });
    }
    item
}

fn bits(pose: &Articulation) -> String {
    format!("{pose:?}")
}

fn joints(stitched: &Stitched) -> Vec<Joints> {
    stitched.motion.frames.iter().map(|frame| Skeleton::reference().joints(frame)).collect()
}

/// Whether a frame is of a sign itself and not of a transition.
fn in_span(stitched: &Stitched, frame: usize) -> bool {
    stitched.spans.iter().any(|span| span.frames.contains(&frame))
}

/// What an arm may do of its own (5.7 shoulder widths a second), and what trunk and head may add to it
/// where it goes with them (2.7), in a frame of a sixtieth.
const MOST_A_FRAME: f32 = 0.14;
/// Hands brush the reference body by no more than this, shoulder widths; on an avatar its own skin
/// decides.
const DEEPEST: f32 = 0.05;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn nothing_jumps(items in items()) {
        let stitched = stitch(&items, Pace::new(1.0), 1);
        let joints = joints(&stitched);
        for (i, pair) in joints.windows(2).enumerate() {
            for side in Side::BOTH {
                let step = pair[0].wrist(side).distance(pair[1].wrist(side));
                prop_assert!(step < MOST_A_FRAME, "wrist moves {step} at frame {i} of {:?}", stitched.spans);
                let frames = &stitched.motion.frames[i..i + 2];
                let turn = frames[0].arm(side).palm.angle_between(frames[1].arm(side).palm);
                prop_assert!(turn < 0.40, "palm turns {turn} at frame {i} of {:?}", stitched.spans);
                for (a, b) in frames[0].arm(side).shape.fingers.iter().zip(&frames[1].arm(side).shape.fingers) {
                    prop_assert!((a.pip - b.pip).abs() < 0.42 && (a.mcp - b.mcp).abs() < 0.42);
                }
            }
        }
    }

    #[test]
    fn hands_stay_out_of_the_body(items in items()) {
        let stitched = stitch(&items, Pace::new(1.0), 2);
        for (i, joints) in joints(&stitched).iter().enumerate() {
            for side in Side::BOTH {
                for (k, point) in joints.hands[side as usize].iter().enumerate() {
                    let clear = body_clearance(joints.chest.inverse_point(*point));
                    let arm = stitched.motion.frames[i].arm(side);
                    prop_assert!(clear > -DEEPEST, "{clear} at frame {i}, {side:?} {k} {arm:?}, {point}, {:?}", stitched.spans);
                }
            }
        }
    }

    #[test]
    fn joints_stay_within_their_limits(items in items(), speed in 0.25..2.0f32) {
        let stitched = stitch(&items, Pace::new(speed), 3);
        for frame in &stitched.motion.frames {
            for arm in &frame.arms {
                prop_assert!(arm.wrist.is_finite() && (arm.palm.length() - 1.0).abs() < 1e-4);
                let clamped = arm.shape.clamped();
                for (a, b) in arm.shape.fingers.iter().zip(&clamped.fingers) {
                    prop_assert!((a.mcp - b.mcp).abs() + (a.pip - b.pip).abs() + (a.dip - b.dip).abs() < 1e-4);
                }
            }
            prop_assert!(frame.face.0.iter().all(|w| (0.0..=1.0).contains(w)));
        }
    }

    #[test]
    fn spans_are_in_order_and_every_clip_has_one(items in items(), speed in 0.25..2.0f32) {
        let stitched = stitch(&items, Pace::new(speed), 4);
        let mut at = 0;
        for span in &stitched.spans {
            prop_assert!(span.frames.start >= at && span.frames.end >= span.frames.start);
            at = span.frames.end;
        }
        prop_assert!(at <= stitched.motion.frames.len());
        for (i, item) in items.iter().enumerate() {
            for part in 0..item.clips.len() {
                let count = stitched.spans.iter().filter(|s| (s.item, s.part) == (i, part)).count();
                prop_assert_eq!(count, 1);
            }
        }
    }

    #[test]
    fn it_begins_and_ends_at_rest(items in items(), speed in 0.25..2.0f32) {
        let stitched = stitch(&items, Pace::new(speed), 5);
        for frame in [stitched.motion.frames.first(), stitched.motion.frames.last()] {
            let frame = frame.expect("at least one frame");
            prop_assert_eq!(&frame.arms, &rest().arms);
            prop_assert!(frame.head.angle_between(Quat::IDENTITY) < 0.02);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bits(items in items(), seed in any::<u64>()) {
        let [a, b] = [(); 2].map(|()| stitch(&items, Pace::new(1.3), seed));
        prop_assert_eq!(format!("{:?}", a.motion), format!("{:?}", b.motion));
    }

    #[test]
    fn what_is_settled_stays_whatever_comes_after_it(
        items in items(), missing in prop::collection::vec(prop::bool::weighted(0.2), 7), speed in 0.25..2.0f32,
    ) {
        let pace = Pace::new(speed);
        let items: Vec<Item> = items
            .into_iter()
            .zip(missing)
            .map(|(item, missing)| if missing { without_motion(item) } else { item })
            .map(|item| Item { mouthing: Some("مدرسة".into()), ..item })
            .collect();
        let whole = stitch(&items, pace, 7);
        let mut before = 0;
        for known in 1..=items.len() {
            let later = items.iter().skip(known).cloned().map(without_motion);
            let part = stitch(&items.iter().take(known).cloned().chain(later).collect::<Vec<_>>(), pace, 7);
            prop_assert!(part.settled >= before, "{} after {before}", part.settled);
            before = part.settled;
            prop_assert!(part.settled <= whole.motion.frames.len());
            for i in 0..part.settled {
                let (a, b) = (&part.motion.frames[i], &whole.motion.frames[i]);
                prop_assert!(bits(a) == bits(b), "frame {i} of {}, {known} known: {a:?} {b:?}", part.settled);
            }
            let begun = |of: &Stitched| {
                let begun = |span: &&Span| span.frames.start < part.settled;
                of.spans.iter().filter(begun).cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(begun(&part), begun(&whole));
            // Behind what is known by less than a sign and a transition.
            if let Some(last) = part.spans.iter().rfind(|span| !items[span.item].clips.is_empty()) {
                let behind = last.frames.end - part.settled;
                prop_assert!(behind as f32 / Motion::FPS < (0.5 / speed).max(0.4), "{behind}");
            }
        }
    }

    #[test]
    fn faster_is_shorter(items in items()) {
        let length = |speed| stitch(&items, Pace::new(speed), 6).motion.frames.len();
        let lengths = [0.25, 0.5, 1.0, 1.5, 2.0].map(length);
        prop_assert!(lengths.windows(2).all(|pair| pair[0] >= pair[1]), "{lengths:?}");
    }
}

/// A hand at a place, its palm toward the viewer.
fn at_place(place: Place, shape: HandShape) -> Arc<Motion> {
    let mut pose = Articulation::neutral();
    let palm = Quat::from_euler(EulerRot::ZXY, -1.5, 0.0, -1.4);
    pose.arms[1] = Arm { wrist: place.position() + Vec3::new(-0.25, -0.25, 0.25), palm, swivel: 0.4, shape };
    Arc::new(Motion { fps: 60.0, frames: vec![pose; 24] })
}

#[test]
fn a_doubled_letter_slides_without_letting_go() {
    let letter = Clip { sign: SignId(5), motion: at_place(Place::RightShoulder, HandShape::FLAT) };
    let item = Item {
        kind: SignKind::Spelled,
        clips: vec![letter.clone(), letter],
        pause_millis: 0,
        non_manuals: vec![],
        mouthing: None,
    };
    let stitched = stitch(&[item], Pace::new(1.0), 0);
    let [first, second] = &stitched.spans[..] else { panic!("two letters: {:?}", stitched.spans) };
    assert_eq!(first.frames.end, second.frames.start);
    let wrist = |frame: usize| stitched.motion.frames[frame].arm(Side::Right).wrist;
    let slid = wrist(second.frames.end - 1).x - wrist(first.frames.end - 1).x;
    assert!((-0.14..-0.1).contains(&slid), "{slid}");
}

#[test]
fn letters_take_six_to_nine_tenths_of_a_second() {
    let clips = (0..6).map(|i| {
        let mut shape = HandShape::FLAT;
        shape.fingers[i as usize % 4] = FingerAngles::from_degrees(80.0, 0.0, 90.0, 50.0);
        Clip { sign: SignId(i), motion: at_place(Place::RightShoulder, shape) }
    });
    let item = Item {
        kind: SignKind::Spelled,
        clips: clips.collect(),
        pause_millis: 0,
        non_manuals: vec![],
        mouthing: None,
    };
    let stitched = stitch(&[item], Pace::new(1.0), 0);
    for pair in stitched.spans.windows(2) {
        let seconds = (pair[1].frames.start - pair[0].frames.start) as f32 / 60.0;
        assert!((0.5..0.9).contains(&seconds), "{seconds}");
        assert!(!in_span(&stitched, pair[0].frames.end));
    }
}

#[test]
fn the_handshape_is_there_before_the_hand() {
    let fist =
        HandShape { fingers: [FingerAngles::from_degrees(85.0, 0.0, 95.0, 60.0); 4], ..HandShape::FLAT };
    let item = |place, shape| Item {
        kind: SignKind::Lexical,
        clips: vec![Clip { sign: SignId(0), motion: at_place(place, shape) }],
        pause_millis: 0,
        non_manuals: vec![],
        mouthing: None,
    };
    let items = [item(Place::Belly, HandShape::FLAT), item(Place::Chin, fist)];
    let stitched = stitch(&items, Pace::new(1.0), 0);
    let gap = stitched.spans[0].frames.end..stitched.spans[1].frames.start;
    let late = gap.start + gap.len() * 2 / 3;
    let shape = stitched.motion.frames[late].arm(Side::Right).shape;
    assert!((shape.fingers[1].pip - fist.fingers[1].pip).abs() < 0.05, "{shape:?}");
}

#[test]
fn an_idle_hand_stays_at_rest_and_hangs_where_it_is_long() {
    let item = |shape| Item {
        kind: SignKind::Lexical,
        clips: vec![Clip { sign: SignId(0), motion: at_place(Place::Chest, shape) }],
        pause_millis: 0,
        non_manuals: vec![],
        mouthing: None,
    };
    let lefts = |count: usize| -> Vec<Arm> {
        let items: Vec<Item> = (0..count)
            .map(|i| item(if i % 2 == 0 { HandShape::FLAT } else { HandShape::relaxed() }))
            .collect();
        let frames = stitch(&items, Pace::new(1.0), 0).motion.frames;
        frames.iter().map(|frame| *frame.arm(Side::Left)).collect()
    };
    assert!(lefts(2).iter().all(|left| left == rest().arm(Side::Left)));
    let long = lefts(12);
    assert_eq!(long[long.len() / 2], Arm::relaxed(Side::Left));
    assert_eq!(long.last(), Some(rest().arm(Side::Left)));
}
