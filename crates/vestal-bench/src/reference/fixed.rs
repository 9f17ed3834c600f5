//! The fixed server: hyper with one body for every GET and nothing behind it.
//!
//! It shows what HTTP itself costs; no server on hyper can be faster.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};

use super::server::{Answer, Handler, empty, json};
use crate::entry;

/// Answers every GET with the same bytes, reads and forgets every other body.
#[derive(Debug)]
pub struct Fixed {
    body: Bytes,
}

impl Fixed {
    /// A body like that of a service with so many instances.
    pub fn new(instances: u64) -> Fixed {
        let mut body = vec![b'{'];
        for number in 0..instances {
            if number > 0 {
                body.push(b',');
            }
            body.push(b'"');
            entry::push_id(&mut body, number);
            body.extend_from_slice(b"\":");
            entry::push_body(&mut body, number, 0);
        }
        body.push(b'}');
        Fixed { body: body.into() }
    }
}

impl Handler for Fixed {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        if request.method() == Method::GET {
            return json(self.body.clone());
        }
        match request.into_body().collect().await {
            Ok(_) => empty(StatusCode::NO_CONTENT),
            Err(_) => empty(StatusCode::BAD_REQUEST),
        }
    }
}
