//! The problem documents of refusals that never reach a handler: heads that cannot be parsed, and connections beyond the limit.
//!
//! Owns their bytes on the wire. Everything else is refused through [`super::refusal`].

use bytes::Bytes;
use vestal_api::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};

/// The full answer that says what a bare `HTTP/1.1 <status> …` of hyper only hints at.
pub(crate) fn problem_for(bare: &[u8]) -> Bytes {
    match bare.get(9..12) {
        Some(b"431") => wire(
            ProblemCode::HeadersTooLarge,
            "The request's head is larger than this node reads at all, or has more than 100 headers; send fewer and shorter ones.",
        ),
        Some(b"414") => wire(
            ProblemCode::UriTooLong,
            "The request's target is longer than this node reads at all; the longest id is 256 bytes.",
        ),
        _ => wire(
            ProblemCode::RequestInvalid,
            "The request's head is not HTTP/1.1: expected is a line such as `GET /storage HTTP/1.1`, then `Name: value` lines, then an empty line.",
        ),
    }
}

/// The answer to a connection beyond the limit.
pub(crate) fn too_many_connections(connections_max: usize) -> Bytes {
    wire(
        ProblemCode::TooManyConnections,
        &format!(
            "This node already holds {connections_max} connections, as many as it is set to (http.connections); reuse a connection for many requests, or ask another node."
        ),
    )
}

fn wire(code: ProblemCode, detail: &str) -> Bytes {
    let body = serde_json::to_string(&Problem::new(code, detail)).unwrap_or_default();
    let retry = if code.status() == 503 {
        "retry-after: 1\r\n"
    } else {
        ""
    };
    format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {PROBLEM_MEDIA_TYPE}\r\ncontent-length: {}\r\n{retry}connection: close\r\n\r\n{body}",
        code.status(),
        code.title(),
        body.len(),
    )
    .into()
}
