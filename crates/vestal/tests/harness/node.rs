//! A node of the real binary on a free port. Its address is read from the log line `listening`.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Ended, Folder, vestal};

/// Patience with a process that should do something at once; only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running node; killed with the value.
#[derive(Debug)]
pub(crate) struct Node {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    /// Collects the log, so that the node never waits for a full pipe.
    collector: Option<JoinHandle<()>>,
}

impl Node {
    /// `vestal run -p 0` with these further arguments, in the folder.
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut command = vestal(folder);
        command.args(["run", "-p", "0"]).args(arguments);
        Self::spawn(command)
    }

    /// Starts any command that becomes a node, and waits for it to listen.
    pub(crate) fn spawn(mut command: Command) -> Self {
        let spawned = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.expect("the binary runs");
        let stderr = child.stderr.take().expect("a piped error stream");
        let (found, address) = mpsc::channel();
        let log = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&log);
        let collector = std::thread::spawn(move || collect(stderr, &kept, &found));
        let Ok(address) = address.recv_timeout(PATIENCE) else {
            let _ = child.kill();
            let _ = child.wait();
            let _ = collector.join();
            panic!("the node did not say where it listens; its log:\n{}", read(&log));
        };
        Self {
            child,
            address,
            log,
            collector: Some(collector),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Sends the signal by its name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        send_signal(self.child.id(), name);
    }

    /// What the node has logged so far.
    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }

    /// Whether the node still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child to look after").is_none()
    }

    /// Waits for the node to end by itself, and gives its log as `stderr`.
    pub(crate) fn wait(mut self) -> Ended {
        let status = self.child.wait().expect("the node ends");
        Ended {
            code: status.code(),
            stdout: String::new(),
            stderr: self.whole_log(),
        }
    }

    /// The log to its last line; the node has ended.
    fn whole_log(&mut self) -> String {
        if let Some(collector) = self.collector.take() {
            let _ = collector.join();
        }
        self.log()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() && self.collector.is_some() {
            let log = self.whole_log();
            eprintln!("log of the node at {}:\n{log}", self.address);
        }
    }
}

pub(crate) fn send_signal(process: u32, name: &str) {
    let status = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status();
    assert!(
        status.expect("kill runs").success(),
        "process {process} takes the signal {name}"
    );
}

fn read(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn collect(stderr: ChildStderr, log: &Mutex<String>, found: &mpsc::Sender<SocketAddr>) {
    for line in BufReader::new(stderr).lines() {
        let Ok(line) = line else { break };
        if let Some(address) = listening_address(&line) {
            // Nobody listens any more once the address is known.
            let _ = found.send(address);
        }
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push_str(&line);
        log.push('\n');
    }
}

/// Reads `… listening address=127.0.0.1:4321 …`, or the same as JSON.
fn listening_address(line: &str) -> Option<SocketAddr> {
    if let Ok(json) = serde_json::from_str::<serde_json::Value>(line) {
        let fields = json
            .get("fields")
            .filter(|fields| fields["message"] == "listening")?;
        return fields["address"].as_str()?.parse().ok();
    }
    let (_, rest) = line.split_once(" listening address=")?;
    rest.split_whitespace().next()?.parse().ok()
}
