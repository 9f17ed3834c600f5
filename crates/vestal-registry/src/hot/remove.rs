//! `DELETE /<service>/<id>`: a clean leave.

use hyper::StatusCode;
use hyper::header::HeaderMap;

use crate::http::body::Reply;
use crate::http::query;
use crate::http::refusal::Refusal;
use crate::http::reply::{bodiless, reused};
use crate::node::{Node, check_names};

pub(crate) fn answer(
    node: &Node,
    service: &str,
    id: &str,
    query: Option<&str>,
    headers: HeaderMap,
) -> Result<Reply, Refusal> {
    query::none(query)?;
    if node.catalog.remove(node.clock.wall(), service, id) {
        node.cluster.announce_change();
        return Ok(bodiless(StatusCode::NO_CONTENT, reused(headers)));
    }
    check_names(service, id)?;
    if !node.is_ready() {
        // A peer may know it; "unknown" would be a guess.
        return Err(Refusal::not_ready());
    }
    Err(Refusal::instance_unknown(service, id))
}
