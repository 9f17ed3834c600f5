//! Names and identifiers, checked once where they enter. Owns what a valid name is; knows nothing of their meaning.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// Longest service name, in bytes (all of them ASCII).
pub const SERVICE_NAME_BYTES_MAX: usize = 128;
/// Longest instance id, in bytes of UTF-8 after percent-decoding.
pub const INSTANCE_ID_BYTES_MAX: usize = 256;
/// Longest node name, in bytes.
pub const NODE_NAME_BYTES_MAX: usize = 64;

/// Why a name was refused. The text teaches what would be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    #[error("the name is empty; give at least one character")]
    Empty,
    #[error("the name is {bytes} bytes long; at most {max} are accepted")]
    TooLong { bytes: usize, max: usize },
    #[error("the name begins with {found:?}; it must begin with a letter or a digit (A-Z, a-z, 0-9)")]
    BadStart { found: char },
    #[error("the name holds {found:?}; only letters, digits, '.', '_' and '-' are accepted (A-Z, a-z, 0-9)")]
    BadCharacter { found: char },
    #[error("the id holds the control character {found:?}; only printable characters are accepted")]
    ControlCharacter { found: char },
}

/// Accepts `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`, the names of services.
pub fn check_service_name(name: &str) -> Result<(), NameError> {
    check_token(name, SERVICE_NAME_BYTES_MAX)
}

/// Accepts any non-empty text without control characters, up to 256 bytes.
pub fn check_instance_id(id: &str) -> Result<(), NameError> {
    if id.is_empty() {
        return Err(NameError::Empty);
    }
    if id.len() > INSTANCE_ID_BYTES_MAX {
        return Err(NameError::TooLong {
            bytes: id.len(),
            max: INSTANCE_ID_BYTES_MAX,
        });
    }
    // Bytes below 0x20 and 0x7f are the whole of ASCII's control characters; most ids end here.
    if id.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(());
    }
    match id.chars().find(|character| character.is_control()) {
        Some(found) => Err(NameError::ControlCharacter { found }),
        None => Ok(()),
    }
}

fn check_token(name: &str, max: usize) -> Result<(), NameError> {
    let Some(first) = name.chars().next() else {
        return Err(NameError::Empty);
    };
    if name.len() > max {
        return Err(NameError::TooLong {
            bytes: name.len(),
            max,
        });
    }
    if !first.is_ascii_alphanumeric() {
        return Err(NameError::BadStart { found: first });
    }
    if name.bytes().all(is_token_byte) {
        return Ok(());
    }
    let found = name
        .chars()
        .find(|&c| !(c.is_ascii() && is_token_byte(c as u8)))
        .unwrap_or(first);
    Err(NameError::BadCharacter { found })
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The name of a node of the cluster, unique in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeName(Arc<str>);

impl NodeName {
    /// Accepts `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        check_token(name, NODE_NAME_BYTES_MAX)?;
        Ok(Self(name.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// One life of a node: wall milliseconds at its start, raised above any earlier life it knows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub u64);

impl fmt::Display for Incarnation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// Whose word an entry is: a node in one of its lives. A node that lost its state is a new origin; what its earlier
/// life vouched for is believed for one more `liveness`, and then lapses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    pub node: NodeName,
    pub incarnation: Incarnation,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.node, self.incarnation)
    }
}

/// Place of a change in its origin's order; 0 is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub u64);

impl fmt::Display for Sequence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}
