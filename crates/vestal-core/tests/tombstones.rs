//! Marks of deletion: how long they live, how many are kept, and what they prevent.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::time::Duration;

use clockwork::{Node, TOMBSTONE_LIFE, batch, config, live, origin};
use vestal_core::catalog::{CatalogConfig, Put};
use vestal_core::id::Sequence;

const SECOND: Duration = Duration::from_secs(1);

fn tombstones(node: &Node) -> usize {
    node.catalog.stats().tombstones
}

/// Removes an instance registered for `ttl`, and expects the mark to live for `life`.
fn check(ttl: Duration, life: Duration) {
    let node = Node::named("a");
    node.put_for("s", "i", ttl, "{}");
    node.remove("s", "i");
    assert_eq!(tombstones(&node), 1);
    assert_eq!(node.pass(life - SECOND).forgotten, 0, "{ttl:?}");
    node.audit();
    assert_eq!(node.pass(SECOND * 2).forgotten, 1, "{ttl:?}");
    assert_eq!(tombstones(&node), 0);
    assert!(node.own_news().is_empty());
    node.audit();
}

#[test]
fn a_mark_lives_as_long_as_is_set_or_twice_the_lease_it_ended() {
    check(SECOND, TOMBSTONE_LIFE);
    check(SECOND * 300, TOMBSTONE_LIFE);
    check(SECOND * 900, SECOND * 1800);
}

#[test]
fn an_expired_lease_leaves_a_mark_too() {
    let node = Node::named("a");
    node.put_for("s", "i", SECOND, "{}");
    node.pass(SECOND * 2);
    assert_eq!(tombstones(&node), 1);
    assert_eq!(node.pass(TOMBSTONE_LIFE + SECOND).forgotten, 1);
    assert_eq!(tombstones(&node), 0);
}

#[test]
fn the_mark_that_a_peer_made_lives_here_from_when_it_was_heard() {
    let (node, peer) = (Node::named("a"), Node::named("b"));
    peer.put("s", "i", "{}");
    peer.remove("s", "i");
    peer.pass(TOMBSTONE_LIFE - SECOND);
    node.hear(&peer);
    peer.pass(SECOND * 2);
    assert_eq!((tombstones(&peer), tombstones(&node)), (0, 1));
    node.pass(TOMBSTONE_LIFE + SECOND);
    assert_eq!(tombstones(&node), 0);
    node.audit();
}

#[test]
fn a_registration_takes_the_place_of_a_mark() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    let before = node.version("s", "i");
    node.remove("s", "i");
    assert_eq!(node.put("s", "i", "{}"), Put::Registered);
    assert!(node.version("s", "i") > before);
    assert_eq!(tombstones(&node), 0);
    node.put_for("s", "i", SECOND * 3600, "{}");
    assert_eq!(node.pass(TOMBSTONE_LIFE + SECOND).forgotten, 0);
    assert!(node.has("s", "i"), "the mark's deadline is not the new lease's");
    node.audit();
}

#[test]
fn a_mark_keeps_what_it_ended_from_coming_back() {
    let node = Node::named("a");
    let b = origin("b", 1);
    let removed_at = {
        node.put("s", "i", "{}");
        let version = node.version("s", "i");
        node.remove("s", "i");
        version.millis()
    };
    node.apply(&batch(&b, 0, &[live("s", "i", 1, removed_at - 1, "{}")]));
    assert!(!node.has("s", "i"));
    node.apply(&batch(&b, 1, &[live("s", "i", 2, removed_at + 1, "{}")]));
    assert!(node.has("s", "i"), "a later registration does come");
}

#[test]
fn a_mark_that_was_forgotten_leaves_the_place_free() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    node.remove("s", "i");
    node.pass(TOMBSTONE_LIFE + SECOND);
    assert_eq!(node.put("s", "i", "{}"), Put::Registered);
    assert_eq!(node.own_news().records().count(), 1);
    node.audit();
}

/// A node that keeps so many marks of deletion.
fn keeping(tombstones_max: usize) -> Node {
    Node::with(CatalogConfig {
        tombstones_max,
        ..config("a")
    })
}

#[test]
fn the_oldest_marks_go_when_there_are_too_many() {
    let node = keeping(1000);
    for number in 0..1010 {
        node.put("s", &number.to_string(), "{}");
        node.remove("s", &number.to_string());
    }
    assert_eq!(node.pass(SECOND).forgotten, 10);
    assert_eq!(tombstones(&node), 1000);
    let first = node
        .own_news()
        .records()
        .next()
        .map(|record| record.expect("a record").id.to_owned());
    assert_eq!(first.as_deref(), Some("10"));
}

/// One service lies in one shard of many: deleting all of it must not use up a share of the room.
#[test]
fn the_marks_of_one_service_may_take_all_the_room() {
    let node = keeping(1000);
    for number in 0..900 {
        node.put("s", &number.to_string(), "{}");
        node.remove("s", &number.to_string());
    }
    assert_eq!(node.pass(SECOND).forgotten, 0);
    assert_eq!(tombstones(&node), 900);
}

#[test]
fn one_instance_that_comes_and_goes_does_not_push_out_the_marks_of_others() {
    let node = keeping(1000);
    node.put("s", "quiet", "{}");
    node.remove("s", "quiet");
    for _ in 0..5000 {
        node.put("s", "restless", "{}");
        node.remove("s", "restless");
    }
    assert_eq!(node.pass(SECOND).forgotten, 0);
    assert_eq!(tombstones(&node), 2);
    node.audit();
}

#[test]
fn a_service_that_holds_only_marks_is_not_listed() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    node.remove("s", "i");
    assert_eq!(node.catalog.services(None, 10).total, 0);
    assert_eq!(node.catalog.stats().services, 0);
    assert_eq!(node.news_of(&node.origin(), Sequence(0)).records().count(), 1);
}
