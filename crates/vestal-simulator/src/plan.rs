//! What happens in a run, all of it drawn from the seed before the run begins: how many nodes, how wrong their clocks
//! are, how good the lines are, who the clients are, and which faults strike when.

use std::time::Duration;

use fastrand::Rng;

use crate::client::Habit;
use crate::moment::{Moment, micros};
use crate::network::Line;
use crate::terms::{DRIFT_PPM_MAX, FAULTS_FROM, FAULTS_UNTIL, LEASE_TTL_MAX, LIVENESS};

#[derive(Debug)]
pub struct Plan {
    pub nodes: usize,
    pub clocks: Vec<(i64, i64)>,
    pub lines: Vec<Line>,
    pub clients: Vec<ClientPlan>,
    pub episodes: Vec<Episode>,
    /// Whether bodies are so large that a log does not fit one batch.
    pub is_bulky: bool,
}

#[derive(Debug, Clone)]
pub struct ClientPlan {
    pub service: String,
    pub id: String,
    pub ttl: Option<Duration>,
    pub habit: Habit,
    pub home: usize,
    /// Renews without a body where it can.
    pub renews_by_name: bool,
    pub starts: Moment,
    /// Writes an instance that another client writes too; it stops when the faults do.
    pub is_rival: bool,
}

/// A fault and how long it lasts.
#[derive(Debug, Clone)]
pub struct Episode {
    pub from: Moment,
    pub until: Moment,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nodes of the set and the others do not hear each other.
    Partition(Vec<bool>),
    /// These two do not hear each other; both may reach third nodes.
    Cut(usize, usize),
    /// What the first sends does not reach the second.
    OneWay(usize, usize),
    Slow(usize, usize, Duration),
    Lossy {
        permille: u32,
    },
    Duplicating {
        permille: u32,
    },
    /// The node handles nothing; what is sent to it waits.
    Pause(usize),
    /// The node's process ends; it starts again, empty, when the episode ends.
    Crash(usize),
    /// The node's wall clock jumps.
    Jump(usize, i64),
    /// Several nodes end at once.
    Outage(Vec<bool>),
    /// The first node loses the live entries that it holds of the second, as if a bug had dropped them: digests must
    /// find it and the origin's listing repair it.
    Amnesia(usize, usize),
}

impl Plan {
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x5eed_0f7e_57a1_u64);
        let nodes = [3, 3, 3, 4, 5, 5, 6, 7, 9][rng.usize(0..9)];
        let is_bulky = rng.u8(0..8) == 0;
        let clocks = (0..nodes).map(|_| clock(&mut rng)).collect();
        let lines = lines(nodes, &mut rng);
        let clients = clients(nodes, &mut rng);
        let episodes = episodes(nodes, &mut rng);
        Self {
            nodes,
            clocks,
            lines,
            clients,
            episodes,
            is_bulky,
        }
    }
}

/// Skew in milliseconds and drift in millionths.
fn clock(rng: &mut Rng) -> (i64, i64) {
    let skew = match rng.u8(0..6) {
        0..=2 => rng.i64(-50..=50),
        3 | 4 => rng.i64(-3_000..=3_000),
        _ => rng.i64(-30_000..=30_000),
    };
    (skew, rng.i64(-DRIFT_PPM_MAX..=DRIFT_PPM_MAX))
}

fn lines(nodes: usize, rng: &mut Rng) -> Vec<Line> {
    let far = Duration::from_micros(rng.u64(1_000..40_000));
    (0..nodes * nodes)
        .map(|_| {
            let delay_min = Duration::from_micros(rng.u64(100..1_000 + micros(far)));
            Line {
                is_cut: false,
                loss_permille: 0,
                duplicate_permille: 0,
                delay_min,
                delay_max: delay_min * 2,
            }
        })
        .collect()
}

fn clients(nodes: usize, rng: &mut Rng) -> Vec<ClientPlan> {
    let instances = rng.usize(6..=30);
    let services = rng.usize(1..=5);
    let mut list = Vec::new();
    for instance in 0..instances {
        let plan = ClientPlan {
            service: format!("service-{}", rng.usize(0..services)),
            id: format!("instance-{instance}"),
            ttl: ttl(rng),
            habit: [Habit::Stays, Habit::Stays, Habit::Balanced, Habit::Moves][rng.usize(0..4)],
            home: rng.usize(0..nodes),
            renews_by_name: rng.u8(0..3) == 0,
            starts: Moment(rng.u64(100_000..20_000_000)),
            is_rival: false,
        };
        // A rival writes the same instance from elsewhere, with bodies of its own.
        if rng.u8(0..8) == 0 {
            let rival = ClientPlan {
                home: rng.usize(0..nodes),
                habit: Habit::Balanced,
                is_rival: true,
                ..plan.clone()
            };
            list.push(rival);
        }
        list.push(plan);
    }
    list
}

fn ttl(rng: &mut Rng) -> Option<Duration> {
    let longest = LEASE_TTL_MAX.as_secs();
    [None, None, None, Some(Duration::from_secs(rng.u64(6..=longest)))][rng.usize(0..4)]
}

fn episodes(nodes: usize, rng: &mut Rng) -> Vec<Episode> {
    // Each run has its own weather: some faults often, others never.
    let weights: Vec<u32> = (0..KINDS)
        .map(|_| if rng.bool() { rng.u32(1..=8) } else { 0 })
        .collect();
    let count = rng.usize(0..=18);
    let mut list: Vec<Episode> = (0..count).filter_map(|_| episode(nodes, &weights, rng)).collect();
    list.sort_by_key(|episode| episode.from);
    list
}

const KINDS: usize = 11;

fn episode(nodes: usize, weights: &[u32], rng: &mut Rng) -> Option<Episode> {
    let total: u32 = weights.iter().sum();
    let mut pick = rng.u32(0..total.max(1));
    let kind = weights.iter().position(|&weight| {
        let is_it = pick < weight;
        pick = pick.saturating_sub(weight);
        is_it
    })?;
    let (a, b) = two(nodes, rng);
    let from = Moment(rng.u64(FAULTS_FROM.0..FAULTS_UNTIL.0 - 1_000_000));
    let (fault, longest) = match kind {
        0 => (Fault::Partition(some_of(nodes, rng)), LIVENESS * 2),
        1 => (Fault::Cut(a, b), LIVENESS * 2),
        2 => (Fault::OneWay(a, b), LIVENESS * 2),
        3 => (
            Fault::Slow(a, b, Duration::from_millis(rng.u64(100..900))),
            LIVENESS,
        ),
        4 => (
            Fault::Lossy {
                permille: rng.u32(5..200),
            },
            LIVENESS,
        ),
        5 => (
            Fault::Duplicating {
                permille: rng.u32(20..500),
            },
            LIVENESS,
        ),
        6 => (
            Fault::Pause(a),
            if rng.bool() { LIVENESS * 2 } else { LIVENESS / 4 },
        ),
        7 => (
            Fault::Crash(a),
            if rng.bool() { LIVENESS * 2 } else { LIVENESS / 8 },
        ),
        8 => (Fault::Jump(a, jump(rng)), LIVENESS),
        9 => (Fault::Outage(some_of(nodes, rng)), LIVENESS / 2),
        _ => (Fault::Amnesia(a, b), LIVENESS / 4),
    };
    let lasts = Duration::from_micros(rng.u64(200_000..micros(longest)));
    Some(Episode {
        from,
        until: (from + lasts).min(FAULTS_UNTIL),
        fault,
    })
}

fn jump(rng: &mut Rng) -> i64 {
    let far = rng.i64(100..60_000);
    if rng.bool() { far } else { -far }
}

fn two(nodes: usize, rng: &mut Rng) -> (usize, usize) {
    let a = rng.usize(0..nodes);
    (a, (a + rng.usize(1..nodes)) % nodes)
}

/// A set that is neither empty nor everything.
fn some_of(nodes: usize, rng: &mut Rng) -> Vec<bool> {
    let (inside, outside) = two(nodes, rng);
    let mut set: Vec<bool> = (0..nodes).map(|_| rng.bool()).collect();
    set[inside] = true;
    set[outside] = false;
    set
}
