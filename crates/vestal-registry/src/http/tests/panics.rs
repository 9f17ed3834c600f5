//! A handler that panics.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use hyper::body::Body as _;
use hyper::header::{CONNECTION, CONTENT_TYPE};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use vestal_core::id::{Incarnation, NodeName};

use crate::clock::Clock;
use crate::http::connections::Connections;
use crate::http::guarded::{guard, guard_pending};
use crate::http::server;
use crate::http::site::Site;
use crate::node::Node;
use crate::settings::Settings;

#[test]
fn a_panic_at_once_is_answered() {
    let refused: Result<(), _> = guard(|| panic!("a bug"));
    let reply = refused.expect_err("it panicked").into_reply();
    assert_eq!(reply.status(), 500);
    assert_eq!(reply.headers()[CONTENT_TYPE], vestal_api::PROBLEM_MEDIA_TYPE);
    assert_eq!(reply.headers()[CONNECTION], "close");
    assert!(reply.body().size_hint().exact().is_some_and(|bytes| bytes > 0));
}

#[tokio::test]
async fn a_panic_after_a_wait_is_answered() {
    let reply = guard_pending(Box::pin(async {
        tokio::task::yield_now().await;
        panic!("a bug")
    }))
    .await;
    assert_eq!(reply.status(), 500);
}

/// Everything that one request on a connection of its own gets, until the node closes it.
async fn ask(listener: std::net::SocketAddr, target: &str) -> String {
    let mut stream = TcpStream::connect(listener).await.expect("the node accepts");
    let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the node reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("the node answers");
    answer
}

#[tokio::test]
async fn a_route_that_panics_is_answered_and_the_node_lives() {
    let settings = Settings::single(NodeName::parse("node-1").expect("a name"));
    let connections = Connections::new(&settings.http);
    let (node, _errands) = Node::new(settings, Incarnation(1), Clock::start());
    node.set_ready();
    let router = Router::new().route("/_health/live", get(|| async { panic!("a bug") as String }));
    let site = Site::new(Arc::new(node), router);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(server::run(site, connections, listener, async {
        let _ = stopped.await;
    }));
    let failed = ask(address, "/_health/live").await;
    assert!(failed.starts_with("HTTP/1.1 500 "), "{failed}");
    assert!(failed.contains("urn:vestal:problem:internal"), "{failed}");
    assert!(ask(address, "/storage").await.ends_with("{}"));
    stop.send(()).expect("it still serves");
    served.await.expect("it ends in peace");
}
