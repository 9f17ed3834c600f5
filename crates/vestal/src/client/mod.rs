//! One node, called over HTTP: what the client commands share. Knows the transport and how a refusal looks; knows
//! nothing of what is asked.

mod error;

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vestal_api::{Problem, ProblemCode};

pub(crate) use error::ClientError;

/// BOUND: bytes of an answer that are taken into memory.
const ANSWER_BYTES_MAX: usize = 1 << 30;

/// What stays as it is in a part of a path: RFC 3986's unreserved characters.
const PATH_PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A node and the patience with it.
#[derive(Debug, Clone)]
pub(crate) struct NodeClient {
    url: String,
    timeout: Duration,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl NodeClient {
    /// Accepts `http://HOST:PORT` and `HOST:PORT`.
    pub(crate) fn new(url: &str, timeout: Duration) -> Result<Self, ClientError> {
        let refused = |reason: &str| ClientError::NodeUrl {
            url: url.to_owned(),
            reason: reason.to_owned(),
        };
        let full = if url.contains("://") {
            url.to_owned()
        } else {
            format!("http://{url}")
        };
        let uri: Uri = full
            .parse()
            .map_err(|error: hyper::http::uri::InvalidUri| refused(&error.to_string()))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(refused("nodes do not speak TLS; use http://")),
            _ => return Err(refused("its scheme is not http")),
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(refused("it has a path; give only http://HOST:PORT"));
        }
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| refused("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(refused("it holds a user name, and nodes know no users"));
        }
        let http = Client::builder(TokioExecutor::new()).build_http();
        Ok(Self {
            url: format!("http://{authority}"),
            timeout,
            http,
        })
    }

    /// How messages call the node.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn read(&self, path: &str) -> Result<Bytes, ClientError> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Sends a request; any status but success becomes an error with the node's own words.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, ClientError> {
        match tokio::time::timeout(self.timeout, self.exchange(method, path, body)).await {
            Ok(Ok((status, body))) if status.is_success() => Ok(body),
            Ok(Ok((status, body))) => Err(self.refusal(status, &body)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ClientError::TimedOut {
                url: self.url.clone(),
                after: self.timeout,
            }),
        }
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), ClientError> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("user-agent", concat!("vestal/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(body))
            .map_err(|error| ClientError::NodeUrl {
                url: self.url.clone(),
                reason: error.to_string(),
            })?;
        let answer = self
            .http
            .request(request)
            .await
            .map_err(|error| ClientError::unreachable(&self.url, &error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| ClientError::Broken {
            url: self.url.clone(),
            reason: error.to_string(),
        })?;
        Ok((status, body.to_bytes()))
    }

    fn refusal(&self, status: StatusCode, body: &[u8]) -> ClientError {
        match serde_json::from_slice::<Problem>(body) {
            Ok(problem) => ClientError::Refused(Box::new(problem)),
            Err(_) => ClientError::Broken {
                url: self.url.clone(),
                reason: format!("it answered HTTP {status} without saying why"),
            },
        }
    }

    /// Reads an answer's JSON, which this version may not understand.
    pub(crate) fn decode<'a, T: serde::Deserialize<'a>>(&self, body: &'a [u8]) -> Result<T, ClientError> {
        serde_json::from_slice(body).map_err(|error| ClientError::Broken {
            url: self.url.clone(),
            reason: format!("its answer is not what Vestal answers ({error})"),
        })
    }
}

/// `/SERVICE`.
pub(crate) fn service_path(service: &str) -> String {
    format!("/{}", utf8_percent_encode(service, PATH_PART))
}

/// `/SERVICE/ID`.
pub(crate) fn instance_path(service: &str, id: &str) -> String {
    format!("{}/{}", service_path(service), utf8_percent_encode(id, PATH_PART))
}

/// A value in a query.
pub(crate) fn query_value(value: &str) -> String {
    utf8_percent_encode(value, PATH_PART).to_string()
}

/// Whether the node said that it knows no such instance.
pub(crate) fn is_unknown_instance(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused(problem) if problem.code() == Some(ProblemCode::InstanceUnknown))
}
