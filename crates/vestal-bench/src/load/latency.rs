//! A histogram of latencies with bounded memory: 64 buckets per power of two, so at most 1.6 % off.

use std::time::Duration;

const SUB_BITS: u32 = 6;
const SUB_BUCKETS: u64 = 1 << SUB_BITS;
/// Twice 64 for the values below 128, then 64 for each of the other 57 powers of two.
const BUCKETS: usize = (64 - SUB_BITS as usize + 1) << SUB_BITS;

/// Counts of latencies in nanoseconds.
#[derive(Debug, Clone)]
pub struct Latency {
    buckets: Vec<u64>,
    count: u64,
    max_ns: u64,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency {
            buckets: vec![0; BUCKETS],
            count: 0,
            max_ns: 0,
        }
    }
}

impl Latency {
    pub fn record(&mut self, latency: Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[bucket(ns)] += 1;
        self.count += 1;
        self.max_ns = self.max_ns.max(ns);
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The latency that `per_mille` of all did not exceed, in microseconds; 0 if nothing was recorded.
    pub fn quantile_us(&self, per_mille: u64) -> f64 {
        let rank = (self.count * per_mille).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return microseconds(upper_ns(index).min(self.max_ns));
            }
        }
        0.0
    }

    pub fn max_us(&self) -> f64 {
        microseconds(self.max_ns)
    }
}

fn bucket(ns: u64) -> usize {
    if ns < SUB_BUCKETS {
        return usize::try_from(ns).unwrap_or(0);
    }
    let power = ns.ilog2();
    let sub = (ns >> (power - SUB_BITS)) - SUB_BUCKETS;
    let index = u64::from(power - SUB_BITS + 1) * SUB_BUCKETS + sub;
    usize::try_from(index).map_or(BUCKETS - 1, |index| index.min(BUCKETS - 1))
}

/// The largest value that falls into a bucket.
fn upper_ns(index: usize) -> u64 {
    let index = index as u64;
    if index < SUB_BUCKETS {
        return index;
    }
    let shift = index / SUB_BUCKETS - 1;
    let base = (SUB_BUCKETS + index % SUB_BUCKETS) << shift;
    base + ((1u64 << shift) - 1)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a latency of 104 days would lose its last nanosecond"
)]
fn microseconds(ns: u64) -> f64 {
    (ns as f64 / 100.0).round() / 10.0
}
