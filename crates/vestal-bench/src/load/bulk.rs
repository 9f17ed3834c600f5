//! How soon a node that starts empty holds everything.
//!
//! The clock starts when the process was spawned, so the time to start and to connect is part of the figure.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::client::Client;

/// Between two questions: small against what is measured, large against what a question costs.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// What to wait for.
#[derive(Debug, Clone)]
pub struct Plan {
    pub target: SocketAddr,
    pub instances: u64,
    /// When the node was started; none: now.
    pub since: Option<Duration>,
    pub timeout: Duration,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub instances: u64,
    /// Until the node said that it is ready.
    pub ready_seconds: f64,
    /// Until it listed all instances.
    pub complete_seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Page {
    services: Vec<Listed>,
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    instances: u64,
}

/// Asks until the node holds so many instances.
pub fn measure(plan: &Plan) -> anyhow::Result<Report> {
    let since = plan.since.map_or_else(unix_now, Ok)?;
    let deadline = Instant::now() + plan.timeout;
    let mut ready = None;
    let mut client = None;
    let mut counted = 0;
    while Instant::now() < deadline {
        let now = unix_now()?.saturating_sub(since).as_secs_f64();
        if ready.is_none() && is_ready(plan.target, &mut client) {
            ready = Some(now);
        }
        if let Some(ready_seconds) = ready {
            counted = count(plan.target)?;
            if counted >= plan.instances {
                let complete = unix_now()?.saturating_sub(since);
                return Ok(Report {
                    instances: counted,
                    ready_seconds,
                    complete_seconds: complete.as_secs_f64(),
                });
            }
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    let state = if ready.is_some() {
        "is ready"
    } else {
        "is not ready"
    };
    bail!(
        "after {:?} the node {state} and lists {counted} of {} instances",
        plan.timeout,
        plan.instances
    )
}

/// A node that does not listen yet, or closes, is not ready.
fn is_ready(target: SocketAddr, client: &mut Option<Client>) -> bool {
    if client.is_none() {
        *client = Client::connect(target).ok();
    }
    let Some(connected) = client.as_mut() else {
        return false;
    };
    let Ok(answer) = connected.get("/_health/ready") else {
        *client = None;
        return false;
    };
    answer.status == 200
}

/// All instances that the node lists, over all pages.
pub fn count(target: SocketAddr) -> anyhow::Result<u64> {
    let mut client = Client::connect(target)?;
    let (mut instances, mut after) = (0, String::new());
    loop {
        let answer = client.get(&format!("/_services?limit=10000{after}"))?;
        if answer.status != 200 {
            bail!("GET /_services was answered with {}", answer.status);
        }
        let page: Page =
            serde_json::from_slice(&answer.body).context("GET /_services: not the expected JSON")?;
        instances += page.services.iter().map(|service| service.instances).sum::<u64>();
        match page.next {
            Some(name) => after = format!("&after={name}"),
            None => return Ok(instances),
        }
    }
}

fn unix_now() -> anyhow::Result<Duration> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock is before 1970")
}
