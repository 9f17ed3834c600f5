//! Processes that die or stand still while the others go on.

use std::time::{Duration, Instant};

use crate::clients::{Heartbeats, Witness};
use crate::fleet::{Fleet, LIVENESS, QUICK};
use crate::patience::{eventually, pass};

#[test]
fn a_node_that_is_killed_and_restarted_again_and_again_disturbs_nobody() {
    let mut fleet = Fleet::three();
    let paths: Vec<String> = (0..20).map(|number| format!("/storage/i{number}")).collect();
    let heartbeats: Vec<Heartbeats> = paths
        .iter()
        .enumerate()
        .map(|(number, path)| Heartbeats::start(fleet.address(["a", "b"][number % 2]), path))
        .collect();
    let ids: Vec<&str> = paths
        .iter()
        .map(|path| path.trim_start_matches("/storage/"))
        .collect();
    fleet.await_ids_everywhere("storage", &ids);
    let witness = Witness::of_presence(&[fleet.address("a"), fleet.address("b")], "storage", &ids);
    for _ in 0..4 {
        fleet.kill("c");
        fleet.start("c");
        let restarted = Witness::start(&[fleet.address("c")], "/storage", |reply| {
            let reply = reply.map_err(|error| error.to_string())?;
            if reply.status == 503 {
                return Ok(());
            }
            let count = reply
                .expect_status(200)?
                .json()?
                .as_object()
                .map_or(0, serde_json::Map::len);
            (count == 20)
                .then_some(())
                .ok_or_else(|| format!("{count} of 20 instances"))
        });
        fleet.await_ids("c", "storage", &ids);
        restarted.expect_nothing_wrong();
    }
    fleet.await_whole();
    witness.expect_nothing_wrong();
    let gap = heartbeats
        .into_iter()
        .map(Heartbeats::stop)
        .max()
        .unwrap_or_default();
    println!("longest time between two heartbeats: {gap:?}");
}

#[test]
fn a_node_that_stood_still_keeps_its_leases_and_catches_up() {
    let fleet = Fleet::three();
    fleet.put("c", "/storage/of-c?ttl=4", "{}");
    fleet.put("a", "/storage/leaves?ttl=600", "{}");
    let of_a = Heartbeats::start(fleet.address("a"), "/storage/of-a");
    fleet.await_ids_everywhere("storage", &["of-c", "of-a", "leaves"]);
    let others = Witness::of_presence(&["a", "b"].map(|at| fleet.address(at)), "storage", &["of-a"]);
    fleet.node("c").signal("STOP");
    // The others drop what the stopped node kept, and life goes on.
    fleet.await_ids("a", "storage", &["of-a", "leaves"]);
    fleet.await_ids("b", "storage", &["of-a", "leaves"]);
    fleet.delete("b", "/storage/leaves");
    fleet.put("b", "/storage/comes?ttl=600", "{}");
    let own = Witness::of_presence(&[fleet.address("c")], "storage", &["of-c", "of-a"]);
    let renewed = Instant::now();
    fleet.node("c").signal("CONT");
    // Its service, which could not reach it meanwhile, is back in time.
    let of_c = Heartbeats::start(fleet.address("c"), "/storage/of-c?ttl=4");
    fleet.await_ids_everywhere("storage", &["of-c", "of-a", "comes"]);
    println!("caught up {:?} after it went on", renewed.elapsed());
    own.expect_nothing_wrong();
    others.expect_nothing_wrong();
    assert_eq!(fleet.metric("c", "vestal_expired_total"), Ok(0));
    of_a.stop();
    of_c.stop();
}

/// How long processes are stopped: longer than several leases. `VESTAL_TEST_STALL_SECONDS=60` for a long one.
fn stall() -> Duration {
    let seconds = std::env::var("VESTAL_TEST_STALL_SECONDS").ok();
    let seconds = seconds.map(|seconds| seconds.parse().expect("VESTAL_TEST_STALL_SECONDS is a number"));
    Duration::from_secs(seconds.unwrap_or(6))
}

#[test]
fn nobody_expires_while_the_node_itself_stood_still() {
    let mut fleet = Fleet::new(&["a"], QUICK);
    fleet.start_all();
    let ttl = Duration::from_secs(2);
    for number in 0..10 {
        fleet.put("a", &format!("/storage/i{number}?ttl=2"), "{}");
    }
    let registered = Instant::now();
    let node = fleet.node("a");
    node.signal("STOP");
    // What passed before and while the signal took effect was running time.
    let ran = registered.elapsed();
    let stall = stall();
    pass(stall);
    let resumed = Instant::now();
    node.signal("CONT");
    let first = fleet.ids("a", "storage").expect("an answer");
    // A clock of our own that began before the node went on: had the node counted the stall, all would be gone now.
    assert_eq!(first.len(), 10, "after a stall of {stall:?}");
    eventually("the leases end", || {
        let left = fleet.ids("a", "storage")?.len();
        (left == 0)
            .then_some(())
            .ok_or_else(|| format!("{left} are left"))
    });
    let lived = ran + resumed.elapsed();
    // One step of the node's lease clock, half a second, counts of any stall.
    assert!(
        lived + Duration::from_millis(600) >= ttl,
        "leases of {ttl:?} ended after {lived:?} of running time"
    );
    eventually("the stall is in the log", || {
        let log = fleet.node("a").log();
        log.contains("this process stood still").then_some(()).ok_or(log)
    });
    let text = fleet.ask("a", "GET", "/_metrics", "").expect("an answer").text();
    let stalled = text
        .lines()
        .filter(|line| line.starts_with("vestal_stall"))
        .collect::<Vec<_>>();
    println!("stall of {stall:?}: leases of {ttl:?} ended after {lived:?} of running time; {stalled:?}");
    assert!(!stalled.is_empty(), "no metric tells of the stall:\n{text}");
}

#[test]
fn a_whole_cluster_that_stood_still_forgets_nobody() {
    let fleet = Fleet::three();
    for at in ["a", "b", "c"] {
        fleet.put(at, &format!("/storage/of-{at}?ttl=4"), "{}");
    }
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "of-c"]);
    for at in fleet.running() {
        fleet.node(at).signal("STOP");
    }
    pass(LIVENESS + Duration::from_secs(2));
    for at in fleet.running() {
        fleet.node(at).signal("CONT");
    }
    for at in fleet.running() {
        assert_eq!(fleet.ids(at, "storage").expect("an answer").len(), 3, "at {at}");
    }
}
