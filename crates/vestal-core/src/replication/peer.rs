//! What this node knows of one peer. Owns its state; judges nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::catalog::Catalog;
use crate::id::{Incarnation, NodeName, Origin, Sequence};
use crate::time::LeaseTime;

/// State of the stream on which a peer tells its own changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    /// Not tried yet, or being tried.
    Connecting,
    Open,
    /// Tried and failed; the shell tries again.
    Down,
}

/// What a person may know of a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerView {
    pub name: NodeName,
    pub stream: StreamState,
    pub incarnation: Option<Incarnation>,
    /// Since the peer was last heard; `None` if it never was.
    pub last_contact: Option<Duration>,
    /// Our changes that it had not heard of at the last exchange.
    pub lag: u64,
    /// Its wall clock less ours, in milliseconds.
    pub skew_ms: i64,
    pub error: Option<String>,
}

#[derive(Debug)]
pub(super) struct Peer {
    pub(super) stream: StreamState,
    pub(super) incarnation: Option<Incarnation>,
    pub(super) heard: Option<LeaseTime>,
    /// When it last answered us or sent on a stream that we opened: the line works in our direction.
    pub(super) answered: Option<LeaseTime>,
    pub(super) is_exchanging: bool,
    pub(super) lag: u64,
    pub(super) skew_ms: i64,
    pub(super) error: Option<String>,
    /// While this node starts: how far it must hear each origin to hold what this peer held when it first answered, or
    /// when it first answered as one that is ready.
    pub(super) targets: Option<BTreeMap<Origin, Sequence>>,
    /// Whether the peer was ready when it told the targets: only then are they a whole view.
    pub(super) is_ready: bool,
    /// It does not speak this protocol: it is neither asked nor waited for.
    pub(super) is_foreign: bool,
}

impl Peer {
    pub(super) fn new() -> Self {
        Self {
            stream: StreamState::Connecting,
            incarnation: None,
            heard: None,
            answered: None,
            is_exchanging: false,
            lag: 0,
            skew_ms: 0,
            error: None,
            targets: None,
            is_ready: false,
            is_foreign: false,
        }
    }

    /// Whether it can be asked for an exchange now.
    pub(super) fn is_free(&self) -> bool {
        !self.is_exchanging && !self.is_foreign
    }

    /// Whether this node holds all that the peer's targets say.
    pub(super) fn is_synced(&mut self, catalog: &Catalog) -> bool {
        let Some(targets) = &mut self.targets else {
            return self.is_foreign;
        };
        targets.retain(|origin, head| catalog.head(origin) < *head);
        targets.is_empty()
    }

    pub(super) fn has_answered_within(&self, now: LeaseTime, bound: Duration) -> bool {
        self.answered.is_some_and(|answered| now.since(answered) <= bound)
    }

    pub(super) fn is_life(&self, incarnation: Incarnation) -> bool {
        self.incarnation == Some(incarnation)
    }

    pub(super) fn view(&self, name: &NodeName, now: LeaseTime) -> PeerView {
        PeerView {
            name: name.clone(),
            stream: self.stream,
            incarnation: self.incarnation,
            last_contact: self.heard.map(|heard| now.since(heard)),
            lag: self.lag,
            skew_ms: self.skew_ms,
            error: self.error.clone(),
        }
    }
}
