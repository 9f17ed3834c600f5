//! Compressed answers, decompressed and compared.

use std::io::Read as _;

use crate::client::{Answer, Client};
use crate::node::Node;

fn fill(client: &mut Client, instances: usize) {
    for number in 0..instances {
        let body = format!(r#"{{"host":"10.1.1.{number}","port":8080,"zone":"eu-central-1a"}}"#);
        client.ask_with("PUT", &format!("/storage/{number:05}"), &[], body.as_bytes());
    }
}

fn decoded(answer: &Answer) -> Vec<u8> {
    match answer.header("content-encoding") {
        None => answer.body.clone(),
        Some("gzip") => {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&answer.body[..])
                .read_to_end(&mut plain)
                .expect("gzip");
            plain
        }
        Some("zstd") => zstd::stream::decode_all(&answer.body[..]).expect("zstd"),
        Some(other) => panic!("nobody asked for {other}"),
    }
}

#[test]
fn large_answers_are_compressed_for_whoever_accepts_it() {
    let node = Node::start();
    let mut client = node.connect();
    // Below and above the size from which compression leaves the reactor.
    for instances in [50, 2000] {
        fill(&mut client, instances);
        for target in ["/storage", "/storage?pretty"] {
            let plain = client.ask("GET", target);
            assert_eq!(plain.header("content-encoding"), None);
            assert_eq!(plain.header("vary"), Some("accept-encoding"));
            for (accepts, expected) in [
                ("gzip", Some("gzip")),
                ("zstd", Some("zstd")),
                ("gzip, deflate, br, zstd", Some("zstd")),
                ("gzip;q=0", None),
                ("br", None),
            ] {
                // Twice: made, then shared.
                for _ in 0..2 {
                    let coded = client.ask_with("GET", target, &[("accept-encoding", accepts)], b"");
                    assert_eq!(coded.header("content-encoding"), expected, "{target} {accepts}");
                    assert_eq!(decoded(&coded), plain.body);
                    assert_eq!(coded.header("etag"), plain.header("etag"));
                    assert!(expected.is_none() || coded.body.len() * 2 < plain.body.len());
                }
            }
        }
    }
}

#[test]
fn an_answer_that_still_stands_names_what_it_depends_on() {
    let node = Node::start();
    let mut client = node.connect();
    fill(&mut client, 50);
    for target in ["/storage", "/nothing"] {
        let etag = client
            .ask("GET", target)
            .header("etag")
            .expect("a validator")
            .to_owned();
        let asked = [("if-none-match", etag.as_str()), ("accept-encoding", "gzip")];
        let again = client.ask_with("GET", target, &asked, b"");
        assert_eq!(
            (again.status, again.header("vary")),
            (304, Some("accept-encoding")),
            "{target}"
        );
    }
}

#[test]
fn small_answers_are_not_compressed() {
    let node = Node::start();
    let mut client = node.connect();
    fill(&mut client, 2);
    let answer = client.ask_with("GET", "/storage", &[("accept-encoding", "gzip, zstd")], b"");
    assert_eq!(
        (answer.header("content-encoding"), answer.header("vary")),
        (None, None)
    );
}

#[test]
fn many_callers_of_a_new_large_answer_all_get_it() {
    let node = Node::start();
    fill(&mut node.connect(), 3000);
    let mut clients: Vec<Client> = (0..16).map(|_| node.connect()).collect();
    for client in &mut clients {
        client.send(crate::client::request(
            "GET",
            "/storage",
            &[("accept-encoding", "gzip")],
            b"",
        ));
    }
    let plain = node.ask("GET", "/storage").body;
    for client in &mut clients {
        assert_eq!(decoded(&client.receive()), plain);
    }
}
