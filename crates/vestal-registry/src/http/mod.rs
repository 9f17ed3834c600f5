//! The HTTP server: connections, requests as they come off the wire, answers as they go onto it.
//!
//! The hot routes' meaning is in `hot`, everything else's in `routes`.

mod bare_refusal;
pub(crate) mod body;
pub(crate) mod conditional;
pub(crate) mod connections;
pub(crate) mod cors;
pub(crate) mod encoding;
mod exchange;
mod front;
pub(crate) mod guarded;
pub(crate) mod intake;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod refusal;
pub(crate) mod reply;
pub(crate) mod server;
pub(crate) mod site;
mod transport;
mod watch;

#[cfg(test)]
mod tests;
