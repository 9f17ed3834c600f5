//! Many seeds at once. Owns the threads, the sum of what was covered, and which seed failed first.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::coverage::Coverage;
use crate::sabotage::Sabotage;
use crate::trace::TraceMode;
use crate::world::{Violation, World};

/// What a range of seeds came to.
#[derive(Debug, Default)]
pub struct Sweep {
    pub coverage: Coverage,
    pub runs: u64,
    pub events: u64,
    /// Seeds that failed, in order.
    pub failures: Vec<(u64, Violation)>,
}

/// Runs `count` seeds from `from` on, on as many threads as the machine runs at once. A seed's run does not depend on
/// which thread runs it.
pub fn sweep(from: u64, count: u64, sabotage: Option<Sabotage>) -> Sweep {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicU64::new(from);
    let sum = Mutex::new(Sweep::default());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = take(&next, from + count) {
                    add(&sum, seed, sabotage);
                }
            });
        }
    });
    let mut sum = sum
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    sum.failures.sort_by_key(|(seed, _)| *seed);
    sum
}

fn take(next: &AtomicU64, end: u64) -> Option<u64> {
    let seed = next.fetch_add(1, Ordering::Relaxed);
    (seed < end).then_some(seed)
}

fn add(sum: &Mutex<Sweep>, seed: u64, sabotage: Option<Sabotage>) {
    let outcome = World::new(seed, sabotage, TraceMode::Digest).run();
    let mut sum = sum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    sum.runs += 1;
    sum.events += outcome.digest.events();
    sum.coverage.merge(&outcome.coverage);
    if let Some(violation) = outcome.violation {
        sum.failures.push((seed, violation));
    }
}
