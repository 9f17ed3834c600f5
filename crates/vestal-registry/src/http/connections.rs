//! All open connections: their number against the limit, the reaper of slow ones, and the drain at a stop.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tracing::debug;

use super::watch::{Order, Phase, ReaperClock, Sight, Watch};
use crate::settings::HttpSettings;

/// How long a connection that we closed may wait for the client to close as well.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(2);
/// BOUND: bounds on the pause between two rounds: often enough for short time-outs, seldom enough to cost nothing.
const ROUND_MIN: Duration = Duration::from_millis(20);
const ROUND_MAX: Duration = Duration::from_secs(1);

/// The open connections of one server.
#[derive(Debug)]
pub(crate) struct Connections {
    clock: Arc<ReaperClock>,
    open: Mutex<Open>,
    /// Signalled whenever a connection ends.
    ended: Notify,
    open_max: usize,
    limits: Limits,
    /// Set by the drain: whoever does not read is not waited for.
    is_draining: AtomicBool,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    watches: HashMap<u64, Arc<Watch>>,
}

/// Time-outs in rounds of the reaper.
#[derive(Debug)]
struct Limits {
    round: Duration,
    idle: u32,
    head: u32,
    blocked: u32,
    closing: u32,
}

impl Limits {
    fn of(settings: &HttpSettings) -> Self {
        let shortest = settings
            .idle_timeout
            .min(settings.header_timeout)
            .min(settings.body_timeout);
        let round = (shortest / 4).clamp(ROUND_MIN, ROUND_MAX);
        let rounds = |timeout: Duration| {
            let rounds = timeout.as_millis().div_ceil(round.as_millis().max(1));
            // One more, because the round under way when a phase begins is not a whole one.
            u32::try_from(rounds).unwrap_or(u32::MAX - 1).saturating_add(1)
        };
        Self {
            round,
            idle: rounds(settings.idle_timeout),
            head: rounds(settings.header_timeout),
            blocked: rounds(settings.body_timeout),
            closing: rounds(CLOSING_TIMEOUT),
        }
    }

    /// Why a connection has to end, if it has to.
    fn verdict(&self, now: u32, sight: Sight, is_draining: bool) -> Option<&'static str> {
        let blocked = if is_draining {
            self.closing.min(self.blocked)
        } else {
            self.blocked
        };
        if sight
            .blocked_since
            .is_some_and(|since| now.wrapping_sub(since) > blocked)
        {
            return Some("the client does not read its answer");
        }
        let lasted = now.wrapping_sub(sight.since);
        match sight.phase {
            Phase::Idle if lasted > self.idle => Some("idle"),
            Phase::Head if lasted > self.head => Some("the request's head took too long"),
            Phase::Closing if lasted > self.closing => Some("the client does not close"),
            _ => None,
        }
    }
}

/// A place among the open connections, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    number: u64,
    pub(crate) watch: Arc<Watch>,
}

impl Connections {
    pub(crate) fn new(settings: &HttpSettings) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::new(ReaperClock::start()),
            open: Mutex::default(),
            ended: Notify::new(),
            open_max: settings.connections_max,
            limits: Limits::of(settings),
            is_draining: AtomicBool::new(false),
        })
    }

    /// Takes a place, or `None` if all are taken.
    pub(crate) fn take_place(self: &Arc<Self>) -> Option<Place> {
        let mut open = self.open.lock();
        if open.watches.len() >= self.open_max {
            return None;
        }
        let number = open.next;
        open.next += 1;
        let watch = Arc::new(Watch::new(Arc::clone(&self.clock)));
        open.watches.insert(number, Arc::clone(&watch));
        Some(Place {
            connections: Arc::clone(self),
            number,
            watch,
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.open.lock().watches.len()
    }

    /// Ends connections that take too long. Runs until dropped.
    pub(crate) async fn reap(self: Arc<Self>) {
        let mut rounds = tokio::time::interval(self.limits.round);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            self.reap_once();
        }
    }

    fn reap_once(&self) {
        let now = self.clock.advance();
        let is_draining = self.is_draining.load(Ordering::Relaxed);
        for watch in self.open.lock().watches.values() {
            if let Some(reason) = self.limits.verdict(now, watch.sight(), is_draining) {
                debug!(reason, "ending a connection");
                watch.give_order(Order::End);
            }
        }
    }

    /// Lets requests under way finish for `grace`, then ends what is left. Returns how many had to be ended.
    pub(crate) async fn drain(&self, grace: Duration) -> usize {
        self.is_draining.store(true, Ordering::Relaxed);
        self.order_all(Order::Drain);
        if tokio::time::timeout(grace, self.wait_until(|| 0)).await.is_ok() {
            return 0;
        }
        let ended = self.count();
        self.order_all(Order::End);
        // Tasks only have to be polled once more; a second is for a machine that is very busy.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.wait_until(|| 0)).await;
        ended
    }

    fn order_all(&self, order: Order) {
        for watch in self.open.lock().watches.values() {
            watch.give_order(order);
        }
    }

    /// Waits until no more than `remaining` connections are open.
    pub(crate) async fn wait_until(&self, remaining: impl Fn() -> usize) {
        loop {
            let mut ended = std::pin::pin!(self.ended.notified());
            // Enabled before the look, so that an end in between is not missed.
            ended.as_mut().enable();
            if self.count() <= remaining() {
                return;
            }
            ended.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock();
        open.watches.remove(&self.number);
        drop(open);
        self.connections.ended.notify_waiters();
    }
}
