//! The lease clock: it counts the time in which this process ran, and nothing else.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use std::time::Duration;

use clockwork::Node;
use proptest::prelude::*;
use vestal_core::time::{LEASE_EPOCH, LEASE_STEP_MAX, LeaseClock, LeaseTime};

fn check(ticks_ms: &[u64], counted_ms: u64, last_stall_ms: u64) {
    let clock = LeaseClock::default();
    let stall = ticks_ms
        .iter()
        .map(|&mono| clock.tick(Duration::from_millis(mono)))
        .last();
    assert_eq!(
        clock.now().since(LEASE_EPOCH),
        Duration::from_millis(counted_ms),
        "{ticks_ms:?}"
    );
    assert_eq!(stall, Some(Duration::from_millis(last_stall_ms)), "{ticks_ms:?}");
}

#[test]
fn it_moves_with_its_ticks() {
    check(&[0], 0, 0);
    check(&[100, 200, 300], 300, 0);
}

#[test]
fn a_late_tick_counts_in_full_up_to_half_a_second() {
    check(&[100, 600], 600, 0);
    check(&[100, 601], 600, 1);
}

#[test]
fn a_stopped_process_is_a_stall_that_counts_half_a_second() {
    check(&[100, 60_100], 600, 59_500);
    check(&[100, 60_100, 60_200], 700, 0);
}

#[test]
fn a_tick_from_the_past_counts_nothing() {
    check(&[1_000, 100], 500, 0);
    check(&[400, 100, 500], 500, 0);
}

#[test]
fn lease_times_saturate_instead_of_going_round() {
    assert_eq!(
        LeaseTime(u64::MAX).after(Duration::from_secs(1)),
        LeaseTime(u64::MAX)
    );
    assert_eq!(LeaseTime(5).since(LeaseTime(6)), Duration::ZERO);
    assert_eq!(LeaseTime(0).after(Duration::MAX), LeaseTime(u64::MAX));
}

#[test]
fn a_stop_of_a_minute_expires_nobody() {
    let node = Node::named("a");
    node.put_for("s", "i", Duration::from_secs(5), "{}");
    let report = node.stand_still(Duration::from_secs(60));
    assert_eq!(report.stall, Duration::from_millis(59_500));
    assert_eq!(report.expired, 0);
    assert!(node.has("s", "i"));
    assert_eq!(
        node.pass(Duration::from_secs(6)).expired,
        1,
        "the lease goes on where it stood"
    );
}

#[test]
fn a_wall_clock_that_jumps_either_way_expires_nobody_and_keeps_nobody() {
    for wall in [0, clockwork::START * 2] {
        let node = Node::named("a");
        node.put_for("s", "i", Duration::from_secs(5), "{}");
        node.set_wall(wall);
        assert_eq!(node.pass(Duration::from_secs(5)).expired, 0);
        assert_eq!(node.pass(Duration::from_secs(1)).expired, 1);
    }
}

proptest! {
    #[test]
    fn counted_time_and_stalls_add_up_to_the_time_that_passed(ticks in prop::collection::vec(0_u64..100_000, 1..50)) {
        let clock = LeaseClock::default();
        let mut stalls = Duration::ZERO;
        for &mono in &ticks {
            let before = clock.now();
            stalls += clock.tick(Duration::from_millis(mono));
            prop_assert!(clock.now().since(before) <= LEASE_STEP_MAX);
        }
        let passed = Duration::from_millis(ticks.iter().copied().max().unwrap_or(0));
        prop_assert_eq!(clock.now().since(LEASE_EPOCH) + stalls, passed);
    }
}
