//! A node with its part in a cluster, whose messages the test carries.

#![allow(dead_code, unreachable_pub)]

use std::time::Duration;

use vestal_core::id::{NodeName, Origin};
use vestal_core::replication::effects::{Effect, Effects, Notice};
use vestal_core::replication::{Exchange, Fetch, Input, Replica, ReplicaConfig};

use crate::clockwork::{LEASE_TTL, Node, SKEW_MAX, name};

pub const GOSSIP_INTERVAL: Duration = Duration::from_secs(1);
pub const JOIN_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Member {
    pub node: Node,
    pub replica: Replica,
}

impl Member {
    pub fn new(node: Node, peers: &[&str]) -> Self {
        let config = ReplicaConfig {
            peers: peers.iter().map(|peer| name(peer)).collect(),
            gossip_interval: GOSSIP_INTERVAL,
            liveness: LEASE_TTL,
            join_timeout: JOIN_TIMEOUT,
            clock_skew_max: SKEW_MAX,
            seed: 1,
        };
        let replica = Replica::new(config, &node.catalog);
        Self { node, replica }
    }

    pub fn joining(node: &str, peers: &[&str]) -> Self {
        Self::new(Node::named(node), peers)
    }

    /// A member that has waited for its peers in vain and has begun to answer.
    pub fn ready(node: &str, peers: &[&str]) -> Self {
        let mut member = Self::joining(node, peers);
        member.pass(JOIN_TIMEOUT);
        for peer in peers {
            member.handle(Input::ExchangeFailed {
                peer: name(peer),
                error: "not there yet".to_owned(),
            });
        }
        assert!(member.replica.is_ready());
        member
    }

    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        let mut effects = Effects::default();
        self.replica
            .handle(&self.node.catalog, self.node.wall(), input, &mut effects);
        effects.into_iter().collect()
    }

    /// Lets time pass with a tick of the replica after each of the catalog.
    pub fn pass(&mut self, duration: Duration) -> Vec<Effect> {
        let step = Duration::from_millis(100);
        let steps = duration.as_millis() / step.as_millis();
        (0..steps)
            .flat_map(|_| {
                self.node.pass(step);
                self.handle(Input::Tick)
            })
            .collect()
    }

    pub fn exchange(&self) -> Exchange {
        self.replica.exchange(&self.node.catalog, self.node.wall())
    }

    /// Hears `peer`'s answer to an exchange as it stands now.
    pub fn hear(&mut self, peer: &Member) -> Vec<Effect> {
        self.handle(Input::Reply {
            peer: peer.name(),
            exchange: peer.exchange(),
        })
    }

    /// Fetches as `effects` ask of `peer`, until nothing more is asked; returns what else came of it.
    pub fn fetch(&mut self, peer: &Member, effects: Vec<Effect>) -> Vec<Effect> {
        let mut others = Vec::new();
        let mut left = effects;
        while !left.is_empty() {
            let mut next = Vec::new();
            for effect in left {
                match effect {
                    Effect::Fetch { to, fetch } if to == peer.name() => {
                        let batch = Replica::serve(&peer.node.catalog, &fetch);
                        next.extend(self.handle(Input::Batch { peer: to, batch }));
                    }
                    other => others.push(other),
                }
            }
            left = next;
        }
        others
    }

    pub fn name(&self) -> NodeName {
        self.node.origin().node
    }

    pub fn stream(&mut self, peer: &str, is_open: bool) -> Vec<Effect> {
        let error = (!is_open).then(|| "refused".to_owned());
        self.handle(Input::Stream {
            peer: name(peer),
            is_open,
            error,
        })
    }
}

pub fn fetches(effects: &[Effect]) -> Vec<(&str, &Fetch)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Fetch { to, fetch } => Some((to.as_str(), fetch)),
            _ => None,
        })
        .collect()
}

/// To whom digests are offered.
pub fn offers(effects: &[Effect]) -> Vec<&str> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Exchange { to, .. } => Some(to.as_str()),
            _ => None,
        })
        .collect()
}

pub fn notices(effects: &[Effect]) -> Vec<&Notice> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Notice(notice) => Some(notice),
            _ => None,
        })
        .collect()
}

pub fn lapsed(origin: &Origin, instances: usize) -> Notice {
    Notice::Lapsed {
        origin: origin.clone(),
        instances,
    }
}
