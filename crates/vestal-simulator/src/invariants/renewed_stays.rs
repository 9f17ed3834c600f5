//! Source: design.md, promise 3 ("Only own receipt counts: a stale view may add, never remove"), and the invariant of
//! `replication`: no entry is removed while its origin renews it.

use super::{Invariant, Observation, Scene, dishonoured};
use crate::ledger::Entry;
use crate::terms::PROPAGATION;

#[derive(Debug, Default)]
pub(super) struct RenewedStays;

impl Invariant for RenewedStays {
    fn name(&self) -> &'static str {
        "what is renewed stays"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        match *observation {
            // At the node that took the heartbeat: at all times.
            Observation::Ticked { node } | Observation::Told { node, .. } => {
                dishonoured(scene, node, false).map_or(Ok(()), Err)
            }
            Observation::Round => missing(scene).map_or(Ok(()), Err),
            _ => Ok(()),
        }
    }
}

/// At every node that has long been joined to those that keep the lease: as soon as it has had time to hear of it.
fn missing(scene: &Scene<'_>) -> Option<String> {
    for ((service, id), entry) in &scene.ledger.entries {
        let is_settled = entry
            .claimed_since
            .is_some_and(|since| scene.now.since(since) >= PROPAGATION);
        if !is_settled || !entry.is_in_order() {
            continue;
        }
        for node in scene.nodes {
            if is_due_at(scene, entry, node.place) && node.catalog.instance(service, id).is_none() {
                let claims: Vec<_> = entry.claims.keys().collect();
                return Some(format!(
                    "{} does not show {service}/{id}, which is renewed at {claims:?}",
                    node.name
                ));
            }
        }
    }
    None
}

fn is_due_at(scene: &Scene<'_>, entry: &Entry, node: usize) -> bool {
    !entry.claims.is_empty() && entry.claims.keys().all(|&keeper| scene.reach.joins(keeper, node))
}
