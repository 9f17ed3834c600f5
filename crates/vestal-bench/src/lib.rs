//! What the benchmarks drive and what they compare with: a load generator and two reference servers.
//!
//! Never shipped. It owns the traffic and the yardsticks; starting servers, pinning them to cores and
//! printing tables is `cargo xtask bench`'s. It knows Vestal only through HTTP.

pub mod entry;
pub mod load;
pub mod reference;
