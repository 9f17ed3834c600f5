//! The node: what every route, the ticker and the peers share.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;
use vestal_core::catalog::{Catalog, CatalogConfig};
use vestal_core::id::{Incarnation, check_instance_id, check_service_name};
use vestal_core::limits::TOMBSTONES_MAX;

use crate::clock::Clock;
use crate::http::refusal::Refusal;
use crate::metrics::Metrics;
use crate::peers::{Cluster, Errands};
use crate::settings::Settings;

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) settings: Settings,
    pub(crate) catalog: Catalog,
    pub(crate) cluster: Cluster,
    pub(crate) clock: Clock,
    pub(crate) incarnation: Incarnation,
    pub(crate) metrics: Metrics,
    /// BOUND: large answers that are rendered or compressed at once, each on a thread of its own; the others wait their turn,
    /// which leaves the processors to the short requests.
    pub(crate) heavy: Arc<Semaphore>,
    ready: AtomicBool,
}

impl Node {
    /// The node, and what its peers' tasks are to be started with.
    pub(crate) fn new(settings: Settings, incarnation: Incarnation, clock: Clock) -> (Self, Errands) {
        let config = CatalogConfig {
            node: settings.name.clone(),
            incarnation,
            limits: settings.limits,
            volatile: settings.volatile.clone(),
            lease_ttl: settings.liveness,
            lease_ttl_min: settings.lease_ttl_min,
            lease_ttl_max: settings.lease_ttl_max,
            tombstone_life: settings.tombstone_life,
            tombstones_max: TOMBSTONES_MAX,
            clock_skew_max: settings.clock_skew_max,
            hash_seed: unguessable_seed(),
            wall: clock.wall(),
        };
        let metrics = Metrics::new(clock.wall());
        let heavy_max = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let catalog = Catalog::new(config);
        let (cluster, errands) = Cluster::new(&settings, &catalog, unguessable_seed());
        let node = Self {
            settings,
            catalog,
            cluster,
            clock,
            incarnation,
            metrics,
            heavy: Arc::new(Semaphore::new(heavy_max)),
            ready: AtomicBool::new(false),
        };
        (node, errands)
    }

    /// Whether reads are answered: what is known here is what the cluster knows.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Opens the node for reads. Returns whether it was closed before. Nothing closes it again.
    pub(crate) fn set_ready(&self) -> bool {
        !self.ready.swap(true, Ordering::AcqRel)
    }
}

/// From the operating system, by way of the standard library's own hash maps.
fn unguessable_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Why a name that the catalog does not know cannot be one that it could know.
pub(crate) fn check_names(service: &str, id: &str) -> Result<(), Refusal> {
    check_service_name(service).map_err(|error| Refusal::service_name(service, error))?;
    check_instance_id(id).map_err(|error| Refusal::instance_id(id, error))
}
