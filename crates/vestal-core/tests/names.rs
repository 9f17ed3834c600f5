//! Which names are accepted: of services, instances and nodes.
#![allow(clippy::expect_used)]

use proptest::prelude::*;
use vestal_core::id::{NameError, NodeName, check_instance_id, check_service_name};

fn check_service(name: &str, expected: Result<(), NameError>) {
    assert_eq!(check_service_name(name), expected, "{name:?}");
}

fn check_id(id: &str, expected: Result<(), NameError>) {
    assert_eq!(check_instance_id(id), expected, "{id:?}");
}

#[test]
fn a_service_is_named_by_letters_digits_dots_underscores_and_dashes() {
    for name in ["a", "Z", "0", "storage", "a.b_c-d", "9lives", &"x".repeat(128)] {
        check_service(name, Ok(()));
    }
}

#[test]
fn a_refused_service_name_is_told_what_is_wrong_with_it() {
    check_service("", Err(NameError::Empty));
    check_service(&"x".repeat(129), Err(NameError::TooLong { bytes: 129, max: 128 }));
    for found in ['_', '.', '-', ' ', '/', 'é', '\u{0}'] {
        check_service(&format!("{found}a"), Err(NameError::BadStart { found }));
    }
    for found in [' ', '/', '%', '"', 'é', '\u{ff10}', '\u{0}', '\n', '\u{7f}', ':'] {
        check_service(&format!("a{found}b"), Err(NameError::BadCharacter { found }));
    }
}

#[test]
fn the_length_of_a_service_name_is_judged_before_its_characters() {
    check_service(&"é".repeat(65), Err(NameError::TooLong { bytes: 130, max: 128 }));
}

#[test]
fn an_id_is_any_text_without_control_characters() {
    for id in [
        "a",
        " ",
        "_",
        "a/b",
        "a b",
        "\"",
        "\\",
        "{}",
        "日本",
        "\u{a0}",
        "\u{feff}",
        &"x".repeat(256),
    ] {
        check_id(id, Ok(()));
    }
}

#[test]
fn a_refused_id_is_told_what_is_wrong_with_it() {
    check_id("", Err(NameError::Empty));
    check_id(&"x".repeat(257), Err(NameError::TooLong { bytes: 257, max: 256 }));
    check_id(&"é".repeat(129), Err(NameError::TooLong { bytes: 258, max: 256 }));
    for found in [
        '\u{0}', '\n', '\t', '\u{1f}', '\u{7f}', '\u{80}', '\u{85}', '\u{9f}',
    ] {
        check_id(&format!("a{found}"), Err(NameError::ControlCharacter { found }));
    }
}

#[test]
fn a_node_is_named_like_a_service_but_shorter() {
    assert_eq!(
        NodeName::parse("node-1").map(|node| node.to_string()),
        Ok("node-1".to_owned())
    );
    assert!(NodeName::parse(&"n".repeat(64)).is_ok());
    assert_eq!(
        NodeName::parse(&"n".repeat(65)),
        Err(NameError::TooLong { bytes: 65, max: 64 })
    );
    assert_eq!(NodeName::parse("-n"), Err(NameError::BadStart { found: '-' }));
}

proptest! {
    #[test]
    fn a_service_name_is_accepted_exactly_if_it_is_of_the_documented_form(name in "\\PC{0,6}|[A-Za-z0-9._-]{0,140}") {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let expected = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.len() <= 128 && name.chars().all(is_token);
        prop_assert_eq!(check_service_name(&name).is_ok(), expected);
    }

    #[test]
    fn an_id_is_accepted_exactly_if_it_is_of_the_documented_form(id in "(?s).{0,8}|[a-zé]{0,300}") {
        let expected = !id.is_empty() && id.len() <= 256 && !id.chars().any(char::is_control);
        prop_assert_eq!(check_instance_id(&id).is_ok(), expected);
    }
}
