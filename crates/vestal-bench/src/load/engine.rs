//! The engine: keeps every connection busy with the next request of a [`Work`], for a time or until it is done.
//!
//! One request is in flight per connection; nothing is pipelined. Errors are counted apart, the first is kept in words.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mio::{Events, Interest, Poll, Token};
use serde::Serialize;

use super::connection::{Connection, Fault, Step};
use super::cpu;
use super::latency::Latency;
use super::work::Work;

/// More than this many failures are a broken server, not a measurement.
const ERRORS_MAX: u64 = 1_000;
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How to drive.
#[derive(Debug, Clone)]
pub struct Plan {
    pub target: SocketAddr,
    pub connections: usize,
    /// Not counted.
    pub warm_up: Duration,
    /// Counted; bounds work that ends by itself too.
    pub measured: Duration,
    /// Whose CPU time to account.
    pub server_pid: Option<u32>,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub requests: u64,
    pub seconds: f64,
    pub per_second: f64,
    pub errors: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_error: Option<String>,
    pub p50_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
    /// Share of one core that the load generator used: near 1 means that it, not the server, may be the limit.
    pub load_cpu: Option<f64>,
    pub server_cpu: Option<f64>,
    pub per_server_cpu_second: Option<f64>,
    /// Work that ends by itself ended in time.
    pub is_complete: bool,
}

struct Engine<'a, W> {
    plan: &'a Plan,
    work: &'a mut W,
    poll: Poll,
    connections: Vec<Connection>,
    latency: Latency,
    errors: u64,
    first_error: Option<String>,
    idle: usize,
}

/// Drives `work` as planned.
pub fn drive(plan: &Plan, work: &mut impl Work) -> anyhow::Result<Report> {
    let mut engine = Engine::open(plan, work)?;
    if !plan.warm_up.is_zero() {
        engine.run_until(Instant::now() + plan.warm_up)?;
        engine.latency = Latency::default();
    }
    let cpu_before = (cpu::used(std::process::id()), plan.server_pid.and_then(cpu::used));
    let started = Instant::now();
    engine.run_until(started + plan.measured)?;
    let elapsed = started.elapsed();
    let cpu_after = (cpu::used(std::process::id()), plan.server_pid.and_then(cpu::used));
    let share = |before: Option<Duration>, after: Option<Duration>| {
        Some((after?.saturating_sub(before?)).as_secs_f64() / elapsed.as_secs_f64())
    };
    let load_cpu = share(cpu_before.0, cpu_after.0);
    let server_cpu = share(cpu_before.1, cpu_after.1);
    Ok(engine.report(elapsed, load_cpu, server_cpu))
}

impl<'a, W: Work> Engine<'a, W> {
    fn open(plan: &'a Plan, work: &'a mut W) -> anyhow::Result<Self> {
        let poll = Poll::new().context("no readiness queue")?;
        let mut engine = Engine {
            plan,
            work,
            poll,
            connections: Vec::with_capacity(plan.connections),
            latency: Latency::default(),
            errors: 0,
            first_error: None,
            idle: 0,
        };
        for index in 0..plan.connections {
            let connection = engine.connect(index)?;
            engine.connections.push(connection);
        }
        for index in 0..plan.connections {
            engine.ask(index, Instant::now())?;
        }
        Ok(engine)
    }

    fn connect(&self, index: usize) -> anyhow::Result<Connection> {
        let target = self.plan.target;
        let mut connection =
            Connection::open(target).with_context(|| format!("cannot connect to {target}"))?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll
            .registry()
            .register(&mut connection.stream, Token(index), interest)?;
        Ok(connection)
    }

    fn run_until(&mut self, deadline: Instant) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(self.plan.connections.max(1));
        while self.idle < self.connections.len() && Instant::now() < deadline {
            match self.poll.poll(&mut events, Some(POLL_INTERVAL)) {
                Err(error) if error.kind() != std::io::ErrorKind::Interrupted => return Err(error.into()),
                _ => {}
            }
            for event in &events {
                self.step(event.token().0)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, index: usize) -> anyhow::Result<()> {
        let connection = &mut self.connections[index];
        if !connection.is_busy {
            return Ok(());
        }
        match connection.flush().and_then(|()| connection.receive()) {
            Ok(Step::Waiting) => Ok(()),
            Ok(Step::Answered) => {
                let now = Instant::now();
                self.latency.record(now - connection.sent_at);
                self.ask(index, now)
            }
            Err(fault) => self.recover(index, &fault),
        }
    }

    fn ask(&mut self, index: usize, now: Instant) -> anyhow::Result<()> {
        let connection = &mut self.connections[index];
        let Some(expected) = self.work.next(connection.request()) else {
            self.idle += 1;
            return Ok(());
        };
        match connection.send(expected, now) {
            Ok(()) => Ok(()),
            Err(fault) => self.recover(index, &fault),
        }
    }

    /// Counts a failure and goes on with the next request, on a new connection unless the old one is in step.
    fn recover(&mut self, index: usize, fault: &Fault) -> anyhow::Result<()> {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| format!("{fault:?}"));
        if self.errors > ERRORS_MAX {
            bail!(
                "more than {ERRORS_MAX} errors; the first: {fault_text}",
                fault_text = self.first_error.as_deref().unwrap_or("?")
            );
        }
        if !matches!(fault, Fault::Wrong { .. }) {
            self.connections[index] = self.connect(index)?;
        }
        self.ask(index, Instant::now())
    }

    fn report(self, elapsed: Duration, load_cpu: Option<f64>, server_cpu: Option<f64>) -> Report {
        let requests = self.latency.count();
        let seconds = elapsed.as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of requests stay far below 2^52"
        )]
        let per_second = requests as f64 / seconds;
        Report {
            requests,
            seconds,
            per_second,
            errors: self.errors,
            first_error: self.first_error,
            p50_us: self.latency.quantile_us(500),
            p99_us: self.latency.quantile_us(990),
            max_us: self.latency.max_us(),
            load_cpu,
            server_cpu,
            per_server_cpu_second: server_cpu
                .filter(|share| *share > 0.0)
                .map(|share| per_second / share),
            is_complete: self.idle == self.connections.len(),
        }
    }
}
