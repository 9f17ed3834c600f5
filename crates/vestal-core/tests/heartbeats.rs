//! Which differences between two bodies are only a heartbeat.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use clockwork::{Node, config};
use proptest::prelude::*;
use vestal_core::catalog::{CatalogConfig, Put, Refusal};

fn put(node: &Node, body: &[u8]) -> Result<Put, Refusal> {
    node.catalog.put(node.wall(), "s", "i", None, body)
}

/// Registers `stored`, then puts `new` with the volatile members `updated_at` and `beat`.
fn check_renewal(stored: &str, new: &str, is_renewal: bool) {
    let volatile = vec!["updated_at".to_owned(), "beat".to_owned()];
    let node = Node::with(CatalogConfig {
        volatile,
        ..config("a")
    });
    put(&node, stored.as_bytes()).expect("a registration");
    let expected = if is_renewal { Put::Renewed } else { Put::Changed };
    assert_eq!(put(&node, new.as_bytes()), Ok(expected), "{stored} then {new}");
    assert_eq!(node.answer("s"), format!(r#"{{"i":{new}}}"#));
}

#[test]
fn volatile_values_may_be_anything() {
    for value in [
        "1",
        "\"x\"",
        "null",
        "{\"deep\":[1]}",
        "\"\\u0041\"",
        "1e30",
        "-1",
        "true",
    ] {
        check_renewal(
            r#"{"a":1,"updated_at":0}"#,
            &format!(r#"{{"a":1,"updated_at":{value}}}"#),
            true,
        );
        check_renewal(
            &format!(r#"{{"a":1,"updated_at":{value}}}"#),
            r#"{"a":1,"updated_at":0}"#,
            true,
        );
    }
}

#[test]
fn volatile_members_may_come_go_and_stand_anywhere() {
    check_renewal(r#"{"a":1}"#, r#"{"updated_at":1,"a":1}"#, true);
    check_renewal(r#"{"a":1,"updated_at":1}"#, r#"{"a":1}"#, true);
    check_renewal(
        r#"{"a":1,"updated_at":1,"b":2}"#,
        r#"{"beat":3,"a":1,"b":2,"updated_at":9}"#,
        true,
    );
    check_renewal(r#"{"updated_at":1}"#, "{}", true);
}

#[test]
fn other_members_must_be_the_same_in_the_same_order() {
    check_renewal(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, false);
    check_renewal(r#"{"a":1}"#, r#"{"a":1,"b":2}"#, false);
    check_renewal(r#"{"a":1}"#, r#"{"a":1.0}"#, false);
    check_renewal(r#"{"a":{"updated_at":1}}"#, r#"{"a":{"updated_at":2}}"#, false);
    check_renewal(r#"{"Updated_at":1}"#, r#"{"Updated_at":2}"#, false);
}

#[test]
fn space_between_members_means_nothing() {
    check_renewal(r#"{"a":1,"b":2}"#, r#"{ "a" : 1 , "b":2 }"#, true);
}

#[test]
fn a_member_is_known_by_its_name_however_it_is_written() {
    check_renewal(
        r#"{"a":1,"\u0075pdated_at":1}"#,
        r#"{"a":1,"\u0075pdated_at":2}"#,
        true,
    );
    check_renewal(
        r#"{"a":1,"updated_at":1}"#,
        r#"{"a":1,"\u0075pdated_at":2}"#,
        true,
    );
    check_renewal(r#"{"\u0061":1}"#, r#"{"a":1}"#, true);
    check_renewal(r#"{"updated\\u005fat":1}"#, r#"{"updated\\u005fat":2}"#, false);
}

#[test]
fn every_one_of_several_members_of_one_name_counts() {
    check_renewal(r#"{"a":1,"a":2}"#, r#"{"a":1,"a":3}"#, false);
    check_renewal(r#"{"a":1,"a":2}"#, r#"{"a":2}"#, false);
    check_renewal(
        r#"{"updated_at":1,"updated_at":2,"a":1}"#,
        r#"{"updated_at":3,"updated_at":4,"a":1}"#,
        true,
    );
    let many = |beat: u32| format!("{{{}\"a\":1}}", format!("\"beat\":{beat},").repeat(9));
    check_renewal(&many(1), &many(2), true);
    check_renewal(&many(1), &many(2).replace("\"a\":1", "\"a\":2"), false);
}

#[test]
fn a_volatile_value_of_the_same_length_cannot_hide_another_member() {
    check_renewal(
        r#"{"updated_at":"1","b":"2"}"#,
        r#"{"updated_at":"1\",\"b\":\"2"}"#,
        false,
    );
    check_renewal(
        r#"{"updated_at":"1\",\"b\":\"2"}"#,
        r#"{"updated_at":"1","bbb":"222"}"#,
        false,
    );
    check_renewal(
        r#"{"updated_at":1,"b":2}"#,
        r#"{"updated_at":"1,\"b\":2"}"#.replace("\\\"", "'").as_str(),
        false,
    );
    check_renewal(r#"{"updated_at":1,"b":2}"#, r#"{"updated_at":123456}"#, false);
    check_renewal(
        r#"{"updated_at":[1],"b":2}"#,
        r#"{"updated_at":[1,"b",2]}"#,
        false,
    );
    check_renewal(
        r#"{"updated_at":123456789,"c":1}"#,
        r#"{"updated_at":1,"b":2345,"c":1}"#,
        false,
    );
}

/// What takes the place of a plain value without being parsed must be what every reader takes.
#[test]
fn a_string_of_digits_cannot_give_its_place_to_a_great_number() {
    let string = |length: usize| format!(r#"{{"a":1,"updated_at":"{}"}}"#, "1".repeat(length - 2));
    let number = |length: usize| format!(r#"{{"a":1,"updated_at":{}}}"#, "9".repeat(length));
    for length in [17, 18, 19, 20, 300] {
        check_renewal(&string(length), &number(length), true);
        check_renewal(&number(length), &string(length), true);
    }
    let node = Node::named("a");
    put(&node, string(400).as_bytes()).expect("a registration");
    let refused = put(&node, number(400).as_bytes());
    assert!(matches!(refused, Err(Refusal::BodyNotJson { .. })), "{refused:?}");
    assert_eq!(node.answer("s"), format!(r#"{{"i":{}}}"#, string(400)));
}

#[test]
fn without_volatile_members_only_the_same_body_renews() {
    let node = Node::with(CatalogConfig {
        volatile: Vec::new(),
        ..config("a")
    });
    assert_eq!(put(&node, br#"{"updated_at":1}"#), Ok(Put::Registered));
    assert_eq!(put(&node, br#"{"updated_at":1}"#), Ok(Put::Renewed));
    assert_eq!(put(&node, br#"{"updated_at":2}"#), Ok(Put::Changed));
}

/// A member as it is written, and its name as it is meant.
type Written = (&'static str, &'static str, &'static str);

fn member() -> impl Strategy<Value = Written> {
    let key = prop_oneof![
        3 => Just(("\"updated_at\"", "updated_at")),
        1 => Just(("\"\\u0075pdated_at\"", "updated_at")),
        1 => Just(("\"beat\"", "beat")),
        2 => Just(("\"a\"", "a")),
        1 => Just(("\"\\u0061\"", "a")),
        1 => Just(("\"b\"", "b")),
    ];
    let value = prop::sample::select(vec![
        "1",
        "2",
        "10",
        "12",
        "\"x\"",
        "\"y\"",
        "\"\\\"\"",
        "\"é\"",
        "null",
        "{}",
        "[1]",
        "\",\\\"b\\\":\"",
        "1e30",
        "-1",
        "{\"a\":1}",
    ]);
    (key, value).prop_map(|((written, meant), value)| (written, meant, value))
}

fn body() -> impl Strategy<Value = Vec<Written>> {
    prop::collection::vec(member(), 0..5)
}

fn text(members: &[Written]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(key, _, value)| format!("{key}:{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// What is left of a body without its volatile members: the model of what a heartbeat must leave as it is.
fn significant(members: &[Written]) -> Vec<(&'static str, &'static str)> {
    let kept = members
        .iter()
        .filter(|(_, name, _)| !["updated_at", "beat"].contains(name));
    kept.map(|&(_, name, value)| (name, value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_put_renews_exactly_if_nothing_but_volatile_members_differs(
        bodies in prop::collection::vec(body(), 2..6),
        repeat in any::<prop::sample::Index>(),
    ) {
        let volatile = vec!["updated_at".to_owned(), "beat".to_owned()];
        let node = Node::with(CatalogConfig { volatile, ..config("a") });
        let mut bodies = bodies;
        bodies.push(bodies[repeat.index(bodies.len())].clone());
        let mut before: Option<Vec<Written>> = None;
        for members in bodies {
            let expected = match &before {
                None => Put::Registered,
                Some(before) if significant(before) == significant(&members) => Put::Renewed,
                Some(_) => Put::Changed,
            };
            let text = text(&members);
            prop_assert_eq!(put(&node, text.as_bytes()), Ok(expected), "{:?} then {}", before, text);
            prop_assert_eq!(node.answer("s"), format!("{{\"i\":{}}}", text));
            before = Some(members);
        }
    }

    #[test]
    fn a_heartbeat_whose_bytes_are_tampered_with_is_judged_by_what_it_says(
        at in any::<prop::sample::Index>(),
        byte in prop::sample::select(b"\"\\,:{}[]0129 ab_u\n".to_vec()),
        stored in body(),
    ) {
        let stored = text(&stored);
        let mut new = stored.clone().into_bytes();
        let at = at.index(new.len());
        new[at] = byte;
        let Ok(new) = String::from_utf8(new) else { return Ok(()) };
        let node = Node::named("a");
        put(&node, stored.as_bytes()).expect("a registration");
        let model = |text: &str| -> Option<Vec<(String, String)>> {
            let object: Members = serde_json::from_str(text).ok()?;
            Some(object.0.into_iter().filter(|(key, _)| key != "updated_at").collect())
        };
        let expected = match (model(&stored), model(&new)) {
            (Some(before), Some(after)) if before == after => Some(Put::Renewed),
            (_, Some(_)) => Some(Put::Changed),
            (_, None) => None,
        };
        prop_assert_eq!(put(&node, new.as_bytes()).ok(), expected, "{} then {}", stored, new);
    }
}

/// The members of an object in their order, repeated ones too, with their values as text.
struct Members(Vec<(String, String)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> serde::de::Visitor<'de> for Visit {
            type Value = Members;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value = map.next_value::<Box<serde_json::value::RawValue>>()?;
                    let is_broken_over_lines = value.get().contains(['\n', ' ']);
                    let value = if is_broken_over_lines {
                        value.get().replace(['\n', ' '], "")
                    } else {
                        value.get().to_owned()
                    };
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}
