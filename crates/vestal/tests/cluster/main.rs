//! Clusters of the real binary on the loopback, and what may happen to them: crashes, cuts, stalls, wrong clocks, hera.
//!
//! Run with `--nocapture` to read the measured times.
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "in a test a panic is the failure; measured times are for whoever asks for them"
)]

#[path = "../harness/mod.rs"]
mod harness;

// The surroundings.
mod clients;
mod fleet;
mod hera_peer;
mod http;
mod line;
mod patience;

// The subjects.
mod clocks;
mod convergence;
mod failures;
mod hera;
mod hostile;
mod pauses;
mod stopping;
