//! Who wins when two origins speak of one instance, and what ends when an origin is silent or lists itself anew.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::collections::BTreeSet;
use std::time::Duration;

use clockwork::{LEASE_TTL, Node, START, TOMBSTONE_LIFE, batch, gone, live, origin};
use vestal_core::catalog::End::{Expired, Removed};
use vestal_core::catalog::{Applied, End};
use vestal_core::id::Sequence;
use vestal_core::replication::Record;
use vestal_core::time::Beat;

/// A state of s/i: the version's millisecond after `START`, and how it ended if it did.
type Said = (u64, Option<End>);

fn record(said: Said, sequence: u64, body: &'static str) -> Record<'static> {
    match said.1 {
        None => live("s", "i", sequence, START + said.0, body),
        Some(end) => gone("s", "i", sequence, START + said.0, end),
    }
}

/// What b and c say of s/i, heard in both orders. Expects the same outcome: `winner`'s.
fn check(b: Said, c: Said, winner: &str) {
    let records = [
        ("b", record(b, 1, r#"{"by":"b"}"#)),
        ("c", record(c, 1, r#"{"by":"c"}"#)),
    ];
    for order in [[0, 1], [1, 0]] {
        let node = Node::named("a");
        for (speaker, record) in order.map(|place| &records[place]) {
            node.apply(&batch(&origin(speaker, 1), 0, &[*record]));
            node.audit();
        }
        let held: Vec<_> = ["b", "c"]
            .into_iter()
            .filter(|by| !node.news_of(&origin(by, 1), Sequence(0)).is_empty())
            .collect();
        assert_eq!(
            held,
            [winner],
            "b says {b:?}, c says {c:?}, heard in order {order:?}"
        );
        let is_live = records
            .iter()
            .any(|(by, record)| *by == winner && record.end().is_none());
        let expected = if is_live {
            format!(r#"{{"i":{{"by":"{winner}"}}}}"#)
        } else {
            "{}".to_owned()
        };
        assert_eq!(node.answer("s"), expected);
    }
}

#[test]
fn the_greater_version_wins() {
    check((1, None), (2, None), "c");
    check((2, None), (1, None), "b");
    check((1, Some(Removed)), (2, None), "c");
    check((2, Some(Removed)), (1, None), "b");
    check((1, None), (2, Some(Expired)), "c");
    check((2, None), (1, Some(Expired)), "b");
    check((1, Some(Removed)), (2, Some(Expired)), "c");
}

#[test]
fn of_one_version_the_end_wins_and_removal_over_expiry() {
    check((1, None), (1, Some(Expired)), "c");
    check((1, Some(Expired)), (1, None), "b");
    check((1, Some(Removed)), (1, None), "b");
    check((1, Some(Expired)), (1, Some(Removed)), "c");
    check((1, Some(Removed)), (1, Some(Expired)), "b");
}

#[test]
fn of_one_version_and_one_end_the_greater_origin_wins() {
    check((1, None), (1, None), "c");
    check((1, Some(Removed)), (1, Some(Removed)), "c");
}

#[test]
fn an_origins_own_order_decides_between_its_own_records() {
    let node = Node::named("a");
    let b = origin("b", 1);
    node.apply(&batch(&b, 0, &[live("s", "i", 1, START + 9, "{}")]));
    node.apply(&batch(&b, 1, &[gone("s", "i", 2, START, Removed)]));
    assert!(!node.has("s", "i"));
    node.audit();
}

#[test]
fn two_lives_of_a_node_are_two_origins() {
    let node = Node::named("a");
    node.apply(&batch(
        &origin("b", 2),
        0,
        &[live("s", "i", 1, START + 1, r#"{"life":2}"#)],
    ));
    let applied = node.apply(&batch(
        &origin("b", 1),
        0,
        &[live("s", "i", 7, START, r#"{"life":1}"#)],
    ));
    assert_eq!(applied.merged, 0);
    assert_eq!(node.answer("s"), r#"{"i":{"life":2}}"#);
}

/// A node with its own lease on s/i, told `said` by b at a version `ahead` of its own.
fn told_over_own(end: Option<End>, ahead: u64) -> (Node, Applied) {
    let node = Node::named("a");
    node.put("s", "i", r#"{"by":"a"}"#);
    let version = node.version("s", "i").millis() + ahead - START;
    let applied = node.apply(&batch(
        &origin("b", 1),
        0,
        &[record((version, end), 1, r#"{"by":"b"}"#)],
    ));
    node.audit();
    (node, applied)
}

#[test]
fn a_later_registration_elsewhere_takes_our_lease_over() {
    let (node, applied) = told_over_own(None, 1);
    assert_eq!((applied.merged, applied.reasserted), (1, 0));
    assert_eq!(node.answer("s"), r#"{"i":{"by":"b"}}"#);
    assert!(
        node.own_news().is_empty(),
        "what is superseded is dropped by its old origin"
    );
    assert_eq!(node.catalog.stats().own_instances, 0);
}

#[test]
fn a_later_removal_elsewhere_ends_our_lease() {
    let (node, applied) = told_over_own(Some(Removed), 1);
    assert_eq!((applied.merged, applied.reasserted), (1, 0));
    assert!(!node.has("s", "i"));
}

#[test]
fn an_expiry_elsewhere_does_not_end_a_lease_that_is_alive_here() {
    let (node, applied) = told_over_own(Some(Expired), 1);
    assert_eq!((applied.merged, applied.reasserted), (0, 1));
    assert_eq!(node.answer("s"), r#"{"i":{"by":"a"}}"#);
    assert!(
        node.version("s", "i").millis() > START,
        "it is said again, above the expiry"
    );
    assert_eq!(node.own_news().records().count(), 1);
    node.pass(LEASE_TTL + Duration::from_secs(1));
    assert!(!node.has("s", "i"), "its own deadline still stands");
}

#[test]
fn what_is_reasserted_wins_at_the_node_that_expired_it() {
    let (here, there) = (Node::named("a"), Node::named("b"));
    there.put_for("s", "i", Duration::from_secs(1), "{}");
    there.pass(Duration::from_secs(2));
    here.put("s", "i", "{}");
    here.hear(&there);
    there.hear(&here);
    assert!(here.has("s", "i") && there.has("s", "i"));
    assert_eq!(there.keeper("s", "i"), "a");
}

#[test]
fn an_entry_moves_between_origins_without_a_moment_of_absence() {
    let nodes = ["a", "b", "c"].map(Node::named);
    nodes[0].put("s", "i", "{}");
    nodes[1].hear(&nodes[0]);
    nodes[2].hear(&nodes[0]);
    let etag = nodes[2].etag("s");
    nodes[1].renew("s", "i");
    for [listener, speaker] in [[2, 1], [0, 1], [2, 0], [2, 1]] {
        nodes[listener].hear(&nodes[speaker]);
        assert!(nodes.iter().all(|node| node.has("s", "i")));
    }
    assert!(nodes.iter().all(|node| node.keeper("s", "i") == "b"));
    assert_eq!(nodes[2].etag("s"), etag, "readers see nothing of it");
}

#[test]
fn only_what_readers_can_see_moves_the_index() {
    let node = Node::named("a");
    let b = origin("b", 1);
    let mut index = node.catalog.index();
    let mut told = |sequence: u64, record: Record<'_>, is_visible: bool| {
        node.apply(&batch(&b, sequence - 1, &[record]));
        assert_eq!(node.catalog.index() > index, is_visible, "record {sequence}");
        index = node.catalog.index();
        node.audit();
    };
    told(1, live("s", "i", 1, START, r#"{"port":1,"updated_at":1}"#), true);
    told(2, live("s", "i", 2, START, r#"{"port":1,"updated_at":2}"#), false);
    told(
        3,
        live("s", "i", 3, START + 1, r#"{"port":1,"updated_at":3}"#),
        false,
    );
    told(
        4,
        live("s", "i", 4, START + 2, r#"{"port":2,"updated_at":3}"#),
        true,
    );
    told(5, gone("s", "i", 5, START + 3, Expired), true);
    told(6, gone("s", "i", 6, START + 4, Removed), false);
    told(7, live("s", "i", 7, START + 5, "{}"), true);
    assert_eq!(node.answer("s"), r#"{"i":{}}"#);
}

#[test]
fn an_origin_that_nobody_vouches_for_lapses_with_all_it_said() {
    let node = Node::named("a");
    let b = origin("b", 1);
    node.put("s", "ours", "{}");
    node.put("s", "taken", "{}");
    let late = START + 1000;
    let told = [
        live("s", "i", 1, late, "{}"),
        live("s", "taken", 2, late, "{}"),
        live("t", "i", 3, late, "{}"),
    ];
    node.apply(&batch(&b, 0, &told));
    node.apply(&batch(&b, 3, &[gone("t", "i", 4, late, Removed)]));
    node.renew("s", "taken");
    let index = node.catalog.index();
    assert_eq!(node.catalog.lapse(&b), 1, "marks of deletion are not counted");
    assert_eq!(node.answer("s"), r#"{"ours":{},"taken":{}}"#);
    assert!(node.catalog.index() > index);
    assert_eq!(node.catalog.origin_view(&b), None);
    assert_eq!(node.catalog.lapse(&b), 0);
    node.audit();
    node.apply(&batch(&b, 0, &told));
    assert_eq!(
        node.answer("s"),
        r#"{"i":{},"ours":{},"taken":{}}"#,
        "it may come back and say it again"
    );
    assert!(!node.has("t", "i"), "but a removal outlives whoever said it");
}

/// Its client may owe no heartbeat for a long time yet, and may bring the next one to any node.
#[test]
fn a_lease_longer_than_the_silence_of_its_origin_is_kept_for_the_rest_of_its_time() {
    let (a, b) = (Node::named("a"), Node::named("b"));
    let hour = Duration::from_secs(3600);
    b.put("s", "short", "{}");
    b.put_for("s", "long", hour, "{}");
    a.hear(&b);
    a.pass(LEASE_TTL);
    assert_eq!(a.catalog.lapse(&b.origin()), 1);
    assert_eq!(
        (a.answer("s").as_str(), a.keeper("s", "long").as_str()),
        (r#"{"long":{}}"#, "a")
    );
    let told = a.catalog.instance("s", "long").map(|view| view.reason);
    assert!(
        told.is_some_and(|told| told.contains("fell silent")),
        "nobody has renewed it here"
    );
    a.audit();
    a.pass(hour - LEASE_TTL - Duration::from_secs(1));
    assert!(a.has("s", "long"), "not before its time");
    a.pass(Duration::from_secs(2));
    assert!(!a.has("s", "long"), "nor after it");
    a.audit();
}

/// Lets two nodes hear each other until nothing is left to say; the first hears first.
fn talk(nodes: [&Node; 2]) {
    for _ in 0..3 {
        nodes[0].hear(nodes[1]);
        nodes[1].hear(nodes[0]);
    }
    nodes[0].audit();
    nodes[1].audit();
}

const LONG: Duration = Duration::from_secs(120);

/// A lease of [`LONG`] is renewed at `keeper` while `heir`, which hears nothing, inherits it. Expects both to know the
/// right one afterwards, whoever speaks first.
fn check_inheritance_yields(keeper: &str, heir: &str, heir_speaks_first: bool) {
    let (a, b) = (Node::named(keeper), Node::named(heir));
    let pass = |seconds: u64| {
        a.pass(Duration::from_secs(seconds));
        b.pass(Duration::from_secs(seconds));
    };
    let talk = || talk(if heir_speaks_first { [&a, &b] } else { [&b, &a] });
    a.put_for("s", "i", LONG, "{}");
    talk();
    pass(95);
    a.renew("s", "i");
    b.catalog.lapse(&a.origin());
    assert_eq!(b.keeper("s", "i"), heir);
    for _ in 0..10 {
        talk();
        for node in [&a, &b] {
            assert_eq!(
                node.keeper("s", "i"),
                keeper,
                "of {keeper} and {heir}, heard by {}",
                node.origin()
            );
        }
        pass(100);
        assert!(a.has("s", "i") && b.has("s", "i"));
        a.renew("s", "i");
    }
    pass(125);
    talk();
    assert!(
        !a.has("s", "i") && !b.has("s", "i"),
        "it ends with its heartbeats"
    );
}

#[test]
fn an_inherited_lease_yields_to_the_origin_that_kept_it_all_the_time() {
    for heir_speaks_first in [true, false] {
        check_inheritance_yields("a", "b", heir_speaks_first);
        check_inheritance_yields("b", "a", heir_speaks_first);
    }
}

#[test]
fn an_inherited_lease_that_was_renewed_here_is_kept_like_any_other() {
    for (lost, heir) in [("a", "b"), ("b", "a")] {
        let (a, b) = (Node::named(lost), Node::named(heir));
        a.put_for("s", "i", LONG, "{}");
        talk([&a, &b]);
        b.pass(Duration::from_secs(100));
        a.pass(Duration::from_secs(100));
        b.catalog.lapse(&a.origin());
        b.renew("s", "i");
        talk([&a, &b]);
        // Of two that were told by the client itself, the lesser one says it again, above the other.
        assert_eq!([&a, &b].map(|node| node.keeper("s", "i")), ["a", "a"]);
        a.pass(Duration::from_secs(100));
        b.pass(Duration::from_secs(100));
        talk([&a, &b]);
        assert!(
            a.has("s", "i") && b.has("s", "i"),
            "the heartbeat at {heir} counts"
        );
    }
}

#[test]
fn two_nodes_that_inherit_one_lease_agree_on_its_keeper() {
    for order in [[0, 1], [1, 0]] {
        let lost = Node::named("a");
        let heirs = ["b", "c"].map(Node::named);
        let pass = |seconds: u64| {
            for heir in &heirs {
                heir.pass(Duration::from_secs(seconds));
            }
        };
        lost.put_for("s", "i", LONG, "{}");
        for heir in &heirs {
            heir.hear(&lost);
        }
        pass(100);
        for heir in &heirs {
            heir.catalog.lapse(&lost.origin());
        }
        talk(order.map(|place| &heirs[place]));
        assert_eq!(heirs.each_ref().map(|heir| heir.keeper("s", "i")), ["c", "c"]);
        pass(19);
        assert!(heirs.iter().all(|heir| heir.has("s", "i")), "not before its time");
        pass(2);
        talk(order.map(|place| &heirs[place]));
        assert!(heirs.iter().all(|heir| !heir.has("s", "i")), "nor after it");
    }
}

#[test]
fn this_node_never_lapses_to_itself_and_takes_nobodys_word_for_its_own() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    assert_eq!(node.catalog.lapse(&node.origin()), 0);
    assert_eq!(
        node.catalog
            .finish_listing(&node.origin(), Sequence(u64::MAX), &BTreeSet::new()),
        0
    );
    assert!(node.has("s", "i"));
}

#[test]
fn a_full_listing_drops_what_the_origin_does_not_list_any_more() {
    let node = Node::named("a");
    let b = origin("b", 1);
    node.apply(&batch(
        &b,
        0,
        &[
            live("s", "old", 1, START, "{}"),
            live("s", "kept", 2, START, "{}"),
        ],
    ));
    node.apply(&batch(&b, 2, &[live("s", "later", 9, START, "{}")]));
    let mut listing = batch(
        &b,
        0,
        &[
            live("s", "kept", 2, START, "{}"),
            live("s", "missed", 3, START, "{}"),
        ],
    );
    listing.is_listing = true;
    assert_eq!(
        node.apply(&listing).merged,
        1,
        "what was heard before counts in a listing"
    );
    let listed = BTreeSet::from([Sequence(2), Sequence(3)]);
    assert_eq!(node.catalog.finish_listing(&b, Sequence(5), &listed), 1);
    assert_eq!(node.answer("s"), r#"{"kept":{},"later":{},"missed":{}}"#);
    assert_eq!(node.catalog.head(&b), Sequence(9));
    assert_eq!(
        node.catalog.finish_listing(&origin("c", 1), Sequence(5), &listed),
        0
    );
    node.audit();
}

#[test]
fn only_a_sign_of_life_that_is_later_than_the_last_is_news() {
    let node = Node::named("a");
    let b = origin("b", 1);
    assert!(
        !node.catalog.vouch(&b, Beat(5), Duration::ZERO),
        "of an origin that is not known"
    );
    node.apply(&batch(&b, 0, &[]));
    assert!(node.catalog.vouch(&b, Beat(5), Duration::ZERO));
    node.pass(Duration::from_secs(10));
    let age = || node.catalog.origin_view(&b).map(|view| view.age);
    assert!(
        !node.catalog.vouch(&b, Beat(5), Duration::ZERO),
        "told again, it proves nothing"
    );
    assert!(!node.catalog.vouch(&b, Beat(4), Duration::ZERO));
    assert_eq!(age(), Some(Duration::from_secs(10)));
    assert!(node.catalog.vouch(&b, Beat(6), Duration::from_secs(4)));
    assert_eq!(
        age(),
        Some(Duration::from_secs(4)),
        "heard by way of others, who told since when they know it"
    );
    assert!(node.catalog.vouch(&b, Beat(7), Duration::from_secs(8)));
    assert_eq!(
        age(),
        Some(Duration::from_secs(4)),
        "a later sign cannot make an origin older"
    );
}

#[test]
fn what_is_told_of_an_origin_that_lapsed_here_is_an_echo_without_a_later_sign_of_life() {
    let node = Node::named("a");
    let b = origin("b", 1);
    node.apply(&batch(&b, 0, &[]));
    node.catalog.vouch(&b, Beat(5), Duration::ZERO);
    assert!(!node.catalog.is_echo(&b, Beat(5)));
    node.catalog.lapse(&b);
    assert!(node.catalog.is_echo(&b, Beat(4)) && node.catalog.is_echo(&b, Beat(5)));
    assert!(!node.catalog.is_echo(&b, Beat(6)));
    assert!(
        !node.catalog.is_echo(&origin("b", 2), Beat(1)),
        "another life is another origin"
    );
    node.pass(TOMBSTONE_LIFE - Duration::from_secs(1));
    assert!(node.catalog.is_echo(&b, Beat(5)));
    node.pass(Duration::from_secs(1));
    assert!(
        !node.catalog.is_echo(&b, Beat(5)),
        "as long as a mark of deletion, and no longer"
    );
}
