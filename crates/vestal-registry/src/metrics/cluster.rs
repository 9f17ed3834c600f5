//! What flows between nodes. Peers are labels: their number is that of the configuration.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use vestal_api::cluster::PeerState;
use vestal_core::replication::effects::Notice;
use vestal_core::time::millis;

use crate::node::Node;
use crate::peers;

/// A peer by its configured name.
type PeerLabel = [(&'static str, String); 1];

#[derive(Debug, Clone, Default)]
pub(crate) struct ClusterMetrics {
    /// Exchanges of digests that this node began.
    pub(crate) exchanges: Counter,
    /// Exchanges and fetches that came to nothing.
    pub(crate) failures: Counter,
    /// Records of other nodes, in bytes, as they came by streams and fetches.
    received_bytes: Counter,
    batches: Counter,
    repairs: Counter,
    lapses: Counter,
    malformed: Counter,
    /// Times a clock was found too far ahead, be it a peer's or that of entries.
    pub(crate) skewed: Counter,
    peer_up: Family<PeerLabel, Gauge>,
    peer_lag: Family<PeerLabel, Gauge>,
    peer_skew_ms: Family<PeerLabel, Gauge>,
    peer_silence_ms: Family<PeerLabel, Gauge>,
}

impl ClusterMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let counters = [
            (
                "gossip_exchanges",
                "Exchanges of digests begun by this node",
                &metrics.exchanges,
            ),
            (
                "gossip_failures",
                "Exchanges and fetches that came to nothing",
                &metrics.failures,
            ),
            (
                "replication_batches",
                "Batches of other nodes' changes taken up",
                &metrics.batches,
            ),
            (
                "replication_repairs",
                "Full listings after content differed",
                &metrics.repairs,
            ),
            (
                "replication_lapses",
                "Origins dropped because nobody vouched for them",
                &metrics.lapses,
            ),
            (
                "replication_malformed_records",
                "Records that could not be understood",
                &metrics.malformed,
            ),
            (
                "clock_skew_reports",
                "Times a peer's clock was found too far from ours",
                &metrics.skewed,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        registry.register_with_unit(
            "replication_received",
            "Records of other nodes as they came",
            Unit::Bytes,
            metrics.received_bytes.clone(),
        );
        let gauges = [
            (
                "peer_up",
                "1 while the peer streams or gossips, 0 else",
                &metrics.peer_up,
            ),
            (
                "peer_lag_changes",
                "Our changes that the peer had not heard of at its last exchange",
                &metrics.peer_lag,
            ),
            (
                "peer_clock_skew_milliseconds",
                "The peer's wall clock less ours",
                &metrics.peer_skew_ms,
            ),
            (
                "peer_silence_milliseconds",
                "Since the peer was last heard",
                &metrics.peer_silence_ms,
            ),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        metrics
    }

    pub(crate) fn count_batch(&self, bytes: usize) {
        self.batches.inc();
        self.received_bytes.inc_by(bytes as u64);
    }

    pub(crate) fn count(&self, notice: &Notice) {
        match notice {
            Notice::Repaired { .. } => self.repairs.inc(),
            Notice::Lapsed { .. } => self.lapses.inc(),
            Notice::Malformed { records, .. } => self.malformed.inc_by(*records as u64),
            Notice::Skewed { .. } => self.skewed.inc(),
            _ => return,
        };
    }

    /// Brings the figures of each peer up to date.
    pub(super) fn refresh(&self, node: &Node) {
        for (peer, spoken, view) in node.cluster.peers(&node.catalog) {
            let label = [("peer", peer.name.to_string())];
            let is_up = matches!(
                peers::state(spoken, &view),
                PeerState::Streaming | PeerState::Gossiping
            );
            self.peer_up.get_or_create(&label).set(i64::from(is_up));
            self.peer_lag.get_or_create(&label).set(view.lag.cast_signed());
            self.peer_skew_ms.get_or_create(&label).set(view.skew_ms);
            if let Some(silence) = view.last_contact {
                self.peer_silence_ms
                    .get_or_create(&label)
                    .set(millis(silence).cast_signed());
            }
        }
    }
}
