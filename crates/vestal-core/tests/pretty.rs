//! Layout for people: that of Python's `json.dumps(…, indent=2)`, which hera answers `?pretty` with.
#![allow(clippy::expect_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use vestal_core::catalog::pretty;

fn check(json: &str, expected: &str) {
    assert_eq!(pretty(json), format!("{expected}\n"), "{json}");
}

#[test]
fn the_answer_of_heras_readme_is_laid_out_as_there() {
    check(
        r#"{"1f11bbbb-df7a-47c5-8ba7-662f70261673":{"host":"10.1.1.1","port":12345,"updated_at":"2012-12-18T13:27:01Z"}}"#,
        r#"{
  "1f11bbbb-df7a-47c5-8ba7-662f70261673": {
    "host": "10.1.1.1",
    "port": 12345,
    "updated_at": "2012-12-18T13:27:01Z"
  }
}"#,
    );
}

#[test]
fn what_is_empty_stays_on_its_line() {
    check("{}", "{}");
    check("[]", "[]");
    check("{ }", "{}");
    check(r#"{"a":{},"b":[ ]}"#, "{\n  \"a\": {},\n  \"b\": []\n}");
}

#[test]
fn arrays_have_one_item_per_line() {
    check(
        r#"{"a":[1,[2,{"b":[]}],"c"]}"#,
        "{\n  \"a\": [\n    1,\n    [\n      2,\n      {\n        \"b\": []\n      }\n    ],\n    \"c\"\n  ]\n}",
    );
}

#[test]
fn strings_numbers_and_order_stay_as_they_are() {
    check(
        r#"{"z":1.0,"a":1e400,"s":"{\"x\": [1,2]}\\","e":"\u00e9é , : "}"#,
        "{\n  \"z\": 1.0,\n  \"a\": 1e400,\n  \"s\": \"{\\\"x\\\": [1,2]}\\\\\",\n  \"e\": \"\\u00e9é , : \"\n}",
    );
}

#[test]
fn space_that_was_there_is_replaced() {
    check(
        "{ \"a\" :\t[ 1 ,\r\n2 ] }",
        "{\n  \"a\": [\n    1,\n    2\n  ]\n}",
    );
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no such number", |number| number.is_finite())
            .prop_map(|number| json!(number)),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..5).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn the_layout_is_that_of_every_other_printer_by_two(value in value()) {
        let expected = format!("{}\n", serde_json::to_string_pretty(&value).expect("JSON"));
        prop_assert_eq!(pretty(&value.to_string()), expected.as_str());
        prop_assert_eq!(pretty(&expected), expected.as_str(), "laying out twice changes nothing");
    }

    #[test]
    fn text_that_is_not_json_comes_back_in_some_layout(text in "[\\[\\]{}\",:\\\\a1 \n]{0,40}|\\PC{0,40}") {
        let kept = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(kept(&pretty(&text)), kept(&text));
    }
}
