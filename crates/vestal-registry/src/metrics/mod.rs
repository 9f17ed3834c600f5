//! The node's figures. What happens often is counted where it happens, with relaxed atomics held ready; what can be asked for
//! is asked when somebody reads.
//!
//! Label sets are closed: no service, instance or client ever becomes a label.

pub(crate) mod cluster;
pub(crate) mod connections;
pub(crate) mod holdings;
pub(crate) mod latency;
pub(crate) mod process;
pub(crate) mod requests;

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use vestal_core::time::WallMillis;

use self::cluster::ClusterMetrics;
use self::connections::ConnectionMetrics;
use self::holdings::HoldingMetrics;
use self::process::{ProcessMetrics, StallMetrics};
use self::requests::RequestMetrics;
use crate::node::Node;

#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) requests: Arc<RequestMetrics>,
    pub(crate) connections: ConnectionMetrics,
    pub(crate) stalls: StallMetrics,
    pub(crate) cluster: ClusterMetrics,
    holdings: HoldingMetrics,
    process: ProcessMetrics,
}

impl Metrics {
    pub(crate) fn new(started: WallMillis) -> Self {
        let mut registry = Registry::with_prefix("vestal");
        let requests = Arc::new(RequestMetrics::default());
        registry.register_collector(Box::new(Arc::clone(&requests)));
        Self {
            requests,
            connections: ConnectionMetrics::register(&mut registry),
            stalls: StallMetrics::register(&mut registry),
            cluster: ClusterMetrics::register(&mut registry),
            holdings: HoldingMetrics::register(&mut registry),
            process: ProcessMetrics::register(&mut registry, started),
            registry,
        }
    }

    /// All figures as text, those of the catalog and the process as they are now.
    pub(crate) fn render(&self, node: &Node) -> Result<String, fmt::Error> {
        self.connections.refresh();
        self.holdings.refresh(node);
        self.cluster.refresh(node);
        self.process.refresh();
        let mut text = String::with_capacity(16 * 1024);
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
