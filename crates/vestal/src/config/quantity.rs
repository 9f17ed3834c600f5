//! Durations and sizes as people write them. Owns reading and writing both, exactly: no floating point, no surprise.

use std::time::Duration;

const DURATION_UNITS: [(&str, u128); 5] = [
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
];

const SIZE_UNITS: [(&str, u128); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// BOUND: digits after the decimal point, so that no product below overflows.
const FRACTION_DIGITS_MAX: usize = 9;

/// Reads `90`, `1.5`, `500ms`, `90s`, `5m`, `24h`, `7d`; a plain number is seconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let nanos = parse(text, &DURATION_UNITS, "s")?;
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanos % 1_000_000_000).ok()?;
    Some(Duration::new(seconds, rest))
}

/// Reads `4096`, `512B`, `64KiB`, `1.5MiB`, `2GiB`; a plain number is bytes.
pub fn parse_size(text: &str) -> Option<u64> {
    u64::try_from(parse(text, &SIZE_UNITS, "B")?).ok()
}

/// Writes the duration in the largest unit that divides it, so that reading it again gives the same.
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    // Days are read but not written: 24h is how operators say it.
    let unit = DURATION_UNITS[..4]
        .iter()
        .rev()
        .find(|(_, size)| nanos.is_multiple_of(*size));
    match unit {
        Some((unit, size)) => format!("{}{unit}", nanos / size),
        None => format!("{}.{:09}s", duration.as_secs(), duration.subsec_nanos()),
    }
}

/// Writes the size in the largest unit that divides it.
pub fn format_size(bytes: u64) -> String {
    let bytes = u128::from(bytes);
    match SIZE_UNITS[1..]
        .iter()
        .rev()
        .find(|(_, size)| bytes != 0 && bytes.is_multiple_of(*size))
    {
        Some((unit, size)) => format!("{}{unit}", bytes / size),
        None => bytes.to_string(),
    }
}

fn parse(text: &str, units: &[(&str, u128)], plain: &str) -> Option<u128> {
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim();
    let wanted = if unit.is_empty() { plain } else { unit };
    let (_, size) = units.iter().find(|(name, _)| *name == wanted)?;
    scale(number, *size)
}

fn scale(number: &str, size: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.len() > FRACTION_DIGITS_MAX || number.ends_with('.') {
        return None;
    }
    let whole = whole.parse::<u64>().ok().map(u128::from)?;
    let parts = match fraction {
        "" => 0,
        digits => digits.parse::<u128>().ok()? * size / 10u128.pow(u32::try_from(digits.len()).ok()?),
    };
    whole.checked_mul(size)?.checked_add(parts)
}
