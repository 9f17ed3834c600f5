//! The command line: what can be asked of `vestal`, one file for each command.

mod cli_reference;
mod cluster;
mod completions;
mod config;
mod deregister;
mod instances;
mod node_options;
mod register;
mod registry;
mod run;
mod services;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::{EXIT_CODES, Failure, Report};
use crate::output::{self, OutputFormat};

pub use cli_reference::page as cli_reference_page;

const START: &str = "\
Try it:
  vestal run                                              a node on 127.0.0.1:3222
  vestal register storage s-1 --body '{\"host\":\"10.1.1.1\",\"port\":12345}'
  vestal instances storage
  vestal run -c vestal.yml -n node-1                      a node of a cluster
";

/// Vestal, the self-healing service registry.
///
/// One program for all: it is the node that services register with, and the client that asks it.
#[derive(Debug, Parser)]
#[command(name = "vestal", version, max_term_width = 100, propagate_version = false)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = format!("{START}\n{EXIT_CODES}"))]
pub struct CommandLine {
    /// How results are written: `table` for people, `json` for programs.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    output: OutputFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Registry(registry::Registry),
    Services(services::Services),
    Instances(instances::Instances),
    Register(register::Register),
    Deregister(deregister::Deregister),
    Cluster(cluster::Cluster),
    #[command(subcommand)]
    Config(config::Config),
    Completions(completions::Completions),
    #[command(hide = true)]
    CliReference(cli_reference::CliReference),
}

/// Does what the process's arguments ask for.
pub fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    match command_line.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(format!("error: {}", Report(&failure)));
            failure.exit_code()
        }
    }
}

impl CommandLine {
    fn run(self) -> Result<(), Failure> {
        let output = self.output;
        match self.command {
            Command::Run(command) => command.run(),
            Command::Registry(command) => command.run(),
            Command::Services(command) => command.run(output),
            Command::Instances(command) => command.run(output),
            Command::Register(command) => command.run(),
            Command::Deregister(command) => command.run(),
            Command::Cluster(command) => command.run(output),
            Command::Config(command) => command.run(output),
            Command::Completions(command) => command.run(),
            Command::CliReference(_) => cli_reference::CliReference::run(),
        }
    }
}
