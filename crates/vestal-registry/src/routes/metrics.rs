//! `GET /_metrics`: the node's figures as Prometheus reads them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use hyper::header::CONTENT_TYPE;
use tracing::error;

use crate::http::query;
use crate::http::refusal::Refusal;
use crate::node::Node;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn metrics(State(node): State<Arc<Node>>, request: Request) -> Result<Response, Refusal> {
    query::none(request.uri().query())?;
    let text = node.metrics.render(&node).map_err(|error| {
        error!(%error, "cannot write the metrics");
        Refusal::internal()
    })?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
