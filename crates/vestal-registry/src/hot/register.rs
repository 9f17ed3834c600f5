//! `PUT /<service>/<id>`: registers an instance, or renews its lease.

use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use hyper::{StatusCode, Uri};

use crate::http::body::Reply;
use crate::http::intake::{Intake, IntakeError};
use crate::http::path::Target;
use crate::http::query;
use crate::http::refusal::Refusal;
use crate::http::reply::{bodiless, reused};
use crate::http::site::Site;
use crate::node::Node;

/// A registration whose body is still arriving. Keeps the target as it came, which is cheaper than keeping its parts.
#[derive(Debug)]
pub(crate) struct Register {
    uri: Uri,
    headers: HeaderMap,
    intake: Intake<Incoming>,
}

impl Register {
    /// Refuses what is too large by its own word, before anything of it is read.
    pub(crate) fn begin(site: &Site, parts: Parts, body: Incoming) -> Result<Self, Refusal> {
        let settings = &site.node.settings;
        let intake = Intake::new(
            &parts.headers,
            body,
            settings.limits.body_bytes_max,
            settings.http.body_timeout,
        )?;
        Ok(Self {
            uri: parts.uri,
            headers: parts.headers,
            intake,
        })
    }

    pub(crate) fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, IntakeError>> {
        self.intake.poll(cx)
    }

    /// What the body came to; the request's headers are used up by it.
    pub(crate) fn answer(&mut self, node: &Node, body: &[u8]) -> Result<Reply, Refusal> {
        apply(node, &self.uri, body)?;
        let headers = std::mem::take(&mut self.headers);
        Ok(bodiless(StatusCode::NO_CONTENT, reused(headers)))
    }
}

fn apply(node: &Node, uri: &Uri, body: &[u8]) -> Result<(), Refusal> {
    let ttl = query::ttl(uri.query())?;
    // The target was an instance when the request came in, and it has not changed since.
    let Target::Instance(service, id) = Target::parse(uri.path())? else {
        return Err(Refusal::internal());
    };
    node.catalog
        .put(node.clock.wall(), &service, &id, ttl, body)
        .map(|put| node.cluster.announce(put))
        .map_err(|refusal| Refusal::of_catalog(&refusal, &service, &id))
}
