//! Smoothing: both ways in time for recordings, forward only for a stream.
//!
//! Articulations are smoothed as plain numbers, rotations as quaternions kept in one hemisphere and
//! renormalised, which for the small steps between frames is as good as their logarithms.

use crate::body::maths::minimum_jerk;
use crate::body::{Arm, Articulation, FaceWeights, Finger, FingerAngles, HandShape, ThumbAngles};
use glam::{Quat, Vec3};

/// Numbers of an arm: wrist 3, palm 4, swivel 1, thumb 4, fingers 16.
const ARM: usize = 28;
/// Numbers of an articulation: torso 4, head 4, shrug 2, arms, face 52.
pub(crate) const CHANNELS: usize = 10 + 2 * ARM + 52;
/// Where fingers begin in an arm's numbers.
const FINGERS: usize = 8;

/// An articulation as numbers.
pub(crate) type Channels = [f32; CHANNELS];

/// Writes and reads numbers in a row.
struct Cursor<'a>(&'a mut Channels, usize);

impl Cursor<'_> {
    fn put(&mut self, values: &[f32]) {
        self.0[self.1..self.1 + values.len()].copy_from_slice(values);
        self.1 += values.len();
    }

    fn take<const N: usize>(&mut self) -> [f32; N] {
        let values = std::array::from_fn(|i| self.0[self.1 + i]);
        self.1 += N;
        values
    }

    fn quat(&mut self) -> Quat {
        let q = Quat::from_array(self.take());
        if q.length_squared() > 1e-9 { q.normalize() } else { Quat::IDENTITY }
    }
}

/// The numbers of an articulation.
pub(crate) fn to_channels(pose: &Articulation) -> Channels {
    let mut channels = [0.0; CHANNELS];
    let mut to = Cursor(&mut channels, 0);
    to.put(&pose.torso.to_array());
    to.put(&pose.head.to_array());
    to.put(&pose.shrug);
    for arm in &pose.arms {
        to.put(&arm.wrist.to_array());
        to.put(&arm.palm.to_array());
        to.put(&[arm.swivel]);
        let thumb = arm.shape.thumb;
        to.put(&[thumb.abduction, thumb.flexion, thumb.mcp, thumb.ip]);
        for f in arm.shape.fingers {
            to.put(&[f.mcp, f.abduction, f.pip, f.dip]);
        }
    }
    to.put(&pose.face.0);
    channels
}

/// The articulation of some numbers.
pub(crate) fn from_channels(mut channels: Channels) -> Articulation {
    let mut from = Cursor(&mut channels, 0);
    Articulation {
        torso: from.quat(),
        head: from.quat(),
        shrug: from.take(),
        arms: std::array::from_fn(|_| arm(&mut from)),
        face: FaceWeights(from.take().map(|w: f32| w.clamp(0.0, 1.0))),
    }
}

fn arm(from: &mut Cursor) -> Arm {
    let wrist = Vec3::from_array(from.take());
    let palm = from.quat();
    let [swivel] = from.take();
    let [abduction, flexion, mcp, ip] = from.take();
    let thumb = ThumbAngles { abduction, flexion, mcp, ip };
    let fingers = Finger::ALL.map(|_| {
        let [mcp, abduction, pip, dip] = from.take();
        FingerAngles { mcp, abduction, pip, dip }
    });
    Arm { wrist, palm, swivel, shape: HandShape { thumb, fingers }.clamped() }
}

/// Where quaternions begin.
const QUATERNIONS: [usize; 4] = [0, 4, 10 + 3, 10 + ARM + 3];

/// Turns the quaternions of `next` into the hemisphere of `before`.
pub(crate) fn same_hemisphere(before: &Channels, next: &mut Channels) {
    for start in QUATERNIONS {
        let range = start..start + 4;
        let dot: f32 = before[range.clone()].iter().zip(&next[range.clone()]).map(|(a, b)| a * b).sum();
        if dot < 0.0 {
            next[range].iter_mut().for_each(|v| *v = -*v);
        }
    }
}

/// Numbers that belong together: they are smoothed by the same share.
fn groups() -> impl Iterator<Item = Group> {
    let arm = |start: usize| {
        let seen = [(0..2, PLACE), (3..7, TURN)];
        let guessed = [(2..3, DEPTH), (7..8, SWIVEL)];
        let fingers = [8..12, 12..16, 16..20, 20..24, 24..28].map(|range| (range, TURN));
        let parts = seen.into_iter().chain(guessed).chain(fingers);
        parts.map(move |(r, tolerance)| Group { range: start + r.start..start + r.end, tolerance })
    };
    let trunk = [0..4, 4..8, 8..10].map(|range| Group { range, tolerance: TURN });
    let face = Group { range: 10 + 2 * ARM..CHANNELS, tolerance: FACE };
    trunk.into_iter().chain(arm(10)).chain(arm(10 + ARM)).chain([face])
}

struct Group {
    range: std::ops::Range<usize>,
    tolerance: f32,
}

/// By how much smoothing may move a wrist (shoulder widths), a joint (radians; half of it for a
/// quaternion's numbers is near enough) and a face's weights before that is taken for a movement.
const PLACE: f32 = 0.01;
const TURN: f32 = 0.03;
const FACE: f32 = 0.25;
/// The same of what a camera guesses, and what nobody sees move in its picture: a wrist's depth, shoulder
/// widths, and an elbow's swing, radians.
const DEPTH: f32 = 0.3;
const SWIVEL: f32 = 0.6;

/// Smooths a recording without delay: a quadratic fitted to each frame's neighbourhood (Savitzky
/// and Golay 1964), `reach` frames to each side. Where that would move something by more than trembling
/// does, it is a movement whose corners the fit cuts off, and is kept as it was read: each part by
/// itself, so that a quick hand does not let the face tremble.
pub(crate) fn smooth_recording(poses: &[Articulation], reach: usize) -> Vec<Articulation> {
    let mut rows: Vec<Channels> = poses.iter().map(to_channels).collect();
    for i in 1..rows.len() {
        let before = rows[i - 1];
        same_hemisphere(&before, &mut rows[i]);
    }
    let wide = fitted(&rows, reach);
    let mut smooth: Vec<Channels> = Vec::with_capacity(rows.len());
    for (wide, seen) in wide.iter().zip(&rows) {
        let mut row = *seen;
        for Group { range, tolerance } in groups() {
            let moved = range.clone().map(|c| (wide[c] - seen[c]).abs()).fold(0.0, f32::max);
            let share = 1.0 - minimum_jerk(moved / tolerance - 0.5);
            range.for_each(|c| row[c] += (wide[c] - seen[c]) * share);
        }
        smooth.push(row);
    }
    smooth.into_iter().map(from_channels).collect()
}

/// Quadratics fitted to each row's neighbourhood.
fn fitted(rows: &[Channels], reach: usize) -> Vec<Channels> {
    let weights = quadratic_weights(reach);
    let at = |i: isize| &rows[i.clamp(0, rows.len() as isize - 1) as usize];
    let fit = |i: isize| {
        let mut sum = [0.0; CHANNELS];
        for (k, &weight) in weights.iter().enumerate() {
            let row = at(i + k as isize - reach as isize);
            sum.iter_mut().zip(row).for_each(|(s, v)| *s += weight * v);
        }
        sum
    };
    (0..rows.len() as isize).map(fit).collect()
}

/// Savitzky–Golay weights of a quadratic over `2 reach + 1` frames, at the middle one.
fn quadratic_weights(reach: usize) -> Vec<f32> {
    let m = reach as f32;
    let n = 2.0 * m + 1.0;
    let scale = n * (4.0 * m * (m + 1.0) - 3.0) / 3.0;
    if reach == 0 {
        return vec![1.0];
    }
    (-(reach as i32)..=reach as i32)
        .map(|k| ((3.0 * m * (m + 1.0) - 1.0) - 5.0 * (k * k) as f32) / scale)
        .collect()
}

/// The One-Euro filter (Casiez, Roussel and Vogel 2012) over an articulation's numbers.
#[derive(Clone, Debug)]
pub(crate) struct OneEuro {
    seconds: f32,
    last: Option<(Channels, Channels)>,
}

/// Cut-off at rest for the body and for the fingers, Hz, and how it rises with speed.
const CUTOFF_BODY: f32 = 2.0;
const CUTOFF_FINGERS: f32 = 3.0;
const RISE: f32 = 3.0;

impl OneEuro {
    pub(crate) fn new(fps: f32) -> Self {
        Self { seconds: 1.0 / fps, last: None }
    }

    pub(crate) fn filter(&mut self, pose: &Articulation) -> Articulation {
        let mut now = to_channels(pose);
        let Some((before, speed)) = &mut self.last else {
            self.last = Some((now, [0.0; CHANNELS]));
            return from_channels(now);
        };
        same_hemisphere(before, &mut now);
        let share = |cutoff: f32| {
            let tau = 1.0 / (std::f32::consts::TAU * cutoff);
            1.0 / (1.0 + tau / self.seconds)
        };
        for (i, value) in now.iter_mut().enumerate() {
            let raw = (*value - before[i]) / self.seconds;
            speed[i] += share(1.0) * (raw - speed[i]);
            let least = if is_finger(i) { CUTOFF_FINGERS } else { CUTOFF_BODY };
            *value = before[i] + share(least + RISE * speed[i].abs()) * (*value - before[i]);
        }
        *before = now;
        from_channels(now)
    }
}

fn is_finger(channel: usize) -> bool {
    (10..10 + 2 * ARM).contains(&channel) && (channel - 10) % ARM >= FINGERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_articulation_survives_being_numbers() {
        let mut pose = Articulation::neutral();
        pose.arms[1].shape.fingers[2].pip = 1.0;
        pose.shrug = [0.1, 0.0];
        let back = from_channels(to_channels(&pose));
        assert!((back.arms[1].shape.fingers[2].pip - 1.0).abs() < 1e-6);
        assert_eq!(to_channels(&back).len(), CHANNELS);
        assert!((back.arms[1].palm.dot(pose.arms[1].palm)).abs() > 0.99999);
    }

    #[test]
    fn smoothing_keeps_what_is_quadratic_in_time() {
        let weights = quadratic_weights(3);
        let value = |t: f32| 2.0 + 3.0 * t - 0.5 * t * t;
        let smoothed: f32 = weights.iter().enumerate().map(|(k, w)| w * value(k as f32 - 3.0)).sum();
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((smoothed - 2.0).abs() < 1e-5);
    }

    #[test]
    fn trembling_is_smoothed_and_a_quick_movement_kept_beside_it() {
        let quick = |i: usize| if (10..13).contains(&i) { 1.2 } else { 0.2 };
        let poses: Vec<Articulation> = (0..24)
            .map(|i| {
                let mut pose = Articulation::neutral();
                pose.arms[1].wrist.x += if i % 2 == 0 { 0.003 } else { -0.003 };
                pose.arms[1].shape.fingers[0].pip = quick(i);
                pose
            })
            .collect();
        let smooth = smooth_recording(&poses, 3);
        let middle = Articulation::neutral().arms[1].wrist.x;
        for (i, pose) in smooth.iter().enumerate().take(20).skip(4) {
            assert!((pose.arms[1].wrist.x - middle).abs() < 1.5e-3, "{i}: {}", pose.arms[1].wrist.x - middle);
            assert!((pose.arms[1].shape.fingers[0].pip - quick(i)).abs() < 0.05, "{i}");
        }
    }

    #[test]
    fn the_stream_filter_stays_on_what_does_not_move() {
        let mut filter = OneEuro::new(60.0);
        let pose = Articulation::neutral();
        for _ in 0..10 {
            let out = filter.filter(&pose);
            assert!((out.arms[0].wrist - pose.arms[0].wrist).length() < 1e-5);
        }
    }
}
