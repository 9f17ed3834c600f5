//! Whether a starting node's view is whole. Owns when it is, and when waiting for it ends; once it is, it stays so.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::effects::Notice;
use super::peer::Peer;
use crate::catalog::Catalog;
use crate::id::{NodeName, Origin};
use crate::time::LeaseTime;

#[derive(Debug)]
pub(super) struct Joining {
    is_over: bool,
    /// How far all origins have been heard together that peers are known to have, and since when no further.
    heard: u64,
    progressed: LeaseTime,
}

impl Joining {
    /// A node without peers has nobody to wait for.
    pub(super) fn new(is_alone: bool, started: LeaseTime) -> Self {
        Self {
            is_over: is_alone,
            heard: 0,
            progressed: started,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The view is whole when one peer that is ready has nothing that we lack, or all peers have nothing; at the
    /// join time-out, counted from the last progress, it is as whole as it can be: the time-out gives up those who are
    /// silent, not those who are still telling. Returns the news if that is so from now on.
    pub(super) fn judge(
        &mut self,
        peers: &mut BTreeMap<NodeName, Peer>,
        catalog: &Catalog,
        timeout: Duration,
    ) -> Option<Notice> {
        if self.is_over {
            return None;
        }
        let mut synced = 0;
        let mut is_synced_with_ready = false;
        for peer in peers.values_mut() {
            if peer.is_synced(catalog) {
                synced += 1;
                is_synced_with_ready |= peer.is_ready;
            }
        }
        self.note_progress(peers, catalog);
        let has_waited = catalog.lease_now().since(self.progressed) >= timeout;
        self.is_over = is_synced_with_ready || synced == peers.len() || has_waited;
        let silent = peers.len() - synced;
        self.is_over.then_some(Notice::Ready { synced, silent })
    }

    fn note_progress(&mut self, peers: &BTreeMap<NodeName, Peer>, catalog: &Catalog) {
        let targets = peers.values().filter_map(|peer| peer.targets.as_ref());
        let origins: BTreeSet<&Origin> = targets.flat_map(BTreeMap::keys).collect();
        let heard = origins
            .into_iter()
            .map(|origin| catalog.head(origin).0)
            .fold(0, u64::saturating_add);
        if heard != self.heard {
            self.heard = heard;
            self.progressed = catalog.lease_now();
        }
    }
}
