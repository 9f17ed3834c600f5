//! What one connection is doing and since when, for the reaper to judge.
//!
//! A timer per request would cost more than the request. Instead the connection's own task notes each change of phase with
//! one relaxed store against a coarse clock, and one reaper looks at all of them now and then. Ticks are counted by the
//! reaper itself, so time in which this whole process stood still is held against no client.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::task::Waker;

/// Rounds that the reaper has made; starts at 1 so that 0 can mean never.
#[derive(Debug)]
pub(crate) struct ReaperClock(AtomicU32);

impl ReaperClock {
    pub(crate) fn start() -> Self {
        Self(AtomicU32::new(1))
    }

    pub(crate) fn now(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one more round and returns its number.
    pub(crate) fn advance(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }
}

/// Where a connection stands between two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// No request is under way.
    Idle = 0,
    /// A request's head has begun to arrive.
    Head = 1,
    /// A request is being answered; its body has a timer of its own.
    Busy = 2,
    /// The whole answer is with the transport.
    Answered = 3,
    /// Closed by us, waiting for the client to have read the last answer.
    Closing = 4,
}

impl Phase {
    fn of(bits: u8) -> Self {
        match bits {
            0 => Phase::Idle,
            1 => Phase::Head,
            2 => Phase::Busy,
            3 => Phase::Answered,
            _ => Phase::Closing,
        }
    }
}

/// What the server asks of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Order {
    Continue = 0,
    /// Finish the request under way, then close.
    Drain = 1,
    /// Close now.
    End = 2,
}

/// One connection's phase, written by its task alone and read by the reaper.
#[derive(Debug)]
pub(crate) struct Watch {
    clock: Arc<ReaperClock>,
    /// Phase in the upper half, the tick of its beginning in the lower.
    state: AtomicU64,
    /// The tick at which the client stopped taking bytes; 0 while it takes them.
    blocked_since: AtomicU32,
    order: AtomicU8,
    waker: OnceLock<Waker>,
}

/// What the reaper sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) phase: Phase,
    pub(crate) since: u32,
    /// Since when the client has not taken a byte that is ready for it.
    pub(crate) blocked_since: Option<u32>,
}

impl Watch {
    pub(crate) fn new(clock: Arc<ReaperClock>) -> Self {
        let since = u64::from(clock.now());
        Self {
            clock,
            state: AtomicU64::new(since),
            blocked_since: AtomicU32::new(0),
            order: AtomicU8::new(Order::Continue as u8),
            waker: OnceLock::new(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the upper half holds a phase, which is below 5"
        )]
        Phase::of((self.state.load(Ordering::Relaxed) >> 32) as u8)
    }

    pub(crate) fn enter(&self, phase: Phase) {
        let state = (u64::from(phase as u8) << 32) | u64::from(self.clock.now());
        self.state.store(state, Ordering::Relaxed);
    }

    /// The client does not take what is ready for it.
    pub(crate) fn write_blocked(&self) {
        if self.blocked_since.load(Ordering::Relaxed) == 0 {
            self.blocked_since.store(self.clock.now(), Ordering::Relaxed);
        }
    }

    /// The client has taken some bytes.
    pub(crate) fn write_moved(&self) {
        if self.blocked_since.load(Ordering::Relaxed) != 0 {
            self.blocked_since.store(0, Ordering::Relaxed);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the halves are taken apart here")]
    pub(crate) fn sight(&self) -> Sight {
        let state = self.state.load(Ordering::Relaxed);
        let blocked = self.blocked_since.load(Ordering::Relaxed);
        Sight {
            phase: Phase::of((state >> 32) as u8),
            since: state as u32,
            blocked_since: (blocked != 0).then_some(blocked),
        }
    }

    /// Asks the connection's task to drain or end, and wakes it. Orders only grow: an end is not taken back by a drain.
    pub(crate) fn give_order(&self, order: Order) {
        self.order.fetch_max(order as u8, Ordering::AcqRel);
        if let Some(waker) = self.waker.get() {
            waker.wake_by_ref();
        }
    }

    pub(crate) fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            0 => Order::Continue,
            1 => Order::Drain,
            _ => Order::End,
        }
    }

    /// Keeps how to wake the connection's task; a task has the same waker for life. Called before the order is read, so
    /// that an order given in between is either read or wakes.
    pub(crate) fn remember(&self, waker: &Waker) {
        self.waker.get_or_init(|| waker.clone());
    }
}
