//! The registry's own routes.

use serde_json::json;

use crate::node::Node;

#[test]
fn services_are_paged_by_name() {
    let node = Node::start();
    let mut client = node.connect();
    assert_eq!(
        client.ask("GET", "/_services").json(),
        json!({ "services": [], "total": 0, "next": null })
    );
    for name in ["b", "a", "d", "c", "e"] {
        client.ask_with("PUT", &format!("/{name}/1"), &[], b"{}");
    }
    client.ask_with("PUT", "/a/2", &[], b"{}");
    let mut names = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.ask("GET", &format!("/_services?limit=2{after}")).body;
        let page: vestal_api::ServicesPage = serde_json::from_slice(&page).expect("the contract's shape");
        assert_eq!(page.total, 5);
        assert!(page.services.len() <= 2);
        names.extend(
            page.services
                .into_iter()
                .map(|service| (service.name, service.instances)),
        );
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let expected = [("a", 2), ("b", 1), ("c", 1), ("d", 1), ("e", 1)];
    assert_eq!(names, expected.map(|(name, count)| (name.to_owned(), count)));
}

#[test]
fn many_leases_are_renewed_in_one_call() {
    let node = Node::start();
    let mut client = node.connect();
    client.ask_with("PUT", "/storage/a", &[], b"{}");
    client.ask_with("PUT", "/storage/b%2Fc", &[], b"{}");
    let body = json!({ "leases": [
        { "service": "storage", "id": "a" },
        { "service": "storage", "id": "gone" },
        { "service": "storage", "id": "b/c" },
        { "service": "", "id": "" },
    ] });
    let answer = client.ask_with("POST", "/_renew", &[], body.to_string().as_bytes());
    let expected = json!({
        "renewed": 2,
        "unknown": [{ "service": "storage", "id": "gone" }, { "service": "", "id": "" }],
    });
    assert_eq!((answer.status, answer.json()), (200, expected));
}

#[test]
fn a_renewal_that_cannot_be_read_is_refused() {
    let node = Node::start();
    let mut client = node.connect();
    for (body, code) in [
        ("", "body-not-json"),
        ("{", "body-not-json"),
        ("[]", "body-shape-invalid"),
        ("{}", "body-shape-invalid"),
        (r#"{"leases":{}}"#, "body-shape-invalid"),
        (r#"{"leases":[{"service":"a"}]}"#, "body-shape-invalid"),
        (r#"{"leases":[],"lease":1}"#, "body-shape-invalid"),
    ] {
        let detail = client
            .ask_with("POST", "/_renew", &[], body.as_bytes())
            .problem(400, code);
        assert!(detail.contains(r#"{"leases":[{"#), "{detail}");
    }
    let mut client = node.connect();
    client.send("POST /_renew HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n");
    client.receive().problem(413, "body-too-large");
}

#[test]
fn thousands_of_leases_fit_one_call() {
    let node = Node::start();
    let leases: Vec<_> = (0..5000)
        .map(|number| json!({ "service": "storage", "id": format!("instance-{number}") }))
        .collect();
    let body = json!({ "leases": leases }).to_string();
    let answer = node.connect().ask_with("POST", "/_renew", &[], body.as_bytes());
    assert_eq!(answer.json()["unknown"].as_array().expect("a list").len(), 5000);
}

#[test]
fn the_node_says_who_it_is() {
    let node = Node::start();
    let answer = node.ask("GET", "/_cluster");
    let view: vestal_api::ClusterView = serde_json::from_slice(&answer.body).expect("the contract's shape");
    assert_eq!(
        (view.node.as_str(), view.ready, view.peers.len()),
        ("node-1", true, 0)
    );
    assert!(view.incarnation > 1_600_000_000_000);
    assert!(
        view.origins
            .iter()
            .any(|origin| origin.is_self && origin.node == "node-1")
    );
}

#[test]
fn health_is_live_and_ready() {
    let node = Node::start();
    let live = node.ask("GET", "/_health/live");
    assert_eq!((live.status, live.json()), (200, json!({ "status": "live" })));
    // A node alone is ready as soon as it serves.
    assert_eq!(
        node.ask("GET", "/_health/ready").json(),
        json!({ "status": "ready" })
    );
}

#[test]
fn the_contract_is_served() {
    let node = Node::start();
    let answer = node.ask("GET", "/_openapi.json");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json(), vestal_api::openapi::document());
}

#[test]
fn heras_deltas_are_those_asked_for() {
    let node = Node::start();
    let mut client = node.connect();
    client.ask_with("PUT", "/storage/a", &[], br#"{"n":1}"#);
    let all = client.ask("GET", "/_deltas?node-1=0&stranger=0").json();
    let entry = &all["node-1"][0];
    assert_eq!(
        (&entry[0], &entry[1], &entry[2]),
        (&json!("storage"), &json!("a"), &json!({ "n": 1 }))
    );
    let at = entry[3].as_u64().expect("milliseconds");
    assert_eq!(
        entry.as_array().expect("an entry").len(),
        4,
        "a fifth item ends hera's gossip for good"
    );
    assert_eq!(all.get("stranger"), None);
    let later = client
        .ask("GET", &format!("/_deltas?node-1={}", at + 3_600_000))
        .json();
    assert!(
        later.get("node-1").is_none_or(|entries| entries == &json!([])),
        "{later}"
    );
    assert_eq!(client.ask("GET", "/_deltas").json(), json!({}));
}

#[test]
fn metrics_count_what_happened() {
    let node = Node::start();
    let mut client = node.connect();
    for _ in 0..3 {
        client.ask_with("PUT", "/storage/a", &[], b"{}");
    }
    client.ask("GET", "/storage");
    client.ask("GET", "/storage/unknown");
    client.ask("DELETE", "/storage/a");
    let answer = client.ask("GET", "/_metrics");
    assert!(
        answer
            .header("content-type")
            .expect("a type")
            .starts_with("application/openmetrics-text")
    );
    let text = answer.text();
    for line in [
        "vestal_http_requests_total{route=\"instance\",method=\"PUT\",status=\"2xx\"} 3",
        "vestal_http_requests_total{route=\"instance\",method=\"GET\",status=\"4xx\"} 1",
        "vestal_http_requests_total{route=\"list\",method=\"GET\",status=\"2xx\"} 1",
        "vestal_http_request_seconds_count{route=\"list\"} 1",
        "vestal_http_request_seconds_bucket{le=\"+Inf\",route=\"instance\"} 5",
        "vestal_http_connections 1",
        "vestal_instances 0",
        "vestal_registered_total 1",
        "vestal_renewed_total 2",
        "vestal_removed_total 1",
        "vestal_tombstones 1",
        "vestal_ready 1",
        "# EOF",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} is not in\n{text}"
        );
    }
    let resident = text
        .lines()
        .find_map(|line| line.strip_prefix("vestal_process_resident_memory_bytes "));
    assert!(
        !cfg!(target_os = "linux")
            || resident.is_some_and(|bytes| bytes.parse::<u64>().is_ok_and(|bytes| bytes > 0))
    );
    assert!(!text.contains("storage"), "no service becomes a label");
}
