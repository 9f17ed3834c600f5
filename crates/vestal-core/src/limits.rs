//! Bounds on what a node keeps. Those on what clients may do are settable and refused with a sentence when reached; those
//! marked BOUND are fixed.

/// How much a node accepts from its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest body of an instance, in bytes.
    pub body_bytes_max: usize,
    /// Most instances of one service.
    pub instances_per_service_max: usize,
    /// Most instances in all.
    pub instances_max: usize,
    /// Most services.
    pub services_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 * 1024,
            instances_per_service_max: 100_000,
            instances_max: 2_000_000,
            services_max: 200_000,
        }
    }
}

/// BOUND: what `body_bytes_max` can be set to. A body travels between nodes in one frame with a batch of others.
pub const BODY_BYTES_CEILING: usize = 8 * 1024 * 1024;

/// BOUND: nesting of a body. Clients parse a whole service at once, many of them recursively; one body nested a
/// thousand deep must not break every reader of the service.
pub const BODY_DEPTH_MAX: usize = 64;

/// BOUND: marks of deletion kept. Beyond it the oldest go first, whether or not all peers have heard of them: what was
/// removed may come back from a node that has not.
pub const TOMBSTONES_MAX: usize = 1_000_000;

/// BOUND: lives of other nodes remembered at once, so that a peer that restarts in a loop costs no memory.
pub const ORIGINS_MAX: usize = 1_024;
