//! Waiting for conditions: the one place where these tests let time pass.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a condition may take to come true. Only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(40);
/// Between two looks.
const POLL: Duration = Duration::from_millis(10);

/// Looks until `look` succeeds and returns what it found; fails with its last reason.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    match within(PATIENCE, POLL, look) {
        Ok(found) => found,
        Err(reason) => panic!("waited {PATIENCE:?} for this in vain: {what}\nlast seen: {reason}"),
    }
}

/// The same, looking as often as the machine allows, and how long it took.
#[track_caller]
pub(crate) fn timed<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> Duration {
    let began = Instant::now();
    match within(PATIENCE, Duration::ZERO, look) {
        Ok(_) => began.elapsed(),
        Err(reason) => panic!("waited {PATIENCE:?} for this in vain: {what}\nlast seen: {reason}"),
    }
}

fn within<T>(
    patience: Duration,
    poll: Duration,
    mut look: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let end = Instant::now() + patience;
    loop {
        match look() {
            Ok(found) => return Ok(found),
            Err(reason) if Instant::now() >= end => return Err(reason),
            Err(_) => pass(poll),
        }
    }
}

/// Lets `time` pass, where its passing is what the test is about: a stall, a silence longer than a lease.
pub(crate) fn pass(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
    {
        std::thread::park_timeout(left);
    }
}

/// A flag that ends a thread between two of its rounds without waiting for the whole pause.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(crate) fn set(&self) {
        *self.is_set.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits for `pause`, or until it is time to stop: then true.
    pub(crate) fn is_set_within(&self, pause: Duration) -> bool {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(is_set, pause, |is_set| !*is_set);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
