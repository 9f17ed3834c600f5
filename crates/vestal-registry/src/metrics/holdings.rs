//! What the catalog holds and what it has done, asked of it when somebody reads.

use std::sync::atomic::Ordering;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::node::Node;

#[derive(Debug, Default)]
pub(crate) struct HoldingMetrics {
    instances: Gauge,
    services: Gauge,
    leases: Gauge,
    tombstones: Gauge,
    index: Gauge,
    ready: Gauge,
    registered: Counter,
    renewed: Counter,
    changed: Counter,
    moved: Counter,
    removed: Counter,
    expired: Counter,
    lapsed: Counter,
    merged: Counter,
}

impl HoldingMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let all = Self::default();
        let mut gauge = |name: &str, help: &str, gauge: &Gauge| registry.register(name, help, gauge.clone());
        gauge("instances", "Instances served", &all.instances);
        gauge("services", "Services with at least one instance", &all.services);
        gauge("leases", "Instances whose lease this node judges", &all.leases);
        gauge(
            "tombstones",
            "Marks of deletions that are still kept",
            &all.tombstones,
        );
        gauge("index", "The node's index", &all.index);
        gauge("ready", "1 when the node answers reads", &all.ready);
        let mut counter =
            |name: &str, help: &str, counter: &Counter| registry.register(name, help, counter.clone());
        counter("registered", "Instances registered anew", &all.registered);
        counter("renewed", "Heartbeats that changed nothing", &all.renewed);
        counter("changed", "Registrations that changed an instance", &all.changed);
        counter(
            "moved",
            "Leases taken over from another node by a renewal here",
            &all.moved,
        );
        counter("removed", "Instances removed by their owners", &all.removed);
        counter(
            "expired",
            "Instances whose lease ended without a heartbeat",
            &all.expired,
        );
        counter(
            "lapsed",
            "Instances dropped because their node was silent for too long",
            &all.lapsed,
        );
        counter(
            "merged",
            "Records of other nodes that changed something here",
            &all.merged,
        );
        all
    }

    pub(super) fn refresh(&self, node: &Node) {
        let stats = node.catalog.stats();
        let held = [
            (&self.instances, stats.instances as u64),
            (&self.services, stats.services as u64),
            (&self.leases, stats.own_instances as u64),
            (&self.tombstones, stats.tombstones as u64),
            (&self.index, node.catalog.index()),
            (&self.ready, u64::from(node.is_ready())),
        ];
        for (gauge, value) in held {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        let done = [
            (&self.registered, stats.registered_total),
            (&self.renewed, stats.renewed_total),
            (&self.changed, stats.changed_total),
            (&self.moved, stats.moved_total),
            (&self.removed, stats.removed_total),
            (&self.expired, stats.expired_total),
            (&self.lapsed, stats.lapsed_total),
            (&self.merged, stats.merged_total),
        ];
        for (counter, total) in done {
            // The catalog counts; this only shows its totals, which never fall.
            counter.inner().store(total, Ordering::Relaxed);
        }
    }
}
