//! A frame at a time: what is read from one frame, and the solver for streams.

use super::arm::solve_arm;
use super::face::FaceSolver;
use super::frame::Frame;
use super::hand::{Points, solve_hand};
use super::repair::Stream;
use super::smooth::OneEuro;
use super::trunk::solve_trunk;
use super::{Calibration, RetargetError};
use crate::body::skeleton as kinematics;
use crate::body::{self as humanoid, Articulation, FaceWeights, Hand, HandShape, Hull, Side};
use glam::{Quat, Vec3};

/// What one frame shows; None for what it does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) torso: Option<Quat>,
    pub(crate) head: Option<Quat>,
    pub(crate) shrug: [Option<f32>; 2],
    /// Wrists in the chest frame.
    pub(crate) wrists: [Option<Vec3>; 2],
    pub(crate) swivels: [Option<f32>; 2],
    /// `chest_from_hand` and fingers.
    pub(crate) hands: [Option<(Quat, HandShape)>; 2],
    pub(crate) face: Option<FaceWeights>,
    /// Finger angles that were more than 10° beyond their limits.
    pub(crate) clamped: usize,
}

/// A wrist farther than this is a mistake, shoulder widths.
const FARTHEST: f32 = 10.0;

/// How far a shoulder drops and rises, shoulder widths.
pub(crate) const SHRUG: [f32; 2] = [-0.1, 0.25];

/// Reads a frame.
pub(crate) fn read_frame(frame: &Frame, calibration: &Calibration, face: &FaceSolver) -> Reading {
    let mut reading = Reading { face: face.solve(frame, calibration), ..Reading::default() };
    let Some(trunk) = solve_trunk(frame, calibration) else { return reading };
    reading.torso = Some(trunk.chest.rotation);
    reading.head = trunk.head;
    for side in Side::BOTH {
        let s = side as usize;
        let arm = solve_arm(side, frame, &trunk, calibration);
        if let Some(arm) = arm.filter(|arm| arm.wrist.length() < FARTHEST) {
            reading.wrists[s] = Some(arm.wrist);
            reading.swivels[s] = arm.swivel;
            reading.shrug[s] = Some(kinematics::shrug_of(trunk.lift[s], arm.wrist).clamp(SHRUG[0], SHRUG[1]));
        }
        let points = frame.hands[s].map(|points| with_depth(side, &points, calibration));
        let quality = match calibration.depth_is_measured {
            true => Points::Exact,
            false => Points::Seen { scale: calibration.hand_scale[s] },
        };
        if let Some(hand) = points.and_then(|points| solve_hand(side, &points, quality)) {
            let palm = trunk.chest.rotation.inverse() * hand.rotation;
            reading.hands[s] = Some((palm, hand.shape));
            reading.clamped += hand.clamped;
            if let Some(wrist) = reading.wrists[s].as_mut().filter(|_| !calibration.depth_is_measured) {
                let head = kinematics::chest_from_head(trunk.head.unwrap_or(Quat::IDENTITY));
                let points = Hand::REFERENCE.points(side, &hand.shape).map(|p| palm * p);
                wrist.z += before_the_body(*wrist, &points, &head);
            }
        }
    }
    reading
}

/// A hand's points with the depth that its bones' lengths ask for, from its own wrist.
///
/// Depth is scaled by the recording's gain; where a bone is then still shorter than it is, it is
/// turned half way to the depth that would make it whole, to the side that the guess says.
pub(crate) fn with_depth(side: Side, points: &[Vec3; 21], calibration: &Calibration) -> [Vec3; 21] {
    if calibration.depth_is_measured {
        return *points;
    }
    let hand = &Hand::REFERENCE;
    let scale = calibration.hand_scale[side as usize];
    let mut fixed = [Vec3::ZERO; 21];
    let mut place = |from: usize, to: usize, length: f32| {
        let seen = (points[to] - points[from]) * Vec3::new(1.0, 1.0, calibration.hand_depth);
        let whole = length * scale;
        let hidden = (whole * whole - seen.truncate().length_squared()).max(0.0).sqrt();
        let guess =
            if seen.z.abs() > 0.1 * whole { 0.5 * (seen.z + hidden.copysign(seen.z)) } else { seen.z };
        fixed[to] = fixed[from] + seen.truncate().extend(guess);
    };
    place(0, 1, hand.thumb_root.length());
    for (i, &length) in hand.thumb.iter().enumerate() {
        place(1 + i, 2 + i, length);
    }
    for (finger, lengths) in hand.fingers.iter().enumerate() {
        let first = 5 + 4 * finger;
        place(0, first, hand.knuckles[finger].length());
        for (i, &length) in lengths.iter().enumerate() {
            place(first + i, first + i + 1, length);
        }
    }
    fixed
}

/// A hand's points are so far within its skin, shoulder widths.
const FINGER_HALF: f32 = 0.02;
/// The farthest that a hand's guessed depth is corrected.
const FARTHEST_FORWARD: f32 = 0.6;

/// How far forward a hand must go to be before the body that the camera saw it before: where a guessed
/// depth lies within the body, the hand touches it.
fn before_the_body(wrist: Vec3, points: &[Vec3; 21], head: &humanoid::Frame) -> f32 {
    let hull = Hull::reference();
    let depth = |forward: f32| {
        let at = wrist + Vec3::Z * forward;
        let clearances = points.iter().map(|point| hull.probe(at + *point, head).clearance);
        FINGER_HALF - clearances.fold(f32::INFINITY, f32::min)
    };
    let mut forward = 0.0;
    for _ in 0..12 {
        let inside = depth(forward);
        if inside < 1e-3 || forward > FARTHEST_FORWARD {
            break;
        }
        forward += inside;
    }
    forward.min(FARTHEST_FORWARD)
}

/// How long a hand that is lost keeps what it did, seconds; then it eases to rest.
const HOLD_SECONDS: f32 = 0.24;
/// How long easing to rest takes, seconds.
const EASE_SECONDS: f32 = 0.3;

/// Reads a stream of frames, a frame at a time, without looking ahead.
#[derive(Clone, Debug)]
pub struct Solver {
    calibration: Calibration,
    face: FaceSolver,
    stream: Stream,
    filter: OneEuro,
    seconds: f32,
    last: Articulation,
    unseen_seconds: [f32; 2],
}

impl Solver {
    /// For a stream of `fps` frames a second, with a calibration measured on some of it.
    ///
    /// # Errors
    /// [`RetargetError::Rate`] for a rate that is none.
    pub fn new(calibration: Calibration, fps: f32) -> Result<Self, RetargetError> {
        if !(1.0..=1000.0).contains(&fps) {
            return Err(RetargetError::Rate(fps));
        }
        Ok(Self {
            calibration,
            face: FaceSolver::new(),
            stream: Stream::default(),
            filter: OneEuro::new(fps),
            seconds: 1.0 / fps,
            last: Articulation::neutral(),
            unseen_seconds: [f32::INFINITY; 2],
        })
    }

    /// Reads a frame. What it does not show stays as it was for a moment, then eases to rest.
    pub fn solve(&mut self, frame: &Frame) -> Articulation {
        let raw = self.read(frame);
        self.filter.filter(&raw)
    }

    /// Reads a frame without smoothing.
    pub fn read(&mut self, frame: &Frame) -> Articulation {
        let frame = self.stream.mend(frame, self.seconds);
        let reading = read_frame(&frame, &self.calibration, &self.face);
        let rest = Articulation::neutral();
        let ease = (self.seconds / EASE_SECONDS).min(1.0);
        let pose = &mut self.last;
        pose.torso = reading.torso.unwrap_or(pose.torso);
        pose.head = reading.head.unwrap_or(pose.head);
        pose.face = reading.face.unwrap_or(pose.face);
        for side in Side::BOTH {
            let s = side as usize;
            let arm = &mut pose.arms[s];
            pose.shrug[s] = reading.shrug[s].unwrap_or(pose.shrug[s]);
            arm.swivel = reading.swivels[s].unwrap_or(arm.swivel);
            match reading.wrists[s] {
                Some(wrist) => arm.wrist = wrist,
                None => arm.wrist = arm.wrist.lerp(rest.arms[s].wrist, ease),
            }
            match reading.hands[s] {
                Some((palm, shape)) => {
                    (arm.palm, arm.shape) = (palm, shape);
                    self.unseen_seconds[s] = 0.0;
                }
                None => self.unseen_seconds[s] += self.seconds,
            }
            if self.unseen_seconds[s] > HOLD_SECONDS {
                arm.palm = arm.palm.slerp(rest.arms[s].palm, ease);
                arm.shape = arm.shape.lerp(&rest.arms[s].shape, ease);
            }
        }
        pose.clone()
    }
}
