//! The process itself: memory, start, and the times it stood still.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use vestal_core::time::WallMillis;
use vestal_platform::memory;

#[derive(Debug)]
pub(crate) struct ProcessMetrics {
    resident: Gauge,
}

impl ProcessMetrics {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit 52 bits for ages to come"
    )]
    pub(super) fn register(registry: &mut Registry, started: WallMillis) -> Self {
        let resident = Gauge::default();
        registry.register_with_unit(
            "process_resident_memory",
            "Physical memory that the process holds",
            Unit::Bytes,
            resident.clone(),
        );
        let start = Gauge::<f64, AtomicU64>::default();
        start.set(started.0 as f64 / 1000.0);
        registry.register_with_unit(
            "process_start_time",
            "Start of the process, since 1970",
            Unit::Seconds,
            start,
        );
        Self { resident }
    }

    pub(super) fn refresh(&self) {
        if let Some(bytes) = memory::resident_bytes() {
            self.resident.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }
}

/// Times in which this process did not run: stopped, suspended, or starved.
#[derive(Debug)]
pub(crate) struct StallMetrics {
    stalls: Counter,
    stalled: Counter<f64, AtomicU64>,
}

impl StallMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            stalls: Counter::default(),
            stalled: Counter::default(),
        };
        registry.register(
            "stalls",
            "Times that this process stood still",
            metrics.stalls.clone(),
        );
        registry.register_with_unit(
            "stalled",
            "Time that this process stood still, added to every lease",
            Unit::Seconds,
            metrics.stalled.clone(),
        );
        metrics
    }

    pub(crate) fn count(&self, stall: Duration) {
        self.stalls.inc();
        self.stalled.inc_by(stall.as_secs_f64());
    }
}
