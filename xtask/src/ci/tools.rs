//! The tools that checks need beside cargo: found, or installed where that can be done. Those built by cargo go into the
//! clone's own `target/tools`; system packages need Debian's `apt-get` and the right to use it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::process::is_installed;
use crate::repository;

/// The version of cargo-deny that reads `deny.toml` as it is written.
const DENY_VERSION: &str = "0.20.2";

/// A program of a Debian package.
const PACKAGES: [(&str, &str); 1] = [("faketime", "faketime")];

/// Installs the system packages that are missing. Returns what is still missing, in words.
pub(super) fn system_packages() -> Vec<String> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(program, _)| !is_installed(program, "--version"))
        .map(|&(_, name)| name)
        .collect();
    if missing.is_empty() || install_packages(&missing) {
        return Vec::new();
    }
    vec![format!(
        "not installed, and apt-get could not install it: {}; in CI the tests that need it fail",
        missing.join(", ")
    )]
}

fn install_packages(names: &[&str]) -> bool {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .stdin(Stdio::null())
            .env("DEBIAN_FRONTEND", "noninteractive");
        command.status().is_ok_and(|status| status.success())
    };
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(names);
    apt(&install) || (apt(&["update"]) && apt(&install))
}

/// cargo-deny: the one on the path, or one built once into `target/tools`.
pub(super) fn cargo_deny() -> anyhow::Result<PathBuf> {
    if is_installed("cargo-deny", "--version") {
        return Ok(PathBuf::from("cargo-deny"));
    }
    let root = repository::target()?.join("tools");
    let program = root.join("bin").join("cargo-deny");
    if !program.exists() {
        install_deny(&root)?;
    }
    Ok(program)
}

fn install_deny(root: &Path) -> anyhow::Result<()> {
    let mut command = repository::cargo();
    command.args([
        "install",
        "--locked",
        "--quiet",
        "cargo-deny",
        "--version",
        DENY_VERSION,
        "--root",
    ]);
    let status = command.arg(root).status().context("cannot start cargo")?;
    if !status.success() {
        bail!("cargo-deny could not be installed into {}", root.display());
    }
    Ok(())
}
