//! The catalog: services, their instances, and the leases that keep them. Owns all of a node's registrations and its
//! replicas of other nodes'; knows nothing of how requests or peers reach it.
//!
//! It is divided by service into shards. Readers and heartbeats take a shard's lock for reading only; registrations,
//! changes, removals and expiry take it for writing, for about a microsecond. Locks are taken in the order
//! shard, instance, log, and none is held across two instances.

mod answer;
mod audit;
mod body;
mod expiry;
mod gossip;
mod instance;
mod merge;
mod origins;
mod pretty;
mod read;
mod refusal;
mod shard;
mod wheel;
mod write;

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use foldhash::quality::FixedState;
use parking_lot::{Mutex, RwLock};

pub use self::answer::{Answer, Encoding};
pub use self::body::{Body, VolatileFields};
pub use self::expiry::TickReport;
pub use self::merge::{Applied, ApplyError};
pub use self::pretty::pretty;
pub use self::read::{InstanceView, OriginView, ServiceView, ServicesPage, TooManyInstances};
pub use self::refusal::Refusal;
pub use self::write::Put;
pub use crate::record::End;

use self::origins::Origins;
use self::shard::{Hashes, Shard};
use crate::id::{Incarnation, NodeName, Origin};
use crate::limits::Limits;
use crate::time::{HybridClock, LeaseClock, WallMillis};

/// Shards of a catalog; a power of two. Enough that a registration seldom meets another on many cores.
const SHARDS: usize = 64;

/// What a catalog is made with.
#[derive(Debug, Clone)]
pub struct CatalogConfig {
    pub node: NodeName,
    pub incarnation: Incarnation,
    pub limits: Limits,
    /// Top-level members of a body whose change is only a heartbeat.
    pub volatile: Vec<String>,
    /// Life of a lease whose client asks for none.
    pub lease_ttl: Duration,
    pub lease_ttl_min: Duration,
    pub lease_ttl_max: Duration,
    /// Shortest life of a mark of deletion; it is never shorter than twice the lease of what was deleted.
    pub tombstone_life: Duration,
    /// Most marks of deletion; see [`TOMBSTONES_MAX`](crate::limits::TOMBSTONES_MAX).
    pub tombstones_max: usize,
    /// How far ahead of our wall clock another node's version may be and still move our clock.
    pub clock_skew_max: Duration,
    /// Seeds the hash tables, so that nobody outside can aim at a bucket and a seed replays a run.
    pub hash_seed: u64,
    pub wall: WallMillis,
}

#[derive(Debug)]
pub struct Catalog {
    config: CatalogConfig,
    volatile: VolatileFields,
    shards: Vec<RwLock<Shard>>,
    origins: Origins,
    /// Held by whoever merges or lapses entries of other origins, so that an origin is never forgotten half-way.
    merging: Mutex<()>,
    clock: HybridClock,
    leases: LeaseClock,
    index: AtomicU64,
    etag_salt: u64,
    hasher: FixedState,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Counters {
    instances: AtomicUsize,
    services: AtomicUsize,
    tombstones: AtomicUsize,
    registered: AtomicU64,
    changed: AtomicU64,
    renewed: AtomicU64,
    moved: AtomicU64,
    removed: AtomicU64,
    expired: AtomicU64,
    lapsed: AtomicU64,
    merged: AtomicU64,
}

/// Figures of a catalog: what it holds now, and what it has done since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    pub instances: usize,
    pub services: usize,
    pub tombstones: usize,
    /// Instances whose lease this node keeps.
    pub own_instances: usize,
    pub registered_total: u64,
    pub changed_total: u64,
    pub renewed_total: u64,
    /// Leases taken over from another origin by a renewal here.
    pub moved_total: u64,
    pub removed_total: u64,
    pub expired_total: u64,
    /// Entries dropped because their origin was silent for too long.
    pub lapsed_total: u64,
    /// Records of other origins that changed something here.
    pub merged_total: u64,
}

impl Catalog {
    pub fn new(config: CatalogConfig) -> Self {
        let own = Origin {
            node: config.node.clone(),
            incarnation: config.incarnation,
        };
        let salt = xxhash_rust::xxh3::xxh3_64_with_seed(own.node.as_str().as_bytes(), own.incarnation.0);
        Self {
            volatile: VolatileFields::new(config.volatile.clone()),
            shards: (0..SHARDS).map(|_| RwLock::new(Shard::new())).collect(),
            origins: Origins::new(own),
            merging: Mutex::new(()),
            clock: HybridClock::default(),
            leases: LeaseClock::default(),
            // Incarnations grow by a millisecond at the least for each that a life lasts, so with a thousand to each the
            // index stays ahead of every earlier life that changed less than a million times a second.
            index: AtomicU64::new(
                config
                    .incarnation
                    .0
                    .max(config.wall.0)
                    .saturating_mul(1000)
                    .max(1),
            ),
            etag_salt: salt >> 32,
            hasher: FixedState::with_seed(config.hash_seed),
            counters: Counters::default(),
            config,
        }
    }

    pub fn config(&self) -> &CatalogConfig {
        &self.config
    }

    /// This node in this life.
    pub fn origin(&self) -> &Origin {
        &self.origins.own().origin
    }

    /// The node's index: grows with every change that a reader of any service can see; never 0.
    pub fn index(&self) -> u64 {
        self.index.load(Ordering::Acquire)
    }

    pub fn stats(&self) -> Stats {
        let counters = &self.counters;
        Stats {
            instances: counters.instances.load(Ordering::Relaxed),
            services: counters.services.load(Ordering::Relaxed),
            tombstones: counters.tombstones.load(Ordering::Relaxed),
            own_instances: self.origins.own().log.lock().live,
            registered_total: counters.registered.load(Ordering::Relaxed),
            changed_total: counters.changed.load(Ordering::Relaxed),
            renewed_total: counters.renewed.load(Ordering::Relaxed),
            moved_total: counters.moved.load(Ordering::Relaxed),
            removed_total: counters.removed.load(Ordering::Relaxed),
            expired_total: counters.expired.load(Ordering::Relaxed),
            lapsed_total: counters.lapsed.load(Ordering::Relaxed),
            merged_total: counters.merged.load(Ordering::Relaxed),
        }
    }

    fn next_index(&self) -> u64 {
        self.index.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn hash(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }

    fn hashes(&self, service: &str, id: &str) -> Hashes {
        Hashes {
            service: self.hash(service),
            id: self.hash(id),
        }
    }

    /// The shard of a service, by the upper bits of its hash (the tables use the lower ones).
    fn shard(&self, service_hash: u64) -> &RwLock<Shard> {
        &self.shards[(service_hash >> 48) as usize % SHARDS]
    }

    fn tombstone_life(&self, ttl: Duration) -> Duration {
        self.config.tombstone_life.max(ttl * 2)
    }
}
