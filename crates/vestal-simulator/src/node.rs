//! One simulated node: the production catalog and replica, and the state of the shell around them. Owns a node's lives;
//! what is done to it is in `shell`.

use std::collections::BTreeMap;
use std::time::Duration;

use vestal_core::catalog::{Catalog, CatalogConfig};
use vestal_core::id::{Incarnation, NodeName, Origin, Sequence};
use vestal_core::limits::Limits;
use vestal_core::replication::{Replica, ReplicaConfig};
use vestal_core::time::{LEASE_STEP_MAX, WallMillis};

use crate::clock::Clock;
use crate::moment::{Moment, micros};
use crate::shell::Delivery;
use crate::terms;

#[derive(Debug)]
pub struct Node {
    pub place: usize,
    pub name: NodeName,
    pub clock: Clock,
    pub catalog: Catalog,
    pub replica: Replica,
    /// Counts the node's processes; what was sent to an earlier one never reaches a later one.
    pub life: u32,
    pub started: Moment,
    pub is_up: bool,
    /// Faults that hold the node down or still, since they may overlap.
    pub(crate) downs: u32,
    pub(crate) pauses: u32,
    paused_at: Moment,
    /// For how long this life has been paused in all.
    paused: Duration,
    /// When a fault last touched the node itself.
    pub disturbed: Moment,
    /// When the node's last pause ended.
    pub resumed: Moment,
    pub is_ready: bool,
    pub(crate) inbox: Vec<Delivery>,
    pub(crate) calls: BTreeMap<u64, Call>,
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) subscribers: Vec<Subscriber>,
    /// Connections of this life that broke: a request for one that comes twice opens nothing.
    pub(crate) gone: Vec<u64>,
    pub(crate) is_pump_planned: bool,
    incarnation: u64,
}

/// A question that waits for its answer.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) peer: usize,
    /// The origin that is fetched; `None` for an exchange.
    pub(crate) origin: Option<Origin>,
}

/// The receiving end of a peer's stream.
#[derive(Debug)]
pub(crate) enum Consumer {
    Idle {
        retry: Moment,
    },
    Opening {
        connection: u64,
        since: Moment,
    },
    Open {
        connection: u64,
        buffer: Vec<u8>,
        heard: Moment,
    },
}

/// The sending end of a stream to a peer.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(crate) connection: u64,
    pub(crate) to: usize,
    pub(crate) to_life: u32,
    pub(crate) after: Sequence,
    /// When the last bytes sent arrive; later ones arrive later.
    pub(crate) last_arrival: Moment,
}

pub(crate) fn node_name(place: usize) -> NodeName {
    #[expect(clippy::expect_used, reason = "the name is made of a letter and digits")]
    NodeName::parse(&format!("n{place}")).expect("a valid name")
}

impl Node {
    pub(crate) fn start(place: usize, nodes: usize, clock: Clock, now: Moment, seed: u64) -> Self {
        let wall = clock.wall(now);
        let (catalog, replica) = machines(place, nodes, wall, Incarnation(wall.0), seed);
        Self {
            place,
            name: node_name(place),
            clock,
            catalog,
            replica,
            life: 0,
            started: now,
            is_up: true,
            downs: 0,
            pauses: 0,
            paused_at: now,
            paused: Duration::ZERO,
            disturbed: now,
            resumed: now,
            is_ready: false,
            inbox: Vec::new(),
            calls: BTreeMap::new(),
            consumers: (0..nodes).map(|_| Consumer::Idle { retry: now }).collect(),
            subscribers: Vec::new(),
            gone: Vec::new(),
            is_pump_planned: false,
            incarnation: wall.0,
        }
    }

    /// Begins a new life with nothing but the number of the one before, which the node keeps in its data directory.
    pub(crate) fn restart(&mut self, now: Moment, seed: u64) {
        let wall = self.clock.wall(now);
        self.incarnation = wall.0.max(self.incarnation + 1);
        let nodes = self.consumers.len();
        (self.catalog, self.replica) = machines(self.place, nodes, wall, Incarnation(self.incarnation), seed);
        self.is_up = true;
        self.started = now;
        self.paused = Duration::ZERO;
        self.paused_at = now;
        self.disturbed = now;
        self.is_ready = false;
        self.consumers = (0..nodes).map(|_| Consumer::Idle { retry: now }).collect();
    }

    pub(crate) fn stop(&mut self, now: Moment) {
        self.is_up = false;
        self.life += 1;
        self.disturbed = now;
        self.is_ready = false;
        self.inbox.clear();
        self.calls.clear();
        self.subscribers.clear();
        self.gone.clear();
        self.is_pump_planned = false;
    }

    pub(crate) fn pause(&mut self, now: Moment) {
        if self.pauses == 0 {
            self.paused_at = now;
        }
        self.pauses += 1;
        self.disturbed = now;
    }

    /// True if that was the last pause of several.
    pub(crate) fn resume(&mut self, now: Moment) -> bool {
        self.pauses -= 1;
        self.disturbed = now;
        if self.pauses == 0 {
            self.resumed = now;
            let lasted = now.since(self.paused_at.max(self.started));
            self.paused += lasted.saturating_sub(LEASE_STEP_MAX);
        }
        self.pauses == 0
    }

    pub(crate) fn is_gone(&self, connection: u64) -> bool {
        self.gone.contains(&connection)
    }

    pub fn is_running(&self) -> bool {
        self.is_up && self.pauses == 0
    }

    /// For how long this life has run: the time in which it could hear heartbeats. The first half second of a pause looks
    /// like a late tick and counts too.
    pub fn running(&self, now: Moment) -> Duration {
        let until = if self.pauses > 0 {
            self.paused_at.max(self.started)
        } else {
            now
        };
        until.since(self.started).saturating_sub(self.paused)
    }

    pub fn wall(&self, now: Moment) -> WallMillis {
        self.clock.wall(now)
    }

    pub fn mono(&self, now: Moment) -> Duration {
        self.clock.mono(now, self.started)
    }

    /// The greatest incarnation of `peer` that is known here, and how far it has been heard.
    pub(crate) fn cursor(&self, peer: &NodeName) -> (Incarnation, Sequence) {
        let lives = self
            .catalog
            .origins()
            .into_iter()
            .filter(|view| view.origin.node == *peer);
        let latest = lives.max_by_key(|view| view.origin.incarnation);
        latest.map_or((Incarnation(0), Sequence(0)), |view| {
            (view.origin.incarnation, view.head)
        })
    }

    /// The body of an instance as readers get it; `None` if it is not there.
    pub fn body(&self, service: &str, id: &str) -> Option<Vec<u8>> {
        self.catalog.body(service, id).map(|body| body.to_vec())
    }
}

fn machines(
    place: usize,
    nodes: usize,
    wall: WallMillis,
    incarnation: Incarnation,
    seed: u64,
) -> (Catalog, Replica) {
    let catalog = Catalog::new(CatalogConfig {
        node: node_name(place),
        incarnation,
        limits: Limits::default(),
        volatile: vec!["updated_at".to_owned()],
        lease_ttl: terms::LIVENESS,
        lease_ttl_min: terms::LEASE_TTL_MIN,
        lease_ttl_max: terms::LEASE_TTL_MAX,
        tombstone_life: terms::TOMBSTONE_LIFE,
        tombstones_max: vestal_core::limits::TOMBSTONES_MAX,
        clock_skew_max: terms::CLOCK_SKEW_MAX,
        hash_seed: seed,
        wall,
    });
    let config = ReplicaConfig {
        peers: (0..nodes).filter(|&peer| peer != place).map(node_name).collect(),
        gossip_interval: terms::GOSSIP_INTERVAL,
        liveness: terms::LIVENESS,
        join_timeout: terms::JOIN_TIMEOUT,
        clock_skew_max: terms::CLOCK_SKEW_MAX,
        seed: seed ^ micros(Duration::from_secs(1)),
    };
    let replica = Replica::new(config, &catalog);
    (catalog, replica)
}
