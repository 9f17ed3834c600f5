//! The registry's own routes, those that begin with an underscore: one table of them, and the router that answers them.
//!
//! The table decides what exists and which methods it answers, so that every refusal has one form; axum's router only finds
//! the handler. A route is added in both, in the OpenAPI document of `vestal-api`, and nowhere else.

mod cluster;
mod deltas;
mod health;
mod metrics;
mod openapi;
mod renew;
mod services;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::Method;

use crate::http::body::Reply;
use crate::http::refusal::Refusal;
use crate::http::reply::Outcome;
use crate::metrics::requests::RouteClass;
use crate::node::Node;
use crate::peers::answers;

const READ: &str = "GET, HEAD, OPTIONS";
const CALL: &str = "POST, OPTIONS";

/// One of the registry's own routes.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) path: &'static str,
    /// The value of `Allow`.
    pub(crate) allow: &'static str,
    pub(crate) class: RouteClass,
}

pub(crate) const TABLE: &[Row] = &[
    Row {
        path: "/_services",
        allow: READ,
        class: RouteClass::Services,
    },
    Row {
        path: "/_renew",
        allow: CALL,
        class: RouteClass::Renew,
    },
    Row {
        path: "/_cluster",
        allow: READ,
        class: RouteClass::Cluster,
    },
    Row {
        path: "/_cluster/exchange",
        allow: CALL,
        class: RouteClass::Peers,
    },
    Row {
        path: "/_cluster/fetch",
        allow: CALL,
        class: RouteClass::Peers,
    },
    Row {
        path: "/_cluster/stream",
        allow: READ,
        class: RouteClass::Peers,
    },
    Row {
        path: "/_deltas",
        allow: READ,
        class: RouteClass::Deltas,
    },
    Row {
        path: "/_health/live",
        allow: READ,
        class: RouteClass::Health,
    },
    Row {
        path: "/_health/ready",
        allow: READ,
        class: RouteClass::Health,
    },
    Row {
        path: "/_metrics",
        allow: READ,
        class: RouteClass::Metrics,
    },
    Row {
        path: "/_openapi.json",
        allow: READ,
        class: RouteClass::OpenApi,
    },
];

pub(crate) fn router(node: Arc<Node>) -> Router {
    Router::new()
        .route("/_services", get(services::page))
        .route("/_renew", post(renew::renew))
        .route("/_cluster", get(cluster::cluster))
        .route("/_cluster/exchange", post(answers::exchange))
        .route("/_cluster/fetch", post(answers::fetch))
        .route("/_cluster/stream", get(answers::stream))
        .route("/_deltas", get(deltas::deltas))
        .route("/_health/live", get(health::live))
        .route("/_health/ready", get(health::ready))
        .route("/_metrics", get(metrics::metrics))
        .route("/_openapi.json", get(openapi::openapi))
        .with_state(node)
}

impl Row {
    /// Whether a handler answers the method; OPTIONS is answered for all of them.
    pub(crate) fn answers(&self, method: &Method) -> bool {
        *method != Method::OPTIONS && self.allow.split(", ").any(|allowed| allowed == method.as_str())
    }
}

pub(crate) fn find(path: &str) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.path == path)
}

/// A route that begins or ends as `path` does, for whoever mistyped one.
pub(crate) fn nearest(path: &str) -> Option<&'static str> {
    let trimmed = path.trim_end_matches('/');
    let shares = |row: &&Row| {
        let common = row
            .path
            .bytes()
            .zip(trimmed.bytes())
            .take_while(|(one, other)| one == other)
            .count();
        common >= 5 || trimmed.len() >= 4 && row.path.starts_with(trimmed)
    };
    TABLE.iter().find(shares).map(|row| row.path)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        axum_response(self.into_reply())
    }
}

fn axum_response(reply: Reply) -> Response {
    reply.map(axum::body::Body::new)
}

async fn finished(outcome: Outcome) -> Response {
    axum_response(outcome.finished().await)
}
