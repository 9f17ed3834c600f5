//! What peers are answered: exchanges, fetches, streams, and hera's `/_deltas`. Owns their routes' bodies.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use vestal_api::ProblemCode;
use vestal_core::id::{Incarnation, Sequence};
use vestal_core::replication::{Input, Message, Replica, read_frame};

use super::client::FRAMES;
use super::cluster::Cluster;
use super::feed::Feed;
use crate::http::intake::Intake;
use crate::http::refusal::Refusal;
use crate::node::Node;

/// BOUND: largest exchange or fetch that is read.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// Where a peer wants its stream to begin.
#[derive(Debug, Deserialize)]
pub(crate) struct StreamQuery {
    /// The peer's own name, for the log.
    #[serde(default)]
    from: String,
    incarnation: u64,
    after: u64,
}

pub(crate) async fn exchange(State(node): State<Arc<Node>>, request: Request) -> Result<Response, Refusal> {
    let body = read(&node, request).await?;
    let Message::Exchange(exchange) = decode(&body)? else {
        return Err(unexpected());
    };
    let reply = Cluster::handle(&node, Input::Exchange(exchange)).ok_or_else(Refusal::internal)?;
    Ok(frame(&Message::Exchange(reply)))
}

pub(crate) async fn fetch(State(node): State<Arc<Node>>, request: Request) -> Result<Response, Refusal> {
    let body = read(&node, request).await?;
    let Message::Fetch(fetch) = decode(&body)? else {
        return Err(unexpected());
    };
    Ok(frame(&Message::Batch(Replica::serve(&node.catalog, &fetch))))
}

pub(crate) async fn stream(
    State(node): State<Arc<Node>>,
    query: Result<Query<StreamQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query
        .map_err(|error| Refusal::new(ProblemCode::ParameterInvalid, format!("{}.", error.body_text())))?;
    let place = Arc::clone(&node.cluster.streams)
        .try_acquire_owned()
        .map_err(|_| {
            Refusal::new(
                ProblemCode::TooManyConnections,
                "As many streams are served as this node allows.".to_owned(),
            )
        })?;
    let is_this_life = Incarnation(query.incarnation) == node.incarnation;
    let after = if is_this_life {
        Sequence(query.after)
    } else {
        Sequence(0)
    };
    tracing::debug!(peer = query.from, %after, "a peer follows our changes");
    let body = Body::new(Feed::start(&node, after, place));
    Ok(([(CONTENT_TYPE, FRAMES)], body).into_response())
}

async fn read(node: &Node, request: Request) -> Result<Bytes, Refusal> {
    let (parts, body) = request.into_parts();
    let intake = Intake::new(
        &parts.headers,
        body,
        REQUEST_BYTES_MAX,
        node.settings.http.body_timeout,
    )?;
    Ok(intake.read().await?)
}

fn frame(message: &Message) -> Response {
    ([(CONTENT_TYPE, FRAMES)], message.encode()).into_response()
}

fn decode(body: &Bytes) -> Result<Message, Refusal> {
    let read = read_frame(body).and_then(|frame| match frame {
        Some((content, _)) => Message::decode(content).map(Some),
        None => Ok(None),
    });
    match read {
        Ok(Some(message)) => Ok(message),
        Ok(None) => Err(bad_frame("it ends too early")),
        Err(error) => Err(bad_frame(&error.to_string())),
    }
}

fn unexpected() -> Refusal {
    bad_frame("it is not the kind that this route answers")
}

fn bad_frame(why: &str) -> Refusal {
    let detail = format!(
        "The body is not a frame of the cluster's protocol: {why}. Nodes speak it, clients need not."
    );
    Refusal::new(ProblemCode::ParameterInvalid, detail)
}
