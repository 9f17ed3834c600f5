//! Leases, gossip and the patience of a node.

use std::time::Duration;

use crate::config::field::{DefaultValue, Field};
use crate::config::value::Kind;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

pub static LIVENESS: Field = Field {
    key: "liveness",
    kind: Kind::Duration { min: SECOND, max: DAY },
    default: DefaultValue::Text("90s"),
    flag: Some("liveness"),
    letter: None,
    summary: "How long an instance lives without a heartbeat, and how long a silent node is believed.",
    essay: "\
An instance that registers without `?ttl=` gets a lease this long; each heartbeat renews it. What another node vouches \
for is kept this long after that node was last heard of, directly or through a third, or for its own lease if that is \
longer.

Choose three times the interval of the heartbeats, so that two may be lost: 90s goes with one each 30s. Use the same \
value on every node.

Short values find the dead sooner and pay with load and with nervousness: below some 10s, a garbage collection or a \
short network failure removes instances that are well. Long values leave callers with addresses that do not answer. \
hera's default was 300s.",
    example: "90s",
};

pub static LEASE_TTL_MIN: Field = Field {
    key: "lease-ttl-min",
    kind: Kind::Duration { min: Duration::from_millis(100), max: DAY },
    default: DefaultValue::Text("1s"),
    flag: None,
    letter: None,
    summary: "The shortest lease a client may ask for with `?ttl=`.",
    essay: "\
A shorter `?ttl=` is refused with `parameter-invalid`. It protects the node from a client that takes the unit for \
milliseconds, or that makes every pause of its own look like a death.

Not above `liveness`. Raise it to the shortest lease that your clients really keep alive.",
    example: "5s",
};

pub static LEASE_TTL_MAX: Field = Field {
    key: "lease-ttl-max",
    kind: Kind::Duration { min: SECOND, max: Duration::from_hours(30 * 24) },
    default: DefaultValue::Text("24h"),
    flag: None,
    letter: None,
    summary: "The longest lease a client may ask for with `?ttl=`.",
    essay: "\
A longer `?ttl=` is refused with `parameter-invalid`. What registers for a day and dies in a minute is served, dead, \
for the rest of the day: lower this if long leases are a mistake in your house.

Not below `liveness`.",
    example: "1h",
};

pub static GOSSIP_INTERVAL: Field = Field {
    key: "gossip-interval",
    kind: Kind::Duration { min: Duration::from_millis(50), max: HOUR },
    default: DefaultValue::Text("1s"),
    flag: Some("gossip-interval"),
    letter: None,
    summary: "The pause between two comparisons with a random peer.",
    essay: "\
Changes travel at once on a stream to each peer. Gossip is the repair behind it: at each interval a node compares what \
it knows with one random peer and fetches what it lacks, also what a third node told that peer. A hera peer has no \
stream, so with it the interval is the delay of a change.

Must be below a third of `liveness`, so that several rounds can fail before a node that is well counts as silent. Short \
intervals cost a small request each, whether or not anything changed; long ones leave a gap open longer after a stream \
broke.",
    example: "1s",
};

pub static JOIN_TIMEOUT: Field = Field {
    key: "join-timeout",
    kind: Kind::Duration { min: Duration::ZERO, max: HOUR },
    default: DefaultValue::Text("5s"),
    flag: Some("join-timeout"),
    letter: None,
    summary: "How long a starting node waits for its peers before it serves what it has.",
    essay: "\
A node that starts in a cluster first fetches what the others know and answers `not-ready` (503) meanwhile, so that \
nobody takes its empty list for the truth. Peers that do not answer within this time are no longer waited for; those \
that are still telling are, and the time begins anew with everything that comes.

It need not cover the fetch itself. With 0 the node serves at once what it has, which after a lost data folder is nothing. Very long values keep a cluster \
closed that starts as a whole with one node missing. A single node never waits.",
    example: "10s",
};

pub static CLOCK_SKEW_MAX: Field = Field {
    key: "clock-skew-max",
    kind: Kind::Duration { min: Duration::from_millis(100), max: DAY },
    default: DefaultValue::Text("60s"),
    flag: None,
    letter: None,
    summary: "How far a peer's wall clock may be from this node's before it is reported and held back.",
    essay: "\
Wall clocks order writes to one instance that reach two nodes; they never decide about life and death. A peer whose \
clock is further off than this is reported in `/_cluster` and the log, and its versions no longer pull this node's own \
forward, so that one wrong clock does not drag all others along. What a hera peer stamped further ahead than this is passed \
over until time has caught up with it.

With time synchronisation in place, differences are milliseconds and a few seconds would do. Small values report healthy \
machines after a resumed virtual machine; large ones let a wrong clock win longer.",
    example: "5s",
};

pub static TOMBSTONE_LIFE: Field = Field {
    key: "tombstone-life",
    kind: Kind::Duration { min: Duration::from_secs(2), max: Duration::from_hours(30 * 24) },
    default: DefaultValue::Text("1h"),
    flag: None,
    letter: None,
    summary: "The least time for which a deletion is remembered.",
    essay: "\
A deregistered instance leaves a mark, so that a node which missed the deletion cannot bring the instance back. The mark \
is forgotten after this time.

At least twice `liveness`: a node cut off for longer has no lease left to bring back. Longer values cost memory for every \
deletion (about as much as a small instance) and help only against nodes that were stopped and come back with old data.",
    example: "6h",
};

pub static SHUTDOWN_GRACE: Field = Field {
    key: "shutdown-grace",
    kind: Kind::Duration { min: Duration::ZERO, max: HOUR },
    default: DefaultValue::Text("10s"),
    flag: Some("shutdown-grace"),
    letter: None,
    summary: "How long requests under way may take once the node was asked to stop.",
    essay: "\
On SIGTERM or SIGINT the node stops accepting, finishes the requests it has begun and ends; what is not done after this \
time is cut off. A second signal ends it at once.

Keep it below the patience of whoever sends the signal: Kubernetes and systemd kill after 30s and 90s by default. With 0 \
nothing is waited for.",
    example: "20s",
};
