//! Gossip with hera nodes: asks them each gossip interval what they have heard since. Owns the cursors; what an answer
//! means is said in the core.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, warn};
use vestal_core::id::NodeName;
use vestal_core::replication::hera::{self, HeraNews};
use vestal_core::time::LeaseTime;

use super::client::{PeerClient, PeerError};
use crate::node::Node;

/// BOUND: largest answer of a hera node.
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// How far each hera node has been heard through one peer.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    of: BTreeMap<NodeName, u64>,
    /// When everything was last asked for.
    from_zero: Option<LeaseTime>,
    /// The nodes whose last answer held entries from too far in the future. They stay in its answers for as long as the
    /// node keeps them, and are news only once.
    skewed: BTreeSet<NodeName>,
}

/// One round: asks the peer for itself and, as relay, for every other hera node.
pub(super) async fn round(
    node: &Arc<Node>,
    peer: &NodeName,
    client: &PeerClient,
    cursors: &mut Cursors,
) -> Result<(), PeerError> {
    cursors.start_over_when_due(node);
    let mut asked = node.cluster.hera_nodes();
    if !asked.contains(peer) {
        asked.push(peer.clone());
    }
    let terms: Vec<String> = asked
        .iter()
        .map(|name| format!("{name}={}", cursors.of.get(name).copied().unwrap_or(0)))
        .collect();
    let path = format!("/_deltas?{}", terms.join("&"));
    let answer = client.read(&path, ANSWER_BYTES_MAX, ANSWER_TIMEOUT).await?;
    for name in asked {
        let cursor = cursors.of.get(&name).copied().unwrap_or(0);
        let (taker, answer, heard) = (Arc::clone(node), answer.clone(), name.clone());
        // A first answer may hold a whole fleet: its parsing must not keep a reactor thread.
        let done = tokio::task::spawn_blocking(move || take(&taker, &heard, cursor, &answer)).await;
        match done {
            Ok(Some(news)) => {
                cursors.note_skew(node, &name, news.skewed);
                cursors.of.insert(name, news.cursor);
            }
            Ok(None) => {
                return Err(PeerError::Foreign {
                    address: client.address(),
                });
            }
            Err(error) => warn!(%error, "taking up a hera node's answer failed"),
        }
    }
    Ok(())
}

fn take(node: &Node, heard: &NodeName, cursor: u64, answer: &[u8]) -> Option<HeraNews> {
    let text = std::str::from_utf8(answer).ok()?;
    let skew_max = node.settings.clock_skew_max;
    match hera::take(&node.catalog, node.clock.wall(), heard, cursor, text, skew_max) {
        Ok(news) => {
            if news.taken > 0 {
                node.cluster.announce_change();
            }
            if news.refused > 0 {
                debug!(peer = %heard, entries = news.refused, "entries that this node would refuse from a client were passed over");
            }
            Some(news)
        }
        Err(error) => {
            warn!(peer = %heard, %error, "a hera node's answer was not taken up");
            None
        }
    }
}

impl Cursors {
    fn note_skew(&mut self, node: &Node, heard: &NodeName, entries: usize) {
        if entries == 0 {
            self.skewed.remove(heard);
        } else if self.skewed.insert(heard.clone()) {
            node.metrics.cluster.skewed.inc();
            warn!(peer = %heard, entries, "entries lie too far in the future and were passed over; synchronise the clocks");
        }
    }

    /// A hera node whose clock was set back tells nothing beyond an old cursor. Asking for everything twice in each
    /// `liveness` brings its entries back before they lapse.
    fn start_over_when_due(&mut self, node: &Node) {
        let now = node.catalog.lease_now();
        if self
            .from_zero
            .is_none_or(|last| now.since(last) >= node.settings.liveness / 2)
        {
            self.of.clear();
            self.from_zero = Some(now);
        }
    }
}
