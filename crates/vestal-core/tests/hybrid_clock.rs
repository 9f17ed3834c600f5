//! The hybrid clock: versions that never repeat, never go back, and are not led astray by another node's clock.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use std::time::Duration;

use clockwork::START;
use proptest::prelude::*;
use vestal_core::time::{HybridClock, Version, WallMillis, skew_ahead};

const SKEW_MAX: Duration = Duration::from_secs(60);

fn check_next(given: &[u64], expected: &str) {
    let clock = HybridClock::default();
    let last = given.iter().map(|&wall| clock.next(WallMillis(wall))).last();
    assert_eq!(
        last.map(|version| version.to_string()).as_deref(),
        Some(expected),
        "{given:?}"
    );
}

#[test]
fn a_version_is_the_wall_clock_and_a_count_within_its_millisecond() {
    check_next(&[START], "1766000000000-0");
    check_next(&[START, START], "1766000000000-1");
    check_next(&[START, START, START + 1], "1766000000001-0");
}

#[test]
fn a_wall_clock_that_steps_back_does_not_take_versions_back() {
    check_next(&[START, START - 5_000], "1766000000000-1");
    check_next(&[START, 0, 0], "1766000000000-2");
}

#[test]
fn the_count_runs_over_into_the_millisecond() {
    let clock = HybridClock::default();
    let last = (0..=1 << 16).map(|_| clock.next(WallMillis(START))).last();
    assert_eq!(last, Some(Version::at(START + 1)));
}

#[test]
fn a_time_beyond_48_bits_is_the_greatest_version_and_not_a_small_one() {
    for millis in [1 << 48, (1 << 48) + START, u64::MAX] {
        assert!(Version::at(millis) > Version::at(START), "{millis}");
        assert!(
            skew_ahead(WallMillis(START), Version::at(millis)) > SKEW_MAX,
            "{millis}"
        );
    }
}

#[test]
fn a_version_from_elsewhere_moves_the_clock_if_it_is_not_too_far_ahead() {
    let clock = HybridClock::default();
    clock.observe(WallMillis(START), Version::at(START + 60_000), SKEW_MAX);
    assert_eq!(clock.next(WallMillis(START)), Version::at(START + 60_000).next());
}

#[test]
fn a_version_from_a_wrong_clock_does_not_move_ours() {
    let clock = HybridClock::default();
    clock.observe(WallMillis(START), Version::at(START + 60_001), SKEW_MAX);
    clock.observe(WallMillis(START), Version(u64::MAX), SKEW_MAX);
    assert_eq!(clock.next(WallMillis(START)), Version::at(START));
}

#[test]
fn a_floor_raises_one_version_and_never_the_clock() {
    let clock = HybridClock::default();
    let floor = Version::at(START + 1_000_000_000);
    assert_eq!(clock.next_above(WallMillis(START), floor), floor.next());
    assert_eq!(clock.next(WallMillis(START)), Version::at(START).next());
}

#[test]
fn a_closed_millisecond_is_given_to_no_later_version() {
    let clock = HybridClock::default();
    clock.next(WallMillis(START));
    let closed = clock.close_millisecond(WallMillis(START));
    assert_eq!(closed, START);
    assert!(clock.next(WallMillis(START)).millis() > closed);
}

#[test]
fn closing_a_millisecond_again_and_again_does_not_drive_the_clock_ahead() {
    let clock = HybridClock::default();
    for _ in 0..1000 {
        assert_eq!(clock.close_millisecond(WallMillis(START)), START);
    }
    assert_eq!(clock.next(WallMillis(START)), Version::at(START + 1));
}

#[derive(Debug, Clone)]
enum Step {
    Next(u64),
    Above(u64, u64),
    Observe(u64, u64),
    Close(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let wall = || prop_oneof![START..START + 100, 0..=u64::MAX];
    prop_oneof![
        wall().prop_map(Step::Next),
        (wall(), any::<u64>()).prop_map(|(wall, floor)| Step::Above(wall, floor)),
        (wall(), any::<u64>()).prop_map(|(wall, seen)| Step::Observe(wall, seen)),
        wall().prop_map(Step::Close),
    ]
}

proptest! {
    #[test]
    fn versions_grow_whatever_the_wall_clock_does(steps in prop::collection::vec(step(), 1..60)) {
        let clock = HybridClock::default();
        let (mut last, mut closed) = (None, None);
        for step in steps {
            match step {
                // A wall clock at the end of time leaves no greater version to give.
                Step::Next(wall) if wall < 1 << 47 => {
                    let next = clock.next(WallMillis(wall));
                    prop_assert!(last.is_none_or(|last| next > last));
                    prop_assert!(closed.is_none_or(|closed| next.millis() > closed));
                    prop_assert!(next.millis() >= wall);
                    last = Some(next);
                }
                Step::Above(wall, floor) if wall < 1 << 47 && floor < u64::MAX => {
                    prop_assert!(clock.next_above(WallMillis(wall), Version(floor)) > Version(floor));
                }
                Step::Observe(wall, seen) if wall < 1 << 47 => {
                    clock.observe(WallMillis(wall), Version(seen), SKEW_MAX);
                }
                Step::Close(wall) if wall < 1 << 47 => closed = Some(clock.close_millisecond(WallMillis(wall))),
                _ => {}
            }
        }
    }
}
