//! The end of a node that is asked to end, and the start of one that cannot start.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::fleet::{Fleet, QUICK};
use crate::harness::{Folder, run};
use crate::http;
use crate::patience::eventually;

/// Far more than a stop takes, and less than the grace that a hanging one would use up.
const SOON: Duration = Duration::from_secs(5);

/// A registration whose head the node has read and whose body is still to come.
fn begin_put(fleet: &Fleet, at: &str, path: &str) -> TcpStream {
    let mut stream = http::connect(fleet.address(at)).expect("a connection");
    let head = format!("PUT {path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a head sent");
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[test]
fn a_stop_finishes_what_is_under_way_and_tells_the_peers_of_it() {
    let mut fleet = Fleet::three();
    let under_way: Vec<TcpStream> = (0..10)
        .map(|number| begin_put(&fleet, "c", &format!("/storage/i{number}?ttl=600")))
        .collect();
    let idle = http::connect(fleet.address("c")).expect("a connection");
    fleet.put("c", "/storage/last?ttl=600", "{}");
    fleet.node("c").signal("TERM");
    eventually("the node stops", || {
        let log = fleet.node("c").log();
        log.contains("requests under way may finish")
            .then_some(())
            .ok_or(log)
    });
    assert!(
        TcpStream::connect(fleet.address("c")).is_err(),
        "a stopping node takes no new connections"
    );
    for mut stream in under_way {
        stream.write_all(b"{}").expect("a body sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        assert_eq!(http::parse(&answer).map(|reply| reply.status), Some(204));
    }
    let finished = Instant::now();
    let node = fleet.take("c");
    node.wait().expect_code(0).expect_in_stderr("stopped");
    let took = finished.elapsed();
    assert!(
        took < SOON,
        "the node took {took:?} to end after its last request"
    );
    println!("ended {took:?} after its last request");
    drop(idle);
    // What was acknowledged is not lost with the node: its peers have it.
    let expected: Vec<String> = (0..10)
        .map(|number| format!("i{number}"))
        .chain(["last".to_owned()])
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    for at in ["a", "b"] {
        let found = fleet.ids(at, "storage").expect("an answer");
        assert!(
            expected.iter().all(|id| found.contains(*id)),
            "{at} has only {found:?}"
        );
    }
}

#[test]
fn a_second_signal_ends_a_node_at_once() {
    let mut fleet = Fleet::new(&["a"], QUICK);
    fleet.start_all();
    let _under_way = begin_put(&fleet, "a", "/storage/one");
    fleet.node("a").signal("TERM");
    eventually("the node stops", || {
        let log = fleet.node("a").log();
        log.contains("requests under way may finish")
            .then_some(())
            .ok_or(log)
    });
    let signalled = Instant::now();
    fleet.node("a").signal("TERM");
    fleet
        .take("a")
        .wait()
        .expect_code(1)
        .expect_in_stderr("before all requests were finished");
    assert!(signalled.elapsed() < SOON);
}

#[test]
fn a_node_with_peers_that_stand_still_stops_all_the_same() {
    let mut fleet = Fleet::three();
    fleet.put("a", "/storage/one", "{}");
    fleet.await_ids_everywhere("storage", &["one"]);
    fleet.node("b").signal("STOP");
    fleet.node("c").signal("STOP");
    let signalled = Instant::now();
    fleet.node("a").signal("TERM");
    fleet.take("a").wait().expect_code(0);
    let took = signalled.elapsed();
    assert!(took < SOON, "took {took:?}");
    println!("with peers that stand still ended after {took:?}");
}

#[test]
fn a_data_folder_that_cannot_be_made_is_told() {
    // Nobody can make a folder there, not even root.
    run(&Folder::new(), ["run", "-p", "0", "--data", "/proc/vestal/data"])
        .expect_code(1)
        .expect_in_stderr("cannot create the data directory /proc/vestal/data")
        .expect_in_stderr("hint: ");
}

#[test]
fn a_data_folder_of_a_running_node_is_told_and_left_alone() {
    let mut fleet = Fleet::new(&["a"], QUICK);
    fleet.start_all();
    let holder = format!("process {}", fleet.node("a").process());
    run(fleet.folder(), ["run", "-p", "0", "--data", "data-a"])
        .expect_code(1)
        .expect_in_stderr("data-a is in use by")
        .expect_in_stderr(&holder);
    fleet.put("a", "/storage/one", "{}");
    fleet.await_ids("a", "storage", &["one"]);
    // The lock ends with the process however that ends.
    fleet.kill("a");
    fleet.start("a");
    fleet.await_ready("a");
}
