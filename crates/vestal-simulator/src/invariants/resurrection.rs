//! Source: design.md, promise 1 ("Nothing acknowledged is lost. A registration or deregistration ..."), and the invariant of
//! `replication`: nothing that was removed comes back but by a later registration.

use std::collections::BTreeMap;
use std::time::Duration;

use vestal_core::catalog::End;
use vestal_core::time::Version;

use super::{Invariant, Observation, Scene};
use crate::ledger::{Entry, Key};
use crate::terms::{PROPAGATION, TOMBSTONE_LIFE};

#[derive(Debug, Default)]
pub(super) struct Resurrection {
    /// What each life of a node knows to be removed.
    buried: BTreeMap<(usize, u32), BTreeMap<Key, Burial>>,
}

#[derive(Debug, Clone, Copy)]
struct Burial {
    version: Version,
    /// How long the node had run.
    running: Duration,
}

impl Invariant for Resurrection {
    fn name(&self) -> &'static str {
        "what was removed does not come back"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        match *observation {
            Observation::Removed {
                node,
                service,
                id,
                version,
            } => {
                self.bury(scene, node, (service.to_owned(), id.to_owned()), version);
                Ok(())
            }
            Observation::Told { node, batch, heard } => {
                for record in batch.records().flatten() {
                    if record.end() == Some(End::Removed) && record.sequence > heard {
                        let key = (record.service.to_owned(), record.id.to_owned());
                        self.bury(scene, node, key, record.version);
                    }
                }
                self.risen(scene, node)
            }
            Observation::Ticked { node } => self.risen(scene, node),
            Observation::Round => lingering(scene),
            _ => Ok(()),
        }
    }
}

impl Resurrection {
    fn bury(&mut self, scene: &Scene<'_>, node: usize, key: Key, version: Version) {
        let host = &scene.nodes[node];
        let burial = Burial {
            version,
            running: host.running(scene.now),
        };
        let graves = self.buried.entry((node, host.life)).or_default();
        let known = graves.entry(key).or_insert(burial);
        if version > known.version {
            *known = burial;
        }
    }

    /// A node that knows of a removal shows nothing older than it for as long as the tombstone lives.
    fn risen(&mut self, scene: &Scene<'_>, node: usize) -> Result<(), String> {
        let host = &scene.nodes[node];
        let Some(graves) = self.buried.get_mut(&(node, host.life)) else {
            return Ok(());
        };
        let running = host.running(scene.now);
        let life = TOMBSTONE_LIFE.mul_f64(0.98);
        graves.retain(|_, burial| running.saturating_sub(burial.running) < life);
        for ((service, id), burial) in graves.iter() {
            if let Some(view) = host.catalog.instance(service, id)
                && view.version <= burial.version
            {
                return Err(format!(
                    "{} shows {service}/{id} at {}, which it knows was removed at {}",
                    host.name, view.version, burial.version
                ));
            }
        }
        Ok(())
    }
}

/// A removal reaches every node that is joined to the one that acknowledged it.
fn lingering(scene: &Scene<'_>) -> Result<(), String> {
    for ((service, id), entry) in &scene.ledger.entries {
        let Some(removal) = final_removal(scene, entry) else {
            continue;
        };
        for node in scene.nodes {
            if scene.reach.joins(removal, node.place) && node.catalog.instance(service, id).is_some() {
                return Err(format!(
                    "{} still shows {service}/{id}, which n{removal} has removed",
                    node.name
                ));
            }
        }
    }
    Ok(())
}

/// The node that removed the entry, if nobody has written it since and time enough has passed.
fn final_removal(scene: &Scene<'_>, entry: &Entry) -> Option<usize> {
    let last = entry.removals.last()?;
    let is_last = entry
        .writes
        .iter()
        .all(|write| write.at < last.at && write.version < last.version);
    let is_told = scene.now.since(last.at) >= PROPAGATION && scene.nodes[last.node].life == last.life;
    (is_last && is_told).then_some(last.node)
}
