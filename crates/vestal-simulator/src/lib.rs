//! A simulator of a whole cluster: many nodes of production code over a false network and false clocks, in one thread,
//! with every choice drawn from one seed. Owns the world around the core; decides nothing that the core decides.

mod calls;
pub mod client;
pub mod clock;
pub mod coverage;
pub mod invariants;
pub mod ledger;
pub mod moment;
pub mod network;
pub mod node;
pub mod plan;
mod queue;
pub mod reach;
mod requests;
pub mod sabotage;
mod shell;
mod streams;
pub mod sweep;
pub mod terms;
pub mod trace;
mod weather;
pub mod world;

pub use self::sabotage::Sabotage;
pub use self::sweep::{Sweep, sweep};
pub use self::trace::TraceMode;
pub use self::world::{Outcome, Violation, World};
