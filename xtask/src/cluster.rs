//! `cargo xtask cluster N`: nodes on the loopback, their logs side by side, until Ctrl-C.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use clap::Args;
use rustix::process::Signal;
use tokio::signal::{self, unix::SignalKind};

use crate::node::{self, Node, READY_PATH};
use crate::process::{Child, Scratch, free_port};
use crate::{http, repository};

const FIRST_PORT: u16 = 3222;
const READY_TIMEOUT: Duration = Duration::from_secs(30);
const CONVERGE_TIMEOUT: Duration = Duration::from_secs(10);
const WATCH_INTERVAL: Duration = Duration::from_millis(200);
const STOP_TIMEOUT: Duration = Duration::from_secs(12);
/// The registration whose way through the cluster is timed; it is taken back at once.
const PROBE_PATH: &str = "/cluster-probe/1f11bbbb-df7a-47c5-8ba7-662f70261673";

/// How many nodes, where.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many nodes.
    #[arg(default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=32))]
    nodes: u16,
    /// An optimised build.
    #[arg(long)]
    release: bool,
    /// Free ports instead of 3222, 3223, ...
    #[arg(long)]
    any_port: bool,
}

/// Runs until it is told to stop, or no node is left.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Asked for first: a Ctrl-C while the nodes start must stop them too.
        let mut signals = Signals::listen()?;
        build(arguments.release)?;
        let scratch = Scratch::new()?;
        let nodes = node::cluster(&ports(arguments)?, scratch.path())?;
        let mut children = start_all(&nodes, arguments.release)?;
        let waited = tokio::task::spawn_blocking(move || {
            let ready = wait_and_measure(&nodes, &mut children);
            (children, ready)
        });
        let (mut children, ready) = waited.await?;
        let ended = match ready {
            Ok(()) => watch(&mut children, &mut signals).await,
            Err(error) => Err(error),
        };
        stop_all(&mut children);
        ended
    })
}

/// What asks a command to end: Ctrl-C, a kill, a terminal that closes.
struct Signals([signal::unix::Signal; 3]);

impl Signals {
    fn listen() -> std::io::Result<Signals> {
        Ok(Signals([
            signal::unix::signal(SignalKind::interrupt())?,
            signal::unix::signal(SignalKind::terminate())?,
            signal::unix::signal(SignalKind::hangup())?,
        ]))
    }

    async fn recv(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Returns when it is told to stop; reports nodes that end before, and fails when none is left.
async fn watch(children: &mut Vec<Child>, signals: &mut Signals) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = signals.recv() => return Ok(()),
            () = tokio::time::sleep(WATCH_INTERVAL) => {}
        }
        let mut running = Vec::with_capacity(children.len());
        for mut child in children.drain(..) {
            match child.process().try_wait()? {
                // Killing a node and looking at the others is what such a cluster is for.
                Some(status) => {
                    writeln!(
                        std::io::stdout(),
                        "{} ended: {status}; the others go on",
                        child.name()
                    )?;
                }
                None => running.push(child),
            }
        }
        *children = running;
        if children.is_empty() {
            bail!("no node is left");
        }
    }
}

fn build(release: bool) -> anyhow::Result<()> {
    let mut command = repository::cargo();
    command.args(["build", "-p", "vestal"]);
    if release {
        command.arg("--release");
    } else {
        command.arg("--no-default-features");
    }
    if !command.status().context("cannot start cargo")?.success() {
        bail!("the build failed: {command:?}");
    }
    Ok(())
}

fn ports(arguments: &Arguments) -> anyhow::Result<Vec<u16>> {
    if arguments.any_port {
        return (0..arguments.nodes).map(|_| free_port()).collect();
    }
    let ports: Vec<u16> = (0..arguments.nodes).map(|index| FIRST_PORT + index).collect();
    for port in &ports {
        if let Err(error) = TcpListener::bind(("127.0.0.1", *port)) {
            bail!("port {port} cannot be used ({error}); `--any-port` takes free ones");
        }
    }
    Ok(ports)
}

fn start_all(nodes: &[Node], release: bool) -> anyhow::Result<Vec<Child>> {
    let profile = if release { "release" } else { "debug" };
    let binary = repository::target()?.join(profile).join("vestal");
    nodes.iter().map(|node| start(node, &binary)).collect()
}

fn start(node: &Node, binary: &std::path::Path) -> anyhow::Result<Child> {
    let mut command = Command::new(binary);
    node.push_arguments(&mut command);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A group of its own: the terminal's Ctrl-C reaches xtask alone, which asks each node to stop once. A node that
    // heard both would take the second for impatience.
    command.process_group(0);
    let mut child = Child::start(&node.name, &mut command)?;
    let process = child.process();
    if let Some(stdout) = process.stdout.take() {
        relay(&node.name, stdout);
    }
    if let Some(stderr) = process.stderr.take() {
        relay(&node.name, stderr);
    }
    Ok(child)
}

/// Prints each line with the node's name before it, from a thread that ends with the pipe.
fn relay(name: &str, pipe: impl Read + Send + 'static) {
    let name = name.to_owned();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            // Nobody to show it to any more: the node must not block on that.
            drop(writeln!(
                std::io::stdout(),
                "{name} | {}",
                String::from_utf8_lossy(&line)
            ));
        }
    });
}

fn wait_and_measure(nodes: &[Node], children: &mut [Child]) -> anyhow::Result<()> {
    for (node, child) in nodes.iter().zip(children) {
        child.wait_until_ready(node.address(), READY_PATH, READY_TIMEOUT)?;
    }
    let out = &mut std::io::stdout();
    for node in nodes {
        writeln!(out, "{}  http://{}", node.name, node.address())?;
    }
    if nodes.len() > 1 {
        let took = converge(nodes)?;
        writeln!(
            out,
            "a registration on n1 was readable on all {} nodes after {:.1} ms",
            nodes.len(),
            took.as_secs_f64() * 1e3
        )?;
    }
    writeln!(out, "Ctrl-C stops them")?;
    Ok(())
}

/// Registers on the first node, asks the others until they have it, takes it back.
fn converge(nodes: &[Node]) -> anyhow::Result<Duration> {
    let first = nodes[0].address();
    let started = Instant::now();
    let status = http::status(first, "PUT", PROBE_PATH, r#"{"host":"127.0.0.1","port":1}"#)?;
    if status != 204 {
        bail!("PUT {PROBE_PATH} was answered with {status}");
    }
    for node in &nodes[1..] {
        while http::status(node.address(), "GET", PROBE_PATH, "")? != 200 {
            if started.elapsed() > CONVERGE_TIMEOUT {
                bail!(
                    "{} does not know of a registration on n1 after {CONVERGE_TIMEOUT:?}",
                    node.name
                );
            }
        }
    }
    let took = started.elapsed();
    http::status(first, "DELETE", PROBE_PATH, "")?;
    Ok(took)
}

/// All at once: one after the other would make each wait for the graces of those before.
fn stop_all(children: &mut [Child]) {
    for child in children.iter_mut() {
        child.signal(Signal::TERM);
    }
    let deadline = Instant::now() + STOP_TIMEOUT;
    for child in children {
        child.wait_for_end(deadline.saturating_duration_since(Instant::now()));
    }
}
