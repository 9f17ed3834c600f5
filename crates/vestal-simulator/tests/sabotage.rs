//! The harness proved: each deliberate bug is seen by some seed, and without one all seeds pass.

use vestal_simulator::{Sabotage, TraceMode, World, sweep};

/// Of the seeds that the whole suite runs; the first that sees the bug ends the search.
const SEEDS: std::ops::Range<u64> = 0..200;

fn is_seen(sabotage: Sabotage) {
    let is_caught = |&seed: &u64| {
        World::new(seed, Some(sabotage), TraceMode::Digest)
            .run()
            .violation
            .is_some()
    };
    let caught = SEEDS.clone().find(is_caught);
    assert!(caught.is_some(), "no seed of {SEEDS:?} sees {}", sabotage.name());
}

macro_rules! each_is_seen {
    ($($test:ident: $sabotage:ident,)*) => {
        $(#[test] fn $test() { is_seen(Sabotage::$sabotage); })*

        #[test]
        fn every_sabotage_has_its_test() {
            assert_eq!(Sabotage::ALL, &[$(Sabotage::$sabotage),*]);
        }
    };
}

each_is_seen! {
    a_node_that_vouches_for_everybody_is_seen: VouchesAreFresh,
    arrival_order_instead_of_versions_is_seen: ArrivalOrderWins,
    a_cursor_that_runs_ahead_is_seen: CursorRunsAhead,
    blindness_to_divergence_is_seen: DigestsAreBlind,
    a_removal_that_is_not_told_is_seen: RemovalsAreKept,
    an_expiry_that_binds_everybody_is_seen: ExpiryIsRemoval,
    a_stall_that_counts_is_seen: StallsCount,
    a_ticker_that_runs_fast_is_seen: TicksRunFast,
    a_listing_by_anyone_is_seen: AnyoneLists,
    a_life_that_never_lapses_is_seen: NothingLapses,
    a_node_that_answers_too_early_is_seen: ReadyAtOnce,
    a_heartbeat_that_is_a_change_is_seen: HeartbeatsAreChanges,
    an_end_that_is_ignored_is_seen: EndsAreIgnored,
}

#[test]
fn without_sabotage_every_invariant_holds() {
    let sweep = sweep(0, 12, None);
    assert_eq!(sweep.failures, []);
}
