//! What commands write to their standard output stream: tables for people, or the API's own JSON.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};
use std::time::Duration;

use clap::ValueEnum;
use comfy_table::{Table, presets};

use crate::failure::Failure;

/// The form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Columns for people; may change between versions.
    #[default]
    Table,
    /// JSON as the API answers it; stable.
    Json,
}

/// Writes the text. A reader that has gone (`vestal services | head -1`) is no failure.
pub(crate) fn write(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Writes JSON bytes and ends the line.
pub(crate) fn write_json(json: &[u8]) -> Result<(), Failure> {
    let text = String::from_utf8_lossy(json);
    write(&format!("{}\n", text.trim_end()))
}

/// Writes a line for people on the error stream, where it never mixes with a result. Nothing can be done if it fails.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Columns under headings, without lines, so that `awk` and `cut` can read them too.
pub(crate) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(
        headings
            .iter()
            .map(|heading| (*heading).to_owned())
            .collect::<Vec<_>>(),
    );
    for row in rows {
        table.add_row(row.iter().map(|cell| visible(cell)).collect::<Vec<_>>());
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A span of time at a glance: `830ms`, `12s`, `3m 5s`, `2h 10m`, `4d 3h`.
pub(crate) fn span(milliseconds: u64) -> String {
    let seconds = Duration::from_millis(milliseconds).as_secs();
    match seconds {
        0 => format!("{milliseconds}ms"),
        1..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// What others registered must not move the cursor of whoever lists it, nor break the table's lines.
fn visible(text: &str) -> String {
    let is_unsafe = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(is_unsafe) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| {
            if is_unsafe(c) {
                c.escape_unicode().collect::<Vec<_>>()
            } else {
                vec![c]
            }
        })
        .collect()
}
