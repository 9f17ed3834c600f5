//! One step of the test command: what it runs, how a person runs it again, what of its output is kept.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use anyhow::{Context as _, anyhow, bail};

use super::tools;
use crate::{docs, repository, tidy};

/// What a step does.
#[derive(Debug)]
pub(super) enum Action {
    Cargo(Vec<String>),
    Tidy,
    Docs,
    Deny,
}

/// A step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: &'static str,
    action: Action,
    environment: Vec<(&'static str, &'static str)>,
    /// Lines that hold this are repeated at the end.
    closing: Option<&'static str>,
}

impl Step {
    pub(super) fn new(name: &'static str, action: Action) -> Step {
        Step {
            name,
            action,
            environment: Vec::new(),
            closing: None,
        }
    }

    pub(super) fn cargo(name: &'static str, arguments: &[&str]) -> Step {
        Step::new(name, Action::Cargo(owned(arguments)))
    }

    pub(super) fn env(mut self, name: &'static str, value: &'static str) -> Step {
        self.environment.push((name, value));
        self
    }

    pub(super) fn closing(mut self, mark: &'static str) -> Step {
        self.closing = Some(mark);
        self
    }

    /// The one command that runs this step alone.
    pub(super) fn replay(&self) -> String {
        let mut words: Vec<String> = self
            .environment
            .iter()
            .map(|(name, value)| format!("{name}='{value}'"))
            .collect();
        match &self.action {
            Action::Cargo(arguments) => {
                words.push("cargo".to_owned());
                words.extend(arguments.iter().cloned());
            }
            Action::Tidy => words.push("cargo xtask tidy".to_owned()),
            Action::Docs => words.push("cargo xtask docs --check".to_owned()),
            Action::Deny => words.push("cargo xtask ci --only deny".to_owned()),
        }
        words.join(" ")
    }

    /// Runs it; returns the lines to repeat at the end.
    pub(super) fn run(&self) -> anyhow::Result<Vec<String>> {
        match &self.action {
            Action::Tidy => tidy::run().map(|()| Vec::new()),
            Action::Docs => docs::check().map(|()| Vec::new()),
            Action::Deny => deny(),
            Action::Cargo(arguments) => self.run_command(repository::cargo().args(arguments)),
        }
    }

    fn run_command(&self, command: &mut Command) -> anyhow::Result<Vec<String>> {
        command.envs(
            self.environment
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        let Some(mark) = self.closing else {
            let status = command
                .status()
                .with_context(|| format!("cannot start {command:?}"))?;
            return if status.success() {
                Ok(Vec::new())
            } else {
                Err(anyhow!("{}: {status}", self.name))
            };
        };
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let readers = [
            child.stdout.take().map(|pipe| follow(pipe, mark)),
            child.stderr.take().map(|pipe| follow(pipe, mark)),
        ];
        let mut closing = Vec::new();
        for reader in readers.into_iter().flatten() {
            closing.extend(
                reader
                    .join()
                    .map_err(|_| anyhow!("the reader of {} panicked", self.name))?,
            );
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("{}: {status}", self.name);
        }
        Ok(closing)
    }
}

/// Licences, sources and duplicates; then advisories, whose database is fetched anew and may be out of reach.
fn deny() -> anyhow::Result<Vec<String>> {
    let program = tools::cargo_deny()?;
    let status = Command::new(&program)
        .args(["check", "bans", "licenses", "sources"])
        .status()?;
    if !status.success() {
        bail!("cargo deny: {status}");
    }
    let advisories = Command::new(&program).args(["check", "advisories"]).output()?;
    let said = String::from_utf8_lossy(&advisories.stderr);
    if advisories.status.success() {
        return Ok(Vec::new());
    }
    if said.contains("failed to fetch advisory database") {
        return Ok(vec![
            "!!! the advisory database is out of reach: advisories were NOT checked".to_owned(),
        ]);
    }
    bail!("cargo deny: advisories\n{said}");
}

/// Shows every line and keeps those that hold the mark.
fn follow(pipe: impl Read + Send + 'static, mark: &'static str) -> JoinHandle<Vec<String>> {
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.contains(mark) {
                kept.push(line.clone());
            }
            // With nobody to show it to, the step still has to end.
            drop(writeln!(std::io::stdout(), "{line}"));
        }
        kept
    })
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|&argument| argument.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::Step;

    fn step() -> Step {
        Step::cargo("rustdoc", &["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings")
    }

    fn run(step: &Step, script: &str) -> anyhow::Result<Vec<String>> {
        step.run_command(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn a_step_is_replayed_with_its_environment() {
        assert_eq!(step().replay(), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn a_step_runs_with_its_environment() {
        assert!(run(&step(), "test \"$RUSTDOCFLAGS\" = '-D warnings'").is_ok());
    }

    #[test]
    fn the_closing_lines_of_both_streams_are_kept() {
        let script = "echo a; echo 'Summary [1 s]'; echo 'Summary [2 s]' >&2";
        let closing = run(&step().closing("Summary ["), script).expect("success");
        assert_eq!(closing, ["Summary [1 s]", "Summary [2 s]"]);
    }

    #[test]
    fn a_command_that_fails_is_a_step_that_fails() {
        assert!(run(&step(), "exit 3").is_err());
        assert!(run(&step().closing("x"), "exit 3").is_err());
        assert!(run(&step(), "exit 0").is_ok());
    }
}
