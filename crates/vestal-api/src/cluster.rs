//! The cluster as one node sees it.

use serde::{Deserialize, Serialize};

/// `GET /_cluster`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// The answering node's name.
    pub node: String,
    /// Which life of the node this is: milliseconds since 1970 at its start, greater than any before.
    pub incarnation: u64,
    /// Whether it answers reads.
    pub ready: bool,
    /// The other nodes of its configuration.
    pub peers: Vec<PeerView>,
    /// Every node that it holds instances of, itself among them.
    pub origins: Vec<OriginView>,
}

/// Another node, as this one reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// Its name in this node's configuration.
    pub name: String,
    /// Where it is looked for: host and port.
    pub address: String,
    /// What it speaks, once known.
    pub protocol: PeerProtocolView,
    /// How the connection stands.
    pub state: PeerState,
    /// Milliseconds since it last answered; null if it never has.
    pub last_contact_ms: Option<u64>,
    /// How many changes of the answering node it had not heard of when it last told what it holds.
    pub lag: u64,
    /// How far its wall clock is ahead of this node's, in milliseconds.
    pub skew_ms: i64,
    /// Why it cannot be reached, in words.
    pub error: Option<String>,
}

/// What a peer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerProtocolView {
    /// Vestal's streams and digests.
    Vestal,
    /// hera's `/_deltas` alone.
    Hera,
    /// Not reached yet.
    Unknown,
}

/// How the connection to a peer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerState {
    /// Its changes arrive as they happen.
    Streaming,
    /// It is asked for its changes each gossip interval, as hera nodes are.
    Gossiping,
    /// Being tried.
    Connecting,
    /// The last attempts failed.
    Unreachable,
}

/// One node's share of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginView {
    /// The origin's name.
    pub node: String,
    /// Which life of it the entries are from.
    pub incarnation: u64,
    /// How many instances it vouches for.
    pub instances: usize,
    /// The number of its last change that this node has.
    pub sequence: u64,
    /// Milliseconds since it was last known to vouch for them; null for the node itself.
    pub vouched_ms_ago: Option<u64>,
    /// Whether it is the answering node.
    #[serde(rename = "self")]
    pub is_self: bool,
}
