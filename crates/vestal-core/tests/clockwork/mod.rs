//! A node under test whose clocks the test turns. Owns a catalog, its lease clock and its wall clock; judges nothing.

// Every test file is a program of its own and uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::cell::Cell;
use std::time::Duration;

use vestal_core::catalog::{Applied, Catalog, CatalogConfig, End, Put, TickReport};
use vestal_core::id::{Incarnation, NodeName, Origin, Sequence};
use vestal_core::limits::Limits;
use vestal_core::replication::{Batch, BatchWriter, Record, RecordState};
use vestal_core::time::{TICK, Version, WallMillis};

/// Wall clock of every node at its start.
pub const START: u64 = 1_766_000_000_000;
pub const LEASE_TTL: Duration = Duration::from_secs(90);
pub const TOMBSTONE_LIFE: Duration = Duration::from_secs(600);
pub const SKEW_MAX: Duration = Duration::from_secs(60);

pub fn name(node: &str) -> NodeName {
    NodeName::parse(node).expect("a valid node name")
}

pub fn origin(node: &str, incarnation: u64) -> Origin {
    Origin {
        node: name(node),
        incarnation: Incarnation(incarnation),
    }
}

pub fn config(node: &str) -> CatalogConfig {
    CatalogConfig {
        node: name(node),
        incarnation: Incarnation(START),
        limits: Limits::default(),
        volatile: vec!["updated_at".to_owned()],
        lease_ttl: LEASE_TTL,
        lease_ttl_min: Duration::from_secs(1),
        lease_ttl_max: Duration::from_secs(24 * 3600),
        tombstone_life: TOMBSTONE_LIFE,
        tombstones_max: vestal_core::limits::TOMBSTONES_MAX,
        clock_skew_max: SKEW_MAX,
        hash_seed: 1,
        wall: WallMillis(START),
    }
}

#[derive(Debug)]
pub struct Node {
    pub catalog: Catalog,
    mono: Cell<Duration>,
    wall: Cell<u64>,
}

impl Node {
    pub fn named(node: &str) -> Self {
        Self::with(config(node))
    }

    pub fn with(config: CatalogConfig) -> Self {
        let wall = config.wall.0;
        Self {
            catalog: Catalog::new(config),
            mono: Cell::new(Duration::ZERO),
            wall: Cell::new(wall),
        }
    }

    pub fn origin(&self) -> Origin {
        self.catalog.origin().clone()
    }

    pub fn wall(&self) -> WallMillis {
        WallMillis(self.wall.get())
    }

    /// Sets the wall clock and leaves the monotonic one alone, as an operator or a time server does.
    pub fn set_wall(&self, millis: u64) {
        self.wall.set(millis);
    }

    /// Lets both clocks run for `duration`, with a tick each [`TICK`]. Sums up what the ticks did.
    pub fn pass(&self, duration: Duration) -> TickReport {
        let mut sum = TickReport::default();
        let end = self.mono.get() + duration;
        while self.mono.get() < end {
            let step = TICK.min(end - self.mono.get());
            let report = self.stand_still(step);
            sum.expired += report.expired;
            sum.forgotten += report.forgotten;
            sum.stall += report.stall;
            sum.has_news |= report.has_news;
        }
        sum
    }

    /// Lets both clocks run for `duration` without a tick until its end, as if the process had been stopped.
    pub fn stand_still(&self, duration: Duration) -> TickReport {
        self.mono.set(self.mono.get() + duration);
        self.wall
            .set(self.wall.get() + u64::try_from(duration.as_millis()).expect("a test's time"));
        self.catalog.tick(self.mono.get())
    }

    pub fn put(&self, service: &str, id: &str, body: &str) -> Put {
        self.catalog
            .put(self.wall(), service, id, None, body.as_bytes())
            .expect("a registration")
    }

    pub fn put_for(&self, service: &str, id: &str, ttl: Duration, body: &str) -> Put {
        self.catalog
            .put(self.wall(), service, id, Some(ttl), body.as_bytes())
            .expect("a registration")
    }

    pub fn renew(&self, service: &str, id: &str) -> Option<Put> {
        self.catalog.renew(service, id)
    }

    pub fn remove(&self, service: &str, id: &str) -> bool {
        self.catalog.remove(self.wall(), service, id)
    }

    pub fn has(&self, service: &str, id: &str) -> bool {
        self.catalog.instance(service, id).is_some()
    }

    pub fn version(&self, service: &str, id: &str) -> Version {
        self.catalog
            .instance(service, id)
            .expect("a live instance")
            .version
    }

    pub fn keeper(&self, service: &str, id: &str) -> String {
        self.catalog
            .instance(service, id)
            .expect("a live instance")
            .origin
            .to_string()
    }

    /// What a reader of the service gets.
    pub fn answer(&self, service: &str) -> String {
        let body = self
            .catalog
            .answer(service)
            .map_or_else(|| "{}".into(), |answer| answer.body.clone());
        String::from_utf8(body.to_vec()).expect("an answer is text")
    }

    /// The service's index; 0 if it has no instances.
    pub fn index_of(&self, service: &str) -> u64 {
        self.catalog.answer(service).map_or(0, |answer| answer.index)
    }

    pub fn etag(&self, service: &str) -> String {
        let etag = self.catalog.answer(service).map(|answer| answer.etag.to_vec());
        String::from_utf8(etag.unwrap_or_default()).expect("an etag is text")
    }

    /// Everything that `origin` has told this node after `after`, in one batch.
    pub fn news_of(&self, origin: &Origin, after: Sequence) -> Batch {
        self.catalog
            .batch(origin, after, usize::MAX)
            .expect("a known origin")
    }

    /// All of this node's own entries.
    pub fn own_news(&self) -> Batch {
        self.news_of(&self.origin(), Sequence(0))
    }

    pub fn apply(&self, batch: &Batch) -> Applied {
        let applied = self
            .catalog
            .apply(self.wall(), batch)
            .expect("a batch that follows");
        self.catalog.vouch(&batch.origin, batch.beat, batch.age);
        applied
    }

    /// Tells this node what `from` holds of itself beyond what was heard.
    pub fn hear(&self, from: &Node) -> Applied {
        let origin = from.origin();
        self.apply(&from.news_of(&origin, self.catalog.head(&origin)))
    }

    pub fn audit(&self) {
        self.catalog
            .check_invariants()
            .expect("a catalog whose parts agree");
    }
}

/// A record of a live instance.
pub fn live<'a>(service: &'a str, id: &'a str, sequence: u64, version: u64, body: &'a str) -> Record<'a> {
    Record {
        service,
        id,
        sequence: Sequence(sequence),
        version: Version::at(version),
        ttl_ms: 90_000,
        state: RecordState::Live(body.as_bytes()),
    }
}

/// A record of an instance that has ended.
pub fn gone<'a>(service: &'a str, id: &'a str, sequence: u64, version: u64, end: End) -> Record<'a> {
    Record {
        state: RecordState::Gone(end),
        ..live(service, id, sequence, version, "")
    }
}

/// A batch of the given records, which reaches as far as the last of them.
pub fn batch(origin: &Origin, after: u64, records: &[Record<'_>]) -> Batch {
    let reach = records
        .iter()
        .map(|record| record.sequence)
        .max()
        .unwrap_or(Sequence(after));
    let mut writer = BatchWriter::new(origin.clone(), Sequence(after));
    for record in records {
        writer.push(record);
    }
    writer.finish(reach, reach, Duration::ZERO)
}
