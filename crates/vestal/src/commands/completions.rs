//! `vestal completions`: completion scripts, made from the same definition as the arguments.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::CommandLine;
use crate::failure::Failure;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  vestal completions bash > /etc/bash_completion.d/vestal
  vestal completions zsh > \"${fpath[1]}/_vestal\"
  vestal completions fish > ~/.config/fish/completions/vestal.fish
";

/// Print a completion script for a shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<(), Failure> {
        // The generator panics if it cannot write, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut CommandLine::command(), "vestal", &mut script);
        output::write(&String::from_utf8_lossy(&script))
    }
}
