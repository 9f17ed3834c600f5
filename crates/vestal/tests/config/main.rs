//! The configuration from outside: what is accepted, what is refused and with which words.
#![allow(clippy::expect_used, reason = "in a test a panic is the failure")]

mod check;
mod hera;
mod laws;
mod precedence;
mod problems;
mod quantities;
mod reference;
mod settings;
