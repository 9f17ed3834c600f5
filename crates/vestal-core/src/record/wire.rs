//! Bytes on the wire: variable-length integers and length-prefixed text. Owns the encoding of primitives; what they
//! mean is said by the messages.

use thiserror::Error;

use crate::id::{Incarnation, NodeName, Origin};

/// Why bytes could not be read. They came from outside: nothing is assumed of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WireError {
    #[error("the bytes end in the middle of a value")]
    Truncated,
    #[error("an integer is longer than 64 bits")]
    IntegerTooLong,
    #[error("a text is not UTF-8")]
    NotUtf8,
    #[error("a node name is not valid")]
    BadNodeName,
}

pub(crate) fn put_u64(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_u64(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

pub(crate) fn put_origin(out: &mut Vec<u8>, origin: &Origin) {
    put_bytes(out, origin.node.as_str().as_bytes());
    put_u64(out, origin.incarnation.0);
}

/// Reads values from the front of a slice.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn u8(&mut self) -> Result<u8, WireError> {
        let (&first, rest) = self.0.split_first().ok_or(WireError::Truncated)?;
        self.0 = rest;
        Ok(first)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(WireError::IntegerTooLong);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(WireError::IntegerTooLong)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.u64()?).map_err(|_| WireError::Truncated)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(WireError::Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| WireError::NotUtf8)
    }

    pub(crate) fn node(&mut self) -> Result<NodeName, WireError> {
        NodeName::parse(self.text()?).map_err(|_| WireError::BadNodeName)
    }

    pub(crate) fn origin(&mut self) -> Result<Origin, WireError> {
        Ok(Origin {
            node: self.node()?,
            incarnation: Incarnation(self.u64()?),
        })
    }
}
