//! Vestal's public contract: what a node answers over HTTP, and the codes of what it refuses.
//!
//! Owns the shapes (serde structs), the problem codes with their statuses and meanings, and the OpenAPI document. Deliberately
//! holds no behaviour: nothing here opens a socket, knows a catalog or decides an answer.

pub mod cluster;
pub mod health;
pub mod instance;
pub mod openapi;
pub mod problem;
pub mod renewal;
pub mod service;

pub use cluster::{ClusterView, OriginView, PeerProtocolView, PeerState, PeerView};
pub use health::HealthView;
pub use instance::InstanceFull;
pub use problem::{Problem, ProblemCode};
pub use renewal::{Lease, RenewReply, RenewRequest};
pub use service::{ServiceFull, ServiceSummary, ServicesPage};

/// The header that carries the index of an answer, in decimal digits.
pub const INDEX_HEADER: &str = "x-vestal-index";

/// The media type of every refusal.
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";
