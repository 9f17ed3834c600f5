//! A node that has just started and may not know all yet.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;
use vestal_core::id::NodeName;
use vestal_registry::{Peer, PeerProtocol};

use crate::node::Node;

/// A node whose only peer takes connections and never answers, so that it stays unready.
fn unready() -> (Node, TcpListener) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = silent.local_addr().expect("bound").port();
    let node = Node::start_with(|settings| {
        settings.join_timeout = Duration::from_hours(1);
        settings.cluster = vec![Peer {
            name: NodeName::parse("node-2").expect("a name"),
            host: "127.0.0.1".to_owned(),
            port,
            protocol: PeerProtocol::Vestal,
        }];
    });
    (node, silent)
}

#[test]
fn reads_wait_and_writes_are_taken() {
    let (node, _silent) = unready();
    let mut client = node.connect();
    for target in [
        "/storage",
        "/storage/a",
        "/storage?view=full",
        "/_services",
        "/_health/ready",
    ] {
        let answer = client.ask("GET", target);
        answer.problem(503, "not-ready");
        assert_eq!(answer.header("retry-after"), Some("1"), "{target}");
    }
    client.ask("DELETE", "/storage/a").problem(503, "not-ready");
    assert_eq!(client.ask_with("PUT", "/storage/a", &[], b"{}").status, 204);
    client.ask("GET", "/storage").problem(503, "not-ready");
    let unknown = br#"{"leases":[{"service":"storage","id":"b"}]}"#;
    client
        .ask_with("POST", "/_renew", &[], unknown)
        .problem(503, "not-ready");
    // To a hera node what is missing is only not told yet.
    assert_eq!(client.ask("GET", "/_deltas?node-2=0").json(), json!({}));
    let renewal = br#"{"leases":[{"service":"storage","id":"a"}]}"#;
    let renewed = client.ask_with("POST", "/_renew", &[], renewal);
    assert_eq!(renewed.json(), json!({ "renewed": 1, "unknown": [] }));
    assert_eq!(
        client.ask("DELETE", "/storage/a").status,
        204,
        "what is known can be removed"
    );
}

#[test]
fn a_node_that_is_not_ready_is_alive_and_says_why() {
    let (node, _silent) = unready();
    assert_eq!(node.ask("GET", "/_health/live").status, 200);
    let cluster = node.ask("GET", "/_cluster").json();
    assert_eq!(cluster["ready"], false);
    assert_eq!(cluster["peers"][0]["name"], "node-2");
    assert!(node.ask("GET", "/_metrics").text().contains("vestal_ready 0"));
}

#[test]
fn what_is_wrong_in_itself_is_said_before_readiness() {
    let (node, _silent) = unready();
    node.ask("GET", "/.storage").problem(400, "service-name-invalid");
    node.ask("GET", "/storage?prety")
        .problem(400, "parameter-invalid");
}
