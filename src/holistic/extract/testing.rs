//! A signer that is made up, for tests without networks.

use crate::holistic::video::{Rate, VideoInfo};
use crate::holistic::{HAND_POINTS, HolisticFrame, POSE_POINTS, PoseFound};
use glam::Vec3;

/// A signer in the middle of the picture, the hands to the sides of `x`.
pub(super) fn frame_at(x: f32) -> HolisticFrame {
    let at = |dx: f32, y: f32| Vec3::new(x + dx, y, -0.1);
    let mut landmarks = [at(0.0, 0.5); POSE_POINTS];
    for (point, dx, y) in [(11, 0.1, 0.4), (12, -0.1, 0.4), (13, 0.15, 0.55), (14, -0.15, 0.55)] {
        landmarks[point] = at(dx, y);
    }
    (landmarks[15], landmarks[16]) = (at(0.2, 0.5), at(-0.2, 0.5));
    let pose =
        PoseFound { landmarks, visibility: [0.9; POSE_POINTS], world: landmarks.map(|p| p - at(0.0, 0.5)) };
    let hand = |dx: f32| {
        let mut hand = [Vec3::ZERO; HAND_POINTS];
        hand.iter_mut().enumerate().for_each(|(i, point)| *point = at(dx, 0.5 - i as f32 / 400.0));
        hand
    };
    HolisticFrame {
        pose: Some(pose),
        face: Some(Box::new([at(0.0, 0.2); 468])),
        left_hand: Some(hand(0.2)),
        right_hand: Some(hand(-0.2)),
    }
}

/// A video of 64 × 48 pixels at 25 frames a second.
pub(super) fn info() -> VideoInfo {
    VideoInfo {
        stream: 0,
        codec: "h264".to_owned(),
        stored_width: 64,
        stored_height: 48,
        rotation_deg: 0,
        pixel_aspect: 1.0,
        mean_rate: Some(Rate { frames: 25, seconds: 1 }),
        frames: None,
        seconds: None,
    }
}
