//! A node's false clocks: a wall clock that is skewed, drifts and jumps, and a monotonic clock that drifts with it.

use std::time::Duration;

use vestal_core::time::WallMillis;

use crate::moment::Moment;

/// Where wall clocks would stand at the run's start if they were right.
const EPOCH_MILLIS: i64 = 1_766_000_000_000;

#[derive(Debug, Clone)]
pub struct Clock {
    skew_ms: i64,
    drift_ppm: i64,
}

impl Clock {
    pub fn new(skew_ms: i64, drift_ppm: i64) -> Self {
        Self { skew_ms, drift_ppm }
    }

    /// Steps the wall clock. The monotonic clock knows nothing of it.
    pub fn jump(&mut self, by_ms: i64) {
        self.skew_ms += by_ms;
    }

    pub fn wall(&self, now: Moment) -> WallMillis {
        let run = self.drifted(now.0).cast_signed() / 1000;
        WallMillis((EPOCH_MILLIS + run + self.skew_ms).max(0).cast_unsigned())
    }

    /// Monotonic time since the process started.
    pub fn mono(&self, now: Moment, started: Moment) -> Duration {
        Duration::from_micros(self.drifted(now.0.saturating_sub(started.0)))
    }

    fn drifted(&self, micros: u64) -> u64 {
        let drift = micros.cast_signed() / 1000 * self.drift_ppm / 1000;
        micros.saturating_add_signed(drift)
    }
}
