//! Pure parts of the HTTP server on examples: paths, queries, codings, validators, panics.

mod codings;
mod panics;
mod targets;
