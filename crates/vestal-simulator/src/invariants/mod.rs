//! What must hold, one invariant per file, each with the promise it comes from. Each sees every observation with the whole
//! scene and the true history, and says what is wrong in a sentence.

mod convergence;
mod dead_lives_lapse;
mod heard_was_said;
mod index;
mod last_writer;
mod own_stall;
mod population;
mod readiness;
mod renewed_stays;
mod resurrection;
mod silent_expires;
mod tombstones;

use std::fmt;

use vestal_core::id::Sequence;
use vestal_core::replication::Batch;
use vestal_core::time::Version;

use crate::client::{Client, Mood};
use crate::coverage::Coverage;
use crate::ledger::{Key, Ledger};
use crate::moment::Moment;
use crate::network::Network;
use crate::node::Node;
use crate::reach::Reach;

/// All that there is to be seen.
#[derive(Debug)]
pub struct Scene<'a> {
    pub now: Moment,
    pub nodes: &'a [Node],
    pub clients: &'a [Client],
    pub ledger: &'a Ledger,
    pub network: &'a Network,
    pub reach: &'a Reach,
    pub coverage: &'a mut Coverage,
}

/// What has just happened.
#[derive(Debug)]
pub enum Observation<'a> {
    /// A life of a node has begun.
    Started {
        node: usize,
    },
    /// A node answers readers from now on.
    Ready {
        node: usize,
    },
    Ticked {
        node: usize,
    },
    /// A node has taken a batch with records; before it had heard the origin up to `heard`.
    Told {
        node: usize,
        batch: &'a Batch,
        heard: Sequence,
    },
    /// A node took a heartbeat; readers see the same as before, or not. The indexes are the service's, as readers see it.
    Served {
        node: usize,
        is_same: bool,
        index_before: u64,
        index_after: u64,
    },
    Removed {
        node: usize,
        service: &'a str,
        id: &'a str,
        version: Version,
    },
    /// A gossip interval has passed.
    Round,
    Ended,
}

pub trait Invariant: fmt::Debug {
    /// The invariant as a sentence.
    fn name(&self) -> &'static str;

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String>;
}

pub fn all() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::<convergence::Convergence>::default(),
        Box::<resurrection::Resurrection>::default(),
        Box::<last_writer::LastWriter>::default(),
        Box::<renewed_stays::RenewedStays>::default(),
        Box::<own_stall::OwnStall>::default(),
        Box::<tombstones::Tombstones>::default(),
        Box::<index::Index>::default(),
        Box::<silent_expires::SilentExpires>::default(),
        Box::<readiness::Readiness>::default(),
        Box::<dead_lives_lapse::DeadLivesLapse>::default(),
        Box::<heard_was_said::HeardWasSaid>::default(),
        Box::<population::Population>::default(),
    ]
}

impl Scene<'_> {
    /// The client that keeps `key` registered, if one does.
    pub(crate) fn keeper_of(&self, key: &Key) -> Option<&Client> {
        self.clients.iter().find(|client| {
            client.mood == Mood::Alive
                && !client.plan.is_rival
                && client.plan.service == key.0
                && client.plan.id == key.1
        })
    }
}

/// A claim of `node` that it does not honour, told as a sentence; `was_paused` chooses among claims that a pause of the
/// node has or has not interrupted.
fn dishonoured(scene: &Scene<'_>, node: usize, was_paused: bool) -> Option<String> {
    let host = &scene.nodes[node];
    scene.ledger.entries.iter().find_map(|((service, id), entry)| {
        let claim = entry.claims.get(&node)?;
        let counts = claim.holds(host, scene.now)
            && (claim.at < host.resumed) == was_paused
            && entry.greatest_removal() < claim.version;
        let is_shown = !counts || host.catalog.instance(service, id).is_some();
        (!is_shown).then(|| {
            format!(
                "n{node} took a heartbeat of {service}/{id} at {} for {:?} and does not show it any more",
                claim.at, claim.ttl
            )
        })
    })
}
