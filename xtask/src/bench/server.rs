//! The servers that are compared, and how each is started on its core.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use crate::node::{Node, READY_PATH};
use crate::process::{Child, Scratch, free_port};
use crate::repository;

/// Where servers run; the load runs on the next core.
const SERVER_CORE: &str = "0";
const READY_TIMEOUT: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Server {
    Vestal,
    /// Bare hyper over a plain sharded map.
    Map,
    /// Bare hyper with a fixed body.
    Fixed,
}

impl Server {
    pub(crate) const ALL: [Server; 3] = [Server::Vestal, Server::Map, Server::Fixed];
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Server::Vestal => "vestal",
            Server::Map => "map",
            Server::Fixed => "fixed",
        })
    }
}

/// A server that is ready; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    // After the process: its data goes when it has ended.
    _scratch: Scratch,
}

/// Starts a server on its core. `instances` is what the fixed body holds.
pub(crate) fn start(server: Server, instances: u64) -> anyhow::Result<Running> {
    let scratch = Scratch::new()?;
    let port = free_port()?;
    let release = repository::target()?.join("release");
    let mut command = Command::new("taskset");
    command.args(["-c", SERVER_CORE]);
    match server {
        Server::Vestal => {
            command.arg(release.join("vestal"));
            Node::single(port, scratch.path()).push_arguments(&mut command);
        }
        Server::Map => {
            command
                .arg(release.join("vestal-reference"))
                .args(["-p", &port.to_string(), "map"]);
        }
        Server::Fixed => {
            command
                .arg(release.join("vestal-reference"))
                .args(["-p", &port.to_string(), "fixed"]);
            command.args(["--instances", &instances.to_string()]);
        }
    }
    let mut child = Child::start_logged(&server.to_string(), &mut command, &scratch.path().join("log"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    child.wait_until_ready(address, READY_PATH, READY_TIMEOUT)?;
    Ok(Running {
        child,
        address,
        _scratch: scratch,
    })
}
