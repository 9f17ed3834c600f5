//! Logs: to the error stream, as text for people or as JSON for collectors.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::SubscriberBuilder;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Configuration;
use crate::config::fields::{LOG_FORMAT, LOG_LEVEL};

/// Takes effect for the whole process; a second call changes nothing.
pub(crate) fn start(configuration: &Configuration) {
    // The filter was read before, when the configuration was checked.
    let filter = EnvFilter::builder().parse_lossy(configuration.text(&LOG_LEVEL));
    let builder = SubscriberBuilder::default()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        // A closed error stream must not turn each log line into a panic.
        .log_internal_errors(false);
    let _ = match configuration.text(&LOG_FORMAT) {
        "json" => builder.json().finish().try_init(),
        _ => builder.finish().try_init(),
    };
}
