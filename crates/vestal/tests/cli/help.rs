//! Help, version, completions, usage errors.

use std::process::Stdio;

use crate::harness::{Folder, run, vestal};

const COMMANDS: [&str; 9] = [
    "run",
    "registry",
    "services",
    "instances",
    "register",
    "deregister",
    "cluster",
    "config",
    "completions",
];

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let help = run(&Folder::new(), ["--help"]);
    help.expect_code(0);
    for command in COMMANDS {
        help.expect_in_stdout(&format!("\n  {command} "));
    }
    for code in 0..=3 {
        help.expect_in_stdout(&format!("\n  {code}  "));
    }
}

#[test]
fn every_command_has_examples_in_its_help() {
    let folder = Folder::new();
    let config = ["check", "print", "explain"].map(|subcommand| vec!["config", subcommand]);
    for mut command in COMMANDS.map(|command| vec![command]).into_iter().chain(config) {
        if command == ["config"] {
            continue;
        }
        command.push("--help");
        run(&folder, &command)
            .expect_code(0)
            .expect_in_stdout("Examples:\n");
    }
}

#[test]
fn every_flag_has_help() {
    let folder = Folder::new();
    for command in COMMANDS {
        let help = run(&folder, [command, "--help"]).stdout;
        assert!(help.contains("\n  -h, --help"), "`{command}` has options");
        let lines: Vec<&str> = help.lines().collect();
        // Options stand at most six columns in; deeper lines are their explanations.
        let is_option = |line: &str| line.trim_start().starts_with('-') && !line.starts_with("       ");
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| is_option(line)) {
            let is_beside = line.trim_start().contains("  ");
            let explained = is_beside
                || lines
                    .get(number + 1)
                    .is_some_and(|next| next.starts_with("          "));
            assert!(explained, "`{command}` does not explain {line:?}");
        }
    }
}

#[test]
fn the_version_is_told() {
    let version = run(&Folder::new(), ["--version"]);
    version.expect_code(0);
    assert_eq!(version.stdout, format!("vestal {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_exits_with_2() {
    let folder = Folder::new();
    let wrong: [&[&str]; 9] = [
        &[],
        &["serve"],
        &["run", "--prot", "1"],
        &["instances"],
        &["register", "a", "b"],
        &["register", "a", "b", "--body", "{}", "--body-file", "-"],
        &["register", "a", "b", "--body", "{}", "--ttl", "1.5s"],
        &["services", "--timeout", "0"],
        &["services", "--output", "yaml"],
    ];
    for arguments in wrong {
        let ended = run(&folder, arguments);
        ended.expect_code(2);
        assert_eq!(ended.stdout, "", "{arguments:?}");
        assert!(!ended.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn completions_are_written_for_each_shell() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        run(&folder, ["completions", shell])
            .expect_code(0)
            .expect_in_stdout("deregister");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let folder = Folder::new();
    for arguments in [
        &["config", "reference"][..],
        &["completions", "bash"],
        &["config", "print"],
        &["cli-reference"],
    ] {
        let mut command = vestal(&folder);
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command
            .args(arguments)
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .expect("the binary runs");
        let ended = crate::harness::ended(output);
        ended.expect_code(0);
        assert_eq!(ended.stderr, "", "{arguments:?}");
    }
}
