//! Source: design.md, Meaning, Version ("It decides the last writer across origins"), and point 7 of the cluster: last
//! writer wins across origins. Whoever arrives last does not.

use vestal_core::id::NodeName;
use vestal_core::replication::{Record, RecordState};

use super::{Invariant, Observation, Scene};
use crate::ledger::Write;
use crate::node::Node;
use crate::requests::revision_of;
use crate::terms::PROPAGATION;

#[derive(Debug, Default)]
pub(super) struct LastWriter;

impl Invariant for LastWriter {
    fn name(&self) -> &'static str {
        "the greatest version wins"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        match observation {
            Observation::Told { node, batch, heard } => {
                let node = &scene.nodes[*node];
                let mut news = batch
                    .records()
                    .flatten()
                    .filter(|record| record.sequence > *heard || batch.is_listing);
                news.try_for_each(|record| holds_no_older(node, &batch.origin.node, &record))
            }
            Observation::Ended => survivors(scene),
            _ => Ok(()),
        }
    }
}

/// A node that was told of a live entry holds it or a later one.
fn holds_no_older(node: &Node, origin: &NodeName, record: &Record<'_>) -> Result<(), String> {
    let RecordState::Live(told) = record.state else {
        return Ok(());
    };
    let Some(view) = node.catalog.instance(record.service, record.id) else {
        return Ok(());
    };
    let name = format!("{}/{}", record.service, record.id);
    if view.version < record.version {
        return Err(format!(
            "{} holds {name} at {} though told of {}",
            node.name, view.version, record.version
        ));
    }
    // Two origins may give the same version in the same millisecond; then the greater origin decides.
    let is_same_write = view.version == record.version && view.origin == *origin;
    if is_same_write && revision_of(&view.body) != revision_of(told) {
        return Err(format!(
            "{} holds {name} at {} with another body than told",
            node.name, view.version
        ));
    }
    Ok(())
}

/// What is left in the end is the write of the greatest version, as it was written.
fn survivors(scene: &Scene<'_>) -> Result<(), String> {
    for ((service, id), entry) in &scene.ledger.entries {
        let Some(view) = scene.nodes[0].catalog.instance(service, id) else {
            continue;
        };
        let found = revision_of(&view.body);
        let is_told = |write: &&Write| {
            scene.nodes[write.node].life == write.life && scene.now.since(write.at) >= PROPAGATION
        };
        let lasting = entry.writes.iter().filter(is_told);
        let greatest = lasting.max_by_key(|write| write.version);
        if let Some(greatest) = greatest
            && greatest.version > view.version
        {
            return Err(format!(
                "{service}/{id} ended as {found} at {}, but n{} wrote {} at {}",
                view.version, greatest.node, greatest.revision, greatest.version
            ));
        }
        let writers: Vec<_> = entry
            .writes
            .iter()
            .filter(|write| write.version == view.version)
            .collect();
        if !writers.is_empty() && writers.iter().all(|write| write.revision != found) {
            return Err(format!(
                "{service}/{id} ended as {found} at {}, which nobody wrote then",
                view.version
            ));
        }
        if entry.writes.iter().all(|write| write.revision != found) {
            return Err(format!(
                "{service}/{id} ended as {found}, which nobody ever wrote"
            ));
        }
    }
    Ok(())
}
