//! Answers that succeed: headers in the request's own map (hyper hands the same map back for the next request, so a hot answer
//! allocates none), and large ones rendered and compressed away from the threads that serve sockets.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, VARY};
use hyper::{Response, StatusCode};
use tokio::sync::Semaphore;
use tracing::error;
use vestal_core::catalog::{Answer, Encoding, pretty};

use super::body::{Reply, ReplyBody};
use super::encoding;
use super::guarded::Pending;
use super::refusal::Refusal;

pub(crate) const INDEX: HeaderName = HeaderName::from_static(vestal_api::INDEX_HEADER);
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const VARY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// Work on more bytes than this leaves the reactor: some 100 µs of compression.
pub(crate) const OFFLOAD_BYTES_MIN: usize = 32 * 1024;
/// Instances whose full view is rendered where the request came in.
pub(crate) const OFFLOAD_INSTANCES_MIN: usize = 128;
/// Instances whose plain answer is rendered there: their bodies are only copied.
pub(crate) const RENDER_INSTANCES_MAX: usize = 1024;

/// An answer, now or later.
pub(crate) enum Outcome {
    Now(Reply),
    Later(Pending),
}

impl Outcome {
    pub(crate) async fn finished(self) -> Reply {
        match self {
            Self::Now(reply) => reply,
            Self::Later(work) => work.await,
        }
    }
}

/// The map of a request whose headers have been read, for the answer.
pub(crate) fn reused(mut headers: HeaderMap) -> HeaderMap {
    headers.clear();
    headers
}

pub(crate) fn bodiless(status: StatusCode, headers: HeaderMap) -> Reply {
    with(status, headers, ReplyBody::Empty)
}

pub(crate) fn json(headers: HeaderMap, body: Bytes) -> Reply {
    let mut reply = with(StatusCode::OK, headers, ReplyBody::Whole(body));
    reply.headers_mut().insert(CONTENT_TYPE, JSON);
    reply
}

fn with(status: StatusCode, headers: HeaderMap, body: ReplyBody) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    *reply.headers_mut() = headers;
    reply
}

/// The validators of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Validators {
    pub(crate) etag: Bytes,
    pub(crate) index: Bytes,
}

impl Validators {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            etag: answer.etag.clone(),
            index: answer.index_text.clone(),
        }
    }

    pub(crate) fn put(self, headers: &mut HeaderMap) {
        let Self { etag, index } = self;
        // Both are digits, letters and punctuation that a header may hold.
        if let Ok(etag) = HeaderValue::from_maybe_shared(etag) {
            headers.insert(ETAG, etag);
        }
        put_index(headers, index);
    }
}

/// The index alone, for answers that change with time as well, which no validator can stand for.
pub(crate) fn put_index(headers: &mut HeaderMap, index: Bytes) {
    if let Ok(index) = HeaderValue::from_maybe_shared(index) {
        headers.insert(INDEX, index);
    }
}

/// What the caller accepts and how small an answer it is not applied to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coding {
    pub(crate) accepted: Option<Encoding>,
    pub(crate) bytes_min: usize,
}

impl Coding {
    fn of(self, body: &[u8]) -> Option<Encoding> {
        self.accepted.filter(|_| body.len() >= self.bytes_min)
    }
}

/// The shared answer of a service in the coding that the caller accepts, compressed once for all callers.
pub(crate) fn compressed(
    heavy: &Arc<Semaphore>,
    answer: Arc<Answer>,
    encoding: Encoding,
    headers: HeaderMap,
) -> Outcome {
    if let Some(body) = answer.encoded(encoding) {
        return Outcome::Now(coded(headers, body.clone(), Some(encoding)));
    }
    let compress = move || {
        let body = answer.encoded_or_init(encoding, |plain| {
            encoding::compress(encoding, plain).unwrap_or_default()
        });
        // Compression fails for want of memory only; an empty body marks that it did.
        if body.is_empty() {
            (answer.body.clone(), None)
        } else {
            (body.clone(), Some(encoding))
        }
    };
    offload(heavy, headers, compress)
}

/// Renders what `make` makes on a thread for long work.
fn offload(
    heavy: &Arc<Semaphore>,
    headers: HeaderMap,
    make: impl FnOnce() -> (Bytes, Option<Encoding>) + Send + 'static,
) -> Outcome {
    let heavy = Arc::clone(heavy);
    Outcome::Later(Box::pin(async move {
        match aside(&heavy, make).await {
            Ok((body, encoding)) => coded(headers, body, encoding),
            Err(refusal) => refusal.into_reply(),
        }
    }))
}

/// Does `work` on a thread for long work, one of few at a time.
pub(crate) async fn aside<T: Send + 'static>(
    heavy: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    // The semaphore is never closed, so a permit always comes.
    let permit = Arc::clone(heavy).acquire_owned().await;
    let done = tokio::task::spawn_blocking(work).await;
    drop(permit);
    done.map_err(|error| {
        error!(%error, "work on an answer failed");
        Refusal::internal()
    })
}

pub(crate) fn coded(mut headers: HeaderMap, body: Bytes, encoding: Option<Encoding>) -> Reply {
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, encoding::name(encoding));
    }
    json(headers, body)
}

/// Says that another caller may get the same answer in another coding.
pub(crate) fn vary(headers: &mut HeaderMap) {
    headers.insert(VARY, VARY_ENCODING);
}

/// An answer rendered for this caller alone: indented if asked for, compressed if accepted, and on a thread of its own if `is_large`.
pub(crate) fn rendered(
    heavy: &Arc<Semaphore>,
    mut headers: HeaderMap,
    coding: Coding,
    is_pretty: bool,
    is_large: bool,
    render: impl FnOnce() -> String + Send + 'static,
) -> Outcome {
    vary(&mut headers);
    let make = move || {
        let plain = render();
        let text = if is_pretty { pretty(&plain) } else { plain };
        let coded = coding
            .of(text.as_bytes())
            .and_then(|chosen| encoding::compress(chosen, text.as_bytes()).map(|body| (body, Some(chosen))));
        coded.unwrap_or_else(|| (Bytes::from(text), None))
    };
    if is_large {
        return offload(heavy, headers, make);
    }
    let (body, encoding) = make();
    Outcome::Now(coded(headers, body, encoding))
}
