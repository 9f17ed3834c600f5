//! Digests: what a node tells of all it holds, and that it is the same wherever the same is held.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::time::Duration;

use clockwork::{Node, START, gone, live, origin};
use vestal_core::catalog::{End, OriginView};
use vestal_core::id::Sequence;
use vestal_core::limits::ORIGINS_MAX;
use vestal_core::replication::{Exchange, Message, OriginDigest};
use vestal_core::time::{Beat, WallMillis};

fn view(node: &Node, of: &Node) -> OriginView {
    node.catalog.origin_view(&of.origin()).expect("a known origin")
}

/// Expects b's digest at a to be the same as at b itself.
fn check_same(a: &Node, b: &Node) {
    let (heard, own) = (view(a, b), view(b, b));
    assert_eq!(
        (heard.head, heard.hash, heard.instances),
        (own.head, own.hash, own.instances)
    );
}

#[test]
fn a_digest_is_the_same_at_the_origin_and_wherever_all_of_it_was_heard() {
    let (a, b) = (Node::named("a"), Node::named("b"));
    b.put("s", "i", "{}");
    b.put("s", "j", "{}");
    a.hear(&b);
    check_same(&a, &b);
    b.put("s", "i", r#"{"port":2}"#);
    b.remove("s", "j");
    assert_ne!(view(&a, &b).hash, view(&b, &b).hash);
    a.hear(&b);
    check_same(&a, &b);
    b.remove("s", "i");
    a.hear(&b);
    check_same(&a, &b);
    assert_eq!(
        view(&a, &b).hash,
        0,
        "marks of deletion are not in it, so they may be forgotten at any time"
    );
}

#[test]
fn a_digest_tells_service_id_and_version_apart() {
    let hash = |service: &str, id: &str, version: u64| {
        let node = Node::named("a");
        let b = origin("b", 1);
        node.apply(&clockwork::batch(&b, 0, &[live(service, id, 1, version, "{}")]));
        node.catalog.origin_view(&b).expect("a known origin").hash
    };
    let of = hash("s", "i", START);
    for other in [
        hash("t", "i", START),
        hash("s", "j", START),
        hash("s", "i", START + 1),
        hash("si", "i", START),
    ] {
        assert_ne!(of, other);
    }
    assert_eq!(of, hash("s", "i", START));
}

#[test]
fn a_heartbeat_does_not_change_the_digest() {
    let node = Node::named("a");
    node.put("s", "i", r#"{"updated_at":1}"#);
    let before = view(&node, &node).hash;
    for beat in 2..10 {
        node.put("s", "i", &format!(r#"{{"updated_at":{beat}}}"#));
        node.pass(Duration::from_secs(60));
    }
    assert_eq!(
        view(&node, &node).hash,
        before,
        "not even when the new body is told to peers"
    );
}

#[test]
fn an_ended_entry_leaves_the_digest() {
    let node = Node::named("a");
    let b = origin("b", 1);
    let told = [
        live("s", "i", 1, START, "{}"),
        gone("s", "j", 2, START, End::Expired),
    ];
    node.apply(&clockwork::batch(&b, 0, &told));
    let with_one = node.catalog.origin_view(&b).expect("a known origin");
    assert_eq!((with_one.instances, with_one.head), (1, Sequence(2)));
    node.apply(&clockwork::batch(
        &b,
        2,
        &[gone("s", "i", 3, START + 1, End::Removed)],
    ));
    assert_eq!(
        node.catalog
            .origin_view(&b)
            .map(|view| (view.instances, view.hash)),
        Some((0, 0))
    );
}

#[test]
fn this_node_comes_first_and_its_word_has_no_age() {
    let (a, b) = (Node::named("z"), Node::named("b"));
    a.hear(&b);
    a.pass(Duration::from_secs(3));
    let origins = a.catalog.origins();
    let told: Vec<_> = origins
        .iter()
        .map(|view| (view.origin.node.as_str(), view.is_own, view.age))
        .collect();
    assert_eq!(
        told,
        [("z", true, Duration::ZERO), ("b", false, Duration::from_secs(3))]
    );
}

fn exchange(count: usize) -> Exchange {
    let digest = |life: usize| OriginDigest {
        origin: origin("b", life as u64),
        head: Sequence(1),
        instances: 1,
        hash: 1,
        beat: Beat(1),
        age: Duration::ZERO,
    };
    Exchange {
        from: origin("b", 1),
        wall: WallMillis(START),
        is_ready: true,
        origins: (0..count).map(digest).collect(),
    }
}

#[test]
fn an_exchange_of_more_origins_than_anybody_takes_up_is_cut() {
    for (sent, kept) in [
        (2 * ORIGINS_MAX, 2 * ORIGINS_MAX),
        (2 * ORIGINS_MAX + 5, 2 * ORIGINS_MAX),
    ] {
        let frame = Message::Exchange(exchange(sent)).encode();
        let Ok(Message::Exchange(read)) = Message::decode(&frame[4..]) else {
            panic!("an exchange")
        };
        assert_eq!(read.origins.len(), kept);
    }
}
