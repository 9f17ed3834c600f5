//! The load generator: raw HTTP/1.1 over kept connections, one thread, two system calls per request.
//!
//! It checks what it counts: a status or a length that is not the expected one is an error, never a request.

pub mod bulk;
pub mod client;
pub mod connection;
pub mod converge;
pub mod cpu;
pub mod engine;
pub mod latency;
pub mod response;
pub mod work;
