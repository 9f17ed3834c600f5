//! The one place where this process reads its clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use vestal_core::time::{WallMillis, millis};

/// Monotonic time since the node's start, and the wall clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Since the node's start; never goes back, and stands still while the machine is suspended.
    pub(crate) fn mono(&self) -> Duration {
        self.start.elapsed()
    }

    /// For people and versions only: may jump either way. A clock before 1970 counts as 1970.
    #[expect(
        clippy::unused_self,
        reason = "callers ask their clock; where it reads the wall time is its affair"
    )]
    pub(crate) fn wall(&self) -> WallMillis {
        WallMillis(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis))
    }
}
