//! What Vestal asks of the machine beyond sockets: its own memory figure, files that survive a crash, a folder of its own.
//!
//! Deliberately decides nothing: it reports what the machine says and does what it is told.

pub mod data_directory;
pub mod durable_file;
pub mod memory;

pub use data_directory::{DataDirectory, DataDirectoryError};
