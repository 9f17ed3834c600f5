//! `GET /_openapi.json`: the contract as other languages read it.

use std::sync::LazyLock;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::header::CONTENT_TYPE;

use crate::http::query;
use crate::http::refusal::Refusal;

/// The document never changes while a process lives.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| vestal_api::openapi::document().to_string().into());

pub(super) async fn openapi(request: Request) -> Result<Response, Refusal> {
    query::none(request.uri().query())?;
    Ok(([(CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response())
}
