//! Time as a value: the wall clock for people and versions, the lease clock for every judgement, the hybrid clock for
//! order between origins. Nothing here reads a clock.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Milliseconds since the Unix epoch, as this machine's wall clock has them: may jump either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallMillis(pub u64);

/// Order of writes across origins: a hybrid logical clock of 48 bits of wall milliseconds and a 16-bit counter for
/// writes of one millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Version(pub u64);

const COUNTER_BITS: u32 = 16;

/// BOUND: versions believed of other nodes, the year 2200. Beyond it no version could be given above one that was seen.
pub const VERSION_MAX: Version = Version::at(7_258_118_400_000);
const COUNTER_MASK: u64 = (1 << COUNTER_BITS) - 1;

impl Version {
    /// The first version of a millisecond. A time beyond 48 bits comes from a wrong clock or a liar: it is the greatest
    /// version, so that it is seen to lie far ahead.
    pub const fn at(millis: u64) -> Self {
        if millis >> (u64::BITS - COUNTER_BITS) == 0 {
            Self(millis << COUNTER_BITS)
        } else {
            Self(u64::MAX)
        }
    }

    /// The last version of this version's millisecond.
    const fn last_of_millisecond(self) -> Self {
        Self(self.0 | COUNTER_MASK)
    }

    pub const fn millis(self) -> u64 {
        self.0 >> COUNTER_BITS
    }

    pub const fn counter(self) -> u16 {
        (self.0 & COUNTER_MASK) as u16
    }

    /// The next version after this one; the counter runs over into the millisecond.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.millis(), self.counter())
    }
}

/// Hands out versions: `max(wall, last + 1)`, never the same twice, never going back.
#[derive(Debug, Default)]
pub struct HybridClock {
    last: AtomicU64,
}

impl HybridClock {
    /// A version above all that this clock has given or observed.
    pub fn next(&self, wall: WallMillis) -> Version {
        self.next_above(wall, Version(0))
    }

    /// The same, and above `floor`: the version of the entry that the new one replaces. A floor from a node whose
    /// clock runs ahead raises this one entry only, never the clock, so that a wrong clock does not spread.
    pub fn next_above(&self, wall: WallMillis, floor: Version) -> Version {
        let at_wall = Version::at(wall.0);
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = Version(last).next().max(at_wall);
            match self
                .last
                .compare_exchange_weak(last, next.0, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return next.max(floor.next()),
                Err(seen) => last = seen,
            }
        }
    }

    /// Takes note of a version from elsewhere, unless it is further ahead of our wall clock than `skew_max`.
    pub fn observe(&self, wall: WallMillis, seen: Version, skew_max: Duration) {
        if skew_ahead(wall, seen) <= skew_max {
            self.last.fetch_max(seen.0, Ordering::Relaxed);
        }
    }

    /// Ends the present millisecond: every later version has a greater one. Returns the closed millisecond, so that all
    /// that lies in it can be told at once to a peer whose cursor is a millisecond. Closing it again changes nothing, or
    /// whoever asks often would drive the clock ahead.
    pub fn close_millisecond(&self, wall: WallMillis) -> u64 {
        let now = Version(self.last.load(Ordering::Relaxed)).max(Version::at(wall.0));
        self.last
            .fetch_max(now.last_of_millisecond().0, Ordering::Relaxed);
        now.millis()
    }
}

/// How far a version lies ahead of our wall clock; zero if it does not.
pub fn skew_ahead(wall: WallMillis, seen: Version) -> Duration {
    Duration::from_millis(seen.millis().saturating_sub(wall.0))
}

/// An instant on the lease clock, in milliseconds of observed running time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LeaseTime(pub u64);

impl LeaseTime {
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// Time from `earlier` to this instant; zero if it lies after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// A sign of life of an origin: its own lease clock when it gave it. Beats of one origin grow; only a greater one than
/// was heard before proves that the origin lived on, however late and by whatever way it comes. The age of a beat that
/// is known already proves nothing: nodes that told it to each other would keep a dead origin alive by the time that
/// each telling takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Beat(pub u64);

/// Whole milliseconds of a duration, at most `u64::MAX`.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// How often the lease clock is moved, and so how coarse it is.
pub const TICK: Duration = Duration::from_millis(100);

/// The most that one tick moves the lease clock. A gap beyond it is time in which this process did not run (a stop
/// signal, a suspended machine, a starved host), and it could have received no heartbeat then: such time counts
/// against nobody.
pub const LEASE_STEP_MAX: Duration = Duration::from_millis(500);

/// Added to every lease: how far the lease clock may lag when a heartbeat reads it, after a tick that came late. Without
/// it the next tick would take time from the lease that passed before the heartbeat.
pub const LEASE_SLACK: Duration = LEASE_STEP_MAX;

/// Where the lease clock starts: late enough that what happened before this process (an origin heard of long ago by a
/// peer) still has a place on it.
pub const LEASE_EPOCH: LeaseTime = LeaseTime(30 * 24 * 3600 * 1000);

/// The clock that leases are judged by: monotonic time less our own stalls. It moves only with ticks, so reading it is
/// one load, and a judgement can never see time that heartbeats have not had a chance to use.
#[derive(Debug)]
pub struct LeaseClock {
    now: AtomicU64,
    ticked: AtomicU64,
}

impl Default for LeaseClock {
    fn default() -> Self {
        Self {
            now: AtomicU64::new(LEASE_EPOCH.0),
            ticked: AtomicU64::new(0),
        }
    }
}

impl LeaseClock {
    pub fn now(&self) -> LeaseTime {
        LeaseTime(self.now.load(Ordering::Relaxed))
    }

    /// Moves to `mono` (time since the process started, from one ticker) and returns the stall: how much of the step
    /// was not counted.
    pub fn tick(&self, mono: Duration) -> Duration {
        let mono = millis(mono);
        let before = self.ticked.fetch_max(mono, Ordering::Relaxed);
        let gap = Duration::from_millis(mono.saturating_sub(before));
        let step = gap.min(LEASE_STEP_MAX);
        self.now.fetch_add(millis(step), Ordering::Relaxed);
        gap.saturating_sub(step)
    }
}
