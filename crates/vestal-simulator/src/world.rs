//! The simulated world: nodes, lines, clients and what happens next. Owns the run from its first event to its verdict.
//! One thread, one queue, one source of randomness: a seed has one history.

use fastrand::Rng;
use vestal_core::id::NodeName;

use crate::client::{Client, Reply};
use crate::clock::Clock;
use crate::coverage::Coverage;
use crate::invariants::{self, Invariant, Observation, Scene};
use crate::ledger::Ledger;
use crate::moment::Moment;
use crate::network::Network;
use crate::node::Node;
use crate::plan::Plan;
use crate::queue::Queue;
use crate::reach::Reach;
use crate::sabotage::Sabotage;
use crate::shell::Delivery;
use crate::terms;
use crate::trace::{Trace, TraceDigest, TraceMode};

#[derive(Debug)]
pub(crate) enum Event {
    Deliver {
        to: usize,
        life: u32,
        delivery: Delivery,
    },
    Tick {
        node: usize,
        life: u32,
    },
    Wake {
        client: usize,
    },
    Reply {
        client: usize,
        number: u64,
        reply: Reply,
    },
    Begin(usize),
    End(usize),
    /// A look at the whole.
    Round,
}

impl Event {
    /// Numbers that tell this event from others of the same moment.
    fn facts(&self) -> [u64; 2] {
        match self {
            Self::Deliver { to, life, .. } => [1 + ((*to as u64) << 8), u64::from(*life)],
            Self::Tick { node, life } => [2 + ((*node as u64) << 8), u64::from(*life)],
            Self::Wake { client } => [3, *client as u64],
            Self::Reply { client, number, .. } => [4 + ((*client as u64) << 8), *number],
            Self::Begin(episode) => [5, *episode as u64],
            Self::End(episode) => [6, *episode as u64],
            Self::Round => [7, 0],
        }
    }
}

#[derive(Debug)]
pub struct World {
    pub(crate) now: Moment,
    pub(crate) queue: Queue<Event>,
    pub(crate) rng: Rng,
    pub(crate) plan: Plan,
    pub(crate) network: Network,
    pub(crate) nodes: Vec<Node>,
    pub(crate) clients: Vec<Client>,
    pub(crate) ledger: Ledger,
    pub(crate) coverage: Coverage,
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) under_way: Vec<usize>,
    pub(crate) client_loss_permille: u32,
    pub(crate) last_ticks: Vec<u64>,
    pub(crate) calls: u64,
    pub(crate) connections: u64,
    reach: Reach,
    invariants: Vec<Box<dyn Invariant>>,
    trace: Trace,
    violation: Option<Violation>,
}

/// What was seen that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub at: Moment,
    pub invariant: &'static str,
    pub what: String,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    pub digest: TraceDigest,
    pub coverage: Coverage,
    pub violation: Option<Violation>,
    pub last_events: Vec<String>,
}

/// Large enough that a few dozen bodies do not fit one batch.
const BULKY_FILLER: usize = 5_000;

impl World {
    pub fn new(seed: u64, sabotage: Option<Sabotage>, mode: TraceMode) -> Self {
        let plan = Plan::draw(seed);
        let mut rng = Rng::with_seed(seed);
        let now = Moment::default();
        let nodes: Vec<Node> = (0..plan.nodes)
            .map(|place| {
                let (skew_ms, drift_ppm) = plan.clocks[place];
                Node::start(
                    place,
                    plan.nodes,
                    Clock::new(skew_ms, drift_ppm),
                    now,
                    rng.u64(..),
                )
            })
            .collect();
        let filler = if plan.is_bulky { BULKY_FILLER } else { 0 };
        let clients = plan.clients.iter().enumerate();
        let clients = clients
            .map(|(number, plan)| Client::new(number, plan.clone(), rng.u64(..), filler))
            .collect();
        let mut world = Self {
            now,
            queue: Queue::new(),
            network: Network::new(plan.nodes, plan.lines.clone()),
            reach: Reach::new(plan.nodes),
            last_ticks: vec![0; plan.nodes],
            plan,
            rng,
            nodes,
            clients,
            ledger: Ledger::default(),
            coverage: Coverage::default(),
            sabotage,
            under_way: Vec::new(),
            client_loss_permille: 0,
            calls: 0,
            connections: 0,
            invariants: invariants::all(),
            trace: Trace::new(mode),
            violation: None,
        };
        world.plan_ahead();
        world
    }

    fn plan_ahead(&mut self) {
        for node in 0..self.nodes.len() {
            self.begin_life(node);
        }
        for (client, known) in self.clients.iter().enumerate() {
            self.queue.plan(known.plan.starts, Event::Wake { client });
        }
        for (at, episode) in self.plan.episodes.iter().enumerate() {
            self.queue.plan(episode.from, Event::Begin(at));
            self.queue.plan(episode.until, Event::End(at));
        }
        self.queue.plan(self.now + terms::GOSSIP_INTERVAL, Event::Round);
    }

    /// Runs to the end, or to the first thing that must never be.
    pub fn run(mut self) -> Outcome {
        while self.violation.is_none()
            && let Some((at, event)) = self.queue.next()
            && at <= terms::ends_at()
        {
            self.now = at;
            self.step(event);
        }
        if self.violation.is_none() {
            self.observe(&Observation::Ended);
        }
        Outcome {
            digest: self.trace.digest(),
            coverage: self.coverage,
            violation: self.violation,
            last_events: self.trace.last(),
        }
    }

    fn step(&mut self, event: Event) {
        self.trace.count(self.now, event.facts());
        match event {
            Event::Deliver { to, life, delivery } => self.deliver(to, life, delivery),
            Event::Tick { node, life } => self.tick_and_go_on(node, life),
            Event::Wake { client } => self.wake(client),
            Event::Reply {
                client,
                number,
                reply,
            } => self.take_reply(client, number, reply),
            Event::Begin(episode) => self.begin(episode),
            Event::End(episode) => self.end(episode),
            Event::Round => self.look(),
        }
    }

    fn tick_and_go_on(&mut self, node: usize, life: u32) {
        if self.nodes[node].life != life || !self.nodes[node].is_up {
            return;
        }
        self.tick(node);
        let next = self.now + std::time::Duration::from_micros(self.rng.u64(99_000..110_000));
        self.queue.plan(next, Event::Tick { node, life });
    }

    fn look(&mut self) {
        self.ledger.sweep(&self.nodes, self.now);
        self.reach = Reach::look(&self.nodes, &self.network, self.now);
        self.observe(&Observation::Round);
        self.queue.plan(self.now + terms::GOSSIP_INTERVAL, Event::Round);
    }

    pub(crate) fn observe(&mut self, observation: &Observation<'_>) {
        if self.violation.is_some() {
            return;
        }
        let mut scene = Scene {
            now: self.now,
            nodes: &self.nodes,
            clients: &self.clients,
            ledger: &self.ledger,
            network: &self.network,
            reach: &self.reach,
            coverage: &mut self.coverage,
        };
        for invariant in &mut self.invariants {
            if let Err(what) = invariant.check(&mut scene, observation) {
                self.violation = Some(Violation {
                    at: self.now,
                    invariant: invariant.name(),
                    what,
                });
                return;
            }
        }
    }

    pub(crate) fn violate(&mut self, invariant: &'static str, what: String) {
        self.violation.get_or_insert(Violation {
            at: self.now,
            invariant,
            what,
        });
    }

    pub(crate) fn note_event(&mut self, node: usize, facts: &[u64], text: impl FnOnce() -> String) {
        self.trace.note(self.now, &[&[node as u64], facts].concat(), || {
            format!("n{node} {}", text())
        });
    }

    pub(crate) fn note_weather(&mut self, facts: &[u64], text: impl FnOnce() -> String) {
        self.trace.note(self.now, facts, text);
    }

    pub(crate) fn place_of(&self, name: &NodeName) -> usize {
        self.nodes
            .iter()
            .position(|node| node.name == *name)
            .unwrap_or_default()
    }
}
