//! Entries as hera's gossip tells them: with the time of their last renewal. Owns what is due to be told; the shape of
//! the whole answer is in `replication/hera`.

use std::cmp::Reverse;
use std::time::Duration;

use super::Catalog;
use super::instance::{Cell, Instance};
use super::origins::{OriginKey, OriginState};
use super::read::LOG_PAGE;
use crate::id::{NodeName, Sequence};
use crate::time::{LEASE_SLACK, WallMillis, millis};

impl Catalog {
    /// Closes the present millisecond of the hybrid clock, so that all that lies in it can be told at once: also what
    /// was given a version in it but is not written down yet, since that happens under a shard's lock.
    pub(crate) fn close_millisecond(&self, wall: WallMillis) -> u64 {
        let closed = self.clock.close_millisecond(wall);
        for shard in &self.shards {
            drop(shard.write());
        }
        closed
    }

    /// The live entries of `node` that a hera node which saw time-stamps up to `after` has to hear, newest first as hera
    /// has them, as a JSON array;
    /// `None` if the node is not known. `closed` is the present millisecond, and no entry is told with a later one: a
    /// version from a clock that runs ahead would keep hera from hearing anything of that node until then. An entry that
    /// another node keeps is told again once in `step`.
    pub(crate) fn hera_entries(
        &self,
        node: &NodeName,
        after: u64,
        closed: u64,
        step: Duration,
    ) -> Option<Vec<u8>> {
        let lives: Vec<_> = self
            .origins
            .all()
            .into_iter()
            .filter(|state| state.origin.node == *node)
            .collect();
        if lives.is_empty() {
            return None;
        }
        let mut told = Vec::new();
        for state in lives {
            self.tell_entries(&mut told, &state, after, closed, millis(step).max(1));
        }
        told.sort_by_key(|&(millis, _)| Reverse(millis));
        let entries: Vec<Vec<u8>> = told.into_iter().map(|(_, entry)| entry).collect();
        Some([b"[".as_slice(), &entries.join(&b','), b"]"].concat())
    }

    fn tell_entries(
        &self,
        out: &mut Vec<(u64, Vec<u8>)>,
        state: &OriginState,
        after: u64,
        closed: u64,
        step: u64,
    ) {
        let vouched = closed.saturating_sub(millis(self.age_of(state)));
        let mut reach = Sequence(0);
        loop {
            let (page, page_reach) = state.after(reach, LOG_PAGE);
            let is_last = page.len() < LOG_PAGE;
            for (_, instance) in page {
                let cell = instance.cell.lock();
                if cell.origin != state.key {
                    continue;
                }
                let told = if cell.origin == OriginKey::OWN {
                    self.told_by_us(&instance, &cell, after, closed)
                } else {
                    told_by_relay(cell.version.millis(), after, vouched, step).map(|told| told.min(closed))
                };
                if let (Some(millis), Some(body)) = (told, cell.state.body()) {
                    out.push((millis, entry(&instance, body.as_bytes(), millis)));
                }
            }
            if is_last {
                return;
            }
            reach = page_reach;
        }
    }

    /// The time-stamp of one of our own entries, if it is due: its last change or renewal.
    fn told_by_us(&self, instance: &Instance, cell: &Cell, after: u64, closed: u64) -> Option<u64> {
        let left = instance.deadline().since(self.lease_now());
        let age = (cell.ttl() + LEASE_SLACK).saturating_sub(left);
        let renewed = closed.saturating_sub(millis(age));
        Some(renewed.max(cell.version.millis()).min(closed)).filter(|&told| told > after)
    }
}

/// The time-stamp of an entry that another node keeps, if it is due: when it changed, or when its origin last vouched
/// for it, told once each `step` so that all of an origin's entries do not go out in every round.
fn told_by_relay(changed: u64, after: u64, vouched: u64, step: u64) -> Option<u64> {
    if changed > after {
        return Some(changed.max(vouched));
    }
    let is_due = vouched > after && (vouched - changed) / step > (after - changed) / step;
    is_due.then_some(vouched)
}

fn entry(instance: &Instance, body: &[u8], millis: u64) -> Vec<u8> {
    let mut json = Vec::with_capacity(body.len() + 128);
    json.push(b'[');
    // Writing text to memory cannot fail.
    let _ = serde_json::to_writer(&mut json, &*instance.service);
    json.push(b',');
    let _ = serde_json::to_writer(&mut json, &*instance.id);
    json.push(b',');
    json.extend_from_slice(body);
    json.push(b',');
    json.extend_from_slice(millis.to_string().as_bytes());
    json.push(b']');
    json
}
