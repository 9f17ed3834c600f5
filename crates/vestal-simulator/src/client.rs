//! Clients: each keeps one instance registered, as a service does that may change its mind, move, leave or die. Owns what
//! a client wants next; how its requests travel is in `requests`.

use std::time::Duration;

use fastrand::Rng;

use crate::moment::{Moment, micros};
use crate::plan::ClientPlan;
use crate::terms::{FAULTS_UNTIL, LIVENESS};

/// Where a client sends its heartbeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// To one node, for as long as that answers.
    Stays,
    /// To any node, as behind a load balancer.
    Balanced,
    /// To one node for some heartbeats, then to another.
    Moves,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Put { body: Vec<u8> },
    Renew,
    Remove,
}

/// What became of a request, as far as the client can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Done,
    /// The node knows no such instance.
    Unknown,
    /// Refused or silent: whether it was done is not known.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Keeps its instance registered.
    Alive,
    /// Wants its instance gone, and asks until a node has done it.
    Leaving { tries: u8 },
    /// Gone, by its own word or in silence, until it comes back (if ever).
    Away { until: Option<Moment> },
}

#[derive(Debug)]
pub struct Client {
    pub plan: ClientPlan,
    pub mood: Mood,
    pub home: usize,
    pub(crate) rng: Rng,
    /// Counts requests; a reply to an earlier one is not listened to.
    pub(crate) request: u64,
    pub(crate) pending: Option<Operation>,
    number: usize,
    revision: u32,
    beats: u64,
    is_known: bool,
    has_news: bool,
    failures: u32,
    filler: usize,
}

const TRIES_MAX: u8 = 4;

impl Client {
    pub fn new(number: usize, plan: ClientPlan, seed: u64, filler: usize) -> Self {
        Self {
            home: plan.home,
            plan,
            mood: Mood::Alive,
            rng: Rng::with_seed(seed),
            request: 0,
            pending: None,
            number,
            revision: 0,
            beats: 0,
            is_known: false,
            has_news: true,
            failures: 0,
            filler,
        }
    }

    pub fn ttl(&self) -> Duration {
        self.plan.ttl.unwrap_or(LIVENESS)
    }

    /// Says what this client means by its instance: everything but the volatile member.
    pub fn revision(&self) -> String {
        format!("{}-{}", self.number, self.revision)
    }

    pub fn body(&self) -> Vec<u8> {
        let filler = "vestal ".repeat(self.filler);
        format!(
            "{{\"revision\":\"{}\",\"updated_at\":{},\"note\":\"{filler}\"}}",
            self.revision(),
            self.beats
        )
        .into_bytes()
    }

    /// What the client does now that it wakes; `None` if it stays away.
    pub(crate) fn wake(&mut self, now: Moment, nodes: usize) -> Option<Operation> {
        if now < FAULTS_UNTIL {
            self.change_mind(now);
        } else {
            self.settle_down();
        }
        self.choose_home(nodes);
        match self.mood {
            Mood::Away { until } if until.is_none_or(|until| now < until) => None,
            Mood::Leaving { .. } => Some(Operation::Remove),
            Mood::Away { .. } | Mood::Alive => {
                self.mood = Mood::Alive;
                Some(self.heartbeat(now))
            }
        }
    }

    fn change_mind(&mut self, now: Moment) {
        if self.mood != Mood::Alive || !self.is_known {
            return;
        }
        match self.rng.u8(0..100) {
            0..=9 => {
                self.revision += 1;
                self.has_news = true;
            }
            10..=14 => self.mood = Mood::Leaving { tries: 0 },
            15..=17 => self.go_away(now, 40),
            _ => {}
        }
    }

    /// When the faults are over nobody changes anything any more: those who stay stay, the others never come back.
    fn settle_down(&mut self) {
        match self.mood {
            Mood::Away { .. } => self.mood = Mood::Away { until: None },
            _ if self.plan.is_rival => self.mood = Mood::Away { until: None },
            Mood::Leaving { .. } | Mood::Alive => {}
        }
    }

    fn go_away(&mut self, now: Moment, percent_back: u8) {
        let is_back = self.rng.u8(0..100) < percent_back;
        let back = now + Duration::from_micros(self.rng.u64(1_000_000..30_000_000));
        self.mood = Mood::Away {
            until: is_back.then_some(back).filter(|&back| back < FAULTS_UNTIL),
        };
        self.is_known = false;
        self.has_news = true;
        self.failures = 0;
    }

    fn choose_home(&mut self, nodes: usize) {
        let moves = match self.plan.habit {
            Habit::Balanced => true,
            Habit::Moves => self.failures > 0 || self.rng.u8(0..4) == 0,
            Habit::Stays => self.failures > 2,
        };
        if moves {
            self.home = self.rng.usize(0..nodes);
        }
    }

    fn heartbeat(&mut self, now: Moment) -> Operation {
        if self.plan.renews_by_name && self.is_known && !self.has_news {
            return Operation::Renew;
        }
        // Volatile members stop changing with the faults, so that bodies can be compared to the byte.
        if now < FAULTS_UNTIL && self.rng.bool() {
            self.beats += self.rng.u64(1..1000);
        }
        Operation::Put { body: self.body() }
    }

    /// Takes in what became of `operation` and says after what time the client wakes again; `None` if never.
    pub(crate) fn hear(&mut self, now: Moment, operation: &Operation, reply: Reply) -> Option<Duration> {
        self.failures = if reply == Reply::Failed {
            self.failures + 1
        } else {
            0
        };
        match (operation, reply) {
            (Operation::Put { .. }, Reply::Done) => {
                self.is_known = true;
                self.has_news = false;
                Some(self.interval())
            }
            (Operation::Renew, Reply::Done) => Some(self.interval()),
            (Operation::Remove, Reply::Done) => {
                self.go_away(now, 60);
                self.next_return(now)
            }
            (Operation::Remove, _) => self.leave_again(now),
            (Operation::Put { .. } | Operation::Renew, Reply::Unknown) => {
                self.is_known = false;
                Some(Duration::ZERO)
            }
            (_, Reply::Failed) => Some(Duration::from_millis(self.rng.u64(50..400))),
        }
    }

    /// A leave that came to nothing is tried elsewhere a few times; then the client just dies.
    fn leave_again(&mut self, now: Moment) -> Option<Duration> {
        if let Mood::Leaving { tries } = self.mood
            && tries < TRIES_MAX
        {
            self.mood = Mood::Leaving { tries: tries + 1 };
            self.failures = 3;
            return Some(Duration::from_millis(self.rng.u64(50..400)));
        }
        self.go_away(now, 0);
        None
    }

    pub(crate) fn next_return(&self, now: Moment) -> Option<Duration> {
        match self.mood {
            Mood::Away { until } => until.map(|until| until.since(now)),
            _ => None,
        }
    }

    fn interval(&mut self) -> Duration {
        let third = micros(self.ttl()) / 3;
        Duration::from_micros(self.rng.u64(third * 8 / 10..=third))
    }
}
