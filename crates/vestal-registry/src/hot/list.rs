//! `GET /<service>`: all instances of a service.

use std::sync::Arc;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::HeaderMap;
use vestal_api::ServiceFull;
use vestal_core::catalog::{Answer, InstanceView, TooManyInstances};
use vestal_core::id::check_service_name;

use super::instance::full;
use crate::http::conditional;
use crate::http::encoding;
use crate::http::query::ReadQuery;
use crate::http::refusal::Refusal;
use crate::http::reply::{
    self, Coding, OFFLOAD_BYTES_MIN, OFFLOAD_INSTANCES_MIN, Outcome, RENDER_INSTANCES_MAX, Validators, aside,
    bodiless, put_index, rendered, reused,
};
use crate::http::site::Site;

pub(crate) fn answer(
    site: &Arc<Site>,
    service: &str,
    query: Option<&str>,
    headers: HeaderMap,
) -> Result<Outcome, Refusal> {
    let query = ReadQuery::parse(query)?;
    let catalog = &site.node.catalog;
    // Before the look: a registration that comes in between must be beyond the index of an answer that lacks it.
    let index = catalog.index();
    if query.is_full {
        check(site, service)?;
        return Ok(full_view(site, service, index, query.is_pretty, headers));
    }
    let found = catalog.answer_up_to(service, RENDER_INSTANCES_MAX);
    if matches!(found, Ok(None)) {
        check_service_name(service).map_err(|error| Refusal::service_name(service, error))?;
    }
    if !site.node.is_ready() {
        return Err(Refusal::not_ready());
    }
    match found {
        Ok(Some(answer)) => Ok(present(site, answer, query.is_pretty, headers)),
        Ok(None) => Ok(absent(index, headers)),
        Err(TooManyInstances) => Ok(present_later(site, service, index, query.is_pretty, headers)),
    }
}

fn check(site: &Site, service: &str) -> Result<(), Refusal> {
    check_service_name(service).map_err(|error| Refusal::service_name(service, error))?;
    if site.node.is_ready() {
        Ok(())
    } else {
        Err(Refusal::not_ready())
    }
}

/// A large answer that has to be rendered first. Readers who come meanwhile wait for the same rendering.
fn present_later(
    site: &Arc<Site>,
    service: &str,
    index: u64,
    is_pretty: bool,
    headers: HeaderMap,
) -> Outcome {
    let (site, service) = (Arc::clone(site), service.to_owned());
    Outcome::Later(Box::pin(async move {
        let node = Arc::clone(&site.node);
        match aside(&site.node.heavy, move || node.catalog.answer(&service)).await {
            Ok(Some(answer)) => present(&site, answer, is_pretty, headers).finished().await,
            Ok(None) => absent(index, headers).finished().await,
            Err(refusal) => refusal.into_reply(),
        }
    }))
}

fn present(site: &Site, answer: Arc<Answer>, is_pretty: bool, headers: HeaderMap) -> Outcome {
    if conditional::still_stands(&headers, &answer.etag) {
        return Outcome::Now(unchanged(Validators::of(&answer), headers));
    }
    let bytes_min = site.node.settings.http.compress_bytes_min;
    if !is_pretty && answer.body.len() < bytes_min {
        let mut headers = reused(headers);
        Validators::of(&answer).put(&mut headers);
        return Outcome::Now(reply::json(headers, answer.body.clone()));
    }
    let accepted = encoding::accepted(&headers);
    let mut headers = reused(headers);
    Validators::of(&answer).put(&mut headers);
    if is_pretty {
        let is_large = answer.body.len() >= OFFLOAD_BYTES_MIN;
        let render = move || String::from_utf8_lossy(&answer.body).into_owned();
        return rendered(
            &site.node.heavy,
            headers,
            Coding { accepted, bytes_min },
            true,
            is_large,
            render,
        );
    }
    reply::vary(&mut headers);
    match accepted {
        None => Outcome::Now(reply::json(headers, answer.body.clone())),
        Some(encoding) => reply::compressed(&site.node.heavy, answer, encoding, headers),
    }
}

/// A service without instances. Its validator cannot be mistaken for one that has some.
fn absent(index: u64, headers: HeaderMap) -> Outcome {
    let validators = Validators {
        etag: format!("W/\"none-{index:x}\"").into(),
        index: index.to_string().into(),
    };
    if conditional::still_stands(&headers, &validators.etag) {
        return Outcome::Now(unchanged(validators, headers));
    }
    let mut headers = reused(headers);
    validators.put(&mut headers);
    Outcome::Now(reply::json(headers, Bytes::from_static(b"{}")))
}

fn unchanged(validators: Validators, headers: HeaderMap) -> crate::http::body::Reply {
    let mut headers = reused(headers);
    validators.put(&mut headers);
    // As a whole answer that is large enough would: caches keep one for each coding.
    reply::vary(&mut headers);
    bodiless(StatusCode::NOT_MODIFIED, headers)
}

/// With status, origin, version and lease of each. Ages change with time alone, so there is no validator.
fn full_view(site: &Arc<Site>, service: &str, index: u64, is_pretty: bool, headers: HeaderMap) -> Outcome {
    if site.node.catalog.size(service) < OFFLOAD_INSTANCES_MIN {
        let views = site.node.catalog.instances(service);
        return full_reply(
            site,
            service.to_owned(),
            views.unwrap_or((index, Vec::new())),
            is_pretty,
            headers,
        );
    }
    let (site, service) = (Arc::clone(site), service.to_owned());
    Outcome::Later(Box::pin(async move {
        let (node, named) = (Arc::clone(&site.node), service.clone());
        match aside(&site.node.heavy, move || node.catalog.instances(&named)).await {
            Ok(views) => {
                let views = views.unwrap_or((index, Vec::new()));
                full_reply(&site, service, views, is_pretty, headers)
                    .finished()
                    .await
            }
            Err(refusal) => refusal.into_reply(),
        }
    }))
}

fn full_reply(
    site: &Site,
    service: String,
    (index, views): (u64, Vec<InstanceView>),
    is_pretty: bool,
    headers: HeaderMap,
) -> Outcome {
    let coding = Coding {
        accepted: encoding::accepted(&headers),
        bytes_min: site.node.settings.http.compress_bytes_min,
    };
    let mut headers = reused(headers);
    put_index(&mut headers, index.to_string().into());
    let is_large = views.len() >= OFFLOAD_INSTANCES_MIN;
    let render = move || {
        let instances = views.into_iter().map(full).collect();
        let view = ServiceFull {
            service,
            index,
            instances,
        };
        serde_json::to_string(&view).unwrap_or_default()
    };
    rendered(&site.node.heavy, headers, coding, is_pretty, is_large, render)
}
