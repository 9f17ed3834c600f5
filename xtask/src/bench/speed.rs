//! Requests per second: one server, one kind of work, one measurement on a server that was started for it.

use std::time::Duration;

use anyhow::bail;
use serde::Serialize;

use super::Work;
use super::load::{self, Driven};
use super::server::{self, Running, Server};

/// A fleet to send heartbeats for, 100 instances per service.
const HEARTBEAT_INSTANCES: u64 = 10_000;

/// The kinds of work that are measured in requests per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Speed {
    Read10,
    Read100,
    Heartbeat,
    Register,
}

impl Speed {
    pub(crate) const ALL: [Speed; 4] = [Speed::Read10, Speed::Read100, Speed::Heartbeat, Speed::Register];

    pub(crate) fn work(self) -> Work {
        match self {
            Speed::Read10 => Work::Read10,
            Speed::Read100 => Work::Read100,
            Speed::Heartbeat => Work::Heartbeat,
            Speed::Register => Work::Register,
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Speed::Read10 => "GET a service of 10",
            Speed::Read100 => "GET a service of 100",
            Speed::Heartbeat => "heartbeat PUT",
            Speed::Register => "registration PUT",
        }
    }

    /// What Vestal is to reach, as a share of the map server.
    pub(crate) fn reach(self) -> f64 {
        match self {
            Speed::Read10 | Speed::Read100 => 0.9,
            Speed::Heartbeat => 0.85,
            Speed::Register => 0.65,
        }
    }
}

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sample {
    pub(crate) server: Server,
    pub(crate) work: Speed,
    pub(crate) round: u32,
    pub(crate) per_second: f64,
    pub(crate) per_server_cpu_second: Option<f64>,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Shares of a core.
    pub(crate) load_cpu: Option<f64>,
    pub(crate) server_cpu: Option<f64>,
}

/// Starts the server, registers what the work needs, measures, stops it.
pub(crate) fn measure(server: Server, work: Speed, round: u32, seconds: f64) -> anyhow::Result<Sample> {
    let instances = if work == Speed::Read100 { 100 } else { 10 };
    let running = server::start(server, instances)?;
    let lasts = Duration::from_secs_f64(seconds);
    let seconds = seconds.to_string();
    let (target, pid) = (running.address.to_string(), running.child.pid().to_string());
    let drive = ["--target", &target, "--seconds", &seconds, "--server-pid", &pid];
    let driven: Driven = match work {
        Speed::Read10 | Speed::Read100 => {
            let count = instances.to_string();
            fill(&running, "read", instances)?;
            let read = ["read", "--service", "read-0", "--instances", &count];
            load::pinned(&[&read[..], &drive].concat(), lasts)?
        }
        Speed::Heartbeat => {
            let count = HEARTBEAT_INSTANCES.to_string();
            fill(&running, "fleet", HEARTBEAT_INSTANCES)?;
            let heartbeat = ["heartbeat", "--prefix", "fleet", "--instances", &count];
            load::pinned(&[&heartbeat[..], &drive].concat(), lasts)?
        }
        Speed::Register => load::pinned(&[&["register"][..], &drive].concat(), lasts)?,
    };
    if driven.errors > 0 {
        let first = driven.first_error.unwrap_or_default();
        bail!(
            "{server}: {} errors at {}; the first: {first}",
            driven.errors,
            work.title()
        );
    }
    Ok(Sample {
        server,
        work,
        round,
        per_second: driven.per_second,
        per_server_cpu_second: driven.per_server_cpu_second,
        p50_us: driven.p50_us,
        p99_us: driven.p99_us,
        load_cpu: driven.load_cpu,
        server_cpu: driven.server_cpu,
    })
}

/// Registers instances, 100 per service.
pub(crate) fn fill(running: &Running, prefix: &str, instances: u64) -> anyhow::Result<Driven> {
    const TIMEOUT_SECONDS: u64 = 80;
    let (target, count) = (running.address.to_string(), instances.to_string());
    let timeout = TIMEOUT_SECONDS.to_string();
    let fill = [
        "fill",
        "--target",
        &target,
        "--prefix",
        prefix,
        "--instances",
        &count,
        "--seconds",
        &timeout,
    ];
    load::pinned(&fill, Duration::from_secs(TIMEOUT_SECONDS))
}
