//! Leases end: never early, within a second of their deadline, and later for whoever renews.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::time::Duration;

use clockwork::Node;
use proptest::prelude::*;
use vestal_core::catalog::Put;
use vestal_core::time::{LEASE_STEP_MAX, TICK};

const SECOND: Duration = Duration::from_secs(1);

/// Registers for `ttl` at `offset` within a tick and expects the end between `ttl` and a second more.
fn check(offset_ms: u64, ttl: Duration) {
    let node = Node::named("a");
    node.pass(Duration::from_millis(offset_ms));
    node.put_for("s", "i", ttl, "{}");
    node.pass(ttl);
    assert!(node.has("s", "i"), "{ttl:?} ended early at {offset_ms} ms");
    assert_eq!(
        node.pass(SECOND).expired,
        1,
        "{ttl:?} lasted a second too long at {offset_ms} ms"
    );
    assert!(!node.has("s", "i"));
    assert_eq!(node.answer("s"), "{}");
    node.audit();
}

#[test]
fn a_lease_ends_after_its_ttl_and_within_a_second() {
    for ttl in [1, 2, 90, 131, 132, 133, 262, 600] {
        check(0, SECOND * ttl);
        check(250, SECOND * ttl);
    }
}

#[test]
fn a_lease_beyond_the_wheels_horizon_ends_as_exactly_as_a_short_one() {
    let node = Node::named("a");
    node.put_for("s", "i", SECOND * 3 * 3600, "{}");
    for _ in 0..3 * 3600 * 2 {
        assert_eq!(node.stand_still(LEASE_STEP_MAX).expired, 0);
    }
    assert_eq!(node.pass(SECOND).expired, 1);
}

#[test]
fn a_lease_between_two_ticks_gets_its_whole_time() {
    let node = Node::named("a");
    node.pass(SECOND);
    // The lease clock stands at the last tick; real time may be almost a tick further.
    node.put_for("s", "i", SECOND, "{}");
    node.pass(SECOND + TICK - Duration::from_millis(1));
    assert!(node.has("s", "i"));
}

#[test]
fn whoever_renews_stays() {
    let node = Node::named("a");
    node.put_for("s", "put", SECOND * 3, "{}");
    node.put_for("s", "renew", SECOND * 3, "{}");
    node.put_for("s", "silent", SECOND * 3, "{}");
    for _ in 0..100 {
        node.pass(SECOND * 2);
        assert_eq!(node.put_for("s", "put", SECOND * 3, "{}"), Put::Renewed);
        assert_eq!(node.renew("s", "renew"), Some(Put::Renewed));
    }
    assert_eq!(node.answer("s"), r#"{"put":{},"renew":{}}"#);
    assert_eq!(node.pass(SECOND * 4).expired, 2);
    node.audit();
}

#[test]
fn a_ttl_can_be_shortened() {
    let node = Node::named("a");
    node.put_for("s", "i", SECOND * 3600, "{}");
    node.put_for("s", "i", SECOND * 2, "{}");
    node.audit();
    assert_eq!(node.pass(SECOND * 2).expired, 0);
    assert_eq!(node.pass(SECOND).expired, 1);
}

#[test]
fn a_ttl_can_be_lengthened() {
    let node = Node::named("a");
    node.put_for("s", "i", SECOND * 2, "{}");
    node.put_for("s", "i", SECOND * 300, "{}");
    assert_eq!(node.pass(SECOND * 300).expired, 0);
    assert_eq!(node.pass(SECOND).expired, 1);
}

#[test]
fn the_leases_of_another_node_are_not_ours_to_end() {
    let (node, keeper) = (Node::named("a"), Node::named("b"));
    keeper.put_for("s", "i", SECOND, "{}");
    node.hear(&keeper);
    assert_eq!(node.pass(SECOND * 60).expired, 0);
    assert!(node.has("s", "i"));
}

#[test]
fn a_lease_taken_over_is_judged_here_from_then_on() {
    let (node, keeper) = (Node::named("a"), Node::named("b"));
    keeper.put_for("s", "i", SECOND * 5, "{}");
    node.hear(&keeper);
    node.pass(SECOND * 60);
    assert_eq!(node.renew("s", "i"), Some(Put::Moved));
    node.audit();
    assert_eq!(node.pass(SECOND * 5).expired, 0);
    assert_eq!(node.pass(SECOND).expired, 1);
}

#[test]
fn a_lease_given_away_is_not_judged_here_any_more() {
    let (node, taker) = (Node::named("a"), Node::named("b"));
    node.put_for("s", "i", SECOND * 5, "{}");
    taker.hear(&node);
    taker.renew("s", "i");
    node.hear(&taker);
    assert_eq!(node.keeper("s", "i"), "b");
    assert_eq!(node.pass(SECOND * 60).expired, 0);
    node.audit();
}

#[test]
fn an_expiry_is_news_for_peers() {
    let (node, peer) = (Node::named("a"), Node::named("b"));
    node.put_for("s", "i", SECOND, "{}");
    peer.hear(&node);
    let report = node.pass(SECOND * 2);
    assert!(report.has_news);
    assert_eq!(peer.hear(&node).merged, 1);
    assert!(!peer.has("s", "i"));
    assert_eq!(node.catalog.stats().expired_total, 1);
}

#[test]
fn changed_volatile_members_are_told_to_peers_about_once_in_a_lease() {
    let (node, peer) = (Node::named("a"), Node::named("b"));
    node.put("s", "i", r#"{"updated_at":0}"#);
    peer.hear(&node);
    let index = peer.index_of("s");
    let mut told = 0;
    for beat in 1..=60 {
        told += u32::from(node.pass(SECOND * 30).has_news);
        node.put("s", "i", &format!(r#"{{"updated_at":{beat}}}"#));
        peer.hear(&node);
    }
    assert!((15..=30).contains(&told), "{told} times in 20 leases of 90 s");
    assert_ne!(peer.answer("s"), r#"{"i":{"updated_at":0}}"#);
    assert_eq!(peer.index_of("s"), index, "it is no change for readers");
    node.audit();
    peer.audit();
}

#[test]
fn a_renewal_without_changes_is_no_news_at_all() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    let head = node.catalog.own_head();
    for _ in 0..20 {
        assert!(!node.pass(SECOND * 30).has_news);
        node.put("s", "i", "{}");
    }
    assert_eq!(node.catalog.own_head(), head);
}

proptest! {
    #[test]
    fn no_lease_ends_before_its_ttl_or_a_second_after_it(
        beats in prop::collection::vec((0_u64..4_000, 1_u64..8), 1..12),
    ) {
        let node = Node::named("a");
        let mut now = 0;
        let mut deadline = 0;
        for (pause_ms, ttl_s) in beats {
            now += pause_ms;
            node.pass(Duration::from_millis(pause_ms));
            let is_due = deadline > 0 && now > deadline + 1_000;
            prop_assert!(now >= deadline || node.has("s", "i"), "{now} of {deadline}");
            prop_assert!(!is_due || !node.has("s", "i"), "{now} of {deadline}");
            node.put_for("s", "i", Duration::from_secs(ttl_s), "{}");
            deadline = now + ttl_s * 1_000;
            prop_assert_eq!(node.catalog.check_invariants(), Ok(()));
        }
    }
}
