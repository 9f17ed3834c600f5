//! One kept connection of the engine: a request on its way out, an answer on its way in.
//!
//! It never waits and never retries; the engine decides what a failure means.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;

use super::response::{self, Head, Malformed};
use super::work::Expected;

/// Enough for the head of any answer and for most of a large body in one read.
const BUFFER_BYTES: usize = 64 * 1024;

/// How an exchange went wrong.
#[derive(Debug)]
pub enum Fault {
    Io(io::Error),
    Closed,
    Malformed(Malformed),
    /// Another answer than the expected one.
    Wrong {
        status: u16,
        body_bytes: usize,
    },
}

/// What one step achieved.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Waiting,
    Answered,
}

/// A connection and the exchange that it carries.
#[derive(Debug)]
pub struct Connection {
    pub stream: TcpStream,
    pub sent_at: Instant,
    /// A request is out and its answer not yet complete.
    pub is_busy: bool,
    request: Vec<u8>,
    written: usize,
    expected: Expected,
    buffer: Box<[u8]>,
    filled: usize,
    /// The head once it is complete, and how much of the body is still to come.
    head: Option<(Head, usize)>,
}

impl Connection {
    /// Connects without waiting for it; the first write does.
    pub fn open(target: SocketAddr) -> io::Result<Connection> {
        let stream = std::net::TcpStream::connect(target)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Connection {
            stream: TcpStream::from_std(stream),
            sent_at: Instant::now(),
            is_busy: false,
            request: Vec::with_capacity(1024),
            written: 0,
            expected: Expected {
                status: 0,
                body_bytes: None,
            },
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            filled: 0,
            head: None,
        })
    }

    /// The buffer of the next request, empty.
    pub fn request(&mut self) -> &mut Vec<u8> {
        self.request.clear();
        &mut self.request
    }

    /// Sends what was written into [`Connection::request`].
    pub fn send(&mut self, expected: Expected, now: Instant) -> Result<(), Fault> {
        self.expected = expected;
        self.sent_at = now;
        self.is_busy = true;
        self.written = 0;
        self.filled = 0;
        self.head = None;
        self.flush()
    }

    /// Writes what the socket takes.
    pub fn flush(&mut self) -> Result<(), Fault> {
        while self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(0) => return Err(Fault::Closed),
                Ok(bytes) => self.written += bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        }
        Ok(())
    }

    /// Reads what has come. One read at most that is not filled: what arrives later raises another event.
    pub fn receive(&mut self) -> Result<Step, Fault> {
        while self.is_busy {
            let room = &mut self.buffer[self.filled..];
            let room_bytes = room.len();
            let bytes = match self.stream.read(room) {
                Ok(0) => return Err(Fault::Closed),
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Step::Waiting),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Fault::Io(error)),
            };
            if self.take(bytes)? {
                self.is_busy = false;
                return self.check().map(|()| Step::Answered);
            }
            if bytes < room_bytes {
                return Ok(Step::Waiting);
            }
        }
        Ok(Step::Waiting)
    }

    /// Accounts for bytes that were read; true when the answer is complete.
    fn take(&mut self, bytes: usize) -> Result<bool, Fault> {
        if let Some((_, missing)) = &mut self.head {
            *missing = missing.saturating_sub(bytes);
            return Ok(*missing == 0);
        }
        self.filled += bytes;
        let Some(head) = response::parse(&self.buffer[..self.filled]).map_err(Fault::Malformed)? else {
            return if self.filled == self.buffer.len() {
                Err(Fault::Malformed(Malformed::StatusLine))
            } else {
                Ok(false)
            };
        };
        let missing = (head.head_bytes + head.body_bytes).saturating_sub(self.filled);
        self.head = Some((head, missing));
        // The rest of the body is only counted: it may overwrite what was read.
        self.filled = 0;
        Ok(missing == 0)
    }

    fn check(&self) -> Result<(), Fault> {
        let Some((head, _)) = self.head else {
            return Err(Fault::Closed);
        };
        let right_length = self
            .expected
            .body_bytes
            .is_none_or(|bytes| bytes == head.body_bytes);
        if head.status == self.expected.status && right_length {
            Ok(())
        } else {
            Err(Fault::Wrong {
                status: head.status,
                body_bytes: head.body_bytes,
            })
        }
    }
}
