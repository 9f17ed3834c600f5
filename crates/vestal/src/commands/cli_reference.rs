//! The reference page of the command line, as Markdown: every command's own help, one after the other.

use std::fmt::Write as _;

use clap::{Args, Command, CommandFactory as _};

use super::CommandLine;
use crate::failure::{EXIT_CODES, Failure};
use crate::output;

/// Columns of the help texts on the page.
const COLUMNS: usize = 110;

const PREFACE: &str = "\
# Command line

<!-- Generated from the commands' own help: `cargo run -p vestal -- cli-reference > docs/reference/cli.md` -->

`vestal` is one program: the node that services register with, and the client that asks it. Each command's `--help` says
what this page says.
";

/// Print the reference page of the command line.
#[derive(Debug, Args)]
pub(super) struct CliReference {}

impl CliReference {
    pub(super) fn run() -> Result<(), Failure> {
        output::write(&page())
    }
}

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(PREFACE);
    // Writing to a String cannot fail, here and below.
    let _ = write!(page, "\n## Exit codes\n\n```text\n{EXIT_CODES}\n```\n");
    let mut root = CommandLine::command()
        .term_width(COLUMNS)
        .max_term_width(COLUMNS)
        .disable_help_subcommand(true);
    root.build();
    section(&mut page, &mut root, "vestal");
    page
}

fn section(page: &mut String, command: &mut Command, path: &str) {
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(
        page,
        "\n## `{path}`\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    );
    for subcommand in command
        .get_subcommands_mut()
        .filter(|subcommand| !subcommand.is_hide_set())
    {
        let path = format!("{path} {}", subcommand.get_name());
        section(page, subcommand, &path);
    }
}
