//! What readers of a service get: its shape, its order, its validators.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::sync::Arc;

use bytes::Bytes;
use clockwork::{Node, START, config, origin};
use proptest::prelude::*;
use vestal_core::catalog::{CatalogConfig, Encoding};
use vestal_core::id::Incarnation;
use vestal_core::time::TICK;

fn check(ids: &[&str], expected: &str) {
    let node = Node::named("a");
    for id in ids {
        node.put("s", id, "{}");
    }
    assert_eq!(node.answer("s"), expected);
    node.audit();
}

#[test]
fn an_answer_maps_ids_to_bodies_in_the_order_of_ids() {
    check(&["i"], r#"{"i":{}}"#);
    check(
        &["b", "a", "B", "10", "9", "é"],
        r#"{"10":{},"9":{},"B":{},"a":{},"b":{},"é":{}}"#,
    );
}

#[test]
fn ids_are_written_as_json() {
    check(
        &["a\"b", "a\\b", "a/b", "日本"],
        r#"{"a\"b":{},"a/b":{},"a\\b":{},"日本":{}}"#,
    );
}

#[test]
fn bodies_come_back_as_they_were_sent() {
    let node = Node::named("a");
    let body = r#"{ "z": 1.0, "a" : [ 1e300, "\u00e9" ], "a": null }"#;
    node.put("s", "i", body);
    assert_eq!(node.answer("s"), format!(r#"{{"i":{body}}}"#));
    assert_eq!(node.catalog.body("s", "i").as_deref(), Some(body.as_bytes()));
    assert_eq!(
        node.catalog.instance("s", "i").map(|view| view.body),
        Some(Bytes::from(body))
    );
}

#[test]
fn a_service_without_instances_has_no_answer_of_its_own() {
    let node = Node::named("a");
    assert!(node.catalog.answer("s").is_none());
    assert!(node.catalog.instances("s").is_none());
    node.put("s", "i", "{}");
    node.remove("s", "i");
    assert!(node.catalog.answer("s").is_none());
    assert!(node.catalog.instances("s").is_none());
}

#[test]
fn a_heartbeat_moves_neither_index_nor_etag_but_its_body_is_shown() {
    let node = Node::named("a");
    node.put("s", "i", r#"{"port":1,"updated_at":1}"#);
    let (index, etag, of_node) = (node.index_of("s"), node.etag("s"), node.catalog.index());
    for beat in 2..5 {
        let body = format!(r#"{{"port":1,"updated_at":{beat}}}"#);
        node.put("s", "i", &body);
        assert_eq!(node.answer("s"), format!(r#"{{"i":{body}}}"#));
        assert_eq!(
            (node.index_of("s"), node.etag("s"), node.catalog.index()),
            (index, etag.clone(), of_node)
        );
    }
}

#[test]
fn every_visible_change_moves_index_and_etag() {
    let node = Node::named("a");
    let mut seen = vec![(node.catalog.index(), String::new())];
    let mut note = |what: &str| {
        // Of a service without instances a reader is told the node's index.
        let now = match node.catalog.answer("s") {
            Some(_) => (node.index_of("s"), node.etag("s")),
            None => (node.catalog.index(), format!("none {}", node.catalog.index())),
        };
        assert!(
            seen.iter().all(|before| before.0 < now.0 && before.1 != now.1),
            "{what}: {now:?}"
        );
        seen.push(now);
    };
    node.put("s", "i", r#"{"port":1}"#);
    note("a registration");
    node.put("s", "i", r#"{"port":2}"#);
    note("a change");
    node.put("s", "j", "{}");
    note("a second registration");
    node.remove("s", "j");
    note("a removal");
    node.pass(clockwork::LEASE_TTL + TICK * 10);
    note("an expiry");
    node.put("s", "i", r#"{"port":2}"#);
    note("a registration after the expiry");
}

#[test]
fn a_change_of_one_service_does_not_move_another() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    let (index, etag) = (node.index_of("s"), node.etag("s"));
    node.put("t", "i", "{}");
    assert_eq!((node.index_of("s"), node.etag("s")), (index, etag));
    assert!(node.catalog.index() > index);
}

#[test]
fn unchanged_answers_are_shared_and_so_are_their_compressed_forms() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    let first = node.catalog.answer("s").expect("an answer");
    assert!(first.encoded(Encoding::Gzip).is_none());
    first.encoded_or_init(Encoding::Gzip, |body| body.slice(..1));
    let second = node.catalog.answer("s").expect("an answer");
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(
        second.encoded(Encoding::Gzip).map(|body| &body[..]),
        Some(&b"{"[..])
    );
    assert!(second.encoded(Encoding::Zstd).is_none());
    node.put("s", "i", r#"{"updated_at":1}"#);
    let third = node.catalog.answer("s").expect("an answer");
    assert!(
        third.encoded(Encoding::Gzip).is_none(),
        "a heartbeat's body needs compressing anew"
    );
}

#[test]
fn etags_of_two_lives_or_two_nodes_never_meet() {
    let etag = |node: &str, life: u64| {
        let node = Node::with(CatalogConfig {
            incarnation: Incarnation(life),
            ..config(node)
        });
        node.put("s", "i", "{}");
        node.etag("s")
    };
    assert_ne!(etag("a", START), etag("a", START + 1));
    assert_ne!(etag("a", START), etag("b", START));
    assert_eq!(etag("a", START), etag("a", START));
    assert!(etag("a", START).starts_with("W/\""));
}

#[test]
fn a_view_tells_who_keeps_the_lease_and_how_long_it_lasts() {
    let (node, keeper) = (Node::named("a"), Node::named("b"));
    node.put("s", "own", "{}");
    keeper.put("s", "theirs", "{}");
    node.hear(&keeper);
    node.pass(TICK * 10);
    let (index, views) = node.catalog.instances("s").expect("two instances");
    assert_eq!(index, node.index_of("s"));
    assert_eq!(
        views.iter().map(|view| view.id.as_str()).collect::<Vec<_>>(),
        ["own", "theirs"]
    );
    let (own, theirs) = (&views[0], &views[1]);
    assert_eq!((own.origin.as_str(), theirs.origin.as_str()), ("a", "b"));
    assert!(
        own.lease_left
            .is_some_and(|left| left <= clockwork::LEASE_TTL && left >= clockwork::LEASE_TTL - TICK * 11)
    );
    assert_eq!(theirs.lease_left, None);
    assert_eq!(
        theirs.age,
        TICK * 10,
        "since its origin was last known to be alive"
    );
    assert!(theirs.reason.contains("b keeps its lease"), "{}", theirs.reason);
    assert_eq!(origin("b", START), keeper.origin());
}

proptest! {
    #[test]
    fn an_answer_is_json_of_exactly_the_live_instances(
        ids in prop::collection::btree_set("[ -~é日]{1,8}", 0..20),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let node = Node::named("a");
        let mut left = ids.clone();
        for id in &ids {
            node.put("s", id, &format!("{{\"id\":{}}}", serde_json::to_string(id).expect("text")));
        }
        for index in removed.iter().filter(|_| !ids.is_empty()) {
            let id = ids.iter().nth(index.index(ids.len())).expect("an id");
            node.remove("s", id);
            left.remove(id);
        }
        let told: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&node.answer("s")).expect("JSON");
        prop_assert!(told.keys().eq(left.iter()));
        prop_assert!(told.iter().all(|(id, body)| body["id"] == **id));
        prop_assert_eq!(node.catalog.answer("s").map_or(0, |answer| answer.instances), left.len());
    }
}
