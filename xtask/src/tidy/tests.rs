//! Each check catches its violation, and lets pass what only looks like one.

use super::{Violation, borders, files, folders, manifest, purity, source, text};
use crate::repository::File;

const CORE: &str = "crates/vestal-core/src/catalog/lease.rs";

/// The lines on which a check finds something wrong in one file.
fn lines(check: fn(&[File]) -> Vec<Violation>, path: &str, text: &str) -> Vec<usize> {
    check(&[File::new(path, text)])
        .into_iter()
        .map(|violation| violation.line)
        .collect()
}

fn messages(check: fn(&[File]) -> Vec<Violation>, files: &[File]) -> Vec<String> {
    check(files).iter().map(ToString::to_string).collect()
}

#[test]
fn an_impure_import_of_the_core_is_found_however_it_is_written() {
    for impure in [
        "use std::fs;",
        "use std::{collections::BTreeMap, fs::{self, File}};",
        "use std::{\n    fmt,\n    net::SocketAddr,\n};",
        "fn now() -> Now { std::time::Instant::now() }",
        "use std::time::{Duration, SystemTime};",
        "let handle = ::std::thread::spawn(work);",
        "macro_rules! exit { () => { std::process::exit(1) } }",
        "use std::env as environment;",
        "use tokio::sync::Mutex;",
        "let number = rand::random::<u64>();",
    ] {
        assert_eq!(lines(purity::check, CORE, impure).len(), 1, "{impure}");
    }
}

#[test]
fn pure_code_and_mentions_of_the_impure_pass() {
    for pure in [
        "use std::time::Duration;",
        "//! Unlike std::fs, this owns no file.",
        "/* std::thread::spawn /* nested */ std::env */ use std::fmt;",
        "const TEXT: &str = \"std::process::exit(1)\"; const RAW: &str = r#\"std::env \"quoted\" std::fs\"#;",
        "fn first<'a>(text: &'a str) -> char { '\"' } // std::net",
        "use crate::rand::Source;",
        "let tokio_like = tokios::spawn();",
    ] {
        assert_eq!(lines(purity::check, CORE, pure), Vec::<usize>::new(), "{pure}");
    }
    let impure = "use std::fs;";
    assert_eq!(
        lines(purity::check, "crates/vestal-registry/src/http.rs", impure),
        Vec::<usize>::new()
    );
    assert_eq!(
        lines(purity::check, "crates/vestal-core/tests/laws.rs", impure),
        Vec::<usize>::new()
    );
}

#[test]
fn a_violation_names_its_line() {
    assert_eq!(
        lines(
            purity::check,
            CORE,
            "//! A.\n\nuse std::{\n    fmt,\n    fs,\n};\n"
        ),
        [5]
    );
}

#[test]
fn groups_are_taken_apart_into_paths() {
    let paths = source::paths("use a::{self, b as c, d::{E, F}, g};");
    let joined: Vec<String> = paths.iter().map(|path| path.segments.join("::")).collect();
    assert_eq!(joined, ["use", "a", "a::b", "a::d::E", "a::d::F", "a::g"]);
}

fn core_with(path: &str, text: &str) -> Vec<File> {
    let folders = [
        "catalog/mod.rs",
        "replication/mod.rs",
        "time.rs",
        "id.rs",
        "watch.rs",
    ];
    let mut files: Vec<File> = folders
        .iter()
        .map(|name| File::new(&format!("crates/vestal-core/src/{name}"), ""))
        .collect();
    files.push(File::new(&format!("crates/vestal-core/src/{path}"), text));
    files
}

#[test]
fn a_folder_of_the_core_that_imports_another_is_found() {
    for (path, text) in [
        ("catalog/lease.rs", "use crate::replication::Version;"),
        ("catalog/lease.rs", "use crate::{time::Version, watch::Index};"),
        ("catalog/lease.rs", "use super::super::watch::Index;"),
        (
            "catalog/lease/wheel.rs",
            "fn f() -> super::super::super::watch::Index {}",
        ),
        ("catalog/mod.rs", "use super::watch::Index;"),
        ("watch.rs", "fn f(_: crate::catalog::Catalog) {}"),
    ] {
        assert_eq!(folders::check(&core_with(path, text)).len(), 1, "{path}: {text}");
    }
}

#[test]
fn shared_modules_own_modules_and_the_exception_pass() {
    for (path, text) in [
        (
            "catalog/lease.rs",
            "use crate::time::WallMillis; use crate::id::NodeName; use crate::catalog::Answer;",
        ),
        (
            "catalog/lease.rs",
            "use super::shard::Shard; use crate::unknown::Thing;",
        ),
        ("replication/merge.rs", "use crate::catalog::Catalog;"),
        (
            "lib.rs",
            "pub use crate::catalog::Catalog; pub use crate::watch::Index;",
        ),
    ] {
        assert_eq!(folders::check(&core_with(path, text)), [], "{path}: {text}");
    }
}

#[test]
fn a_dependency_against_the_direction_is_found_in_every_kind_of_table() {
    for table in [
        "dependencies",
        "dev-dependencies",
        "build-dependencies",
        "target.'cfg(unix)'.dependencies",
    ] {
        let text = format!("[{table}]\nserde.workspace = true\nvestal-registry.workspace = true\n");
        assert_eq!(
            lines(borders::check, "crates/vestal-keeper/Cargo.toml", &text),
            [3],
            "{table}"
        );
    }
    let keeper = "[dependencies]\nvestal-keeper = { workspace = true }\n";
    assert_eq!(
        lines(borders::check, "crates/vestal-registry/Cargo.toml", keeper),
        [2]
    );
    let core = "[dependencies]\nvestal-core.workspace = true\n";
    assert_eq!(lines(borders::check, "crates/vestal-api/Cargo.toml", core), [2]);
    assert_eq!(
        lines(borders::check, "crates/vestal-platform/Cargo.toml", core),
        Vec::<usize>::new()
    );
}

#[test]
fn a_crate_without_a_place_is_found() {
    assert_eq!(
        lines(
            borders::check,
            "crates/vestal-common/Cargo.toml",
            "[dependencies]\n"
        )
        .len(),
        1
    );
}

fn manifests(root: &str, member: &str) -> Vec<File> {
    vec![
        File::new("Cargo.toml", root),
        File::new("crates/vestal-core/Cargo.toml", member),
    ]
}

#[test]
fn a_dependency_without_a_reason_or_a_user_is_found() {
    let root = "[workspace.dependencies]\n# Because.\nbytes = \"1\"\nserde = { version = \"1\", features = [\n    \"derive\",\n] }\n";
    let member = "[dependencies]\nbytes.workspace = true\n";
    assert_eq!(
        messages(manifest::check, &manifests(root, member)),
        [
            "Cargo.toml:4: the dependency serde has no reason: write a comment above it",
            "Cargo.toml:4: no crate uses the dependency serde",
        ]
    );
    let member = "[dependencies]\nbytes.workspace = true\n[dev-dependencies]\nserde = { workspace = true }\n";
    assert_eq!(manifest::check(&manifests(root, member)).len(), 1);
}

#[test]
fn crates_of_the_workspace_need_no_reason() {
    let root = "[workspace.dependencies]\nvestal-core = { path = \"crates/vestal-core\" }\n";
    assert_eq!(manifest::check(&manifests(root, "")), []);
}

#[test]
fn a_file_without_a_purpose_is_found() {
    assert_eq!(lines(files::check_opening, "a.rs", "use std::fmt;\n"), [1]);
    assert_eq!(
        lines(files::check_opening, "a.rs", "//! Owns a.\nuse std::fmt;\n"),
        Vec::<usize>::new()
    );
    assert_eq!(
        lines(files::check_opening, "a.toml", "a = 1\n"),
        Vec::<usize>::new()
    );
}

#[test]
fn a_file_that_is_too_long_is_found() {
    assert_eq!(lines(files::check_length, "a.rs", &"//\n".repeat(701)), [0]);
    assert_eq!(
        lines(files::check_length, "a.rs", &"//\n".repeat(700)),
        Vec::<usize>::new()
    );
}

#[test]
fn what_is_unfinished_is_found() {
    let note = concat!("// FIX", "ME later\n");
    for text in [
        "fn f() { todo!() }",
        "fn f() { unimplemented!(\"x\") }",
        "#[ignore = \"slow\"]",
        "#[ignore]",
        note,
    ] {
        assert_eq!(lines(files::check_unfinished, "a.rs", text), [1], "{text}");
    }
    let mentioned = "//! Never `todo!` or #[ignore].\nconst A: &str = \"unimplemented!\";\n";
    assert_eq!(
        lines(files::check_unfinished, "a.rs", mentioned),
        Vec::<usize>::new()
    );
}

#[test]
fn a_test_that_sleeps_is_found() {
    let sleep = "fn f() { std::thread::sleep(A); }\n";
    assert_eq!(lines(files::check_sleep, "crates/a/tests/b.rs", sleep), [1]);
    assert_eq!(
        lines(
            files::check_sleep,
            "crates/a/src/b/tests.rs",
            "use std::thread;\nfn f() { thread::sleep(A) }"
        ),
        [2]
    );
    let inline = format!("{sleep}#[cfg(test)]\nmod tests {{\n    use std::thread::sleep;\n}}\n");
    assert_eq!(lines(files::check_sleep, "crates/a/src/b.rs", &inline), [4]);
    assert_eq!(
        lines(files::check_sleep, "crates/a/src/b.rs", sleep),
        Vec::<usize>::new()
    );
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let files = |text| {
        [
            File::new("docs/start.md", text),
            File::new("README.md", ""),
            File::new("docs/adr/0001.md", ""),
        ]
    };
    for broken in [
        "[a](missing.md)",
        "see [a](../missing.md#part) there",
        "[a]: adr/0002.md",
        "[a](/docs/none)",
    ] {
        assert_eq!(text::check_links(&files(broken)).len(), 1, "{broken}");
    }
    let good = "[a](../README.md#b) [b](adr/0001.md) [c](adr) [d](https://example.org/x) [e](#here) [f](/README.md)\n\
                `[g](missing.md)`\n```\n[h](missing.md)\n```\n- [x] done: fine\n";
    assert_eq!(text::check_links(&files(good)), []);
}

#[test]
fn a_changelog_without_an_open_section_is_found() {
    assert_eq!(
        lines(text::check_changelog, "CHANGELOG.md", "# Changelog\n\n## 0.1.0\n"),
        [0]
    );
    assert_eq!(lines(text::check_changelog, "README.md", ""), [0]);
    assert_eq!(
        lines(text::check_changelog, "CHANGELOG.md", "## [Unreleased]\n"),
        Vec::<usize>::new()
    );
}

#[test]
fn a_path_of_somebodys_machine_is_found() {
    for root in ["home/ann", "root/.cargo", "Users/ann", "work/main"] {
        for text in [
            format!("see /{root}/x"),
            format!("\"/{root}\""),
            format!("file:(/{root})"),
        ] {
            assert_eq!(lines(text::check_machine_paths, "a.md", &text), [1], "{text}");
        }
    }
    for text in [
        "https://example.org/home/ann",
        "src/root/a.rs",
        "GET /work HTTP/1.1",
        "crates/*/home/x",
        "a / b / c",
    ] {
        assert_eq!(
            lines(text::check_machine_paths, "a.md", text),
            Vec::<usize>::new(),
            "{text}"
        );
    }
}
