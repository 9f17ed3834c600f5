//! The run's history: a digest of every event, and on demand its text. Two runs of one seed have the same digest.

use std::collections::VecDeque;
use std::fmt;

use crate::moment::Moment;

/// Events kept to be shown when something breaks.
const LAST: usize = 60;

#[derive(Debug)]
pub struct Trace {
    digest: u64,
    events: u64,
    mode: TraceMode,
    last: VecDeque<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceMode {
    /// Only the digest: fast.
    Digest,
    /// The last events too.
    Last,
    /// Every event goes to standard output.
    Print,
}

impl Trace {
    pub fn new(mode: TraceMode) -> Self {
        Self {
            digest: 0xcbf2_9ce4_8422_2325,
            events: 0,
            mode,
            last: VecDeque::new(),
        }
    }

    /// Notes an event by `facts`, which must tell it from any other; `text` is only made if someone reads it.
    pub fn note(&mut self, at: Moment, facts: &[u64], text: impl FnOnce() -> String) {
        self.events += 1;
        self.mix(at.0);
        for &fact in facts {
            self.mix(fact);
        }
        if self.mode == TraceMode::Digest {
            return;
        }
        let line = format!("{at} {}", text());
        if self.mode == TraceMode::Print {
            print_line(&line);
        }
        if self.last.len() == LAST {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }

    /// Takes an event into the digest that nobody wants to read.
    pub fn count(&mut self, at: Moment, facts: [u64; 2]) {
        self.events += 1;
        self.mix(at.0);
        self.mix(facts[0]);
        self.mix(facts[1]);
    }

    fn mix(&mut self, value: u64) {
        let mixed = (self.digest ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.digest = mixed ^ (mixed >> 29);
    }

    pub fn digest(&self) -> TraceDigest {
        TraceDigest {
            digest: self.digest,
            events: self.events,
        }
    }

    pub fn last(self) -> Vec<String> {
        self.last.into()
    }
}

#[expect(
    clippy::print_stdout,
    reason = "a trace is asked for by the person who runs the simulator"
)]
fn print_line(line: &str) {
    println!("{line}");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceDigest {
    digest: u64,
    events: u64,
}

impl TraceDigest {
    pub fn events(&self) -> u64 {
        self.events
    }
}

impl fmt::Display for TraceDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x} over {} events", self.digest, self.events)
    }
}
