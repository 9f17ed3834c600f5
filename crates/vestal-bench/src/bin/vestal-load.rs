//! `vestal-load`: one measurement against a server that runs already, printed as JSON.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use vestal_bench::load::client::Client;
use vestal_bench::load::engine::{self, Report};
use vestal_bench::load::work::{Fleet, Heartbeat, Read, Register, Work};
use vestal_bench::load::{bulk, converge};

/// Load for a registry.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Drive {
    /// Address of the server.
    #[arg(long)]
    target: SocketAddr,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How long to measure; where the work ends by itself, how long it may take.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Before that, not counted.
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Process whose CPU time to account.
    #[arg(long)]
    server_pid: Option<u32>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// GET of one service.
    Read {
        #[command(flatten)]
        drive: Drive,
        #[arg(long)]
        service: String,
        /// How many instances the answer must hold.
        #[arg(long)]
        instances: usize,
    },
    /// PUT of instances that are registered (see fill), each with a new `updated_at`.
    Heartbeat {
        #[command(flatten)]
        drive: Drive,
        #[arg(long, default_value = "fleet")]
        prefix: String,
        #[arg(long, default_value_t = 10_000)]
        instances: u64,
        #[arg(long, default_value_t = 100)]
        per_service: u64,
    },
    /// PUT of new instances in many services.
    Register {
        #[command(flatten)]
        drive: Drive,
        #[arg(long, default_value = "new")]
        prefix: String,
        #[arg(long, default_value_t = 10_000)]
        services: u64,
    },
    /// Registers so many instances and ends.
    Fill {
        #[command(flatten)]
        drive: Drive,
        #[arg(long, default_value = "fleet")]
        prefix: String,
        #[arg(long)]
        instances: u64,
        #[arg(long, default_value_t = 100)]
        per_service: u64,
    },
    /// Writes on one node until readable on others.
    Converge {
        #[arg(long)]
        write: SocketAddr,
        #[arg(long, required = true)]
        read: Vec<SocketAddr>,
        #[arg(long, default_value_t = 1_000)]
        writes: u64,
        #[arg(long, default_value_t = 200)]
        per_second: u32,
        #[arg(long, default_value = "converge")]
        prefix: String,
    },
    /// Waits until a node lists so many instances.
    Bulk {
        #[arg(long)]
        target: SocketAddr,
        #[arg(long)]
        instances: u64,
        /// When the node was started, in microseconds since 1970.
        #[arg(long)]
        since_unix_us: Option<u64>,
        #[arg(long, default_value_t = 60.0)]
        timeout_seconds: f64,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Read {
            drive,
            service,
            instances,
        } => {
            let body_bytes = probe(drive.target, &service, instances)?;
            finish(&drive, &mut Read::new(&service, body_bytes))
        }
        Command::Heartbeat {
            drive,
            prefix,
            instances,
            per_service,
        } => {
            let fleet = Fleet::of(&prefix, instances, per_service);
            finish(
                &drive,
                &mut Heartbeat {
                    fleet,
                    instances: instances.max(1),
                    sent: 0,
                },
            )
        }
        Command::Register {
            drive,
            prefix,
            services,
        } => {
            let fleet = Fleet {
                prefix,
                services: services.max(1),
            };
            finish(
                &drive,
                &mut Register {
                    fleet,
                    sent: 0,
                    limit: None,
                },
            )
        }
        Command::Fill {
            drive,
            prefix,
            instances,
            per_service,
        } => {
            let fleet = Fleet::of(&prefix, instances, per_service);
            let work = &mut Register {
                fleet,
                sent: 0,
                limit: Some(instances),
            };
            let report = run(
                &Drive {
                    warm_up: 0.0,
                    ..drive
                },
                work,
            )?;
            print(&report)?;
            if !report.is_complete {
                bail!(
                    "only {} of {instances} instances were registered in time",
                    report.requests
                );
            }
            Ok(())
        }
        Command::Converge {
            write,
            read,
            writes,
            per_second,
            prefix,
        } => print(&converge::measure(&converge::Plan {
            write,
            read,
            writes,
            per_second,
            prefix,
        })?),
        Command::Bulk {
            target,
            instances,
            since_unix_us,
            timeout_seconds,
        } => {
            let since = since_unix_us.map(Duration::from_micros);
            let timeout = Duration::from_secs_f64(timeout_seconds);
            print(&bulk::measure(&bulk::Plan {
                target,
                instances,
                since,
                timeout,
            })?)
        }
    }
}

/// Reads the answer once, in full: how long it is, having seen that it holds what it should.
fn probe(target: SocketAddr, service: &str, instances: usize) -> anyhow::Result<usize> {
    let answer = Client::connect(target)?.get(&format!("/{service}"))?;
    let entries: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&answer.body)?;
    if answer.status != 200 || entries.len() != instances {
        bail!(
            "GET /{service}: status {}, {} instances instead of {instances}",
            answer.status,
            entries.len()
        );
    }
    Ok(answer.body.len())
}

fn run(drive: &Drive, work: &mut impl Work) -> anyhow::Result<Report> {
    let plan = engine::Plan {
        target: drive.target,
        connections: drive.connections.max(1),
        warm_up: Duration::from_secs_f64(drive.warm_up),
        measured: Duration::from_secs_f64(drive.seconds),
        server_pid: drive.server_pid,
    };
    engine::drive(&plan, work)
}

fn finish(drive: &Drive, work: &mut impl Work) -> anyhow::Result<()> {
    print(&run(drive, work)?)
}

fn print(report: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, report)?;
    writeln!(out)?;
    Ok(())
}
