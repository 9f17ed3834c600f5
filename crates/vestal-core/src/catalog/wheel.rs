//! The wheel of deadlines of one shard. Owns which instances are looked at when; the deadline itself lives in the
//! instance, so that renewing is one store and the wheel learns of it only when it comes by (lazy re-arming).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::audit::ensure;
use super::instance::{Cell, Instance};
use crate::time::{LEASE_EPOCH, LeaseTime};

/// Width of a slot: 2^8 ms. An instance is looked at within one slot and one tick after its deadline.
const SLOT_BITS: u32 = 8;
/// Slots in the wheel: 512 x 256 ms, a little over two minutes. Later deadlines wait in the last slot and go round.
const SLOTS: u64 = 512;

/// A slot's number since the lease clock's zero; 0 stands for "not in the wheel".
pub(super) type Slot = u32;

#[derive(Debug)]
pub(super) struct Wheel {
    slots: Vec<Vec<Arc<Instance>>>,
    /// The slot that is swept next.
    next: u64,
}

impl Wheel {
    pub(super) fn new() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| Vec::new()).collect(),
            next: (LEASE_EPOCH.0 >> SLOT_BITS) + 1,
        }
    }

    /// The slot in which a deadline is due: the first that begins after it.
    pub(super) fn slot_of(&self, deadline: LeaseTime) -> Slot {
        let due = (deadline.0 >> SLOT_BITS) + 1;
        let slot = due.clamp(self.next, self.next + SLOTS - 1);
        Slot::try_from(slot).unwrap_or(Slot::MAX)
    }

    pub(super) fn insert(&mut self, slot: Slot, instance: Arc<Instance>) {
        self.slots[(u64::from(slot) % SLOTS) as usize].push(instance);
    }

    /// Takes out the next slot that is due, with its number.
    pub(super) fn pop_due(&mut self, now: LeaseTime) -> Option<(Slot, Vec<Arc<Instance>>)> {
        if self.next > now.0 >> SLOT_BITS {
            return None;
        }
        let slot = self.next;
        self.next += 1;
        let due = std::mem::take(&mut self.slots[(slot % SLOTS) as usize]);
        Some((Slot::try_from(slot).unwrap_or(Slot::MAX), due))
    }

    /// Whether the wheel will come by this instance, and not later than its deadline asks for.
    pub(super) fn audit(&self, instance: &Arc<Instance>, cell: &Cell) -> Result<(), String> {
        let (slot, due) = (cell.armed, self.slot_of(instance.deadline()));
        let is_ahead = u64::from(slot) >= self.next && slot <= due;
        ensure(is_ahead, || {
            format!(
                "armed for slot {slot}, due in slot {due}, swept up to {}",
                self.next
            )
        })?;
        let is_held = self.slots[(u64::from(slot) % SLOTS) as usize]
            .iter()
            .any(|held| Arc::ptr_eq(held, instance));
        ensure(is_held, || format!("slot {slot} does not hold it"))
    }
}
