//! What time does: leases end, marks of deletion are forgotten, lazy news is told. Owns the walk of the wheels.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::RwLock;

use super::Catalog;
use super::instance::{Cell, Instance, State};
use super::shard::Shard;
use super::write::Next;
use crate::id::Sequence;
use crate::record::End;
use crate::time::LeaseTime;

/// Length of a shard's queue of marks from which on it is worth looking for places that nothing stands for any more.
pub(super) const GRAVES_CROWDED_MIN: usize = 1024;

/// What a tick did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TickReport {
    /// Leases that ended.
    pub expired: usize,
    /// Marks of deletion that were forgotten.
    pub forgotten: usize,
    /// How long this process stood still since the tick before; none of it counts against a lease.
    pub stall: Duration,
    /// Whether peers have something to hear of.
    pub has_news: bool,
}

impl Catalog {
    /// Moves the lease clock to `mono` (time since the process started) and does what is due. Call it once each
    /// [`TICK`](crate::time::TICK) from one place: late calls only make expiry late, never early.
    pub fn tick(&self, mono: Duration) -> TickReport {
        let mut report = TickReport {
            stall: self.leases.tick(mono),
            ..TickReport::default()
        };
        let now = self.leases.now();
        for shard in &self.shards {
            self.sweep(shard, now, &mut report);
        }
        self.counters
            .expired
            .fetch_add(report.expired as u64, Ordering::Relaxed);
        report
    }

    /// The lease clock, as of the last tick.
    pub fn lease_now(&self) -> LeaseTime {
        self.leases.now()
    }

    /// One slot of the wheel per lock, so that a heartbeat never waits for a long sweep.
    fn sweep(&self, shard: &RwLock<Shard>, now: LeaseTime, report: &mut TickReport) {
        loop {
            let mut shard = shard.write();
            let Some((slot, due)) = shard.wheel.pop_due(now) else {
                self.bound_graves(&mut shard, report);
                return;
            };
            for instance in due {
                let mut cell = instance.cell.lock();
                if cell.armed == slot {
                    cell.armed = 0;
                    self.visit(&mut shard, &instance, &mut cell, now, report);
                }
            }
        }
    }

    fn visit(
        &self,
        shard: &mut Shard,
        instance: &Arc<Instance>,
        cell: &mut Cell,
        now: LeaseTime,
        report: &mut TickReport,
    ) {
        let is_due = instance.deadline() <= now;
        match (&cell.state, is_due) {
            (State::Live(_), _) if !cell.is_own_live() => {}
            (State::Live(_), true) => {
                self.expire(shard, instance, cell);
                report.expired += 1;
                report.has_news = true;
            }
            (State::Live(_), false) => {
                report.has_news |= self.tell_volatile(instance, cell);
                shard.rearm(instance, cell, instance.deadline());
            }
            (State::Gone(_), true) => {
                self.forget(shard, instance, cell);
                report.forgotten += 1;
            }
            (State::Gone(_), false) => shard.rearm(instance, cell, instance.deadline()),
        }
    }

    /// Ends a lease. The version stays: expiry is a judgement of that version, and any later registration beats it.
    fn expire(&self, shard: &mut Shard, instance: &Arc<Instance>, cell: &mut Cell) {
        let hashes = self.hashes(&instance.service, &instance.id);
        if let Some(entry) = shard.entry_mut(hashes.service, &instance.service) {
            let next = Next {
                state: State::Gone(End::Expired),
                version: cell.version,
                ttl_ms: cell.ttl_ms,
                origin: self.origins.own(),
                sequence: None,
                is_visible: true,
            };
            self.settle(entry, instance, cell, next);
        }
        self.bury_later(shard, instance, cell);
    }

    /// Lets peers hear of volatile members that changed since they last heard: about once in a lease, as the wheel
    /// comes by, under a new sequence but the same version.
    fn tell_volatile(&self, instance: &Arc<Instance>, cell: &mut Cell) -> bool {
        let is_untold = std::mem::take(&mut cell.volatile_untold);
        if is_untold {
            let own = self.origins.own();
            own.leave(instance, cell);
            own.enter(instance, cell, None);
        }
        is_untold
    }

    /// Starts the life of the mark of deletion that `cell` has just become.
    pub(super) fn bury_later(&self, shard: &mut Shard, instance: &Arc<Instance>, cell: &mut Cell) {
        let deadline = self.leases.now().after(self.tombstone_life(cell.ttl()));
        instance.set_deadline(deadline);
        shard.arm(instance, cell, deadline);
        shard.graves.push_back((cell.sequence, Arc::clone(instance)));
    }

    /// Drops the oldest marks of deletion beyond the bound, and what the queue holds of earlier ones.
    fn bound_graves(&self, shard: &mut Shard, report: &mut TickReport) {
        if shard.graves.len() > shard.graves_crowded {
            // Instances that come and go leave places behind marks that stay; only marks that stand are counted.
            shard
                .graves
                .retain(|(sequence, instance)| is_mark(&instance.cell.lock(), *sequence));
            shard.graves_crowded = GRAVES_CROWDED_MIN.max(shard.graves.len() * 2);
        }
        while let Some((sequence, instance)) = shard.graves.front() {
            let instance = Arc::clone(instance);
            let mut cell = instance.cell.lock();
            let is_current = is_mark(&cell, *sequence);
            if is_current && !self.has_too_many(shard.graves.len()) {
                return;
            }
            shard.graves.pop_front();
            if is_current {
                self.forget(shard, &instance, &mut cell);
                report.forgotten += 1;
            }
        }
    }

    /// Whether a shard with so many marks has to give some up: there are too many in all, and it has more than its share.
    fn has_too_many(&self, graves: usize) -> bool {
        let max = self.config.tombstones_max;
        self.counters.tombstones.load(Ordering::Relaxed) > max && graves > max / super::SHARDS
    }

    /// Takes an instance out of everything, as if it had never been.
    pub(super) fn forget(&self, shard: &mut Shard, instance: &Arc<Instance>, cell: &mut Cell) {
        let hashes = self.hashes(&instance.service, &instance.id);
        let was_live = cell.state.is_live();
        if let Some(origin) = self.origins.of(cell.origin) {
            origin.leave(instance, cell);
        }
        cell.sequence = Sequence(0);
        cell.state = State::Gone(End::Expired);
        cell.armed = 0;
        self.count_graves(!was_live, false);
        if let Some(entry) = shard.entry_mut(hashes.service, &instance.service) {
            self.count_population(entry, was_live, false);
            if was_live {
                entry.service.set_index(self.next_index());
            }
            entry.service.touch();
        }
        shard.remove(hashes, instance);
    }
}

/// Whether the mark of deletion made at `sequence` still stands.
fn is_mark(cell: &Cell, sequence: Sequence) -> bool {
    !cell.state.is_live() && cell.sequence == sequence
}
