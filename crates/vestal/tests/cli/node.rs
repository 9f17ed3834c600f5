//! A node as a process: where it listens, how it stops, what it says when it cannot start.

use std::net::TcpListener;
use std::os::fd::AsRawFd as _;

use crate::harness::{Folder, Node, program, run, vestal};

#[test]
fn a_node_stops_on_either_signal() {
    for signal in ["TERM", "INT"] {
        let folder = Folder::new();
        let node = Node::start(&folder, &[]);
        node.signal(signal);
        node.wait().expect_code(0).expect_in_stderr("stopped");
    }
}

#[test]
fn a_taken_port_is_told_with_a_way_out() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    run(&folder, ["run", "-p", &port])
        .expect_code(1)
        .expect_in_stderr(&format!("error: cannot listen on 127.0.0.1:{port}: "))
        .expect_in_stderr("choose another port with `-p`");
}

#[test]
fn an_address_of_another_machine_is_told_with_a_way_out() {
    let folder = Folder::new();
    // 192.0.2.0/24 is set aside for documentation and on no machine.
    run(&folder, ["run", "-p", "0", "--bind", "192.0.2.1"])
        .expect_code(1)
        .expect_in_stderr("is no address of this machine");
}

#[test]
fn an_unusable_data_folder_is_told() {
    let folder = Folder::new();
    folder.write("file", "");
    run(&folder, ["run", "-p", "0", "--data", "file"])
        .expect_code(1)
        .expect_in_stderr("file")
        .expect_in_stderr("hint: ");
}

#[test]
fn logs_can_be_json() {
    let folder = Folder::new();
    let node = Node::start(&folder, &["--log-format", "json"]);
    node.signal("TERM");
    let ended = node.wait();
    for line in ended.expect_code(0).stderr.lines() {
        let object: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            object["level"].is_string() && object["timestamp"].is_string(),
            "{line}"
        );
    }
}

#[test]
fn a_log_can_be_silenced() {
    let folder = Folder::new();
    let ended = run(
        &folder,
        ["run", "-p", "0", "--bind", "192.0.2.1", "--log-level", "off"],
    );
    assert!(
        ended.expect_code(1).stderr.starts_with("error: "),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_registry_serves_the_socket_that_it_is_handed() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    // A shell moves the socket to file descriptor 3, keeps its process id across `exec`, and hands it over.
    let descriptor = rustix::io::dup(&listener).expect("a second descriptor");
    let mut command = program(&folder, "sh");
    let script = format!(
        "exec 3<&{}; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" registry -p 1",
        descriptor.as_raw_fd()
    );
    command.args(["-c", &script, env!("CARGO_BIN_EXE_vestal")]);
    let node = Node::spawn(command);
    assert_eq!(node.address(), address);
    node.signal("TERM");
    node.wait().expect_code(0);
}

#[test]
fn more_than_one_handed_socket_is_refused() {
    let output = vestal(&Folder::new())
        .arg("registry")
        .env("LISTEN_FDS", "2")
        .output();
    crate::harness::ended(output.expect("the binary runs"))
        .expect_code(1)
        .expect_in_stderr("exactly one socket");
}
