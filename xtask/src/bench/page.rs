//! The results page: generated but for the notes at its end, which people write and each run keeps.

use std::path::Path;

use anyhow::Context as _;

use super::results::Results;
use super::table::{Rows, tables};

/// Everything from this heading on is kept.
const NOTES: &str = "## Notes";

/// Renders the page into `path`.
pub(crate) fn write(path: &Path, results: &Results) -> anyhow::Result<()> {
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let page = render(results, notes(&before));
    std::fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
}

fn notes(before: &str) -> &str {
    before
        .find(&format!("\n{NOTES}\n"))
        .map_or("", |start| before[start + 1..].trim_end())
}

fn render(results: &Results, notes: &str) -> String {
    let mut page = String::from("# Benchmarks\n\nWritten by `cargo xtask bench --write docs/benchmarks.md`");
    page.push_str(" but for the notes at the end.\n\n");
    page.push_str(&machine(results));
    page.push_str(&method(results));
    for rows in tables(results) {
        page.push_str(&markdown(&rows));
    }
    let notes = if notes.is_empty() { NOTES } else { notes };
    page.push('\n');
    page.push_str(notes);
    page.push('\n');
    page
}

fn machine(results: &Results) -> String {
    let machine = &results.machine;
    let memory = machine
        .memory_gib
        .map_or_else(|| "unknown".to_owned(), |gib| format!("{gib} GiB"));
    format!(
        "| | |\n|---|---|\n| date | {} |\n| processor | {}, {} cores |\n| memory | {memory} |\n| kernel | {} |\n\
         | compiler | {} |\n| load average before | {} |\n",
        machine.date, machine.processor, machine.cores, machine.kernel, machine.compiler, machine.load_before
    )
}

fn method(results: &Results) -> String {
    format!(
        "\n## Method\n\n\
         All servers of a table ran in the same run, release builds with the same allocator. The server has core 0, the\n\
         load generator core 1; 64 kept connections with one request in flight each; bodies of 200 bytes, ids of 36. Each\n\
         measurement starts a server of its own, warms up for one second and measures for {} s; servers alternate, rounds:\n\
         {}. Rates are medians; a ratio is the median of the rounds' ratios. Every answer's status and\n\
         length is checked, and a run with a wrong one fails.\n\n\
         - **map** is bare hyper over a plain hash map in 64 shards: no validation, leases, versions or replication.\n\
         - **fixed** is bare hyper with one body: what HTTP itself costs.\n\
         - *per CPU second* counts the CPU time that the server used, which other work on the machine disturbs less.\n\
         - *load core* is how busy the load generator was at most: near 100 % it, not the server, is the limit.\n\
         - *reach* is the goal.\n\
         - Heartbeats go to 10,000 instances in 100 services, each with a new `updated_at`; registrations to 10,000 services.\n\
         - Memory is `VmRSS` two seconds after the fill, 100 instances per service.\n\
         - The three nodes and their load share all cores. *Readable* counts from before the write is sent until an answer\n\
         \x20 on the other node holds it; the asking itself is part of it and is shown.\n",
        results.seconds, results.rounds
    )
}

fn markdown(table: &Rows) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = table.head.iter().map(|&cell| cell.to_owned()).collect();
    let rule = vec!["---".to_owned(); head.len()];
    let rows = table.cells.iter().map(|cells| line(cells)).collect::<String>();
    format!("\n## {}\n\n{}{}{rows}", table.title, line(&head), line(&rule))
}

#[cfg(test)]
mod tests {
    use super::{NOTES, notes};

    #[test]
    fn notes_survive_a_new_run() {
        assert_eq!(
            notes("# Benchmarks\n\nold\n\n## Notes\n\nWhy.\n"),
            "## Notes\n\nWhy."
        );
        assert_eq!(
            notes("# Benchmarks\n\nno notes, though the word ## Notes occurs\n"),
            ""
        );
        assert!(NOTES.starts_with("## "));
    }
}
