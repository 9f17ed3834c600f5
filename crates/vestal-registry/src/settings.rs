//! What a registry node is told at its start: plain values, already validated by whoever built them.
//!
//! Owns the shapes and the defaults of code that builds a node directly; reading files, environment and flags is the
//! binary's work.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use vestal_core::id::NodeName;
use vestal_core::limits::Limits;

/// The port that a node listens on unless told otherwise; hera's.
pub const PORT_DEFAULT: u16 = 3222;

/// Everything a node needs to know before it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The name of this node, unique in its cluster.
    pub name: NodeName,
    /// Where the node listens; port 0 asks the system for a free one.
    pub listen: SocketAddr,
    /// The folder of what must survive a restart.
    pub data: PathBuf,
    /// Default lease of an instance, and how long a silent origin is believed.
    pub liveness: Duration,
    /// Shortest lease that a client may ask for.
    pub lease_ttl_min: Duration,
    /// Longest lease that a client may ask for.
    pub lease_ttl_max: Duration,
    /// Pause between two repairs with a random peer.
    pub gossip_interval: Duration,
    /// The other nodes of the cluster; empty for a single node.
    pub cluster: Vec<Peer>,
    /// Top-level fields of a body whose change alone is a heartbeat, not a change.
    pub volatile: Vec<String>,
    /// Bounds on what is kept.
    pub limits: Limits,
    /// Bounds and habits of the HTTP server.
    pub http: HttpSettings,
    /// How long a starting node waits for its peers before it serves what it has.
    pub join_timeout: Duration,
    /// How far a peer's wall clock may be from ours before it is reported.
    pub clock_skew_max: Duration,
    /// Least life of the mark of a deletion.
    pub tombstone_life: Duration,
    /// How long requests under way may take once a stop was asked for.
    pub shutdown_grace: Duration,
}

impl Settings {
    /// A single node of this name with the documented defaults, listening on 127.0.0.1:3222.
    pub fn single(name: NodeName) -> Self {
        Self {
            name,
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT_DEFAULT),
            data: PathBuf::from("vestal-data"),
            liveness: Duration::from_secs(90),
            lease_ttl_min: Duration::from_secs(1),
            lease_ttl_max: Duration::from_hours(24),
            gossip_interval: Duration::from_secs(1),
            cluster: Vec::new(),
            volatile: vec!["updated_at".to_owned()],
            limits: Limits::default(),
            http: HttpSettings::default(),
            join_timeout: Duration::from_secs(5),
            clock_skew_max: Duration::from_mins(1),
            tombstone_life: Duration::from_hours(1),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}

/// Another node of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub name: NodeName,
    /// An IP address or a name that is resolved at each connection, so that a node may move.
    pub host: String,
    pub port: u16,
    pub protocol: PeerProtocol,
}

/// What is spoken with a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeerProtocol {
    /// Ask first: streams with a Vestal node, `/_deltas` with a hera node.
    #[default]
    Auto,
    Vestal,
    Hera,
}

/// Bounds and habits of the HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Most connections at once; further ones are refused.
    pub connections_max: usize,
    /// Most bytes of a request's line and headers.
    pub header_bytes_max: usize,
    /// Most bytes of a request's target.
    pub uri_bytes_max: usize,
    /// How long a client may take to send its headers.
    pub header_timeout: Duration,
    /// How long a client may take to send its body.
    pub body_timeout: Duration,
    /// How long a connection may rest between two requests.
    pub idle_timeout: Duration,
    /// Origins whose pages may call; empty turns CORS off, `*` allows any.
    pub cors_origins: Vec<String>,
    /// Answers below this size are never compressed.
    pub compress_bytes_min: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            header_bytes_max: 16 * 1024,
            uri_bytes_max: 4 * 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            cors_origins: Vec::new(),
            compress_bytes_min: 1024,
        }
    }
}
