//! Questions between nodes, exchanges and fetches: asked as frames, answered as frames, or not at all.

use vestal_core::id::NodeName;
use vestal_core::replication::{Exchange, Fetch, Input, Message, Replica, read_frame};

use crate::coverage::Path;
use crate::network::Fate;
use crate::node::Call;
use crate::sabotage::Sabotage;
use crate::shell::Delivery;
use crate::terms::{EXCHANGE_TIMEOUT, FETCH_TIMEOUT};
use crate::world::{Event, World};

impl World {
    pub(crate) fn ask_exchange(&mut self, at: usize, to: &NodeName, exchange: Exchange) {
        let call = self.open_call(at, to, None);
        self.ask(at, to, call, Message::Exchange(exchange));
        self.plan_time_out(at, call, EXCHANGE_TIMEOUT);
    }

    pub(crate) fn ask_fetch(&mut self, at: usize, to: &NodeName, fetch: Fetch) {
        self.count_fetch(to, &fetch);
        let call = self.open_call(at, to, Some(fetch.origin.clone()));
        self.note_event(at, &[20, call], || {
            let kind = if fetch.is_listing {
                "a listing of"
            } else {
                "entries of"
            };
            format!("asks {to} for {kind} {} after {}", fetch.origin, fetch.after)
        });
        self.ask(at, to, call, Message::Fetch(fetch));
        self.plan_time_out(at, call, FETCH_TIMEOUT);
    }

    fn open_call(&mut self, at: usize, to: &NodeName, origin: Option<vestal_core::id::Origin>) -> u64 {
        self.calls += 1;
        let peer = self.place_of(to);
        self.nodes[at].calls.insert(self.calls, Call { peer, origin });
        self.calls
    }

    fn ask(&mut self, at: usize, to: &NodeName, call: u64, message: Message) {
        let frame = self.encode(message);
        let (to, from_life) = (self.place_of(to), self.nodes[at].life);
        let life = self.nodes[to].life;
        self.send(
            at,
            to,
            life,
            Delivery::Asked {
                from: at,
                from_life,
                call,
                frame,
            },
        );
    }

    fn plan_time_out(&mut self, at: usize, call: u64, within: std::time::Duration) {
        let life = self.nodes[at].life;
        self.queue.plan(
            self.now + within,
            Event::Deliver {
                to: at,
                life,
                delivery: Delivery::TimedOut { call },
            },
        );
    }

    pub(crate) fn encode(&mut self, message: Message) -> Vec<u8> {
        let message = match self.sabotage {
            Some(sabotage) => sabotage.on_wire(message, self.calls),
            None => message,
        };
        let frame = message.encode();
        self.coverage.add(
            Path::FrameCompressed,
            u64::from(frame.get(5).is_some_and(|kind| kind & 0x80 != 0)),
        );
        frame
    }

    /// The message of a whole frame. What a node sends, a node can read.
    pub(crate) fn decode(&mut self, frame: &[u8]) -> Option<Message> {
        let message = match read_frame(frame) {
            Ok(Some((content, length))) if length == frame.len() => Message::decode(content).ok(),
            _ => None,
        };
        if message.is_none() {
            self.violate("every frame can be read", format!("{} bytes cannot", frame.len()));
        }
        message
    }

    /// Sends a message to a node's life, which may lose it, delay it, or bring it twice.
    pub(crate) fn send(&mut self, from: usize, to: usize, life: u32, delivery: Delivery) {
        match self.network.fate(from, to, &mut self.rng) {
            Fate::Swallowed => self.coverage.count(Path::Swallowed),
            Fate::Lost => self.coverage.count(Path::Lost),
            Fate::Arrives { after, again_after } => {
                if let Some(again) = again_after {
                    self.coverage.count(Path::Duplicated);
                    let delivery = delivery.clone();
                    self.queue
                        .plan(self.now + again, Event::Deliver { to, life, delivery });
                }
                self.queue
                    .plan(self.now + after, Event::Deliver { to, life, delivery });
            }
        }
    }

    pub(crate) fn answer(&mut self, at: usize, from: usize, from_life: u32, call: u64, frame: &[u8]) {
        let frame = match self.decode(frame) {
            Some(Message::Exchange(exchange)) => {
                self.note_event(at, &[21, call], || format!("answers n{from}'s exchange"));
                let exchange = self.understand(at, exchange);
                self.handle(at, Input::Exchange(exchange))
                    .map(|reply| self.encode(Message::Exchange(reply)))
            }
            Some(Message::Fetch(fetch)) => {
                let batch = Replica::serve(&self.nodes[at].catalog, &fetch);
                self.note_event(at, &[22, call], || {
                    format!("answers n{from}'s fetch of {}", fetch.origin)
                });
                Some(self.encode(Message::Batch(batch)))
            }
            _ => None,
        };
        self.send(
            at,
            from,
            from_life,
            Delivery::Answered {
                from: at,
                call,
                frame,
            },
        );
    }

    pub(crate) fn take_answer(&mut self, at: usize, from: usize, call: u64, frame: Option<&[u8]>) {
        if self.nodes[at].calls.remove(&call).is_none() {
            // The shell listens to no such answer; handing it in proves that it would do no harm.
            self.coverage.count(Path::LateAnswer);
        }
        let peer = self.nodes[from].name.clone();
        match frame.and_then(|frame| self.decode(frame)) {
            Some(Message::Exchange(exchange)) => {
                self.coverage.count(Path::Exchange);
                self.note_event(at, &[23, call], || {
                    format!("hears n{from}'s answer to an exchange")
                });
                let exchange = self.understand(at, exchange);
                self.handle(at, Input::Reply { peer, exchange });
            }
            Some(Message::Batch(batch)) => {
                self.coverage
                    .add(Path::FetchContinued, u64::from(batch.has_more()));
                self.take_batch(at, from, batch);
            }
            _ => self.fail_call(at, call, "not known there"),
        }
    }

    fn understand(&self, at: usize, exchange: Exchange) -> Exchange {
        match self.sabotage {
            Some(sabotage) => sabotage.on_exchange(exchange, &self.nodes[at].catalog),
            None => exchange,
        }
    }

    pub(crate) fn fail_call(&mut self, at: usize, call: u64, why: &str) {
        let Some(Call { peer, origin }) = self.nodes[at].calls.remove(&call) else {
            return;
        };
        let peer = self.nodes[peer].name.clone();
        self.note_event(at, &[24, call], || format!("hears nothing from {peer}: {why}"));
        let error = why.to_owned();
        let input = match origin {
            None => {
                self.coverage.count(Path::ExchangeFailed);
                Input::ExchangeFailed { peer, error }
            }
            Some(origin) => {
                self.coverage.count(Path::FetchFailed);
                Input::FetchFailed { peer, origin, error }
            }
        };
        self.handle(at, input);
    }

    /// Gives a batch to the node, with what is wrong with it if it is to be wrong.
    pub(crate) fn take_batch(&mut self, at: usize, from: usize, batch: vestal_core::replication::Batch) {
        let heard = self.nodes[at].catalog.head(&batch.origin);
        let peer = self.nodes[from].name.clone();
        let batch = match self.sabotage {
            Some(sabotage) => sabotage.on_batch(batch, &mut self.calls),
            None => batch,
        };
        self.coverage.add(
            Path::BatchOverlapped,
            u64::from(!batch.is_empty() && batch.after < heard),
        );
        if !batch.is_empty() {
            self.note_event(at, &[25, batch.reach.0, batch.after.0], || {
                let records: Vec<String> = batch
                    .records()
                    .flatten()
                    .map(|record| describe(&record))
                    .collect();
                format!(
                    "takes {} {}..{} from {peer}: {}",
                    batch.origin,
                    batch.after,
                    batch.reach,
                    records.join(", ")
                )
            });
        }
        let told = batch.clone();
        self.handle(at, Input::Batch { peer, batch });
        if self.sabotage == Some(Sabotage::AnyoneLists) && told.origin.node != self.nodes[from].name {
            let listed = told.records().flatten().map(|record| record.sequence).collect();
            self.nodes[at]
                .catalog
                .finish_listing(&told.origin, told.reach, &listed);
        }
        // An echo of a life that has lapsed, or a batch with a gap, is not taken in.
        let is_taken = self.nodes[at].catalog.head(&told.origin) >= told.reach;
        if !told.is_empty() && is_taken {
            self.observe(&crate::invariants::Observation::Told {
                node: at,
                batch: &told,
                heard,
            });
        }
    }
}

fn describe(record: &vestal_core::replication::Record<'_>) -> String {
    let state = match record.end() {
        None => "live".to_owned(),
        Some(end) => format!("{end:?}"),
    };
    format!(
        "{}/{}#{} {state} at {}",
        record.service, record.id, record.sequence, record.version
    )
}
