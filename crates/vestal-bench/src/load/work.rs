//! What the load generator asks for: an endless or bounded sequence of requests, each with the answer that is right.

use crate::entry;

/// What the answer to a request must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    pub status: u16,
    /// The exact length of the body, where it is known.
    pub body_bytes: Option<usize>,
}

/// A sequence of requests.
pub trait Work {
    /// Writes the next request into the empty `out`; `None` when there is nothing left to ask for.
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Expected>;
}

/// `GET /<service>` for ever.
#[derive(Debug)]
pub struct Read {
    request: Vec<u8>,
    expected: Expected,
}

impl Read {
    /// `body_bytes` is the length that each answer must have.
    pub fn new(service: &str, body_bytes: usize) -> Read {
        let request = format!("GET /{service} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes();
        Read {
            request,
            expected: Expected {
                status: 200,
                body_bytes: Some(body_bytes),
            },
        }
    }
}

impl Work for Read {
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Expected> {
        out.extend_from_slice(&self.request);
        Some(self.expected)
    }
}

/// Where instances are: `count` of them, dealt in turn to services named `<prefix>-<number>`.
#[derive(Debug, Clone)]
pub struct Fleet {
    pub prefix: String,
    pub services: u64,
}

impl Fleet {
    /// As many services as it takes for `per_service` instances in each.
    pub fn of(prefix: &str, instances: u64, per_service: u64) -> Fleet {
        Fleet {
            prefix: prefix.to_owned(),
            services: instances.div_ceil(per_service.max(1)).max(1),
        }
    }

    /// Writes `PUT` of instance `number` with the body of `stamp`.
    pub fn push_put(&self, out: &mut Vec<u8>, number: u64, stamp: u64) {
        out.extend_from_slice(b"PUT /");
        out.extend_from_slice(self.prefix.as_bytes());
        out.push(b'-');
        push_decimal(out, number % self.services);
        out.push(b'/');
        entry::push_id(out, number);
        // The length is BODY_BYTES; a test compares.
        out.extend_from_slice(b" HTTP/1.1\r\nhost: localhost\r\ncontent-length: 200\r\n\r\n");
        entry::push_body(out, number, stamp);
    }
}

/// Heartbeats of a fleet that is registered already: in turn, each with a new `updated_at`.
#[derive(Debug)]
pub struct Heartbeat {
    pub fleet: Fleet,
    pub instances: u64,
    pub sent: u64,
}

impl Work for Heartbeat {
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Expected> {
        let number = self.sent % self.instances;
        // Stamp 0 is what the fleet was registered with.
        self.fleet.push_put(out, number, 1 + self.sent / self.instances);
        self.sent += 1;
        Some(Expected {
            status: 204,
            body_bytes: Some(0),
        })
    }
}

/// Registrations of new instances: `limit` of them, or for ever.
#[derive(Debug)]
pub struct Register {
    pub fleet: Fleet,
    pub sent: u64,
    pub limit: Option<u64>,
}

impl Work for Register {
    fn next(&mut self, out: &mut Vec<u8>) -> Option<Expected> {
        if self.limit.is_some_and(|limit| self.sent >= limit) {
            return None;
        }
        self.fleet.push_put(out, self.sent, 0);
        self.sent += 1;
        Some(Expected {
            status: 204,
            body_bytes: Some(0),
        })
    }
}

fn push_decimal(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b"0123456789"[(value % 10) as usize];
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}
