//! The process's limit of open files, which is the real limit of connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open besides connections of clients: data, peers, the runtime's own.
const OTHER_FILES: u64 = 128;

/// Raises the limit as far as allowed, and says so if it is too low for that many connections.
pub(super) fn raise(connections_max: usize) {
    let limit = getrlimit(Resource::Nofile);
    // The low default of 1,024 protects programs that use select(2), which this one does not.
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let needed = u64::try_from(connections_max)
        .unwrap_or(u64::MAX)
        .saturating_add(OTHER_FILES);
    if current.is_some_and(|current| current < needed) {
        tracing::warn!(
            limit = current,
            needed,
            "the limit of open files is below `http.connections`; raise it (ulimit -n, LimitNOFILE=), or lower that"
        );
    }
}
