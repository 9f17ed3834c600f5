//! `cargo xtask tidy`: the house rules that rustc, clippy and rustfmt do not know.
//!
//! Each check is a function from files to violations, so that its tests need no disk. Exceptions are tables in the
//! check's own file, each with its reason.

mod borders;
mod files;
mod folders;
mod manifest;
mod purity;
mod source;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Write as _;

use anyhow::bail;

use crate::repository::{self, File};

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    path: String,
    /// Counted from 1; 0 where the whole file is meant.
    line: usize,
    message: String,
}

impl Violation {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Violation {
        Violation {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.path, self.message),
            line => write!(formatter, "{}:{line}: {}", self.path, self.message),
        }
    }
}

type Check = fn(&[File]) -> Vec<Violation>;

const CHECKS: &[Check] = &[
    purity::check,
    folders::check,
    borders::check,
    manifest::check,
    files::check_opening,
    files::check_length,
    files::check_unfinished,
    files::check_sleep,
    text::check_links,
    text::check_changelog,
    text::check_machine_paths,
];

/// Checks the whole repository; prints every violation, then fails.
pub(crate) fn run() -> anyhow::Result<()> {
    let files = repository::files()?;
    let mut violations: Vec<Violation> = CHECKS.iter().flat_map(|check| check(&files)).collect();
    violations.sort();
    let out = &mut std::io::stdout().lock();
    for violation in &violations {
        writeln!(out, "{violation}")?;
    }
    if !violations.is_empty() {
        bail!(
            "tidy: {} violations in {} files looked at",
            violations.len(),
            files.len()
        );
    }
    writeln!(
        out,
        "tidy: {} files, {} checks, no violation",
        files.len(),
        CHECKS.len()
    )?;
    Ok(())
}
