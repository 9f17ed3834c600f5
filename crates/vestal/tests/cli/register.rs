//! `vestal register`: bodies, refusals, and `--keep`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use crate::harness::{Canned, Folder, send_signal, vestal};
use crate::scene::{BODY, Scene};

#[test]
fn a_body_can_come_from_a_file_or_the_input() {
    let scene = Scene::new();
    scene.folder.write("body.json", BODY);
    scene
        .run(&["register", "a", "file", "--body-file", "body.json"])
        .expect_code(0);
    let mut command = vestal(&scene.folder);
    command.args([
        "register",
        "a",
        "input",
        "--body-file",
        "-",
        "--node",
        &scene.node.url(),
    ]);
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the binary runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(BODY.as_bytes())
        .expect("a body sent");
    assert!(child.wait().expect("the command ends").success());
    let instances = scene.run(&["instances", "a", "--output", "json"]);
    assert_eq!(
        instances.stdout,
        format!("{{\"file\":{BODY},\"input\":{BODY}}}\n")
    );
    scene
        .run(&["register", "a", "x", "--body-file", "absent"])
        .expect_code(2)
        .expect_in_stderr("`absent`");
}

#[test]
fn a_refusal_is_told_in_the_nodes_words_with_its_code() {
    let scene = Scene::new();
    scene
        .run(&["register", "a", "b", "--body", "[1]"])
        .expect_code(1)
        .expect_in_stderr("code: body-not-object (HTTP 400)")
        .expect_in_stderr("hint: quote the body");
}

#[test]
fn keep_renews_until_it_is_told_to_stop_and_then_deregisters() {
    let scene = Scene::new();
    let mut command = vestal(&scene.folder);
    command.args([
        "register",
        "a",
        "b",
        "--body",
        "{}",
        "--keep",
        "--ttl",
        "1s",
        "--node",
        &scene.node.url(),
    ]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut notes = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let first = notes.next().expect("a line").expect("UTF-8");
    assert!(first.starts_with("registered; renewed every"), "{first}");
    scene.run(&["instances", "a"]).expect_code(0);
    send_signal(child.id(), "INT");
    assert_eq!(notes.next().expect("a line").expect("UTF-8"), "deregistered");
    assert!(child.wait().expect("the command ends").success());
    scene.run(&["instances", "a"]).expect_code(3);
}

#[test]
fn keep_sends_again_after_each_third_of_the_lease_even_when_the_node_fails() {
    let folder = Folder::new();
    let unready = r#"{"type":"urn:vestal:problem:not-ready","title":"t","status":503,"detail":"Not yet.","code":"not-ready"}"#;
    let server = Canned::start(&[
        ("204 No Content", "text/plain", ""),
        ("503 Service Unavailable", "application/problem+json", unready),
        ("204 No Content", "text/plain", ""),
        ("204 No Content", "text/plain", ""),
    ]);
    let mut command = vestal(&folder);
    command.args([
        "register",
        "a",
        "b",
        "--body",
        "{}",
        "--keep",
        "--ttl",
        "1s",
        "--node",
        server.url(),
    ]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut notes = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    assert!(
        notes
            .next()
            .expect("a line")
            .expect("UTF-8")
            .starts_with("registered")
    );
    assert_eq!(
        notes.next().expect("a line").expect("UTF-8"),
        "not renewed, trying again: Not yet."
    );
    send_signal(child.id(), "TERM");
    child.wait().expect("the command ends");
    let requests = server.requests_so_far();
    assert_eq!(
        requests[..2],
        ["PUT /a/b?ttl=1 HTTP/1.1", "PUT /a/b?ttl=1 HTTP/1.1"]
    );
    assert_eq!(requests.last().map(String::as_str), Some("DELETE /a/b HTTP/1.1"));
}
