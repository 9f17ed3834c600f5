//! `cargo xtask`: what the project does to itself. Each command is a module; none changes a file unless it says so.

mod bench;
mod ci;
mod cluster;
mod docs;
mod http;
mod node;
mod process;
mod repository;
mod tidy;

use clap::{Parser, Subcommand};

/// Automation of the Vestal repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures Vestal beside the reference servers.
    Bench(bench::Arguments),
    /// Runs every check of the test command, in order, up to the first failure.
    Ci(ci::Arguments),
    /// Runs nodes on the loopback until Ctrl-C.
    Cluster(cluster::Arguments),
    /// Writes the generated pages, or compares them.
    Docs(docs::Arguments),
    /// Checks the house rules that no other tool checks.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Ci(arguments) => ci::run(&arguments),
        Command::Cluster(arguments) => cluster::run(&arguments),
        Command::Docs(arguments) => docs::run(&arguments),
        Command::Tidy => tidy::run(),
    }
}
