//! Validators, views and pages of reads.

use crate::node::Node;

#[test]
fn an_answer_that_still_stands_is_not_sent_again() {
    let node = Node::start();
    node.put("/storage/a", r#"{"n":1,"updated_at":"x"}"#);
    let mut client = node.connect();
    let first = client.ask("GET", "/storage");
    let etag = first.header("etag").expect("a validator").to_owned();
    assert!(etag.starts_with("W/\""));
    let held = [("if-none-match", etag.as_str())];
    let again = client.ask_with("GET", "/storage", &held, b"");
    assert_eq!((again.status, again.header("etag")), (304, Some(etag.as_str())));
    assert_eq!(again.header("x-vestal-index"), first.header("x-vestal-index"));

    node.put("/storage/a", r#"{"n":1,"updated_at":"y"}"#);
    assert_eq!(
        client.ask_with("GET", "/storage", &held, b"").status,
        304,
        "a heartbeat is no change"
    );
    node.put("/storage/a", r#"{"n":2,"updated_at":"y"}"#);
    let changed = client.ask_with("GET", "/storage", &held, b"");
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(etag.as_str()));
}

#[test]
fn the_validator_of_nothing_is_not_that_of_something() {
    let node = Node::start();
    let nothing = node.ask("GET", "/storage");
    let etag = nothing.header("etag").expect("a validator").to_owned();
    let held = [("if-none-match", etag.as_str())];
    assert_eq!(node.connect().ask_with("GET", "/storage", &held, b"").status, 304);
    node.put("/storage/a", "{}");
    assert_eq!(node.connect().ask_with("GET", "/storage", &held, b"").status, 200);
}

#[test]
fn one_instance_has_a_validator_too() {
    let node = Node::start();
    node.put("/storage/a", r#"{"n":1}"#);
    let etag = node
        .ask("GET", "/storage/a")
        .header("etag")
        .expect("a validator")
        .to_owned();
    let held = [("if-none-match", etag.as_str())];
    assert_eq!(
        node.connect().ask_with("GET", "/storage/a", &held, b"").status,
        304
    );
    node.put("/storage/a", r#"{"n":2}"#);
    assert_eq!(
        node.connect().ask_with("GET", "/storage/a", &held, b"").status,
        200
    );
}

#[test]
fn the_index_grows_with_changes() {
    let node = Node::start();
    let index = || -> u64 {
        node.ask("GET", "/storage")
            .header("x-vestal-index")
            .expect("an index")
            .parse()
            .expect("a number")
    };
    node.put("/storage/a", r#"{"n":1}"#);
    let first = index();
    node.put("/storage/a", r#"{"n":1}"#);
    assert_eq!(index(), first);
    node.put("/storage/a", r#"{"n":2}"#);
    assert!(index() > first);
}

#[test]
fn the_full_view_says_what_the_node_knows() {
    let node = Node::start();
    node.put("/storage/a", r#"{"host":"10.1.1.1"}"#);
    let answer = node.ask("GET", "/storage?view=full");
    assert_eq!(answer.header("etag"), None, "ages change with time alone");
    let full: vestal_api::ServiceFull = serde_json::from_slice(&answer.body).expect("the contract's shape");
    assert_eq!((full.service.as_str(), full.instances.len()), ("storage", 1));
    let one = &full.instances[0];
    assert_eq!(
        (one.id.as_str(), one.status.as_str(), one.origin.as_str()),
        ("a", "up", "node-1")
    );
    assert_eq!(one.body.get(), r#"{"host":"10.1.1.1"}"#);
    assert!(one.lease_left_ms.expect("ours to judge") <= 90_000);
    let single = node.ask("GET", "/storage/a?view=full&pretty");
    assert!(single.text().contains("\n  \"id\": \"a\""), "{}", single.text());
    let nothing = node.ask("GET", "/nothing?view=full").json();
    assert_eq!(
        nothing["instances"],
        serde_json::json!([]),
        "a list is never null"
    );
}

#[test]
fn large_views_are_the_same_as_small_ones() {
    let node = Node::start();
    let mut client = node.connect();
    for number in 0..1000 {
        let put = client.ask_with(
            "PUT",
            &format!("/storage/{number:04}"),
            &[],
            br#"{"host":"10.1.1.1","port":8080}"#,
        );
        assert_eq!(put.status, 204);
    }
    let plain = client.ask("GET", "/storage").json();
    assert_eq!(client.ask("GET", "/storage?pretty").json(), plain);
    let full = client.ask("GET", "/storage?view=full").json();
    let full = full["instances"].as_array().expect("a list");
    assert_eq!(full.len(), 1000);
    for one in full {
        assert_eq!(one["body"], plain[one["id"].as_str().expect("an id")]);
    }
}
