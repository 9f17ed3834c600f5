//! Bounds and habits of the HTTP server: what one client can cost the others.

use std::time::Duration;

use crate::config::field::{DefaultValue, Field};
use crate::config::value::Kind;

const TIMEOUT: Kind = Kind::Duration {
    min: Duration::from_millis(100),
    max: Duration::from_hours(1),
};

pub static HTTP_CONNECTIONS: Field = Field {
    key: "http.connections",
    kind: Kind::Count { min: 8, max: 1_000_000 },
    default: DefaultValue::Text("10000"),
    flag: None,
    letter: None,
    summary: "The most connections at once.",
    essay: "\
A further connection is answered with `too-many-connections` (503) and closed. Every connection costs a file descriptor \
and some ten kilobytes.

Set it above the number of clients that keep connections open, and the process's limit of open files (`ulimit -n`, \
`LimitNOFILE=`) above this. Too low, and peers are locked out together with the clients. Too high, and a flood of \
connections takes the memory that the instances need.",
    example: "50000",
};

pub static HTTP_HEADER_BYTES: Field = Field {
    key: "http.header-bytes",
    kind: Kind::Bytes { min: 8 << 10, max: 1 << 20 },
    default: DefaultValue::Text("16KiB"),
    flag: None,
    letter: None,
    summary: "The most bytes of a request's line and headers.",
    essay: "\
More is refused with `headers-too-large` (431). Proxies that add tokens and traces stay below 8KiB as a rule.

Each connection may hold this much before its request is understood, so the bound times `http.connections` is what slow \
or hostile clients can take.",
    example: "32KiB",
};

pub static HTTP_URI_BYTES: Field = Field {
    key: "http.uri-bytes",
    kind: Kind::Bytes {
        min: 1 << 10,
        max: 64 << 10,
    },
    default: DefaultValue::Text("4KiB"),
    flag: None,
    letter: None,
    summary: "The most bytes of a request's path and query.",
    essay: "\
More is refused with `uri-too-long` (414). The longest service name and id need about 1KiB when every byte of the id is \
percent-encoded. hera's gossip names every node in the query: with hera peers in clusters of more than a hundred nodes, \
raise it.",
    example: "16KiB",
};

pub static HTTP_HEADER_TIMEOUT: Field = Field {
    key: "http.header-timeout",
    kind: TIMEOUT,
    default: DefaultValue::Text("10s"),
    flag: None,
    letter: None,
    summary: "How long a client may take to send the headers of a request.",
    essay: "\
After that the connection is closed. It is the defence against clients that open connections and send a byte now and then.

Seconds are plenty even on bad lines; below one second, a lost packet and its repetition can be enough to be cut off.",
    example: "5s",
};

pub static HTTP_BODY_TIMEOUT: Field = Field {
    key: "http.body-timeout",
    kind: TIMEOUT,
    default: DefaultValue::Text("10s"),
    flag: None,
    letter: None,
    summary: "How long a client may take to send the body of a request.",
    essay: "\
After that the request is refused with `request-timeout` (408) and nothing of it is kept. Bodies are small; what takes \
longer is stuck. A client that does not take its answer for this long is cut off too. Raise it together with `limits.body-bytes` for clients on slow lines.",
    example: "30s",
};

pub static HTTP_IDLE_TIMEOUT: Field = Field {
    key: "http.idle-timeout",
    kind: TIMEOUT,
    default: DefaultValue::Text("75s"),
    flag: None,
    letter: None,
    summary: "How long a connection may rest between two requests.",
    essay: "\
Longer than the interval of the heartbeats, a client renews over one connection for ever; shorter, and it connects anew \
each time. Behind a load balancer it must be longer than the balancer's own idle time-out, or the balancer now and then \
sends a request into a connection that is being closed, and its client sees a 502.",
    example: "120s",
};

pub static HTTP_CORS_ORIGINS: Field = Field {
    key: "http.cors-origins",
    kind: Kind::Words { count_max: 64, bytes_max: 256 },
    default: DefaultValue::Text(""),
    flag: None,
    letter: None,
    summary: "Web origins whose pages may call the API from a browser.",
    essay: "\
Empty: no CORS headers at all, and browsers keep pages of other origins out. Each element is an origin as browsers send \
it: scheme, host and port, without a path, such as `https://status.example.org`. `*` allows every page.

`*` on a node that a browser can reach means that any page its user visits can register and deregister. In the environment \
the elements are separated by commas.",
    example: "https://status.example.org",
};

pub static HTTP_COMPRESS_BYTES_MIN: Field = Field {
    key: "http.compress-bytes-min",
    kind: Kind::Bytes { min: 0, max: 1 << 30 },
    default: DefaultValue::Text("1KiB"),
    flag: None,
    letter: None,
    summary: "Answers below this size are never compressed.",
    essay: "\
Larger ones are compressed with zstd or gzip for clients that accept it. Below about a kilobyte the saving is less than \
the packet that is sent anyway. On a fast local network with little processor to spare, 1GiB turns compression off in \
effect.",
    example: "4KiB",
};
