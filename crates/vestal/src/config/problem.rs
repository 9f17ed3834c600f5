//! What is wrong with a configuration: every problem at once, each with its place and a way out.

use std::fmt;

use super::source::Source;

/// BOUND: problems that are printed. A file of another program can have as many as it has lines.
const SHOWN_MAX: usize = 100;

/// What is wrong with a value, wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    /// What to do about it, as a sentence without a capital or a full stop.
    pub suggestion: Option<String>,
}

impl Fault {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            suggestion: None,
        }
    }

    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    #[must_use]
    pub fn suggest_if_any(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion.or(self.suggestion);
        self
    }

    /// The same fault, said of the field or part that has it.
    #[must_use]
    pub fn of(mut self, what: &str) -> Self {
        self.message = format!("`{what}` {}", self.message);
        self
    }

    pub fn at(self, source: Source) -> Problem {
        Problem { source, fault: self }
    }
}

/// A fault and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub source: Source,
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.source, self.fault.message)?;
        match &self.fault.suggestion {
            Some(suggestion) => write!(formatter, "\n    {suggestion}"),
            None => Ok(()),
        }
    }
}

/// All the problems of one configuration, in the order of their places. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` when there is no problem.
    pub fn check(mut problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by(|left, right| left.source.cmp(&right.source));
        Err(Self(problems))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(formatter, "the configuration has a problem")?,
            count => write!(formatter, "the configuration has {count} problems")?,
        }
        let mut shown = self.0.iter().take(SHOWN_MAX);
        shown.try_for_each(|problem| write!(formatter, "\n  {problem}"))?;
        match self.0.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(formatter, "\n  and {more} more"),
        }
    }
}
