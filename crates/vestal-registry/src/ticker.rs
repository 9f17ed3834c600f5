//! Moves the catalog's time: what is due happens here, and nowhere else.

use std::sync::Arc;

use tokio::time::MissedTickBehavior;
use tracing::{debug, warn};
use vestal_core::catalog::TickReport;
use vestal_core::replication::Input;
use vestal_core::time::{TICK, millis};

use crate::node::Node;
use crate::peers::Cluster;

/// Ticks until dropped. A late tick makes expiry late, never early; a missed one is not made up for.
pub(crate) async fn run(node: Arc<Node>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        tick(&node);
    }
}

/// One tick. The first one is made before the node listens: a node without peers is ready with it.
pub(crate) fn tick(node: &Arc<Node>) {
    let report = node.catalog.tick(node.clock.mono());
    note(node, &report);
    if report.has_news {
        node.cluster.announce_change();
    }
    Cluster::handle(node, Input::Tick);
}

fn note(node: &Node, report: &TickReport) {
    if !report.stall.is_zero() {
        node.metrics.stalls.count(report.stall);
        warn!(
            stall_ms = millis(report.stall),
            "this process stood still; the time is added to every lease, so nobody expires for it"
        );
    }
    if report.expired > 0 {
        debug!(expired = report.expired, "leases ended without a heartbeat");
    }
}
