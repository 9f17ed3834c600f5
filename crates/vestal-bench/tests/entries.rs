//! The shape of what is registered: ids like UUIDs, bodies of one length, heartbeats that change one field.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use vestal_bench::entry::{self, BODY_BYTES, ID_BYTES};
use vestal_bench::load::work::Fleet;

fn body(number: u64, stamp: u64) -> serde_json::Value {
    let mut out = Vec::new();
    entry::push_body(&mut out, number, stamp);
    assert_eq!(out.len(), BODY_BYTES);
    serde_json::from_slice(&out).expect("a body is JSON")
}

#[test]
fn ids_have_the_form_of_a_uuid_and_differ() {
    let ids: BTreeSet<String> = (0..10_000).map(entry::id).collect();
    assert_eq!(ids.len(), 10_000);
    for id in ids {
        assert_eq!(id.len(), ID_BYTES);
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}

#[test]
fn a_heartbeat_changes_updated_at_and_nothing_else() {
    let (mut first, mut second) = (body(17, 0), body(17, 86_399));
    assert_eq!(first["updated_at"], "2012-12-01T00:00:00Z");
    assert_eq!(second["updated_at"], "2012-12-01T23:59:59Z");
    for value in [&mut first, &mut second] {
        value.as_object_mut().expect("an object").remove("updated_at");
    }
    assert_eq!(first, second);
}

#[test]
fn a_put_states_the_length_of_its_body() {
    let mut request = Vec::new();
    Fleet::of("storage", 1_000, 100).push_put(&mut request, 123, 4);
    let text = String::from_utf8(request).expect("ASCII");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("PUT /storage-3/"), "{head}");
    assert!(
        head.contains(&format!("content-length: {}", body.len())),
        "{head}"
    );
    assert_eq!(body.len(), BODY_BYTES);
}
