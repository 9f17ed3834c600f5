//! The connection limit, and that places are given back.

use std::time::{Duration, Instant};

use crate::node::Node;

#[test]
fn a_connection_beyond_the_limit_is_told_so() {
    let node = Node::start_with(|settings| settings.http.connections_max = 3);
    let mut held: Vec<_> = (0..3).map(|_| node.connect()).collect();
    for client in &mut held {
        assert_eq!(client.ask("GET", "/storage").status, 200);
    }
    let mut beyond = node.connect();
    let answer = beyond.receive();
    answer.problem(503, "too-many-connections");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(
        held[0].ask("GET", "/storage").status,
        200,
        "those inside are not disturbed"
    );
    drop(held.pop());
    let begun = Instant::now();
    loop {
        let mut client = node.connect();
        client.send_in_vain(crate::client::request("GET", "/storage", &[], b""));
        if client.receive().status == 200 {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "the place is not given back"
        );
    }
}

#[test]
fn a_flood_of_connections_leaves_those_inside_alone() {
    let node = Node::start_with(|settings| settings.http.connections_max = 5);
    let mut inside = node.connect();
    assert_eq!(inside.ask("GET", "/storage").status, 200);
    let flood: Vec<_> = (0..300).map(|_| node.connect()).collect();
    assert_eq!(inside.ask("GET", "/storage").status, 200);
    drop(flood);
    assert_eq!(inside.ask("GET", "/storage").status, 200);
}
