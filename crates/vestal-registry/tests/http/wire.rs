//! HTTP on the wire: connections kept and closed, pieces, pipelines, slowness, and bytes that are no HTTP.

use std::time::{Duration, Instant};

use crate::client::request;
use crate::node::Node;

#[test]
fn a_connection_serves_many_requests() {
    let node = Node::start();
    let mut client = node.connect();
    for number in 0..100 {
        assert_eq!(
            client
                .ask_with("PUT", &format!("/storage/{number}"), &[], b"{}")
                .status,
            204
        );
    }
    assert_eq!(
        client
            .ask("GET", "/storage")
            .json()
            .as_object()
            .expect("an object")
            .len(),
        100
    );
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let node = Node::start();
    let mut client = node.connect();
    let mut bytes = Vec::new();
    for number in 0..40 {
        let body = format!(r#"{{"n":{number}}}"#);
        bytes.extend(request("PUT", "/storage/a", &[], body.as_bytes()));
        bytes.extend(request("GET", "/storage/a", &[], b""));
        bytes.extend(request("GET", "/_health/live", &[], b""));
    }
    client.send(bytes);
    for number in 0..40 {
        assert_eq!(client.receive_for("PUT").status, 204);
        assert_eq!(client.receive().text(), format!(r#"{{"n":{number}}}"#));
        assert_eq!(client.receive().json()["status"], "live");
    }
}

#[test]
fn a_body_may_come_in_pieces() {
    let node = Node::start();
    let mut client = node.connect();
    let head = "PUT /storage/a HTTP/1.1\r\nhost: x\r\ncontent-length: 15\r\n\r\n";
    for piece in [&head[..10], &head[10..], "{\"a\":[1", ",2,3,4", "]}"] {
        client.send(piece);
    }
    assert_eq!(client.receive_for("PUT").status, 204);
    let chunked = "PUT /storage/b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    for piece in [chunked, "3\r\n{\"a\r\n", "4;note=x\r\n\":1}\r\n", "0\r\n\r\n"] {
        client.send(piece);
    }
    assert_eq!(client.receive_for("PUT").status, 204);
    assert_eq!(
        client.ask("GET", "/storage").text(),
        r#"{"a":{"a":[1,2,3,4]},"b":{"a":1}}"#
    );
}

#[test]
fn a_client_that_waits_to_be_told_is_told_to_continue() {
    let node = Node::start();
    let mut client = node.connect();
    client.send("PUT /storage/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n");
    assert_eq!(client.receive().status, 100);
    client.send("{}");
    assert_eq!(client.receive_for("PUT").status, 204);
}

#[test]
fn an_oversized_body_is_refused_before_and_while_it_is_read() {
    let node = Node::start_with(|settings| settings.limits.body_bytes_max = 1000);
    let mut client = node.connect();
    client.send("PUT /storage/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\n\r\n");
    let early = client.receive();
    early.problem(413, "body-too-large");
    assert_eq!(early.header("connection"), Some("close"));

    let mut client = node.connect();
    client.send("PUT /storage/a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    for _ in 0..300 {
        client.send_in_vain(format!("400\r\n{}\r\n", "x".repeat(1024)));
    }
    let late = client.receive();
    late.problem(413, "body-too-large");
    assert_eq!(late.header("connection"), Some("close"));
    client.finish_sending();
    assert!(
        client.is_closed(),
        "the rest of a body is never taken for a request"
    );
    assert_eq!(node.ask("GET", "/storage").text(), "{}");
    let exact = format!("{{\"a\":\"{}\"}}", "x".repeat(1000 - 8));
    assert_eq!(node.put("/storage/a", &exact).status, 204);
}

#[test]
fn a_broken_body_registers_nothing() {
    let node = Node::start();
    let mut client = node.connect();
    client.send(
        "PUT /storage/a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    );
    client.receive().problem(400, "request-invalid");
    let mut client = node.connect();
    client.send("PUT /storage/a HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{}");
    client.finish_sending();
    let _ = client.is_closed();
    assert_eq!(node.ask("GET", "/storage").text(), "{}");
}

#[test]
fn bytes_that_are_no_http_are_told_so() {
    let node = Node::start();
    for (bytes, status, code) in [
        ("nonsense\r\n\r\n", 400, "request-invalid"),
        ("GET /storage HTTP/9.9\r\n\r\n", 400, "request-invalid"),
        ("GET /a b c HTTP/1.1\r\n\r\n", 400, "request-invalid"),
        (
            "GET /storage HTTP/1.1\r\nbroken header\r\n\r\n",
            400,
            "request-invalid",
        ),
        ("\u{16}\u{3}\u{1}\u{2}", 400, "request-invalid"),
    ] {
        let mut client = node.connect();
        client.send(bytes);
        let answer = client.receive();
        answer.problem(status, code);
        assert_eq!(answer.header("connection"), Some("close"));
        client.finish_sending();
        assert!(client.is_closed());
    }
    let mut client = node.connect();
    client.send(request("GET", "/storage", &[], b""));
    client.send("nonsense\r\n\r\n");
    assert_eq!(client.receive().status, 200);
    client.receive().problem(400, "request-invalid");
}

#[test]
fn heads_beyond_the_limits_are_told_so() {
    let node = Node::start();
    let mut client = node.connect();
    client.send(request(
        "GET",
        &format!("/storage?{}", "a".repeat(5000)),
        &[],
        b"",
    ));
    client.receive().problem(414, "uri-too-long");
    let mut client = node.connect();
    client.send(request(
        "GET",
        "/storage",
        &[("x-large", &"a".repeat(20_000))],
        b"",
    ));
    client.receive().problem(431, "headers-too-large");
    let mut client = node.connect();
    client.send_in_vain(request(
        "GET",
        "/storage",
        &[("x-huge", &"a".repeat(1_000_000))],
        b"",
    ));
    client.receive().problem(431, "headers-too-large");
    let mut client = node.connect();
    client.send_in_vain(request("GET", &format!("/{}", "a".repeat(66_000)), &[], b""));
    let beyond = client.receive();
    assert!(matches!(beyond.status, 414 | 431), "{beyond:?}");
    assert_eq!(beyond.header("content-type"), Some("application/problem+json"));
    let many: Vec<(String, String)> = (0..150)
        .map(|number| (format!("x-{number}"), "a".to_owned()))
        .collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let mut client = node.connect();
    client.send(request("GET", "/storage", &many, b""));
    client.receive().problem(431, "headers-too-large");
}

#[test]
fn an_old_client_gets_an_answer_and_a_closed_connection() {
    let node = Node::start();
    let mut client = node.connect();
    client.send("GET /storage HTTP/1.0\r\n\r\n");
    assert_eq!(client.receive().text(), "{}");
    client.finish_sending();
    assert!(client.is_closed());
}

#[test]
fn a_slow_head_is_cut_off() {
    let node = Node::start_with(|settings| settings.http.header_timeout = Duration::from_millis(200));
    let mut client = node.connect();
    let begun = Instant::now();
    client.send("GET /storage HTTP/1.1\r\n");
    assert!(client.is_closed());
    assert!(
        begun.elapsed() >= Duration::from_millis(200),
        "it was given its time"
    );
    // Drop by drop is no better: what counts is the whole.
    let mut client = node.connect();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        client.send_in_vain("x");
        if client.is_closed_now() {
            return;
        }
    }
    panic!("a head may take for ever");
}

#[test]
fn a_slow_body_is_refused() {
    let node = Node::start_with(|settings| settings.http.body_timeout = Duration::from_millis(200));
    for target in ["PUT /storage/a", "POST /_renew"] {
        let mut client = node.connect();
        client.send(format!(
            "{target} HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n{{"
        ));
        let answer = client.receive();
        answer.problem(408, "request-timeout");
        assert_eq!(answer.header("connection"), Some("close"));
    }
}

#[test]
fn an_idle_connection_is_closed() {
    let node = Node::start_with(|settings| settings.http.idle_timeout = Duration::from_millis(200));
    let mut silent = node.connect();
    let mut used = node.connect();
    assert_eq!(used.ask("GET", "/storage").status, 200);
    assert!(silent.is_closed());
    assert!(used.is_closed());
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let node = Node::start_with(|settings| settings.http.body_timeout = Duration::from_millis(200));
    let mut filler = node.connect();
    let body = format!(r#"{{"text":"{}"}}"#, "x".repeat(60_000));
    for number in 0..300 {
        assert_eq!(
            filler
                .ask_with("PUT", &format!("/storage/{number}"), &[], body.as_bytes())
                .status,
            204
        );
    }
    let mut deaf = node.connect();
    deaf.send(request("GET", "/storage", &[], b""));
    let begun = Instant::now();
    let open = || -> usize {
        let text = node.ask("GET", "/_metrics").text().to_owned();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("vestal_http_connections "));
        line.expect("the figure").parse().expect("a number")
    };
    // The filler, the deaf one, and the one that asks.
    while open() > 2 {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "the deaf one is still held"
        );
        std::thread::yield_now();
    }
}
