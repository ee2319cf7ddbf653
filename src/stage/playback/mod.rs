//! What is being signed, and how far it is: a queue of utterances and a clock that a viewer can
//! stop, slow, wind and repeat.
//!
//! Time is kept here and nowhere else. A window advances it by the real clock, a render by exactly
//! one frame a picture, so that both show the same motion.
//!
//! The last of the queued utterances may be unfinished: its rest is still being made. Where it is signed
//! faster than it is made, the signer slows down before the end of what there is, holds, and goes on when
//! there is more.

mod flow;

use crate::body::{Articulation, maths::minimum_jerk};
use crate::interpreter::stitch::{hold, idle};
use crate::interpreter::{SignKind, SignSpan, Utterance};
use crate::lexicon::Provenance;
use bevy::prelude::Resource;
use flow::Flow;
use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Seconds over which a headline's motion takes over from the idle motion. Its end needs no such
/// thing: the idle motion begins where utterances end.
const BLEND_SECONDS: f64 = 0.35;

/// How long captions stay with a sign that has ended, if no other begins, seconds of motion.
const LINGER_SECONDS: f64 = 0.6;

/// An unfinished headline is not signed further than this before its end, seconds of motion: what is
/// drawn depends on what comes so shortly after it.
const MARGIN_SECONDS: f64 = 0.15;
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
    /// Whichever of all these is unfinished.
    unfinished: Option<Arc<Utterance>>,
    /// How fast time passes in `current`.
    flow: Flow,
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
            unfinished: None,
            flow: Flow::default(),
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

    /// Queues the beginning of a headline whose rest will come by [`Self::extend`]. One at a time is
    /// unfinished.
    pub fn begin(&mut self, utterance: Arc<Utterance>) {
        self.unfinished = Some(utterance.clone());
        self.push(utterance);
    }

    /// Puts more of the unfinished headline in its place, which begins with the same frames; `is_whole`
    /// ends it. Nothing happens where it was cleared meanwhile.
    pub fn extend(&mut self, utterance: Arc<Utterance>, is_whole: bool) {
        let Some(shorter) = self.unfinished.take() else { return };
        let places = self.queue.iter_mut().chain(&mut self.current).chain(&mut self.previous);
        for place in places.filter(|place| Arc::ptr_eq(place, &shorter)) {
            *place = utterance.clone();
        }
        self.unfinished = (!is_whole).then_some(utterance);
    }

    /// Forgets the unfinished headline: there will be no more of it.
    pub fn abandon(&mut self) {
        let Some(unfinished) = self.unfinished.take() else { return };
        self.queue.retain(|queued| !Arc::ptr_eq(queued, &unfinished));
        if self.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &unfinished)) {
            self.finish(0.0);
        }
        self.previous.take_if(|previous| Arc::ptr_eq(previous, &unfinished));
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
        self.seconds = if seconds.is_finite() { seconds.clamp(0.0, self.reach()) } else { 0.0 };
    }

    /// Leaves the current headline and begins the next, if one waits.
    pub fn skip(&mut self) {
        self.finish(0.0);
        self.gap_left = 0.0;
        self.start_next_if_due(0.0);
    }

    /// Stops signing and forgets what waits, and what was unfinished.
    pub fn clear(&mut self) {
        self.queue.clear();
        self.abandon();
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
        let room = self.is_unfinished().then(|| self.reach() - self.seconds);
        self.seconds += self.flow.stride(seconds, self.speed, room);
        let over = self.seconds - self.duration();
        if over < 0.0 || self.is_unfinished() {
            return;
        }
        if self.looped {
            self.seconds = 0.0;
        } else {
            self.finish(over / self.speed);
            self.start_next_if_due((-self.gap_left).max(0.0));
        }
    }

    /// Whether the rest of the current headline is still to come.
    fn is_unfinished(&self) -> bool {
        let is_it =
            |unfinished| self.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, unfinished));
        self.unfinished.as_ref().is_some_and(is_it)
    }

    /// How far the current headline can be signed, seconds of its motion.
    fn reach(&self) -> f64 {
        let duration = self.duration();
        if self.is_unfinished() { (duration - MARGIN_SECONDS).max(0.0) } else { duration }
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
            self.flow = Flow::default();
            self.seconds = (late * self.speed).min(self.reach());
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

    /// Where what is shown comes from, as far as it is marked: an invented way from sign to sign is marked
    /// as long as any of it is shown, at whatever speed; else it is the latest sign's.
    pub fn shown_from(&self) -> Option<&Provenance> {
        let blend = self.current.as_ref().and_then(|utterance| utterance.blend_at(self.seconds as f32));
        let invented = blend.map(|blend| &blend.provenance).filter(|from| from.is_practice());
        invented.or_else(|| self.latest_span()?.provenance.as_ref())
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
        let Some(mut signing) = utterance.motion.sample(at) else { return idle };
        if let Some((seconds, amount)) = self.flow.held() {
            hold(&mut signing, (seconds + later).max(0.0), amount);
        }
        idle.lerp(&signing, minimum_jerk(at / BLEND_SECONDS as f32))
    }
}

#[cfg(test)]
pub(crate) mod tests;
