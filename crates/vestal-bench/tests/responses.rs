//! The parser of answers reads what servers send, however it arrives.

use vestal_bench::load::response::{Head, Malformed, parse};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nX-Vestal-Index: 7\r\nContent-Length:  12\r\n\r\n{\"a\":{}}";

#[test]
fn a_complete_head_gives_status_and_length() {
    assert_eq!(
        parse(ANSWER),
        Ok(Some(Head {
            status: 200,
            head_bytes: 59,
            body_bytes: 12
        }))
    );
}

#[test]
fn every_prefix_of_a_head_is_incomplete_and_not_an_error() {
    for end in 0..59 {
        assert_eq!(parse(&ANSWER[..end]), Ok(None), "{end} bytes");
    }
}

#[test]
fn no_content_needs_no_length_and_anything_else_does() {
    let head = parse(b"HTTP/1.1 204 No Content\r\ndate: x\r\n\r\n");
    assert_eq!(
        head,
        Ok(Some(Head {
            status: 204,
            head_bytes: 36,
            body_bytes: 0
        }))
    );
    assert_eq!(
        parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        Err(Malformed::NoLength)
    );
}

#[test]
fn what_is_not_http_is_malformed() {
    assert_eq!(parse(b"SSH-2.0\r\n\r\n"), Err(Malformed::StatusLine));
}
