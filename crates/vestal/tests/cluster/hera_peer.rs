//! A node that speaks hera's protocol and nothing else, as the original does it: lists of deltas per node, gossip with
//! one random peer, expiry by wall clock. Faithful in its weaknesses, too.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::http;
use crate::patience::Stop;

/// hera gossips each 3 s; these tests have less time.
const GOSSIP: Duration = Duration::from_millis(200);

/// What a hera node answers to a path that it does not know. It takes most paths for the name of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    NotFound,
    EmptyObject,
}

/// One heartbeat, as it was heard.
#[derive(Debug, Clone)]
struct Delta {
    service: String,
    id: String,
    body: Value,
    millis: u64,
}

#[derive(Debug, Default)]
struct State {
    /// Of each node, newest first.
    deltas: BTreeMap<String, Vec<Delta>>,
    /// What queries are answered from; rebuilt with each round.
    view: BTreeMap<String, Map<String, Value>>,
    /// What would have ended the original's gossip for good.
    faults: Vec<String>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    peers: BTreeMap<String, SocketAddr>,
    liveness: Duration,
    unknown: Unknown,
    state: Mutex<State>,
    stop: Stop,
}

/// A running hera node; ends with the value.
#[derive(Debug)]
pub(crate) struct HeraPeer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl HeraPeer {
    pub(crate) fn start(
        name: &str,
        peers: BTreeMap<String, SocketAddr>,
        liveness: Duration,
        unknown: Unknown,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            peers,
            liveness,
            unknown,
            state: Mutex::default(),
            stop: Stop::default(),
        });
        let (serving, gossiping) = (Arc::clone(&shared), Arc::clone(&shared));
        std::thread::spawn(move || serve(&listener, &serving));
        std::thread::spawn(move || {
            while !gossiping.stop.is_set_within(GOSSIP) {
                gossiping.round();
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A heartbeat with a time-stamp of the caller's choice.
    pub(crate) fn put_at(&self, service: &str, id: &str, body: Value, millis: u64) {
        self.shared.take(service, id, body, millis);
    }

    /// The ids that it answers for a service.
    pub(crate) fn ids(&self, service: &str) -> BTreeSet<String> {
        let state = self.shared.state();
        state
            .view
            .get(service)
            .map(|view| view.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// What of its peers' answers would have ended its gossip.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.shared.state().faults.clone()
    }
}

impl Drop for HeraPeer {
    fn drop(&mut self) {
        self.shared.stop.set();
        // Wakes the accept loop.
        let _ = TcpStream::connect(self.address);
    }
}

pub(crate) fn now_millis() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    u64::try_from(since.as_millis()).expect("a clock before the year 500 million")
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, service: &str, id: &str, body: Value, millis: u64) {
        let delta = Delta {
            service: service.to_owned(),
            id: id.to_owned(),
            body,
            millis,
        };
        self.state()
            .deltas
            .entry(self.name.clone())
            .or_default()
            .insert(0, delta);
    }

    /// Asks one random peer for what every other node said since it was last heard, forgets what is old, and rebuilds
    /// the view.
    fn round(&self) {
        let names: Vec<&String> = self.peers.keys().collect();
        let chosen = RandomState::new().build_hasher().finish() % names.len().max(1) as u64;
        let chosen = self.peers.iter().zip(0..).find(|(_, number)| *number == chosen);
        if let Some(((name, &address), _)) = chosen {
            let asked: Vec<String> = names
                .iter()
                .map(|name| format!("{name}={}", self.last_seen(name)))
                .collect();
            // A peer that cannot be reached is passed over until the next round.
            if let Ok(reply) = http::get(address, &format!("/_deltas?{}", asked.join("&")))
                && reply.status == 200
                && let Err(fault) = self.merge(&reply.body)
            {
                self.state().faults.push(format!("from {name}: {fault}"));
            }
        }
        let mut state = self.state();
        let oldest =
            now_millis().saturating_sub(u64::try_from(self.liveness.as_millis()).expect("a short time"));
        state
            .deltas
            .values_mut()
            .for_each(|deltas| deltas.retain(|delta| delta.millis >= oldest));
        state.view = view(&state.deltas);
    }

    fn last_seen(&self, node: &str) -> u64 {
        let state = self.state();
        let newest = state.deltas.get(node).and_then(|deltas| deltas.first());
        newest.map_or(0, |delta| delta.millis)
    }

    fn merge(&self, answer: &[u8]) -> Result<(), String> {
        let answer: BTreeMap<String, Vec<Value>> =
            serde_json::from_slice(answer).map_err(|error| error.to_string())?;
        for (node, entries) in answer {
            if node == self.name || !self.peers.contains_key(&node) {
                return Err(format!("{node} was not asked about"));
            }
            let heard = entries.iter().map(delta).collect::<Result<Vec<_>, _>>()?;
            let mut state = self.state();
            let known = state.deltas.entry(node).or_default();
            known.extend(heard);
            known.sort_by_key(|delta| std::cmp::Reverse(delta.millis));
        }
        Ok(())
    }

    fn answer(&self, method: &str, target: &str, body: &[u8]) -> (u16, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["_deltas"]) => (200, self.deltas(query)),
            ("PUT", [service, id]) if !service.starts_with('_') => match serde_json::from_slice(body) {
                Ok(body) => {
                    self.take(service, id, body, now_millis());
                    (204, Value::Null)
                }
                Err(_) => (500, Value::Null),
            },
            ("GET", [service]) if !service.starts_with('_') => {
                let found = self.state().view.get(*service).cloned().unwrap_or_default();
                (200, Value::Object(found))
            }
            _ if self.unknown == Unknown::EmptyObject => (200, json!({})),
            _ => (404, Value::Null),
        }
    }

    /// Of each node that is asked about and known, what is strictly newer.
    fn deltas(&self, query: &str) -> Value {
        let state = self.state();
        let mut answer = Map::new();
        for (node, seen) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let (Some(deltas), Ok(seen)) = (state.deltas.get(node), seen.parse::<u64>()) else {
                continue;
            };
            let newer = deltas.iter().filter(|delta| delta.millis > seen);
            let entries = newer
                .map(|delta| json!([delta.service, delta.id, delta.body, delta.millis]))
                .collect();
            answer.insert(node.to_owned(), Value::Array(entries));
        }
        Value::Object(answer)
    }
}

/// The latest heartbeat of each instance, over all nodes.
fn view(deltas: &BTreeMap<String, Vec<Delta>>) -> BTreeMap<String, Map<String, Value>> {
    let mut latest: BTreeMap<(&str, &str), &Delta> = BTreeMap::new();
    for delta in deltas.values().flatten() {
        let entry = latest.entry((&delta.service, &delta.id)).or_insert(delta);
        if delta.millis > entry.millis {
            *entry = delta;
        }
    }
    let mut view: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for ((service, id), delta) in latest {
        view.entry(service.to_owned())
            .or_default()
            .insert(id.to_owned(), delta.body.clone());
    }
    view
}

/// The original unpacks exactly four items and compares integers.
fn delta(entry: &Value) -> Result<Delta, String> {
    let wrong = || format!("no delta: {entry}");
    let [Value::String(service), Value::String(id), body, millis] =
        entry.as_array().ok_or_else(wrong)?.as_slice()
    else {
        return Err(wrong());
    };
    Ok(Delta {
        service: service.clone(),
        id: id.clone(),
        body: body.clone(),
        millis: millis.as_u64().ok_or_else(wrong)?,
    })
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().map_while(Result::ok) {
        if shared.stop.is_set_within(Duration::ZERO) {
            return;
        }
        let shared = Arc::clone(shared);
        // A caller that goes away in the middle is its own affair.
        std::thread::spawn(move || drop(answer_one(&shared, &stream)));
    }
}

fn answer_one(shared: &Shared, mut stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (status, value) = shared.answer(method, target, &body);
    let body = if value.is_null() {
        String::new()
    } else {
        value.to_string()
    };
    let length = if status == 204 {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    write!(
        stream,
        "HTTP/1.1 {status} Whatever\r\nContent-Type: text/html\r\n{length}Connection: close\r\n\r\n{body}"
    )
}
