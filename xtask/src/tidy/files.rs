//! Each Rust file: it says what it is for, stays readable, is finished, and its tests wait for conditions.

use super::Violation;
use super::source;
use crate::repository::File;

/// Longer files hold more than one noun.
const LINES_MAX: usize = 700;

/// (file, why): tests that may sleep.
const SLEEPERS: &[(&str, &str)] = &[];

/// Every file opens with a sentence of purpose.
pub(crate) fn check_opening(files: &[File]) -> Vec<Violation> {
    rust(files)
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| {
            Violation::new(
                &file.path,
                1,
                "the file does not open with a sentence of purpose (`//! `)",
            )
        })
        .collect()
}

/// No file is too long.
pub(crate) fn check_length(files: &[File]) -> Vec<Violation> {
    let too_long = |file: &File| {
        let lines = file.text.lines().count();
        (lines > LINES_MAX).then(|| {
            Violation::new(
                &file.path,
                0,
                format!("{lines} lines are more than {LINES_MAX}: divide the file"),
            )
        })
    };
    rust(files).filter_map(too_long).collect()
}

/// Nothing is left to be written, and no test is switched off.
pub(crate) fn check_unfinished(files: &[File]) -> Vec<Violation> {
    const MARKS: [&str; 3] = ["todo!", "unimplemented!", "#[ignore"];
    // In pieces, or this line would be its own violation.
    const NOTES: [&str; 3] = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X:")];
    let mut violations = Vec::new();
    for file in rust(files) {
        let code = source::code(&file.text);
        for (index, (code, text)) in code.lines().zip(file.text.lines()).enumerate() {
            let found = MARKS.iter().find(|mark| code.contains(*mark));
            let found = found.or_else(|| NOTES.iter().find(|note| text.contains(*note)));
            if let Some(mark) = found {
                violations.push(Violation::new(
                    &file.path,
                    index + 1,
                    format!("`{mark}`: finish it or leave it out"),
                ));
            }
        }
    }
    violations
}

/// Tests wait for a condition, not for a time.
pub(crate) fn check_sleep(files: &[File]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in rust(files).filter(|file| !SLEEPERS.iter().any(|(path, _)| *path == file.path)) {
        let Some(first_line) = tests_from(file) else {
            continue;
        };
        for path in source::paths(&file.text)
            .iter()
            .filter(|path| path.line >= first_line)
        {
            if path.ends_with(&["thread", "sleep"]) {
                let message = "a test sleeps: wait for the condition it is about";
                violations.push(Violation::new(&file.path, path.line, message));
            }
        }
    }
    violations
}

/// Whether a whole file is test code.
pub(crate) fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests")
}

/// The line from which on a file is test code: its first, or that of its inline test module.
fn tests_from(file: &File) -> Option<usize> {
    if is_test(&file.path) {
        return Some(1);
    }
    let code = source::code(&file.text);
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let is_test_module =
        |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    lines.windows(2).position(is_test_module).map(|index| index + 1)
}

fn rust(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.is_rust())
}
