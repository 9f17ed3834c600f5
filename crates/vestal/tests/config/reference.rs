//! The committed reference pages are what the program would write.

#[track_caller]
fn check(path: &str, generated: &str, command: &str) {
    let file = format!("{}/../../{path}", env!("CARGO_MANIFEST_DIR"));
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let difference = committed
        .lines()
        .zip(generated.lines())
        .position(|(left, right)| left != right);
    assert!(
        committed == generated,
        "{path} is out of date, first in line {}; run: {command} > {path}",
        difference.unwrap_or(committed.lines().count().min(generated.lines().count())) + 1
    );
}

#[test]
fn the_page_of_the_configuration_is_up_to_date() {
    let page = vestal::config::reference::page();
    check(
        "docs/reference/configuration.md",
        &page,
        "cargo run -p vestal -- config reference",
    );
}

#[test]
fn the_page_of_the_command_line_is_up_to_date() {
    let page = vestal::commands::cli_reference_page();
    check(
        "docs/reference/cli.md",
        &page,
        "cargo run -p vestal -- cli-reference",
    );
}
