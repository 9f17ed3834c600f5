//! The settings that one source gave: the file, the environment or the flags.

use super::field::Field;
use super::problem::{Fault, Problem};
use super::source::Source;
use super::value::Value;

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub value: Value,
    pub source: Source,
}

/// What one source said, right or wrong.
#[derive(Debug, Default)]
pub struct Layer {
    settings: Vec<(&'static str, Setting)>,
    /// Keys whose value was refused. What depends on them is not judged: it would only repeat the complaint.
    refused: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl Layer {
    pub fn set(&mut self, field: &'static Field, value: Result<Value, Fault>, source: Source) {
        match value {
            Ok(value) => self.settings.push((field.key, Setting { value, source })),
            Err(fault) => {
                self.complain(fault.of(field.key).at(source));
                self.refuse(field);
            }
        }
    }

    pub fn refuse(&mut self, field: &'static Field) {
        self.refused.push(field.key);
    }

    pub fn complain(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub fn complain_of_all(&mut self, problems: Vec<Problem>) {
        self.problems.extend(problems);
    }

    pub fn setting(&self, field: &Field) -> Option<&Setting> {
        self.settings
            .iter()
            .rev()
            .find(|(key, _)| *key == field.key)
            .map(|(_, setting)| setting)
    }

    pub fn is_refused(&self, field: &Field) -> bool {
        self.refused.contains(&field.key)
    }

    pub fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}
