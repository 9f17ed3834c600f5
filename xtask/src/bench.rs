//! `cargo xtask bench`: Vestal beside the reference servers, in one run, on the machine at hand.
//!
//! It owns the plan: which server, which work, in which order. The traffic is `vestal-load`'s, the yardsticks are
//! `vestal-reference`'s; both are built with the allocator of Vestal's release builds.

mod cluster;
mod load;
mod machine;
mod memory;
mod page;
mod results;
mod server;
mod speed;
mod table;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use crate::{process, repository};
use results::Results;
use server::Server;

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Work {
    /// GET of a service of 10 instances.
    Read10,
    /// GET of a service of 100 instances.
    Read100,
    /// PUT of known instances with a new `updated_at`.
    Heartbeat,
    /// PUT of new instances in many services.
    Register,
    /// Resident memory of a filled server.
    Memory,
    /// Three nodes: written on one, readable on the others.
    Converge,
    /// Three nodes: an empty one fetches everything.
    Bulk,
}

/// How to measure.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// One short round, and no fill of a million.
    #[arg(long)]
    quick: bool,
    /// Only this work; may be given more than once.
    #[arg(long, value_enum)]
    only: Vec<Work>,
    /// Only these servers.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Server::ALL)]
    servers: Vec<Server>,
    /// Seconds per measurement [default: 5, quick: 2].
    #[arg(long)]
    seconds: Option<f64>,
    /// Measurements of each server, alternating [default: 5, quick: 1].
    #[arg(long)]
    rounds: Option<u32>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
    /// Also renders the results into this page, keeping its notes.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Takes the binaries as they are.
    #[arg(long)]
    no_build: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Table,
    Json,
}

/// The arguments with every default filled in.
#[derive(Debug)]
struct Plan {
    servers: Vec<Server>,
    work: Vec<Work>,
    seconds: f64,
    rounds: u32,
    memory_instances: Vec<u64>,
}

impl Plan {
    fn of(arguments: &Arguments) -> Plan {
        let work = if arguments.only.is_empty() {
            Work::value_variants().to_vec()
        } else {
            arguments.only.clone()
        };
        let (seconds, rounds) = if arguments.quick { (2.0, 1) } else { (5.0, 5) };
        Plan {
            servers: arguments.servers.clone(),
            work,
            seconds: arguments.seconds.unwrap_or(seconds),
            rounds: arguments.rounds.unwrap_or(rounds).max(1),
            memory_instances: if arguments.quick {
                vec![100_000]
            } else {
                vec![100_000, 1_000_000]
            },
        }
    }

    fn has(&self, work: Work) -> bool {
        self.work.contains(&work)
    }
}

/// Measures, prints, and writes the page if asked to.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    check_machine()?;
    let plan = Plan::of(arguments);
    if !arguments.no_build {
        build(&plan)?;
    }
    let results = measure(&plan)?;
    let out = &mut std::io::stdout().lock();
    match arguments.output {
        Output::Table => table::print(out, &results)?,
        Output::Json => serde_json::to_writer_pretty(out, &results)?,
    }
    if let Some(path) = &arguments.write {
        page::write(&repository::root().join(path), &results)?;
    }
    Ok(())
}

fn measure(plan: &Plan) -> anyhow::Result<Results> {
    let mut results = Results::new(machine::describe(), plan.seconds, plan.rounds);
    for round in 1..=plan.rounds {
        for work in speed::Speed::ALL
            .into_iter()
            .filter(|speed| plan.has(speed.work()))
        {
            for server in &plan.servers {
                say(&format!(
                    "round {round} of {}: {} of {server}",
                    plan.rounds,
                    work.title()
                ));
                results
                    .speed
                    .push(speed::measure(*server, work, round, plan.seconds)?);
            }
        }
    }
    if plan.has(Work::Memory) {
        for instances in &plan.memory_instances {
            for server in plan.servers.iter().filter(|server| **server != Server::Fixed) {
                say(&format!("memory of {server} with {instances} instances"));
                results.memory.push(memory::measure(*server, *instances)?);
            }
        }
    }
    if (plan.has(Work::Converge) || plan.has(Work::Bulk)) && plan.servers.contains(&Server::Vestal) {
        say("a cluster of three nodes");
        results.cluster = Some(cluster::measure(plan.has(Work::Converge), plan.has(Work::Bulk))?);
    }
    Ok(results)
}

/// Progress goes to stderr: stdout is for the result.
#[expect(clippy::print_stderr, reason = "progress of a command for people")]
fn say(text: &str) {
    eprintln!("bench: {text}");
}

fn check_machine() -> anyhow::Result<()> {
    if !process::is_installed("taskset", "--version") {
        bail!(
            "bench pins servers and load to cores with taskset, which is not installed (package util-linux)"
        );
    }
    let cores = std::thread::available_parallelism()?.get();
    if cores < 2 {
        bail!("bench needs a core for the server and one for the load; this machine offers {cores}");
    }
    Ok(())
}

fn build(plan: &Plan) -> anyhow::Result<()> {
    let mut command = repository::cargo();
    command.args(["build", "--release", "-p", "vestal-bench"]);
    let mut features = String::from("vestal-bench/jemalloc");
    if plan.servers.contains(&Server::Vestal) {
        command.args(["-p", "vestal"]);
        features.push_str(",vestal/jemalloc");
    }
    command.args(["--features", &features]);
    let status = command.status().context("cannot start cargo")?;
    if !status.success() {
        bail!("the build failed: {command:?}");
    }
    Ok(())
}
