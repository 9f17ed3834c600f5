//! The client commands against what a healthy node never says, or says only in a larger house.

use std::net::TcpListener;

use crate::harness::{Canned, Folder, run};

#[test]
fn an_unreachable_node_is_told_with_its_address_and_what_to_try() {
    let folder = Folder::new();
    // Bound and not listening: nobody else can take the port, and connecting is refused.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    socket
        .bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .expect("a free port");
    let address = socket
        .local_addr()
        .ok()
        .and_then(|address| address.as_socket())
        .expect("an address");
    let url = format!("http://{address}");
    run(&folder, ["services", "--node", &url])
        .expect_code(1)
        .expect_in_stderr(&format!("no node answers at {url}: Connection refused"))
        .expect_in_stderr("start one with `vestal run`");
}

#[test]
fn a_silent_node_is_given_up_after_the_timeout() {
    let folder = Folder::new();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    run(&folder, ["cluster", "--node", &url, "--timeout", "50ms"])
        .expect_code(1)
        .expect_in_stderr("did not answer within 50ms");
}

#[test]
fn what_is_no_node_is_told() {
    let folder = Folder::new();
    for (status, body) in [("200 OK", "<html>"), ("404 Not Found", "<html>"), ("200 OK", "")] {
        let server = Canned::start(&[(status, "text/html", body)]);
        run(&folder, ["services", "--node", server.url()])
            .expect_code(1)
            .expect_in_stderr("is this a Vestal node?");
        assert_eq!(server.requests(), ["GET /_services?limit=10000 HTTP/1.1"]);
    }
}

#[test]
fn all_pages_of_services_are_read() {
    let folder = Folder::new();
    let page = |name: &str, next: &str| {
        format!(r#"{{"services":[{{"name":"{name}","instances":1,"index":1}}],"total":2,"next":{next}}}"#)
    };
    let (first, second) = (page("a", "\"a\""), page("b", "null"));
    let server = Canned::start(&[
        ("200 OK", "application/json", &first),
        ("200 OK", "application/json", &second),
    ]);
    let services = run(&folder, ["services", "--node", server.url()]);
    services
        .expect_code(0)
        .expect_in_stdout("\na ")
        .expect_in_stdout("\nb ");
    assert_eq!(
        server.requests()[1],
        "GET /_services?limit=10000&after=a HTTP/1.1"
    );
}

#[test]
fn what_is_registered_cannot_move_the_cursor() {
    let folder = Folder::new();
    let server = Canned::start(&[(
        "200 OK",
        "application/json",
        "{\"a\":{\"x\":\"\u{202e}\u{9b}2J\"}}",
    )]);
    let instances = run(&folder, ["instances", "a", "--node", server.url()]);
    instances.expect_code(0).expect_in_stdout("\\u{202e}\\u{9b}2J");
}

#[test]
fn names_and_addresses_that_can_never_be_right_are_usage_errors() {
    let folder = Folder::new();
    run(&folder, ["instances", "_cluster"])
        .expect_code(2)
        .expect_in_stderr("names no service");
    run(&folder, ["deregister", "a", ""])
        .expect_code(2)
        .expect_in_stderr("names no instance");
    for url in [
        "https://localhost",
        "ftp://localhost",
        "http://",
        "http://a/path",
        "http://u@a",
        "a b",
        "",
    ] {
        run(&folder, ["services", "--node", url])
            .expect_code(2)
            .expect_in_stderr("is no address of a node");
    }
}

#[test]
fn the_cluster_is_told_peer_by_peer() {
    let folder = Folder::new();
    let view = r#"{"node":"n1","incarnation":7,"ready":false,"peers":[
        {"name":"n2","address":"h:1","protocol":"hera","state":"unreachable","last_contact_ms":null,"lag":3,"skew_ms":-4,"error":"refused"}],
        "origins":[{"node":"n1","incarnation":7,"instances":5,"sequence":9,"vouched_ms_ago":null,"self":true},
        {"node":"n2","incarnation":6,"instances":2,"sequence":8,"vouched_ms_ago":61000,"self":false}]}"#;
    let server = Canned::start(&[("200 OK", "application/json", view)]);
    let cluster = run(&folder, ["cluster", "--node", server.url()]);
    let rows: Vec<Vec<&str>> = cluster
        .expect_code(0)
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(
        cluster.stdout.starts_with("node n1 (incarnation 7), not ready"),
        "{}",
        cluster.stdout
    );
    assert_eq!(
        rows[3],
        [
            "n2",
            "h:1",
            "hera",
            "unreachable",
            "never",
            "3",
            "-4ms",
            "refused"
        ]
    );
    assert_eq!(rows[6], ["n1", "7", "5", "9", "itself"]);
    assert_eq!(rows[7], ["n2", "6", "2", "8", "1m", "1s", "ago"]);
}
