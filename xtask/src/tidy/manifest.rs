//! Manifests: every dependency is declared once at the root with its reason, and used.

use std::collections::BTreeSet;

use super::Violation;
use crate::repository::File;

/// An entry of a dependency table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// The line above is a comment.
    pub(crate) has_reason: bool,
    /// A crate of this workspace.
    pub(crate) is_own: bool,
}

pub(crate) fn check(files: &[File]) -> Vec<Violation> {
    let Some(root) = files.iter().find(|file| file.path == "Cargo.toml") else {
        return vec![Violation::new("Cargo.toml", 0, "the root manifest is missing")];
    };
    let used: BTreeSet<String> = members(files)
        .flat_map(|file| dependencies(&file.text, is_member_table))
        .map(|dependency| dependency.name)
        .collect();
    let mut violations = Vec::new();
    for dependency in dependencies(&root.text, |table| table == "workspace.dependencies") {
        if dependency.is_own {
            continue;
        }
        let name = &dependency.name;
        if !dependency.has_reason {
            let message = format!("the dependency {name} has no reason: write a comment above it");
            violations.push(Violation::new(&root.path, dependency.line, message));
        }
        if !used.contains(name) {
            let message = format!("no crate uses the dependency {name}");
            violations.push(Violation::new(&root.path, dependency.line, message));
        }
    }
    violations
}

/// The manifests of the workspace's crates; `fuzz` is a workspace of its own.
pub(crate) fn members(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| {
        let folder = file.path.strip_suffix("/Cargo.toml");
        folder.is_some_and(|folder| folder == "xtask" || folder.starts_with("crates/"))
    })
}

/// Whether a table of a crate's manifest lists dependencies of any kind, for any target.
pub(crate) fn is_member_table(table: &str) -> bool {
    table
        .rsplit('.')
        .next()
        .is_some_and(|last| last.ends_with("dependencies"))
}

/// The entries of the tables that `is_wanted` picks. It reads the one style of TOML that manifests here have:
/// one entry per line, values that may go on over lines in brackets.
pub(crate) fn dependencies(manifest: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut is_in_table = false;
    let mut depth = 0;
    let mut before = "";
    for (index, line) in manifest.lines().enumerate() {
        let text = line.trim();
        if depth == 0 && text.starts_with('[') {
            is_in_table = is_wanted(text.trim_matches(['[', ']']));
        } else if !text.starts_with('#') {
            if depth == 0
                && is_in_table
                && let Some(name) = key(text)
            {
                found.push(Dependency {
                    name: name.to_owned(),
                    line: index + 1,
                    has_reason: before.starts_with('#'),
                    is_own: text.contains("path ="),
                });
            }
            depth += opened(text);
        }
        before = text;
    }
    found
}

/// The first part of `name.workspace = true` or `name = ...`.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let name = key.split('.').next()?.trim();
    (!name.is_empty()).then_some(name)
}

/// How many brackets a line opens more than it closes.
fn opened(line: &str) -> isize {
    line.chars()
        .map(|character| match character {
            '[' | '{' => 1,
            ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}
