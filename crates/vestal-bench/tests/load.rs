//! The load generator against the reference servers, in one process: it counts what was answered and sees what is wrong.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use vestal_bench::load::client::Client;
use vestal_bench::load::converge;
use vestal_bench::load::engine::{self, Plan, Report};
use vestal_bench::load::work::{Fleet, Heartbeat, Read, Register, Work};
use vestal_bench::reference::server::Handler;
use vestal_bench::reference::{fixed::Fixed, map::Map, server};

/// Serves on a free port from threads that end with the test's process.
fn start(handler: Arc<impl Handler>) -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    listener
        .set_nonblocking(true)
        .expect("a socket that does not block");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            server::serve(listener, handler).await
        })
    });
    address
}

fn drive(target: SocketAddr, measured: Duration, work: &mut impl Work) -> Report {
    let plan = Plan {
        target,
        connections: 8,
        warm_up: Duration::ZERO,
        measured,
        server_pid: None,
    };
    engine::drive(&plan, work).expect("a measurement")
}

fn fill(target: SocketAddr, instances: u64) -> Report {
    let fleet = Fleet::of("fleet", instances, 100);
    drive(
        target,
        Duration::from_mins(1),
        &mut Register {
            fleet,
            sent: 0,
            limit: Some(instances),
        },
    )
}

#[test]
fn a_fill_registers_every_instance_once() {
    let map = Arc::new(Map::default());
    let target = start(Arc::clone(&map));
    let report = fill(target, 1_000);
    assert!(report.is_complete);
    assert_eq!((report.requests, report.errors), (1_000, 0), "{report:?}");
    for service in 0..10 {
        let answer = map.answer(&format!("fleet-{service}"));
        let entries: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(entries.len(), 100);
    }
}

#[test]
fn heartbeats_change_what_is_stored_and_register_nothing() {
    let map = Arc::new(Map::default());
    let target = start(Arc::clone(&map));
    fill(target, 100);
    let before = map.answer("fleet-0");
    let fleet = Fleet::of("fleet", 100, 100);
    let work = &mut Heartbeat {
        fleet,
        instances: 100,
        sent: 0,
    };
    let report = drive(target, Duration::from_millis(200), work);
    assert!(report.requests > 100, "{report:?}");
    assert_eq!(report.errors, 0, "{report:?}");
    let after = map.answer("fleet-0");
    assert_ne!(before, after);
    assert_eq!(before.len(), after.len());
}

#[test]
fn reads_of_an_answer_larger_than_the_buffer_are_counted_by_length() {
    let target = start(Arc::new(Fixed::new(1_000)));
    let body = Client::connect(target)
        .expect("a connection")
        .get("/any")
        .expect("an answer")
        .body;
    assert!(body.len() > 200_000);
    let report = drive(
        target,
        Duration::from_millis(200),
        &mut Read::new("any", body.len()),
    );
    assert!(report.requests > 0, "{report:?}");
    assert_eq!(report.errors, 0, "{report:?}");
}

#[test]
fn an_answer_of_another_length_or_status_is_an_error() {
    let target = start(Arc::new(Map::default()));
    let plan = Plan {
        target,
        connections: 4,
        warm_up: Duration::ZERO,
        measured: Duration::from_mins(1),
        server_pid: None,
    };
    // `{}` is two bytes long: a server that lost everything must not look fast.
    let error = engine::drive(&plan, &mut Read::new("nobody", 2_500)).expect_err("too many errors");
    assert!(error.to_string().contains("body_bytes: 2"), "{error}");
}

#[test]
fn convergence_on_one_server_takes_a_write_and_a_question() {
    let target = start(Arc::new(Map::default()));
    let plan = converge::Plan {
        write: target,
        read: vec![target, target],
        writes: 20,
        per_second: 1_000,
        prefix: "converge".to_owned(),
    };
    let report = converge::measure(&plan).expect("a measurement");
    assert_eq!(report.readable.len(), 2);
    assert!(report.readable_everywhere.max_us >= report.write.p50_us);
}
