//! Requests of clients: their way to a node, what the node does, and their way back. Every operation that a node carries
//! out goes into the ledger, whether or not its client hears of it.

use std::time::Duration;

use vestal_core::catalog::Put;
use vestal_core::id::Sequence;
use vestal_core::time::Version;

use crate::client::{Operation, Reply};
use crate::coverage::Path;
use crate::invariants::Observation;
use crate::ledger::{Claim, Removal, Write};
use crate::sabotage::Sabotage;
use crate::shell::Delivery;
use crate::terms::REQUEST_TIMEOUT;
use crate::world::{Event, World};

impl World {
    pub(crate) fn wake(&mut self, at: usize) {
        let (now, nodes) = (self.now, self.nodes.len());
        let client = &mut self.clients[at];
        let Some(operation) = client.wake(now, nodes) else {
            if let Some(after) = client.next_return(now) {
                self.queue.plan(now + after, Event::Wake { client: at });
            }
            return;
        };
        client.request += 1;
        client.pending = Some(operation.clone());
        let (number, home) = (client.request, client.home);
        let life = self.nodes[home].life;
        let delivery = Delivery::Request {
            client: at,
            number,
            operation,
        };
        if let Some(after) = self.client_line() {
            self.queue.plan(
                now + after,
                Event::Deliver {
                    to: home,
                    life,
                    delivery,
                },
            );
        }
        self.queue.plan(
            now + REQUEST_TIMEOUT,
            Event::Reply {
                client: at,
                number,
                reply: Reply::Failed,
            },
        );
    }

    /// How long a request or a reply is on its way; `None` if it is lost.
    fn client_line(&mut self) -> Option<Duration> {
        let is_lost = self.rng.u32(0..1000) < self.client_loss_permille;
        (!is_lost).then(|| Duration::from_micros(self.rng.u64(200..5_000)))
    }

    pub(crate) fn refuse_client(&mut self, client: usize, number: u64) {
        self.reply(client, number, Reply::Failed);
    }

    fn reply(&mut self, client: usize, number: u64, reply: Reply) {
        if let Some(after) = self.client_line() {
            self.queue.plan(
                self.now + after,
                Event::Reply {
                    client,
                    number,
                    reply,
                },
            );
        }
    }

    pub(crate) fn take_reply(&mut self, at: usize, number: u64, reply: Reply) {
        let now = self.now;
        let client = &mut self.clients[at];
        if client.request != number {
            return;
        }
        let Some(operation) = client.pending.take() else {
            return;
        };
        if let Some(after) = client.hear(now, &operation, reply) {
            self.queue.plan(now + after, Event::Wake { client: at });
        }
    }

    /// Carries out a client's request at a node.
    pub(crate) fn serve(&mut self, at: usize, client: usize, number: u64, operation: &Operation) {
        let plan = self.clients[client].plan.clone();
        let (service, id) = (plan.service.as_str(), plan.id.as_str());
        let index_before = self.index_of(at, service);
        let seen_before = self.nodes[at].body(service, id).map(|body| revision_of(&body));
        let (reply, outcome) = match operation {
            Operation::Put { body } => self.put(at, client, service, id, body),
            Operation::Renew => self.renew(at, service, id),
            Operation::Remove => (self.remove(at, service, id), None),
        };
        self.note_event(at, &[40, client as u64, number], || {
            let body = match operation {
                Operation::Put { body } => String::from_utf8_lossy(&body[..body.len().min(50)]).into_owned(),
                other => format!("{other:?}"),
            };
            format!("serves {service}/{id} {body}: {reply:?} {outcome:?}")
        });
        if let Some(outcome) = outcome {
            self.count_outcome(at, outcome);
            self.claim(at, service, id, self.clients[client].ttl());
            let index_after = self.index_of(at, service);
            let is_same = seen_before.is_some_and(|seen| {
                self.nodes[at]
                    .body(service, id)
                    .is_some_and(|body| revision_of(&body) == seen)
            });
            self.observe(&Observation::Served {
                node: at,
                is_same,
                index_before,
                index_after,
            });
        }
        self.reply(client, number, reply);
    }

    fn put(
        &mut self,
        at: usize,
        client: usize,
        service: &str,
        id: &str,
        body: &[u8],
    ) -> (Reply, Option<Put>) {
        let ttl = self.clients[client].plan.ttl;
        let node = &self.nodes[at];
        let wall = node.wall(self.now);
        if self.sabotage == Some(Sabotage::HeartbeatsAreChanges) {
            node.catalog.remove(wall, service, id);
        }
        match node.catalog.put(wall, service, id, ttl, body) {
            Ok(outcome) => {
                self.note_write(at, service, id, body);
                (Reply::Done, Some(outcome))
            }
            Err(refusal) => {
                self.violate("no sound request is refused", refusal.to_string());
                (Reply::Failed, None)
            }
        }
    }

    fn renew(&mut self, at: usize, service: &str, id: &str) -> (Reply, Option<Put>) {
        let node = &self.nodes[at];
        let Some(outcome) = node.catalog.renew(service, id) else {
            self.coverage.count(Path::Forgotten);
            return (Reply::Unknown, None);
        };
        // A renewal that takes the lease over is a write of what is there, at a version of its own.
        let body = if outcome == Put::Moved {
            node.body(service, id)
        } else {
            None
        };
        if let Some(body) = body {
            self.note_write(at, service, id, &body);
        }
        (Reply::Done, Some(outcome))
    }

    fn remove(&mut self, at: usize, service: &str, id: &str) -> Reply {
        let node = &self.nodes[at];
        if !node.catalog.remove(node.wall(self.now), service, id) {
            self.coverage.count(Path::RemovedUnknown);
            return Reply::Unknown;
        }
        self.coverage.count(Path::Removed);
        let removal = Removal {
            at: self.now,
            node: at,
            life: node.life,
            version: self.last_version(at),
        };
        self.ledger.entry(service, id).note_removal(removal);
        self.plan_pump(at);
        self.observe(&Observation::Removed {
            node: at,
            service,
            id,
            version: removal.version,
        });
        Reply::Done
    }

    /// The version of the node's own latest change.
    fn last_version(&self, at: usize) -> Version {
        let catalog = &self.nodes[at].catalog;
        let before = Sequence(catalog.own_head().0.saturating_sub(1));
        let batch = catalog.batch(catalog.origin(), before, 1);
        let last = batch.and_then(|batch| batch.records().flatten().last().map(|record| record.version));
        last.unwrap_or_default()
    }

    fn count_outcome(&mut self, at: usize, outcome: Put) {
        let path = match outcome {
            Put::Registered => Path::Registered,
            Put::Changed => Path::Changed,
            Put::Renewed => Path::Renewed,
            Put::Moved => Path::Moved,
        };
        self.coverage.count(path);
        self.coverage
            .add(Path::PutWhileStarting, u64::from(!self.nodes[at].is_ready));
        if outcome != Put::Renewed {
            self.plan_pump(at);
        }
    }

    fn note_write(&mut self, at: usize, service: &str, id: &str, body: &[u8]) {
        let node = &self.nodes[at];
        let Some(view) = node.catalog.instance(service, id) else {
            self.violate(
                "what was registered is there",
                format!("n{at} has no {service}/{id} that it just took"),
            );
            return;
        };
        let write = Write {
            at: self.now,
            node: at,
            life: node.life,
            version: view.version,
            revision: revision_of(body),
        };
        self.ledger.entry(service, id).writes.push(write);
    }

    fn claim(&mut self, at: usize, service: &str, id: &str, ttl: Duration) {
        let node = &self.nodes[at];
        let Some(view) = node.catalog.instance(service, id) else {
            self.violate(
                "what was renewed is there",
                format!("n{at} has no {service}/{id} that it just renewed"),
            );
            return;
        };
        let claim = Claim {
            at: self.now,
            life: node.life,
            running: node.running(self.now),
            ttl: ttl.min(view.ttl),
            version: view.version,
        };
        self.ledger.entry(service, id).note_heartbeat(at, claim);
    }

    fn index_of(&self, at: usize, service: &str) -> u64 {
        let catalog = &self.nodes[at].catalog;
        catalog
            .answer(service)
            .map_or_else(|| catalog.index(), |answer| answer.index)
    }
}

/// What a body means: the value of its `revision`.
pub(crate) fn revision_of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let after = text.split("\"revision\":\"").nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default().to_owned()
}
