//! Which node a client command calls, and how patiently.

use std::time::Duration;

use clap::Args;

use crate::client::NodeClient;
use crate::config::NODE_VARIABLE;
use crate::config::quantity::parse_duration;
use crate::failure::Failure;

#[derive(Debug, Clone, Args)]
pub(super) struct NodeOptions {
    /// The node to ask, for example `http://10.0.0.1:3222`.
    ///
    /// Every node answers everything; any one of the cluster will do.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3222", env = NODE_VARIABLE)]
    #[arg(hide_env_values = true, help_heading = "Node")]
    node: String,
    /// How long to wait for each answer, for example 500ms, 30s or 2m.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = timeout, help_heading = "Node")]
    timeout: Duration,
}

impl NodeOptions {
    pub(super) fn client(&self) -> Result<NodeClient, Failure> {
        Ok(NodeClient::new(&self.node, self.timeout)?)
    }
}

/// Runs a client command to its end on this thread.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|error| Failure::Start(crate::node::StartError::Runtime(error)))?
        .block_on(work)
}

fn timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Some(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("give a duration such as 500ms, 30s or 2m (a plain number is seconds)".to_owned()),
    }
}
