//! HTTP to one peer. Owns time-outs and size bounds of what comes back.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use thiserror::Error;
use vestal_core::replication::{FRAME_BYTES_MAX, Message, MessageError, read_frame};

use crate::settings::Peer;

/// The content type of frames; a node that answers with another does not speak this protocol.
pub(crate) const FRAMES: &str = "application/vnd.vestal.frames";

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a peer could not be asked, or did not answer as a peer does.
#[derive(Debug, Error)]
pub(crate) enum PeerError {
    #[error("cannot reach {address}: {reason}")]
    Unreachable { address: String, reason: String },
    #[error("{address} has not answered for {} s", after.as_secs_f32())]
    Silent { address: String, after: Duration },
    #[error("{address} answered with status {status}")]
    Status { address: String, status: StatusCode },
    #[error("{address} answers HTTP, but not as a Vestal node does")]
    Foreign { address: String },
    #[error("{address} sent what cannot be read")]
    Frame { address: String, source: MessageError },
    #[error("{address} calls itself {found}; the configuration expects {expected} there")]
    Misnamed {
        address: String,
        found: String,
        expected: String,
    },
    /// Nothing is wrong: a hera node may be Vestal by now.
    #[error("{address} is asked again what it speaks")]
    AskAgain { address: String },
    #[error("{address} ended the stream")]
    Ended { address: String },
}

impl PeerError {
    /// The whole chain in one line, for people.
    pub(crate) fn text(&self) -> String {
        match std::error::Error::source(self) {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct PeerClient {
    http: Client<HttpConnector, Full<Bytes>>,
    address: String,
}

impl PeerClient {
    pub(crate) fn new(peer: &Peer) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let http = Client::builder(TokioExecutor::new()).build(connector);
        let host = if peer.host.contains(':') {
            format!("[{}]", peer.host)
        } else {
            peer.host.clone()
        };
        Self {
            http,
            address: format!("{host}:{}", peer.port),
        }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// Sends one frame and reads the one that answers it.
    pub(crate) async fn call(
        &self,
        path: &str,
        message: &Message,
        within: Duration,
    ) -> Result<Message, PeerError> {
        let request = self.request("POST", path, message.encode().into());
        let content = tokio::time::timeout(within, self.answer(request, FRAME_BYTES_MAX + 4)).await;
        let content = content.map_err(|_| PeerError::Silent {
            address: self.address(),
            after: within,
        })??;
        match read_frame(&content) {
            Ok(Some((frame, _))) => Message::decode(frame).map_err(|source| PeerError::Frame {
                address: self.address(),
                source,
            }),
            Ok(None) => Err(PeerError::Foreign {
                address: self.address(),
            }),
            Err(source) => Err(PeerError::Frame {
                address: self.address(),
                source,
            }),
        }
    }

    async fn answer(&self, request: Request<Full<Bytes>>, bytes_max: usize) -> Result<Bytes, PeerError> {
        let response = self.send(request).await?;
        self.expect_frames(&response)?;
        self.collect(response, bytes_max).await
    }

    /// Reads a whole answer of whatever type, for nodes that name none rightly.
    pub(crate) async fn read(
        &self,
        path: &str,
        bytes_max: usize,
        within: Duration,
    ) -> Result<Bytes, PeerError> {
        let request = self.request("GET", path, Bytes::new());
        let whole = async {
            let response = self.send(request).await?;
            if response.status() != StatusCode::OK {
                return Err(PeerError::Status {
                    address: self.address(),
                    status: response.status(),
                });
            }
            self.collect(response, bytes_max).await
        };
        let read = tokio::time::timeout(within, whole).await;
        read.map_err(|_| PeerError::Silent {
            address: self.address(),
            after: within,
        })?
    }

    /// Opens a stream of frames.
    pub(crate) async fn open(&self, path: &str, within: Duration) -> Result<Incoming, PeerError> {
        let request = self.request("GET", path, Bytes::new());
        let response = tokio::time::timeout(within, self.send(request)).await;
        let response = response.map_err(|_| PeerError::Silent {
            address: self.address(),
            after: within,
        })??;
        self.expect_frames(&response)?;
        Ok(response.into_body())
    }

    fn expect_frames(&self, response: &Response<Incoming>) -> Result<(), PeerError> {
        let is_frames = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind == FRAMES);
        match response.status() {
            StatusCode::OK if is_frames => Ok(()),
            // A node that stops, starts or is full says so with a status of its own; it is a peer all the same.
            StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::INTERNAL_SERVER_ERROR => Err(PeerError::Status {
                address: self.address(),
                status: response.status(),
            }),
            _ => Err(PeerError::Foreign {
                address: self.address(),
            }),
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, PeerError> {
        let sent = self.http.request(request).await;
        sent.map_err(|error| PeerError::Unreachable {
            address: self.address(),
            reason: root_cause(&error),
        })
    }

    async fn collect(&self, response: Response<Incoming>, bytes_max: usize) -> Result<Bytes, PeerError> {
        let collected = Limited::new(response.into_body(), bytes_max).collect().await;
        let collected = collected.map_err(|error| PeerError::Unreachable {
            address: self.address(),
            reason: error.to_string(),
        })?;
        Ok(collected.to_bytes())
    }

    fn request(&self, method: &str, path: &str, body: Bytes) -> Request<Full<Bytes>> {
        let uri = format!("http://{}{path}", self.address)
            .parse::<Uri>()
            .unwrap_or_default();
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method.parse().unwrap_or_default();
        *request.uri_mut() = uri;
        request
    }
}

/// hyper wraps the operating system's words several times; people want those.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
