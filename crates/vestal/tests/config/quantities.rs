//! Durations and sizes as people write them.

use std::time::Duration;

use proptest::prelude::*;
use vestal::config::quantity::{format_duration, format_size, parse_duration, parse_size};

#[test]
fn durations_are_read_with_and_without_a_unit() {
    let milliseconds = |text| parse_duration(text).map(|duration| duration.as_millis());
    assert_eq!(milliseconds("90"), Some(90_000));
    assert_eq!(milliseconds("1.5"), Some(1_500));
    assert_eq!(milliseconds("500ms"), Some(500));
    assert_eq!(milliseconds("90s"), Some(90_000));
    assert_eq!(milliseconds("5m"), Some(300_000));
    assert_eq!(milliseconds("24h"), Some(86_400_000));
    assert_eq!(milliseconds("7d"), Some(604_800_000));
    assert_eq!(milliseconds("5 m"), Some(300_000));
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "",
        "s",
        "-1",
        "1.",
        ".5",
        "1.2.3",
        "5x",
        "1e3",
        "5 m 3 s",
        "99999999999999999999",
        "0.1234567890",
        "١",
    ] {
        assert_eq!(parse_duration(text), None, "{text:?}");
    }
}

#[test]
fn sizes_are_read_with_and_without_a_unit() {
    assert_eq!(parse_size("4096"), Some(4_096));
    assert_eq!(parse_size("64KiB"), Some(65_536));
    assert_eq!(parse_size("1.5MiB"), Some(1_572_864));
    assert_eq!(parse_size("2GiB"), Some(2 << 30));
    for text in ["", "64KB", "64kib", "-1", "18446744073709551616"] {
        assert_eq!(parse_size(text), None, "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_written_duration_is_read_back(nanos in 0..u64::MAX) {
        let duration = Duration::from_nanos(nanos);
        prop_assert_eq!(parse_duration(&format_duration(duration)), Some(duration));
    }

    #[test]
    fn a_written_size_is_read_back(bytes: u64) {
        prop_assert_eq!(parse_size(&format_size(bytes)), Some(bytes));
    }

    #[test]
    fn no_text_makes_reading_panic(text: String) {
        let _ = (parse_duration(&text), parse_size(&text));
    }
}
