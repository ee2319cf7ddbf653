//! What is being signed, and how far it is: a queue of utterances and a clock that a viewer can
//! stop, slow, wind and repeat.
//!
//! Time is kept here and nowhere else. A window advances it by the real clock, a render by exactly
//! one frame a picture, so that both show the same motion.

use crate::body::{Articulation, maths::minimum_jerk};
use crate::interpreter::stitch::idle;
use crate::interpreter::{SignKind, SignSpan, Utterance};
use bevy::prelude::Resource;
use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Seconds over which a headline's motion takes over from the idle motion. Its end needs no such
/// thing: the idle motion begins where utterances end.
const BLEND_SECONDS: f64 = 0.35;

/// How long captions stay with a sign that has ended, if no other begins, seconds of motion.
const LINGER_SECONDS: f64 = 0.6;

/// The queue of headlines and the place in the one that is being signed.
#[derive(Resource)]
pub struct Playback {
    /// Motion seconds per second, within [`Playback::SPEEDS`].
    speed: f64,
    /// Whether time stands still.
    pub paused: bool,
    /// Whether a headline begins anew when it ends, instead of giving way to the next.
    pub looped: bool,
    /// Whether the signer of the other handedness is shown.
    pub mirrored: bool,
    /// Idle seconds between two headlines.
    pub gap_seconds: f64,
    /// What the signer does between headlines, by seconds since the last one ended.
    idle: fn(f32) -> Articulation,
    queue: VecDeque<Arc<Utterance>>,
    current: Option<Arc<Utterance>>,
    previous: Option<Arc<Utterance>>,
    /// Motion seconds into `current`.
    seconds: f64,
    /// Seconds until the next headline may begin.
    gap_left: f64,
    /// Seconds since the last headline ended, pauses left out.
    idle_seconds: f64,
}

impl Default for Playback {
    fn default() -> Self {
        Self {
            speed: 1.0,
            paused: false,
            looped: false,
            mirrored: false,
            gap_seconds: 0.8,
            idle,
            queue: VecDeque::new(),
            current: None,
            previous: None,
            seconds: 0.0,
            gap_left: 0.0,
            idle_seconds: 0.0,
        }
    }
}

impl Playback {
    /// The speeds that can be chosen.
    pub const SPEEDS: RangeInclusive<f64> = 0.25..=2.0;

    /// A playback that moves by `idle`, of seconds since the last headline ended, between headlines.
    pub fn with_idle(idle: fn(f32) -> Articulation) -> Self {
        Self { idle, ..Self::default() }
    }

    /// Queues a headline; it begins at once if nothing is being signed.
    pub fn push(&mut self, utterance: Arc<Utterance>) {
        self.queue.push_back(utterance);
        self.start_next_if_due(0.0);
    }

    /// Signs the current headline again from its start; when idle, the one before.
    pub fn replay(&mut self) {
        if self.current.is_none() {
            self.current = self.previous.clone();
        }
        self.seconds = 0.0;
    }

    /// Stops, and goes on by that many frames of the motion, backward if negative.
    pub fn step(&mut self, frames: i32) {
        self.paused = true;
        if self.current.is_none() && frames < 0 {
            self.current = self.previous.clone();
            self.seconds = self.duration();
        }
        if let Some(utterance) = &self.current {
            let seconds = self.seconds + f64::from(frames) / f64::from(utterance.motion.fps);
            self.seek(seconds);
        }
    }

    /// Goes to that many motion seconds from the current headline's start.
    pub fn seek(&mut self, seconds: f64) {
        self.seconds = if seconds.is_finite() { seconds.clamp(0.0, self.duration()) } else { 0.0 };
    }

    /// Leaves the current headline and begins the next, if one waits.
    pub fn skip(&mut self) {
        self.finish(0.0);
        self.gap_left = 0.0;
        self.start_next_if_due(0.0);
    }

    /// Stops signing and forgets what waits.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.finish(0.0);
    }

    /// Lets that many seconds pass.
    pub fn advance(&mut self, seconds: f64) {
        if self.paused {
            return;
        }
        self.idle_seconds += seconds;
        if self.current.is_none() {
            let late = if self.gap_left > 0.0 { (seconds - self.gap_left).max(0.0) } else { 0.0 };
            self.gap_left -= seconds;
            self.start_next_if_due(late);
            return;
        }
        self.seconds += seconds * self.speed;
        let over = self.seconds - self.duration();
        if over < 0.0 {
            return;
        }
        if self.looped {
            self.seconds = 0.0;
        } else {
            self.finish(over / self.speed);
            self.start_next_if_due((-self.gap_left).max(0.0));
        }
    }

    fn finish(&mut self, rested: f64) {
        if let Some(utterance) = self.current.take() {
            self.previous = Some(utterance);
            self.idle_seconds = rested;
            self.gap_left = self.gap_seconds - rested;
        }
        self.seconds = 0.0;
    }

    /// Begins the next headline if its time has come, `late` seconds ago.
    fn start_next_if_due(&mut self, late: f64) {
        if self.current.is_none()
            && self.gap_left <= 1e-9
            && let Some(next) = self.queue.pop_front()
        {
            self.current = Some(next);
            self.seconds = late * self.speed;
        }
    }

    /// The speed.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Chooses a speed, brought within [`Playback::SPEEDS`].
    pub fn set_speed(&mut self, speed: f64) {
        if speed.is_finite() {
            self.speed = speed.clamp(*Self::SPEEDS.start(), *Self::SPEEDS.end());
        }
    }

    /// What is being signed.
    pub fn current(&self) -> Option<&Arc<Utterance>> {
        self.current.as_ref()
    }

    /// What was signed before it.
    pub fn previous(&self) -> Option<&Arc<Utterance>> {
        self.previous.as_ref()
    }

    /// What waits, next first.
    pub fn queued(&self) -> impl ExactSizeIterator<Item = &Arc<Utterance>> {
        self.queue.iter()
    }

    /// Whether nothing is being signed and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.current.is_none() && self.queue.is_empty()
    }

    /// Seconds until everything that is queued is signed, at the present speed.
    pub fn remaining(&self) -> f64 {
        let waiting: f64 = self.queue.iter().map(|utterance| f64::from(utterance.motion.duration())).sum();
        let gaps = match (&self.current, self.queue.len()) {
            (None, 0) => 0.0,
            (None, waiting) => self.gap_left.max(0.0) + self.gap_seconds * (waiting - 1) as f64,
            (Some(_), waiting) => self.gap_seconds * waiting as f64,
        };
        (self.duration() - self.seconds + waiting) / self.speed + gaps
    }

    /// Motion seconds into the current headline.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Length of the current headline in motion seconds; 0 when idle.
    pub fn duration(&self) -> f64 {
        self.current.as_ref().map_or(0.0, |utterance| f64::from(utterance.motion.duration()))
    }

    /// The sign being made, if one is.
    pub fn span(&self) -> Option<&SignSpan> {
        self.current.as_ref()?.span_at(self.seconds as f32)
    }

    /// The sign being made or, on the way to the next, the one that was made before: captions would
    /// flicker if they went dark in every transition.
    pub fn latest_span(&self) -> Option<&SignSpan> {
        let utterance = self.current.as_ref()?;
        let frame = (self.seconds * f64::from(utterance.motion.fps)) as usize;
        let begun = utterance.spans.partition_point(|span| span.frames.start <= frame);
        let is_pause = |span: &SignSpan| {
            utterance.plan.signs.get(span.sign).is_some_and(|sign| sign.kind == SignKind::Pause)
        };
        let span = utterance.spans.get(..begun)?.iter().rfind(|span| !is_pause(span))?;
        let since = frame.saturating_sub(span.frames.end) as f64 / f64::from(utterance.motion.fps);
        (since < LINGER_SECONDS).then_some(span)
    }

    /// What the signer does now.
    pub fn articulation(&self) -> Articulation {
        self.articulation_at(0.0)
    }

    /// What the signer does so many seconds of the motion from now, past or to come.
    pub fn articulation_at(&self, seconds: f32) -> Articulation {
        let own = self.own_articulation(seconds);
        if self.mirrored { own.mirrored() } else { own }
    }

    fn own_articulation(&self, later: f32) -> Articulation {
        let idle = (self.idle)((self.idle_seconds as f32 + later).max(0.0));
        let Some(utterance) = &self.current else { return idle };
        let at = (self.seconds as f32 + later).max(0.0);
        let Some(signing) = utterance.motion.sample(at) else { return idle };
        idle.lerp(&signing, minimum_jerk(at / BLEND_SECONDS as f32))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::body::Motion;
    use crate::interpreter::{Coverage, Plan};

    /// An utterance of that many frames at 60 a second, that signs nothing.
    pub(crate) fn utterance(text: &str, frames: usize) -> Arc<Utterance> {
        let coverage = Coverage { content_words: 0, signed_words: 0, spelled_words: 0 };
        let plan = Plan { text: text.into(), signs: vec![], omitted: vec![], coverage, notices: vec![] };
        let motion = Motion { fps: Motion::FPS, frames: vec![Articulation::neutral(); frames] };
        Arc::new(Utterance { plan: Arc::new(plan), motion: Arc::new(motion), spans: vec![] })
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
}
