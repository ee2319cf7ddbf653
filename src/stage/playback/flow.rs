//! How fast time passes in a headline whose rest is still being made.

/// Slowing before a standstill, and getting back to speed, take about so long, seconds.
const SLOWING_SECONDS: f64 = 0.25;
const QUICKENING_SECONDS: f64 = 0.4;

/// The rate of time, 1 but before the end of what there is and for a moment after more has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    rate: f64,
    /// Seconds since it fell below 1.
    held: f64,
}

impl Default for Flow {
    fn default() -> Self {
        Self { rate: 1.0, held: 0.0 }
    }
}

impl Flow {
    /// Motion seconds of so many seconds at a speed; `room` is how far it may go, none without an end.
    pub(super) fn stride(&mut self, seconds: f64, speed: f64, room: Option<f64>) -> f64 {
        let whole = seconds * speed;
        if whole <= 0.0 {
            return 0.0;
        }
        let quickened = (self.rate + seconds / QUICKENING_SECONDS).min(1.0);
        let mut stride = if quickened < 1.0 { whole * quickened } else { whole };
        if let Some(room) = room {
            stride = stride.min(approach(room.max(0.0), whole, SLOWING_SECONDS * speed));
        }
        self.rate = if stride < whole { stride / whole } else { 1.0 };
        self.held = if self.rate < 1.0 { self.held + seconds } else { 0.0 };
        stride
    }

    /// For how long it has been slower, seconds, and by how much: 1 is a standstill.
    pub(super) fn held(&self) -> Option<(f32, f32)> {
        (self.rate < 1.0).then_some((self.held as f32, 1.0 - self.rate as f32))
    }
}

/// How far to go of `whole` with so much room before a standstill: all of it until the room is `slowing`,
/// from there at a speed in proportion to the room that is left.
fn approach(room: f64, whole: f64, slowing: f64) -> f64 {
    let free = (room - slowing).max(0.0);
    if whole <= free {
        return whole;
    }
    let near = (room - free).max(0.0);
    free + near * (1.0 - ((free - whole) / slowing).exp())
}
