//! Settings from the command line. The flags are made from the table of fields, so that help, parser and reference
//! cannot disagree; what a value means is judged where the file's values are judged, together with everything else.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::environment;
use super::field::Field;
use super::fields::FIELDS;
use super::layer::Layer;
use super::source::Source;
use super::value::Kind;

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default)]
pub struct ConfigurationFlags {
    /// `-c`, or `VESTAL_CONFIG`.
    pub file: Option<PathBuf>,
    /// The fields that were given, with their unread text.
    pub values: Vec<(&'static Field, String)>,
}

impl ConfigurationFlags {
    /// The settings among the flags.
    pub fn read(&self) -> Layer {
        let mut layer = Layer::default();
        for (field, text) in &self.values {
            let flag = field.flag.unwrap_or(field.key);
            layer.set(field, field.kind.parse(text), Source::Flag(flag));
        }
        layer
    }
}

impl clap::FromArgMatches for ConfigurationFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one::<PathBuf>("config-file").cloned();
        self.values = FIELDS
            .into_iter()
            .filter(|field| field.flag.is_some())
            .filter_map(|field| Some((field, matches.get_one::<String>(field.key)?.clone())))
            .collect();
        Ok(())
    }
}

impl clap::Args for ConfigurationFlags {
    fn augment_args(command: Command) -> Command {
        let with_file = command.arg(file_argument());
        FIELDS
            .into_iter()
            .filter_map(argument)
            .fold(with_file, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn file_argument() -> Arg {
    Arg::new("config-file")
        .short('c')
        .long("config")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .env(environment::CONFIG)
        .hide_env(true)
        .help_heading(HEADING)
        .help("The configuration file [default: ./vestal.yml if it exists]")
        .long_help(
            "The configuration file.\n\n\
             Default: ./vestal.yml if it exists\nEnvironment: VESTAL_CONFIG\nExample: --config /etc/vestal.yml",
        )
}

const HEADING: &str = "Configuration";

fn argument(field: &'static Field) -> Option<Arg> {
    let long = field.flag?;
    let variable = field.environment_name();
    let default = field.default_text();
    let argument = Arg::new(field.key)
        .long(long)
        .value_name(value_name(field.kind))
        .action(ArgAction::Set)
        .allow_hyphen_values(false)
        .help_heading(HEADING)
        .help(format!("{} [default: {default}]", field.summary))
        .long_help(format!(
            "{}\n\nDefault: {default}\nEnvironment: {variable}\nExample: --{long} {}",
            field.summary, field.example
        ));
    Some(match field.letter {
        Some(letter) => argument.short(letter),
        None => argument,
    })
}

fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Name => "NAME",
        Kind::Host => "HOST",
        Kind::Port => "PORT",
        Kind::Folder => "FOLDER",
        Kind::Duration { .. } => "DURATION",
        Kind::Bytes { .. } => "SIZE",
        Kind::Count { .. } => "NUMBER",
        Kind::Choice(_) => "WORD",
        Kind::Words { .. } => "WORDS",
        Kind::LogFilter => "FILTER",
        Kind::Members => "NAME=HOST:PORT,...",
    }
}
