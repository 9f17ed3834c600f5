//! `cargo xtask docs`: the pages that are made from code, written anew or compared.
//!
//! Each page has one source: a command of the binary that prints it, or a test that compares it and renews it when
//! told to. `docs/benchmarks.md` is `cargo xtask bench`'s.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::process::output_of;
use crate::repository;

/// (page, the arguments that print it).
const PAGES: &[(&str, &[&str])] = &[
    ("docs/reference/configuration.md", &["config", "reference"]),
    ("docs/reference/cli.md", &["cli-reference"]),
];

/// Tests that compare a page of their own, and write it where `VESTAL_BLESS` is set: (crate, test).
const BLESSED: &[(&str, &str)] = &[("vestal-api", "problem_codes")];

/// No page takes longer than a moment.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Write or compare.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Compares; fails when a page is not what it would be.
    #[arg(long)]
    check: bool,
    /// Takes this binary instead of building one.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Compares every page with what the code says.
pub(crate) fn check() -> anyhow::Result<()> {
    run(&Arguments {
        check: true,
        binary: None,
    })
}

/// Writes or compares every generated page.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => build()?,
    };
    let out = &mut std::io::stdout();
    let mut stale = Vec::new();
    for (page, source) in PAGES {
        let path = repository::root().join(page);
        // The width of help must not depend on who runs this.
        let made = output_of(
            page,
            Command::new(&binary).args(*source).env("COLUMNS", "100"),
            TIMEOUT,
        )?;
        let is_current = std::fs::read_to_string(&path).is_ok_and(|written| written == made);
        match (is_current, arguments.check) {
            (true, _) => writeln!(out, "{page}: up to date")?,
            (false, true) => stale.push(*page),
            (false, false) => {
                std::fs::write(&path, made).with_context(|| format!("cannot write {page}"))?;
                writeln!(out, "{page}: written")?;
            }
        }
    }
    if !arguments.check {
        bless()?;
    }
    if !stale.is_empty() {
        bail!(
            "not what the code says: {}. `cargo xtask docs` writes them",
            stale.join(", ")
        );
    }
    Ok(())
}

/// The tests compare in every run of the tests; here they write.
fn bless() -> anyhow::Result<()> {
    for (package, test) in BLESSED {
        let mut command = repository::cargo();
        command
            .args(["test", "--quiet", "-p", package, "--test", test])
            .env("VESTAL_BLESS", "1");
        if !command.status().context("cannot start cargo")?.success() {
            bail!("cannot renew a page: {command:?}");
        }
    }
    Ok(())
}

fn build() -> anyhow::Result<PathBuf> {
    let mut command = repository::cargo();
    // With the features of the whole workspace, as the tests build it: nothing is built twice.
    command.args([
        "build",
        "--quiet",
        "--workspace",
        "--no-default-features",
        "--bin",
        "vestal",
    ]);
    if !command.status().context("cannot start cargo")?.success() {
        bail!("the build failed: {command:?}");
    }
    Ok(repository::target()?.join("debug").join("vestal"))
}
