//! The binary `vestal` as a library, so that its tests reach what the command line shows only from outside.
//!
//! Owns arguments, configuration, logs and output. What a node does is `vestal-registry`'s; what it decides, `vestal-core`'s.

mod client;
pub mod commands;
pub mod config;
mod failure;
mod logging;
mod node;
mod output;
