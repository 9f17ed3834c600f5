//! Reading a request's body: whole, bounded in size and time, and without a copy when it comes in one piece.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body;
use hyper::header::{CONTENT_LENGTH, HeaderMap};
use tokio::time::Sleep;
use vestal_api::ProblemCode;

use super::refusal::Refusal;

/// Why a body could not be taken. After each of these the connection is closed: the rest of the body cannot be told from
/// the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IntakeError {
    TooLarge { bytes_max: usize },
    TooSlow { timeout: Duration },
    Broken,
}

#[derive(Debug)]
pub(crate) struct Intake<B> {
    body: B,
    first: Bytes,
    /// Everything, once a second piece has come.
    all: Vec<u8>,
    bytes_max: usize,
    timeout: Duration,
    has_waited: bool,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<B: Body<Data = Bytes> + Unpin> Intake<B> {
    /// Refuses at once what announces itself as too large.
    pub(crate) fn new(
        headers: &HeaderMap,
        body: B,
        bytes_max: usize,
        timeout: Duration,
    ) -> Result<Self, IntakeError> {
        let announced = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|bytes| bytes > bytes_max as u64) {
            return Err(IntakeError::TooLarge { bytes_max });
        }
        Ok(Self {
            body,
            first: Bytes::new(),
            all: Vec::new(),
            bytes_max,
            timeout,
            has_waited: false,
            deadline: None,
        })
    }

    /// The whole body, for callers that are futures themselves.
    pub(crate) async fn read(mut self) -> Result<Bytes, IntakeError> {
        poll_fn(|cx| self.poll(cx)).await
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, IntakeError>> {
        while !self.body.is_end_stream() {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.add(data)?;
                    }
                }
                Poll::Ready(Some(Err(_))) => return Poll::Ready(Err(IntakeError::Broken)),
                Poll::Ready(None) => break,
                Poll::Pending => return self.poll_deadline(cx),
            }
        }
        Poll::Ready(Ok(self.take()))
    }

    /// The first wait is only hyper fetching what has already arrived, so most requests never set a timer.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, IntakeError>> {
        if !std::mem::replace(&mut self.has_waited, true) {
            return Poll::Pending;
        }
        let timeout = self.timeout;
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        deadline
            .as_mut()
            .poll(cx)
            .map(|()| Err(IntakeError::TooSlow { timeout }))
    }

    fn add(&mut self, data: Bytes) -> Result<(), IntakeError> {
        if self.first.len() + self.all.len() + data.len() > self.bytes_max {
            return Err(IntakeError::TooLarge {
                bytes_max: self.bytes_max,
            });
        }
        if self.first.is_empty() && self.all.is_empty() {
            self.first = data;
            return Ok(());
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.all.extend_from_slice(&data);
        Ok(())
    }

    fn take(&mut self) -> Bytes {
        if self.all.is_empty() {
            std::mem::take(&mut self.first)
        } else {
            std::mem::take(&mut self.all).into()
        }
    }
}

impl From<IntakeError> for Refusal {
    fn from(error: IntakeError) -> Self {
        let refusal = match error {
            IntakeError::TooLarge { bytes_max } => Refusal::new(
                ProblemCode::BodyTooLarge,
                format!("The body is larger than {bytes_max} bytes, the most that this node accepts here."),
            ),
            IntakeError::TooSlow { timeout } => Refusal::new(
                ProblemCode::RequestTimeout,
                format!(
                    "The body did not arrive within {} ms; send it again.",
                    timeout.as_millis()
                ),
            ),
            IntakeError::Broken => Refusal::new(
                ProblemCode::RequestInvalid,
                "The body broke off or its chunks are malformed; send it again with its right content-length.",
            ),
        };
        refusal.closing()
    }
}
