//! Which life of the node this is: a number in its data directory that grows with every start, whatever the wall clock says.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use vestal_core::id::Incarnation;
use vestal_core::time::WallMillis;
use vestal_platform::{DataDirectory, durable_file};

const FILE: &str = "incarnation";

#[derive(Debug, Error)]
pub enum IncarnationError {
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error(
        "{path} should hold one number, the node's last incarnation, but holds {found:?}; remove the file if it is damaged"
    )]
    Damaged { path: PathBuf, found: String },
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: io::Error },
}

/// The incarnation of the life that begins now, on disk before it is used.
pub(crate) fn begin(directory: &DataDirectory, wall: WallMillis) -> Result<Incarnation, IncarnationError> {
    let path = directory.file(FILE);
    let last = durable_file::read(&path).map_err(|source| IncarnationError::Read {
        path: path.clone(),
        source,
    })?;
    let last = match last {
        None => 0,
        Some(text) => parse(&text).ok_or_else(|| IncarnationError::Damaged {
            path: path.clone(),
            found: String::from_utf8_lossy(&text).chars().take(40).collect(),
        })?,
    };
    let next = wall.0.max(last.saturating_add(1));
    durable_file::replace(&path, next.to_string().as_bytes())
        .map_err(|source| IncarnationError::Write { path, source })?;
    Ok(Incarnation(next))
}

fn parse(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}
