//! Child processes that cannot outlive xtask's interest in them, ports and folders for them.
//!
//! A [`Child`] is ended by its own id when it is dropped: asked first, killed when it does not go.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::http;

/// What a process gets to stop by itself: its own grace of 10 s and a little.
const STOP_TIMEOUT: Duration = Duration::from_secs(12);
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How many lines of a log explain a failure.
const LOG_LINES: usize = 20;

/// A running process.
#[derive(Debug)]
pub(crate) struct Child {
    name: String,
    process: std::process::Child,
    log: Option<PathBuf>,
}

impl Child {
    /// Starts a process; what it prints goes to the file `log`.
    pub(crate) fn start_logged(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Child> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let mut child = Child::start(name, command)?;
        child.log = Some(log.to_path_buf());
        Ok(child)
    }

    /// Starts a process as it is configured.
    pub(crate) fn start(name: &str, command: &mut Command) -> anyhow::Result<Child> {
        let process = command
            .spawn()
            .with_context(|| format!("cannot start {name}: {command:?}"))?;
        Ok(Child {
            name: name.to_owned(),
            process,
            log: None,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn process(&mut self) -> &mut std::process::Child {
        &mut self.process
    }

    /// Waits until the process answers `GET <path>` with 200.
    pub(crate) fn wait_until_ready(
        &mut self,
        address: SocketAddr,
        path: &str,
        timeout: Duration,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + timeout;
        let mut last = String::from("it was not asked");
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                bail!(
                    "{} ended before it was ready: {status}{}",
                    self.name,
                    self.log_tail()
                );
            }
            match http::status(address, "GET", path, "") {
                Ok(200) => return Ok(()),
                Ok(status) => last = format!("GET {path} answers {status}"),
                Err(error) => last = format!("{error:#}"),
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        bail!(
            "{} was not ready after {timeout:?}: {last}{}",
            self.name,
            self.log_tail()
        )
    }

    /// Resident memory in bytes, from Linux's `/proc`.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let path = format!("/proc/{}/status", self.pid());
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes: u64 = line
            .and_then(|rest| rest.split_ascii_whitespace().next()?.parse().ok())
            .with_context(|| format!("{path} has no VmRSS"))?;
        Ok(kibibytes * 1024)
    }

    /// Asks the process to end; kills it when it does not.
    pub(crate) fn stop(&mut self) {
        self.signal(Signal::TERM);
        if !self.wait_for_end(STOP_TIMEOUT) {
            drop(self.process.kill());
            drop(self.process.wait());
        }
    }

    /// Sends a signal to a process that has not been waited for, so its id cannot be another's.
    pub(crate) fn signal(&mut self, signal: Signal) {
        let is_running = matches!(self.process.try_wait(), Ok(None));
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        if let (true, Some(pid)) = (is_running, pid) {
            // It may have ended in between; then there is nobody to tell.
            let _ = kill_process(pid, signal);
        }
    }

    pub(crate) fn wait_for_end(&mut self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            match self.process.try_wait() {
                Ok(None) if Instant::now() < deadline => std::thread::sleep(POLL_INTERVAL),
                Ok(None) => return false,
                Ok(Some(_)) | Err(_) => return true,
            }
        }
    }

    fn log_tail(&self) -> String {
        let Some(text) = self
            .log
            .as_ref()
            .and_then(|log| std::fs::read_to_string(log).ok())
        else {
            return String::new();
        };
        let lines: Vec<&str> = text.lines().collect();
        let tail = &lines[lines.len().saturating_sub(LOG_LINES)..];
        format!("\nits last lines:\n{}", tail.join("\n"))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a command to its end within a time and returns what it printed; its errors go to ours.
pub(crate) fn output_of(name: &str, command: &mut Command, timeout: Duration) -> anyhow::Result<String> {
    let mut child = Child::start(name, command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
    let stdout = child.process.stdout.take();
    // Read beside the waiting: a child that fills the pipe would wait for us.
    let reader =
        std::thread::spawn(move || stdout.map_or_else(|| Ok(String::new()), std::io::read_to_string));
    if !child.wait_for_end(timeout) {
        bail!("{name} was still running after {timeout:?}: {command:?}");
    }
    let status = child.process.wait()?;
    let text = reader
        .join()
        .map_err(|_| anyhow!("the reader of {name} panicked"))??;
    if !status.success() {
        bail!("{name} failed ({status}): {command:?}");
    }
    Ok(text)
}

/// Whether a command can be started at all.
pub(crate) fn is_installed(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A port on the loopback that nobody listens on now.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// A new folder for data and logs, removed when dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    pub(crate) fn new() -> anyhow::Result<Scratch> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vestal-xtask-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Scratch { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.path));
    }
}
