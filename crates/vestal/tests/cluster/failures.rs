//! hera's failure conditions: nodes that crash and lose their data, nodes that are cut off, lines that fail one by one.

use std::time::{Duration, Instant};

use crate::clients::{Heartbeats, Witness};
use crate::fleet::{Fleet, LIVENESS, QUICK};
use crate::line::Flow;
use crate::patience::{eventually, timed};

/// A silent node is believed for `liveness` from its last sign of life, which on a busy machine may have come some time
/// before the cut.
const SILENCE_MIN: Duration = LIVENESS.checked_sub(Duration::from_secs(2)).unwrap();
/// Long enough that whatever is not renewed ends.
const LONG: Duration = LIVENESS.checked_add(Duration::from_secs(2)).unwrap();

#[test]
fn a_crashed_and_wiped_node_is_made_whole_by_the_others() {
    let mut fleet = Fleet::three();
    fleet.put("a", "/storage/of-a?ttl=600", "{}");
    fleet.put("c", "/storage/orphan", r#"{"v":1}"#);
    let kept = Heartbeats::start(fleet.address("c"), "/storage/kept?ttl=600");
    fleet.await_ids_everywhere("storage", &["of-a", "orphan", "kept"]);
    let others = [fleet.address("a"), fleet.address("b")];
    let witness = Witness::of_presence(&others, "storage", &["of-a", "kept"]);

    let crashed = Instant::now();
    fleet.kill("c");
    fleet.wipe("c");
    let found = fleet.ids("a", "storage").expect("an answer");
    assert!(
        found.contains("orphan"),
        "a crash is a pause, not an end: {found:?}"
    );
    // The kept service goes to the next node, as clients do; the orphan's client is dead, too.
    kept.turn_to(fleet.address("a"));
    fleet.start("c");
    fleet.await_ready("c");
    let ready_after = crashed.elapsed();
    let found = fleet.ids("c", "storage").expect("an answer of a ready node");
    assert!(
        found.contains("of-a"),
        "a ready node without what was there before: {found:?}"
    );
    if ready_after < LIVENESS / 2 {
        assert!(
            found.contains("orphan"),
            "the wiped node's old entries are served meanwhile: {found:?}"
        );
    }
    fleet.put("c", "/storage/new?ttl=600", "{}");
    fleet.await_ids_everywhere("storage", &["of-a", "kept", "new"]);
    let lapsed_after = crashed.elapsed();
    assert!(
        lapsed_after >= SILENCE_MIN,
        "the orphan was dropped after {lapsed_after:?}"
    );
    println!(
        "killed and wiped: ready again after {ready_after:?}, its old entries gone everywhere after {lapsed_after:?}"
    );
    witness.expect_nothing_wrong();
    kept.stop();
}

#[test]
fn a_wiped_node_is_not_ready_until_it_has_everything() {
    const INSTANCES: usize = 3_000;
    let mut fleet = Fleet::three();
    let padding = "x".repeat(300);
    for number in 0..INSTANCES {
        let body = format!(r#"{{"padding":"{padding}"}}"#);
        fleet.put(
            ["a", "b"][number % 2],
            &format!("/storage/i{number}?ttl=600"),
            &body,
        );
    }
    fleet.kill("c");
    fleet.wipe("c");
    fleet.isolate("c", Flow::Refused);
    fleet.start("c");
    let refusal = fleet.ask("c", "GET", "/storage", "").expect("an answer");
    assert_eq!(refusal.status, 503, "{}", refusal.text());
    assert_eq!(refusal.header("content-type"), Some("application/problem+json"));
    assert!(refusal.header("retry-after").is_some());
    let kind = refusal.json().expect("a problem")["type"].to_string();
    assert!(kind.ends_with("not-ready\""), "{kind}");
    for path in [
        "/_services",
        "/storage/i0",
        "/storage?view=full",
        "/_health/ready",
    ] {
        let refusal = fleet.ask("c", "GET", path, "").expect("an answer");
        assert_eq!(refusal.status, 503, "{path}: {}", refusal.text());
    }
    assert_eq!(
        fleet
            .ask("c", "GET", "/_health/live", "")
            .expect("an answer")
            .status,
        200
    );

    // From now on each answer is either not given or whole.
    let witness = Witness::start(&[fleet.address("c")], "/storage", move |reply| {
        let reply = reply.map_err(|error| error.to_string())?;
        if reply.status == 503 {
            return Ok(());
        }
        let count = reply
            .expect_status(200)?
            .json()?
            .as_object()
            .map_or(0, serde_json::Map::len);
        (count == INSTANCES)
            .then_some(())
            .ok_or_else(|| format!("{count} instances"))
    });
    for other in ["a", "b"] {
        fleet.line("c", other).set_delay(Duration::from_millis(30));
    }
    fleet.heal();
    let took = timed("the wiped node is ready", || {
        fleet.ask("c", "GET", "/_health/ready", "")?.expect_status(200)
    });
    println!("{INSTANCES} instances to a wiped node over lines of 30 ms: ready after {took:?}");
    assert_eq!(fleet.ids("c", "storage").expect("an answer").len(), INSTANCES);
    witness.expect_nothing_wrong();
}

#[test]
fn a_node_that_is_refused_by_all_is_purged_and_comes_back() {
    isolate_and_return(Flow::Refused);
}

#[test]
fn a_node_whose_cables_are_pulled_is_purged_and_comes_back() {
    isolate_and_return(Flow::Silent);
}

fn isolate_and_return(flow: Flow) {
    let fleet = Fleet::three();
    let services = [("a", "of-a"), ("b", "of-b"), ("c", "of-c")];
    let heartbeats =
        services.map(|(at, id)| Heartbeats::start(fleet.address(at), &format!("/storage/{id}?ttl=4")));
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "of-c"]);
    let cut = Instant::now();
    fleet.isolate("c", flow);
    let majority = Witness::of_presence(
        &[fleet.address("a"), fleet.address("b")],
        "storage",
        &["of-a", "of-b"],
    );
    let minority = Witness::of_presence(&[fleet.address("c")], "storage", &["of-c"]);
    fleet.await_ids("a", "storage", &["of-a", "of-b"]);
    fleet.await_ids("b", "storage", &["of-a", "of-b"]);
    fleet.await_ids("c", "storage", &["of-c"]);
    let purged = cut.elapsed();
    assert!(purged >= SILENCE_MIN, "purged after {purged:?}");
    fleet.await_peer("a", "c", "unreachable");
    fleet.await_peer("c", "b", "unreachable");
    let healed = Instant::now();
    fleet.heal();
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "of-c"]);
    println!(
        "{flow:?}: purged on both sides after {purged:?}, back after {:?}",
        healed.elapsed()
    );
    fleet.await_whole();
    majority.expect_nothing_wrong();
    minority.expect_nothing_wrong();
    drop(heartbeats);
}

#[test]
fn two_nodes_that_refuse_each_other_hear_each_other_through_a_third() {
    relay(Flow::Refused);
}

#[test]
fn two_nodes_with_a_dead_line_between_them_hear_each_other_through_a_third() {
    relay(Flow::Silent);
}

/// A and B lose each other for longer than `liveness`; both reach C.
fn relay(flow: Flow) {
    let fleet = Fleet::three();
    let heartbeats = [("a", "of-a"), ("b", "of-b")]
        .map(|(at, id)| Heartbeats::start(fleet.address(at), &format!("/storage/{id}")));
    fleet.put("a", "/storage/mover?ttl=600", "{}");
    fleet.put("c", "/storage/wanderer?ttl=600", "{}");
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "mover", "wanderer"]);
    let addresses = ["a", "b", "c"].map(|at| fleet.address(at));
    let witness = Witness::of_presence(&addresses, "storage", &["of-a", "of-b", "mover", "wanderer"]);
    let cut = Instant::now();
    fleet.part("a", "b", flow);
    let mut times = Vec::new();
    let mut round = 0;
    // Writes and moves go on from the first moment, when nobody has noticed the cut yet, for longer than a lease lives.
    while cut.elapsed() < LONG {
        let (at, other) = [("a", "b"), ("b", "a")][round % 2];
        let id = format!("r{round}");
        fleet.put(at, &format!("/relayed/{id}?ttl=600"), "{}");
        fleet.put(at, "/storage/mover?ttl=600", "{}");
        fleet.put(["a", "c", "b"][round % 3], "/storage/wanderer?ttl=600", "{}");
        times.push(timed(&format!("{id} of {at} is read at {other}"), || {
            fleet
                .ask(other, "GET", &format!("/relayed/{id}"), "")?
                .expect_status(200)
        }));
        fleet.delete(at, &format!("/relayed/{id}"));
        round += 1;
    }
    fleet.await_peer("a", "b", "unreachable");
    fleet.await_peer("b", "a", "unreachable");
    fleet.await_ids_everywhere("relayed", &[]);
    times.sort();
    let (median, max) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "{flow:?}: A to B through C, gossip each 200 ms: p50 {median:?}, max {max:?} of {}",
        times.len()
    );
    fleet.heal();
    fleet.await_whole();
    fleet.put("a", "/relayed/after", "{}");
    fleet.await_ids_everywhere("relayed", &["after"]);
    witness.expect_nothing_wrong();
    drop(heartbeats);
}

#[test]
fn a_line_cut_one_way_keeps_nobody_from_hearing() {
    let fleet = Fleet::three();
    let heartbeats = [("a", "of-a"), ("b", "of-b")]
        .map(|(at, id)| Heartbeats::start(fleet.address(at), &format!("/storage/{id}")));
    fleet.await_ids_everywhere("storage", &["of-a", "of-b"]);
    let witness = Witness::of_presence(
        &["a", "b", "c"].map(|at| fleet.address(at)),
        "storage",
        &["of-a", "of-b"],
    );
    let cut = Instant::now();
    // A cannot call B; B calls A as before.
    fleet.line("a", "b").set_flow(Flow::Refused);
    fleet.await_peer("b", "a", "streaming");
    let mut round = 0;
    while cut.elapsed() < LONG {
        let (at, other) = [("a", "b"), ("b", "a")][round % 2];
        fleet.put(at, &format!("/relayed/r{round}?ttl=600"), "{}");
        eventually("the write is read on the other side", || {
            fleet
                .ask(other, "GET", &format!("/relayed/r{round}"), "")?
                .expect_status(200)
        });
        round += 1;
    }
    let losses = fleet
        .node("a")
        .log()
        .matches("the peer cannot be reached peer=b")
        .count();
    // Once at most while the cluster started, once for the cut: what B tells A does not mean that A reaches B.
    assert!(losses <= 2, "one lasting cut was told {losses} times");
    println!("one way: {round} writes went across in {:?}", cut.elapsed());
    fleet.heal();
    fleet.await_whole();
    witness.expect_nothing_wrong();
    drop(heartbeats);
}

#[test]
fn two_nodes_cut_one_way_know_of_each_other_what_they_knew() {
    let mut fleet = Fleet::new(&["a", "b"], QUICK);
    fleet.start_all();
    let heartbeats = [("a", "of-a"), ("b", "of-b")]
        .map(|(at, id)| Heartbeats::start(fleet.address(at), &format!("/storage/{id}")));
    fleet.await_ids_everywhere("storage", &["of-a", "of-b"]);
    let witness = Witness::of_presence(
        &["a", "b"].map(|at| fleet.address(at)),
        "storage",
        &["of-a", "of-b"],
    );
    fleet.line("a", "b").set_flow(Flow::Refused);
    fleet.await_peer("a", "b", "unreachable");
    // B's own exchanges reach A and vouch for what A has of B.
    crate::patience::pass(LIVENESS + Duration::from_secs(1));
    fleet.put("b", "/storage/late", "{}");
    fleet.heal();
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "late"]);
    witness.expect_nothing_wrong();
    drop(heartbeats);
}
