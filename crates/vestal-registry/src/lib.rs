//! The registry process around `vestal-core`: HTTP, peers, clocks and metrics.
//!
//! Owns sockets and tasks, and turns requests into calls of the catalog and its answers into responses. Deliberately decides
//! nothing about services, leases or versions: that is the core's.

mod clock;
mod hot;
mod http;
mod incarnation;
mod metrics;
mod node;
mod peers;
mod routes;
mod serve;
pub mod settings;
mod ticker;

pub use incarnation::IncarnationError;
pub use serve::{ServeError, serve};
pub use settings::{HttpSettings, Peer, PeerProtocol, Settings};
