//! `GET /_deltas?<node>=<milliseconds>…`: hera's gossip.
//!
//! Owns the reading of its query; what is answered is the peers' business. Answered before the node is ready too: to a
//! hera node what is missing is only not told yet, while an error may end its gossip for good.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::HeaderMap;
use vestal_core::id::NodeName;

use super::finished;
use crate::http::encoding;
use crate::http::query::{invalid, pairs};
use crate::http::refusal::Refusal;
use crate::http::reply::{Coding, OFFLOAD_INSTANCES_MIN, rendered};
use crate::node::Node;
use crate::peers;

/// BOUND: nodes asked about in one query; a cluster of hera's time had a dozen.
const NODES_MAX: usize = 256;

/// For each node asked about, the latest time in milliseconds that the caller has.
pub(crate) type Asked = BTreeMap<NodeName, u64>;

pub(super) async fn deltas(State(node): State<Arc<Node>>, request: Request) -> Result<Response, Refusal> {
    let asked = asked(request.uri().query())?;
    let coding = Coding {
        accepted: encoding::accepted(request.headers()),
        bytes_min: node.settings.http.compress_bytes_min,
    };
    let is_large = node.catalog.stats().instances >= OFFLOAD_INSTANCES_MIN;
    let heavy = Arc::clone(&node.heavy);
    let render = move || peers::deltas(&node, &asked);
    Ok(finished(rendered(
        &heavy,
        HeaderMap::new(),
        coding,
        false,
        is_large,
        render,
    ))
    .await)
}

fn asked(query: Option<&str>) -> Result<Asked, Refusal> {
    let mut asked = Asked::new();
    for pair in pairs(query.unwrap_or_default()) {
        let (name, value) = pair?;
        let node = NodeName::parse(&name).map_err(|error| {
            invalid(format!(
                "{name:?} is no node's name: {error}. For example: ?node-1=0."
            ))
        })?;
        let since = value.parse().map_err(|_| {
            invalid(format!(
                "{name}={value} is not a whole number of milliseconds since 1970; for example {name}=0."
            ))
        })?;
        asked.insert(node, since);
        if asked.len() > NODES_MAX {
            return Err(invalid(format!(
                "The query asks about more than {NODES_MAX} nodes; ask in several calls."
            )));
        }
    }
    Ok(asked)
}
