//! A whole node over real sockets, driven by a client that writes bytes and reads bytes.

#![expect(
    clippy::expect_used,
    reason = "in a test a panic is the failure, in what tests share as well"
)]

mod bounds;
mod client;
mod codings;
mod example;
mod methods;
mod node;
mod own_routes;
mod readiness;
mod reading;
mod refusals;
mod registering;
mod stopping;
mod wire;
