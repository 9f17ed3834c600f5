//! One call of the load generator: its arguments, its core, its bound in time, its report.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::process::output_of;
use crate::repository;

/// The core of the load, where it has one of its own.
const LOAD_CORE: &str = "1";
/// Beyond its own duration, for connecting, warming up and draining.
const MARGIN: Duration = Duration::from_secs(30);

/// What `vestal-load` reports of a driven server.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Driven {
    pub(crate) per_second: f64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) load_cpu: Option<f64>,
    pub(crate) server_cpu: Option<f64>,
    pub(crate) per_server_cpu_second: Option<f64>,
}

/// Runs the load generator on its core.
pub(crate) fn pinned<T: DeserializeOwned>(arguments: &[&str], lasts: Duration) -> anyhow::Result<T> {
    let mut command = Command::new("taskset");
    command.args(["-c", LOAD_CORE]).arg(binary()?).args(arguments);
    report(&mut command, lasts)
}

/// Runs the load generator wherever there is time.
pub(crate) fn unpinned<T: DeserializeOwned>(arguments: &[&str], lasts: Duration) -> anyhow::Result<T> {
    report(Command::new(binary()?).args(arguments), lasts)
}

fn binary() -> anyhow::Result<std::path::PathBuf> {
    Ok(repository::target()?.join("release").join("vestal-load"))
}

fn report<T: DeserializeOwned>(command: &mut Command, lasts: Duration) -> anyhow::Result<T> {
    let text = output_of("vestal-load", command, lasts + MARGIN)?;
    serde_json::from_str(&text).with_context(|| format!("not a report of vestal-load: {text}"))
}
