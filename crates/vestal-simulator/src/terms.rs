//! The terms on which every run is held: how fast the simulated cluster lives, and how long it may take to agree.
//!
//! The proportions are those of the defaults (ninety gossip rounds to a liveness, a tombstone that outlives two leases),
//! scaled down so that a run covers many lifetimes of everything.

use std::time::Duration;

use crate::moment::Moment;

pub const GOSSIP_INTERVAL: Duration = Duration::from_millis(250);
pub const LIVENESS: Duration = Duration::from_secs(20);
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(4);
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(5);
pub const LEASE_TTL_MIN: Duration = Duration::from_secs(1);
/// Longest lease that a client asks for.
pub const LEASE_TTL_MAX: Duration = Duration::from_secs(30);
pub const TOMBSTONE_LIFE: Duration = Duration::from_secs(45);

/// Time-outs of the shell around the core.
pub const EXCHANGE_TIMEOUT: Duration = Duration::from_millis(900);
pub const FETCH_TIMEOUT: Duration = Duration::from_millis(2500);
pub const STREAM_OPEN_TIMEOUT: Duration = Duration::from_millis(1500);
pub const STREAM_SILENCE_MAX: Duration = Duration::from_millis(1250);
pub const STREAM_RETRY: Duration = Duration::from_millis(250);
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);

/// No fault is injected before this: the cluster first stands.
pub const FAULTS_FROM: Moment = Moment::at_millis(3_000);
/// From here on everything works and no client changes its mind.
pub const FAULTS_UNTIL: Moment = Moment::at_millis(70_000);

/// Within this time, on lines that have been sound for as long, what one node knows reaches every other: a broken stream
/// is noticed and opened again, or a difference is seen in three exchanges with one peer among eight and fetched.
pub const PROPAGATION: Duration = Duration::from_secs(9);

/// The fastest monotonic clock gains this much; leases may end that much early by the true time.
pub const DRIFT_PPM_MAX: i64 = 5_000;

/// How far the wheel, the tick and the drift of clocks may put off an ending.
pub const EXPIRY_SLACK: Duration = Duration::from_secs(2);

/// All nodes agree: lives that ended have lapsed, and what was left to tell has been told.
pub fn converged_by() -> Moment {
    FAULTS_UNTIL + LIVENESS + PROPAGATION
}

/// Every instance whose client fell silent is gone everywhere.
pub fn expired_by() -> Moment {
    FAULTS_UNTIL + LEASE_TTL_MAX + LIVENESS + PROPAGATION + EXPIRY_SLACK
}

/// Every mark of deletion is gone everywhere.
pub fn ends_at() -> Moment {
    expired_by() + tombstone_life_max() + PROPAGATION + EXPIRY_SLACK
}

pub fn tombstone_life_max() -> Duration {
    TOMBSTONE_LIFE.max(LEASE_TTL_MAX * 2)
}
