//! The table of problem codes against everything that is made from it.

use std::collections::BTreeSet;
use std::path::Path;

use vestal_api::{Problem, ProblemCode, problem};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/problems.md");

#[test]
fn the_reference_page_is_the_table() {
    let expected = problem::reference_page();
    if std::env::var_os("VESTAL_BLESS").is_some() {
        std::fs::write(PAGE, &expected).expect("the reference page can be written");
    }
    let found = std::fs::read_to_string(Path::new(PAGE)).unwrap_or_default();
    assert!(
        found == expected,
        "docs/reference/problems.md differs from the table; renew it: VESTAL_BLESS=1 cargo test -p vestal-api"
    );
}

#[test]
fn codes_are_distinct_and_read_back() {
    let distinct: BTreeSet<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(distinct.len(), ProblemCode::ALL.len());
    for code in ProblemCode::ALL {
        assert_eq!(ProblemCode::parse(code.as_str()), Some(*code));
        assert!((400..600).contains(&code.status()), "{code} is a refusal");
    }
}

#[test]
fn a_problem_of_a_newer_node_is_still_read() {
    let text =
        r#"{"type":"urn:vestal:problem:new","title":"New","status":418,"detail":"d","code":"new","extra":1}"#;
    let read: Problem = serde_json::from_str(text).expect("unknown codes and members are tolerated");
    assert_eq!(read.code(), None);
    assert_eq!(read.status, 418);
}
