//! Several nodes as processes, with a line of its own from each to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::Value;

use crate::harness::{Folder, Node, vestal};
use crate::http::{self, Reply};
use crate::line::{Flow, Line};
use crate::patience::eventually;

/// Short enough for a test to wait for, long enough for a busy machine to heartbeat in. All durations are settings of
/// the node.
pub(crate) const QUICK: &str = "liveness: 4s\ngossip-interval: 200ms\njoin-timeout: 30s\n";
/// What [`QUICK`] says.
pub(crate) const LIVENESS: std::time::Duration = std::time::Duration::from_secs(4);

/// A cluster; its nodes end with the value.
#[derive(Debug)]
pub(crate) struct Fleet {
    nodes: BTreeMap<&'static str, Node>,
    lines: BTreeMap<(&'static str, &'static str), Line>,
    names: Vec<&'static str>,
    folder: Folder,
}

impl Fleet {
    /// Lays the lines and writes a configuration for each node; starts none. `settings` are lines of YAML.
    pub(crate) fn new(names: &[&'static str], settings: &str) -> Self {
        let folder = Folder::new();
        let mut lines = BTreeMap::new();
        for from in names {
            for to in names {
                lines.insert((*from, *to), Line::new());
            }
        }
        for from in names {
            let mut text = format!("name: {from}\n{settings}cluster:\n");
            for to in names {
                let port = lines[&(*from, *to)].address().port();
                writeln!(text, "  {to}: {{host: 127.0.0.1, port: {port}}}").expect("memory");
            }
            folder.write(&format!("{from}.yml"), text);
        }
        Self {
            nodes: BTreeMap::new(),
            lines,
            names: names.to_vec(),
            folder,
        }
    }

    /// Three nodes `a`, `b`, `c`, ready and streaming to each other.
    pub(crate) fn three() -> Self {
        let mut fleet = Self::new(&["a", "b", "c"], QUICK);
        fleet.start_all();
        fleet
    }

    pub(crate) fn start_all(&mut self) {
        for name in self.names.clone() {
            self.start(name);
        }
        self.await_whole();
    }

    pub(crate) fn start(&mut self, name: &'static str) {
        self.start_as(name, |_| {});
    }

    /// Starts a node whose surroundings `arrange` changes.
    pub(crate) fn start_as(&mut self, name: &'static str, arrange: impl FnOnce(&mut Command)) {
        let mut command = vestal(&self.folder);
        let (configuration, data) = (format!("{name}.yml"), format!("data-{name}"));
        command.args(["run", "-p", "0", "-c", &configuration, "--data", &data]);
        arrange(&mut command);
        let node = Node::spawn(command);
        self.lead_to(name, Some(node.address()));
        self.nodes.insert(name, node);
    }

    /// Has the lines to `name` lead to what is not one of these nodes, too.
    pub(crate) fn lead_to(&self, name: &str, address: Option<SocketAddr>) {
        for ((_, to), line) in &self.lines {
            if *to == name {
                line.lead_to(address);
            }
        }
    }

    /// Kills a node with -9.
    pub(crate) fn kill(&mut self, name: &str) {
        self.lead_to(name, None);
        self.nodes.remove(name).expect("a running node");
    }

    /// Takes a node out, for the test to end it itself.
    pub(crate) fn take(&mut self, name: &str) -> Node {
        self.nodes.remove(name).expect("a running node")
    }

    /// Removes the data folder of a node that does not run.
    pub(crate) fn wipe(&self, name: &str) {
        let data = self.folder.path().join(format!("data-{name}"));
        std::fs::remove_dir_all(data).expect("a data folder to remove");
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn node(&self, name: &str) -> &Node {
        &self.nodes[name]
    }

    pub(crate) fn address(&self, name: &str) -> SocketAddr {
        self.nodes[name].address()
    }

    /// Every running node.
    pub(crate) fn running(&self) -> Vec<&'static str> {
        self.nodes.keys().copied().collect()
    }

    pub(crate) fn line(&self, from: &'static str, to: &'static str) -> &Line {
        &self.lines[&(from, to)]
    }

    /// Both directions between two nodes.
    pub(crate) fn part(&self, one: &'static str, other: &'static str, flow: Flow) {
        self.line(one, other).set_flow(flow);
        self.line(other, one).set_flow(flow);
    }

    /// All lines to and from one node.
    pub(crate) fn isolate(&self, name: &'static str, flow: Flow) {
        for other in self.names.clone() {
            self.part(name, other, flow);
        }
    }

    pub(crate) fn heal(&self) {
        self.lines.values().for_each(|line| line.set_flow(Flow::Open));
    }

    pub(crate) fn ask(&self, name: &str, method: &str, path: &str, body: &str) -> Result<Reply, String> {
        http::ask(self.address(name), method, path, body.as_bytes()).map_err(|error| error.to_string())
    }

    /// Registers or renews, and insists that it was taken.
    #[track_caller]
    pub(crate) fn put(&self, name: &str, path: &str, body: &str) {
        let reply = self
            .ask(name, "PUT", path, body)
            .and_then(|reply| reply.expect_status(204));
        reply.unwrap_or_else(|error| panic!("PUT {path} at {name}: {error}"));
    }

    #[track_caller]
    pub(crate) fn delete(&self, name: &str, path: &str) {
        let reply = self
            .ask(name, "DELETE", path, "")
            .and_then(|reply| reply.expect_status(204));
        reply.unwrap_or_else(|error| panic!("DELETE {path} at {name}: {error}"));
    }

    pub(crate) fn json(&self, name: &str, path: &str) -> Result<Value, String> {
        self.ask(name, "GET", path, "")?.expect_status(200)?.json()
    }

    /// The ids of a service as a node answers them.
    pub(crate) fn ids(&self, name: &str, service: &str) -> Result<BTreeSet<String>, String> {
        ids(&self.json(name, &format!("/{service}"))?)
    }

    /// Waits until a node answers exactly these instances.
    #[track_caller]
    pub(crate) fn await_ids(&self, name: &str, service: &str, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|&id| id.to_owned()).collect();
        eventually(&format!("{service} at {name} is {expected:?}"), || {
            let found = self.ids(name, service)?;
            (found == expected)
                .then_some(())
                .ok_or_else(|| format!("{found:?}"))
        });
    }

    /// Waits until every running node answers exactly these instances.
    #[track_caller]
    pub(crate) fn await_ids_everywhere(&self, service: &str, expected: &[&str]) {
        for name in self.running() {
            self.await_ids(name, service, expected);
        }
    }

    /// What `/_cluster` at a node says of a peer.
    pub(crate) fn peer(&self, at: &str, peer: &str) -> Result<Value, String> {
        let view = self.json(at, "/_cluster")?;
        let peers = view["peers"].as_array().ok_or("no peers")?;
        let found = peers.iter().find(|found| found["name"] == peer);
        found.cloned().ok_or_else(|| format!("no peer {peer} in {view}"))
    }

    #[track_caller]
    pub(crate) fn await_peer(&self, at: &str, peer: &str, state: &str) {
        eventually(&format!("{peer} is {state} at {at}"), || {
            let found = self.peer(at, peer)?;
            (found["state"] == state)
                .then_some(())
                .ok_or_else(|| found.to_string())
        });
    }

    #[track_caller]
    pub(crate) fn await_ready(&self, name: &str) {
        eventually(&format!("{name} is ready"), || {
            self.ask(name, "GET", "/_health/ready", "")?.expect_status(200)
        });
    }

    /// Waits until every running node is ready and streams from every other.
    #[track_caller]
    pub(crate) fn await_whole(&self) {
        for at in self.running() {
            self.await_ready(at);
            for peer in self.running() {
                if peer != at {
                    self.await_peer(at, peer, "streaming");
                }
            }
        }
    }

    /// The node that `view=full` at `at` names as the one that keeps an instance's lease.
    pub(crate) fn origin(&self, at: &str, service: &str, id: &str) -> Result<String, String> {
        let instance = self.instance(at, service, id)?;
        Ok(instance["origin"].as_str().unwrap_or_default().to_owned())
    }

    /// An instance as `view=full` at `at` shows it.
    pub(crate) fn instance(&self, at: &str, service: &str, id: &str) -> Result<Value, String> {
        let view = self.json(at, &format!("/{service}?view=full"))?;
        let instances = view["instances"].as_array().ok_or("no instances")?;
        let found = instances.iter().find(|found| found["id"] == id);
        found.cloned().ok_or_else(|| format!("no {id} in {view}"))
    }

    /// The value of a counter that has no labels.
    pub(crate) fn metric(&self, at: &str, name: &str) -> Result<u64, String> {
        let text = self.ask(at, "GET", "/_metrics", "")?.expect_status(200)?.text();
        let found = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        found
            .and_then(|value| value.parse().ok())
            .ok_or_else(|| format!("no metric {name}"))
    }
}

/// The ids in an answer.
pub(crate) fn ids(answer: &Value) -> Result<BTreeSet<String>, String> {
    let object = answer.as_object().ok_or_else(|| format!("no object: {answer}"))?;
    Ok(object.keys().cloned().collect())
}
