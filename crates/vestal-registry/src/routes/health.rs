//! `GET /_health/live` and `GET /_health/ready`, for whoever restarts processes and whoever sends them traffic.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use vestal_api::HealthView;

use crate::http::query;
use crate::http::refusal::Refusal;
use crate::node::Node;

pub(super) async fn live(request: Request) -> Result<Json<HealthView>, Refusal> {
    query::none(request.uri().query())?;
    Ok(Json(HealthView {
        status: "live".to_owned(),
    }))
}

pub(super) async fn ready(
    State(node): State<Arc<Node>>,
    request: Request,
) -> Result<Json<HealthView>, Refusal> {
    query::none(request.uri().query())?;
    if !node.is_ready() {
        return Err(Refusal::not_ready());
    }
    Ok(Json(HealthView {
        status: "ready".to_owned(),
    }))
}
