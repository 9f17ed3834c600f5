//! The folders of vestal-core do not import each other: each can be read, tested and replaced alone.

use super::Violation;
use super::source::{self, Path};
use crate::repository::File;

const CRATE: &str = "crates/vestal-core/src/";

/// What every folder may use.
const SHARED: &[&str] = &["time", "id", "limits", "record"];

/// (from, to, why): imports that are allowed all the same.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "replication",
    "catalog",
    "what is replicated is the catalog's entries: a trait between them would have one implementation and cost a call on \
     each entry of a bulk transfer",
)];

pub(crate) fn check(files: &[File]) -> Vec<Violation> {
    let core: Vec<(&str, &File)> = files
        .iter()
        .filter(|file| file.is_rust())
        .filter_map(|file| Some((file.path.strip_prefix(CRATE)?, file)))
        .collect();
    let folders: Vec<&str> = core.iter().map(|(path, _)| folder(path)).collect();
    let mut violations = Vec::new();
    for (path, file) in &core {
        let from = folder(path);
        // The root names them all: it is their table of contents.
        if from == "lib" {
            continue;
        }
        for named in source::paths(&file.text) {
            let Some(to) = target(&named, path).filter(|to| folders.contains(to)) else {
                continue;
            };
            if to != from && !SHARED.contains(&to) && !is_excepted(from, to) {
                let message = format!("{from} must not import {to}: the folders of vestal-core stand alone");
                violations.push(Violation::new(&file.path, named.line, message));
            }
        }
    }
    // A group names its parent once per part.
    violations.dedup();
    violations
}

fn is_excepted(from: &str, to: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(excepted_from, excepted_to, _)| (*excepted_from, *excepted_to) == (from, to))
}

/// The first part of a path below `src`: a folder, or a file that stands for one.
fn folder(path: &str) -> &str {
    path.split_once('/')
        .map_or_else(|| path.trim_end_matches(".rs"), |(folder, _)| folder)
}

/// Which folder a path of a file leads to, when it leads to the root of the crate first.
fn target<'a>(named: &'a Path, file: &str) -> Option<&'a str> {
    let segments = &named.segments;
    let steps = match segments.first()?.as_str() {
        "crate" => 1,
        "super" => {
            let supers = segments.iter().take_while(|segment| *segment == "super").count();
            if supers == depth(file) {
                supers
            } else {
                return None;
            }
        }
        _ => return None,
    };
    segments.get(steps).map(String::as_str)
}

/// How many `super` lead from a file's module to the root of the crate.
fn depth(file: &str) -> usize {
    let parts = file.split('/').count();
    if file.ends_with("/mod.rs") {
        parts - 1
    } else {
        parts
    }
}
