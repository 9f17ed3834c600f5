//! Faults as they strike and pass. Owns which episodes are under way and what they do to lines and nodes.

use vestal_core::id::Sequence;
use vestal_core::time::millis;

use crate::coverage::Path;
use crate::moment::Moment;
use crate::network::Line;
use crate::plan::{Episode, Fault};
use crate::shell::Delivery;
use crate::terms::{FAULTS_UNTIL, LIVENESS, PROPAGATION};
use crate::world::{Event, World};

impl World {
    pub(crate) fn begin(&mut self, at: usize) {
        let Episode { fault, from, until } = self.plan.episodes[at].clone();
        self.note_weather(&[50, at as u64], || format!("fault begins: {fault:?}"));
        self.coverage.count(path(&fault, from, until));
        self.under_way.push(at);
        match fault {
            Fault::Pause(node) => self.pause(node),
            Fault::Crash(node) => self.crash(node),
            Fault::Jump(node, by_ms) => self.jump(node, by_ms),
            Fault::Amnesia(node, of) => self.forget(node, of),
            Fault::Outage(nodes) => members(&nodes).for_each(|node| self.crash(node)),
            _ => self.rebuild_lines(),
        }
    }

    pub(crate) fn end(&mut self, at: usize) {
        let fault = self.plan.episodes[at].fault.clone();
        self.note_weather(&[51, at as u64], || format!("fault ends: {fault:?}"));
        self.under_way.retain(|&episode| episode != at);
        match fault {
            Fault::Pause(node) => self.resume(node),
            Fault::Crash(node) => self.recover(node),
            Fault::Jump(..) | Fault::Amnesia(..) => {}
            Fault::Outage(nodes) => members(&nodes).for_each(|node| self.recover(node)),
            _ => self.rebuild_lines(),
        }
    }

    fn rebuild_lines(&mut self) {
        let faults: Vec<&Fault> = self
            .under_way
            .iter()
            .map(|&episode| &self.plan.episodes[episode].fault)
            .collect();
        self.network.rebuild(self.now, |from, to, line| {
            for fault in &faults {
                worsen(line, fault, from, to);
            }
        });
        let losses = faults.iter().map(|fault| {
            if let Fault::Lossy { permille } = fault {
                *permille
            } else {
                0
            }
        });
        self.client_loss_permille = losses.max().unwrap_or(0);
    }

    fn pause(&mut self, at: usize) {
        self.nodes[at].pause(self.now);
    }

    fn resume(&mut self, at: usize) {
        if !self.nodes[at].resume(self.now) || !self.nodes[at].is_up {
            return;
        }
        // The ticker and the sockets wake together; either may be first.
        if self.rng.bool() {
            self.tick(at);
        }
        for delivery in std::mem::take(&mut self.nodes[at].inbox) {
            self.carry_out(at, delivery);
        }
    }

    fn crash(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        node.downs += 1;
        if !node.is_up {
            return;
        }
        node.stop(self.now);
        self.ledger.note_crash(at);
        self.break_streams_from(at);
    }

    /// The operating system of a process that has ended resets its connections, if anyone can hear it.
    fn break_streams_from(&mut self, at: usize) {
        for to in (0..self.nodes.len()).filter(|&to| to != at) {
            if let Some(connection) = self.nodes[to].consumers[at].connection() {
                let life = self.nodes[to].life;
                self.send(at, to, life, Delivery::StreamEnded { from: at, connection });
            }
        }
    }

    fn recover(&mut self, at: usize) {
        self.nodes[at].downs -= 1;
        if self.nodes[at].downs > 0 {
            return;
        }
        let seed = self.rng.u64(..);
        self.nodes[at].restart(self.now, seed);
        self.begin_life(at);
    }

    fn jump(&mut self, at: usize, by_ms: i64) {
        self.nodes[at].clock.jump(by_ms);
        self.nodes[at].disturbed = self.now;
    }

    /// Drops all live entries of another origin, without a word to the replica.
    fn forget(&mut self, at: usize, of: usize) {
        let origin = self.nodes[of].catalog.origin().clone();
        let node = &mut self.nodes[at];
        let Some(held) = node.catalog.batch(&origin, Sequence(0), usize::MAX) else {
            return;
        };
        let ends = held.records().flatten().filter(|record| record.end().is_some());
        let kept = ends.map(|record| record.sequence).collect();
        node.catalog.finish_listing(&origin, held.reach, &kept);
        // A repair takes three exchanges with one peer among eight, each chosen by chance.
        node.disturbed = self.now + PROPAGATION * 2;
    }

    /// Starts the node's timers.
    pub(crate) fn begin_life(&mut self, at: usize) {
        let life = self.nodes[at].life;
        self.last_ticks[at] = millis(self.nodes[at].mono(self.now));
        let start = self.now + std::time::Duration::from_micros(self.rng.u64(0..100_000));
        self.queue.plan(start, Event::Tick { node: at, life });
        self.queue.plan(
            start,
            Event::Deliver {
                to: at,
                life,
                delivery: Delivery::Vouch,
            },
        );
        let snapshot = crate::invariants::Observation::Started { node: at };
        self.observe(&snapshot);
    }
}

fn members(set: &[bool]) -> impl Iterator<Item = usize> {
    let list: Vec<usize> = set
        .iter()
        .enumerate()
        .filter(|&(_, &is_in)| is_in)
        .map(|(node, _)| node)
        .collect();
    list.into_iter()
}

fn worsen(line: &mut Line, fault: &Fault, from: usize, to: usize) {
    match fault {
        Fault::Partition(set) => line.is_cut |= set[from] != set[to],
        Fault::Cut(a, b) => line.is_cut |= (from, to) == (*a, *b) || (from, to) == (*b, *a),
        Fault::OneWay(a, b) => line.is_cut |= (from, to) == (*a, *b),
        Fault::Slow(a, b, delay) if (from, to) == (*a, *b) || (from, to) == (*b, *a) => {
            line.delay_min = *delay / 2;
            line.delay_max = *delay;
        }
        Fault::Lossy { permille } => line.loss_permille = line.loss_permille.max(*permille),
        Fault::Duplicating { permille } => line.duplicate_permille = line.duplicate_permille.max(*permille),
        _ => {}
    }
}

fn path(fault: &Fault, from: Moment, until: Moment) -> Path {
    match fault {
        Fault::Partition(_) => Path::Partition,
        Fault::Cut(..) => Path::PartialPartition,
        Fault::OneWay(..) => Path::OneWay,
        Fault::Slow(..) => Path::SlowLine,
        Fault::Lossy { .. } => Path::LossyLines,
        Fault::Duplicating { .. } => Path::DuplicatingLines,
        Fault::Pause(_) if until.min(FAULTS_UNTIL).since(from) > LIVENESS => Path::LongPause,
        Fault::Pause(_) => Path::Pause,
        Fault::Crash(_) | Fault::Outage(_) => Path::Crash,
        Fault::Jump(_, by_ms) if *by_ms > 0 => Path::ClockJumpAhead,
        Fault::Jump(..) => Path::ClockJumpBack,
        Fault::Amnesia(..) => Path::Amnesia,
    }
}
