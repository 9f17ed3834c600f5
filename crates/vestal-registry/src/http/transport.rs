//! The socket under one connection: notes phases for the reaper, puts problem documents in the place of hyper's bare refusals,
//! and closes so that the client can still read the last answer.
//!
//! Knows nothing of requests; it sees bytes and the connection's phase.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use super::bare_refusal;
use super::watch::{Order, Phase, Watch};

/// BOUND: what a closing connection reads and drops per system call.
const DISCARD_BYTES: usize = 4096;

#[derive(Debug)]
pub(crate) struct Transport {
    stream: TokioIo<TcpStream>,
    watch: Arc<Watch>,
    /// What is left to write of the problem that replaces one of hyper's own refusals.
    replacement: Option<Bytes>,
    is_shut: bool,
}

impl Transport {
    pub(crate) fn new(stream: TcpStream, watch: Arc<Watch>) -> Self {
        Self {
            stream: TokioIo::new(stream),
            watch,
            replacement: None,
            is_shut: false,
        }
    }

    fn note_write<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match written {
            Poll::Pending => self.watch.write_blocked(),
            Poll::Ready(_) => self.watch.write_moved(),
        }
        written
    }

    /// hyper itself answers requests that it cannot parse, with a status and nothing else. Those are the only bytes it ever
    /// writes while no request is under way, which is how they are told from ours.
    fn is_bare_refusal(&self) -> bool {
        matches!(self.watch.phase(), Phase::Idle | Phase::Head)
    }

    /// Writes the problem that says what `bare` only hints at, and reports `bare` as written.
    fn write_replacement(&mut self, cx: &mut Context<'_>, bare: &[u8]) -> Poll<io::Result<usize>> {
        let mut left = match self.replacement.take() {
            Some(left) => left,
            None => bare_refusal::problem_for(bare),
        };
        while left.has_remaining() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &left);
            match self.note_write(written) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => left.advance(count),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.replacement = Some(left);
                    return Poll::Pending;
                }
            }
        }
        // Whatever else hyper writes of its refusal has been said.
        self.replacement = Some(left);
        Poll::Ready(Ok(bare.len()))
    }

    /// Reads and drops until the client has closed its side. Closing a socket with unread bytes resets the connection, and
    /// a reset can overtake the answer that says why.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; DISCARD_BYTES];
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            let read = ready!(Pin::new(self.stream.inner_mut()).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    }
}

impl Read for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if read.is_ready() && self.watch.phase() == Phase::Idle {
            self.watch.enter(Phase::Head);
        }
        read
    }
}

impl Write for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_bare_refusal() {
            return self.write_replacement(cx, bytes);
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_write(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_bare_refusal() {
            let first = parts
                .iter()
                .find(|part| !part.is_empty())
                .map_or(&[][..], |part| &**part);
            return self.write_replacement(cx, first);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.note_write(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() && self.watch.phase() == Phase::Answered {
            self.watch.enter(Phase::Idle);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.is_shut = true;
            self.watch.enter(Phase::Closing);
        }
        match self.poll_discard(cx) {
            // A node that stops has no time to wait for clients that do not close.
            Poll::Pending if self.watch.order() == Order::Continue => Poll::Pending,
            _ => Poll::Ready(Ok(())),
        }
    }
}
