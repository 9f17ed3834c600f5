//! What a node knows of its peers: contact, lag, skew, names, failures.
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

use clockwork::{SKEW_MAX, name, origin};
use member::{GOSSIP_INTERVAL, Member, fetches, notices, offers};
use vestal_core::id::{Incarnation, Sequence};
use vestal_core::replication::effects::Notice;
use vestal_core::replication::{Exchange, Input, OriginDigest, PeerView, StreamState};
use vestal_core::time::Beat;

fn view(member: &Member, peer: &str) -> PeerView {
    let peers = member.replica.peers(&member.node.catalog);
    peers
        .into_iter()
        .find(|view| view.name == name(peer))
        .expect("a known peer")
}

#[test]
fn a_peer_that_was_never_heard_is_said_to_be_so() {
    let a = Member::joining("a", &["b"]);
    let expected = PeerView {
        name: name("b"),
        stream: StreamState::Connecting,
        incarnation: None,
        last_contact: None,
        lag: 0,
        skew_ms: 0,
        error: None,
    };
    assert_eq!(view(&a, "b"), expected);
}

#[test]
fn an_exchange_in_either_direction_is_contact() {
    let b = Member::ready("b", &["a"]);
    let asked = |a: &mut Member| a.handle(Input::Exchange(b.exchange()));
    let answered = |a: &mut Member| a.hear(&b);
    for contact in [&asked as &dyn Fn(&mut Member) -> _, &answered] {
        let mut a = Member::joining("a", &["b"]);
        contact(&mut a);
        a.node.pass(Duration::from_secs(3));
        assert_eq!(view(&a, "b").last_contact, Some(Duration::from_secs(3)));
        assert_eq!(view(&a, "b").incarnation, Some(b.node.origin().incarnation));
    }
}

#[test]
fn lag_is_what_the_peer_had_not_heard_of_us() {
    let (mut a, b) = (Member::ready("a", &["b"]), Member::ready("b", &["a"]));
    a.node.put("s", "1", "{}");
    b.node.hear(&a.node);
    a.node.put("s", "2", "{}");
    a.node.put("s", "3", "{}");
    a.hear(&b);
    assert_eq!(view(&a, "b").lag, 2);
    b.node.hear(&a.node);
    a.hear(&b);
    assert_eq!(view(&a, "b").lag, 0);
}

#[test]
fn a_peer_that_does_not_mention_us_lacks_all_that_we_said() {
    let (mut a, b) = (Member::ready("a", &["b"]), Member::ready("b", &["a"]));
    a.node.put("s", "1", "{}");
    b.node.hear(&a.node);
    a.hear(&b);
    assert_eq!(view(&a, "b").lag, 0);
    a.node.put("s", "2", "{}");
    // b was started anew, or has given us up.
    b.node.catalog.lapse(&a.node.origin());
    a.hear(&b);
    assert_eq!(view(&a, "b").lag, 2);
}

#[test]
fn a_clock_that_runs_apart_is_reported_once() {
    for (offset, ahead) in [(61_000_i64, true), (-61_000, false)] {
        let (mut a, b) = (Member::ready("a", &["b"]), Member::ready("b", &["a"]));
        b.node.set_wall(a.node.wall().0.saturating_add_signed(offset));
        let by = Duration::from_millis(offset.unsigned_abs());
        let told = a.hear(&b);
        assert!(
            notices(&told).contains(&&Notice::Skewed {
                peer: name("b"),
                ahead,
                by
            }),
            "{told:?}"
        );
        assert_eq!(view(&a, "b").skew_ms, offset);
        assert_eq!(notices(&a.hear(&b)), [] as [&Notice; 0]);
    }
}

#[test]
fn a_clock_within_the_bound_is_no_news() {
    let (mut a, b) = (Member::ready("a", &["b"]), Member::ready("b", &["a"]));
    a.hear(&b);
    b.node
        .set_wall(a.node.wall().0 + u64::try_from(SKEW_MAX.as_millis()).expect("a bound"));
    assert_eq!(notices(&a.hear(&b)), [] as [&Notice; 0]);
    assert_eq!(view(&a, "b").skew_ms, 60_000);
    b.node.set_wall(u64::MAX);
    assert_eq!(
        notices(&a.hear(&b)).len(),
        1,
        "a clock at the end of time is just as wrong"
    );
}

#[test]
fn another_node_under_our_name_is_reported_and_not_believed() {
    let mut a = Member::ready("a", &["b"]);
    let mut twin = Member::ready("a", &["b"]).exchange();
    twin.from.incarnation = Incarnation(7);
    let report = |twin: &Exchange| Notice::NameTaken {
        other: twin.from.clone(),
    };
    let told = a.handle(Input::Exchange(twin.clone()));
    assert_eq!(notices(&told), [&report(&twin)]);
    assert_eq!(
        notices(&a.handle(Input::Exchange(twin.clone()))),
        [] as [&Notice; 0],
        "once is enough"
    );
    twin.from.incarnation = Incarnation(8);
    let told = a.handle(Input::Exchange(twin.clone()));
    assert_eq!(notices(&told), [&report(&twin)], "another life is news");
    let echo = a.exchange();
    assert_eq!(
        notices(&a.handle(Input::Exchange(echo))),
        [] as [&Notice; 0],
        "our own words are no twin"
    );
}

#[test]
fn a_peer_that_calls_itself_otherwise_is_an_error() {
    let mut a = Member::ready("a", &["b"]);
    let c = Member::ready("c", &[]);
    c.node.put("s", "i", "{}");
    a.stream("b", false);
    let told = a.handle(Input::Reply {
        peer: name("b"),
        exchange: c.exchange(),
    });
    assert_eq!(fetches(&told), []);
    assert_eq!(
        view(&a, "b").error.as_deref(),
        Some("the node at this address calls itself c")
    );
}

#[test]
fn a_node_that_is_no_peer_is_answered_and_asked_for_nothing() {
    let mut a = Member::ready("a", &["b"]);
    let stranger = Member::ready("x", &[]);
    stranger.node.put("s", "i", "{}");
    for _ in 0..5 {
        let effects = a.handle(Input::Exchange(stranger.exchange()));
        assert_eq!(effects.len(), 1, "the reply");
    }
    assert_eq!(a.replica.peers(&a.node.catalog).len(), 1);
}

/// One invented sign of life would drown all true ones, which are smaller.
#[test]
fn a_node_that_is_no_peer_vouches_for_nothing() {
    let (mut a, mut b) = (Member::ready("a", &["b"]), Member::ready("b", &["a"]));
    b.node.put("s", "i", "{}");
    a.node.hear(&b.node);
    let lie = OriginDigest {
        origin: b.node.origin(),
        head: Sequence(0),
        instances: 0,
        hash: 0,
        beat: Beat(u64::MAX),
        age: Duration::ZERO,
    };
    a.handle(Input::Exchange(Exchange {
        from: origin("stranger", 1),
        wall: a.node.wall(),
        is_ready: true,
        origins: vec![lie],
    }));
    for _ in 0..5 {
        a.pass(Duration::from_secs(60));
        b.pass(Duration::from_secs(60));
        b.node.renew("s", "i");
        let batch = b.node.own_news();
        assert!(!a.node.catalog.is_echo(&batch.origin, batch.beat));
        a.handle(Input::Batch {
            peer: b.name(),
            batch,
        });
        let age = a.node.catalog.origin_view(&b.node.origin()).map(|view| view.age);
        assert_eq!(age, Some(Duration::ZERO), "its own word counts");
        assert!(a.node.has("s", "i"));
    }
}

#[test]
fn a_peer_is_lost_once_and_back_once() {
    let (mut a, b) = (Member::joining("a", &["b"]), Member::ready("b", &["a"]));
    a.hear(&b);
    let failed = || Input::ExchangeFailed {
        peer: name("b"),
        error: "refused".to_owned(),
    };
    let lost = Notice::PeerLost {
        peer: name("b"),
        error: "refused".to_owned(),
    };
    assert_eq!(notices(&a.handle(failed())), [&lost]);
    assert_eq!(notices(&a.handle(failed())), [] as [&Notice; 0]);
    assert_eq!(notices(&a.stream("b", false)), [] as [&Notice; 0]);
    assert_eq!(view(&a, "b").error.as_deref(), Some("refused"));
    assert_eq!(notices(&a.hear(&b)), [&Notice::PeerBack { peer: name("b") }]);
    assert_eq!(view(&a, "b").error, None);
}

#[test]
fn a_fetch_that_fails_is_an_error_of_the_peer() {
    let (mut a, b) = (Member::ready("a", &["b"]), Member::ready("b", &["a"]));
    a.hear(&b);
    let failed = || Input::FetchFailed {
        peer: name("b"),
        origin: origin("c", 1),
        error: "cut".to_owned(),
    };
    let lost = Notice::PeerLost {
        peer: name("b"),
        error: "cut".to_owned(),
    };
    assert_eq!(notices(&a.handle(failed())), [&lost]);
    assert_eq!(notices(&a.handle(failed())), [] as [&Notice; 0]);
    assert_eq!(notices(&a.hear(&b)), [&Notice::PeerBack { peer: name("b") }]);
}

#[test]
fn a_stream_that_fails_does_not_end_an_exchange_under_way() {
    let mut a = Member::ready("a", &["b"]);
    assert_eq!(offers(&a.pass(GOSSIP_INTERVAL)), ["b"]);
    a.stream("b", false);
    assert_eq!(offers(&a.pass(GOSSIP_INTERVAL * 3)), [""; 0], "one at a time");
    a.handle(Input::ExchangeFailed {
        peer: name("b"),
        error: "refused".to_owned(),
    });
    assert_eq!(offers(&a.pass(GOSSIP_INTERVAL)), ["b"]);
}

#[test]
fn the_state_of_a_stream_is_shown() {
    let mut a = Member::ready("a", &["b"]);
    a.stream("b", true);
    assert_eq!(view(&a, "b").stream, StreamState::Open);
    a.stream("b", false);
    assert_eq!(view(&a, "b").stream, StreamState::Down);
    assert_eq!(a.stream("x", true), [], "of a node that is no peer");
}
