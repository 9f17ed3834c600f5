//! `vestal config`: checking, showing and explaining the configuration.

use clap::{Args, Subcommand};

use crate::config::{
    self, Configuration, ConfigurationFlags, Problem, Problems, Surroundings, explain, fields, print,
    reference,
};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::{self, OutputFormat};

/// Check, show and explain the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Config {
    Check(Check),
    Print(Print),
    Explain(Explain),
    Reference(Reference),
}

const CHECK_EXAMPLES: &str = "\
Examples:
  vestal config check -c vestal.yml -n node-1
  vestal config check --output json                 a list of source, message, suggestion
";

/// Find every mistake in the configuration at once.
///
/// Reads file, environment and flags as `vestal run` would, starts nothing, and lists all problems with file, line and column
/// and a suggestion.
#[derive(Debug, Args)]
#[command(after_help = format!("{CHECK_EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Check {
    #[command(flatten)]
    flags: ConfigurationFlags,
}

const PRINT_EXAMPLES: &str = "\
Examples:
  vestal config print -c vestal.yml -n node-1
  VESTAL_LIVENESS=30s vestal config print
  vestal config print > vestal.yml                  a file to start from
";

/// Show the configuration in effect, and where each value came from.
///
/// The result is itself a configuration file; the comments tell the sources.
#[derive(Debug, Args)]
#[command(after_help = format!("{PRINT_EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Print {
    #[command(flatten)]
    flags: ConfigurationFlags,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  vestal config explain
  vestal config explain liveness
  vestal config explain http.idle-timeout
";

/// Explain a setting: meaning, how to choose, what breaks at the extremes.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXPLAIN_EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Explain {
    /// The setting, for example `liveness` or `http.idle-timeout`; without it, all are listed.
    key: Option<String>,
}

/// Print the reference page of all settings, as Markdown.
#[derive(Debug, Args)]
pub(super) struct Reference {}

impl Config {
    pub(super) fn run(self, output: OutputFormat) -> Result<(), Failure> {
        match self {
            Self::Check(command) => check(&command.flags, output),
            Self::Print(command) => {
                let configuration = load(&command.flags)?;
                output::write(&match output {
                    OutputFormat::Table => print::yaml(&configuration),
                    OutputFormat::Json => print::json(&configuration),
                })
            }
            Self::Explain(command) => explain(command.key.as_deref()),
            Self::Reference(Reference {}) => output::write(&reference::page()),
        }
    }
}

fn load(flags: &ConfigurationFlags) -> Result<Configuration, Problems> {
    config::load(flags, &Surroundings::of_process())
}

fn check(flags: &ConfigurationFlags, output: OutputFormat) -> Result<(), Failure> {
    let loaded = load(flags);
    if output == OutputFormat::Json {
        let problems = loaded.as_ref().err().map(problems_json).unwrap_or_default();
        output::write(&format!("{:#}\n", serde_json::Value::Array(problems)))?;
    }
    let configuration = loaded?;
    if output == OutputFormat::Table {
        let file =
            config::file_to_read(flags).map_or("no file".to_owned(), |path| path.display().to_string());
        let (host, port) = configuration.listen();
        let nodes = match configuration.members().len() {
            0 => "a single node".to_owned(),
            count => format!("one of {count} nodes"),
        };
        output::write(&format!(
            "ok: {file}; node `{}` on {host}:{port}, {nodes}\n",
            configuration.name()
        ))?;
    }
    Ok(())
}

fn problems_json(problems: &Problems) -> Vec<serde_json::Value> {
    let json = |problem: &Problem| {
        serde_json::json!({
            "source": problem.source.to_string(),
            "message": problem.fault.message,
            "suggestion": problem.fault.suggestion,
        })
    };
    problems.iter().map(json).collect()
}

fn explain(key: Option<&str>) -> Result<(), Failure> {
    let Some(key) = key else {
        return output::write(&explain::overview());
    };
    let Some(field) = fields::find(key) else {
        return explain_section(key);
    };
    output::write(&explain::field(field))
}

/// A section's name explains what is in it.
fn explain_section(section: &str) -> Result<(), Failure> {
    let fields = fields::of_section(section);
    if fields.is_empty() {
        return Err(match fields::nearest_key(section) {
            Some(near) => Failure::Usage(format!("there is no setting `{section}`; did you mean `{near}`?")),
            None => Failure::Usage(format!(
                "there is no setting `{section}`; `vestal config explain` lists all"
            )),
        });
    }
    let texts: Vec<String> = fields.into_iter().map(explain::field).collect();
    output::write(&texts.join("\n\n"))
}
