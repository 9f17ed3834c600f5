//! Connections: open now, and taken or refused so far.

use std::sync::{Arc, OnceLock};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::http::connections::Connections;

#[derive(Debug)]
pub(crate) struct ConnectionMetrics {
    pub(crate) accepted: Counter,
    pub(crate) refused: Counter,
    open: Gauge,
    source: OnceLock<Arc<Connections>>,
}

impl ConnectionMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            accepted: Counter::default(),
            refused: Counter::default(),
            open: Gauge::default(),
            source: OnceLock::new(),
        };
        registry.register(
            "http_connections_accepted",
            "Connections taken",
            metrics.accepted.clone(),
        );
        registry.register(
            "http_connections_refused",
            "Connections refused because as many as allowed were open",
            metrics.refused.clone(),
        );
        registry.register("http_connections", "Connections open now", metrics.open.clone());
        metrics
    }

    /// Where the number of open ones is asked for.
    pub(crate) fn watch(&self, connections: Arc<Connections>) {
        // There is one server per node; a second source would be ignored.
        let _ = self.source.set(connections);
    }

    pub(super) fn refresh(&self) {
        let open = self.source.get().map_or(0, |connections| connections.count());
        self.open.set(i64::try_from(open).unwrap_or(i64::MAX));
    }
}
