//! `GET /<service>/<id>`: one instance.

use hyper::StatusCode;
use hyper::header::HeaderMap;
use serde_json::value::RawValue;
use vestal_api::InstanceFull;
use vestal_core::catalog::InstanceView;
use vestal_core::time::millis;

use crate::http::conditional;
use crate::http::encoding;
use crate::http::query::ReadQuery;
use crate::http::refusal::Refusal;
use crate::http::reply::{
    self, Coding, OFFLOAD_BYTES_MIN, Outcome, Validators, bodiless, put_index, rendered, reused,
};
use crate::http::site::Site;
use crate::node::check_names;

pub(crate) fn answer(
    site: &Site,
    service: &str,
    id: &str,
    query: Option<&str>,
    headers: HeaderMap,
) -> Result<Outcome, Refusal> {
    let query = ReadQuery::parse(query)?;
    let view = site.node.catalog.instance(service, id);
    if view.is_none() {
        check_names(service, id)?;
    }
    if !site.node.is_ready() {
        return Err(Refusal::not_ready());
    }
    let view = view.ok_or_else(|| Refusal::instance_unknown(service, id))?;
    if query.is_full {
        return Ok(full_view(site, view, query.is_pretty, headers));
    }
    Ok(plain(site, view, query.is_pretty, headers))
}

fn plain(site: &Site, view: InstanceView, is_pretty: bool, headers: HeaderMap) -> Outcome {
    let validators = Validators {
        etag: format!("W/\"{}-{:x}\"", view.version, view.index).into(),
        index: view.index.to_string().into(),
    };
    if conditional::still_stands(&headers, &validators.etag) {
        let mut headers = reused(headers);
        validators.put(&mut headers);
        return Outcome::Now(bodiless(StatusCode::NOT_MODIFIED, headers));
    }
    let coding = coding(site, &headers);
    let mut headers = reused(headers);
    validators.put(&mut headers);
    if !is_pretty && view.body.len() < coding.bytes_min {
        return Outcome::Now(reply::json(headers, view.body));
    }
    let is_large = view.body.len() >= OFFLOAD_BYTES_MIN;
    let render = move || String::from_utf8_lossy(&view.body).into_owned();
    rendered(&site.node.heavy, headers, coding, is_pretty, is_large, render)
}

fn full_view(site: &Site, view: InstanceView, is_pretty: bool, headers: HeaderMap) -> Outcome {
    let coding = coding(site, &headers);
    let mut headers = reused(headers);
    put_index(&mut headers, view.index.to_string().into());
    let is_large = view.body.len() >= OFFLOAD_BYTES_MIN;
    rendered(
        &site.node.heavy,
        headers,
        coding,
        is_pretty,
        is_large,
        move || serde_json::to_string(&full(view)).unwrap_or_default(),
    )
}

fn coding(site: &Site, headers: &HeaderMap) -> Coding {
    Coding {
        accepted: encoding::accepted(headers),
        bytes_min: site.node.settings.http.compress_bytes_min,
    }
}

/// The public shape of what the catalog knows of an instance.
pub(crate) fn full(view: InstanceView) -> InstanceFull {
    InstanceFull {
        id: view.id,
        status: view.status.to_owned(),
        reason: view.reason,
        origin: view.origin.to_string(),
        version: view.version.to_string(),
        age_ms: millis(view.age),
        ttl_ms: millis(view.ttl),
        // Leases end with a tick, so a fresh one has up to a tick more than was asked for; nobody needs to know.
        lease_left_ms: view.lease_left.map(|left| millis(left.min(view.ttl))),
        body: raw(&view.body),
    }
}

/// The catalog only holds bodies that are JSON, so the fallback is never seen.
fn raw(body: &[u8]) -> Box<RawValue> {
    serde_json::from_slice(body).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
