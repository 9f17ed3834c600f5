//! The logs of all origins: for each, its entries in the order in which it changed them, latest state only. Owns
//! sequences and digests. A log holds handles, not copies, so that a peer which is slow or away costs nothing here.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use super::instance::{Cell, Instance};
use crate::id::{Origin, Sequence};
use crate::limits::ORIGINS_MAX;
use crate::record::Record;
use crate::time::{Beat, LeaseTime};

/// A short name for an origin inside this process; never reused, never told to anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct OriginKey(u32);

impl OriginKey {
    /// This node in this life.
    pub(crate) const OWN: Self = Self(0);
}

#[derive(Debug)]
pub(crate) struct OriginState {
    pub(crate) key: OriginKey,
    pub(crate) origin: Origin,
    pub(crate) log: Mutex<Log>,
    /// Copy of the log's head that can be read without its lock.
    head: AtomicU64,
    /// The greatest sign of life of this origin that was heard, and when, on our lease clock.
    beat: AtomicU64,
    vouched: AtomicU64,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) by_sequence: BTreeMap<Sequence, Arc<Instance>>,
    /// Of our own log: the last sequence given. Of another's: how far it has been heard.
    pub(crate) head: Sequence,
    pub(crate) live: usize,
    pub(crate) hash: u64,
}

impl OriginState {
    fn new(key: OriginKey, origin: Origin) -> Arc<Self> {
        Arc::new(Self {
            key,
            origin,
            log: Mutex::new(Log::default()),
            head: AtomicU64::new(0),
            beat: AtomicU64::new(0),
            vouched: AtomicU64::new(0),
        })
    }

    pub(crate) fn head(&self) -> Sequence {
        Sequence(self.head.load(Ordering::Acquire))
    }

    pub(crate) fn vouched(&self) -> LeaseTime {
        LeaseTime(self.vouched.load(Ordering::Relaxed))
    }

    pub(crate) fn beat(&self) -> Beat {
        Beat(self.beat.load(Ordering::Relaxed))
    }

    /// Notes a sign of life that was heard at `at`; true if it is a new one.
    pub(crate) fn vouch(&self, beat: Beat, at: LeaseTime) -> bool {
        let is_news = self.beat.fetch_max(beat.0, Ordering::Relaxed) < beat.0;
        if is_news {
            self.vouched.fetch_max(at.0, Ordering::Relaxed);
        }
        is_news
    }

    pub(crate) fn advance(&self, log: &mut Log, head: Sequence) {
        if head > log.head {
            log.head = head;
            self.head.store(head.0, Ordering::Release);
        }
    }

    /// Writes down `cell` at `sequence`, or at the next one. The caller holds the cell's lock and has taken it out of
    /// the log that held it before.
    pub(crate) fn enter(&self, instance: &Arc<Instance>, cell: &mut Cell, sequence: Option<Sequence>) {
        let digest = instance.digest(cell.version);
        let mut log = self.log.lock();
        let sequence = sequence.unwrap_or(Sequence(log.head.0 + 1));
        if cell.state.is_live() {
            log.live += 1;
            log.hash = log.hash.wrapping_add(digest);
        }
        log.by_sequence.insert(sequence, Arc::clone(instance));
        cell.origin = self.key;
        cell.sequence = sequence;
        if self.key == OriginKey::OWN {
            self.advance(&mut log, sequence);
        }
    }

    /// Takes `cell` out of this log, if it is in it.
    pub(crate) fn leave(&self, instance: &Instance, cell: &mut Cell) {
        if cell.sequence == Sequence(0) {
            return;
        }
        let digest = instance.digest(cell.version);
        let mut log = self.log.lock();
        log.by_sequence.remove(&cell.sequence);
        if cell.state.is_live() {
            log.live -= 1;
            log.hash = log.hash.wrapping_sub(digest);
        }
        cell.sequence = Sequence(0);
    }

    /// Handles of up to `count` entries after `after`, and how far that reaches. What lies beyond the head (a listing may
    /// bring it) is left out: whoever hears it would take all before it for heard.
    pub(crate) fn after(&self, after: Sequence, count: usize) -> (Vec<(Sequence, Arc<Instance>)>, Sequence) {
        let log = self.log.lock();
        if after >= log.head {
            return (Vec::new(), after);
        }
        let range = log
            .by_sequence
            .range((Bound::Excluded(after), Bound::Included(log.head)));
        let list: Vec<_> = range
            .take(count)
            .map(|(&at, instance)| (at, Arc::clone(instance)))
            .collect();
        let reach = if list.len() < count {
            log.head
        } else {
            list.last().map_or(log.head, |&(at, _)| at)
        };
        (list, reach)
    }

    /// Whether another instance has the place of `record`, which no honest origin gives twice.
    pub(crate) fn is_taken_by_another(&self, record: &Record<'_>) -> bool {
        let log = self.log.lock();
        let holder = log.by_sequence.get(&record.sequence);
        holder.is_some_and(|holder| (&*holder.service, &*holder.id) != (record.service, record.id))
    }
}

/// Every origin this node has entries of or hears from.
#[derive(Debug)]
pub(crate) struct Origins {
    own: Arc<OriginState>,
    table: RwLock<Table>,
    /// The last sign of life of origins that lapsed: what brings no greater one is an echo.
    lapsed: Mutex<BTreeMap<Origin, (Beat, LeaseTime)>>,
}

#[derive(Debug)]
struct Table {
    by_key: BTreeMap<OriginKey, Arc<OriginState>>,
    by_origin: BTreeMap<Origin, OriginKey>,
    next: u32,
}

impl Origins {
    pub(crate) fn new(own: Origin) -> Self {
        let own = OriginState::new(OriginKey::OWN, own);
        let table = Table {
            by_key: BTreeMap::from([(OriginKey::OWN, Arc::clone(&own))]),
            by_origin: BTreeMap::from([(own.origin.clone(), OriginKey::OWN)]),
            next: 1,
        };
        Self {
            own,
            table: RwLock::new(table),
            lapsed: Mutex::new(BTreeMap::new()),
        }
    }

    pub(crate) fn own(&self) -> &Arc<OriginState> {
        &self.own
    }

    pub(crate) fn of(&self, key: OriginKey) -> Option<Arc<OriginState>> {
        if key == OriginKey::OWN {
            return Some(Arc::clone(&self.own));
        }
        self.table.read().by_key.get(&key).cloned()
    }

    pub(crate) fn find(&self, origin: &Origin) -> Option<Arc<OriginState>> {
        let table = self.table.read();
        table
            .by_origin
            .get(origin)
            .and_then(|key| table.by_key.get(key))
            .cloned()
    }

    /// The origin's state, made if this is the first that is heard of it; `None` if too many are known already.
    pub(crate) fn find_or_add(&self, origin: &Origin) -> Option<Arc<OriginState>> {
        if let Some(known) = self.find(origin) {
            return Some(known);
        }
        let mut table = self.table.write();
        if let Some(key) = table.by_origin.get(origin) {
            return table.by_key.get(key).cloned();
        }
        if table.by_key.len() >= ORIGINS_MAX {
            return None;
        }
        let key = OriginKey(table.next);
        table.next += 1;
        let state = OriginState::new(key, origin.clone());
        table.by_origin.insert(origin.clone(), key);
        table.by_key.insert(key, Arc::clone(&state));
        Some(state)
    }

    /// Whether `beat` of `origin` may be its latest, or is an echo of what lapsed here.
    pub(crate) fn is_echo(&self, origin: &Origin, beat: Beat, now: LeaseTime, life: Duration) -> bool {
        let lapsed = self.lapsed.lock();
        lapsed
            .get(origin)
            .is_some_and(|&(last, since)| beat <= last && now.since(since) < life)
    }

    /// Remembers how an origin lapsed, as long as an echo of it may come from a node that stood still or was cut off.
    pub(crate) fn note_lapse(&self, state: &OriginState, now: LeaseTime, life: Duration) {
        let mut lapsed = self.lapsed.lock();
        lapsed.retain(|_, &mut (_, since)| now.since(since) < life);
        if lapsed.len() >= ORIGINS_MAX {
            let oldest = lapsed
                .iter()
                .min_by_key(|&(_, &(_, since))| since)
                .map(|(origin, _)| origin.clone());
            oldest.map(|oldest| lapsed.remove(&oldest));
        }
        lapsed.insert(state.origin.clone(), (state.beat(), now));
    }

    /// Forgets an origin. Its entries must be gone from the shards before.
    pub(crate) fn forget(&self, origin: &Origin) {
        let mut table = self.table.write();
        if let Some(key) = table
            .by_origin
            .get(origin)
            .copied()
            .filter(|&key| key != OriginKey::OWN)
        {
            table.by_origin.remove(origin);
            table.by_key.remove(&key);
        }
    }

    pub(crate) fn all(&self) -> Vec<Arc<OriginState>> {
        self.table.read().by_key.values().cloned().collect()
    }
}
