//! Three healthy nodes: what one knows, all know, soon.

use std::time::{Duration, Instant};

use crate::clients::Witness;
use crate::fleet::Fleet;
use crate::patience::{eventually, timed};

const NODES: [&str; 3] = ["a", "b", "c"];

#[test]
fn what_is_registered_at_one_node_is_read_at_all() {
    let fleet = Fleet::three();
    let mut times = Vec::new();
    for round in 0..10 {
        for at in NODES {
            let id = format!("{at}-{round}");
            fleet.put(
                at,
                &format!("/storage/{id}"),
                r#"{"host":"10.1.1.1","port":12345}"#,
            );
            let written = Instant::now();
            for other in NODES.into_iter().filter(|&other| other != at) {
                timed(&format!("{id} is read at {other}"), || {
                    fleet
                        .ask(other, "GET", &format!("/storage/{id}"), "")?
                        .expect_status(200)
                });
                times.push(written.elapsed());
            }
        }
    }
    print_times(
        "registered at one node, read at the others, through line relays",
        &mut times,
    );
    for path in ["/storage", "/storage?pretty"] {
        eventually(&format!("all answer {path} with the same bytes"), || {
            let bodies: Vec<Vec<u8>> = NODES
                .iter()
                .map(|at| Ok(fleet.ask(at, "GET", path, "")?.expect_status(200)?.body))
                .collect::<Result<_, String>>()?;
            let is_same = bodies.iter().all(|body| *body == bodies[0]);
            is_same.then_some(()).ok_or_else(|| "different bytes".to_owned())
        });
    }
    for at in NODES {
        for origin in NODES {
            assert_eq!(
                fleet.origin(at, "storage", &format!("{origin}-3")),
                Ok(origin.to_owned())
            );
        }
    }
}

#[test]
fn what_is_deleted_anywhere_is_gone_everywhere() {
    let fleet = Fleet::three();
    fleet.put("a", "/storage/one", "{}");
    fleet.put("b", "/storage/two", "{}");
    fleet.put("c", "/storage/three", "{}");
    fleet.await_ids_everywhere("storage", &["one", "two", "three"]);
    // At its origin, at another node, and at the third.
    for (at, id, left) in [
        ("a", "one", &["two", "three"][..]),
        ("a", "two", &["three"]),
        ("b", "three", &[]),
    ] {
        fleet.delete(at, &format!("/storage/{id}"));
        fleet.await_ids_everywhere("storage", left);
    }
    // Nothing comes back: a registration elsewhere is news of its own, not of those.
    fleet.put("c", "/storage/four", "{}");
    fleet.await_ids_everywhere("storage", &["four"]);
}

#[test]
fn what_expires_at_its_origin_is_gone_everywhere_and_not_before() {
    let fleet = Fleet::three();
    let began = Instant::now();
    fleet.put("b", "/storage/brief?ttl=2", "{}");
    fleet.put("b", "/storage/lasting?ttl=600", "{}");
    fleet.await_ids_everywhere("storage", &["brief", "lasting"]);
    fleet.await_ids_everywhere("storage", &["lasting"]);
    let lived = began.elapsed();
    assert!(
        lived >= Duration::from_secs(2),
        "a lease of 2 s ended after {lived:?}"
    );
    println!("a lease of 2 s was gone from all three nodes after {lived:?}");
    // The origin alone judges: whoever asks another node is told that it does not know.
    let view = fleet.instance("b", "storage", "lasting").expect("an instance");
    assert!(view["lease_left_ms"].is_u64(), "{view}");
    let view = fleet.instance("a", "storage", "lasting").expect("an instance");
    assert!(view["lease_left_ms"].is_null(), "{view}");
}

#[test]
fn an_instance_that_heartbeats_at_changing_nodes_is_never_absent() {
    let fleet = Fleet::three();
    fleet.put("a", "/storage/mover", r#"{"v":1}"#);
    fleet.put("a", "/storage/caller", r#"{"v":1}"#);
    fleet.await_ids_everywhere("storage", &["mover", "caller"]);
    let addresses = NODES.map(|at| fleet.address(at));
    let witness = Witness::of_presence(&addresses, "storage", &["mover", "caller"]);
    for round in 0..60 {
        let at = NODES[round % 3];
        renew(&fleet, at);
        if round % 4 == 0 {
            await_origin(&fleet, at);
        }
    }
    await_origin(&fleet, "c");
    let looks = witness.expect_nothing_wrong();
    println!("60 moves under {looks} looks");
    // A body that changes while the lease moves is the new one everywhere.
    fleet.put("b", "/storage/mover", r#"{"v":2}"#);
    for at in NODES {
        eventually("the changed body is read", || {
            let body = fleet.json(at, "/storage/mover")?;
            (body["v"] == 2).then_some(()).ok_or_else(|| body.to_string())
        });
    }
}

#[test]
fn slow_lines_delay_news_and_lose_nothing() {
    let fleet = Fleet::three();
    for from in NODES {
        for to in NODES {
            fleet.line(from, to).set_delay(Duration::from_millis(150));
        }
    }
    let mut expected = Vec::new();
    for number in 0..200 {
        let id = format!("i{number:03}");
        fleet.put(
            NODES[number % 3],
            &format!("/storage/{id}"),
            r#"{"host":"10.1.1.1"}"#,
        );
        expected.push(id);
    }
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    let took = timed("all nodes have everything", || {
        for at in NODES {
            let found = fleet.ids(at, "storage")?.len();
            if found != expected.len() {
                return Err(format!("{found} at {at}"));
            }
        }
        Ok(())
    });
    println!("200 registrations over lines of 150 ms were everywhere after {took:?}");
    fleet.await_ids_everywhere("storage", &expected);
}

/// One instance renews by its body, the other by its name.
fn renew(fleet: &Fleet, at: &str) {
    fleet.put(at, "/storage/mover", r#"{"v":1}"#);
    let renewal = r#"{"leases":[{"service":"storage","id":"caller"}]}"#;
    let reply = fleet.ask(at, "POST", "/_renew", renewal).expect("an answer");
    assert_eq!(reply.text(), r#"{"renewed":1,"unknown":[]}"#);
}

/// Goes on renewing at one node until all nodes name it as the origin: a node that has not heard yet that a lease left
/// it takes a heartbeat for its own, and the next one moves the lease.
fn await_origin(fleet: &Fleet, origin: &str) {
    eventually(&format!("both leases belong to {origin} everywhere"), || {
        renew(fleet, origin);
        for at in NODES {
            for id in ["mover", "caller"] {
                let found = fleet.origin(at, "storage", id)?;
                if found != origin {
                    return Err(format!("{id} belongs to {found} at {at}"));
                }
            }
        }
        Ok(())
    });
}

fn print_times(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{what}: p50 {:?}, p90 {:?}, max {:?} of {}",
        at(50),
        at(90),
        at(100),
        times.len()
    );
}
