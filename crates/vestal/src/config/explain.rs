//! `config explain`: one setting at length, or all of them in a line each.

use std::fmt::Write as _;

use super::field::Field;
use super::fields::FIELDS;
use super::reflow::wrap;

/// BOUND: columns of text, for terminals of the usual width.
const COLUMNS: usize = 100;

/// A line for each field.
pub fn overview() -> String {
    let width = FIELDS.iter().map(|field| field.key.len()).max().unwrap_or(0);
    let mut text = String::new();
    for field in FIELDS {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "{:width$}  {}", field.key, field.summary);
    }
    text.push_str("\n`vestal config explain KEY` tells more of one.\n");
    text
}

/// All that is known of one field.
pub fn field(field: &Field) -> String {
    let mut text = format!("{}\n\n{}\n\n", field.key, field.summary);
    for (label, fact) in facts(field) {
        let _ = writeln!(text, "  {label:12} {fact}");
    }
    for paragraph in field.essay.split("\n\n") {
        let _ = write!(text, "\n{}\n", wrap(paragraph, COLUMNS));
    }
    text
}

/// The short facts, with their labels; the reference page shows the same.
pub fn facts(field: &Field) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("type", field.kind.phrase()),
        ("default", field.default_text().to_owned()),
    ];
    if let Some((min, max)) = field.kind.range() {
        facts.push(("limits", format!("{min} to {max}")));
    }
    facts.push(("environment", field.environment_name()));
    if let Some(flag) = field.flag {
        facts.push((
            "flag",
            field
                .letter
                .map_or(format!("--{flag}"), |letter| format!("-{letter}, --{flag}")),
        ));
    }
    facts.push(("example", field.example.to_owned()));
    facts
}
