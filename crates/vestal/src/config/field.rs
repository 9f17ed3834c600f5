//! What is known of one setting: its definition serves the file, the environment, the flags, `config print`,
//! `config explain` and the reference page.

use super::value::Kind;

/// The definition of a setting.
#[derive(Debug)]
pub struct Field {
    /// Path in the file, levels separated by dots.
    pub key: &'static str,
    pub kind: Kind,
    pub default: DefaultValue,
    /// The long flag of `vestal run` and `vestal registry`, if there is one.
    pub flag: Option<&'static str>,
    /// The one-letter flag, if there is one.
    pub letter: Option<char>,
    /// One line: what it is.
    pub summary: &'static str,
    /// Meaning, how to choose, what breaks at the extremes; paragraphs separated by an empty line.
    pub essay: &'static str,
    /// A value that someone might really set, as the environment would hold it.
    pub example: &'static str,
}

/// What a setting is when nobody sets it.
#[derive(Debug, Clone, Copy)]
pub enum DefaultValue {
    /// This text, read like any other.
    Text(&'static str),
    /// Found out at start; the text says how.
    Derived(&'static str),
}

impl Field {
    /// The environment variable: `http.idle-timeout` is `VESTAL_HTTP_IDLE_TIMEOUT`.
    pub fn environment_name(&self) -> String {
        let name = self.key.replace(['.', '-'], "_").to_ascii_uppercase();
        format!("{}{name}", super::environment::PREFIX)
    }

    /// The last part of the key, which is unique only within its section.
    pub fn leaf(&self) -> &'static str {
        self.key.rsplit_once('.').map_or(self.key, |(_, leaf)| leaf)
    }

    /// The section of the file that the field stands in, if not at the top.
    pub fn section(&self) -> Option<&'static str> {
        self.key.rsplit_once('.').map(|(section, _)| section)
    }

    /// The default as people are told it.
    pub fn default_text(&self) -> &'static str {
        match self.default {
            DefaultValue::Text("") => "empty",
            DefaultValue::Text(text) | DefaultValue::Derived(text) => text,
        }
    }
}
