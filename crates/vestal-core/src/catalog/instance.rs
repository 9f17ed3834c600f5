//! What is known of one (service, id): the present entry or the mark of its end. Owns the fields and how they may be
//! read; who may change them, and when, is the business of `write` and `merge`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::body::Body;
use super::origins::OriginKey;
use super::wheel::Slot;
use crate::id::Sequence;
use crate::record::{End, Record, RecordState};
use crate::time::{LeaseTime, Version};

#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) service: Arc<str>,
    pub(crate) id: Box<str>,
    /// On the origin: when the lease ends. Of a mark of deletion: when it is forgotten. Of another origin's entry: when
    /// the lease ends that was kept here before, if there was one. Renewing stores here and nowhere else.
    deadline: AtomicU64,
    pub(crate) cell: Mutex<Cell>,
}

/// The part that changes together. INVARIANT: while `sequence` is not 0, the log of `origin` holds this instance at
/// exactly that sequence, and no other log holds it.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) state: State,
    pub(crate) version: Version,
    pub(crate) sequence: Sequence,
    pub(crate) origin: OriginKey,
    pub(crate) ttl_ms: u32,
    /// The slot of the wheel that looks at this instance; a visit from any other slot is out of date.
    pub(crate) armed: Slot,
    /// The node's index when this instance last changed for its readers.
    pub(crate) index: u64,
    /// The body's volatile members are newer than what the other nodes were told.
    pub(crate) volatile_untold: bool,
    /// The lease was left to us by an origin that fell silent; no heartbeat has come here yet.
    pub(crate) is_inherited: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Live(Body),
    /// A tombstone, and how the entry ended.
    Gone(End),
}

impl State {
    pub(crate) fn body(&self) -> Option<&Body> {
        match self {
            Self::Live(body) => Some(body),
            Self::Gone(_) => None,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::Live(_))
    }
}

impl Cell {
    /// An instance that nothing is known of yet.
    pub(crate) fn unknown() -> Self {
        Self {
            state: State::Gone(End::Expired),
            version: Version::default(),
            sequence: Sequence(0),
            origin: OriginKey::OWN,
            ttl_ms: 0,
            armed: 0,
            index: 0,
            volatile_untold: false,
            is_inherited: false,
        }
    }

    pub(crate) fn is_own_live(&self) -> bool {
        self.origin == OriginKey::OWN && self.state.is_live()
    }

    /// What peers are told of this instance.
    pub(crate) fn record<'a>(&'a self, instance: &'a Instance) -> Record<'a> {
        Record {
            service: &instance.service,
            id: &instance.id,
            sequence: self.sequence,
            version: self.version,
            ttl_ms: self.ttl_ms,
            state: match &self.state {
                State::Live(body) => RecordState::Live(body.as_bytes()),
                State::Gone(end) => RecordState::Gone(*end),
            },
        }
    }

    pub(crate) fn ttl(&self) -> Duration {
        Duration::from_millis(u64::from(self.ttl_ms))
    }
}

impl Instance {
    pub(crate) fn new(service: Arc<str>, id: &str) -> Self {
        Self {
            service,
            id: id.into(),
            deadline: AtomicU64::new(0),
            cell: Mutex::new(Cell::unknown()),
        }
    }

    pub(crate) fn deadline(&self) -> LeaseTime {
        LeaseTime(self.deadline.load(Ordering::Relaxed))
    }

    pub(crate) fn set_deadline(&self, deadline: LeaseTime) {
        self.deadline.store(deadline.0, Ordering::Relaxed);
    }

    /// This entry's share of its origin's digest: what it is called and which version of it is meant, hashed the same
    /// on every node.
    pub(crate) fn digest(&self, version: Version) -> u64 {
        let service = xxh3_64_with_seed(self.service.as_bytes(), version.0);
        xxh3_64_with_seed(self.id.as_bytes(), service)
    }
}
