//! What other nodes tell: their entries, in their order. Owns who wins when two origins speak of one instance.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use thiserror::Error;

use super::body::{is_body, is_same_but_volatile};
use super::instance::{Cell, Instance, State};
use super::origins::{OriginKey, OriginState};
use super::shard::Shard;
use super::write::Next;
use super::{Body, Catalog};
use crate::id::{Origin, Sequence, check_instance_id, check_service_name};
use crate::record::{Batch, End, Record, RecordState};
use crate::time::{Beat, LeaseTime, VERSION_MAX, Version, WallMillis, skew_ahead};

/// What a batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Records that changed something here.
    pub merged: usize,
    /// Records that could not be understood; they were passed over.
    pub malformed: usize,
    /// Own leases that were said to have expired elsewhere and were said again to be alive: peers need to hear it.
    pub reasserted: usize,
    /// The furthest that a version lay ahead of our wall clock.
    pub skew: Duration,
}

/// Why a batch was not applied. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApplyError {
    #[error(
        "the batch begins after {after} of {origin}, but only {have} has been heard; ask again from there"
    )]
    Gap {
        origin: Origin,
        after: Sequence,
        have: Sequence,
    },
    #[error("the batch speaks for this node itself")]
    Own,
    #[error("too many origins are known already; {origin} is not taken up")]
    TooManyOrigins { origin: Origin },
}

impl Catalog {
    /// Takes up a batch of another origin's entries. It must follow what has been heard of that origin; what has been
    /// heard already is passed over, so that a batch may come twice.
    pub fn apply(&self, wall: WallMillis, batch: &Batch) -> Result<Applied, ApplyError> {
        let _merging = self.merging.lock();
        if batch.origin == *self.origin() {
            return Err(ApplyError::Own);
        }
        let Some(origin) = self.origins.find_or_add(&batch.origin) else {
            return Err(ApplyError::TooManyOrigins {
                origin: batch.origin.clone(),
            });
        };
        let have = origin.head();
        if batch.after > have && !batch.is_listing {
            return Err(ApplyError::Gap {
                origin: batch.origin.clone(),
                after: batch.after,
                have,
            });
        }
        let heard = if batch.is_listing { Sequence(0) } else { have };
        let mut applied = Applied::default();
        let mut last = batch.after;
        for record in batch.records() {
            match record {
                Ok(record) if last < record.sequence && record.sequence <= batch.reach => {
                    last = record.sequence;
                    if record.sequence > heard {
                        self.take_up(wall, &origin, &record, &mut applied);
                    }
                }
                // Not a record, or not in its place: a log is told in order and within what its batch says it covers.
                _ => applied.malformed += 1,
            }
        }
        if batch.after <= have {
            let mut log = origin.log.lock();
            origin.advance(&mut log, batch.reach);
        }
        self.counters
            .merged
            .fetch_add(applied.merged as u64, Ordering::Relaxed);
        Ok(applied)
    }

    fn take_up(&self, wall: WallMillis, origin: &OriginState, record: &Record<'_>, applied: &mut Applied) {
        if is_sound(record) && !origin.is_taken_by_another(record) {
            self.merge(wall, origin, record, applied);
        } else {
            applied.malformed += 1;
        }
    }

    fn merge(&self, wall: WallMillis, origin: &OriginState, record: &Record<'_>, applied: &mut Applied) {
        applied.skew = applied.skew.max(skew_ahead(wall, record.version));
        self.clock
            .observe(wall, record.version, self.config.clock_skew_max);
        let hashes = self.hashes(record.service, record.id);
        let mut shard = self.shard(hashes.service).write();
        let (entry, instance) = shard.find_or_add(hashes, record.service, record.id, &|text| self.hash(text));
        let mut cell = instance.cell.lock();
        match self.verdict(&instance, &cell, origin, record) {
            Verdict::Old => return,
            Verdict::Reassert => {
                self.reassert(&mut shard, &instance, &mut cell, record.version);
                applied.reasserted += 1;
                return;
            }
            Verdict::Takes => {}
        }
        let is_gone = !matches!(record.state, RecordState::Live(_));
        // The same end, told by another origin: the mark's life has begun already.
        let is_known_end = is_gone
            && !cell.state.is_live()
            && cell.sequence != Sequence(0)
            && cell.version == record.version;
        let grave_end = instance.deadline();
        self.remember_lease(&instance, &cell, record);
        let next = Next {
            is_visible: self.is_visible(&cell, origin, record),
            state: match record.state {
                RecordState::Live(body) => State::Live(Body::from_checked(body)),
                RecordState::Gone(end) => State::Gone(end),
            },
            version: record.version,
            ttl_ms: record.ttl_ms,
            origin,
            sequence: Some(record.sequence),
        };
        self.settle(entry, &instance, &mut cell, next);
        if is_gone {
            self.bury_later(&mut shard, &instance, &mut cell);
        }
        if is_known_end {
            instance.set_deadline(grave_end);
        }
        applied.merged += 1;
    }

    /// Last writer wins: the greater version; of one version the end; of one end the greater origin. An origin's own
    /// order decides between its own records. Expiry said elsewhere does not end a lease that is alive here, and a
    /// version that we gave yields to none that is only as great: an origin that was silent for us may have kept the
    /// lease all the time, and then its word counts more than that of whoever inherited it.
    fn verdict(
        &self,
        instance: &Instance,
        cell: &Cell,
        origin: &OriginState,
        record: &Record<'_>,
    ) -> Verdict {
        if cell.sequence == Sequence(0) {
            return Verdict::Takes;
        }
        let is_later = if cell.origin == origin.key {
            record.sequence > cell.sequence
        } else {
            self.wins(cell, origin, record)
        };
        match record.state {
            _ if !is_later => Verdict::Old,
            RecordState::Gone(End::Expired) if self.holds_lease(instance, cell) => Verdict::Reassert,
            RecordState::Live(_)
                if record.version == cell.version && cell.is_own_live() && !cell.is_inherited =>
            {
                Verdict::Reassert
            }
            _ => Verdict::Takes,
        }
    }

    /// Whether a heartbeat that was received here still counts: as the keeper of the lease, or as its last keeper before
    /// another origin's version won. A wrong clock may have made it win against a later heartbeat here, so its end is
    /// not the end of what we know from our own receipt.
    fn holds_lease(&self, instance: &Instance, cell: &Cell) -> bool {
        cell.is_own_live() || cell.state.is_live() && instance.deadline() > self.lease_now()
    }

    /// Keeps in mind until when our own lease lasts when `record` takes its place, but no longer than the new one: a
    /// client that asks for a shorter lease means it.
    fn remember_lease(&self, instance: &Instance, cell: &Cell, record: &Record<'_>) {
        let lease = match cell.state {
            State::Live(_) => instance.deadline().min(self.lease_end(record.ttl_ms)),
            State::Gone(_) => LeaseTime::default(),
        };
        instance.set_deadline(lease);
    }

    /// Says again that an instance is alive whose lease is kept or remembered here. It is said just above the version
    /// `said` that it contradicts and no higher: nothing was written, so a removal that we have not heard of must win.
    fn reassert(&self, shard: &mut Shard, instance: &Arc<Instance>, cell: &mut Cell, said: Version) {
        let service_hash = self.hash(&instance.service);
        let Some(entry) = shard.entry_mut(service_hash, &instance.service) else {
            return;
        };
        let next = Next {
            state: cell.state.clone(),
            version: said.next(),
            ttl_ms: cell.ttl_ms,
            origin: self.origins.own(),
            sequence: None,
            is_visible: false,
        };
        self.settle(entry, instance, cell, next);
        shard.arm(instance, cell, instance.deadline());
    }

    fn wins(&self, cell: &Cell, origin: &OriginState, record: &Record<'_>) -> bool {
        let theirs = (record.version, rank(record.end()));
        let ours = (cell.version, rank(end_of(&cell.state)));
        match theirs.cmp(&ours) {
            std::cmp::Ordering::Equal => self
                .origins
                .of(cell.origin)
                .is_none_or(|holder| origin.origin > holder.origin),
            order => order.is_gt(),
        }
    }

    /// Whether readers can tell that the record came: not if it only moves the lease or refreshes volatile members.
    fn is_visible(&self, cell: &Cell, origin: &OriginState, record: &Record<'_>) -> bool {
        match (&cell.state, &record.state) {
            (State::Live(stored), RecordState::Live(body)) => {
                // Of one origin and one version only volatile members can differ; two origins may hit upon one version.
                let is_same_write = record.version == cell.version && cell.origin == origin.key;
                !is_same_write && !is_same_but_volatile(body, stored, &self.volatile)
            }
            (State::Gone(_), RecordState::Gone(_)) => false,
            _ => true,
        }
    }

    /// Ends a full listing of `origin` by that origin itself: what it did not list up to `reach` is not its any more.
    /// Returns how many entries were dropped.
    pub fn finish_listing(&self, origin: &Origin, reach: Sequence, listed: &BTreeSet<Sequence>) -> usize {
        let _merging = self.merging.lock();
        let Some(state) = self
            .origins
            .find(origin)
            .filter(|state| state.key != OriginKey::OWN)
        else {
            return 0;
        };
        let is_dropped = |sequence| sequence <= reach && !listed.contains(&sequence);
        let dropped = self.drop_entries(&state, is_dropped, Self::forget);
        let mut log = state.log.lock();
        state.advance(&mut log, reach);
        dropped
    }

    /// Drops every entry of an origin that nobody vouches for any more, and the origin with it. Two kinds become our own
    /// for the rest of their time: leases longer than the silence, whose clients owe no heartbeat yet, and marks of
    /// deletion, since a node that was cut off may still bring back what was removed.
    pub fn lapse(&self, origin: &Origin) -> usize {
        let _merging = self.merging.lock();
        let Some(state) = self
            .origins
            .find(origin)
            .filter(|state| state.key != OriginKey::OWN)
        else {
            return 0;
        };
        let vouched = state.vouched();
        let dropped = self.drop_entries(
            &state,
            |_| true,
            |catalog, shard, instance, cell| {
                catalog.inherit_or_forget(shard, instance, cell, vouched);
            },
        );
        self.origins
            .note_lapse(&state, self.lease_now(), self.config.tombstone_life);
        self.origins.forget(origin);
        self.counters.lapsed.fetch_add(dropped as u64, Ordering::Relaxed);
        dropped
    }

    /// Takes entries out of an origin's log as `end` does it, unless a lease is remembered here. Returns how many live
    /// ones are gone.
    fn drop_entries(
        &self,
        state: &OriginState,
        is_dropped: impl Fn(Sequence) -> bool,
        end: impl Fn(&Self, &mut Shard, &Arc<Instance>, &mut Cell),
    ) -> usize {
        let mut dropped = 0;
        let entries: Vec<(Sequence, Arc<Instance>)> = {
            let log = state.log.lock();
            log.by_sequence
                .iter()
                .map(|(&sequence, instance)| (sequence, Arc::clone(instance)))
                .collect()
        };
        for (sequence, instance) in entries.into_iter().filter(|&(sequence, _)| is_dropped(sequence)) {
            let service_hash = self.hash(&instance.service);
            let mut shard = self.shard(service_hash).write();
            let mut cell = instance.cell.lock();
            if cell.origin != state.key || cell.sequence != sequence {
                continue;
            }
            if self.holds_lease(&instance, &cell) {
                let version = cell.version;
                self.reassert(&mut shard, &instance, &mut cell, version);
            } else {
                let was_live = cell.state.is_live();
                end(self, &mut shard, &instance, &mut cell);
                dropped += usize::from(was_live && !cell.state.is_live());
            }
        }
        dropped
    }

    /// Makes an entry our own for what is left of its time: of a lease, counted from the last vouch for it.
    fn inherit_or_forget(
        &self,
        shard: &mut Shard,
        instance: &Arc<Instance>,
        cell: &mut Cell,
        vouched: LeaseTime,
    ) {
        let service_hash = self.hash(&instance.service);
        if cell.state.is_live() {
            instance.set_deadline(vouched.after(cell.ttl()));
        }
        if instance.deadline() <= self.lease_now() {
            return self.forget(shard, instance, cell);
        }
        let Some(entry) = shard.entry_mut(service_hash, &instance.service) else {
            return;
        };
        let next = Next {
            state: cell.state.clone(),
            version: cell.version,
            ttl_ms: cell.ttl_ms,
            origin: self.origins.own(),
            sequence: None,
            is_visible: false,
        };
        self.settle(entry, instance, cell, next);
        if cell.state.is_live() {
            cell.is_inherited = true;
            shard.arm(instance, cell, instance.deadline());
        } else {
            shard.graves.push_back((cell.sequence, Arc::clone(instance)));
        }
    }

    /// Whether what comes with `beat` is no more than an echo of an origin that lapsed here: nobody has heard from it
    /// since.
    pub fn is_echo(&self, origin: &Origin, beat: Beat) -> bool {
        self.origins
            .is_echo(origin, beat, self.lease_now(), self.config.tombstone_life)
    }

    /// Notes a sign of life of `origin` that was heard `age` ago. Returns whether that is news.
    pub fn vouch(&self, origin: &Origin, beat: Beat, age: Duration) -> bool {
        let Some(state) = self.origins.find(origin) else {
            return false;
        };
        let at = LeaseTime(self.leases.now().0.saturating_sub(crate::time::millis(age)));
        state.vouch(beat, at)
    }
}

enum Verdict {
    Takes,
    Old,
    Reassert,
}

fn is_sound(record: &Record<'_>) -> bool {
    let names = check_service_name(record.service).is_ok() && check_instance_id(record.id).is_ok();
    names
        && record.version <= VERSION_MAX
        && match record.state {
            RecordState::Live(body) => is_body(body),
            RecordState::Gone(_) => true,
        }
}

fn end_of(state: &State) -> Option<End> {
    match state {
        State::Live(_) => None,
        State::Gone(end) => Some(*end),
    }
}

fn rank(end: Option<End>) -> u8 {
    match end {
        None => 0,
        Some(End::Expired) => 1,
        Some(End::Removed) => 2,
    }
}
