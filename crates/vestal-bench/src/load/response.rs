//! The head of an HTTP/1.1 answer: status and length of the body, nothing else.
//!
//! It understands answers with `content-length` only, which is what every server under test sends.

/// What the load generator needs of an answer's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Length of the head itself, with its empty line.
    pub head_bytes: usize,
    pub body_bytes: usize,
}

/// Why an answer cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    StatusLine,
    /// Neither a `content-length` nor a status that has no body.
    NoLength,
}

/// The head at the start of `bytes`; `None` while it is not complete.
pub fn parse(bytes: &[u8]) -> Result<Option<Head>, Malformed> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = &bytes[..end];
    let digits = head.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let status = digits.and_then(number).ok_or(Malformed::StatusLine)?;
    let status = u16::try_from(status).map_err(|_| Malformed::StatusLine)?;
    let body_bytes = match content_length(head) {
        Some(length) => length,
        None if matches!(status, 204 | 304) => 0,
        None => return Err(Malformed::NoLength),
    };
    Ok(Some(Head {
        status,
        head_bytes: end + 4,
        body_bytes,
    }))
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = lines.find(|line| line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME))?;
    number(line[NAME.len()..].trim_ascii())
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}
