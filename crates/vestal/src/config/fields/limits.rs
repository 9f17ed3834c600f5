//! How much a node accepts. Every bound is refused with a sentence and a stable code when reached.

use crate::config::field::{DefaultValue, Field};
use crate::config::value::Kind;
use vestal_core::limits::BODY_BYTES_CEILING;

pub static LIMITS_BODY_BYTES: Field = Field {
    key: "limits.body-bytes",
    kind: Kind::Bytes { min: 64, max: BODY_BYTES_CEILING as u64 },
    default: DefaultValue::Text("64KiB"),
    flag: None,
    letter: None,
    summary: "The largest body of an instance.",
    essay: "\
A larger body is refused with `body-too-large` (413). Whoever reads a service receives every instance's body, so the \
answer's size is this times the number of instances at worst.

An address and some labels fit in a few hundred bytes. Raise it only for clients that cannot do otherwise; a registry is \
no document store. Use the same value on every node: what one accepted is passed to all.",
    example: "128KiB",
};

pub static LIMITS_INSTANCES_PER_SERVICE: Field = Field {
    key: "limits.instances-per-service",
    kind: Kind::Count { min: 1, max: 10_000_000 },
    default: DefaultValue::Text("100000"),
    flag: None,
    letter: None,
    summary: "The most instances of one service.",
    essay: "\
A further one is refused with `service-full` (409); those that are registered go on renewing. It catches the client that \
makes up a new id at each start and never deregisters.

Set it to several times your largest service. Its answer is built as a whole after each change, so services of hundreds \
of thousands of instances are slow to change, whatever this says.",
    example: "5000",
};

pub static LIMITS_INSTANCES: Field = Field {
    key: "limits.instances",
    kind: Kind::Count { min: 1, max: 100_000_000 },
    default: DefaultValue::Text("2000000"),
    flag: None,
    letter: None,
    summary: "The most instances of all services together.",
    essay: "\
A further one is refused with `registry-full` (507). It is what keeps the node's memory bounded: count about 500 bytes \
beside the body of each, twice while everything is fetched from a peer.

The node does not check that the machine has that memory. Too high, and the system ends the process when memory runs out; \
too low, and new instances are turned away while the registry could hold them.",
    example: "200000",
};

pub static LIMITS_SERVICES: Field = Field {
    key: "limits.services",
    kind: Kind::Count { min: 1, max: 10_000_000 },
    default: DefaultValue::Text("200000"),
    flag: None,
    letter: None,
    summary: "The most services.",
    essay: "\
The first instance of a further service is refused with `registry-full` (507). A service costs about a kilobyte of its \
own, and metrics and listings grow with their number.

Reaching it usually means that something generates names, such as one service for each build.",
    example: "10000",
};
