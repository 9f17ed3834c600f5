//! A blocking client on one kept connection, for what is measured one request at a time.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::response;

/// Longer than any answer should take: a hang ends the measurement with an error.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// An answer in full.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub fn connect(target: SocketAddr) -> anyhow::Result<Client> {
        let stream = TcpStream::connect(target).with_context(|| format!("cannot connect to {target}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        Ok(Client {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a complete request.
    pub fn send(&mut self, request: &[u8]) -> anyhow::Result<()> {
        self.stream.write_all(request).context("cannot send a request")
    }

    /// Waits for the answer to what was sent last.
    pub fn receive(&mut self) -> anyhow::Result<Answer> {
        self.buffer.clear();
        let head = loop {
            self.read_some()?;
            match response::parse(&self.buffer) {
                Ok(Some(head)) => break head,
                Ok(None) => {}
                Err(malformed) => bail!("not an answer that this client reads: {malformed:?}"),
            }
        };
        while self.buffer.len() < head.head_bytes + head.body_bytes {
            self.read_some()?;
        }
        Ok(Answer {
            status: head.status,
            body: self.buffer[head.head_bytes..].to_vec(),
        })
    }

    /// GET of a path.
    pub fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes())?;
        self.receive()
    }

    fn read_some(&mut self) -> anyhow::Result<()> {
        let mut chunk = [0u8; 16 * 1024];
        match self.stream.read(&mut chunk).context("no answer")? {
            0 => bail!("the server closed the connection"),
            bytes => self.buffer.extend_from_slice(&chunk[..bytes]),
        }
        Ok(())
    }
}
