//! `POST /_renew`: many heartbeats in one call, without bodies.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::HeaderMap;
use serde_json::error::Category;
use vestal_api::{ProblemCode, RenewReply, RenewRequest};

use super::finished;
use crate::http::intake::Intake;
use crate::http::query;
use crate::http::refusal::Refusal;
use crate::http::reply::{Coding, rendered};
use crate::node::Node;

/// BOUND: a call may be this many times larger than one registration: some ten thousand leases by default.
const BODY_FACTOR: usize = 16;

const EXPECTED: &str = r#"expected is {"leases":[{"service":"storage","id":"a"}]}"#;

pub(super) async fn renew(State(node): State<Arc<Node>>, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let is_pretty = query::pretty(parts.uri.query())?;
    let bytes_max = node.settings.limits.body_bytes_max.saturating_mul(BODY_FACTOR);
    let intake = Intake::new(&parts.headers, body, bytes_max, node.settings.http.body_timeout)?;
    let body = intake.read().await?;
    let asked: RenewRequest = serde_json::from_slice(&body).map_err(|error| unreadable(&error))?;
    let reply = apply(&node, asked);
    if !reply.unknown.is_empty() && !node.is_ready() {
        // A peer may know them; "unknown" would be a guess that makes every client register again at once.
        return Err(Refusal::not_ready());
    }
    let render = move || serde_json::to_string(&reply).unwrap_or_default();
    let uncoded = Coding {
        accepted: None,
        bytes_min: 0,
    };
    Ok(finished(rendered(
        &node.heavy,
        HeaderMap::new(),
        uncoded,
        is_pretty,
        false,
        render,
    ))
    .await)
}

/// Order does not matter: each lease stands for itself.
fn apply(node: &Node, asked: RenewRequest) -> RenewReply {
    let all = asked.leases.len();
    let unknown: Vec<_> = asked
        .leases
        .into_iter()
        .filter(|lease| match node.catalog.renew(&lease.service, &lease.id) {
            Some(put) => {
                node.cluster.announce(put);
                false
            }
            None => true,
        })
        .collect();
    RenewReply {
        renewed: all - unknown.len(),
        unknown,
    }
}

fn unreadable(error: &serde_json::Error) -> Refusal {
    match error.classify() {
        Category::Data => Refusal::new(
            ProblemCode::BodyShapeInvalid,
            format!("The body has the wrong shape: {error}; {EXPECTED}."),
        ),
        _ => Refusal::new(
            ProblemCode::BodyNotJson,
            format!("The body is not JSON: {error}; {EXPECTED}."),
        ),
    }
}
