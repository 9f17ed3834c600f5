//! What the node writes to its standard error stream.

use crate::config::field::{DefaultValue, Field};
use crate::config::value::Kind;

pub static LOG_LEVEL: Field = Field {
    key: "log.level",
    kind: Kind::LogFilter,
    default: DefaultValue::Text("info"),
    flag: Some("log-level"),
    letter: None,
    summary: "Which log lines are written.",
    essay: "\
`off`, `error`, `warn`, `info`, `debug` or `trace`, for everything or for a part: `info,vestal_registry=debug` is `info` \
with the registry's details. The parts are the names of the crates and their modules.

`info` writes about starts, stops, peers and problems, never about single requests, and stays quiet on a healthy node. \
`debug` adds what connections, peers and expiries do in detail; `trace` is for developers, and costs speed. With `error` or \
`off`, the line that says where the node listens is missing too.",
    example: "info,vestal_registry=debug",
};

pub static LOG_FORMAT: Field = Field {
    key: "log.format",
    kind: Kind::Choice(&["text", "json"]),
    default: DefaultValue::Text("text"),
    flag: Some("log-format"),
    letter: None,
    summary: "How log lines are written.",
    essay: "\
`text` is for people: one line each, coloured on a terminal unless `NO_COLOR` is set. `json` is for collectors: one object \
a line with `timestamp`, `level`, `target`, `fields`. Both go to the standard error stream; rotation is the work of whoever \
runs the process.",
    example: "json",
};
