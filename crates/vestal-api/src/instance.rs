//! One instance in full: what its owner registered, and what the node knows about it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One instance of `GET /<service>?view=full`, and the answer of `GET /<service>/<id>?view=full`.
///
/// ```
/// let instance: vestal_api::InstanceFull = serde_json::from_str(
///     r#"{"id":"a","status":"up","reason":"renewed","origin":"node-1","version":"1766000000000-0",
///         "age_ms":123,"ttl_ms":90000,"lease_left_ms":89877,"body":{"host":"10.1.1.1"}}"#,
/// )?;
/// assert_eq!(instance.body.get(), r#"{"host":"10.1.1.1"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstanceFull {
    /// The instance's id, unique within its service.
    pub id: String,
    /// `up`, or why it is not.
    pub status: String,
    /// A sentence on how the status came about.
    pub reason: String,
    /// The node that received its last heartbeat and judges its lease.
    pub origin: String,
    /// Its last registration's place in time: milliseconds since 1970, a dash, and a counter.
    pub version: String,
    /// Milliseconds since the last heartbeat that this node knows of.
    pub age_ms: u64,
    /// Milliseconds for which one heartbeat keeps it.
    pub ttl_ms: u64,
    /// Milliseconds until it expires without another heartbeat; null when another node judges it.
    pub lease_left_ms: Option<u64>,
    /// The body exactly as its owner sent it.
    pub body: Box<RawValue>,
}
