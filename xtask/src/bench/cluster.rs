//! Three nodes on the loopback: how soon a write is readable elsewhere, how soon an empty node has everything.
//!
//! Nothing is pinned here: three servers and the load share the cores.

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use super::load::{self, Driven};
use crate::node::{self, Node, READY_PATH};
use crate::process::{Child, Scratch, free_port};
use crate::repository;

const READY_TIMEOUT: Duration = Duration::from_secs(30);
const WRITES: u64 = 1_000;
const WRITES_PER_SECOND: u64 = 200;
const BULK_INSTANCES: u64 = 100_000;
const BULK_TIMEOUT: Duration = Duration::from_mins(2);

/// What was measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Cluster {
    pub(crate) converge: Option<Converge>,
    pub(crate) bulk: Option<Bulk>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the unit belongs into the names")]
pub(crate) struct Quantiles {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) max_us: f64,
}

/// From before a write is sent on the first node until it is readable elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Converge {
    pub(crate) writes: u64,
    pub(crate) readable: Vec<Quantiles>,
    pub(crate) readable_everywhere: Quantiles,
    pub(crate) write: Quantiles,
    pub(crate) poll: Quantiles,
}

/// From the start of an empty process until it lists everything.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bulk {
    pub(crate) instances: u64,
    pub(crate) ready_seconds: f64,
    pub(crate) complete_seconds: f64,
}

/// Starts three nodes and measures on them.
pub(crate) fn measure(with_converge: bool, with_bulk: bool) -> anyhow::Result<Cluster> {
    let scratch = Scratch::new()?;
    let ports = [free_port()?, free_port()?, free_port()?];
    let nodes = node::cluster(&ports, scratch.path())?;
    let mut children = Vec::new();
    for node in &nodes {
        children.push(start(node, scratch.path())?);
    }
    for (child, node) in children.iter_mut().zip(&nodes) {
        child.wait_until_ready(node.address(), READY_PATH, READY_TIMEOUT)?;
    }
    let mut results = Cluster::default();
    if with_converge {
        results.converge = Some(converge(&nodes)?);
    }
    if with_bulk {
        let empty = &nodes[nodes.len() - 1];
        drop(children.pop());
        std::fs::remove_dir_all(&empty.data).or_else(ignore_missing)?;
        fill(&nodes[0])?;
        // The writes of the first measurement may still be there.
        let all = wait_for_all(&nodes[0], BULK_INSTANCES, None)?.instances;
        wait_for_all(&nodes[1], all, None)?;
        let since = SystemTime::now();
        children.push(start(empty, scratch.path())?);
        results.bulk = Some(wait_for_all(empty, all, Some(since))?);
    }
    Ok(results)
}

fn start(node: &Node, logs: &std::path::Path) -> anyhow::Result<Child> {
    let mut command = Command::new(repository::target()?.join("release").join("vestal"));
    node.push_arguments(&mut command);
    Child::start_logged(&node.name, &mut command, &logs.join(format!("{}.log", node.name)))
}

fn converge(nodes: &[Node]) -> anyhow::Result<Converge> {
    let addresses: Vec<String> = nodes.iter().map(|node| node.address().to_string()).collect();
    let (writes, pace) = (WRITES.to_string(), WRITES_PER_SECOND.to_string());
    let mut arguments = vec![
        "converge",
        "--writes",
        &writes,
        "--per-second",
        &pace,
        "--write",
        &addresses[0],
    ];
    for address in &addresses[1..] {
        arguments.extend(["--read", address]);
    }
    load::unpinned(&arguments, Duration::from_secs(WRITES / WRITES_PER_SECOND) * 4)
}

fn fill(node: &Node) -> anyhow::Result<Driven> {
    let (target, instances) = (node.address().to_string(), BULK_INSTANCES.to_string());
    let fill = [
        "fill",
        "--target",
        &target,
        "--instances",
        &instances,
        "--seconds",
        "60",
    ];
    load::unpinned(&fill, Duration::from_mins(1))
}

fn wait_for_all(node: &Node, instances: u64, since: Option<SystemTime>) -> anyhow::Result<Bulk> {
    let (target, instances) = (node.address().to_string(), instances.to_string());
    let timeout = BULK_TIMEOUT.as_secs().to_string();
    let mut arguments = vec![
        "bulk",
        "--target",
        &target,
        "--instances",
        &instances,
        "--timeout-seconds",
        &timeout,
    ];
    let since = since
        .map(|since| since.duration_since(UNIX_EPOCH))
        .transpose()
        .context("a clock before 1970")?;
    let since_us = since.map(|since| since.as_micros().to_string());
    if let Some(since_us) = &since_us {
        arguments.extend(["--since-unix-us", since_us]);
    }
    load::unpinned(&arguments, BULK_TIMEOUT)
}

fn ignore_missing(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}
