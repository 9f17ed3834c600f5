//! The state machine of a node in its cluster. Owns whom to ask for what and when, whom to believe for how long, and
//! when this node's view is whole. It sends nothing: inputs come in, effects go out.
//!
//! Timers, and what happens if they fire late, twice or never. *Exchange* (each gossip interval, to one random peer):
//! late makes repair late; twice costs a message; never leaves only the streams, and origins out of reach lapse.
//! *Lapse* (each tick): late keeps a silent origin's entries longer; never keeps them for good. *Join* (once): late
//! keeps readers waiting for a 503 longer; never is prevented by its time-out, which any tick notices.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::doubts::{DOUBT_ROUNDS, DOUBT_ROUNDS_UNLEVEL, Doubts, Held};
use super::effects::{Effect, Effects, Notice};
use super::exchange::{Exchange, OriginDigest};
use super::fetches::{Fetches, Part};
use super::joining::Joining;
use super::message::Fetch;
use super::peer::{Peer, PeerView, StreamState};
use super::random::Random;
use crate::catalog::{ApplyError, Catalog};
use crate::id::{NodeName, Origin, Sequence};
use crate::record::Batch;
use crate::time::{LeaseTime, WallMillis};

/// How a node takes part in its cluster.
#[derive(Debug, Clone)]
pub struct ReplicaConfig {
    /// The other nodes.
    pub peers: Vec<NodeName>,
    pub gossip_interval: Duration,
    /// How long an origin that nobody vouches for is believed.
    pub liveness: Duration,
    /// How long a starting node waits for its peers before it answers with what it has.
    pub join_timeout: Duration,
    pub clock_skew_max: Duration,
    pub seed: u64,
}

/// What reaches the state machine.
#[derive(Debug, Clone)]
pub enum Input {
    /// Time has passed; the catalog has been ticked.
    Tick,
    /// A node offers its digests and waits for ours.
    Exchange(Exchange),
    /// A peer's answer to our exchange.
    Reply { peer: NodeName, exchange: Exchange },
    /// Entries that a peer streams or that we fetched.
    Batch { peer: NodeName, batch: Batch },
    /// The stream from a peer was opened, or ended.
    Stream {
        peer: NodeName,
        is_open: bool,
        error: Option<String>,
    },
    /// A peer answers, but does not speak this protocol (a hera node): it is left to others, and not waited for.
    Foreign { peer: NodeName },
    /// An exchange with a peer came to nothing.
    ExchangeFailed { peer: NodeName, error: String },
    /// A fetch from a peer came to nothing.
    FetchFailed {
        peer: NodeName,
        origin: Origin,
        error: String,
    },
}

/// Records of one batch take about this many bytes; the last may go beyond.
pub const BATCH_BYTES: usize = 256 * 1024;

/// While a node joins, it asks every peer this often.
const JOIN_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub struct Replica {
    config: ReplicaConfig,
    random: Random,
    peers: BTreeMap<NodeName, Peer>,
    fetches: Fetches,
    doubts: Doubts,
    joining: Joining,
    next_exchange: LeaseTime,
    /// The last other node that was seen under our name.
    namesake: Option<Origin>,
}

impl Replica {
    pub fn new(config: ReplicaConfig, catalog: &Catalog) -> Self {
        let started = catalog.lease_now();
        Self {
            random: Random::new(config.seed),
            peers: config
                .peers
                .iter()
                .map(|name| (name.clone(), Peer::new()))
                .collect(),
            fetches: Fetches::default(),
            doubts: Doubts::default(),
            joining: Joining::new(config.peers.is_empty(), started),
            next_exchange: started,
            namesake: None,
            config,
        }
    }

    /// Whether this node may answer readers.
    pub fn is_ready(&self) -> bool {
        self.joining.is_over()
    }

    pub fn peers(&self, catalog: &Catalog) -> Vec<PeerView> {
        let now = catalog.lease_now();
        self.peers
            .iter()
            .map(|(name, peer)| peer.view(name, now))
            .collect()
    }

    /// Our digests, as we offer them.
    pub fn exchange(&self, catalog: &Catalog, wall: WallMillis) -> Exchange {
        Exchange {
            from: catalog.origin().clone(),
            wall,
            is_ready: self.is_ready(),
            origins: catalog.origins().into_iter().map(OriginDigest::from).collect(),
        }
    }

    pub fn handle(&mut self, catalog: &Catalog, wall: WallMillis, input: Input, effects: &mut Effects) {
        match input {
            Input::Tick => self.tick(catalog, wall, effects),
            Input::Exchange(exchange) => {
                self.consider(catalog, wall, &exchange, effects);
                effects.push(Effect::Reply(self.exchange(catalog, wall)));
            }
            Input::Reply { peer, exchange } => self.take_reply(catalog, wall, &peer, &exchange, effects),
            Input::Batch { peer, batch } => self.take_batch(catalog, wall, &peer, &batch, effects),
            Input::Stream { peer, is_open, error } => {
                self.note_stream(catalog, &peer, is_open, error, effects);
            }
            Input::Foreign { peer } => self.note_foreign(catalog, &peer, effects),
            Input::ExchangeFailed { peer, error } => {
                if let Some(known) = self.peers.get_mut(&peer) {
                    known.is_exchanging = false;
                }
                self.note_error(&peer, error, effects);
            }
            Input::FetchFailed { peer, origin, error } => {
                self.fetches.give_up(&origin, &peer);
                self.note_error(&peer, error, effects);
            }
        }
        let timeout = self.config.join_timeout;
        if let Some(notice) = self.joining.judge(&mut self.peers, catalog, timeout) {
            effects.notice(notice);
        }
    }

    fn tick(&mut self, catalog: &Catalog, wall: WallMillis, effects: &mut Effects) {
        let now = catalog.lease_now();
        self.fetches.expire(now);
        self.lapse_silent(catalog, effects);
        if now < self.next_exchange {
            return;
        }
        if self.is_ready() {
            self.next_exchange = now.after(self.config.gossip_interval);
            self.exchange_with_one(catalog, wall, effects);
        } else {
            self.next_exchange = now.after(JOIN_INTERVAL);
            self.exchange_with_all(catalog, wall, effects);
        }
    }

    fn lapse_silent(&mut self, catalog: &Catalog, effects: &mut Effects) {
        let said = catalog.own_head();
        for view in catalog.origins() {
            if !view.is_own && view.age >= self.config.liveness {
                let instances = catalog.lapse(&view.origin);
                self.fetches.forget(&view.origin);
                self.doubts.forget(&view.origin);
                effects.notice(Notice::Lapsed {
                    origin: view.origin,
                    instances,
                });
            }
        }
        if catalog.own_head() > said {
            effects.push(Effect::News);
        }
    }

    fn exchange_with_one(&mut self, catalog: &Catalog, wall: WallMillis, effects: &mut Effects) {
        let free: Vec<NodeName> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.is_free())
            .map(|(name, _)| name.clone())
            .collect();
        if let Some(name) = free.get(self.random.below(free.len())) {
            self.start_exchange(catalog, wall, name, effects);
        }
    }

    fn exchange_with_all(&mut self, catalog: &Catalog, wall: WallMillis, effects: &mut Effects) {
        let free: Vec<NodeName> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.is_free())
            .map(|(name, _)| name.clone())
            .collect();
        for name in &free {
            self.start_exchange(catalog, wall, name, effects);
        }
    }

    fn start_exchange(&mut self, catalog: &Catalog, wall: WallMillis, to: &NodeName, effects: &mut Effects) {
        if let Some(peer) = self.peers.get_mut(to) {
            peer.is_exchanging = true;
            effects.push(Effect::Exchange {
                to: to.clone(),
                exchange: self.exchange(catalog, wall),
            });
        }
    }

    fn take_reply(
        &mut self,
        catalog: &Catalog,
        wall: WallMillis,
        name: &NodeName,
        exchange: &Exchange,
        effects: &mut Effects,
    ) {
        let is_joining = !self.is_ready();
        let liveness = self.config.liveness;
        let Some(peer) = self.peers.get_mut(name) else {
            return;
        };
        peer.is_exchanging = false;
        if exchange.from.node != *name {
            peer.error = Some(format!(
                "the node at this address calls itself {}",
                exchange.from.node
            ));
            return;
        }
        // Only an answer proves that the peer can be reached; it may reach us by a line that is cut in our direction.
        if peer.error.take().is_some() {
            effects.notice(Notice::PeerBack { peer: name.clone() });
        }
        peer.answered = Some(catalog.lease_now());
        let is_first_as_ready = exchange.is_ready && !peer.is_ready;
        if is_joining && (peer.targets.is_none() || is_first_as_ready) {
            peer.is_ready = exchange.is_ready;
            let alive = exchange.origins.iter().filter(|digest| {
                digest.age < liveness && digest.origin != *catalog.origin() && digest.head > Sequence(0)
            });
            peer.targets = Some(alive.map(|digest| (digest.origin.clone(), digest.head)).collect());
        }
        self.consider(catalog, wall, exchange, effects);
    }

    /// Takes in what another node holds: believes its vouches, and asks for what it has beyond us.
    fn consider(&mut self, catalog: &Catalog, wall: WallMillis, exchange: &Exchange, effects: &mut Effects) {
        let name = &exchange.from.node;
        if *name == catalog.origin().node {
            self.note_namesake(catalog, &exchange.from, effects);
            return;
        }
        // Whoever is no peer is not believed: one invented sign of life would drown all true ones.
        if !self.peers.contains_key(name) {
            return;
        }
        self.note_contact(catalog, wall, exchange, effects);
        let mut theirs = Vec::new();
        for digest in &exchange.origins {
            if digest.origin != *catalog.origin()
                && digest.age < self.config.liveness
                && !catalog.is_echo(&digest.origin, digest.beat)
            {
                catalog.vouch(&digest.origin, digest.beat, digest.age);
                theirs.push(digest);
            }
        }
        let told: BTreeSet<&Origin> = theirs.iter().map(|digest| &digest.origin).collect();
        self.doubts.keep_told(name, &told);
        let mut patience = DOUBT_ROUNDS;
        for digest in &theirs {
            if self.catch_up(catalog, name, digest, effects) {
                patience = DOUBT_ROUNDS_UNLEVEL;
            }
        }
        for digest in &theirs {
            self.repair(catalog, name, digest, patience, effects);
        }
    }

    /// Another node under our name is reported once for each of its lives.
    fn note_namesake(&mut self, catalog: &Catalog, other: &Origin, effects: &mut Effects) {
        if other != catalog.origin() && self.namesake.as_ref() != Some(other) {
            self.namesake = Some(other.clone());
            effects.notice(Notice::NameTaken { other: other.clone() });
        }
    }

    fn note_contact(
        &mut self,
        catalog: &Catalog,
        wall: WallMillis,
        exchange: &Exchange,
        effects: &mut Effects,
    ) {
        let skew_max = self.config.clock_skew_max;
        let Some(peer) = self.peers.get_mut(&exchange.from.node) else {
            return;
        };
        peer.heard = Some(catalog.lease_now());
        peer.incarnation = Some(exchange.from.incarnation);
        let known_to_it = exchange
            .origins
            .iter()
            .find(|digest| digest.origin == *catalog.origin());
        peer.lag = catalog
            .own_head()
            .0
            .saturating_sub(known_to_it.map_or(0, |digest| digest.head.0));
        let before = peer.skew_ms;
        let was_skewed = before.unsigned_abs() > crate::time::millis(skew_max);
        peer.skew_ms = exchange.wall.0.cast_signed().saturating_sub(wall.0.cast_signed());
        let by = Duration::from_millis(peer.skew_ms.unsigned_abs());
        // A clock that jumped from one side to the other is news as well.
        if by > skew_max && !(was_skewed && before.signum() == peer.skew_ms.signum()) {
            let peer_name = exchange.from.node.clone();
            effects.notice(Notice::Skewed {
                peer: peer_name,
                ahead: peer.skew_ms > 0,
                by,
            });
        }
    }

    /// Asks for what the peer has heard of an origin beyond us, unless it is on its way. True if there is something.
    fn catch_up(
        &mut self,
        catalog: &Catalog,
        peer: &NodeName,
        digest: &OriginDigest,
        effects: &mut Effects,
    ) -> bool {
        let ours = held(catalog, &digest.origin);
        if digest.head <= ours.0 {
            if digest.head < ours.0 || digest.hash == ours.1 {
                self.doubts.settle(peer, &digest.origin);
            }
            return false;
        }
        let rounds = self.doubts.note(peer, &digest.origin, ours);
        if !self.is_told_directly(&digest.origin.node) || rounds >= DOUBT_ROUNDS {
            self.fetch(catalog, peer, &digest.origin, ours.0, false, effects);
        }
        true
    }

    /// Asks for a full listing of an origin whose content stays different though we have heard it as far; later while the
    /// peer has more of any origin: an entry that its origin lists no more may have moved to one that was not heard yet,
    /// and dropping it first would make it absent meanwhile.
    fn repair(
        &mut self,
        catalog: &Catalog,
        peer: &NodeName,
        digest: &OriginDigest,
        patience: u32,
        effects: &mut Effects,
    ) {
        let ours = held(catalog, &digest.origin);
        if digest.head != ours.0 || digest.hash == ours.1 {
            return;
        }
        let rounds = self.doubts.note(peer, &digest.origin, ours);
        if rounds >= patience && self.may_list(catalog, peer, &digest.origin) {
            self.fetch(catalog, peer, &digest.origin, Sequence(0), true, effects);
        }
    }

    /// Whether the origin's own stream brings its changes, or is just being opened.
    fn is_told_directly(&self, origin: &NodeName) -> bool {
        self.peers
            .get(origin)
            .is_some_and(|peer| peer.stream != StreamState::Down)
    }

    /// A listing is asked of the origin itself; of others only while the origin is out of reach, and then it adds only.
    fn may_list(&self, catalog: &Catalog, peer: &NodeName, origin: &Origin) -> bool {
        let bound = self.config.gossip_interval * 5;
        let now = catalog.lease_now();
        let is_in_reach =
            |known: &Peer| known.is_life(origin.incarnation) && known.has_answered_within(now, bound);
        self.is_origin(peer, origin) || !self.peers.get(&origin.node).is_some_and(is_in_reach)
    }

    /// Whether `peer` is `origin` in the same life. A later life knows of the earlier one only what others told it.
    fn is_origin(&self, peer: &NodeName, origin: &Origin) -> bool {
        *peer == origin.node
            && self
                .peers
                .get(peer)
                .is_some_and(|known| known.is_life(origin.incarnation))
    }

    fn fetch(
        &mut self,
        catalog: &Catalog,
        peer: &NodeName,
        origin: &Origin,
        after: Sequence,
        is_listing: bool,
        effects: &mut Effects,
    ) {
        let is_peer = self.peers.contains_key(peer);
        if !is_peer
            || !self
                .fetches
                .begin(origin, peer, after, is_listing, catalog.lease_now())
        {
            return;
        }
        let fetch = Fetch {
            origin: origin.clone(),
            after,
            is_listing,
        };
        effects.push(Effect::Fetch {
            to: peer.clone(),
            fetch,
        });
    }

    /// What we answer to a fetch: of an origin that has lapsed here meanwhile, nothing.
    pub fn serve(catalog: &Catalog, fetch: &Fetch) -> Batch {
        let known = catalog.batch(&fetch.origin, fetch.after, BATCH_BYTES);
        let mut batch = known.unwrap_or_else(|| Batch::nothing(fetch.origin.clone(), fetch.after));
        batch.is_listing = fetch.is_listing;
        batch
    }

    fn take_batch(
        &mut self,
        catalog: &Catalog,
        wall: WallMillis,
        peer: &NodeName,
        batch: &Batch,
        effects: &mut Effects,
    ) {
        if catalog.is_echo(&batch.origin, batch.beat) {
            self.fetches.give_up(&batch.origin, peer);
            return;
        }
        match catalog.apply(wall, batch) {
            Ok(applied) => {
                catalog.vouch(&batch.origin, batch.beat, batch.age);
                if applied.reasserted > 0 {
                    effects.push(Effect::News);
                }
                if applied.malformed > 0 {
                    effects.notice(Notice::Malformed {
                        peer: peer.clone(),
                        records: applied.malformed,
                    });
                }
                self.go_on(catalog, peer, batch, effects);
            }
            Err(ApplyError::TooManyOrigins { origin }) => effects.notice(Notice::TooManyOrigins { origin }),
            // A gap: what came between is on its way, or is asked for after the next exchange.
            Err(ApplyError::Gap { .. } | ApplyError::Own) => {}
        }
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.heard = Some(catalog.lease_now());
            peer.answered = peer.heard;
        }
    }

    /// Goes on with a fetch of which this batch is a part, or ends it.
    fn go_on(&mut self, catalog: &Catalog, peer: &NodeName, batch: &Batch, effects: &mut Effects) {
        match self.fetches.take(peer, batch, catalog.lease_now()) {
            Part::Middle => {
                let fetch = Fetch {
                    origin: batch.origin.clone(),
                    after: batch.reach,
                    is_listing: batch.is_listing,
                };
                effects.push(Effect::Fetch {
                    to: peer.clone(),
                    fetch,
                });
            }
            Part::Last { listed: Some(listed) } if self.is_origin(peer, &batch.origin) => {
                let said = catalog.own_head();
                let dropped = catalog.finish_listing(&batch.origin, batch.reach, &listed);
                if catalog.own_head() > said {
                    effects.push(Effect::News);
                }
                effects.notice(Notice::Repaired {
                    origin: batch.origin.clone(),
                    dropped,
                });
            }
            Part::Last { .. } | Part::Other => {}
        }
    }

    fn note_stream(
        &mut self,
        catalog: &Catalog,
        name: &NodeName,
        is_open: bool,
        error: Option<String>,
        effects: &mut Effects,
    ) {
        let Some(peer) = self.peers.get_mut(name) else {
            return;
        };
        peer.stream = if is_open {
            StreamState::Open
        } else {
            StreamState::Down
        };
        if is_open {
            peer.heard = Some(catalog.lease_now());
            peer.is_foreign = false;
            if peer.error.take().is_some() {
                effects.notice(Notice::PeerBack { peer: name.clone() });
            }
        } else if let Some(error) = error {
            self.note_error(name, error, effects);
        }
    }

    fn note_foreign(&mut self, catalog: &Catalog, name: &NodeName, effects: &mut Effects) {
        let Some(peer) = self.peers.get_mut(name) else {
            return;
        };
        peer.is_foreign = true;
        peer.stream = StreamState::Down;
        peer.heard = Some(catalog.lease_now());
        if peer.error.take().is_some() {
            effects.notice(Notice::PeerBack { peer: name.clone() });
        }
    }

    fn note_error(&mut self, name: &NodeName, error: String, effects: &mut Effects) {
        let Some(peer) = self.peers.get_mut(name) else {
            return;
        };
        if peer.error.is_none() {
            effects.notice(Notice::PeerLost {
                peer: name.clone(),
                error: error.clone(),
            });
        }
        peer.error = Some(error);
    }
}

/// How far an origin has been heard here, and the digest of what is held of it.
fn held(catalog: &Catalog, origin: &Origin) -> Held {
    catalog
        .origin_view(origin)
        .map_or((Sequence(0), 0), |view| (view.head, view.hash))
}
