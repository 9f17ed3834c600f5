//! Clusters of hera nodes and Vestal nodes: each side hears the other's registrations and renewals, and their end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::clients::{Heartbeats, Witness};
use crate::fleet::{Fleet, LIVENESS, QUICK};
use crate::hera_peer::{HeraPeer, Unknown, now_millis};
use crate::line::Flow;
use crate::patience::{eventually, pass};

/// Starts a hera node in the place of `name`.
fn hera(fleet: &Fleet, name: &'static str, peers: &[&'static str], unknown: Unknown) -> HeraPeer {
    let peers: BTreeMap<_, _> = peers
        .iter()
        .map(|&peer| (peer.to_owned(), fleet.line(name, peer).address()))
        .collect();
    let peer = HeraPeer::start(name, peers, LIVENESS, unknown);
    fleet.lead_to(name, Some(peer.address()));
    peer
}

/// Vestal nodes `a` and `b` and a hera node `h`, in contact.
fn mixed(unknown: Unknown) -> (Fleet, HeraPeer) {
    let mut fleet = Fleet::new(&["a", "b", "h"], QUICK);
    let h = hera(&fleet, "h", &["a", "b"], unknown);
    fleet.start("a");
    fleet.start("b");
    fleet.await_whole();
    for at in ["a", "b"] {
        fleet.await_peer(at, "h", "gossiping");
        assert_eq!(fleet.peer(at, "h").expect("a peer")["protocol"], "hera");
    }
    (fleet, h)
}

fn await_hera(peer: &HeraPeer, service: &str, expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|&id| id.to_owned()).collect();
    eventually(&format!("{service} at the hera node is {expected:?}"), || {
        let found = peer.ids(service);
        (found == expected)
            .then_some(())
            .ok_or_else(|| format!("{found:?}"))
    });
}

#[test]
fn registrations_and_renewals_flow_both_ways_with_a_hera_node_that_answers_404() {
    let (fleet, h, heartbeats) = live_together(Unknown::NotFound, LIVENESS * 5 / 2);
    let silent = Instant::now();
    drop(heartbeats);
    fleet.await_ids_everywhere("storage", &[]);
    await_hera(&h, "storage", &[]);
    println!("without heartbeats gone everywhere after {:?}", silent.elapsed());
}

#[test]
fn registrations_and_renewals_flow_both_ways_with_a_hera_node_that_answers_everything() {
    live_together(Unknown::EmptyObject, LIVENESS + Duration::from_secs(1));
}

/// Nobody is missed anywhere for as long as all heartbeat.
fn live_together(unknown: Unknown, time: Duration) -> (Fleet, HeraPeer, [Heartbeats; 3]) {
    let (fleet, h) = mixed(unknown);
    let everybody = ["of-a", "of-b", "of-h"];
    let heartbeats = [
        Heartbeats::start(fleet.address("a"), "/storage/of-a"),
        Heartbeats::start(fleet.address("b"), "/storage/of-b"),
        Heartbeats::start(h.address(), "/storage/of-h"),
    ];
    fleet.await_ids_everywhere("storage", &everybody);
    await_hera(&h, "storage", &everybody);
    let addresses = [fleet.address("a"), fleet.address("b"), h.address()];
    let witness = Witness::of_presence(&addresses, "storage", &everybody);
    pass(time);
    witness.expect_nothing_wrong();
    assert_eq!(h.faults(), Vec::<String>::new());
    (fleet, h, heartbeats)
}

#[test]
fn what_is_deleted_vanishes_at_a_hera_node_and_does_not_come_back_from_it() {
    let (fleet, h) = mixed(Unknown::NotFound);
    // A keeper: without it an empty answer could mean that nothing is heard any more.
    let kept = Heartbeats::start(fleet.address("a"), "/storage/kept");
    fleet.put("a", "/storage/of-a?ttl=600", "{}");
    h.put_at("storage", "of-h", json!({}), now_millis());
    fleet.await_ids_everywhere("storage", &["kept", "of-a", "of-h"]);
    await_hera(&h, "storage", &["kept", "of-a", "of-h"]);
    fleet.delete("b", "/storage/of-a");
    fleet.delete("b", "/storage/of-h");
    fleet.await_ids_everywhere("storage", &["kept"]);
    let addresses = [fleet.address("a"), fleet.address("b")];
    let witness = Witness::start(&addresses, "/storage", |reply| {
        let answer = reply
            .map_err(|error| error.to_string())?
            .expect_status(200)?
            .json()?;
        let has_returned = answer.get("of-a").or(answer.get("of-h")).is_some();
        if has_returned {
            Err(answer.to_string())
        } else {
            Ok(())
        }
    });
    // The hera node still has both, for a liveness, and tells of them when asked from the beginning.
    await_hera(&h, "storage", &["kept"]);
    witness.expect_nothing_wrong();
    // A heartbeat after the deletion is a registration.
    h.put_at("storage", "of-h", json!({"again": true}), now_millis());
    fleet.await_ids_everywhere("storage", &["kept", "of-h"]);
    kept.stop();
    assert_eq!(h.faults(), Vec::<String>::new());
}

#[test]
fn a_vestal_node_relays_between_a_hera_node_and_a_vestal_node_that_do_not_reach_each_other() {
    let (fleet, h) = mixed(Unknown::NotFound);
    let heartbeats = [
        Heartbeats::start(fleet.address("b"), "/storage/of-b"),
        Heartbeats::start(h.address(), "/storage/of-h"),
    ];
    fleet.await_ids_everywhere("storage", &["of-b", "of-h"]);
    await_hera(&h, "storage", &["of-b", "of-h"]);
    let addresses = [fleet.address("a"), fleet.address("b"), h.address()];
    let witness = Witness::of_presence(&addresses, "storage", &["of-b", "of-h"]);
    fleet.part("b", "h", Flow::Refused);
    fleet.put("b", "/storage/late-b?ttl=600", "{}");
    h.put_at("storage", "late-h", json!({}), now_millis());
    fleet.await_ids("b", "storage", &["of-b", "of-h", "late-b", "late-h"]);
    await_hera(&h, "storage", &["of-b", "of-h", "late-b", "late-h"]);
    pass(LIVENESS + LIVENESS / 2);
    witness.expect_nothing_wrong();
    drop(heartbeats);
    assert_eq!(h.faults(), Vec::<String>::new());
}

#[test]
fn a_hera_node_relays_between_another_one_and_a_vestal_node() {
    let mut fleet = Fleet::new(&["a", "h", "i"], QUICK);
    let h = hera(&fleet, "h", &["a", "i"], Unknown::NotFound);
    let i = hera(&fleet, "i", &["a", "h"], Unknown::EmptyObject);
    fleet.start("a");
    fleet.await_peer("a", "h", "gossiping");
    fleet.await_peer("a", "i", "gossiping");
    fleet.part("a", "i", Flow::Refused);
    let heartbeats = [
        Heartbeats::start(fleet.address("a"), "/storage/of-a"),
        Heartbeats::start(i.address(), "/storage/of-i"),
    ];
    fleet.await_ids("a", "storage", &["of-a", "of-i"]);
    await_hera(&i, "storage", &["of-a", "of-i"]);
    let witness = Witness::of_presence(&[fleet.address("a"), i.address()], "storage", &["of-a", "of-i"]);
    pass(LIVENESS + LIVENESS / 2);
    witness.expect_nothing_wrong();
    drop(heartbeats);
    assert_eq!([h.faults(), i.faults()].concat(), Vec::<String>::new());
}

#[test]
fn a_time_stamp_far_in_the_future_is_refused_and_reported() {
    let (fleet, h) = mixed(Unknown::NotFound);
    let day_ahead = now_millis() + 24 * 3600 * 1000;
    h.put_at("storage", "of-the-future", json!({}), day_ahead);
    let heartbeats = Heartbeats::start(h.address(), "/storage/of-h");
    fleet.await_ids_everywhere("storage", &["of-h"]);
    for at in ["a", "b"] {
        eventually("the time-stamp is in the log", || {
            let log = fleet.node(at).log();
            log.contains("too far in the future").then_some(()).ok_or(log)
        });
        eventually("the time-stamp is counted", || {
            let count = fleet.metric(at, "vestal_clock_skew_reports_total")?;
            (count > 0).then_some(()).ok_or_else(|| count.to_string())
        });
    }
    // The others are heard on as before.
    let addresses = [fleet.address("a"), fleet.address("b")];
    let witness = Witness::of_presence(&addresses, "storage", &["of-h"]);
    pass(LIVENESS + LIVENESS / 2);
    witness.expect_nothing_wrong();
    fleet.await_ids_everywhere("storage", &["of-h"]);
    let warnings = fleet.node("a").log().matches("too far in the future").count();
    assert!(warnings <= 5, "{warnings} warnings of one entry");
    heartbeats.stop();
}

#[test]
fn a_hera_node_that_restarts_empty_learns_everything_and_is_heard_again() {
    let (fleet, h) = mixed(Unknown::EmptyObject);
    let heartbeats = [
        Heartbeats::start(fleet.address("a"), "/storage/of-a"),
        Heartbeats::start(fleet.address("b"), "/storage/of-b"),
    ];
    h.put_at("storage", "of-h", json!({}), now_millis());
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "of-h"]);
    let addresses = [fleet.address("a"), fleet.address("b")];
    let witness = Witness::of_presence(&addresses, "storage", &["of-a", "of-b"]);
    drop(h);
    fleet.lead_to("h", None);
    fleet.await_peer("a", "h", "unreachable");
    let h = hera(&fleet, "h", &["a", "b"], Unknown::EmptyObject);
    eventually("it knows the others again", || {
        let found = h.ids("storage");
        let is_whole = found.contains("of-a") && found.contains("of-b");
        is_whole.then_some(()).ok_or_else(|| format!("{found:?}"))
    });
    h.put_at("storage", "new", json!({}), now_millis());
    for at in ["a", "b"] {
        eventually("what it hears now is known", || {
            let found = fleet.ids(at, "storage")?;
            found
                .contains("new")
                .then_some(())
                .ok_or_else(|| format!("{found:?}"))
        });
    }
    fleet.await_peer("a", "h", "gossiping");
    // Neither of its instances has a client that heartbeats: both end, the one of its former life first.
    fleet.await_ids_everywhere("storage", &["of-a", "of-b"]);
    witness.expect_nothing_wrong();
    drop(heartbeats);
    assert_eq!(h.faults(), Vec::<String>::new());
}

#[test]
fn an_answer_that_is_no_gossip_does_no_harm() {
    let (fleet, h) = mixed(Unknown::NotFound);
    let heartbeats = Heartbeats::start(fleet.address("a"), "/storage/of-a");
    let witness = Witness::of_presence(&[fleet.address("a"), fleet.address("b")], "storage", &["of-a"]);
    // Not an object, a name that is none, a body that is far too large: passed over, the one between them taken.
    h.put_at("storage", "bad\nid", json!({}), now_millis());
    h.put_at("_own", "x", json!({}), now_millis());
    h.put_at("storage", "text", json!("text"), now_millis());
    h.put_at("storage", "good", json!({"good": true}), now_millis());
    h.put_at("storage", "huge", json!({"x": "y".repeat(1 << 20)}), now_millis());
    fleet.await_ids_everywhere("storage", &["good", "of-a"]);
    witness.expect_nothing_wrong();
    heartbeats.stop();
}
