//! Movements of the notation: what a hand does in a stroke, as a function of time.
//!
//! A stroke is steps in sequence; a step is movements done together. Words:
//! - `hold`; `right 0.3`: straight; `arc right 0.3 up`: along an arc that bulges up
//! - `circle frontal 0.1`: once round, planes `frontal`, `level`, `side`, `-back` for the other way
//! - `zigzag down 0.3 right`: along a line, swinging across it
//! - `tap 0.1`: from the place back and onto it again, away from the body by that much
//! - `twist 40`, `nod 30`, `sway 25`: the hand turned to and fro, in degrees, about the forearm, up
//!   and down, sideways
//! - `wiggle`: the fingers flutter
//!
//! `x3` after a movement repeats it. Straight movements and arcs follow minimum jerk.

use super::error::suggestion;
use super::notation::parse_offset;
use super::orientation::direction;
use crate::body::Side;
use crate::body::maths::minimum_jerk;
use glam::{Quat, Vec3};
use std::f32::consts::{PI, TAU};

/// Movements done together, and how long they take.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// What is done together.
    pub(super) movements: Vec<Movement>,
    /// Natural length, seconds.
    pub(super) seconds: f32,
}

/// One movement and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Movement {
    kind: Kind,
    times: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Hold,
    Straight(Vec3),
    Arc { along: Vec3, bulge: Vec3 },
    Circle { first: Vec3, second: Vec3 },
    Zigzag { along: Vec3, across: Vec3 },
    Tap(f32),
    Twist(f32),
    Nod(f32),
    Sway(f32),
    Wiggle,
}

/// What a movement adds to where the hand was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// Added to the wrist.
    pub(super) offset: Vec3,
    /// Turns the hand in its own frame (fingers along −x of the right hand).
    pub(super) turn: Quat,
    /// Flexion added to each finger's knuckle, radians.
    pub(super) flutter: [f32; 4],
}

impl Change {
    pub(super) const NONE: Change = Change { offset: Vec3::ZERO, turn: Quat::IDENTITY, flutter: [0.0; 4] };

    /// Both at once.
    pub(super) fn and(self, other: Change) -> Change {
        let mut flutter = self.flutter;
        for (a, b) in flutter.iter_mut().zip(other.flutter) {
            *a += b;
        }
        Change { offset: self.offset + other.offset, turn: self.turn * other.turn, flutter }
    }
}

impl Step {
    /// What the step adds at `t` (0 to 1); `against` for the hand that alternates.
    pub(super) fn at(&self, t: f32, against: bool) -> Change {
        self.movements.iter().map(|movement| movement.at(t, against)).fold(Change::NONE, Change::and)
    }
}

impl Step {
    /// How often its strokes are made: the repetitions of its first movement that is a stroke.
    pub(super) fn repeats(&self) -> u8 {
        let stroke = |kind| matches!(kind, Kind::Straight(_) | Kind::Arc { .. });
        self.movements.iter().find(|movement| stroke(movement.kind)).map_or(1, |movement| movement.times)
    }
}

impl Movement {
    fn seconds(self) -> f32 {
        let times = f32::from(self.times);
        match self.kind {
            Kind::Hold => 0.35 * times,
            Kind::Straight(by) => (0.28 + 0.45 * by.length()) * (1.0 + 0.85 * (times - 1.0)),
            Kind::Arc { along, .. } => (0.32 + 0.45 * along.length()) * (1.0 + 0.85 * (times - 1.0)),
            Kind::Circle { first, .. } => 0.2 + (0.35 + first.length()) * times,
            Kind::Zigzag { along, .. } => 0.5 + 0.4 * along.length(),
            Kind::Tap(_) => 0.12 + 0.24 * times,
            Kind::Twist(_) | Kind::Nod(_) | Kind::Sway(_) => 0.12 + 0.26 * times,
            Kind::Wiggle => 0.6,
        }
    }

    fn at(self, t: f32, against: bool) -> Change {
        let t = t.clamp(0.0, 1.0);
        let moved = |offset| Change { offset, ..Change::NONE };
        let turned = |axis: Vec3, degrees: f32| {
            let side = if against { -1.0 } else { 1.0 };
            let angle = side * degrees.to_radians() * (TAU * f32::from(self.times) * steady(t)).sin();
            Change { turn: Quat::from_axis_angle(axis, angle), ..Change::NONE }
        };
        let there = strokes(t, self.times);
        let there = if against { 1.0 - there } else { there };
        match self.kind {
            Kind::Hold => Change::NONE,
            Kind::Straight(by) => moved(by * there),
            Kind::Arc { along, bulge } => moved(along * there + bulge * (PI * there).sin()),
            Kind::Circle { first, second } => {
                let angle = TAU * f32::from(self.times) * steady(t) + if against { PI } else { 0.0 };
                moved(first * (angle.cos() - 1.0) + second * angle.sin())
            }
            Kind::Zigzag { along, across } => {
                let swing = (TAU * f32::from(self.times) * steady(t)).sin();
                moved(along * steady(t) + across * if against { -swing } else { swing })
            }
            Kind::Tap(back) => {
                let phase = if against { PI } else { 0.0 };
                let off = 0.5 + 0.5 * (TAU * (f32::from(self.times) - 0.5) * steady(t) + phase).cos();
                moved(Vec3::Z * back * off)
            }
            Kind::Twist(degrees) => turned(Vec3::NEG_X, degrees),
            Kind::Nod(degrees) => turned(Vec3::NEG_Z, degrees),
            Kind::Sway(degrees) => turned(Vec3::Y, degrees),
            Kind::Wiggle => Change { flutter: flutter(t, self.times), ..Change::NONE },
        }
    }
}

/// Finger after finger, fading in and out so that the stroke begins and ends on its handshape.
fn flutter(t: f32, times: u8) -> [f32; 4] {
    let strength = 0.42 * (PI * t).sin().max(0.0).sqrt();
    [0.0, 1.0, 2.0, 3.0]
        .map(|finger| strength * (0.5 + 0.5 * (TAU * 2.0 * f32::from(times) * t - 1.3 * finger).sin()))
}

/// There, and back and there again for every repetition, each on minimum jerk.
pub(super) fn strokes(t: f32, times: u8) -> f32 {
    let legs = f32::from(times) * 2.0 - 1.0;
    let at = (t * legs).min(legs - f32::EPSILON);
    let leg = at.floor();
    let there = minimum_jerk(at - leg);
    if (leg as u32).is_multiple_of(2) { there } else { 1.0 - there }
}

/// Even progress with soft ends: speed rises over the first sixth and falls over the last.
fn steady(t: f32) -> f32 {
    const RAMP: f32 = 1.0 / 6.0;
    let rise = |u: f32| RAMP * (u * u * u - 0.5 * u * u * u * u);
    let whole = 1.0 - RAMP;
    if t < RAMP {
        rise(t / RAMP) / whole
    } else if t > 1.0 - RAMP {
        1.0 - rise((1.0 - t) / RAMP) / whole
    } else {
        (t - RAMP / 2.0) / whole
    }
}

/// Steps separated by commas.
pub(super) fn parse_steps(words: &str) -> Result<Vec<Step>, String> {
    words.split(',').map(|step| parse_step(step.trim())).collect()
}

fn parse_step(words: &str) -> Result<Step, String> {
    let movements: Vec<Movement> =
        words.split('+').map(|movement| parse_movement(movement.trim())).collect::<Result<_, _>>()?;
    let seconds = movements.iter().map(|movement| movement.seconds()).fold(0.0, f32::max);
    Ok(Step { movements, seconds })
}

const NAMES: [&str; 10] = [
    "hold",
    "arc",
    "circle",
    "zigzag",
    "tap",
    "twist",
    "nod",
    "sway",
    "wiggle",
    "a direction and a distance",
];

fn parse_movement(words: &str) -> Result<Movement, String> {
    let mut list: Vec<&str> = words.split_whitespace().collect();
    let times = match list.last().and_then(|last| last.strip_prefix('x')) {
        Some(count) => {
            list.pop();
            count
                .parse()
                .ok()
                .filter(|n| (1..=6).contains(n))
                .ok_or_else(|| format!("\"x{count}\" is not a number of times; expected x1 to x6"))?
        }
        None => 1,
    };
    let kind = match list.as_slice() {
        ["hold"] => Kind::Hold,
        ["wiggle"] => Kind::Wiggle,
        ["twist", degrees] => Kind::Twist(angle(degrees)?),
        ["nod", degrees] => Kind::Nod(angle(degrees)?),
        ["sway", degrees] => Kind::Sway(angle(degrees)?),
        ["tap"] => Kind::Tap(0.12),
        ["tap", back] => Kind::Tap(parse_offset(&format!("away {back}"), Side::Right)?.z),
        ["circle", plane, radius] => circle(plane, radius)?,
        ["arc", way, length, bulge] => {
            let along = parse_offset(&format!("{way} {length}"), Side::Right)?;
            let bulge = direction(bulge, Side::Right)? * along.length() * 0.45;
            Kind::Arc { along, bulge }
        }
        ["zigzag", way, length, across] => {
            let along = parse_offset(&format!("{way} {length}"), Side::Right)?;
            Kind::Zigzag { along, across: direction(across, Side::Right)? * 0.08 }
        }
        [_, _] => Kind::Straight(parse_offset(&list.join(" "), Side::Right).map_err(|error| {
            if NAMES.contains(&list[0]) { error } else { format!("{error} (in {words:?})") }
        })?),
        _ => {
            let first = list.first().copied().unwrap_or_default();
            return Err(format!("movement {words:?} is not known{}", suggestion(first, NAMES)));
        }
    };
    Ok(Movement { kind, times })
}

fn angle(text: &str) -> Result<f32, String> {
    let degrees: f32 = text.parse().map_err(|_| format!("{text:?} is not an angle in degrees"))?;
    if (1.0..=80.0).contains(&degrees) {
        Ok(degrees)
    } else {
        Err(format!("angle {text} is not between 1 and 80 degrees"))
    }
}

fn circle(plane: &str, radius: &str) -> Result<Kind, String> {
    const PLANES: [&str; 6] = ["frontal", "level", "side", "frontal-back", "level-back", "side-back"];
    let radius = parse_offset(&format!("up {radius}"), Side::Right)?.length();
    // The first is where the hand starts from, the second where it goes next.
    let (first, second) = match plane.trim_end_matches("-back") {
        "frontal" => (Vec3::Y, Vec3::NEG_X),
        "level" => (Vec3::Z, Vec3::NEG_X),
        "side" => (Vec3::Y, Vec3::Z),
        _ => return Err(format!("plane {plane:?} is not known{}", suggestion(plane, PLANES))),
    };
    let second = if plane.ends_with("-back") { -second } else { second };
    Ok(Kind::Circle { first: first * radius, second: second * radius })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(words: &str) -> Step {
        parse_steps(words).unwrap().remove(0)
    }

    #[test]
    fn a_repeated_stroke_ends_where_a_single_one_does() {
        for words in ["right 0.3", "right 0.3 x3", "arc right 0.3 up x2"] {
            let end = only(words).at(1.0, false).offset;
            assert!((end - Vec3::new(-0.3, 0.0, 0.0)).length() < 1e-4, "{words}: {end}");
            assert!(only(words).at(0.0, false).offset.length() < 1e-6, "{words}");
        }
    }

    #[test]
    fn circles_and_turns_end_where_they_began() {
        for words in ["circle frontal 0.1 x2", "circle side-back 0.2", "twist 40 x2", "nod 30", "sway 20 x3"]
        {
            let end = only(words).at(1.0, false);
            assert!(end.offset.length() < 1e-4, "{words}");
            assert!(end.turn.angle_between(Quat::IDENTITY) < 1e-3, "{words}");
        }
    }

    #[test]
    fn no_movement_jumps() {
        for words in
            ["right 0.5 x3", "circle level 0.2 x3", "zigzag down 0.4 right x3", "tap x3", "twist 60 x3"]
        {
            let step = only(words);
            let frames = (step.seconds * 60.0) as usize;
            for against in [false, true] {
                for frame in 0..frames {
                    let at = |f: usize| step.at(f as f32 / frames as f32, against);
                    let (a, b) = (at(frame), at(frame + 1));
                    assert!((a.offset - b.offset).length() < 0.09, "{words} frame {frame}");
                    assert!(a.turn.angle_between(b.turn) < 0.5, "{words} frame {frame}");
                }
            }
        }
    }

    #[test]
    fn taps_end_on_the_place() {
        assert!(only("tap x3").at(1.0, false).offset.length() < 1e-4);
        assert!(only("tap x3").at(0.0, false).offset.z > 0.1);
    }

    #[test]
    fn movements_that_are_not_known_name_the_nearest() {
        let wrong = |words| parse_steps(words).unwrap_err();
        assert!(
            wrong("circel frontal 0.1").contains("did you mean \"circle\""),
            "{}",
            wrong("circel frontal 0.1")
        );
        assert!(wrong("circle fontal 0.1").contains("did you mean \"frontal\""));
        assert!(wrong("rihgt 0.2").contains("did you mean \"right\""));
        assert!(wrong("right 0.2 x9").contains("x1 to x6"));
        assert!(wrong("twist 300").contains("between 1 and 80"));
    }
}
