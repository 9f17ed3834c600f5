//! The fetches under way: of whom what was asked, and which part is waited for. Owns their bookkeeping, one fetch per
//! origin; whom to ask for what is the replica's decision.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::id::{NodeName, Origin, Sequence};
use crate::record::Batch;
use crate::time::LeaseTime;

/// BOUND: a fetch that brings nothing for this long is given up, so that another peer can be asked.
const FETCH_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Fetches(BTreeMap<Origin, Fetching>);

#[derive(Debug)]
struct Fetching {
    peer: NodeName,
    since: LeaseTime,
    /// Where the part that is waited for begins; a late part of a fetch that was given up begins elsewhere.
    next: Sequence,
    /// The sequences of a full listing so far.
    listed: Option<BTreeSet<Sequence>>,
}

/// What a batch is to the fetch of its origin.
#[derive(Debug)]
pub(super) enum Part {
    /// Nothing: nobody waits for it.
    Other,
    /// More has to be asked for.
    Middle,
    /// The last part; of a listing with all sequences that were listed.
    Last { listed: Option<BTreeSet<Sequence>> },
}

impl Fetches {
    /// Notes that `peer` is asked for `origin`; false if a fetch of it is under way already.
    pub(super) fn begin(
        &mut self,
        origin: &Origin,
        peer: &NodeName,
        after: Sequence,
        is_listing: bool,
        now: LeaseTime,
    ) -> bool {
        if self.0.contains_key(origin) {
            return false;
        }
        let fetching = Fetching {
            peer: peer.clone(),
            since: now,
            next: after,
            listed: is_listing.then(BTreeSet::new),
        };
        self.0.insert(origin.clone(), fetching);
        true
    }

    /// Takes note of a batch that `peer` sent.
    pub(super) fn take(&mut self, peer: &NodeName, batch: &Batch, now: LeaseTime) -> Part {
        let awaited = self.0.get_mut(&batch.origin).filter(|fetching| {
            fetching.peer == *peer
                && fetching.next == batch.after
                && fetching.listed.is_some() == batch.is_listing
        });
        let Some(fetching) = awaited else {
            return Part::Other;
        };
        fetching.since = now;
        fetching.next = batch.reach;
        if let Some(listed) = &mut fetching.listed {
            listed.extend(batch.records().flatten().map(|record| record.sequence));
        }
        if batch.has_more() && batch.reach > batch.after {
            return Part::Middle;
        }
        let listed = self.0.remove(&batch.origin).and_then(|fetching| fetching.listed);
        Part::Last { listed }
    }

    /// Gives up what `peer` was asked of `origin`.
    pub(super) fn give_up(&mut self, origin: &Origin, peer: &NodeName) {
        if self.0.get(origin).is_some_and(|fetching| fetching.peer == *peer) {
            self.0.remove(origin);
        }
    }

    pub(super) fn forget(&mut self, origin: &Origin) {
        self.0.remove(origin);
    }

    pub(super) fn expire(&mut self, now: LeaseTime) {
        self.0
            .retain(|_, fetching| now.since(fetching.since) < FETCH_TIMEOUT);
    }
}
