//! vestal-core decides and does nothing: it names nothing of the standard library or of others that acts.
//!
//! Clippy's `disallowed-methods` and `-types` in the crate's own `clippy.toml` say the same with names resolved; this
//! check also sees what is imported and never called, and what macros name.

use super::Violation;
use super::files::is_test;
use super::source;
use crate::repository::File;

const CRATE: &str = "crates/vestal-core/src/";

/// What the core must not name, and what it does instead.
const IMPURE: &[(&[&str], &str)] = &[
    (&["std", "fs"], "bytes come in as arguments"),
    (&["std", "net"], "the registry owns the sockets"),
    (&["std", "thread"], "the registry owns the tasks"),
    (&["std", "process"], "a decision never ends the process"),
    (&["std", "env"], "settings come in as arguments"),
    (&["std", "os"], "the platform crate touches the machine"),
    (
        &["std", "time", "Instant"],
        "time is an argument: a Duration since the start",
    ),
    (&["std", "time", "SystemTime"], "time is an argument: WallMillis"),
    (
        &["std", "hash", "RandomState"],
        "hash seeds are injected, so that a seed replays a run",
    ),
    (
        &["std", "collections", "hash_map", "RandomState"],
        "hash seeds are injected, so that a seed replays a run",
    ),
    (&["tokio"], "the registry owns the tasks"),
    (&["rand"], "randomness is an argument"),
    (&["fastrand"], "randomness is an argument"),
    (&["getrandom"], "randomness is an argument"),
    (&["rustix"], "the platform crate touches the machine"),
    (&["libc"], "the platform crate touches the machine"),
    (&["hyper"], "the registry owns HTTP"),
    (&["tracing"], "decisions go out as values; the registry logs them"),
];

pub(crate) fn check(files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.path.starts_with(CRATE) && file.is_rust() && !is_test(&file.path))
    {
        for path in source::paths(&file.text) {
            let impure = IMPURE.iter().find(|(prefix, _)| path.starts_with(prefix));
            if let Some((prefix, instead)) = impure {
                let message = format!(
                    "vestal-core is pure and must not name {}: {instead}",
                    prefix.join("::")
                );
                violations.push(Violation::new(&file.path, path.line, message));
            }
        }
    }
    // A group names its parent once per part.
    violations.dedup();
    violations
}
