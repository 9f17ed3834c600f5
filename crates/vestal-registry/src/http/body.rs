//! The body of an answer: nothing, whole bytes, or a stream from the router.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use super::watch::{Phase, Watch};

/// An answer on its way out.
pub(crate) type Reply = hyper::Response<ReplyBody>;

#[derive(Debug)]
pub(crate) enum ReplyBody {
    Empty,
    Whole(Bytes),
    Stream(Box<Streamed>),
}

/// A body that is still being made while it is sent; the connection counts as busy until the last of it is out.
#[derive(Debug)]
pub(crate) struct Streamed {
    body: axum::body::Body,
    watch: Option<Arc<Watch>>,
}

impl ReplyBody {
    /// From the router. Bodies that are known to be empty lose their box.
    pub(crate) fn from_router(body: axum::body::Body) -> Self {
        if body.is_end_stream() {
            return Self::Empty;
        }
        Self::Stream(Box::new(Streamed { body, watch: None }))
    }

    /// Notes that the answer is made: at once, or when its stream ends.
    pub(crate) fn answered(&mut self, watch: &Arc<Watch>) {
        match self {
            Self::Stream(streamed) => streamed.watch = Some(Arc::clone(watch)),
            Self::Empty | Self::Whole(_) => watch.enter(Phase::Answered),
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Stream(streamed) => {
                let frame = ready!(Pin::new(&mut streamed.body).poll_frame(cx));
                Poll::Ready(frame)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Stream(streamed) => streamed.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(streamed) => streamed.body.size_hint(),
        }
    }
}

impl Drop for Streamed {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.enter(Phase::Answered);
        }
    }
}
