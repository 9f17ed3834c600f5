//! The false network: what becomes of a message on each line between two nodes. Owns the lines' present condition; what
//! is wrong with them, and when, is said by the plan's episodes.

use std::time::Duration;

use fastrand::Rng;

use crate::moment::{Moment, micros};

/// Condition of one direction of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub is_cut: bool,
    pub loss_permille: u32,
    pub duplicate_permille: u32,
    pub delay_min: Duration,
    pub delay_max: Duration,
}

/// What becomes of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nobody hears of it, and nobody is told.
    Swallowed,
    Lost,
    Arrives {
        after: Duration,
        again_after: Option<Duration>,
    },
}

#[derive(Debug)]
pub struct Network {
    nodes: usize,
    base: Vec<Line>,
    lines: Vec<Line>,
    changed: Vec<Moment>,
}

/// How much later a duplicate may come: usually soon, now and then very late.
const DUPLICATE_LATE_MAX: Duration = Duration::from_secs(4);
const DUPLICATE_VERY_LATE_MAX: Duration = Duration::from_secs(30);

impl Network {
    pub fn new(nodes: usize, base: Vec<Line>) -> Self {
        Self {
            nodes,
            lines: base.clone(),
            changed: vec![Moment::default(); base.len()],
            base,
        }
    }

    /// Sets every line anew: its base condition, changed by `worsen`.
    pub fn rebuild(&mut self, now: Moment, worsen: impl Fn(usize, usize, &mut Line)) {
        for from in 0..self.nodes {
            for to in 0..self.nodes {
                let at = from * self.nodes + to;
                let mut line = self.base[at];
                worsen(from, to, &mut line);
                if line != self.lines[at] {
                    self.lines[at] = line;
                    self.changed[at] = now;
                }
            }
        }
    }

    pub fn line(&self, from: usize, to: usize) -> &Line {
        &self.lines[from * self.nodes + to]
    }

    pub fn fate(&self, from: usize, to: usize, rng: &mut Rng) -> Fate {
        let line = self.line(from, to);
        if line.is_cut {
            return Fate::Swallowed;
        }
        if rng.u32(0..1000) < line.loss_permille {
            return Fate::Lost;
        }
        let after = line.delay(rng);
        let again_after = (rng.u32(0..1000) < line.duplicate_permille).then(|| {
            let late = if rng.u8(0..8) == 0 {
                DUPLICATE_VERY_LATE_MAX
            } else {
                DUPLICATE_LATE_MAX
            };
            after + Duration::from_micros(rng.u64(0..micros(late)))
        });
        Fate::Arrives { after, again_after }
    }

    /// Whether both directions have worked without loss for `bound`.
    pub fn is_sound(&self, a: usize, b: usize, now: Moment, bound: Duration) -> bool {
        [(a, b), (b, a)].iter().all(|&(from, to)| {
            let line = self.line(from, to);
            let is_whole = !line.is_cut && line.loss_permille == 0;
            is_whole && now.since(self.changed[from * self.nodes + to]) >= bound
        })
    }
}

impl Line {
    fn delay(&self, rng: &mut Rng) -> Duration {
        let (min, max) = (micros(self.delay_min), micros(self.delay_max));
        // Now and then one message is overtaken by many.
        let stretch = if rng.u8(0..64) == 0 { 3 } else { 1 };
        Duration::from_micros(rng.u64(min..=max) * stretch)
    }
}
