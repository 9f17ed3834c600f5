//! What a run went through: faults that struck and paths that were taken. A suite that never takes a path proves nothing
//! about it, so the counts are printed and a path that no seed takes is a failure.

use std::collections::BTreeMap;
use std::fmt;

macro_rules! paths {
    ($($variant:ident: $text:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Path { $($variant,)* }

        impl Path {
            /// Every path.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

paths! {
    Partition: "faults: partitions",
    PartialPartition: "faults: pairs cut that may reach third nodes",
    OneWay: "faults: one-way cuts",
    SlowLine: "faults: slow lines",
    LossyLines: "faults: lossy spells",
    DuplicatingLines: "faults: duplicating spells",
    Pause: "faults: pauses",
    LongPause: "faults: pauses longer than liveness",
    Crash: "faults: crashes, all state lost",
    ClockJumpAhead: "faults: wall clocks jumped ahead",
    ClockJumpBack: "faults: wall clocks jumped back",
    Amnesia: "faults: entries lost from a node's memory",
    Lost: "messages lost",
    Swallowed: "messages swallowed by a cut",
    Duplicated: "messages duplicated",
    Refused: "messages refused by a node that was down",
    HeldWhilePaused: "messages held while a node was paused",
    Exchange: "exchanges answered",
    ExchangeFailed: "exchanges failed",
    LateAnswer: "answers handed in late or twice",
    FetchDirect: "fetches from the origin itself",
    FetchRelayed: "fetches from a third node",
    FetchContinued: "fetches that took several batches",
    FetchFailed: "fetches failed",
    Listing: "listings asked for",
    Repaired: "listings by the origin completed",
    RepairDropped: "entries dropped by a listing",
    StreamOpened: "streams opened",
    StreamBroken: "streams broken",
    StreamSilent: "streams given up in silence",
    StreamFromZero: "streams started over for a new life",
    StreamGap: "streams opened anew after a gap",
    FrameSplit: "frames that came in pieces",
    FrameCompressed: "frames compressed",
    BatchOverlapped: "batches that told what was known",
    Registered: "registrations",
    Changed: "changes of a body or a ttl",
    Renewed: "renewals in place",
    Moved: "leases taken over by a renewal",
    Forgotten: "renewals of what was not known",
    Removed: "removals",
    RemovedUnknown: "removals of what was not known",
    PutWhileStarting: "registrations at a node that was not ready",
    Expired: "leases ended",
    TombstoneForgotten: "tombstones forgotten",
    Reasserted: "leases asserted against another's word",
    Lapsed: "lives of nodes lapsed",
    LapsedEntries: "entries lapsed with them",
    JoinedByPeers: "starts that were ready by their peers' word",
    JoinedByTimeout: "starts that were ready by time-out",
    ReadyFromReady: "starts that a ready peer could inform",
    Skewed: "clocks reported as skewed",
    PeerLost: "peers lost from sight",
    PeerBack: "peers back in sight",
    Stalled: "ticks that noticed a stall",
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<Path, u64>);

impl Coverage {
    pub fn count(&mut self, path: Path) {
        self.add(path, 1);
    }

    pub fn add(&mut self, path: Path, times: u64) {
        if times > 0 {
            *self.0.entry(path).or_default() += times;
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (&path, &times) in &other.0 {
            self.add(path, times);
        }
    }

    pub fn times(&self, path: Path) -> u64 {
        self.0.get(&path).copied().unwrap_or(0)
    }

    /// The paths that no seed took and that a suite of seeds has to take: all but one. An entry that its origin does not
    /// hold is left over in one seed of some hundred only; examples of it are among the core's own tests.
    pub fn never_taken(&self) -> Vec<Path> {
        Path::ALL
            .iter()
            .copied()
            .filter(|&path| path != Path::RepairDropped && self.times(path) == 0)
            .collect()
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &path in Path::ALL {
            writeln!(formatter, "{:>12}  {}", self.times(path), path.text())?;
        }
        Ok(())
    }
}
