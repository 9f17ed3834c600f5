//! Where a value came from, as people are told it. Owns the wording; decides nothing about precedence.

use std::fmt;
use std::sync::Arc;

/// A place in a text; both count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// The origin of a value or of a problem, from the weakest to the strongest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Built in.
    Default,
    /// Follows from something else, which the text names.
    Derived(&'static str),
    /// A configuration file; no position when the problem is the file as a whole.
    File {
        path: Arc<str>,
        position: Option<Position>,
    },
    /// An environment variable, by its full name.
    Environment(String),
    /// A flag of the command line, by its long name.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::Derived(from) => formatter.write_str(from),
            Self::File { path, position: None } => formatter.write_str(path),
            Self::File {
                path,
                position: Some(Position { line, column }),
            } => {
                write!(formatter, "{path}:{line}:{column}")
            }
            Self::Environment(name) => formatter.write_str(name),
            Self::Flag(flag) => write!(formatter, "--{flag}"),
        }
    }
}
