//! The real binary from outside: what it says, what it writes, how it exits.
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "in a test a panic is the failure and print explains it"
)]

#[path = "../harness/mod.rs"]
mod harness;

mod answers;
mod client;
mod configuration;
mod help;
mod node;
mod register;
mod scene;
