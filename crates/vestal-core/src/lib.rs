//! Vestal's decisions, and nothing else.
//!
//! This crate owns what a registry node believes: which instances exist, whose lease lasts how long, which of two
//! versions wins, what a peer has yet to hear. It deliberately does nothing: no sockets, files, threads, clock reads
//! or ambient randomness. Time, randomness and bytes come in as arguments; decisions go out as values. Its locks only
//! guard data that several threads share and are never held while anything is waited for.

pub mod catalog;
pub mod id;
pub mod limits;
pub mod record;
pub mod replication;
pub mod time;
