//! Deliberate bugs, one at a time, to prove that the harness sees them. Each is put in at the border of the production
//! code, in what its shell hands in or sends out, so that the production code itself carries none of this.

use std::time::Duration;

use vestal_core::catalog::{Catalog, End};
use vestal_core::id::Sequence;
use vestal_core::replication::{Batch, BatchWriter, Exchange, Message, Record, RecordState};
use vestal_core::time::{Beat, Version};

macro_rules! sabotages {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Sabotage { $($(#[doc = $doc])* $variant,)* }

        impl Sabotage {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

sabotages! {
    /// A node relays its own beat for every origin: dead ones are vouched for without end.
    VouchesAreFresh = "vouches-are-fresh",
    /// The last record to arrive wins, whatever its version.
    ArrivalOrderWins = "arrival-order-wins",
    /// A cursor ends up one place beyond what was told.
    CursorRunsAhead = "cursor-runs-ahead",
    /// Digests of content are never seen to differ.
    DigestsAreBlind = "digests-are-blind",
    /// Removals are not told to peers.
    RemovalsAreKept = "removals-are-kept",
    /// An expiry is told as if someone had removed the instance.
    ExpiryIsRemoval = "expiry-is-removal",
    /// Time in which the process stood still is counted against leases.
    StallsCount = "stalls-count",
    /// The ticker runs a third too fast.
    TicksRunFast = "ticks-run-fast",
    /// A third node's partial answer is taken for the origin's full listing.
    AnyoneLists = "anyone-lists",
    /// Silent origins never lapse: the replica's ticks are not delivered.
    NothingLapses = "nothing-lapses",
    /// A node answers readers as soon as it has started.
    ReadyAtOnce = "ready-at-once",
    /// A heartbeat is carried out as removal and registration.
    HeartbeatsAreChanges = "heartbeats-are-changes",
    /// A node takes no notice of ends that it is told.
    EndsAreIgnored = "ends-are-ignored",
}

impl Sabotage {
    /// What the wire carries in place of `message`.
    pub(crate) fn on_wire(self, message: Message, calls: u64) -> Message {
        match (self, message) {
            (Self::VouchesAreFresh, Message::Exchange(mut exchange)) => {
                for digest in &mut exchange.origins {
                    digest.age = Duration::ZERO;
                    digest.beat = Beat((u64::MAX >> 2) + calls);
                }
                Message::Exchange(exchange)
            }
            (Self::RemovalsAreKept, Message::Batch(batch)) => Message::Batch(rewrite(&batch, |record| {
                (record.end() != Some(End::Removed)).then_some(record)
            })),
            (Self::ExpiryIsRemoval, Message::Batch(batch)) => Message::Batch(rewrite(&batch, |record| {
                let is_expiry = record.end() == Some(End::Expired);
                let state = if is_expiry {
                    RecordState::Gone(End::Removed)
                } else {
                    record.state
                };
                let version = if is_expiry {
                    record.version.next()
                } else {
                    record.version
                };
                Some(Record {
                    state,
                    version,
                    ..record
                })
            })),
            (_, message) => message,
        }
    }

    /// What a node makes of the digests that it is told.
    pub(crate) fn on_exchange(self, mut exchange: Exchange, catalog: &Catalog) -> Exchange {
        if self == Self::DigestsAreBlind {
            for digest in &mut exchange.origins {
                digest.hash = catalog
                    .origin_view(&digest.origin)
                    .map_or(digest.hash, |view| view.hash);
            }
        }
        exchange
    }

    /// What the consumer makes of a batch.
    pub(crate) fn on_batch(self, batch: Batch, arrivals: &mut u64) -> Batch {
        match self {
            Self::CursorRunsAhead if !batch.is_empty() => {
                let mut batch = batch;
                batch.reach = Sequence(batch.reach.0 + 1);
                batch
            }
            Self::ArrivalOrderWins => {
                *arrivals += 1;
                let lie = Version::at(2_000_000_000_000 + *arrivals);
                rewrite(&batch, |record| {
                    Some(Record {
                        version: lie,
                        ..record
                    })
                })
            }
            Self::EndsAreIgnored => rewrite(&batch, |record| {
                let is_end = record.end().is_some();
                (!is_end).then_some(record)
            }),
            _ => batch,
        }
    }
}

fn rewrite<'a>(batch: &'a Batch, change: impl Fn(Record<'a>) -> Option<Record<'a>>) -> Batch {
    let mut writer = BatchWriter::new(batch.origin.clone(), batch.after);
    for record in batch.records().flatten().filter_map(change) {
        writer.push(&record);
    }
    writer.beat(batch.beat);
    let mut rewritten = writer.finish(batch.reach, batch.head, batch.age);
    rewritten.is_listing = batch.is_listing;
    rewritten
}
