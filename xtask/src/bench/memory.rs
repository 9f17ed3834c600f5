//! Resident memory of a server that holds so many instances of 200 bytes, 100 per service.

use std::time::Duration;

use anyhow::bail;
use serde::Serialize;

use super::server::{self, Server};
use super::speed;

/// After the fill: allocators return pages and replication settles in well under this.
const SETTLE: Duration = Duration::from_secs(2);

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Memory {
    pub(crate) server: Server,
    pub(crate) instances: u64,
    pub(crate) empty_bytes: u64,
    pub(crate) resident_bytes: u64,
    /// Registrations per second while filling.
    pub(crate) fill_per_second: f64,
}

/// Starts a server, fills it, reads its resident memory.
pub(crate) fn measure(server: Server, instances: u64) -> anyhow::Result<Memory> {
    let running = server::start(server, 0)?;
    let empty_bytes = running.child.resident_bytes()?;
    let filled = speed::fill(&running, "fleet", instances)?;
    if filled.errors > 0 {
        bail!(
            "{server}: {} errors while filling: {}",
            filled.errors,
            filled.first_error.unwrap_or_default()
        );
    }
    std::thread::sleep(SETTLE);
    let resident_bytes = running.child.resident_bytes()?;
    Ok(Memory {
        server,
        instances,
        empty_bytes,
        resident_bytes,
        fill_per_second: filled.per_second,
    })
}
