//! When a starting node answers readers: never before it holds what its peers held, unless they keep it waiting too long.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;
#[path = "clockwork/member.rs"]
mod member;

use std::time::Duration;

use clockwork::{LEASE_TTL, Node, name, origin};
use member::{JOIN_TIMEOUT, Member, fetches, notices, offers};
use vestal_core::id::Incarnation;
use vestal_core::replication::Input;
use vestal_core::replication::effects::Notice;

const ROUND: Duration = Duration::from_millis(100);

/// A peer `b` that answers readers and holds one instance.
fn ready_peer() -> Member {
    let peer = Member::ready("b", &["a"]);
    peer.node.put("s", "i", "{}");
    peer
}

#[test]
fn a_node_without_peers_is_ready_at_once() {
    assert!(Member::joining("a", &[]).replica.is_ready());
}

#[test]
fn a_starting_node_asks_all_its_peers_again_and_again_but_none_twice_at_once() {
    let mut a = Member::joining("a", &["b", "c"]);
    assert_eq!(offers(&a.pass(ROUND)), ["b", "c"]);
    assert_eq!(offers(&a.pass(ROUND * 5)), [""; 0], "nobody has answered yet");
    a.handle(Input::ExchangeFailed {
        peer: name("c"),
        error: "refused".to_owned(),
    });
    assert_eq!(offers(&a.pass(ROUND)), ["c"]);
    assert!(!a.replica.is_ready());
}

#[test]
fn a_node_is_ready_when_a_ready_peer_has_nothing_that_it_lacks() {
    let mut a = Member::joining("a", &["b", "c"]);
    a.pass(ROUND);
    let told = a.hear(&Member::ready("b", &["a"]));
    assert_eq!(notices(&told), [&Notice::Ready { synced: 1, silent: 1 }]);
    assert!(a.replica.is_ready());
}

#[test]
fn a_peer_that_starts_too_is_not_enough_until_all_have_answered() {
    let mut a = Member::joining("a", &["b", "c"]);
    a.hear(&Member::joining("b", &["a"]));
    assert!(!a.replica.is_ready());
    let told = a.hear(&Member::joining("c", &["a"]));
    assert_eq!(
        notices(&told),
        [&Notice::Ready { synced: 2, silent: 0 }],
        "an empty cluster starts"
    );
}

#[test]
fn what_a_peer_held_when_it_answered_must_have_come() {
    let b = ready_peer();
    let mut a = Member::joining("a", &["b"]);
    a.hear(&b);
    assert!(!a.replica.is_ready());
    a.handle(Input::Batch {
        peer: b.name(),
        batch: b.node.own_news(),
    });
    assert!(a.replica.is_ready());
    assert!(a.node.has("s", "i"));
}

#[test]
fn what_a_peer_came_to_hold_later_is_not_waited_for() {
    let b = ready_peer();
    let mut a = Member::joining("a", &["b"]);
    a.hear(&b);
    let first = b.node.own_news();
    b.node.put("s", "later", "{}");
    a.hear(&b);
    a.handle(Input::Batch {
        peer: b.name(),
        batch: first,
    });
    assert!(a.replica.is_ready());
}

#[test]
fn a_part_of_what_a_peer_held_is_not_enough() {
    let b = ready_peer();
    b.node.put("s", "j", "{}");
    let mut a = Member::joining("a", &["b"]);
    a.hear(&b);
    let part = b
        .node
        .catalog
        .batch(&b.node.origin(), vestal_core::id::Sequence(0), 1)
        .expect("our own log");
    assert!(part.has_more());
    a.handle(Input::Batch {
        peer: b.name(),
        batch: part,
    });
    assert!(!a.replica.is_ready());
}

#[test]
fn a_peer_without_a_stream_is_asked_for_what_it_holds() {
    let b = ready_peer();
    let mut a = Member::joining("a", &["b"]);
    a.stream("b", false);
    let effects = a.hear(&b);
    let [(to, fetch)] = fetches(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (to, &fetch.origin, fetch.is_listing),
        ("b", &b.node.origin(), false)
    );
    let others = a.fetch(&b, effects);
    assert!(
        notices(&others).contains(&&Notice::Ready { synced: 1, silent: 0 }),
        "{others:?}"
    );
}

#[test]
fn a_wiped_node_gets_back_what_it_was_told_in_its_earlier_life() {
    let earlier = Node::with(vestal_core::catalog::CatalogConfig {
        incarnation: Incarnation(clockwork::START - 1),
        ..clockwork::config("a")
    });
    earlier.put("s", "i", "{}");
    let b = Member::ready("b", &["a"]);
    b.node.hear(&earlier);
    let mut a = Member::joining("a", &["b"]);
    let effects = a.hear(&b);
    assert!(!a.replica.is_ready(), "an empty answer would be untrue");
    let others = a.fetch(&b, effects);
    assert_eq!(notices(&others).len(), 1);
    assert!(a.replica.is_ready());
    assert!(a.node.has("s", "i"));
    a.node.renew("s", "i");
    assert_eq!(
        a.node.catalog.lapse(&earlier.origin()),
        0,
        "it has moved to the new life"
    );
}

#[test]
fn an_origin_that_nobody_has_heard_of_for_long_is_not_waited_for() {
    let mut b = ready_peer();
    let gone = Node::with(clockwork::config("gone"));
    gone.put("s", "old", "{}");
    b.node.hear(&gone);
    b.node.pass(LEASE_TTL);
    let mut a = Member::joining("a", &["b"]);
    a.hear(&b);
    a.handle(Input::Batch {
        peer: b.name(),
        batch: b.node.own_news(),
    });
    assert!(a.replica.is_ready());
    b.pass(ROUND);
    assert_eq!(
        b.node.catalog.origin_view(&origin("gone", clockwork::START)),
        None
    );
}

#[test]
fn peers_that_keep_silent_are_waited_for_no_longer_than_the_time_out() {
    let mut a = Member::joining("a", &["b", "c"]);
    a.pass(JOIN_TIMEOUT - ROUND);
    assert!(!a.replica.is_ready());
    let told = a.pass(ROUND);
    assert_eq!(notices(&told), [&Notice::Ready { synced: 0, silent: 2 }]);
}

#[test]
fn a_peer_that_is_still_telling_is_waited_for() {
    let b = ready_peer();
    for number in 0..4 {
        b.node.put("s", &number.to_string(), "{}");
    }
    let mut a = Member::joining("a", &["b"]);
    a.hear(&b);
    let tell_one = |a: &mut Member| {
        let origin = b.node.origin();
        let after = a.node.catalog.head(&origin);
        let batch = b.node.catalog.batch(&origin, after, 1).expect("our own log");
        a.handle(Input::Batch {
            peer: b.name(),
            batch,
        });
    };
    for _ in 0..4 {
        a.pass(JOIN_TIMEOUT - ROUND);
        tell_one(&mut a);
    }
    a.pass(JOIN_TIMEOUT - ROUND);
    assert!(!a.replica.is_ready(), "one is left to be told");
    let told = a.pass(ROUND);
    assert_eq!(
        notices(&told),
        [&Notice::Ready { synced: 0, silent: 1 }],
        "it has fallen silent"
    );
}

#[test]
fn a_stall_while_starting_does_not_use_up_the_time_out() {
    let mut a = Member::joining("a", &["b"]);
    a.node.stand_still(JOIN_TIMEOUT * 10);
    a.handle(Input::Tick);
    assert!(!a.replica.is_ready());
}
