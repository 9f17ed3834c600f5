//! How often the wheel looks at an instance: what a tick costs, counted in visits.

use std::sync::Arc;
use std::time::Duration;

use super::{SLOTS, Wheel};
use crate::catalog::instance::Instance;
use crate::time::{LEASE_EPOCH, LeaseTime, TICK};

fn instance(id: usize) -> Arc<Instance> {
    Arc::new(Instance::new("s".into(), &id.to_string()))
}

fn arm(wheel: &mut Wheel, instance: &Arc<Instance>) {
    let slot = wheel.slot_of(instance.deadline());
    instance.cell.lock().armed = slot;
    wheel.insert(slot, Arc::clone(instance));
}

/// Sweeps up to `now` and puts back what is not due; returns how many were visited and how many were due.
fn sweep(wheel: &mut Wheel, now: LeaseTime) -> (usize, usize) {
    let (mut visited, mut due) = (0, 0);
    while let Some((_, list)) = wheel.pop_due(now) {
        for instance in list {
            visited += 1;
            if instance.deadline() <= now {
                due += 1;
            } else {
                arm(wheel, &instance);
            }
        }
    }
    (visited, due)
}

#[test]
fn a_tick_visits_a_small_part_of_a_million_leases_that_renew() {
    const LEASES: usize = 1_000_000 / crate::catalog::SHARDS;
    const TTL: Duration = Duration::from_secs(90);
    const BEAT_MS: usize = 30_000;
    let mut wheel = Wheel::new();
    let instances: Vec<_> = (0..LEASES).map(instance).collect();
    let mut next = 0;
    let (mut most, mut sum) = (0, 0);
    let ticks = 3_000;
    for tick in 1..=ticks {
        let now = LEASE_EPOCH.after(TICK * tick);
        let beats_due = tick as usize * 100 * LEASES / BEAT_MS;
        for beat in next..beats_due {
            let instance = &instances[beat % LEASES];
            instance.set_deadline(now.after(TTL));
            if beat < LEASES {
                arm(&mut wheel, instance);
            }
        }
        next = beats_due;
        let (visited, due) = sweep(&mut wheel, now);
        assert_eq!(due, 0, "all of them renew");
        most = most.max(visited);
        sum += visited;
    }
    // Each is looked at about once in the 60 to 90 s by which its deadline has moved since.
    assert!(most <= LEASES / 50, "{most} of {LEASES} in one tick");
    assert!(sum <= LEASES * 5, "{sum} visits of {LEASES} leases in 300 s");
    assert!(sum >= LEASES * 2, "{sum} visits of {LEASES} leases in 300 s");
}

#[test]
fn a_deadline_beyond_the_horizon_is_looked_at_once_in_a_round() {
    let mut wheel = Wheel::new();
    let far = instance(0);
    far.set_deadline(LEASE_EPOCH.after(Duration::from_hours(24)));
    arm(&mut wheel, &far);
    let mut visits = 0_u64;
    for tick in 1..=(24 * 3600 * 10 + 10) {
        let (visited, due) = sweep(&mut wheel, LEASE_EPOCH.after(TICK * tick));
        visits += visited as u64;
        assert!(due == 0 || tick >= 24 * 3600 * 10);
    }
    let rounds = 24 * 3600 * 1000 / (SLOTS * 256) + 2;
    assert!((2..=rounds).contains(&visits), "{visits} visits");
}

#[test]
fn a_deadline_that_has_passed_is_due_in_the_next_slot() {
    let mut wheel = Wheel::new();
    let now = LEASE_EPOCH.after(Duration::from_secs(10));
    sweep(&mut wheel, now);
    let late = instance(0);
    late.set_deadline(LEASE_EPOCH);
    arm(&mut wheel, &late);
    assert_eq!(sweep(&mut wheel, now), (0, 0));
    assert_eq!(sweep(&mut wheel, now.after(Duration::from_millis(256))), (1, 1));
}
