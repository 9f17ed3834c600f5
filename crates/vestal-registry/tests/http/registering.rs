//! PUT, DELETE and what a read sees of them.

use crate::node::Node;

#[test]
fn a_registration_is_read_back_and_removed() {
    let node = Node::start();
    assert_eq!(node.put("/storage/a", r#"{"host":"10.1.1.1"}"#).status, 204);
    let one = node.ask("GET", "/storage/a");
    assert_eq!((one.status, one.text()), (200, r#"{"host":"10.1.1.1"}"#));
    assert_eq!(node.ask("DELETE", "/storage/a").status, 204);
    node.ask("GET", "/storage/a").problem(404, "instance-unknown");
    node.ask("DELETE", "/storage/a").problem(404, "instance-unknown");
    assert_eq!(node.ask("GET", "/storage").text(), "{}");
}

#[test]
fn instances_are_listed_by_id() {
    let node = Node::start();
    for id in ["b", "a", "c"] {
        node.put(&format!("/storage/{id}"), "{}");
    }
    assert_eq!(node.ask("GET", "/storage").text(), r#"{"a":{},"b":{},"c":{}}"#);
}

#[test]
fn an_id_may_hold_anything_that_is_percent_encoded() {
    let node = Node::start();
    for (written, meant) in [
        ("a%2Fb", "a/b"),
        ("%C3%BC", "ü"),
        ("10.1.1.1:80", "10.1.1.1:80"),
        ("a%20b%25", "a b%"),
        ("x+y", "x+y"),
        ("%22", "\""),
    ] {
        let target = format!("/storage/{written}");
        assert_eq!(node.put(&target, r#"{"n":1}"#).status, 204, "{written}");
        assert_eq!(node.ask("GET", &target).text(), r#"{"n":1}"#);
        assert_eq!(node.ask("GET", "/storage").json()[meant]["n"], 1);
        assert_eq!(node.ask("DELETE", &target).status, 204);
    }
}

#[test]
fn a_lease_is_as_long_as_asked_for() {
    let node = Node::start();
    assert_eq!(node.put("/storage/a?ttl=30", "{}").status, 204);
    assert_eq!(node.put("/storage/b", "{}").status, 204);
    let full = node.ask("GET", "/storage?view=full").json();
    assert_eq!(full["instances"][0]["ttl_ms"], 30_000);
    assert_eq!(full["instances"][1]["ttl_ms"], 90_000);
    assert!(
        full["instances"][0]["lease_left_ms"]
            .as_u64()
            .expect("ours to judge")
            <= 30_000
    );
}

#[test]
fn a_silent_instance_expires() {
    let node = Node::start_with(|settings| settings.lease_ttl_min = std::time::Duration::from_secs(1));
    node.put("/storage/a?ttl=1", "{}");
    let mut client = node.connect();
    let begun = std::time::Instant::now();
    while client.ask("GET", "/storage").text() != "{}" {
        assert!(begun.elapsed().as_secs() < 20, "still there");
        std::thread::yield_now();
    }
    assert!(begun.elapsed().as_millis() > 500, "it was given its lease");
}
