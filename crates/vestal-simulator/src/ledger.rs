//! What was really done, by whom and when: the truth against which invariants hold the nodes. Owns the record of every
//! operation that a node carried out, acknowledged or not; nodes and clients never see it.

use std::collections::BTreeMap;
use std::time::Duration;

use vestal_core::time::Version;

use crate::moment::Moment;
use crate::node::Node;
use crate::terms::DRIFT_PPM_MAX;

/// A (service, id).
pub type Key = (String, String);

#[derive(Debug, Default)]
pub struct Ledger {
    pub entries: BTreeMap<Key, Entry>,
}

#[derive(Debug, Default)]
pub struct Entry {
    /// The last heartbeat that each node took.
    pub claims: BTreeMap<usize, Claim>,
    pub writes: Vec<Write>,
    pub removals: Vec<Removal>,
    /// Since when there has always been a node that kept the lease.
    pub claimed_since: Option<Moment>,
}

/// A heartbeat that a node took: from then on that node has to show the instance.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    pub at: Moment,
    pub life: u32,
    /// How long that life had run.
    pub running: Duration,
    pub ttl: Duration,
    pub version: Version,
}

#[derive(Debug, Clone)]
pub struct Write {
    pub at: Moment,
    pub node: usize,
    pub life: u32,
    pub version: Version,
    pub revision: String,
}

#[derive(Debug, Clone, Copy)]
pub struct Removal {
    pub at: Moment,
    pub node: usize,
    pub life: u32,
    pub version: Version,
}

/// A lease that is renewed while the ticker is late ends this much early: the next tick counts up to `LEASE_STEP_MAX` that
/// had passed before the heartbeat, of which `TICK` is made up for.
const TICK_SLACK: Duration = Duration::from_millis(450);

impl Ledger {
    pub fn entry(&mut self, service: &str, id: &str) -> &mut Entry {
        self.entries
            .entry((service.to_owned(), id.to_owned()))
            .or_default()
    }

    /// A node has lost all: whatever rested on its word does not hold any more.
    pub fn note_crash(&mut self, node: usize) {
        for entry in self.entries.values_mut() {
            if entry.claims.remove(&node).is_some() {
                entry.claimed_since = None;
            }
        }
    }

    /// Drops claims that have run out.
    pub fn sweep(&mut self, nodes: &[Node], now: Moment) {
        for entry in self.entries.values_mut() {
            let greatest = entry.greatest_removal();
            entry
                .claims
                .retain(|&node, claim| claim.holds(&nodes[node], now) && greatest < claim.version);
            if entry.claims.is_empty() {
                entry.claimed_since = None;
            }
        }
    }
}

impl Entry {
    pub fn note_heartbeat(&mut self, node: usize, claim: Claim) {
        self.claimed_since.get_or_insert(claim.at);
        self.claims.insert(node, claim);
    }

    pub fn note_removal(&mut self, removal: Removal) {
        self.claimed_since = None;
        self.removals.push(removal);
    }

    pub fn greatest_removal(&self) -> Version {
        self.removals
            .iter()
            .map(|removal| removal.version)
            .max()
            .unwrap_or_default()
    }

    pub fn greatest_write(&self) -> Version {
        self.writes
            .iter()
            .map(|write| write.version)
            .max()
            .unwrap_or_default()
    }

    pub fn last_write(&self) -> Option<&Write> {
        self.writes.last()
    }

    /// Whether the last heartbeat also has the greatest version, so that no wrong clock decides against it.
    pub fn is_in_order(&self) -> bool {
        let last = self.claims.values().max_by_key(|claim| claim.at);
        last.is_some_and(|claim| {
            claim.version >= self.greatest_write() && claim.version > self.greatest_removal()
        })
    }
}

impl Claim {
    /// Whether the lease cannot have ended yet, however fast the node's clock runs.
    pub fn holds(&self, node: &Node, now: Moment) -> bool {
        if node.life != self.life || !node.is_up {
            return false;
        }
        let run = node.running(now).saturating_sub(self.running);
        let fastest = run + run / 1_000_000 * u32::try_from(DRIFT_PPM_MAX).unwrap_or(0);
        fastest + TICK_SLACK < self.ttl
    }
}
