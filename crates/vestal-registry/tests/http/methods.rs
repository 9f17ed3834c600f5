//! HEAD, OPTIONS, wrong methods, and sharing with pages of other origins.

use crate::node::Node;

const OWN_READS: [&str; 6] = [
    "/_services",
    "/_cluster",
    "/_health/live",
    "/_health/ready",
    "/_metrics",
    "/_openapi.json",
];

#[test]
fn head_is_get_without_the_body() {
    let node = Node::start();
    node.put("/storage/a", r#"{"n":1}"#);
    let mut client = node.connect();
    for target in [
        "/storage",
        "/storage/a",
        "/storage?pretty",
        "/storage?view=full",
        "/nothing",
        "/_services",
        "/_health/live",
    ] {
        let get = client.ask("GET", target);
        let head = client.ask("HEAD", target);
        assert_eq!(head.status, get.status, "{target}");
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{target}"
        );
        assert_eq!(head.header("etag"), get.header("etag"), "{target}");
        if !target.contains("full") {
            assert_eq!(
                head.header("content-length"),
                get.header("content-length"),
                "{target}"
            );
        }
    }
    assert_eq!(client.ask("HEAD", "/storage/unknown").status, 404);
}

#[test]
fn options_names_the_methods() {
    let node = Node::start();
    let mut client = node.connect();
    for (target, allow) in [
        ("/storage", "GET, HEAD, OPTIONS"),
        ("/storage/a", "GET, HEAD, PUT, DELETE, OPTIONS"),
        ("/_renew", "POST, OPTIONS"),
        ("/_services", "GET, HEAD, OPTIONS"),
        ("*", "GET, HEAD, PUT, DELETE, POST, OPTIONS"),
    ] {
        let answer = client.ask("OPTIONS", target);
        assert_eq!(
            (answer.status, answer.header("allow")),
            (204, Some(allow)),
            "{target}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let node = Node::start();
    let mut client = node.connect();
    let wrong = [
        ("POST", "/storage"),
        ("PUT", "/storage"),
        ("PATCH", "/storage/a"),
        ("POST", "/storage/a"),
        ("BREW", "/storage"),
        ("TRACE", "/storage/a"),
        ("GET", "/_renew"),
    ];
    for (method, target) in wrong
        .into_iter()
        .chain(OWN_READS.iter().map(|target| ("POST", *target)))
    {
        let answer = client.ask_with(method, target, &[], b"{}");
        let detail = answer.problem(405, "method-not-allowed");
        let allow = answer.header("allow").expect("405 says what is allowed");
        assert!(detail.contains(allow) && detail.contains(method), "{detail}");
    }
}

#[test]
fn pages_of_configured_origins_may_call() {
    let node =
        Node::start_with(|settings| settings.http.cors_origins = vec!["https://ui.example".to_owned()]);
    let mut client = node.connect();
    let page = [("origin", "https://ui.example")];
    let read = client.ask_with("GET", "/storage", &page, b"");
    assert_eq!(
        read.header("access-control-allow-origin"),
        Some("https://ui.example")
    );
    assert_eq!(read.header("vary"), Some("origin"));
    let refused = client.ask_with("GET", "/storage/unknown", &page, b"");
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some("https://ui.example"),
        "problems can be read as well"
    );
    let own = client.ask_with("GET", "/_services", &page, b"");
    assert_eq!(
        own.header("access-control-allow-origin"),
        Some("https://ui.example")
    );
    let preflight = [page[0], ("access-control-request-method", "PUT")];
    let preflight = client.ask_with("OPTIONS", "/storage/a", &preflight, b"");
    assert_eq!(preflight.status, 204);
    assert!(
        preflight
            .header("access-control-allow-methods")
            .expect("methods")
            .contains("PUT")
    );
    let stranger = client.ask_with("GET", "/storage", &[("origin", "https://evil.example")], b"");
    assert_eq!(stranger.header("access-control-allow-origin"), None);
    assert_eq!(
        client
            .ask("GET", "/storage")
            .header("access-control-allow-origin"),
        None
    );
}

#[test]
fn any_origin_may_call_when_configured_so() {
    let node = Node::start_with(|settings| settings.http.cors_origins = vec!["*".to_owned()]);
    let read = node
        .connect()
        .ask_with("GET", "/storage", &[("origin", "https://a.example")], b"");
    assert_eq!(read.header("access-control-allow-origin"), Some("*"));
}
