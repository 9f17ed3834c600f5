//! Streams between nodes: ordered bytes that break, and are opened again from the consumer's cursor.

use std::time::Duration;

use vestal_core::id::{Incarnation, Sequence};
use vestal_core::replication::{BATCH_BYTES, Input, Message, read_frame};

use crate::coverage::Path;
use crate::network::Fate;
use crate::node::{Consumer, Subscriber};
use crate::shell::Delivery;
use crate::terms::{STREAM_OPEN_TIMEOUT, STREAM_RETRY, STREAM_SILENCE_MAX};
use crate::world::{Event, World};

impl World {
    /// Opens what is closed and gives up what is silent.
    pub(crate) fn mind_streams(&mut self, at: usize) {
        for peer in (0..self.nodes.len()).filter(|&peer| peer != at) {
            let now = self.now;
            match &self.nodes[at].consumers[peer] {
                Consumer::Idle { retry } if *retry <= now => self.open_stream(at, peer),
                Consumer::Opening { since, .. } if now.since(*since) >= STREAM_OPEN_TIMEOUT => {
                    self.close_stream(at, peer, "no answer in time");
                }
                Consumer::Open { heard, .. } if now.since(*heard) >= STREAM_SILENCE_MAX => {
                    self.coverage.count(Path::StreamSilent);
                    self.close_stream(at, peer, "silent for too long");
                }
                _ => {}
            }
        }
    }

    fn open_stream(&mut self, at: usize, peer: usize) {
        self.connections += 1;
        let connection = self.connections;
        let node = &mut self.nodes[at];
        node.consumers[peer] = Consumer::Opening {
            connection,
            since: self.now,
        };
        let from_life = node.life;
        let name = self.nodes[peer].name.clone();
        let (incarnation, after) = self.nodes[at].cursor(&name);
        let life = self.nodes[peer].life;
        let delivery = Delivery::Subscribe {
            from: at,
            from_life,
            connection,
            incarnation,
            after,
        };
        self.send(at, peer, life, delivery);
    }

    fn close_stream(&mut self, at: usize, peer: usize, why: &str) {
        let retry = self.now + STREAM_RETRY + Duration::from_micros(self.rng.u64(0..100_000));
        let before = std::mem::replace(&mut self.nodes[at].consumers[peer], Consumer::Idle { retry });
        let (Consumer::Opening { connection, .. } | Consumer::Open { connection, .. }) = before else {
            return;
        };
        self.coverage.count(Path::StreamBroken);
        self.note_event(at, &[30, connection], || {
            format!("closes the stream from n{peer}: {why}")
        });
        let life = self.nodes[peer].life;
        self.send(at, peer, life, Delivery::Unsubscribe { connection });
        let peer = self.nodes[peer].name.clone();
        self.handle(
            at,
            Input::Stream {
                peer,
                is_open: false,
                error: Some(why.to_owned()),
            },
        );
    }

    pub(crate) fn end_stream(&mut self, at: usize, from: usize, connection: u64) {
        if self.nodes[at].consumers[from].connection() == Some(connection) {
            self.close_stream(at, from, "ended by the peer");
        }
    }

    pub(crate) fn subscribe(
        &mut self,
        at: usize,
        from: usize,
        from_life: u32,
        connection: u64,
        cursor: (Incarnation, Sequence),
    ) {
        let node = &mut self.nodes[at];
        if node
            .subscribers
            .iter()
            .any(|subscriber| subscriber.connection == connection)
            || node.is_gone(connection)
        {
            return;
        }
        let is_this_life = cursor.0 == node.catalog.origin().incarnation;
        let after = if is_this_life { cursor.1 } else { Sequence(0) };
        self.coverage.add(
            Path::StreamFromZero,
            u64::from(!is_this_life && cursor.1 > Sequence(0)),
        );
        node.subscribers.push(Subscriber {
            connection,
            to: from,
            to_life: from_life,
            after,
            last_arrival: self.now,
        });
        self.note_event(at, &[31, connection, after.0], || {
            format!("streams to n{from} from {after} on")
        });
        self.send_batches(at, connection, true);
    }

    pub(crate) fn unsubscribe(&mut self, at: usize, connection: u64) {
        let node = &mut self.nodes[at];
        node.subscribers
            .retain(|subscriber| subscriber.connection != connection);
        if !node.is_gone(connection) {
            node.gone.push(connection);
        }
    }

    /// Sends every stream what it has not had.
    pub(crate) fn pump(&mut self, at: usize) {
        self.nodes[at].is_pump_planned = false;
        self.send_all(at, false);
    }

    /// Sends every stream what it has not had, or that there is nothing.
    pub(crate) fn vouch(&mut self, at: usize) {
        self.send_all(at, true);
        let life = self.nodes[at].life;
        let next = self.now + crate::terms::GOSSIP_INTERVAL;
        self.queue.plan(
            next,
            Event::Deliver {
                to: at,
                life,
                delivery: Delivery::Vouch,
            },
        );
    }

    fn send_all(&mut self, at: usize, is_vouch: bool) {
        let connections: Vec<u64> = self.nodes[at]
            .subscribers
            .iter()
            .map(|known| known.connection)
            .collect();
        for connection in connections {
            self.send_batches(at, connection, is_vouch);
        }
    }

    fn send_batches(&mut self, at: usize, connection: u64, mut is_vouch: bool) {
        loop {
            let node = &mut self.nodes[at];
            let Some(subscriber) = node
                .subscribers
                .iter_mut()
                .find(|known| known.connection == connection)
            else {
                return;
            };
            if node.catalog.own_head() <= subscriber.after && !is_vouch {
                return;
            }
            let Some(batch) = node
                .catalog
                .batch(node.catalog.origin(), subscriber.after, BATCH_BYTES)
            else {
                return;
            };
            is_vouch = false;
            subscriber.after = batch.reach;
            self.coverage
                .add(Path::FetchContinued, u64::from(batch.has_more()));
            let bytes = self.encode(Message::Batch(batch));
            self.send_bytes(at, connection, &bytes);
        }
    }

    /// Sends a frame, now and then in two pieces. A piece that is lost breaks the stream.
    fn send_bytes(&mut self, at: usize, connection: u64, bytes: &[u8]) {
        let cut = if self.rng.u8(0..8) == 0 {
            self.rng.usize(1..bytes.len())
        } else {
            bytes.len()
        };
        let (first, second) = bytes.split_at(cut);
        for piece in [first, second] {
            if !piece.is_empty() && !self.send_piece(at, connection, piece) {
                return;
            }
        }
        self.coverage.add(Path::FrameSplit, u64::from(!second.is_empty()));
    }

    fn send_piece(&mut self, at: usize, connection: u64, piece: &[u8]) -> bool {
        let node = &mut self.nodes[at];
        let Some(place) = node
            .subscribers
            .iter()
            .position(|known| known.connection == connection)
        else {
            return false;
        };
        let (to, life) = (node.subscribers[place].to, node.subscribers[place].to_life);
        match self.network.fate(at, to, &mut self.rng) {
            Fate::Arrives { after, .. } => {
                let subscriber = &mut self.nodes[at].subscribers[place];
                subscriber.last_arrival =
                    (self.now + after).max(subscriber.last_arrival + Duration::from_micros(1));
                let delivery = Delivery::StreamBytes {
                    from: at,
                    connection,
                    bytes: piece.to_vec(),
                };
                self.queue
                    .plan(subscriber.last_arrival, Event::Deliver { to, life, delivery });
                true
            }
            fate => {
                self.nodes[at].subscribers.remove(place);
                self.nodes[at].gone.push(connection);
                if fate == Fate::Lost {
                    self.send(at, to, life, Delivery::StreamEnded { from: at, connection });
                }
                false
            }
        }
    }

    pub(crate) fn take_bytes(&mut self, at: usize, from: usize, connection: u64, bytes: &[u8]) {
        let consumer = &mut self.nodes[at].consumers[from];
        if consumer.connection() != Some(connection) {
            let life = self.nodes[from].life;
            self.send(at, from, life, Delivery::Unsubscribe { connection });
            return;
        }
        if let Consumer::Opening { .. } = consumer {
            *consumer = Consumer::Open {
                connection,
                buffer: Vec::new(),
                heard: self.now,
            };
            self.coverage.count(Path::StreamOpened);
            self.note_event(at, &[32, connection], || format!("hears the stream from n{from}"));
            let peer = self.nodes[from].name.clone();
            self.handle(
                at,
                Input::Stream {
                    peer,
                    is_open: true,
                    error: None,
                },
            );
        }
        let now = self.now;
        if let Consumer::Open { buffer, heard, .. } = &mut self.nodes[at].consumers[from] {
            *heard = now;
            buffer.extend_from_slice(bytes);
        }
        while let Some(message) = self.next_message(at, from) {
            let Message::Batch(batch) = message else { return };
            if batch.after > self.nodes[at].catalog.head(&batch.origin) {
                // The origin lapsed here since the stream was opened: what came before is wanted again.
                self.coverage.count(Path::StreamGap);
                self.close_stream(at, from, "a gap");
                return;
            }
            self.take_batch(at, from, batch);
        }
    }

    fn next_message(&mut self, at: usize, from: usize) -> Option<Message> {
        let Consumer::Open { buffer, .. } = &mut self.nodes[at].consumers[from] else {
            return None;
        };
        let frame: Vec<u8> = match read_frame(buffer) {
            Ok(Some((_, length))) => buffer.drain(..length).collect(),
            Ok(None) => return None,
            Err(error) => {
                self.violate("every frame can be read", error.to_string());
                return None;
            }
        };
        self.decode(&frame)
    }
}

impl Consumer {
    pub(crate) fn connection(&self) -> Option<u64> {
        match self {
            Self::Idle { .. } => None,
            Self::Opening { connection, .. } | Self::Open { connection, .. } => Some(*connection),
        }
    }
}
