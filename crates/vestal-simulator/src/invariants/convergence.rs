//! Source: design.md, promise 5 ("nodes converge through any third peer"), and the invariant of `replication`: when faults
//! stop, every node holds exactly what every living origin holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vestal_core::catalog::OriginView;

use super::{Invariant, Observation, Scene};
use crate::moment::Moment;
use crate::node::Node;
use crate::requests::revision_of;
use crate::terms::{converged_by, expired_by};

/// A difference may be news on its way for this long.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Convergence {
    differs_since: Option<Moment>,
}

impl Invariant for Convergence {
    fn name(&self) -> &'static str {
        "nodes converge when faults stop"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        match observation {
            Observation::Round if scene.now >= converged_by() => self.agree(scene),
            Observation::Ended => expected(scene),
            _ => Ok(()),
        }
    }
}

impl Convergence {
    fn agree(&mut self, scene: &Scene<'_>) -> Result<(), String> {
        let Some(what) = difference(scene) else {
            self.differs_since = None;
            return Ok(());
        };
        let since = *self.differs_since.get_or_insert(scene.now);
        if scene.now.since(since) > ON_ITS_WAY {
            Err(what)
        } else {
            Ok(())
        }
    }
}

fn difference(scene: &Scene<'_>) -> Option<String> {
    let services: BTreeSet<&str> = scene
        .ledger
        .entries
        .keys()
        .map(|(service, _)| service.as_str())
        .collect();
    // Volatile members are told lazily, about once in a lease; the rest is told at once.
    let to_the_byte = scene.now >= expired_by();
    let first = &scene.nodes[0];
    for node in &scene.nodes[1..] {
        for service in &services {
            let (ours, theirs) = (
                shown(first, service, to_the_byte),
                shown(node, service, to_the_byte),
            );
            if ours != theirs {
                return Some(format!(
                    "{service} is {ours:?} at {} and {theirs:?} at {}",
                    first.name, node.name
                ));
            }
        }
        let (ours, theirs) = (digests(first), digests(node));
        if ours != theirs {
            return Some(format!(
                "{} holds {ours:?}, {} holds {theirs:?}",
                first.name, node.name
            ));
        }
    }
    None
}

/// What readers of a service see, by id: the bodies, or what they mean.
fn shown(node: &Node, service: &str, to_the_byte: bool) -> BTreeMap<String, String> {
    let views = node
        .catalog
        .instances(service)
        .map(|(_, views)| views)
        .unwrap_or_default();
    let text = |body: &[u8]| String::from_utf8_lossy(body).chars().take(80).collect();
    views
        .into_iter()
        .map(|view| {
            (
                view.id,
                if to_the_byte {
                    text(&view.body)
                } else {
                    revision_of(&view.body)
                },
            )
        })
        .collect()
}

fn digests(node: &Node) -> BTreeSet<String> {
    let told = |view: &OriginView| {
        format!(
            "{} to {} with {} ({:x})",
            view.origin, view.head, view.instances, view.hash
        )
    };
    node.catalog
        .origins()
        .iter()
        .filter(|view| view.head.0 > 0)
        .map(told)
        .collect()
}

/// Whether the nodes, who agree, agree on what the clients want.
fn expected(scene: &Scene<'_>) -> Result<(), String> {
    let node = &scene.nodes[0];
    for key in scene.ledger.entries.keys() {
        let Some(client) = scene.keeper_of(key) else {
            continue;
        };
        let (service, id) = key;
        let Some(body) = node.body(service, id) else {
            return Err(format!("{service}/{id} is nowhere, but its client heartbeats"));
        };
        let found = revision_of(&body);
        if !client.plan.renews_by_name && found != client.revision() {
            return Err(format!(
                "{service}/{id} is {found}, its client says {}",
                client.revision()
            ));
        }
    }
    Ok(())
}
