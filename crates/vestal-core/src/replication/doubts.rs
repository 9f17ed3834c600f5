//! Differences between a peer's digest and ours that may be only news on its way. Owns how often each has been seen in a
//! row; what follows from it is the replica's decision.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{NodeName, Origin, Sequence};

/// Exchanges in a row in which a difference must be seen before it is taken for more than news on its way.
pub(super) const DOUBT_ROUNDS: u32 = 3;

/// The same for a difference in content while the peer has more of any origin: under constant load it always has, and
/// a repair must come all the same.
pub(super) const DOUBT_ROUNDS_UNLEVEL: u32 = 4 * DOUBT_ROUNDS;

/// How far an origin has been heard here, and the digest of what is held of it.
pub(super) type Held = (Sequence, u64);

/// BOUND: per peer, no more than the origins that it told of in its last exchange.
#[derive(Debug, Default)]
pub(super) struct Doubts(BTreeMap<(NodeName, Origin), Doubt>);

#[derive(Debug)]
struct Doubt {
    ours: Held,
    rounds: u32,
}

impl Doubts {
    /// Notes that `peer` differs from us in `origin`. Returns in how many exchanges in a row it has, our side unmoved.
    pub(super) fn note(&mut self, peer: &NodeName, origin: &Origin, ours: Held) -> u32 {
        let key = (peer.clone(), origin.clone());
        let doubt = self.0.entry(key).or_insert(Doubt { ours, rounds: 0 });
        if doubt.ours != ours {
            *doubt = Doubt { ours, rounds: 0 };
        }
        doubt.rounds += 1;
        doubt.rounds
    }

    pub(super) fn settle(&mut self, peer: &NodeName, origin: &Origin) {
        self.0.remove(&(peer.clone(), origin.clone()));
    }

    /// Forgets what `peer` does not tell of any more.
    pub(super) fn keep_told(&mut self, peer: &NodeName, told: &BTreeSet<&Origin>) {
        self.0
            .retain(|(doubted, origin), _| doubted != peer || told.contains(origin));
    }

    pub(super) fn forget(&mut self, origin: &Origin) {
        self.0.retain(|(_, doubted), _| doubted != origin);
    }
}
