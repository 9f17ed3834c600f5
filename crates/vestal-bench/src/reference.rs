//! Reference servers: what hyper alone can do, and hyper over a plain map, on the machine at hand.
//!
//! They are yardsticks, so they do the least work that answers the same requests: no validation, no leases,
//! no versions. Everything that they lack is what Vestal's ratio to them pays for.

pub mod fixed;
pub mod map;
pub mod server;
