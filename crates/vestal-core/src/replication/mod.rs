//! Replication between nodes. Owns what nodes say to each other and when; who carries it is the shell's business.
//!
//! Every origin numbers its changes. A node that has heard an origin up to sequence `n` asks for what came after; it
//! may ask the origin itself (a stream, as changes happen) or, in a random exchange each gossip interval, any peer that
//! has heard further. An origin vouches for all its entries at once, so renewals need no messages: its latest sign of
//! life travels with every exchange, and how long ago that was heard. Digests of content find what sequences cannot, and a full listing by the origin
//! repairs it.
//!
//! INVARIANT: when faults stop, every node holds, for every living origin, exactly the entries that the origin holds;
//! no entry is removed while its origin renews it; nothing that was removed comes back but by a later registration.

mod doubts;
pub mod effects;
mod exchange;
mod fetches;
pub mod hera;
mod joining;
mod message;
mod peer;
mod random;
mod replica;

pub use self::exchange::{Exchange, OriginDigest};
pub use self::message::{FRAME_BYTES_MAX, Fetch, Message, MessageError, read_frame};
pub use self::peer::{PeerView, StreamState};
pub use self::replica::{BATCH_BYTES, Input, Replica, ReplicaConfig};
pub use crate::record::{Batch, BatchWriter, Record, RecordState, WireError};
