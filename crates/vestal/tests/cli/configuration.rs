//! `vestal config`, and what a wrong configuration does to a node.

use crate::harness::{Folder, run, vestal};

#[test]
fn a_sound_configuration_is_ok() {
    let folder = Folder::new();
    folder.write(
        "vestal.yml",
        "cluster:\n  a: {host: 127.0.0.1, port: 4001}\n  b: {host: 127.0.0.1, port: 4002}\n",
    );
    let check = run(&folder, ["config", "check", "-n", "b"]);
    check.expect_code(0);
    assert_eq!(
        check.stdout,
        "ok: vestal.yml; node `b` on 127.0.0.1:4002, one of 2 nodes\n"
    );
}

#[test]
fn problems_are_listed_with_their_places_and_exit_with_2() {
    let folder = Folder::new();
    folder.write("a.yml", "port: x\nlivenes: 3\n");
    let check = run(&folder, ["config", "check", "-c", "a.yml"]);
    check.expect_code(2);
    assert_eq!(check.stdout, "");
    assert_eq!(
        check.stderr,
        "error: the configuration has 2 problems\n\
         \x20 a.yml:1:7: `port` must be a port between 0 and 65535; found \"x\"\n\
         \x20 a.yml:2:1: unknown key `livenes`\n\
         \x20   did you mean `liveness`?\n\
         \x20 hint: `vestal config explain KEY` tells what a setting means\n"
    );
}

#[test]
fn problems_can_be_read_by_programs() {
    let folder = Folder::new();
    folder.write("a.yml", "livenes: 3\n");
    let check = run(&folder, ["config", "check", "-c", "a.yml", "--output", "json"]);
    check.expect_code(2);
    let problems: serde_json::Value = serde_json::from_str(&check.stdout).expect("JSON");
    assert_eq!(
        problems,
        serde_json::json!([{
            "source": "a.yml:1:1", "message": "unknown key `livenes`", "suggestion": "did you mean `liveness`?",
        }])
    );
}

#[test]
fn an_unusable_file_is_told_apart() {
    let folder = Folder::new();
    folder.write("bytes.yml", b"name: a\nport: \xff\n");
    folder.write("large.yml", " ".repeat((1 << 20) + 1));
    let cases = [
        (
            "absent.yml",
            "absent.yml: cannot be read: No such file or directory",
        ),
        (".", ".: is a folder, not a file"),
        (
            "bytes.yml",
            "bytes.yml: is not UTF-8 text: line 2 holds other bytes",
        ),
        ("large.yml", "large.yml: is larger than 1MiB"),
    ];
    for (file, message) in cases {
        run(&folder, ["config", "check", "-c", file])
            .expect_code(2)
            .expect_in_stderr(message);
    }
}

#[test]
fn the_file_can_be_named_in_the_environment() {
    let folder = Folder::new();
    folder.write("other.yml", "liveness: 60\n");
    let output = vestal(&folder)
        .args(["config", "print"])
        .env("VESTAL_CONFIG", "other.yml")
        .output();
    let print = crate::harness::ended(output.expect("the binary runs"));
    print
        .expect_code(0)
        .expect_in_stdout("liveness: 1m                                 # other.yml:1:11\n");
}

#[test]
fn print_tells_where_each_value_came_from() {
    let folder = Folder::new();
    folder.write("vestal.yml", "liveness: 60\nhttp:\n  connections: 5000\n");
    let output = vestal(&folder)
        .args(["config", "print", "-p", "1"])
        .env("VESTAL_DATA", "/d")
        .output();
    let print = crate::harness::ended(output.expect("the binary runs"));
    print.expect_code(0);
    for (line, source) in [
        ("port: 1", "--port"),
        ("data: \"/d\"", "VESTAL_DATA"),
        ("liveness: 1m", "vestal.yml:1:11"),
        ("  connections: 5000", "vestal.yml:3:16"),
        ("gossip-interval: 1s", "default"),
    ] {
        print.expect_in_stdout(&format!("{line:44} # {source}\n"));
    }
}

#[test]
fn what_print_writes_is_itself_a_configuration() {
    let folder = Folder::new();
    let print = run(&folder, ["config", "print", "-p", "1"]);
    folder.write("vestal.yml", &print.stdout);
    run(&folder, ["config", "check"])
        .expect_code(0)
        .expect_in_stdout("127.0.0.1:1,");
}

#[test]
fn explain_tells_one_setting_a_section_or_all() {
    let folder = Folder::new();
    run(&folder, ["config", "explain", "liveness"])
        .expect_code(0)
        .expect_in_stdout("VESTAL_LIVENESS");
    run(&folder, ["config", "explain", "http"])
        .expect_code(0)
        .expect_in_stdout("http.idle-timeout\n\n");
    run(&folder, ["config", "explain"])
        .expect_code(0)
        .expect_in_stdout("clock-skew-max");
    run(&folder, ["config", "explain", "livenes"])
        .expect_code(2)
        .expect_in_stderr("did you mean `liveness`?");
}

#[test]
fn a_node_does_not_start_with_a_wrong_configuration() {
    let folder = Folder::new();
    for command in ["run", "registry"] {
        run(&folder, [command, "-p", "0", "--liveness", "soon"])
            .expect_code(2)
            .expect_in_stderr("--liveness: `liveness`");
        assert!(!folder.path().join("vestal-data").exists(), "nothing was started");
    }
}
