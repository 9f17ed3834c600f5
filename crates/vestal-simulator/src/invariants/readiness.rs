//! Source: design.md, promise 2 ("never answers an empty list that is not true"), and point 9 of the cluster: "an empty or
//! wiped node fetches everything in bulk and is not ready until it has". A node that starts answers readers only with the
//! view of a node that already answered them, if it could reach one.

use std::collections::BTreeMap;

use vestal_core::time::Version;

use super::{Invariant, Observation, Scene};
use crate::coverage::Path;
use crate::ledger::Key;
use crate::moment::Moment;

#[derive(Debug, Default)]
pub(super) struct Readiness {
    starts: BTreeMap<usize, Start>,
}

type Shown = BTreeMap<Key, Version>;

/// What the nodes that answered readers showed when a node started.
#[derive(Debug)]
struct Start {
    at: Moment,
    shown: BTreeMap<usize, (u32, Shown)>,
}

impl Invariant for Readiness {
    fn name(&self) -> &'static str {
        "a node that is not ready does not answer"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        match *observation {
            Observation::Started { node } => {
                self.starts.insert(node, start(scene, node));
                Ok(())
            }
            Observation::Ready { node } => self.judge(scene, node),
            _ => Ok(()),
        }
    }
}

fn start(scene: &Scene<'_>, starting: usize) -> Start {
    let ready = scene
        .nodes
        .iter()
        .filter(|node| node.place != starting && node.is_running() && node.is_ready);
    let shown = ready.map(|node| {
        let keys = scene.ledger.entries.keys();
        let shown = keys
            .filter_map(|key| Some((key.clone(), node.catalog.instance(&key.0, &key.1)?.version)))
            .collect();
        (node.place, (node.life, shown))
    });
    Start {
        at: scene.now,
        shown: shown.collect(),
    }
}

impl Readiness {
    fn judge(&mut self, scene: &mut Scene<'_>, node: usize) -> Result<(), String> {
        let Some(start) = self.starts.remove(&node) else {
            return Ok(());
        };
        let is_reachable = start
            .shown
            .keys()
            .any(|&peer| was_reachable(scene, &start, node, peer));
        if !is_reachable || scene.nodes[node].disturbed > start.at {
            return Ok(());
        }
        scene.coverage.count(Path::ReadyFromReady);
        let mut lacks = None;
        for (&peer, (life, shown)) in &start.shown {
            let Some((service, id)) = shown
                .iter()
                .find(|shown| is_lacking(scene, node, (peer, *life), *shown))
                .map(|(key, _)| key)
            else {
                return Ok(());
            };
            lacks = Some(format!(
                "n{node} answers readers without {service}/{id}, which n{peer} showed all the time"
            ));
        }
        lacks.map_or(Ok(()), Err)
    }
}

/// Whether the line to a peer has been sound, and the peer at work, since the node started.
fn was_reachable(scene: &Scene<'_>, start: &Start, node: usize, peer: usize) -> bool {
    let known = &scene.nodes[peer];
    let is_same = start
        .shown
        .get(&peer)
        .is_some_and(|(life, _)| *life == known.life);
    let waited = scene.now.since(start.at);
    is_same
        && known.is_running()
        && known.disturbed <= start.at
        && scene.network.is_sound(node, peer, scene.now, waited)
}

/// Whether the peer still shows, unchanged, what some node keeps alive and `node` does not show, other than for having
/// heard earlier that it was removed. What moved to another origin while the node started may be on its way.
///
/// The core promises no more: it waits for the heads that the peer told first, and a move after that lies beyond them.
fn is_lacking(scene: &Scene<'_>, node: usize, (peer, life): (usize, u32), shown: (&Key, &Version)) -> bool {
    let known = &scene.nodes[peer];
    let (key, version) = shown;
    let (service, id) = key;
    let Some(entry) = scene.ledger.entries.get(key) else {
        return false;
    };
    let removed = entry.greatest_removal();
    known.life == life
        && !entry.claims.is_empty()
        && known
            .catalog
            .instance(service, id)
            .is_some_and(|view| view.version == *version && view.version > removed)
        && scene.nodes[node].catalog.instance(service, id).is_none()
}
