//! This node's part in its cluster: the replica behind a lock, and the ways out for what it decides.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tracing::{info, warn};
use vestal_core::catalog::{Catalog, Put};
use vestal_core::id::NodeName;
use vestal_core::replication::effects::{Effect, Effects, Notice};
use vestal_core::replication::{Exchange, Input, PeerView, Replica, ReplicaConfig};

use super::errands::Errand;
use crate::node::Node;
use crate::settings::{Peer, PeerProtocol, Settings};

/// BOUND: streams served at once. A cluster has a handful of nodes; more is a mistake or an attack.
const STREAMS_MAX: usize = 64;
/// BOUND: errands that wait for one peer. The replica has one exchange under way per peer and one fetch per origin.
const ERRANDS_MAX: usize = 64;

#[derive(Debug)]
pub(crate) struct Cluster {
    replica: Mutex<Replica>,
    /// Wakes the streams when there is something new to send.
    news: Notify,
    lanes: BTreeMap<NodeName, Lane>,
    pub(super) streams: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

/// The way to one peer.
#[derive(Debug)]
struct Lane {
    peer: Peer,
    /// What the peer has turned out to speak; `Auto` until it is known.
    spoken: Mutex<PeerProtocol>,
    errands: mpsc::Sender<Errand>,
}

/// The receiving ends of the lanes, for the tasks that serve them.
pub(crate) type Errands = BTreeMap<NodeName, mpsc::Receiver<Errand>>;

impl Cluster {
    pub(crate) fn new(settings: &Settings, catalog: &Catalog, seed: u64) -> (Self, Errands) {
        let config = ReplicaConfig {
            peers: settings.cluster.iter().map(|peer| peer.name.clone()).collect(),
            gossip_interval: settings.gossip_interval,
            liveness: settings.liveness,
            join_timeout: settings.join_timeout,
            clock_skew_max: settings.clock_skew_max,
            seed,
        };
        let mut lanes = BTreeMap::new();
        let mut receivers = BTreeMap::new();
        for peer in &settings.cluster {
            let (errands, receiver) = mpsc::channel(ERRANDS_MAX);
            let lane = Lane {
                peer: peer.clone(),
                spoken: Mutex::new(peer.protocol),
                errands,
            };
            lanes.insert(peer.name.clone(), lane);
            receivers.insert(peer.name.clone(), receiver);
        }
        let cluster = Self {
            replica: Mutex::new(Replica::new(config, catalog)),
            news: Notify::new(),
            lanes,
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            stopping: watch::Sender::new(false),
        };
        (cluster, receivers)
    }

    /// Wakes the streams if `put` is something that peers need to hear of.
    pub(crate) fn announce(&self, put: Put) {
        if put != Put::Renewed {
            self.announce_change();
        }
    }

    /// Wakes the streams: our own log has grown.
    pub(crate) fn announce_change(&self) {
        self.news.notify_waiters();
    }

    pub(super) fn news(&self) -> &Notify {
        &self.news
    }

    /// How many streams are served.
    pub(crate) fn streams_open(&self) -> usize {
        STREAMS_MAX.saturating_sub(self.streams.available_permits())
    }

    /// Ends the streams that are served, which would otherwise never end, once they have told everything.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(super) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Notes what a peer speaks; returns what was known before.
    pub(super) fn note_spoken(&self, peer: &NodeName, protocol: PeerProtocol) -> Option<PeerProtocol> {
        let lane = self.lanes.get(peer)?;
        Some(std::mem::replace(&mut *lane.spoken.lock(), protocol))
    }

    /// The peers that turned out, or were said, to be hera nodes.
    pub(super) fn hera_nodes(&self) -> Vec<NodeName> {
        let hera = self
            .lanes
            .iter()
            .filter(|(_, lane)| *lane.spoken.lock() == PeerProtocol::Hera);
        hera.map(|(name, _)| name.clone()).collect()
    }

    /// Each peer as configured, what it speaks, and how it stands.
    pub(crate) fn peers(&self, catalog: &Catalog) -> Vec<(Peer, PeerProtocol, PeerView)> {
        let views = self.replica.lock().peers(catalog);
        let known = views.into_iter().filter_map(|view| {
            let lane = self.lanes.get(&view.name)?;
            Some((lane.peer.clone(), *lane.spoken.lock(), view))
        });
        known.collect()
    }

    /// Gives `input` to the replica and carries out what it decides. Returns the answer to an exchange.
    pub(crate) fn handle(node: &Arc<Node>, input: Input) -> Option<Exchange> {
        let mut effects = Effects::default();
        let is_ready = {
            let mut replica = node.cluster.replica.lock();
            replica.handle(&node.catalog, node.clock.wall(), input, &mut effects);
            replica.is_ready()
        };
        if is_ready {
            node.set_ready();
        }
        let mut reply = None;
        for effect in effects {
            match effect {
                // Composed anew when its turn comes: what waits in a lane grows old.
                Effect::Exchange { to, .. } => Self::send(node, &to, Errand::Exchange),
                Effect::Fetch { to, fetch } => Self::send(node, &to, Errand::Fetch(fetch)),
                Effect::Reply(exchange) => reply = Some(exchange),
                Effect::News => node.cluster.announce_change(),
                Effect::Notice(notice) => note(node, &notice),
            }
        }
        reply
    }

    /// Our digests as they are now.
    pub(super) fn exchange(node: &Node) -> Exchange {
        node.cluster
            .replica
            .lock()
            .exchange(&node.catalog, node.clock.wall())
    }

    fn send(node: &Arc<Node>, to: &NodeName, errand: Errand) {
        if matches!(errand, Errand::Exchange) {
            node.metrics.cluster.exchanges.inc();
        }
        let Some(lane) = node.cluster.lanes.get(to) else {
            return;
        };
        if let Err(error) = lane.errands.try_send(errand) {
            let errand = match error {
                mpsc::error::TrySendError::Full(errand) | mpsc::error::TrySendError::Closed(errand) => errand,
            };
            Self::handle(
                node,
                errand.failed(to, "too much is waiting for this peer already".to_owned()),
            );
        }
    }
}

fn note(node: &Node, notice: &Notice) {
    node.metrics.cluster.count(notice);
    match notice {
        Notice::Ready { synced, silent } => {
            info!(synced, silent, "ready: the view is whole, reads are answered");
        }
        // An earlier life of a node that has registered everything anew: nobody loses anything.
        Notice::Lapsed { origin, instances: 0 } => {
            info!(%origin, "an origin that nobody vouches for is forgotten");
        }
        Notice::Lapsed { origin, instances } => {
            warn!(%origin, instances, "nobody has vouched for this origin for a whole liveness; its instances are dropped");
        }
        Notice::Skewed { peer, ahead, by } => {
            let direction = if *ahead { "ahead of" } else { "behind" };
            warn!(%peer, skew_ms = by.as_millis(), "the peer's clock is {direction} ours; synchronise the clocks (leases are not affected)");
        }
        Notice::Repaired { origin, dropped } => {
            warn!(%origin, dropped, "content differed from its origin's and was listed again");
        }
        Notice::NameTaken { other } => {
            warn!(%other, "another node uses this node's name; every node of a cluster needs a name of its own");
        }
        Notice::Malformed { peer, records } => {
            warn!(%peer, records, "records that cannot be understood were passed over");
        }
        Notice::TooManyOrigins { origin } => {
            warn!(%origin, "too many origins are known already; this one is not taken up");
        }
        Notice::PeerLost { peer, error } => warn!(%peer, error, "the peer cannot be reached"),
        Notice::PeerBack { peer } => info!(%peer, "the peer can be reached again"),
    }
}
