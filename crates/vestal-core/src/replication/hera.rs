//! hera's gossip: `GET /_deltas?<node>=<last seen ms>` and its answer. Owns that shape and its time-stamps; a hera node
//! is served exactly what its own peers would serve, and what it tells is taken as heartbeats received here.
//!
//! An answer is `{node: [[service, id, body, ms], ...]}`: exactly four items, since a fifth ends hera's gossip for
//! good. hera remembers the greatest time-stamp per node and asks for greater ones, so a millisecond is told whole or
//! not at all: answering closes it. Renewals are told as the same entry with a later time-stamp.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;
use thiserror::Error;

use crate::catalog::{Catalog, Put};
use crate::id::NodeName;
use crate::time::{Version, WallMillis, skew_ahead};

/// Entries of one node as they lie in hera's answer: service, id, body, milliseconds.
pub type HeraDeltas<'a> = BTreeMap<String, Vec<(String, String, &'a RawValue, u64)>>;

/// Why a hera node's answer was not taken up.
#[derive(Debug, Error)]
pub enum HeraError {
    #[error("the answer is not what a hera node answers: {0}")]
    Shape(#[from] serde_json::Error),
}

/// What a hera node's answer came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeraNews {
    /// The time-stamp to ask from next.
    pub cursor: u64,
    /// Registrations, changes and renewals taken up.
    pub taken: usize,
    /// Entries refused: not a name, not an object, or no room.
    pub refused: usize,
    /// Entries passed over because their time-stamp lies too far ahead of our clock.
    pub skewed: usize,
}

/// A relayed origin's entries are told again this many times within `liveness`, since hera drops what it has not heard
/// of for that long.
const RELAYS_PER_LIVENESS: u32 = 4;

/// The answer to a hera node that asks for `asked`: pairs of a node and the last time-stamp it has seen of it. Nodes
/// that are not known here are left out, as hera does.
pub fn answer(catalog: &Catalog, wall: WallMillis, asked: &[(NodeName, u64)]) -> Vec<u8> {
    let closed = catalog.close_millisecond(wall);
    let mut json = vec![b'{'];
    for (node, after) in asked {
        let step = catalog.config().lease_ttl / RELAYS_PER_LIVENESS;
        let Some(entries) = catalog.hera_entries(node, *after, closed, step) else {
            continue;
        };
        if json.len() > 1 {
            json.push(b',');
        }
        push(&mut json, node.as_str());
        json.push(b':');
        json.extend_from_slice(&entries);
    }
    json.push(b'}');
    json
}

fn push(json: &mut Vec<u8>, text: &str) {
    // Writing text to memory cannot fail.
    let _ = serde_json::to_writer(json, text);
}

/// Takes up what the hera node `node` says of itself, of which it was asked for entries after `cursor`.
pub fn take(
    catalog: &Catalog,
    wall: WallMillis,
    node: &NodeName,
    cursor: u64,
    answer: &str,
    skew_max: Duration,
) -> Result<HeraNews, HeraError> {
    let deltas: HeraDeltas<'_> = serde_json::from_str(answer)?;
    let mut news = HeraNews {
        cursor,
        ..HeraNews::default()
    };
    // An answer for nodes that were not asked about is not believed: it would be gossip about gossip.
    for (service, id, body, millis) in deltas.get(node.as_str()).into_iter().flatten() {
        if skew_ahead(wall, Version::at(*millis)) > skew_max {
            news.skewed += 1;
            continue;
        }
        // One less than the greatest: entries that hera wrote later in that millisecond are asked for again.
        news.cursor = news.cursor.max(millis.saturating_sub(1));
        match catalog.hear(wall, service, id, body.get().as_bytes(), Version::at(*millis)) {
            Ok(Some(Put::Renewed | Put::Moved | Put::Changed | Put::Registered)) => news.taken += 1,
            Ok(None) => {}
            Err(_) => news.refused += 1,
        }
    }
    Ok(news)
}
