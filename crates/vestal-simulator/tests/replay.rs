//! A seed has one history: the same events at the same moments, however often and wherever it is run.

use vestal_simulator::{Sabotage, TraceMode, World, sweep};

#[test]
fn a_seed_replays_exactly() {
    for seed in [3, 14, 159] {
        let first = World::new(seed, None, TraceMode::Digest).run();
        let again = World::new(seed, None, TraceMode::Last).run();
        assert_eq!(first.digest, again.digest, "seed {seed}");
        assert_eq!(first.coverage, again.coverage, "seed {seed}");
    }
}

#[test]
fn two_seeds_have_two_histories() {
    let digest = |seed| World::new(seed, None, TraceMode::Digest).run().digest;
    assert_ne!(digest(1), digest(2));
}

#[test]
fn a_failure_replays_to_the_same_violation() {
    let sabotage = Some(Sabotage::ArrivalOrderWins);
    let sweep = sweep(0, 2, sabotage);
    let (seed, violation) = sweep
        .failures
        .first()
        .expect("this sabotage is seen by nearly every seed");
    let again = World::new(*seed, sabotage, TraceMode::Last).run();
    assert_eq!(again.violation.as_ref(), Some(violation));
    assert!(!again.last_events.is_empty());
}
