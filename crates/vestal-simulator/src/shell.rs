//! The shell around a node's state machines: what reaches a node, and what is done with it. This stands in for the HTTP
//! server and client of the registry process, and behaves as they do: answers may never come, streams may break, and
//! every question ends with an answer or a time-out.

use vestal_core::id::{Incarnation, Sequence};
use vestal_core::replication::effects::{Effect, Effects, Notice};
use vestal_core::replication::{Exchange, Fetch, Input};

use crate::client::Operation;
use crate::coverage::Path;
use crate::invariants::Observation;
use crate::sabotage::Sabotage;
use crate::world::{Event, World};

/// What reaches a node. A paused node keeps it for later.
#[derive(Debug, Clone)]
pub(crate) enum Delivery {
    /// A peer asks: an exchange or a fetch, as a frame.
    Asked {
        from: usize,
        from_life: u32,
        call: u64,
        frame: Vec<u8>,
    },
    /// The frame that answers a question, or none if the peer could not tell.
    Answered {
        from: usize,
        call: u64,
        frame: Option<Vec<u8>>,
    },
    TimedOut {
        call: u64,
    },
    Refused {
        call: u64,
    },
    /// A peer wants to hear our changes from its cursor on.
    Subscribe {
        from: usize,
        from_life: u32,
        connection: u64,
        incarnation: Incarnation,
        after: Sequence,
    },
    StreamBytes {
        from: usize,
        connection: u64,
        bytes: Vec<u8>,
    },
    StreamEnded {
        from: usize,
        connection: u64,
    },
    /// The consumer of a stream has gone.
    Unsubscribe {
        connection: u64,
    },
    /// Our own log has grown.
    Pump,
    /// A gossip interval has passed: every stream hears that we are alive.
    Vouch,
    Request {
        client: usize,
        number: u64,
        operation: Operation,
    },
}

impl World {
    /// Hands `delivery` to a node, or keeps it while the node is paused.
    pub(crate) fn deliver(&mut self, to: usize, life: u32, delivery: Delivery) {
        let node = &mut self.nodes[to];
        if !node.is_up || node.life != life {
            self.refuse(to, &delivery);
        } else if node.pauses > 0 {
            self.coverage.count(Path::HeldWhilePaused);
            node.inbox.push(delivery);
        } else {
            self.carry_out(to, delivery);
        }
    }

    pub(crate) fn carry_out(&mut self, at: usize, delivery: Delivery) {
        match delivery {
            Delivery::Asked {
                from,
                from_life,
                call,
                frame,
            } => self.answer(at, from, from_life, call, &frame),
            Delivery::Answered { from, call, frame } => self.take_answer(at, from, call, frame.as_deref()),
            Delivery::TimedOut { call } => self.fail_call(at, call, "no answer in time"),
            Delivery::Refused { call } => self.fail_call(at, call, "connection refused"),
            Delivery::Subscribe {
                from,
                from_life,
                connection,
                incarnation,
                after,
            } => {
                self.subscribe(at, from, from_life, connection, (incarnation, after));
            }
            Delivery::StreamBytes {
                from,
                connection,
                bytes,
            } => self.take_bytes(at, from, connection, &bytes),
            Delivery::StreamEnded { from, connection } => self.end_stream(at, from, connection),
            Delivery::Unsubscribe { connection } => self.unsubscribe(at, connection),
            Delivery::Pump => self.pump(at),
            Delivery::Vouch => self.vouch(at),
            Delivery::Request {
                client,
                number,
                operation,
            } => self.serve(at, client, number, &operation),
        }
    }

    /// Tells the sender that nobody listens at a node that is down.
    fn refuse(&mut self, down: usize, delivery: &Delivery) {
        match *delivery {
            Delivery::Asked {
                from,
                from_life,
                call,
                ..
            } => {
                self.coverage.count(Path::Refused);
                self.send(down, from, from_life, Delivery::Refused { call });
            }
            Delivery::Subscribe {
                from,
                from_life,
                connection,
                ..
            } => {
                self.coverage.count(Path::Refused);
                self.send(
                    down,
                    from,
                    from_life,
                    Delivery::StreamEnded {
                        from: down,
                        connection,
                    },
                );
            }
            Delivery::Request { client, number, .. } => self.refuse_client(client, number),
            _ => {}
        }
    }

    pub(crate) fn tick(&mut self, at: usize) {
        let node = &self.nodes[at];
        if !node.is_running() {
            return;
        }
        let mut mono = node.mono(self.now);
        if self.sabotage == Some(Sabotage::TicksRunFast) {
            mono += mono / 3;
        }
        if self.sabotage == Some(Sabotage::StallsCount) {
            // As a ticker would that makes up for every tick it missed.
            for millis in (self.last_ticks[at]..vestal_core::time::millis(mono)).step_by(400) {
                self.nodes[at]
                    .catalog
                    .tick(std::time::Duration::from_millis(millis));
            }
        }
        self.last_ticks[at] = vestal_core::time::millis(mono);
        let report = self.nodes[at].catalog.tick(mono);
        self.coverage.add(Path::Expired, report.expired as u64);
        self.coverage
            .add(Path::TombstoneForgotten, report.forgotten as u64);
        self.coverage
            .add(Path::Stalled, u64::from(!report.stall.is_zero()));
        if report.has_news {
            self.plan_pump(at);
        }
        if self.sabotage != Some(Sabotage::NothingLapses) {
            self.handle(at, Input::Tick);
        }
        self.mind_streams(at);
        self.observe(&Observation::Ticked { node: at });
    }

    /// Gives `input` to the node's replica and carries out what it decides. Returns the answer to an exchange.
    pub(crate) fn handle(&mut self, at: usize, input: Input) -> Option<Exchange> {
        let now = self.now;
        let node = &mut self.nodes[at];
        let is_batch = matches!(input, Input::Batch { .. });
        let mut effects = Effects::default();
        let wall = node.wall(now);
        node.replica.handle(&node.catalog, wall, input, &mut effects);
        let mut reply = None;
        for effect in effects {
            match effect {
                Effect::Exchange { to, exchange } => self.ask_exchange(at, &to, exchange),
                Effect::Fetch { to, fetch } => self.ask_fetch(at, &to, fetch),
                Effect::Reply(exchange) => reply = Some(exchange),
                Effect::News => {
                    self.coverage.add(Path::Reasserted, u64::from(is_batch));
                    self.plan_pump(at);
                }
                Effect::Notice(notice) => self.note(at, &notice),
            }
        }
        self.note_readiness(at);
        reply
    }

    fn note_readiness(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        let is_ready = node.replica.is_ready() || self.sabotage == Some(Sabotage::ReadyAtOnce);
        if is_ready && !node.is_ready {
            node.is_ready = true;
            self.note_event(at, &[10], || "is ready".to_owned());
            self.observe(&Observation::Ready { node: at });
        }
    }

    fn note(&mut self, at: usize, notice: &Notice) {
        match notice {
            Notice::Ready { silent, .. } => {
                let has_waited = self.now.since(self.nodes[at].started) >= crate::terms::JOIN_TIMEOUT;
                let path = if has_waited && *silent > 0 {
                    Path::JoinedByTimeout
                } else {
                    Path::JoinedByPeers
                };
                self.coverage.count(path);
            }
            Notice::Lapsed { instances, .. } => {
                self.coverage.count(Path::Lapsed);
                self.coverage.add(Path::LapsedEntries, *instances as u64);
            }
            Notice::Repaired { dropped, .. } => {
                self.coverage.count(Path::Repaired);
                self.coverage.add(Path::RepairDropped, *dropped as u64);
            }
            Notice::Skewed { .. } => self.coverage.count(Path::Skewed),
            Notice::PeerLost { .. } => self.coverage.count(Path::PeerLost),
            Notice::PeerBack { .. } => self.coverage.count(Path::PeerBack),
            Notice::Malformed { .. } | Notice::NameTaken { .. } | Notice::TooManyOrigins { .. } => {
                self.violate("nothing is malformed", format!("n{at} says {notice:?}"));
            }
        }
        self.note_event(at, &[11], || format!("notes {notice:?}"));
    }

    /// Plans that the node's streams send what is new, a moment later, so that a burst goes out together.
    pub(crate) fn plan_pump(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        if !node.is_pump_planned {
            node.is_pump_planned = true;
            let life = node.life;
            let soon = self.now + std::time::Duration::from_micros(self.rng.u64(50..2_000));
            self.queue.plan(
                soon,
                Event::Deliver {
                    to: at,
                    life,
                    delivery: Delivery::Pump,
                },
            );
        }
    }

    /// Counts whom a fetch asks for what.
    pub(crate) fn count_fetch(&mut self, to: &vestal_core::id::NodeName, fetch: &Fetch) {
        let path = if fetch.origin.node == *to {
            Path::FetchDirect
        } else {
            Path::FetchRelayed
        };
        self.coverage.count(path);
        self.coverage.add(
            Path::Listing,
            u64::from(fetch.is_listing && fetch.after == Sequence(0)),
        );
        self.coverage.add(
            Path::FetchContinued,
            u64::from(fetch.is_listing && fetch.after > Sequence(0)),
        );
    }
}
