//! An audit of a whole catalog, for tests and fuzzing: every count, log, digest, deadline and published answer against
//! what the instances themselves say. Owns no rule; it finds where one was broken. Nothing else may use the catalog
//! meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Catalog;
use super::answer::Answer;
use super::instance::{Cell, Instance};
use super::origins::{OriginKey, OriginState};
use super::shard::{Entry, Shard};
use crate::id::Sequence;

/// What was met on the walk.
#[derive(Default)]
struct Census {
    instances: usize,
    services: usize,
    tombstones: usize,
    origins: BTreeMap<OriginKey, OriginCensus>,
}

#[derive(Default)]
struct OriginCensus {
    entries: usize,
    live: usize,
    hash: u64,
}

impl Catalog {
    /// Walks everything; the first contradiction is the error.
    #[doc(hidden)]
    pub fn check_invariants(&self) -> Result<(), String> {
        let mut census = Census::default();
        for (number, shard) in self.shards.iter().enumerate() {
            let shard = shard.read();
            for entry in &shard.services {
                let name = &entry.service.name;
                let is_placed = std::ptr::eq(self.shard(self.hash(name)), &raw const self.shards[number]);
                ensure(is_placed, || {
                    format!("service {name} lies in shard {number}, where nobody looks for it")
                })?;
                self.audit_service(&shard, entry, &mut census)?;
            }
            audit_graves(&shard)?;
        }
        self.audit_counts(&census)?;
        self.origins
            .all()
            .iter()
            .try_for_each(|state| audit_log(state, census.origins.remove(&state.key)))?;
        ensure(census.origins.is_empty(), || {
            format!("entries of forgotten origins: {:?}", census.origins.keys())
        })
    }

    fn audit_service(&self, shard: &Shard, entry: &Entry, census: &mut Census) -> Result<(), String> {
        let name = &entry.service.name;
        ensure(!entry.instances.is_empty(), || {
            format!("service {name} holds nothing")
        })?;
        let mut live = 0;
        for instance in &entry.instances {
            let cell = instance.cell.lock();
            self.audit_instance(shard, entry, instance, &cell)
                .map_err(|error| format!("{name}/{}: {error}; {cell:?}", instance.id))?;
            live += usize::from(cell.state.is_live());
            census.note(instance, &cell);
        }
        ensure(live == entry.live, || {
            format!("service {name} counts {} live instances of {live}", entry.live)
        })?;
        census.services += usize::from(live > 0);
        ensure(entry.service.index() <= self.index(), || {
            format!("service {name} is ahead of the node's index")
        })?;
        self.audit_answer(entry)
    }

    fn audit_instance(
        &self,
        shard: &Shard,
        entry: &Entry,
        instance: &Arc<Instance>,
        cell: &Cell,
    ) -> Result<(), String> {
        ensure(instance.service == entry.service.name, || {
            "it names another service".to_owned()
        })?;
        ensure(cell.sequence != Sequence(0), || {
            "it is in the tables but in no log".to_owned()
        })?;
        ensure(cell.index <= entry.service.index(), || {
            "it is ahead of its service's index".to_owned()
        })?;
        let found = entry.find(self.hash(&instance.id), &instance.id);
        ensure(found.is_some_and(|found| Arc::ptr_eq(found, instance)), || {
            "it cannot be found".to_owned()
        })?;
        let state = self.origins.of(cell.origin).ok_or("its origin is not known")?;
        let log = state.log.lock();
        let logged = log.by_sequence.get(&cell.sequence);
        ensure(logged.is_some_and(|logged| Arc::ptr_eq(logged, instance)), || {
            "its log does not hold it".to_owned()
        })?;
        let is_timed = cell.is_own_live() || !cell.state.is_live();
        if is_timed {
            shard.wheel.audit(instance, cell)
        } else {
            Ok(())
        }
    }

    /// A published answer that counts as fresh must be what would be rendered now.
    fn audit_answer(&self, entry: &Entry) -> Result<(), String> {
        let touched = entry.service.touched();
        let published = entry
            .service
            .answer
            .load_full()
            .filter(|answer| answer.touched == touched);
        let Some(published) = published else { return Ok(()) };
        let instances: Vec<_> = entry.instances.iter().cloned().collect();
        let rendered = Answer::render(instances, entry.service.index(), touched, self.etag_salt);
        let is_same = rendered.body == published.body && rendered.etag == published.etag;
        ensure(is_same, || {
            format!("the answer of service {} is out of date", entry.service.name)
        })
    }

    fn audit_counts(&self, census: &Census) -> Result<(), String> {
        let told = [
            &self.counters.instances,
            &self.counters.services,
            &self.counters.tombstones,
        ];
        let told = told.map(|counter| counter.load(Ordering::Relaxed));
        let met = [census.instances, census.services, census.tombstones];
        ensure(told == met, || {
            format!("instances, services and tombstones are counted {told:?}, but are {met:?}")
        })
    }
}

impl Census {
    fn note(&mut self, instance: &Instance, cell: &Cell) {
        let origin = self.origins.entry(cell.origin).or_default();
        origin.entries += 1;
        if cell.state.is_live() {
            self.instances += 1;
            origin.live += 1;
            origin.hash = origin.hash.wrapping_add(instance.digest(cell.version));
        } else {
            self.tombstones += 1;
        }
    }
}

/// Every mark of deletion has its place in the queue by which their number is bounded.
fn audit_graves(shard: &Shard) -> Result<(), String> {
    let mut marks: Vec<_> = shard
        .graves
        .iter()
        .map(|(at, instance)| (*at, Arc::as_ptr(instance)))
        .collect();
    marks.sort_unstable();
    for instance in shard.services.iter().flat_map(|entry| &entry.instances) {
        let cell = instance.cell.lock();
        let is_queued = marks
            .binary_search(&(cell.sequence, Arc::as_ptr(instance)))
            .is_ok();
        ensure(cell.state.is_live() || is_queued, || {
            format!("{}/{} is not queued", instance.service, instance.id)
        })?;
    }
    Ok(())
}

/// The log and its digest, kept up change by change, against the entries that say they are in it.
fn audit_log(state: &OriginState, census: Option<OriginCensus>) -> Result<(), String> {
    let census = census.unwrap_or_default();
    let log = state.log.lock();
    let told = (log.by_sequence.len(), log.live, log.hash);
    let met = (census.entries, census.live, census.hash);
    let origin = &state.origin;
    ensure(told == met, || {
        format!("the log of {origin} has (entries, live, digest) {told:?}, its entries {met:?}")
    })?;
    ensure(log.head == state.head(), || {
        format!("the head of {origin} is {} and {}", log.head, state.head())
    })?;
    let last = log
        .by_sequence
        .last_key_value()
        .map_or(Sequence(0), |(&last, _)| last);
    let is_within = state.key != OriginKey::OWN || last <= log.head;
    ensure(is_within, || {
        format!("our own log goes to {last}, beyond its head {}", log.head)
    })
}

pub(super) fn ensure(holds: bool, failure: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(failure()) }
}
