//! Which bodies are accepted, and how they are kept.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use clockwork::{Node, config};
use vestal_core::catalog::{CatalogConfig, Put, Refusal};
use vestal_core::limits::{BODY_DEPTH_MAX, Limits};

fn put(node: &Node, body: &[u8]) -> Result<Put, Refusal> {
    node.catalog.put(node.wall(), "s", "i", None, body)
}

fn check_kept(body: &str, kept: &str) {
    let node = Node::named("a");
    assert_eq!(put(&node, body.as_bytes()), Ok(Put::Registered), "{body}");
    assert_eq!(node.answer("s"), format!(r#"{{"i":{kept}}}"#));
}

fn check_not_json(body: &[u8], line: usize, column: usize) {
    match put(&Node::named("a"), body) {
        Err(Refusal::BodyNotJson {
            line: at_line,
            column: at_column,
            message,
        }) => {
            let told = (at_line, at_column);
            assert_eq!(
                told,
                (line, column),
                "{:?}: {message}",
                String::from_utf8_lossy(body)
            );
            assert!(!message.contains(" at line "), "{message}");
        }
        other => panic!("{:?} came to {other:?}", String::from_utf8_lossy(body)),
    }
}

fn check_not_object(body: &str, found: &'static str) {
    assert_eq!(
        put(&Node::named("a"), body.as_bytes()),
        Err(Refusal::BodyNotObject { found }),
        "{body}"
    );
}

#[test]
fn an_object_is_kept_as_it_came() {
    for body in [
        "{}",
        r#"{ "a" : 1 , "b" : [ ] }"#,
        r#"{"a":1e300,"b":-0.0,"c":123456789012345678901234567890}"#,
        r#"{"a":"\ud83d\ude00","b":"\u0000","c":"\/"}"#,
        r#"{"a":1,"a":2}"#,
        "{\"a\":\"é日\u{2028}\u{7f}\"}",
        "{\t\"a\":1\t}",
    ] {
        check_kept(body, body);
    }
}

#[test]
fn white_space_around_an_object_is_dropped() {
    check_kept(" \r\n\t{\"a\": 1} \n", r#"{"a": 1}"#);
}

#[test]
fn an_object_over_several_lines_is_put_on_one_and_its_strings_stay() {
    check_kept(
        "{\n  \"a b\": [1,\r\n 2],\n\t\"c\": \" \\n \\\" , \"\n}",
        r#"{"a b":[1,2],"c":" \n \" , "}"#,
    );
    check_kept("{\"a\": \"\\\\\",\n\"b\": \" x \"}", r#"{"a":"\\","b":" x "}"#);
}

#[test]
fn what_is_not_json_is_refused_at_its_place() {
    check_not_json(b"", 1, 1);
    check_not_json(b"hello", 1, 1);
    check_not_json(b"{", 1, 1);
    check_not_json(br#"{"a":1,}"#, 1, 8);
    check_not_json(br#"{"a":01}"#, 1, 7);
    check_not_json(br#"{"a":NaN}"#, 1, 6);
    check_not_json(br"{'a':1}", 1, 2);
    check_not_json(br#"{"a":1}}"#, 1, 8);
    check_not_json(br#"{"a":1} {"b":2}"#, 1, 9);
    check_not_json(br#"["a""#, 1, 4);
}

#[test]
fn the_place_is_that_in_the_text_that_was_sent() {
    check_not_json(b"{\n\"a\":\nx}", 3, 1);
    check_not_json(b"\n\n{\"a\":x}", 3, 6);
    check_not_json(b"  {\"a\":x}", 1, 8);
    check_not_json(b"\r\n  nope", 2, 4);
}

#[test]
fn control_characters_and_a_byte_order_mark_are_not_json() {
    check_not_json(b"{\"a\":\"\0\"}", 1, 6);
    check_not_json(b"{\"a\":\"x\ny\"}", 1, 7);
    check_not_json(b"{\"a\":\"\t\"}", 1, 6);
    check_not_json("\u{feff}{}".as_bytes(), 1, 1);
    check_not_json(b"{}\0", 1, 3);
}

#[test]
fn bytes_that_are_not_utf8_are_refused_at_their_place() {
    check_not_json(b"\xff", 1, 1);
    check_not_json(b"{\"a\":\"\xc3\"}", 1, 7);
    check_not_json(b"{\n\"a\":\"\xed\xa0\x80\"}", 2, 6);
}

#[test]
fn a_name_that_no_reader_could_tell_is_refused() {
    assert!(matches!(
        put(&Node::named("a"), br#"{"\ud800":1}"#),
        Err(Refusal::BodyNotJson { .. })
    ));
}

/// One of these in a service would make strict readers refuse the whole answer.
#[test]
fn a_value_that_strict_readers_refuse_is_refused() {
    check_not_json(br#"{"a":"\ud800"}"#, 1, 13);
    check_not_json(br#"{"a":[{"b":"x\udc00y"}]}"#, 1, 19);
    check_not_json(br#"{"a":1e400}"#, 1, 10);
    check_not_json(br#"{"a":-1E999}"#, 1, 11);
    let digits = "9".repeat(400);
    assert!(matches!(
        put(&Node::named("a"), format!(r#"{{"a":{digits}}}"#).as_bytes()),
        Err(Refusal::BodyNotJson { .. })
    ));
}

#[test]
fn an_empty_body_is_told_to_be_empty() {
    for body in ["", " ", "\n"] {
        let refusal = put(&Node::named("a"), body.as_bytes()).expect_err("a refusal");
        assert!(refusal.to_string().contains("it is empty"), "{refusal}");
    }
}

#[test]
fn json_that_is_no_object_is_told_what_it_is() {
    check_not_object("[1]", "an array");
    check_not_object(" \"{}\"", "a string");
    check_not_object("true", "a boolean");
    check_not_object("false", "a boolean");
    check_not_object("null", "null");
    check_not_object("-1.5", "a number");
    check_not_object(&format!("{}{}", "[".repeat(500), "]".repeat(500)), "an array");
}

fn nested(depth: usize) -> String {
    format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1))
}

#[test]
fn nesting_is_bounded() {
    check_kept(&nested(BODY_DEPTH_MAX), &nested(BODY_DEPTH_MAX));
    let too_deep = Err(Refusal::BodyTooDeep { max: BODY_DEPTH_MAX });
    assert_eq!(
        put(&Node::named("a"), nested(BODY_DEPTH_MAX + 1).as_bytes()),
        too_deep
    );
    assert_eq!(put(&Node::named("a"), nested(30_000).as_bytes()), too_deep);
}

#[test]
fn brackets_in_strings_and_side_by_side_are_no_nesting() {
    let text = format!(r#"{{"a":"{}\"{}"}}"#, "[".repeat(100), "{".repeat(100));
    check_kept(&text, &text);
    let side_by_side = format!(r#"{{"a":[{}]}}"#, vec!["[]"; 200].join(","));
    check_kept(&side_by_side, &side_by_side);
}

#[test]
fn size_is_bounded() {
    let limits = Limits {
        body_bytes_max: 10,
        ..Limits::default()
    };
    let node = Node::with(CatalogConfig {
        limits,
        ..config("a")
    });
    assert_eq!(put(&node, br#"{"a":1234}"#), Ok(Put::Registered));
    assert_eq!(
        put(&node, br#"{"a":12345}"#),
        Err(Refusal::BodyTooLarge { bytes: 11, max: 10 })
    );
}
