//! How differences between nodes are found and repaired: news, doubts, fetches, listings, lapses.
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

use clockwork::{LEASE_TTL, Node, START, batch, live, name};
use member::{GOSSIP_INTERVAL, Member, fetches, lapsed, notices, offers};
use vestal_core::catalog::End;
use vestal_core::id::Sequence;
use vestal_core::replication::effects::{Effect, Notice};
use vestal_core::replication::{Exchange, Fetch, Input, Replica};

/// `a`, ready and connected to b and c.
fn connected() -> Member {
    let mut a = Member::ready("a", &["b", "c"]);
    a.stream("b", true);
    a.stream("c", true);
    a
}

#[test]
fn a_ready_node_exchanges_digests_with_one_peer_each_interval() {
    let mut a = connected();
    let mut asked = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let effects = a.pass(GOSSIP_INTERVAL);
        let [peer] = offers(&effects)[..] else {
            panic!("{effects:?}")
        };
        asked.insert(peer.to_owned());
        a.handle(Input::ExchangeFailed {
            peer: name(peer),
            error: "refused".to_owned(),
        });
    }
    assert_eq!(asked.len(), 2, "each has its turn");
}

#[test]
fn an_offer_is_answered_with_our_own_digests() {
    let mut a = connected();
    a.node.put("s", "i", "{}");
    let b = Member::ready("b", &["a"]);
    let effects = a.handle(Input::Exchange(b.exchange()));
    assert!(effects.contains(&Effect::Reply(a.exchange())), "{effects:?}");
}

#[test]
fn news_that_the_stream_will_bring_is_waited_for_three_rounds() {
    let (mut a, b) = (connected(), Member::ready("b", &["a"]));
    b.node.put("s", "i", "{}");
    assert_eq!(fetches(&a.hear(&b)), []);
    assert_eq!(fetches(&a.hear(&b)), []);
    let effects = a.hear(&b);
    assert_eq!(fetches(&effects).len(), 1, "the stream has not brought it");
    a.fetch(&b, effects);
    assert!(a.node.has("s", "i"));
}

#[test]
fn a_doubt_starts_anew_when_our_side_moves() {
    let (mut a, b) = (connected(), Member::ready("b", &["a"]));
    for round in 0..10 {
        b.node.put("s", &round.to_string(), "{}");
        let before_last = b.node.own_news();
        b.node.put("s", "latest", &format!(r#"{{"round":{round}}}"#));
        assert_eq!(
            fetches(&a.hear(&b)),
            [],
            "round {round}: the stream lags, but it comes"
        );
        a.handle(Input::Batch {
            peer: b.name(),
            batch: before_last,
        });
    }
}

#[test]
fn a_third_node_is_asked_at_once_for_an_origin_that_is_out_of_reach() {
    let (mut a, b, mut c) = (
        connected(),
        Member::ready("b", &["c"]),
        Member::ready("c", &["a", "b"]),
    );
    b.node.put("s", "i", "{}");
    c.node.hear(&b.node);
    a.stream("b", false);
    let effects = a.hear(&c);
    let asked: Vec<_> = fetches(&effects)
        .into_iter()
        .map(|(to, fetch)| (to, fetch.origin.clone()))
        .collect();
    assert_eq!(asked, [("c", b.node.origin())]);
    a.fetch(&c, effects);
    assert!(a.node.has("s", "i"));
    assert_eq!(c.pass(GOSSIP_INTERVAL).len(), 1);
}

#[test]
fn one_origin_is_fetched_from_one_peer_at_a_time() {
    let (mut a, b, c) = (
        connected(),
        Member::ready("b", &["c"]),
        Member::ready("c", &["a", "b"]),
    );
    b.node.put("s", "i", "{}");
    c.node.hear(&b.node);
    a.stream("b", false);
    assert_eq!(fetches(&a.hear(&c)).len(), 1);
    assert_eq!(fetches(&a.hear(&c)), []);
    let failed = |peer: &Member| Input::FetchFailed {
        peer: peer.name(),
        origin: b.node.origin(),
        error: "cut".to_owned(),
    };
    a.handle(failed(&b));
    assert_eq!(fetches(&a.hear(&c)), [], "it was not b that was asked");
    a.handle(failed(&c));
    assert_eq!(fetches(&a.hear(&c)).len(), 1, "one that failed is tried again");
    a.pass(Duration::from_secs(11));
    assert_eq!(fetches(&a.hear(&c)).len(), 1, "and one that brings nothing too");
}

#[test]
fn a_long_log_is_fetched_page_by_page() {
    let (mut a, b) = (connected(), Member::ready("b", &["a"]));
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(60_000));
    for number in 0..20 {
        b.node.put("s", &number.to_string(), &body);
    }
    a.stream("b", false);
    let mut effects = a.hear(&b);
    let mut pages = 0;
    while let [(to, fetch)] = fetches(&effects)[..] {
        let batch = Replica::serve(&b.node.catalog, fetch);
        effects = a.handle(Input::Batch {
            peer: name(to),
            batch,
        });
        pages += 1;
    }
    assert!(
        (4..=6).contains(&pages),
        "{pages} pages of a quarter of a megabyte"
    );
    assert_eq!(a.node.catalog.head(&b.node.origin()), b.node.catalog.own_head());
}

/// b's digests, with content that seems to be other than what was heard.
fn doubtful(b: &Member) -> Exchange {
    let mut exchange = b.exchange();
    for digest in &mut exchange.origins {
        digest.hash ^= 1;
    }
    exchange
}

/// Lets a second pass and offers the digests to `a`; returns what it asks for.
fn offer_doubtful(a: &mut Member, b: &Member) -> Vec<Effect> {
    a.pass(Duration::from_secs(1));
    let mut effects = a.handle(Input::Reply {
        peer: b.name(),
        exchange: doubtful(b),
    });
    effects.retain(|effect| matches!(effect, Effect::Fetch { .. }));
    effects
}

/// Serves the one fetch among `effects`; returns what came of it.
fn serve(a: &mut Member, b: &Member, effects: &[Effect]) -> Vec<Effect> {
    let [(to, fetch)] = fetches(effects)[..] else {
        panic!("{effects:?}")
    };
    let batch = Replica::serve(&b.node.catalog, fetch);
    a.handle(Input::Batch {
        peer: name(to),
        batch,
    })
}

#[test]
fn a_late_page_of_a_listing_that_was_given_up_is_no_part_of_a_newer_one() {
    let (mut a, b) = (connected(), Member::ready("b", &["a"]));
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(60_000));
    for number in 0..12 {
        b.node.put("s", &number.to_string(), &body);
    }
    a.node.hear(&b.node);
    let mut effects = Vec::new();
    while effects.is_empty() {
        effects = offer_doubtful(&mut a, &b);
    }
    // The second page of three is on its way for so long that the listing is begun anew.
    let second = serve(&mut a, &b, &effects);
    let mut anew = Vec::new();
    while anew.is_empty() {
        anew = offer_doubtful(&mut a, &b);
    }
    assert_eq!(fetches(&anew), fetches(&effects));
    assert_eq!(serve(&mut a, &b, &second), [], "nothing goes on with it");
    let last = Fetch {
        origin: b.node.origin(),
        after: Sequence(10),
        is_listing: true,
    };
    let batch = Replica::serve(&b.node.catalog, &last);
    assert!(!batch.is_empty() && !batch.has_more());
    let ended = a.handle(Input::Batch {
        peer: b.name(),
        batch,
    });
    assert_eq!(ended, [], "nor is the newer one at its end");
    assert_eq!(a.node.catalog.stats().instances, 12);
    let repaired = a.fetch(&b, anew);
    assert_eq!(
        notices(&repaired),
        [&Notice::Repaired {
            origin: b.node.origin(),
            dropped: 0
        }]
    );
    assert_eq!(a.node.answer("s"), b.node.answer("s"));
}

/// `a` and `b` with the same cursor, but `a` holds something of b's that b does not, and lacks something.
fn diverged() -> (Member, Member) {
    let (a, b) = (connected(), Member::ready("b", &["a"]));
    b.node.put("s", "both", "{}");
    b.node.put("s", "lost", "{}");
    let wrong = batch(
        &b.node.origin(),
        0,
        &[
            live("s", "both", 1, START, "{}"),
            live("s", "wrong", 2, START, "{}"),
        ],
    );
    let mut b_has = b.node.own_news();
    b.node.put("s", "lost", r#"{"port":2}"#);
    a.node.apply(&wrong);
    b_has.reach = b.node.catalog.own_head();
    a.node
        .catalog
        .finish_listing(&b.node.origin(), Sequence(3), &[Sequence(1), Sequence(2)].into());
    assert_eq!(a.node.catalog.head(&b.node.origin()), b.node.catalog.own_head());
    (a, b)
}

#[test]
fn content_that_differs_though_cursors_agree_is_listed_anew_by_its_origin() {
    let (mut a, b) = diverged();
    a.hear(&b);
    a.hear(&b);
    let effects = a.hear(&b);
    let expected = Fetch {
        origin: b.node.origin(),
        after: Sequence(0),
        is_listing: true,
    };
    assert_eq!(fetches(&effects), [("b", &expected)]);
    let others = a.fetch(&b, effects);
    assert_eq!(
        notices(&others),
        [&Notice::Repaired {
            origin: b.node.origin(),
            dropped: 1
        }]
    );
    assert_eq!(a.node.answer("s"), b.node.answer("s"));
    assert_eq!(fetches(&a.hear(&b)), []);
    a.node.audit();
}

#[test]
fn a_third_node_lists_an_origin_only_while_that_is_out_of_reach_and_drops_nothing() {
    let (mut a, b) = diverged();
    let mut c = Member::ready("c", &["a", "b"]);
    c.node.hear(&b.node);
    a.hear(&b);
    for _ in 0..5 {
        assert_eq!(fetches(&a.hear(&c)), [], "b was heard just now");
    }
    a.pass(GOSSIP_INTERVAL * 6);
    c.pass(GOSSIP_INTERVAL * 6);
    b.node.pass(GOSSIP_INTERVAL * 6);
    c.node.hear(&b.node);
    let effects = a.hear(&c);
    assert_eq!(fetches(&effects).len(), 1);
    let others = a.fetch(&c, effects);
    assert_eq!(notices(&others), [] as [&Notice; 0]);
    assert_eq!(a.node.answer("s"), r#"{"both":{},"lost":{"port":2},"wrong":{}}"#);
}

/// The line from a to b is cut, the one from b to a is not: that b asks us does not mean that it can be asked.
#[test]
fn an_origin_that_is_heard_but_does_not_answer_is_out_of_reach() {
    let (mut a, b) = diverged();
    let c = Member::ready("c", &["a", "b"]);
    c.node.hear(&b.node);
    a.hear(&b);
    for _ in 0..6 {
        a.pass(GOSSIP_INTERVAL);
        let effects = a.handle(Input::Exchange(b.exchange()));
        if !fetches(&effects).is_empty() {
            a.handle(Input::FetchFailed {
                peer: b.name(),
                origin: b.node.origin(),
                error: "cut".to_owned(),
            });
        }
    }
    let asked: Vec<Vec<Effect>> = (0..3).map(|_| a.hear(&c)).collect();
    assert_eq!(
        asked.iter().map(|effects| fetches(effects).len()).sum::<usize>(),
        1
    );
    for effects in asked {
        a.fetch(&c, effects);
    }
    assert_eq!(a.node.answer("s"), r#"{"both":{},"lost":{"port":2},"wrong":{}}"#);
}

#[test]
fn an_origin_lapses_when_nobody_has_vouched_for_it_for_a_whole_lease() {
    let (mut a, b) = (connected(), Member::ready("b", &["a"]));
    b.node.put("s", "i", "{}");
    a.node.hear(&b.node);
    assert_eq!(
        notices(&a.pass(LEASE_TTL - Duration::from_millis(100))),
        [] as [&Notice; 0]
    );
    assert!(a.node.has("s", "i"));
    let effects = a.pass(Duration::from_millis(100));
    assert_eq!(notices(&effects), [&lapsed(&b.node.origin(), 1)]);
    assert!(!a.node.has("s", "i"));
    a.node.audit();
}

#[test]
fn the_word_of_a_third_node_keeps_an_origin_alive_by_the_age_it_tells() {
    let (mut a, b, c) = (
        connected(),
        Member::ready("b", &["c"]),
        Member::ready("c", &["a", "b"]),
    );
    b.node.put("s", "i", "{}");
    a.node.hear(&b.node);
    c.node.hear(&b.node);
    for _ in 0..5 {
        a.pass(Duration::from_secs(60));
        c.node.pass(Duration::from_secs(60));
        b.node.pass(Duration::from_secs(60));
        let beat = b.exchange().origins[0].beat;
        c.node
            .catalog
            .vouch(&b.node.origin(), beat, Duration::from_secs(20));
        a.hear(&c);
        assert_eq!(
            a.node.catalog.origin_view(&b.node.origin()).map(|view| view.age),
            Some(Duration::from_secs(20))
        );
    }
    let effects = a.pass(LEASE_TTL - Duration::from_secs(20));
    assert_eq!(notices(&effects), [&lapsed(&b.node.origin(), 1)]);
}

#[test]
fn a_word_that_is_too_old_to_be_believed_brings_nothing_back() {
    let (mut a, b, c) = (
        connected(),
        Member::ready("b", &["c"]),
        Member::ready("c", &["a", "b"]),
    );
    b.node.put("s", "i", "{}");
    c.node.hear(&b.node);
    c.node.pass(LEASE_TTL);
    a.stream("b", false);
    assert_eq!(fetches(&a.hear(&c)), []);
}

#[test]
fn an_expiry_that_we_contradict_is_news_for_the_streams() {
    let mut a = connected();
    a.node.put("s", "i", "{}");
    let later = a.node.wall().0 + 5;
    let told = batch(
        &clockwork::origin("b", 1),
        0,
        &[clockwork::gone("s", "i", 1, later, End::Expired)],
    );
    let effects = a.handle(Input::Batch {
        peer: name("b"),
        batch: told,
    });
    assert_eq!(effects, [Effect::News]);
}

#[test]
fn records_that_make_no_sense_are_reported() {
    let mut a = connected();
    let told = batch(&clockwork::origin("b", 1), 0, &[live("_s", "i", 1, START, "{}")]);
    let effects = a.handle(Input::Batch {
        peer: name("b"),
        batch: told,
    });
    assert_eq!(
        notices(&effects),
        [&Notice::Malformed {
            peer: name("b"),
            records: 1
        }]
    );
}

#[test]
fn a_batch_with_a_gap_or_for_ourselves_changes_nothing() {
    let mut a = connected();
    for origin in [clockwork::origin("b", 1), a.node.origin()] {
        let told = batch(&origin, 7, &[live("s", "i", 8, START, "{}")]);
        assert_eq!(
            a.handle(Input::Batch {
                peer: name("b"),
                batch: told
            }),
            []
        );
    }
    assert_eq!(a.node.catalog.stats().instances, 0);
}

#[test]
fn nothing_is_served_of_an_origin_that_is_not_known() {
    let node = Node::named("a");
    let fetch = Fetch {
        origin: clockwork::origin("b", 1),
        after: Sequence(0),
        is_listing: true,
    };
    let nothing = Replica::serve(&node.catalog, &fetch);
    assert!(nothing.is_empty() && nothing.head == Sequence(0) && nothing.age == Duration::MAX);
    let own = Replica::serve(
        &node.catalog,
        &Fetch {
            origin: node.origin(),
            ..fetch
        },
    );
    assert!(own.is_listing && own.is_empty());
}
