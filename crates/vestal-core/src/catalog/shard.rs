//! One shard of the catalog: the services whose names hash to it, their instances and their wheel. Owns the tables and
//! how they are walked; the rules of change are in `write`, `merge` and `expiry`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use hashbrown::HashTable;

use super::answer::Answer;
use super::expiry::GRAVES_CROWDED_MIN;
use super::instance::{Cell, Instance};
use super::wheel::{Slot, Wheel};
use crate::id::Sequence;
use crate::time::LeaseTime;

/// The part of a service that readers use without the shard's lock.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: Arc<str>,
    /// Counts everything that makes the published answer out of date, heartbeats with a new body included.
    touched: AtomicU64,
    index: AtomicU64,
    pub(super) answer: ArcSwapOption<Answer>,
}

impl Service {
    fn new(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            touched: AtomicU64::new(0),
            index: AtomicU64::new(0),
            answer: ArcSwapOption::empty(),
        })
    }

    pub(super) fn touched(&self) -> u64 {
        self.touched.load(Ordering::Acquire)
    }

    /// Says that the published answer is out of date. Called after the change is in place.
    pub(super) fn touch(&self) {
        self.touched.fetch_add(1, Ordering::Release);
    }

    pub(super) fn index(&self) -> u64 {
        self.index.load(Ordering::Relaxed)
    }

    pub(super) fn set_index(&self, index: u64) {
        self.index.store(index, Ordering::Relaxed);
    }
}

/// A service's place in its shard. It exists as long as the service has an instance or a mark of deletion.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) service: Arc<Service>,
    pub(super) instances: HashTable<Arc<Instance>>,
    pub(super) live: usize,
}

/// Hashes of a (service, id), computed once per call by the catalog's seeded hasher.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hashes {
    pub(super) service: u64,
    pub(super) id: u64,
}

#[derive(Debug)]
pub(super) struct Shard {
    pub(super) services: HashTable<Entry>,
    pub(super) wheel: Wheel,
    /// Marks of deletion with the sequence that made each, oldest first, for the bound on their number.
    pub(super) graves: VecDeque<(Sequence, Arc<Instance>)>,
    /// Length of that queue at which it is looked through for places that nothing stands for any more.
    pub(super) graves_crowded: usize,
}

impl Entry {
    pub(super) fn find(&self, hash: u64, id: &str) -> Option<&Arc<Instance>> {
        self.instances.find(hash, |instance| &*instance.id == id)
    }
}

impl Shard {
    pub(super) fn new() -> Self {
        Self {
            services: HashTable::new(),
            wheel: Wheel::new(),
            graves: VecDeque::new(),
            graves_crowded: GRAVES_CROWDED_MIN,
        }
    }

    pub(super) fn entry(&self, hash: u64, service: &str) -> Option<&Entry> {
        self.services.find(hash, |entry| &*entry.service.name == service)
    }

    pub(super) fn entry_mut(&mut self, hash: u64, service: &str) -> Option<&mut Entry> {
        self.services
            .find_mut(hash, |entry| &*entry.service.name == service)
    }

    pub(super) fn find(&self, hashes: Hashes, service: &str, id: &str) -> Option<(&Entry, &Arc<Instance>)> {
        let entry = self.entry(hashes.service, service)?;
        entry.find(hashes.id, id).map(|instance| (entry, instance))
    }

    /// The instance, made (as unknown) if it is not there, with its service.
    pub(super) fn find_or_add(
        &mut self,
        hashes: Hashes,
        service: &str,
        id: &str,
        rehash: &impl Fn(&str) -> u64,
    ) -> (&mut Entry, Arc<Instance>) {
        let entry = self
            .services
            .entry(
                hashes.service,
                |entry| &*entry.service.name == service,
                |entry| rehash(&entry.service.name),
            )
            .or_insert_with(|| Entry {
                service: Service::new(service),
                instances: HashTable::new(),
                live: 0,
            })
            .into_mut();
        let name = Arc::clone(&entry.service.name);
        let instance = entry
            .instances
            .entry(
                hashes.id,
                |instance| &*instance.id == id,
                |instance| rehash(&instance.id),
            )
            .or_insert_with(|| Arc::new(Instance::new(name, id)))
            .get()
            .clone();
        (entry, instance)
    }

    /// Takes an instance out of the tables; its service too when that was the last of it. True if the service went.
    pub(super) fn remove(&mut self, hashes: Hashes, instance: &Arc<Instance>) -> bool {
        let Ok(mut found) = self
            .services
            .find_entry(hashes.service, |entry| entry.service.name == instance.service)
        else {
            return false;
        };
        let entry = found.get_mut();
        if let Ok(place) = entry
            .instances
            .find_entry(hashes.id, |known| Arc::ptr_eq(known, instance))
        {
            place.remove();
        }
        let is_last = entry.instances.is_empty();
        if is_last {
            found.remove();
        }
        is_last
    }

    /// Makes sure that the wheel comes by at `deadline` or earlier.
    pub(super) fn arm(&mut self, instance: &Arc<Instance>, cell: &mut Cell, deadline: LeaseTime) {
        let slot = self.wheel.slot_of(deadline);
        if cell.armed == 0 || slot < cell.armed {
            self.insert_at(instance, cell, slot);
        }
    }

    /// Puts an instance that the wheel has just visited back for its present deadline.
    pub(super) fn rearm(&mut self, instance: &Arc<Instance>, cell: &mut Cell, deadline: LeaseTime) {
        let slot = self.wheel.slot_of(deadline);
        self.insert_at(instance, cell, slot);
    }

    fn insert_at(&mut self, instance: &Arc<Instance>, cell: &mut Cell, slot: Slot) {
        cell.armed = slot;
        self.wheel.insert(slot, Arc::clone(instance));
    }
}
