//! Content codings and validators.

use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_NONE_MATCH};
use vestal_core::catalog::Encoding;

use crate::http::conditional::still_stands;
use crate::http::encoding::accepted;

#[test]
fn the_coding_is_the_callers_choice() {
    for (header, expected) in [
        ("", None),
        ("identity", None),
        ("br, deflate", None),
        ("gzip", Some(Encoding::Gzip)),
        ("x-gzip", Some(Encoding::Gzip)),
        ("GZIP", Some(Encoding::Gzip)),
        ("zstd", Some(Encoding::Zstd)),
        ("gzip, deflate, br, zstd", Some(Encoding::Zstd)),
        ("gzip;q=1.0, zstd;q=0.5", Some(Encoding::Gzip)),
        ("gzip;q=0.5, zstd;q=0.50", Some(Encoding::Zstd)),
        ("gzip;q=0", None),
        ("gzip; q=0 , zstd ; q=0.000", None),
        ("*", Some(Encoding::Gzip)),
        ("*;q=0, zstd", Some(Encoding::Zstd)),
        ("gzip;q=0, *", None),
        ("gzip;q=nonsense", None),
        ("gzip;level=9;q=0.1", Some(Encoding::Gzip)),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(header).expect("a header"));
        assert_eq!(accepted(&headers), expected, "{header:?}");
    }
    assert_eq!(accepted(&HeaderMap::new()), None);
}

#[test]
fn a_validator_is_compared_weakly_within_a_list() {
    for (header, expected) in [
        (r#"W/"a-11""#, true),
        (r#""a-11""#, true),
        (r#""x", W/"a-11" , "y""#, true),
        ("*", true),
        (r#"W/"a-12""#, false),
        ("a-11", false),
        ("", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_str(header).expect("a header"));
        assert_eq!(still_stands(&headers, br#"W/"a-11""#), expected, "{header:?}");
    }
}
