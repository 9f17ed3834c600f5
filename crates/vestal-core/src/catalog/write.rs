//! What clients do: register, renew, remove. Owns the rules by which this node becomes the origin of an instance.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::body::Candidate;
use super::instance::{Cell, Instance, State};
use super::origins::OriginState;
use super::shard::{Entry, Hashes};
use super::{Catalog, Refusal};
use crate::id::{Sequence, check_instance_id, check_service_name};
use crate::record::End;
use crate::time::{LEASE_SLACK, LeaseTime, Version, WallMillis, millis};

/// What a registration came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The lease was renewed; nothing that a reader or a peer needs to hear of has changed.
    Renewed,
    /// Renewed here for the first time: this node now keeps the lease. Readers see no difference, peers hear of it.
    Moved,
    /// The instance was there with another body or another ttl.
    Changed,
    /// The instance was not there.
    Registered,
}

/// The state that a cell is about to take.
pub(super) struct Next<'a> {
    pub(super) state: State,
    pub(super) version: Version,
    pub(super) ttl_ms: u32,
    pub(super) origin: &'a OriginState,
    /// The place its origin gave it; `None` takes the next place of our own log.
    pub(super) sequence: Option<Sequence>,
    /// Whether readers can tell the difference, so that indexes move.
    pub(super) is_visible: bool,
}

impl Catalog {
    /// Registers an instance or renews its lease for `ttl` (the default lease if `None`).
    pub fn put(
        &self,
        wall: WallMillis,
        service: &str,
        id: &str,
        ttl: Option<Duration>,
        body: &[u8],
    ) -> Result<Put, Refusal> {
        let hashes = self.hashes(service, id);
        let ttl_ms = self.check_ttl(ttl)?;
        // Names that are found need no check: they passed it when they came in.
        let found = self.renew_in_place(hashes, service, id, |cell| Self::is_pulse(cell, ttl_ms, body));
        if found == Found::Renewed {
            return Ok(Put::Renewed);
        }
        check_service_name(service).map_err(Refusal::Service)?;
        check_instance_id(id).map_err(Refusal::Instance)?;
        let candidate = Candidate::check(body, self.config.limits.body_bytes_max, &self.volatile)?;
        if found == Found::Known
            && self.renew_in_place(hashes, service, id, |cell| {
                self.is_heartbeat(cell, ttl_ms, &candidate)
            }) == Found::Renewed
        {
            return Ok(Put::Renewed);
        }
        let registration = Registration {
            service,
            id,
            hashes,
            ttl_ms,
            candidate,
        };
        let outcome = self.register(&registration, |seen| Some(self.clock.next_above(wall, seen)))?;
        Ok(outcome.unwrap_or(Put::Renewed))
    }

    /// Takes up what a hera node says of an instance at a version that it gave, as if the heartbeat had come here.
    /// `None` if what is known is as new.
    pub(crate) fn hear(
        &self,
        wall: WallMillis,
        service: &str,
        id: &str,
        body: &[u8],
        version: Version,
    ) -> Result<Option<Put>, Refusal> {
        check_service_name(service).map_err(Refusal::Service)?;
        check_instance_id(id).map_err(Refusal::Instance)?;
        let ttl_ms = self.check_ttl(None)?;
        let candidate = Candidate::check(body, self.config.limits.body_bytes_max, &self.volatile)?;
        let registration = Registration {
            service,
            id,
            hashes: self.hashes(service, id),
            ttl_ms,
            candidate,
        };
        self.clock.observe(wall, version, self.config.clock_skew_max);
        self.register(&registration, |seen| (version > seen).then_some(version))
    }

    /// Renews a lease without a body. `None` if the instance is not known, so that its client registers it again.
    pub fn renew(&self, service: &str, id: &str) -> Option<Put> {
        let hashes = self.hashes(service, id);
        match self.renew_in_place(hashes, service, id, |_| Some(false)) {
            Found::Renewed => Some(Put::Renewed),
            Found::Known => self.take_over(hashes, service, id),
            Found::Unknown => None,
        }
    }

    /// Ends an instance on its client's word. False if there is none.
    pub fn remove(&self, wall: WallMillis, service: &str, id: &str) -> bool {
        let hashes = self.hashes(service, id);
        let mut shard = self.shard(hashes.service).write();
        let Some(entry) = shard.entry_mut(hashes.service, service) else {
            return false;
        };
        let Some(instance) = entry.find(hashes.id, id).cloned() else {
            return false;
        };
        let mut cell = instance.cell.lock();
        if !cell.state.is_live() {
            return false;
        }
        let next = Next {
            state: State::Gone(End::Removed),
            version: self.clock.next_above(wall, cell.version),
            ttl_ms: cell.ttl_ms,
            origin: self.origins.own(),
            sequence: None,
            is_visible: true,
        };
        self.settle(entry, &instance, &mut cell, next);
        self.bury_later(&mut shard, &instance, &mut cell);
        self.counters.removed.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn check_ttl(&self, ttl: Option<Duration>) -> Result<u32, Refusal> {
        let (min, max) = (self.config.lease_ttl_min, self.config.lease_ttl_max);
        let ttl = ttl.unwrap_or(self.config.lease_ttl);
        u32::try_from(millis(ttl))
            .ok()
            .filter(|_| (min..=max).contains(&ttl))
            .ok_or(Refusal::TtlOutOfRange { min, max })
    }

    /// The common heartbeat, told without parsing; see `Body::take_pulse`.
    fn is_pulse(cell: &mut Cell, ttl_ms: u32, body: &[u8]) -> Option<bool> {
        match &mut cell.state {
            State::Live(stored) if cell.ttl_ms == ttl_ms => stored.take_pulse(body),
            _ => None,
        }
    }

    /// A heartbeat whose body had to be parsed to see that it is one.
    fn is_heartbeat(&self, cell: &mut Cell, ttl_ms: u32, candidate: &Candidate<'_>) -> Option<bool> {
        let stored = cell.state.body()?;
        if cell.ttl_ms != ttl_ms || !candidate.is_renewal_of(stored, &self.volatile) {
            return None;
        }
        let is_other = !candidate.is_identical_to(stored);
        if is_other {
            cell.state = State::Live(candidate.to_body());
        }
        Some(is_other)
    }

    /// Renews a lease that this node keeps, under the shard's read lock. `heartbeat` tells whether the volatile members
    /// are others now, or `None` if it is no heartbeat after all.
    fn renew_in_place(
        &self,
        hashes: Hashes,
        service: &str,
        id: &str,
        heartbeat: impl FnOnce(&mut Cell) -> Option<bool>,
    ) -> Found {
        let shard = self.shard(hashes.service).read();
        let Some((entry, instance)) = shard.find(hashes, service, id) else {
            return Found::Unknown;
        };
        let mut cell = instance.cell.lock();
        if !cell.is_own_live() {
            return Found::Known;
        }
        let Some(is_other) = heartbeat(&mut cell) else {
            return Found::Known;
        };
        if is_other {
            cell.volatile_untold = true;
            entry.service.touch();
        }
        cell.is_inherited = false;
        instance.set_deadline(self.lease_end(cell.ttl_ms));
        self.counters.renewed.fetch_add(1, Ordering::Relaxed);
        Found::Renewed
    }

    /// Makes this node the origin of an instance, at the version that `versioned` gives over the one that is known;
    /// does nothing if it gives none.
    fn register(
        &self,
        registration: &Registration<'_>,
        versioned: impl FnOnce(Version) -> Option<Version>,
    ) -> Result<Option<Put>, Refusal> {
        let Registration {
            service,
            id,
            hashes,
            ttl_ms,
            ref candidate,
        } = *registration;
        let mut shard = self.shard(hashes.service).write();
        let (entry, instance) = shard.find_or_add(hashes, service, id, &|text| self.hash(text));
        let mut cell = instance.cell.lock();
        let room = if cell.state.is_live() {
            Ok(())
        } else {
            self.check_room(entry)
        };
        let version = room.map(|()| versioned(cell.version));
        let Ok(Some(version)) = version else {
            // Looking up an instance that is not there makes a place for it: give it back.
            if cell.sequence == Sequence(0) {
                shard.remove(hashes, &instance);
            }
            return version.map(|_none| None);
        };
        let outcome = self.judge(&cell, ttl_ms, candidate);
        let next = Next {
            state: State::Live(candidate.to_body()),
            version,
            ttl_ms,
            origin: self.origins.own(),
            sequence: None,
            is_visible: outcome != Put::Moved,
        };
        self.settle(entry, &instance, &mut cell, next);
        let deadline = self.lease_end(ttl_ms);
        instance.set_deadline(deadline);
        shard.arm(&instance, &mut cell, deadline);
        self.count(outcome);
        Ok(Some(outcome))
    }

    /// Makes this node the keeper of a lease that another origin kept. Nothing is written by it, so it stands just above
    /// what it renews: a change or a removal elsewhere that we have not heard of yet must win.
    fn take_over(&self, hashes: Hashes, service: &str, id: &str) -> Option<Put> {
        let mut shard = self.shard(hashes.service).write();
        let entry = shard.entry_mut(hashes.service, service)?;
        let instance = Arc::clone(entry.find(hashes.id, id)?);
        let mut cell = instance.cell.lock();
        let body = cell.state.body()?.clone();
        let next = Next {
            state: State::Live(body),
            version: cell.version.next(),
            ttl_ms: cell.ttl_ms,
            origin: self.origins.own(),
            sequence: None,
            is_visible: false,
        };
        self.settle(entry, &instance, &mut cell, next);
        let deadline = self.lease_end(cell.ttl_ms);
        instance.set_deadline(deadline);
        shard.arm(&instance, &mut cell, deadline);
        self.count(Put::Moved);
        Some(Put::Moved)
    }

    fn judge(&self, cell: &Cell, ttl_ms: u32, candidate: &Candidate<'_>) -> Put {
        match cell.state.body() {
            None => Put::Registered,
            Some(stored) if cell.ttl_ms == ttl_ms && candidate.is_renewal_of(stored, &self.volatile) => {
                Put::Moved
            }
            Some(_) => Put::Changed,
        }
    }

    fn count(&self, outcome: Put) {
        let counter = match outcome {
            Put::Registered => &self.counters.registered,
            Put::Changed => &self.counters.changed,
            Put::Moved => &self.counters.moved,
            Put::Renewed => &self.counters.renewed,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn check_room(&self, entry: &Entry) -> Result<(), Refusal> {
        let limits = &self.config.limits;
        if self.counters.instances.load(Ordering::Relaxed) >= limits.instances_max {
            return Err(Refusal::RegistryFull {
                max: limits.instances_max,
            });
        }
        let live = entry.live;
        if live >= limits.instances_per_service_max {
            return Err(Refusal::ServiceFull {
                max: limits.instances_per_service_max,
            });
        }
        if live == 0 && self.counters.services.load(Ordering::Relaxed) >= limits.services_max {
            return Err(Refusal::ServicesFull {
                max: limits.services_max,
            });
        }
        Ok(())
    }

    /// When a lease that is renewed now ends; never early.
    pub(super) fn lease_end(&self, ttl_ms: u32) -> LeaseTime {
        self.leases
            .now()
            .after(Duration::from_millis(u64::from(ttl_ms)) + LEASE_SLACK)
    }

    /// Puts `next` in place of what the cell held, and keeps logs, counts, indexes and the published answer true.
    pub(super) fn settle(
        &self,
        entry: &mut Entry,
        instance: &Arc<Instance>,
        cell: &mut Cell,
        next: Next<'_>,
    ) {
        let was_live = cell.state.is_live();
        let was_grave = !was_live && cell.sequence != Sequence(0);
        if cell.sequence != Sequence(0)
            && let Some(before) = self.origins.of(cell.origin)
        {
            before.leave(instance, cell);
        }
        let is_live = next.state.is_live();
        cell.state = next.state;
        cell.version = next.version;
        cell.ttl_ms = next.ttl_ms;
        cell.volatile_untold = false;
        cell.is_inherited = false;
        next.origin.enter(instance, cell, next.sequence);
        self.count_population(entry, was_live, is_live);
        self.count_graves(was_grave, !is_live);
        if next.is_visible {
            cell.index = self.next_index();
            entry.service.set_index(cell.index);
        }
        entry.service.touch();
    }

    pub(super) fn count_population(&self, entry: &mut Entry, was_live: bool, is_live: bool) {
        match (was_live, is_live) {
            (false, true) => {
                entry.live += 1;
                self.counters.instances.fetch_add(1, Ordering::Relaxed);
                if entry.live == 1 {
                    self.counters.services.fetch_add(1, Ordering::Relaxed);
                }
            }
            (true, false) => {
                entry.live -= 1;
                self.counters.instances.fetch_sub(1, Ordering::Relaxed);
                if entry.live == 0 {
                    self.counters.services.fetch_sub(1, Ordering::Relaxed);
                }
            }
            _ => {}
        }
    }

    pub(super) fn count_graves(&self, was_grave: bool, is_grave: bool) {
        match (was_grave, is_grave) {
            (false, true) => self.counters.tombstones.fetch_add(1, Ordering::Relaxed),
            (true, false) => self.counters.tombstones.fetch_sub(1, Ordering::Relaxed),
            _ => 0,
        };
    }
}

/// What a look for an instance to renew came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Renewed,
    /// It is there (or its mark of deletion), but this was not a heartbeat of a lease kept here.
    Known,
    Unknown,
}

/// A registration whose parts have been checked.
struct Registration<'a> {
    service: &'a str,
    id: &'a str,
    hashes: Hashes,
    ttl_ms: u32,
    candidate: Candidate<'a>,
}
