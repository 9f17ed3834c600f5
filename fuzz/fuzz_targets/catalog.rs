//! The catalog that the targets work on.
#![allow(dead_code)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use vestal_core::catalog::{Catalog, CatalogConfig};
use vestal_core::id::{Incarnation, NodeName};
use vestal_core::limits::Limits;
use vestal_core::time::WallMillis;

pub const NOW: WallMillis = WallMillis(1_766_000_000_000);
pub const SKEW_MAX: Duration = Duration::from_secs(60);

pub fn name(node: &str) -> NodeName {
    NodeName::parse(node).expect("a valid node name")
}

pub fn empty() -> Catalog {
    Catalog::new(CatalogConfig {
        node: name("a"),
        incarnation: Incarnation(NOW.0),
        limits: Limits::default(),
        volatile: vec!["updated_at".to_owned()],
        lease_ttl: Duration::from_secs(10),
        lease_ttl_min: Duration::from_secs(1),
        lease_ttl_max: Duration::from_secs(24 * 3600),
        tombstone_life: Duration::from_secs(1),
        tombstones_max: vestal_core::limits::TOMBSTONES_MAX,
        clock_skew_max: SKEW_MAX,
        hash_seed: 1,
        wall: NOW,
    })
}

/// Lets time pass until no mark of deletion is left, in a catalog that is kept from run to run.
pub fn forget_marks(catalog: &Catalog) {
    static MONO: AtomicU64 = AtomicU64::new(0);
    while catalog.stats().tombstones > 0 {
        catalog.tick(Duration::from_millis(MONO.fetch_add(500, Ordering::Relaxed)));
    }
}
