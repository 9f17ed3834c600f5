//! The map server: hyper over a hash map in 64 shards, each under a read-write lock.
//!
//! The most direct fast registry one can write: bodies are stored as they come, and the answer of a service is
//! built once after each change. No validation, leases, replication or order of ids.

use bytes::Bytes;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use parking_lot::RwLock;
use std::hash::BuildHasher;

use super::server::{Answer, Handler, empty, json};

const SHARDS: usize = 64;

#[derive(Debug, Default)]
struct Service {
    instances: HashMap<Box<str>, Box<[u8]>, FixedState>,
    /// Rebuilt by the first read after a change.
    answer: Option<Bytes>,
}

type Shard = RwLock<HashMap<String, Service, FixedState>>;

/// Services by name, instances by id.
#[derive(Debug)]
pub struct Map {
    shards: Vec<Shard>,
    hasher: FixedState,
}

impl Default for Map {
    fn default() -> Map {
        Map {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            hasher: FixedState::with_seed(64),
        }
    }
}

impl Map {
    /// Stores the body of an instance.
    pub fn put(&self, service: &str, id: &str, body: Box<[u8]>) {
        let mut shard = self.shard(service).write();
        let service = shard.entry_ref(service).or_default();
        service.answer = None;
        match service.instances.get_mut(id) {
            Some(stored) => *stored = body,
            None => drop(service.instances.insert(id.into(), body)),
        }
    }

    /// The body of one instance.
    pub fn instance(&self, service: &str, id: &str) -> Option<Bytes> {
        let shard = self.shard(service).read();
        shard
            .get(service)?
            .instances
            .get(id)
            .map(|body| Bytes::copy_from_slice(body))
    }

    /// Forgets an instance; false if there was none.
    pub fn remove(&self, service: &str, id: &str) -> bool {
        let mut shard = self.shard(service).write();
        let Some(service) = shard.get_mut(service) else {
            return false;
        };
        service.answer = None;
        service.instances.remove(id).is_some()
    }

    /// `{"id":body,...}`; `{}` for a service that nobody registered.
    pub fn answer(&self, service: &str) -> Bytes {
        let shard = self.shard(service);
        match shard.read().get(service) {
            None => return Bytes::from_static(b"{}"),
            Some(Service {
                answer: Some(answer), ..
            }) => return answer.clone(),
            Some(_) => {}
        }
        let mut shard = shard.write();
        let Some(service) = shard.get_mut(service) else {
            return Bytes::from_static(b"{}");
        };
        let Service { instances, answer } = service;
        answer.get_or_insert_with(|| render(instances)).clone()
    }

    fn shard(&self, service: &str) -> &Shard {
        let hash = self.hasher.hash_one(service);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or(0)]
    }
}

fn render(instances: &HashMap<Box<str>, Box<[u8]>, FixedState>) -> Bytes {
    let bytes = instances
        .iter()
        .map(|(id, body)| id.len() + body.len() + 4)
        .sum::<usize>();
    let mut out = Vec::with_capacity(bytes + 2);
    out.push(b'{');
    for (id, body) in instances {
        if out.len() > 1 {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(id.as_bytes());
        out.extend_from_slice(b"\":");
        out.extend_from_slice(body);
    }
    out.push(b'}');
    out.into()
}

impl Handler for Map {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        let path = head.uri.path().get(1..).unwrap_or_default();
        let Some((service, id)) = path.split_once('/') else {
            return match head.method {
                Method::GET => json(Map::answer(self, path)),
                _ => empty(StatusCode::METHOD_NOT_ALLOWED),
            };
        };
        match head.method {
            Method::PUT => match body.collect().await {
                Ok(body) => {
                    // A copy of its own: hyper's bytes are a slice of the connection's buffer and would keep it.
                    self.put(service, id, Box::from(&*body.to_bytes()));
                    empty(StatusCode::NO_CONTENT)
                }
                Err(_) => empty(StatusCode::BAD_REQUEST),
            },
            Method::GET if path == "_health/ready" => empty(StatusCode::OK),
            Method::GET => self
                .instance(service, id)
                .map_or_else(|| empty(StatusCode::NOT_FOUND), json),
            Method::DELETE if self.remove(service, id) => empty(StatusCode::NO_CONTENT),
            Method::DELETE => empty(StatusCode::NOT_FOUND),
            _ => empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }
}
