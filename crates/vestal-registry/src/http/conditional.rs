//! `If-None-Match`: whether what the caller holds still stands.

use hyper::header::{HeaderMap, IF_NONE_MATCH};

/// Compares weakly, as the standard asks for reads: `W/` in front makes no difference.
pub(crate) fn still_stands(headers: &HeaderMap, etag: &[u8]) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|value| {
        let value = value.as_bytes();
        value == etag || value == b"*" || lists(value, etag)
    })
}

fn lists(value: &[u8], etag: &[u8]) -> bool {
    let opaque = opaque(etag);
    value
        .split(|byte| *byte == b',')
        .any(|tag| self::opaque(tag.trim_ascii()) == opaque)
}

fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}
