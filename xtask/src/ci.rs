//! `cargo xtask ci`: every check, in the order in which they fail soonest, up to the first failure.
//!
//! It owns the list of steps. What a tool that is not installed would have checked is said loudly and again at the end;
//! it never passes in silence.

mod step;
mod tools;

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;

use crate::process::is_installed;
use step::{Action, Step};

/// How many seeds the simulator plays.
const SEEDS: &str = "200";

/// Which checks.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only these steps, by their names.
    #[arg(long)]
    only: Vec<String>,
}

/// Runs the steps and prints what each took.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let (steps, notes) = steps();
    if let Some(unknown) = arguments
        .only
        .iter()
        .find(|only| steps.iter().all(|step| step.name != **only))
    {
        let names: Vec<&str> = steps.iter().map(|step| step.name).collect();
        bail!("there is no step {unknown}; the steps are {}", names.join(", "));
    }
    notes.iter().try_for_each(|note| shout(note))?;
    let started = Instant::now();
    let (mut done, mut closing) = (Vec::new(), Vec::new());
    for step in steps
        .iter()
        .filter(|step| arguments.only.is_empty() || arguments.only.iter().any(|only| step.name == only))
    {
        let begun = Instant::now();
        say(&format!("== {} ==  {}", step.name, step.replay()))?;
        let outcome = step.run();
        let took = begun.elapsed();
        match outcome {
            Ok(lines) => closing.extend(lines),
            Err(error) => {
                say(&format!(
                    "== {} FAILED after {} ==\nreplay: {}",
                    step.name,
                    seconds(took),
                    step.replay()
                ))?;
                return Err(error);
            }
        }
        say(&format!("== {} passed in {} ==\n", step.name, seconds(took)))?;
        done.push((step.name, took));
    }
    summarise(&done, &notes, &closing, started.elapsed())
}

fn steps() -> (Vec<Step>, Vec<String>) {
    let mut notes = tools::system_packages();
    let mut steps = vec![
        Step::cargo("format", &["fmt", "--all", "--check"]),
        Step::new("tidy", Action::Tidy),
        Step::cargo(
            "clippy",
            &[
                "clippy",
                "--locked",
                "--workspace",
                "--no-default-features",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ],
        ),
    ];
    if is_installed("cargo-nextest", "--version") {
        steps.push(
            Step::cargo(
                "tests",
                &[
                    "nextest",
                    "run",
                    "--locked",
                    "--workspace",
                    "--no-default-features",
                    "--no-fail-fast",
                ],
            )
            .closing("Summary ["),
        );
    } else {
        notes.push(
            "cargo-nextest is not installed: the tests run with `cargo test`, slower and less apart"
                .to_owned(),
        );
        steps.push(
            Step::cargo(
                "tests",
                &[
                    "test",
                    "--locked",
                    "--workspace",
                    "--no-default-features",
                    "--all-targets",
                ],
            )
            .closing("test result:"),
        );
    }
    steps.extend([
        Step::cargo(
            "doc-tests",
            &[
                "test",
                "--locked",
                "--workspace",
                "--no-default-features",
                "--doc",
            ],
        ),
        Step::cargo(
            "rustdoc",
            &[
                "doc",
                "--locked",
                "--workspace",
                "--no-default-features",
                "--no-deps",
            ],
        )
        .env("RUSTDOCFLAGS", "-D warnings"),
        Step::cargo("simulator", &["sim", "--seeds", SEEDS]),
        Step::new("docs", Action::Docs),
        Step::new("deny", Action::Deny),
    ]);
    (steps, notes)
}

/// The table of steps, what was not checked, and last the test runner's own words.
fn summarise(
    done: &[(&str, Duration)],
    notes: &[String],
    closing: &[String],
    total: Duration,
) -> anyhow::Result<()> {
    for (name, took) in done {
        say(&format!("{name:<12} {:>9}", seconds(*took)))?;
    }
    notes.iter().try_for_each(|note| shout(note))?;
    say(&format!("ci: {} steps passed in {}", done.len(), seconds(total)))?;
    // The test runner's own words last.
    let (remarks, closing): (Vec<_>, Vec<_>) = closing.iter().partition(|line| line.starts_with("!!!"));
    remarks.into_iter().chain(closing).try_for_each(|line| say(line))
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn shout(note: &str) -> anyhow::Result<()> {
    say(&format!("\n!!! {note}\n"))
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
