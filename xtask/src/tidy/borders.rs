//! Which crate may depend on which of ours: the direction that keeps the core pure and the processes apart.
//!
//! All kinds of dependencies count, those of tests too: a border that tests cross is not one.

use super::Violation;
use super::manifest::{dependencies, is_member_table, members};
use crate::repository::File;

/// (crate, what it may depend on). A crate that is not listed may not exist before its place is decided here.
const ALLOWED: &[(&str, &[&str])] = &[
    ("vestal-core", &[]),
    ("vestal-api", &[]),
    ("vestal-platform", &["vestal-core"]),
    ("vestal-client", &["vestal-api"]),
    (
        "vestal-registry",
        &["vestal-core", "vestal-api", "vestal-platform"],
    ),
    (
        "vestal-keeper",
        &["vestal-core", "vestal-api", "vestal-client", "vestal-platform"],
    ),
    (
        "vestal",
        &[
            "vestal-core",
            "vestal-api",
            "vestal-platform",
            "vestal-client",
            "vestal-registry",
            "vestal-keeper",
        ],
    ),
    ("vestal-simulator", &["vestal-core"]),
    ("vestal-bench", &[]),
    ("xtask", &[]),
];

pub(crate) fn check(files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in members(files) {
        let folder = file.path.trim_end_matches("/Cargo.toml");
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            let message = format!("{name} has no place in the table of borders (xtask/src/tidy/borders.rs)");
            violations.push(Violation::new(&file.path, 0, message));
            continue;
        };
        for dependency in dependencies(&file.text, is_member_table) {
            let is_own = ALLOWED.iter().any(|(known, _)| *known == dependency.name);
            if is_own && !allowed.contains(&dependency.name.as_str()) {
                let message = format!("{name} must not depend on {}", dependency.name);
                violations.push(Violation::new(&file.path, dependency.line, message));
            }
        }
    }
    violations
}
