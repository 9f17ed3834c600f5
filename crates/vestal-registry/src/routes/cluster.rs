//! `GET /_cluster`: the cluster as this node sees it. Answered even before the node is ready: it says why it is not.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::HeaderMap;

use super::finished;
use crate::http::encoding;
use crate::http::query;
use crate::http::refusal::Refusal;
use crate::http::reply::{Coding, rendered};
use crate::node::Node;
use crate::peers;

pub(super) async fn cluster(State(node): State<Arc<Node>>, request: Request) -> Result<Response, Refusal> {
    let is_pretty = query::pretty(request.uri().query())?;
    let coding = Coding {
        accepted: encoding::accepted(request.headers()),
        bytes_min: node.settings.http.compress_bytes_min,
    };
    let view = peers::view(&node);
    let render = move || serde_json::to_string(&view).unwrap_or_default();
    Ok(finished(rendered(
        &node.heavy,
        HeaderMap::new(),
        coding,
        is_pretty,
        false,
        render,
    ))
    .await)
}
