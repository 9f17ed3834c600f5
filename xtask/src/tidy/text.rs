//! What people read: links lead somewhere, the changelog is open, no text knows its author's machine.

use std::collections::BTreeSet;
use std::path::Path;

use super::Violation;
use crate::repository::File;

/// Every relative link of a Markdown file leads to a file or folder of the repository.
pub(crate) fn check_links(files: &[File]) -> Vec<Violation> {
    let mut known = BTreeSet::new();
    for file in files {
        known.extend(
            Path::new(&file.path)
                .ancestors()
                .filter_map(Path::to_str)
                .map(str::to_owned),
        );
    }
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| has_extension(file, "md")) {
        for (line, link) in links(&file.text) {
            let is_elsewhere = link.contains("://") || link.starts_with("mailto:") || link.starts_with('#');
            let target = link.split(['#', '?']).next().unwrap_or_default();
            if !is_elsewhere && !known.contains(&resolve(&file.path, target)) {
                let message = format!("the link `{link}` leads to a file that does not exist");
                violations.push(Violation::new(&file.path, line, message));
            }
        }
    }
    violations
}

/// The changelog has a place for what comes next.
pub(crate) fn check_changelog(files: &[File]) -> Vec<Violation> {
    const PATH: &str = "CHANGELOG.md";
    let Some(changelog) = files.iter().find(|file| file.path == PATH) else {
        return vec![Violation::new(PATH, 0, "the changelog is missing")];
    };
    let is_open = |line: &str| matches!(line.trim_end(), "## Unreleased" | "## [Unreleased]");
    if changelog.text.lines().any(is_open) {
        return Vec::new();
    }
    vec![Violation::new(
        PATH,
        0,
        "the changelog has no section `## Unreleased`",
    )]
}

/// No text names a path that exists on one machine only.
pub(crate) fn check_machine_paths(files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| !has_extension(file, "lock")) {
        for (index, line) in file.text.lines().enumerate() {
            if let Some(path) = machine_path(line) {
                let message = format!("`{path}` is a path of somebody's machine");
                violations.push(Violation::new(&file.path, index + 1, message));
            }
        }
    }
    violations
}

fn machine_path(line: &str) -> Option<&str> {
    /// Folders at the root under which people and machines keep their own.
    const ROOTS: &[&str] = &["home", "root", "Users", "work", "workspace"];
    let starts = line.match_indices('/').map(|(start, _)| start);
    starts
        .filter(|start| !follows_name(&line[..*start]))
        .find_map(|start| {
            let path = &line[start..];
            let end = path
                .find(|character: char| !is_path_character(character))
                .unwrap_or(path.len());
            let (first, rest) = path[1..end].split_once('/')?;
            (ROOTS.contains(&first) && !rest.is_empty()).then_some(&path[..end])
        })
}

/// A slash after a name is inside of a relative path or of an address.
fn follows_name(before: &str) -> bool {
    before.ends_with(|character: char| {
        is_path_character(character) || matches!(character, '}' | '>' | '*' | '$')
    })
}

fn is_path_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '/' | '.' | '_' | '-' | '~')
}

/// The targets of `[text](target)` and `[name]: target`, outside of code.
fn links(markdown: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut is_code = false;
    for (index, line) in markdown.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            continue;
        }
        let prose = without_code_spans(line);
        for (start, _) in prose.match_indices("](") {
            let target = prose[start + 2..].split([')', ' ']).next().unwrap_or_default();
            links.push((index + 1, target.to_owned()));
        }
        if let Some((_, target)) = prose
            .split_once("]: ")
            .filter(|(name, _)| name.starts_with('[') && !name.contains(']'))
        {
            links.push((index + 1, target.split(' ').next().unwrap_or_default().to_owned()));
        }
    }
    links
}

fn without_code_spans(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// A link's target as a path from the root.
fn resolve(from: &str, target: &str) -> String {
    let folder = if target.starts_with('/') {
        Path::new("")
    } else {
        Path::new(from).parent().unwrap_or(Path::new(""))
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder
        .iter()
        .filter_map(|part| part.to_str())
        .chain(target.split('/'))
    {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

fn has_extension(file: &File, wanted: &str) -> bool {
    Path::new(&file.path)
        .extension()
        .is_some_and(|extension| extension == wanted)
}
