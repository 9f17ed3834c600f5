//! The syntax of `log.level`. Stricter than the filter that will read it: a misspelt level there silently becomes the
//! name of a module, and the log falls silent.

use tracing_subscriber::EnvFilter;

use super::problem::Fault;
use super::value::{did_you_mean, quoted, shortened};

/// The levels from the quietest.
pub(super) const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Accepts `LEVEL` and `TARGET=LEVEL`, several separated by commas.
pub(super) fn check(text: &str) -> Result<(), Fault> {
    for directive in text.split(',') {
        let level = directive
            .rsplit_once('=')
            .map_or(directive, |(_, level)| level)
            .trim();
        if !LEVELS.contains(&level) {
            return Err(
                Fault::new(format!("has {} where a level should be", shortened(level)))
                    .suggest(format!("the levels are {}", quoted(&LEVELS)))
                    .suggest_if_any(did_you_mean(level, LEVELS)),
            );
        }
    }
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::new(format!("is no log filter: {error}"))
            .suggest("write a level, or `TARGET=LEVEL` separated by commas: `info,vestal_registry=debug`")),
    }
}
