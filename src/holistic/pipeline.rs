//! From pictures to landmarks, frame by frame, as MediaPipe Holistic's graph does it.
//!
//! ```text
//! picture ─▶ body ─┬─▶ left hand
//!                  ├─▶ right hand
//!                  └─▶ face
//! ```
//!
//! Hands and face are looked for only where a body was found, and know nothing of each other, so that they can
//! be looked for at once. What a frame gives depends on the frames before it: bodies, hands and faces are
//! followed, and bodies are smoothed.

use super::face::FaceTracker;
use super::found::{FACE_POINTS, HAND_POINTS, HolisticFrame, PoseFound};
use super::hands::{HandTracker, Side};
use super::network::{Model, NetworkError, Runtime};
use super::pose::PoseTracker;
use super::rgb::Rgb;
use glam::Vec3;
use std::thread::{Builder, ScopedJoinHandle, scope};
use std::time::Duration;

/// What frames' times are when bodies are smoothed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The video's own.
    #[default]
    Video,
    /// 33,333 µs from each frame to the next whatever the video says, as MediaPipe's Python interface has it.
    Fixed33333us,
}

/// How landmarks are looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct HolisticOptions {
    /// Bodies that the detector scores lower are none, in [0, 1].
    pub detection_confidence: f32,
    /// Bodies that the landmark network is less sure of are lost, in [0, 1].
    pub tracking_confidence: f32,
    /// Frames' times.
    pub clock: Clock,
    /// Whether both hands and the face of a frame are looked for at once, on three threads. For one video on
    /// several cores; where as many videos as cores are worked on at once, it gains nothing.
    pub is_parallel: bool,
}

impl Default for HolisticOptions {
    fn default() -> Self {
        Self { detection_confidence: 0.5, tracking_confidence: 0.5, clock: Clock::Video, is_parallel: false }
    }
}

/// Why landmarks could not be looked for.
#[derive(Debug, thiserror::Error)]
pub enum HolisticError {
    /// A network did not open or run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A runtime gives other outputs than the network has.
    #[error("{model}: expected outputs of {:?} numbers, found {found:?}", .model.outputs().iter().map(|output| output.length).collect::<Vec<_>>())]
    Outputs {
        /// The network.
        model: Model,
        /// Numbers of each.
        found: Vec<usize>,
    },
    /// No thread for a part.
    #[error("no thread could be started to look for hands and face: {0}")]
    Thread(#[from] std::io::Error),
}

/// Finds landmarks in the frames of one video after another.
pub struct Holistic {
    pose: PoseTracker,
    parts: Parts,
    options: HolisticOptions,
    /// Frames since the beginning or the last reset.
    frames: u32,
}

struct Parts {
    left: HandTracker,
    right: HandTracker,
    face: FaceTracker,
}

type Hand = Option<[Vec3; HAND_POINTS]>;
type Face = Option<Box<[Vec3; FACE_POINTS]>>;

impl Holistic {
    /// Opens all networks.
    ///
    /// # Errors
    /// If a network does not open.
    pub fn new(runtime: &dyn Runtime, options: HolisticOptions) -> Result<Self, HolisticError> {
        let parts = Parts {
            left: HandTracker::open(runtime, Side::Left)?,
            right: HandTracker::open(runtime, Side::Right)?,
            face: FaceTracker::open(runtime)?,
        };
        Ok(Self { pose: PoseTracker::open(runtime, &options)?, parts, options, frames: 0 })
    }

    /// Forgets what was seen, for another video or after a cut.
    pub fn reset(&mut self) {
        self.pose.reset();
        self.parts.reset();
        self.frames = 0;
    }

    /// Looks at the next frame. `time` is the video's; it counts from anywhere and should grow. A frame that is
    /// not later than the last one is not smoothed.
    ///
    /// # Errors
    /// If a network fails, or gives other sizes than Holistic's do.
    pub fn process(&mut self, image: Rgb, time: Duration) -> Result<HolisticFrame, HolisticError> {
        self.frames = self.frames.saturating_add(1);
        let time = match self.options.clock {
            Clock::Video => time,
            Clock::Fixed33333us => Duration::from_micros(33_333) * self.frames,
        };
        let Some(pose) = self.pose.process(image, time)? else {
            self.parts.reset();
            return Ok(HolisticFrame::default());
        };
        let (left_hand, right_hand, face) = if self.options.is_parallel {
            self.parts.at_once(image, &pose)?
        } else {
            self.parts.in_turn(image, &pose)?
        };
        Ok(HolisticFrame { pose: Some(pose), face, left_hand, right_hand })
    }
}

impl Parts {
    fn reset(&mut self) {
        self.left.reset();
        self.right.reset();
        self.face.reset();
    }

    fn in_turn(&mut self, image: Rgb, pose: &PoseFound) -> Result<(Hand, Hand, Face), HolisticError> {
        let left = self.left.process(image, pose)?;
        let right = self.right.process(image, pose)?;
        Ok((left, right, self.face.process(image, pose)?))
    }

    fn at_once(&mut self, image: Rgb, pose: &PoseFound) -> Result<(Hand, Hand, Face), HolisticError> {
        let Self { left, right, face } = self;
        scope(|scope| {
            let right = Builder::new()
                .name("right hand".to_owned())
                .spawn_scoped(scope, move || right.process(image, pose))?;
            let face = Builder::new()
                .name("face".to_owned())
                .spawn_scoped(scope, move || face.process(image, pose))?;
            let left = left.process(image, pose);
            let (right, face) = (joined(right), joined(face));
            Ok((left?, right?, face?))
        })
    }
}

/// What a thread found; its panic, if it panicked, goes on here.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
