//! `GET /_services`: the services with their counts, a page at a time.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use vestal_api::{ServiceSummary, ServicesPage};

use super::finished;
use crate::http::encoding;
use crate::http::query::PageQuery;
use crate::http::refusal::Refusal;
use crate::http::reply::{Coding, aside, put_index, rendered, reused};
use crate::node::Node;

/// Services of which a page is made where the request came in.
const OFFLOAD_SERVICES_MIN: usize = 512;

pub(super) async fn page(State(node): State<Arc<Node>>, request: Request) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let query = PageQuery::parse(parts.uri.query())?;
    if !node.is_ready() {
        return Err(Refusal::not_ready());
    }
    let index = node.catalog.index();
    // A page of many services takes a look at all their names.
    let is_large = node.catalog.stats().services >= OFFLOAD_SERVICES_MIN;
    let found = if is_large {
        let looking = Arc::clone(&node);
        aside(&node.heavy, move || {
            looking.catalog.services(query.after.as_deref(), query.limit)
        })
        .await?
    } else {
        node.catalog.services(query.after.as_deref(), query.limit)
    };
    let coding = Coding {
        accepted: encoding::accepted(&parts.headers),
        bytes_min: node.settings.http.compress_bytes_min,
    };
    let mut headers = reused(parts.headers);
    put_index(&mut headers, index.to_string().into());
    let render = move || serde_json::to_string(&view(found)).unwrap_or_default();
    Ok(finished(rendered(
        &node.heavy,
        headers,
        coding,
        query.is_pretty,
        is_large,
        render,
    ))
    .await)
}

fn view(found: vestal_core::catalog::ServicesPage) -> ServicesPage {
    let next = found
        .services
        .last()
        .filter(|_| found.more)
        .map(|last| last.name.clone());
    let summary = |service: vestal_core::catalog::ServiceView| ServiceSummary {
        name: service.name,
        instances: service.instances,
        index: service.index,
    };
    ServicesPage {
        services: found.services.into_iter().map(summary).collect(),
        total: found.total,
        next,
    }
}
