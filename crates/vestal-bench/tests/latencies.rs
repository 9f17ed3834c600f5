//! The histogram keeps its promised precision over its whole range.

use std::time::Duration;

use vestal_bench::load::latency::Latency;

#[test]
fn quantiles_of_a_known_distribution_are_within_two_percent() {
    let mut latency = Latency::default();
    for microseconds in 1..=10_000 {
        latency.record(Duration::from_micros(microseconds));
    }
    let close = |measured: f64, expected: f64| (measured - expected).abs() <= expected * 0.02;
    assert!(
        close(latency.quantile_us(500), 5_000.0),
        "{}",
        latency.quantile_us(500)
    );
    assert!(
        close(latency.quantile_us(990), 9_900.0),
        "{}",
        latency.quantile_us(990)
    );
    assert!(close(latency.max_us(), 10_000.0));
    assert_eq!(latency.count(), 10_000);
}

#[test]
fn the_extremes_have_a_bucket() {
    let mut latency = Latency::default();
    latency.record(Duration::ZERO);
    latency.record(Duration::from_nanos(u64::MAX));
    latency.record(Duration::MAX);
    assert_eq!(latency.count(), 3);
}

#[test]
fn without_a_record_every_quantile_is_zero() {
    assert!(Latency::default().quantile_us(990).abs() < f64::EPSILON);
}
