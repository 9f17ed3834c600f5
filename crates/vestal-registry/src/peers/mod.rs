//! The other nodes: what they are asked, what they stream, what they are answered. Owns every connection to a peer and
//! carries out what the replica decides; decides nothing about entries itself.

pub(crate) mod answers;
mod client;
pub(crate) mod cluster;
mod errands;
mod feed;
mod hera;
mod link;
mod stream;
mod view;

use std::collections::BTreeMap;

use vestal_core::id::NodeName;
use vestal_core::replication::hera as gossip;

pub(crate) use self::cluster::{Cluster, Errands};
pub(crate) use self::link::start;
pub(crate) use self::view::{state, view};
use crate::node::Node;

/// The answer to a hera node that has seen time-stamps up to those of `asked`.
pub(crate) fn deltas(node: &Node, asked: &BTreeMap<NodeName, u64>) -> String {
    let asked: Vec<_> = asked.iter().map(|(name, &seen)| (name.clone(), seen)).collect();
    String::from_utf8(gossip::answer(&node.catalog, node.clock.wall(), &asked)).unwrap_or_default()
}
