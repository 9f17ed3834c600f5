//! The way a node ends: requests under way finish, nobody waits for ever, and its folder is free again.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use vestal_registry::ServeError;

use crate::node::Node;

#[test]
fn a_request_under_way_is_finished() {
    let mut node = Node::start();
    let mut busy = node.connect();
    let mut idle = node.connect();
    assert_eq!(idle.ask("GET", "/storage").status, 200);
    busy.send("PUT /storage/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    assert_eq!(busy.receive().status, 100, "it is under way");
    node.order_stop();
    assert!(idle.is_closed(), "who waits for nothing is let go");
    busy.send("{}");
    assert_eq!(busy.receive_for("PUT").status, 204);
    assert!(busy.is_closed());
    node.wait_stopped().expect("a clean end");
    assert!(TcpStream::connect(node.address).is_err(), "nobody listens");
}

#[test]
fn a_request_that_does_not_finish_is_ended_after_the_grace() {
    let mut node = Node::start_with(|settings| settings.shutdown_grace = Duration::from_millis(200));
    let mut stuck = node.connect();
    stuck.send("PUT /storage/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    assert_eq!(stuck.receive().status, 100);
    let begun = Instant::now();
    node.order_stop();
    node.wait_stopped().expect("a clean end");
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(stuck.is_closed());
}

#[test]
fn a_peer_that_does_not_read_its_stream_is_not_waited_for() {
    let grace = Duration::from_mins(1);
    let mut node = Node::start_with(|settings| {
        settings.shutdown_grace = grace;
        settings.http.body_timeout = grace * 10;
        settings.limits.body_bytes_max = 1024 * 1024;
    });
    let mut peer = node.connect();
    peer.send("GET /_cluster/stream?from=node-2&incarnation=0&after=0 HTTP/1.1\r\nhost: x\r\n\r\n");
    // Far more than sockets buffer, whatever compression makes of it.
    for number in 0..32 {
        let body = format!(r#"{{"a":"{}"}}"#, noise(number));
        assert_eq!(node.put(&format!("/storage/{number}"), &body).status, 204);
    }
    let begun = Instant::now();
    node.order_stop();
    node.wait_stopped().expect("a clean end");
    let took = begun.elapsed();
    assert!(took < grace / 2, "took {took:?}");
    drop(peer);
}

#[test]
fn a_request_that_does_not_finish_keeps_no_peer_from_hearing_the_last_changes() {
    let mut node = Node::start_with(|settings| settings.shutdown_grace = Duration::from_secs(2));
    let mut stuck = node.connect();
    stuck.send("PUT /storage/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    assert_eq!(stuck.receive().status, 100);
    let mut stream = TcpStream::connect(node.address).expect("the node accepts");
    stream
        .write_all(b"GET /_cluster/stream?from=node-2&incarnation=0&after=0 HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("the node reads");
    stream.read_exact(&mut [0; 15]).expect("the stream has begun");
    node.order_stop();
    let mut told = Vec::new();
    stream.read_to_end(&mut told).expect("it ends and is not reset");
    assert!(told.ends_with(b"\r\n0\r\n\r\n"), "it was cut off");
    node.wait_stopped().expect("a clean end");
}

/// A megabyte of letters that cannot be compressed by much.
fn noise(seed: u64) -> String {
    let mut state = seed;
    let letters = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (state >> 59) as u8)
    });
    letters.take(1_000_000).collect()
}

#[test]
fn a_second_node_in_the_same_folder_is_refused() {
    let mut shared = None;
    let first = Node::start_with(|settings| shared = Some(settings.data.clone()));
    assert_eq!(first.ask("GET", "/storage").status, 200, "it holds its folder");
    let folder = shared.expect("a folder");
    let mut second = Node::start_with(|settings| settings.data.clone_from(&folder));
    let error = second.wait_stopped().expect_err("the folder is taken");
    assert!(matches!(error, ServeError::DataDirectory(_)), "{error}");
}

#[test]
fn each_life_has_a_greater_incarnation() {
    let folder = std::env::temp_dir().join(format!("vestal-registry-lives-{}", std::process::id()));
    // As left by a life whose clock ran ten years ahead.
    let ahead = 2_100_000_000_000_u64;
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("incarnation"), ahead.to_string()).expect("written");
    for life in 1..=2 {
        let mut node = Node::start_with(|settings| settings.data.clone_from(&folder));
        assert_eq!(node.ask("GET", "/_cluster").json()["incarnation"], ahead + life);
        node.order_stop();
        node.wait_stopped().expect("a clean end");
    }
    std::fs::write(folder.join("incarnation"), "nonsense").expect("written");
    let mut damaged = Node::start_with(|settings| settings.data.clone_from(&folder));
    let error = damaged.wait_stopped().expect_err("damage is not guessed away");
    assert!(matches!(error, ServeError::Incarnation(_)), "{error}");
    std::fs::remove_dir_all(&folder).expect("removed");
}
