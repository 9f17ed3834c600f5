//! How soon what was written on one node can be read on others.
//!
//! The clock starts before the write is sent and stops when the answer that holds it is here. The others are asked
//! without pause by this same thread, so the figures contain about one round of asking, which is reported beside them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde::Serialize;

use super::client::Client;
use super::latency::Latency;
use super::work::Fleet;
use crate::entry;

/// A write that is not readable by then ends the measurement.
const VISIBLE_TIMEOUT: Duration = Duration::from_secs(20);

/// What to write and where to look.
#[derive(Debug, Clone)]
pub struct Plan {
    pub write: SocketAddr,
    pub read: Vec<SocketAddr>,
    pub writes: u64,
    pub per_second: u32,
    pub prefix: String,
}

/// Quantiles of one kind of duration.
#[derive(Debug, Clone, Serialize)]
pub struct Quantiles {
    pub p50_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
}

impl From<&Latency> for Quantiles {
    fn from(latency: &Latency) -> Quantiles {
        Quantiles {
            p50_us: latency.quantile_us(500),
            p99_us: latency.quantile_us(990),
            max_us: latency.max_us(),
        }
    }
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub writes: u64,
    /// Sent on the first node until readable on each of the others, in the order in which they were named.
    pub readable: Vec<Quantiles>,
    /// Until readable on all.
    pub readable_everywhere: Quantiles,
    /// The write's own answer.
    pub write: Quantiles,
    /// One question to one of the others.
    pub poll: Quantiles,
}

/// Writes at a steady pace and looks for each write at once.
pub fn measure(plan: &Plan) -> anyhow::Result<Report> {
    let mut writer = Client::connect(plan.write)?;
    let mut readers = plan
        .read
        .iter()
        .map(|target| Client::connect(*target))
        .collect::<Result<Vec<_>, _>>()?;
    let fleet = Fleet {
        prefix: plan.prefix.clone(),
        services: 100,
    };
    let mut readable = vec![Latency::default(); readers.len()];
    let (mut everywhere, mut write, mut poll) = (Latency::default(), Latency::default(), Latency::default());
    let pause = Duration::from_secs(1) / plan.per_second.max(1);
    for number in 0..plan.writes {
        let started = Instant::now();
        put(&mut writer, &fleet, number)?;
        write.record(started.elapsed());
        let path = format!(
            "/{}-{}/{}",
            fleet.prefix,
            number % fleet.services,
            entry::id(number)
        );
        let seen = watch(&mut readers, &path, started, &mut poll)?;
        for (latency, seen) in readable.iter_mut().zip(&seen) {
            latency.record(*seen);
        }
        everywhere.record(seen.into_iter().max().unwrap_or_default());
        std::thread::sleep(pause.saturating_sub(started.elapsed()));
    }
    Ok(Report {
        writes: plan.writes,
        readable: readable.iter().map(Quantiles::from).collect(),
        readable_everywhere: (&everywhere).into(),
        write: (&write).into(),
        poll: (&poll).into(),
    })
}

fn put(writer: &mut Client, fleet: &Fleet, number: u64) -> anyhow::Result<()> {
    let mut request = Vec::with_capacity(512);
    fleet.push_put(&mut request, number, 0);
    writer.send(&request)?;
    match writer.receive()?.status {
        204 => Ok(()),
        status => bail!("a write was answered with {status}"),
    }
}

/// Asks every reader that has not seen the entry yet, in turn, until all have.
fn watch(
    readers: &mut [Client],
    path: &str,
    started: Instant,
    poll: &mut Latency,
) -> anyhow::Result<Vec<Duration>> {
    let mut seen = vec![None; readers.len()];
    while seen.iter().any(Option::is_none) {
        for (reader, seen) in readers
            .iter_mut()
            .zip(&mut seen)
            .filter(|(_, seen)| seen.is_none())
        {
            let asked = Instant::now();
            let status = reader.get(path)?.status;
            poll.record(asked.elapsed());
            match status {
                200 => *seen = Some(started.elapsed()),
                404 => {}
                other => bail!("GET {path} was answered with {other}"),
            }
        }
        if started.elapsed() > VISIBLE_TIMEOUT {
            bail!("GET {path}: not readable everywhere after {VISIBLE_TIMEOUT:?}");
        }
    }
    Ok(seen.into_iter().flatten().collect())
}
