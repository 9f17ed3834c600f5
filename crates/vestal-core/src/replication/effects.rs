//! What a decision asks of the world: an ordered plan of values, carried out by the shell. Owns no behaviour.

use std::time::Duration;

use super::{Exchange, Fetch};
use crate::id::{NodeName, Origin};

/// The plan of one step. Carry it out in order.
#[derive(Debug, Default)]
pub struct Effects(Vec<Effect>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Offer our digests to a peer and bring back its answer.
    Exchange { to: NodeName, exchange: Exchange },
    /// Answer the exchange that is being handled.
    Reply(Exchange),
    /// Fetch entries from a peer.
    Fetch { to: NodeName, fetch: Fetch },
    /// Our own log has grown: streams have something to send.
    News,
    /// Something a person may want to know.
    Notice(Notice),
}

/// What happened in the cluster, for the log and for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// This node's view is whole as far as it can be: it answers readers from now on.
    Ready {
        synced: usize,
        silent: usize,
    },
    /// Nobody vouched for the origin for a whole `liveness`: its entries were dropped.
    Lapsed {
        origin: Origin,
        instances: usize,
    },
    /// A clock runs apart by more than the bound: of the peer's wall against ours.
    Skewed {
        peer: NodeName,
        ahead: bool,
        by: Duration,
    },
    /// Content differed from what the origin holds though sequences agreed; it was listed again.
    Repaired {
        origin: Origin,
        dropped: usize,
    },
    /// Another living node uses this node's name.
    NameTaken {
        other: Origin,
    },
    /// Records that could not be understood were passed over.
    Malformed {
        peer: NodeName,
        records: usize,
    },
    /// More origins are offered than are taken up.
    TooManyOrigins {
        origin: Origin,
    },
    /// A peer was lost from sight, or is back.
    PeerLost {
        peer: NodeName,
        error: String,
    },
    PeerBack {
        peer: NodeName,
    },
}

impl Effects {
    pub fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }

    pub(crate) fn notice(&mut self, notice: Notice) {
        self.push(Effect::Notice(notice));
    }
}

impl IntoIterator for Effects {
    type Item = Effect;
    type IntoIter = std::vec::IntoIter<Effect>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
