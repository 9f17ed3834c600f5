//! The types that a setting can have: reading a value from text, its hard limits, and writing it back.
//!
//! One reader serves the file, the environment and the flags, so that a value means the same everywhere.

use std::path::PathBuf;
use std::time::Duration;

use vestal_core::id::NodeName;

use super::log_filter;
use super::member::Member;
use super::problem::Fault;
use super::quantity::{format_duration, format_size, parse_duration, parse_size};
use super::suggestion::nearest;

/// The type of a field with its hard limits, both included.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// The name of a node.
    Name,
    /// An IP address or a host name.
    Host,
    /// A TCP port.
    Port,
    /// A folder.
    Folder,
    Duration {
        min: Duration,
        max: Duration,
    },
    /// A size in bytes.
    Bytes {
        min: u64,
        max: u64,
    },
    /// A number of things.
    Count {
        min: u64,
        max: u64,
    },
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A list of words, each up to this many bytes.
    Words {
        count_max: usize,
        bytes_max: usize,
    },
    /// A filter of log lines.
    LogFilter,
    /// The nodes of the cluster.
    Members,
}

/// A value that its kind accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Name(NodeName),
    Text(String),
    Port(u16),
    Folder(PathBuf),
    Duration(Duration),
    Bytes(u64),
    Count(u64),
    Words(Vec<String>),
    Members(Vec<Member>),
}

impl Kind {
    /// Reads one scalar, an environment variable or a flag. Lists are separated by commas there.
    pub fn parse(self, text: &str) -> Result<Value, Fault> {
        match self {
            Self::Name => parse_name(text).map(Value::Name),
            Self::Host => parse_host(text).map(Value::Text),
            Self::Port => text.parse().map(Value::Port).map_err(|_| self.wrong_type(text)),
            Self::Folder if text.is_empty() || text.contains('\0') => Err(self.wrong_type(text)),
            Self::Folder => Ok(Value::Folder(PathBuf::from(text))),
            Self::Duration { min, max } => {
                let duration = parse_duration(text).ok_or_else(|| self.wrong_type(text))?;
                within(duration, min, max, format_duration).map(Value::Duration)
            }
            Self::Bytes { min, max } => {
                let bytes = parse_size(text).ok_or_else(|| self.wrong_type(text))?;
                within(bytes, min, max, format_size).map(Value::Bytes)
            }
            Self::Count { min, max } => {
                let count = text.parse().map_err(|_| self.wrong_type(text))?;
                within(count, min, max, |count| count.to_string()).map(Value::Count)
            }
            Self::Choice(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
            Self::Choice(words) => Err(self
                .wrong_type(text)
                .suggest_if_any(did_you_mean(text, words.iter().copied()))),
            Self::Words { .. } => self.words(split_list(text)),
            Self::LogFilter => log_filter::check(text).map(|()| Value::Text(text.to_owned())),
            Self::Members => Member::parse_list(text).map(Value::Members),
        }
    }

    /// Checks the elements of a list.
    pub fn words(self, words: Vec<String>) -> Result<Value, Fault> {
        let Self::Words { count_max, bytes_max } = self else {
            return Err(self.wrong_shape("a list"));
        };
        if words.len() > count_max {
            return Err(Fault::new(format!(
                "has {} elements; at most {count_max} are accepted",
                words.len()
            )));
        }
        match words
            .iter()
            .find(|word| word.is_empty() || word.len() > bytes_max)
        {
            Some(word) if word.is_empty() => Err(Fault::new("has an empty element").suggest("remove it")),
            Some(word) => Err(Fault::new(format!(
                "has an element of {} bytes; at most {bytes_max} are accepted",
                word.len()
            ))),
            None => Ok(Value::Words(words)),
        }
    }

    /// What the kind accepts, as a phrase after "must be" or "Type:".
    pub fn phrase(self) -> String {
        match self {
            Self::Name => "a node name such as `node-1`".to_owned(),
            Self::Host => "an IP address or a host name".to_owned(),
            Self::Port => "a port between 0 and 65535".to_owned(),
            Self::Folder => "a folder".to_owned(),
            Self::Duration { .. } => {
                "a duration such as 500ms, 90s, 5m or 24h (a plain number is seconds)".to_owned()
            }
            Self::Bytes { .. } => "a size such as 65536, 64KiB or 1MiB (a plain number is bytes)".to_owned(),
            Self::Count { .. } => "a whole number".to_owned(),
            Self::Choice(words) => format!("one of {}", quoted(words)),
            Self::Words { .. } => "a list of words".to_owned(),
            Self::LogFilter => "a level or a list such as `info,vestal_registry=debug`".to_owned(),
            Self::Members => "a mapping of node names to `{host, port}`".to_owned(),
        }
    }

    /// The hard limits, if the kind has any.
    pub fn range(self) -> Option<(String, String)> {
        match self {
            Self::Duration { min, max } => Some((format_duration(min), format_duration(max))),
            Self::Bytes { min, max } => Some((format_size(min), format_size(max))),
            Self::Count { min, max } => Some((min.to_string(), max.to_string())),
            Self::Port => Some(("0".to_owned(), "65535".to_owned())),
            _ => None,
        }
    }

    pub fn wrong_type(self, found: &str) -> Fault {
        Fault::new(format!("must be {}; found {}", self.phrase(), shortened(found)))
    }

    /// As `wrong_type`, for what is no scalar at all.
    pub fn wrong_shape(self, shape: &str) -> Fault {
        Fault::new(format!("must be {}; found {shape}", self.phrase()))
    }
}

impl Value {
    /// The value as the file would hold it, for kinds that fit on a line.
    pub fn text(&self) -> String {
        match self {
            Self::Name(name) => name.to_string(),
            Self::Text(text) => text.clone(),
            Self::Port(port) => port.to_string(),
            Self::Folder(path) => path.display().to_string(),
            Self::Duration(duration) => format_duration(*duration),
            Self::Bytes(bytes) => format_size(*bytes),
            Self::Count(count) => count.to_string(),
            Self::Words(words) => words.join(","),
            Self::Members(members) => members.iter().map(Member::text).collect::<Vec<_>>().join(","),
        }
    }
}

/// "did you mean `…`?" when something is near enough.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Reads a host: no URL, no port, no blanks.
pub(super) fn parse_host(text: &str) -> Result<String, Fault> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if bare.is_empty() || bare.len() > 253 || !bare.chars().all(allowed) {
        return Err(Kind::Host
            .wrong_type(text)
            .suggest("give the host alone: no `http://`, no port"));
    }
    Ok(bare.to_owned())
}

pub(super) fn parse_name(text: &str) -> Result<NodeName, Fault> {
    NodeName::parse(text).map_err(|error| Fault::new(format!("is no node name: {error}")))
}

pub(super) fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A value in a message, cut where it would drown the message.
pub(super) fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{:?} (cut)", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn within<T: PartialOrd + Copy>(value: T, min: T, max: T, format: fn(T) -> String) -> Result<T, Fault> {
    let (given, min_text, max_text) = (format(value), format(min), format(max));
    if value < min {
        return Err(
            Fault::new(format!("is {given}, below the least accepted value, {min_text}"))
                .suggest(format!("give a value between {min_text} and {max_text}")),
        );
    }
    if value > max {
        return Err(Fault::new(format!(
            "is {given}, above the greatest accepted value, {max_text}"
        ))
        .suggest(format!("give a value between {min_text} and {max_text}")));
    }
    Ok(value)
}

fn split_list(text: &str) -> Vec<String> {
    match text.trim() {
        "" => Vec::new(),
        list => list.split(',').map(|word| word.trim().to_owned()).collect(),
    }
}
