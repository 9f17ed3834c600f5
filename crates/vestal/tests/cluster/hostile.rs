//! Bytes on the peer routes that no peer would send, and peers that answer what no peer would answer. The node and its
//! other peers go on as if nothing were there.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use vestal_core::id::{Incarnation, NodeName, Origin, Sequence};
use vestal_core::replication::{BatchWriter, Exchange, Message, OriginDigest, Record, RecordState};
use vestal_core::time::{Beat, Version, WallMillis};

use crate::clients::{Heartbeats, Witness};
use crate::fleet::{Fleet, QUICK};
use crate::http;
use crate::patience::{Stop, eventually};

fn origin(node: &str, incarnation: u64) -> Origin {
    Origin {
        node: NodeName::parse(node).expect("a name"),
        incarnation: Incarnation(incarnation),
    }
}

/// A frame with a head of one's own.
fn frame(length: u32, version: u8, kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = length.to_le_bytes().to_vec();
    frame.extend_from_slice(&[version, kind]);
    frame.extend_from_slice(payload);
    frame
}

/// Contents that are no messages, each in its own way.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    let noise: Vec<u8> = (0..4096u32)
        .map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let mut bomb = (16 * 1024 * 1024_u64).to_le_bytes().to_vec();
    bomb.extend_from_slice(&noise);
    vec![
        ("nothing", Vec::new()),
        ("noise", noise.clone()),
        ("text", b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("a length without content", 1000_u32.to_le_bytes().to_vec()),
        ("a length beyond all bounds", frame(u32::MAX, 1, 1, b"")),
        ("another protocol", frame(2, 99, 1, b"")),
        ("an unknown kind", frame(2, 1, 77, b"")),
        ("a truncated exchange", frame(5, 1, 1, &[200, 1, 2])),
        ("compressed noise", frame(2 + 4096, 1, 0x81, &noise)),
        ("a compressed bomb", frame(2 + 8 + 4096, 1, 0x81, &bomb)),
    ]
}

#[test]
fn requests_that_no_peer_would_send_are_refused() {
    let fleet = Fleet::three();
    let heartbeats = Heartbeats::start(fleet.address("a"), "/storage/of-a");
    fleet.await_ids_everywhere("storage", &["of-a"]);
    let addresses = ["a", "b", "c"].map(|at| fleet.address(at));
    let witness = Witness::of_presence(&addresses, "storage", &["of-a"]);
    for path in ["/_cluster/exchange", "/_cluster/fetch"] {
        for (what, bytes) in garbage() {
            let reply = http::ask(fleet.address("a"), "POST", path, &bytes).expect("an answer");
            assert_eq!(reply.status, 400, "{what} on {path}: {}", reply.text());
            assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        }
    }
    let huge = vec![b'x'; 2 * 1024 * 1024];
    // Whether the refusal is still read, or the connection ends under the rest of the body, is up to timing.
    if let Ok(reply) = http::ask(fleet.address("a"), "POST", "/_cluster/exchange", &huge) {
        assert_eq!(reply.status, 413, "{}", reply.text());
    }
    for query in [
        "",
        "?incarnation=x&after=0",
        "?incarnation=1",
        "?after=-1&incarnation=1",
    ] {
        let reply = http::get(fleet.address("a"), &format!("/_cluster/stream{query}")).expect("an answer");
        assert_eq!(reply.status, 400, "{query}: {}", reply.text());
    }
    fleet.put("b", "/storage/after", "{}");
    fleet.await_ids_everywhere("storage", &["of-a", "after"]);
    witness.expect_nothing_wrong();
    heartbeats.stop();
}

#[test]
fn lies_about_origins_cost_little_and_remove_nothing() {
    let fleet = Fleet::three();
    let heartbeats =
        ["a", "b", "c"].map(|at| Heartbeats::start(fleet.address(at), &format!("/storage/of-{at}")));
    let everybody = ["of-a", "of-b", "of-c"];
    fleet.await_ids_everywhere("storage", &everybody);
    let addresses = ["a", "b", "c"].map(|at| fleet.address(at));
    let witness = Witness::of_presence(&addresses, "storage", &everybody);
    let memory_before = resident_bytes(fleet.node("a").process());
    // In the name of a peer, of the node itself and of a stranger: ever new origins that are all alive.
    for round in 0..60_u64 {
        for from in ["b", "a", "stranger"] {
            let origins = (0..400).map(|number| OriginDigest {
                origin: origin(&format!("o{round}-{number}"), u64::MAX - number),
                head: Sequence(u64::MAX),
                instances: u64::MAX,
                hash: number,
                beat: Beat(u64::MAX),
                age: Duration::ZERO,
            });
            let lie = Message::Exchange(Exchange {
                from: origin(from, u64::MAX),
                wall: WallMillis(u64::MAX),
                is_ready: true,
                origins: origins.collect(),
            });
            let reply = http::ask(fleet.address("a"), "POST", "/_cluster/exchange", &lie.encode());
            let status = reply.expect("an answer").status;
            assert_eq!(status, 200);
        }
    }
    let grown = resident_bytes(fleet.node("a").process()).saturating_sub(memory_before);
    println!(
        "after 72,000 invented origins the node had grown by {} KiB",
        grown / 1024
    );
    assert!(grown < 48 * 1024 * 1024, "the node grew by {grown} bytes");
    fleet.put("b", "/storage/after", "{}");
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "of-c", "after"]);
    witness.expect_nothing_wrong();
    drop(heartbeats);
}

#[test]
fn more_streams_than_a_cluster_has_are_refused() {
    let fleet = Fleet::three();
    let mut opened = Vec::new();
    let refused = loop {
        let mut stream = http::connect(fleet.address("a")).expect("a connection");
        stream
            .write_all(b"GET /_cluster/stream?incarnation=0&after=0 HTTP/1.1\r\nhost: x\r\n\r\n")
            .expect("a request sent");
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("an answer");
        if &status == b"HTTP/1.1 503" {
            break opened.len();
        }
        assert_eq!(&status, b"HTTP/1.1 200");
        opened.push(stream);
        assert!(opened.len() < 1000, "streams without a bound");
    };
    println!("{refused} streams were opened before one was refused");
    fleet.put("a", "/storage/one", "{}");
    fleet.await_ids_everywhere("storage", &["one"]);
    drop(opened);
    eventually("the places are free again", || {
        let mut stream = http::connect(fleet.address("a")).map_err(|error| error.to_string())?;
        let request = b"GET /_cluster/stream?incarnation=0&after=0 HTTP/1.1\r\nhost: x\r\n\r\n";
        stream.write_all(request).map_err(|error| error.to_string())?;
        let mut status = [0; 12];
        stream
            .read_exact(&mut status)
            .map_err(|error| error.to_string())?;
        (&status == b"HTTP/1.1 200")
            .then_some(())
            .ok_or("refused".to_owned())
    });
}

#[test]
fn a_peer_that_answers_what_no_peer_would_is_reported_and_does_no_harm() {
    // Half of the cluster never joins, and nobody waits for it for long.
    let settings = QUICK.replace("join-timeout: 30s", "join-timeout: 1s");
    let mut fleet = Fleet::new(&["a", "b", "c", "d"], &settings);
    let liar = Liar::start();
    fleet.lead_to("b", Some(liar.address));
    fleet.lead_to("d", Some(liar.address));
    fleet.start("a");
    fleet.start("c");
    fleet.await_ready("a");
    fleet.await_ready("c");
    let heartbeats = ["a", "c"].map(|at| Heartbeats::start(fleet.address(at), &format!("/storage/of-{at}")));
    fleet.await_ids_everywhere("storage", &["of-a", "of-c"]);
    let addresses = ["a", "c"].map(|at| fleet.address(at));
    let witness = Witness::of_presence(&addresses, "storage", &["of-a", "of-c"]);
    let memory_before = resident_bytes(fleet.node("a").process());
    liar.answer_with(answers(&fleet));
    // Whether a lie answers a stream or an exchange, and whose, is chance.
    let mut number = 0;
    eventually("every lie was told", || {
        number += 1;
        let id = format!("i{number}");
        fleet.put("a", &format!("/lies/{id}?ttl=600"), "{}");
        eventually("changes go on among lies", || {
            fleet
                .ask("c", "GET", &format!("/lies/{id}"), "")?
                .expect_status(200)
        });
        fleet.delete("c", &format!("/lies/{id}"));
        let rounds = liar.rounds();
        (rounds >= 2)
            .then_some(())
            .ok_or_else(|| format!("{rounds} rounds"))
    });
    let grown = resident_bytes(fleet.node("a").process()).saturating_sub(memory_before);
    println!("lied to in every way, the node had grown by {} KiB", grown / 1024);
    assert!(grown < 96 * 1024 * 1024, "the node grew by {grown} bytes");
    witness.expect_nothing_wrong();
    // Where the liar was are nodes again: all is forgotten.
    drop(liar);
    fleet.start("b");
    fleet.start("d");
    fleet.await_whole();
    fleet.await_ids("d", "storage", &["of-a", "of-c"]);
    fleet.await_ids("b", "storage", &["of-a", "of-c"]);
    drop(heartbeats);
}

/// What the liar says, and whether it goes on for ever with the last piece.
struct Answer {
    bytes: Vec<u8>,
    goes_on_with: Vec<u8>,
}

fn answers(fleet: &Fleet) -> Vec<Answer> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/vnd.vestal.frames\r\nconnection: close\r\n\r\n"
        .to_vec();
    let framed = |bytes: Vec<u8>, goes_on_with: &[u8]| Answer {
        bytes: [head.clone(), bytes].concat(),
        goes_on_with: goes_on_with.to_vec(),
    };
    let mut answers: Vec<Answer> = garbage()
        .into_iter()
        .map(|(_, bytes)| framed(bytes, b""))
        .collect();
    // A frame that never ends, noise that never ends, a head that never ends, no HTTP at all.
    answers.push(framed(frame(15 * 1024 * 1024, 1, 3, b""), b"x"));
    answers.push(framed(Vec::new(), &[0x5a; 16 * 1024]));
    answers.push(Answer {
        bytes: b"HTTP/1.1 200 OK\r\n".to_vec(),
        goes_on_with: b"x-more: of the same\r\n".to_vec(),
    });
    answers.push(Answer {
        bytes: b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        goes_on_with: Vec::new(),
    });
    // Removals in the name of whoever asks, of the third node, of nobody.
    for origin in [
        self_origin(fleet, "a"),
        self_origin(fleet, "c"),
        origin("nobody", 1),
    ] {
        answers.push(framed(removal(origin).encode(), b""));
    }
    answers.push(framed(malformed().encode(), b""));
    answers
}

/// The node in its present life.
fn self_origin(fleet: &Fleet, at: &str) -> Origin {
    let view = fleet.json(at, "/_cluster").expect("an answer");
    origin(at, view["incarnation"].as_u64().expect("an incarnation"))
}

/// Says that everything was removed.
fn removal(origin: Origin) -> Message {
    let mut writer = BatchWriter::new(origin, Sequence(0));
    for (number, id) in ["of-a", "of-c"].into_iter().enumerate() {
        writer.push(&Record {
            service: "storage",
            id,
            sequence: Sequence(1000 + number as u64),
            version: Version(u64::MAX),
            ttl_ms: 1000,
            state: RecordState::Gone(vestal_core::catalog::End::Removed),
        });
    }
    Message::Batch(writer.finish(Sequence(2000), Sequence(2000), Duration::ZERO))
}

/// Records of the liar's own, with names and bodies that are none.
fn malformed() -> Message {
    let mut writer = BatchWriter::new(origin("b", 1), Sequence(0));
    for (number, (service, id, body)) in [
        ("_own", "x", "{}"),
        ("s", "", "{}"),
        ("s", "x", "[1"),
        ("s", "y", "no"),
    ]
    .into_iter()
    .enumerate()
    {
        writer.push(&Record {
            service,
            id,
            sequence: Sequence(1 + number as u64),
            version: Version::at(1),
            ttl_ms: u32::MAX,
            state: RecordState::Live(body.as_bytes()),
        });
    }
    Message::Batch(writer.finish(Sequence(9), Sequence(9), Duration::ZERO))
}

/// A server that answers each connection with the next of its lies; ends with the value.
struct Liar {
    address: SocketAddr,
    lies: Arc<Lies>,
}

#[derive(Default)]
struct Lies {
    answers: Mutex<Vec<Arc<Answer>>>,
    told: AtomicUsize,
    stop: Stop,
}

impl Liar {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let lies = Arc::new(Lies::default());
        let telling = Arc::clone(&lies);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if telling.stop.is_set_within(Duration::ZERO) {
                    return;
                }
                let lies = Arc::clone(&telling);
                std::thread::spawn(move || lies.tell(stream));
            }
        });
        Self { address, lies }
    }

    /// Until then it closes every connection without a word.
    fn answer_with(&self, answers: Vec<Answer>) {
        *self.lies.answers.lock().expect("no panic while locked") =
            answers.into_iter().map(Arc::new).collect();
    }

    /// How often all lies were told.
    fn rounds(&self) -> usize {
        let count = self.lies.answers.lock().expect("no panic while locked").len();
        self.lies.told.load(Ordering::Relaxed) / count
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.lies.stop.set();
        // Wakes the accept loop.
        let _ = TcpStream::connect(self.address);
    }
}

impl Lies {
    /// Goes on for a while where there is no end.
    fn tell(&self, mut stream: TcpStream) {
        let mut request = vec![0; 64 * 1024];
        let _ = stream.read(&mut request);
        let answers = self.answers.lock().expect("no panic while locked").clone();
        if answers.is_empty() {
            return;
        }
        let answer = &answers[self.told.fetch_add(1, Ordering::Relaxed) % answers.len()];
        let mut is_heard = stream.write_all(&answer.bytes).is_ok();
        for _ in 0..1000 {
            if answer.goes_on_with.is_empty()
                || !is_heard
                || self.stop.is_set_within(Duration::from_millis(1))
            {
                return;
            }
            is_heard = stream.write_all(&answer.goes_on_with).is_ok();
        }
    }
}

fn resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a resident set");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1024
}
