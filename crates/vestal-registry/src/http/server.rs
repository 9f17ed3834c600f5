//! The accept loop: takes connections up to the limit, gives each a task, and stops gracefully.
//!
//! What a connection asks is answered by [`super::front`]; what it may not do is judged by [`super::connections`].

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tracing::{info, warn};

use super::bare_refusal;
use super::connections::{Connections, Place};
use super::front::Front;
use super::site::Site;
use super::transport::Transport;
use super::watch::Order;

/// BOUND: connections beyond the limit that are told so at the same time; further ones are closed without a word.
const REFUSALS_AT_ONCE_MAX: usize = 64;
/// How long a refused client may take to read why.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
/// What is left of the grace for the last changes to reach the peers.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Pause after an accept that failed for want of descriptors or memory, so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// hyper reads heads up to this many times the configured size, so that ours is the judgement and the answer a problem.
const HEAD_READ_FACTOR: usize = 4;
/// hyper's own lower bound for its buffer.
const HEAD_READ_BYTES_MIN: usize = 64 * 1024;

/// Serves `listener` until `shutdown`, then drains for the configured grace.
pub(crate) async fn run(
    site: Arc<Site>,
    connections: Arc<Connections>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) {
    let reaper = tokio::spawn(Arc::clone(&connections).reap());
    let refusals = Arc::new(Semaphore::new(REFUSALS_AT_ONCE_MAX));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => admit(&site, &connections, &refusals, stream),
            Err(error) => accept_failed(&error).await,
        }
    }
    drop(listener);
    let grace = site.node.settings.shutdown_grace;
    info!(
        connections = connections.count(),
        grace_ms = grace.as_millis(),
        "stopping: requests under way may finish"
    );
    // Peers hear the last of what clients were promised: their streams end when nobody else is left to change anything,
    // or when the grace is nearly over, whoever may still hold on.
    let last_words = async {
        let others_ended = connections.wait_until(|| site.node.cluster.streams_open());
        let _ = tokio::time::timeout(grace.saturating_sub(LAST_WORDS), others_ended).await;
        site.node.cluster.stop();
    };
    let (ended, ()) = tokio::join!(connections.drain(grace), last_words);
    if ended > 0 {
        warn!(
            connections = ended,
            "ended connections that did not finish in time"
        );
    }
    reaper.abort();
}

fn admit(site: &Arc<Site>, connections: &Arc<Connections>, refusals: &Arc<Semaphore>, stream: TcpStream) {
    // Answers are written whole; waiting for more to send would only delay them.
    let _ = stream.set_nodelay(true);
    if let Some(place) = connections.take_place() {
        site.node.metrics.connections.accepted.inc();
        tokio::spawn(drive(Arc::clone(site), place, stream));
        return;
    }
    site.node.metrics.connections.refused.inc();
    if let Ok(permit) = Arc::clone(refusals).try_acquire_owned() {
        let answer = bare_refusal::too_many_connections(site.node.settings.http.connections_max);
        tokio::spawn(async move {
            let _ = tokio::time::timeout(REFUSAL_TIMEOUT, refuse(stream, &answer)).await;
            drop(permit);
        });
    }
}

/// Answers without having read a request, then waits for the client to close so that no reset overtakes the answer.
async fn refuse(mut stream: TcpStream, answer: &[u8]) -> io::Result<()> {
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    let mut scratch = [0; 1024];
    while stream.read(&mut scratch).await? > 0 {}
    Ok(())
}

/// A client that went away before it was accepted is nothing; a lack of descriptors or memory passes, so wait for it to.
async fn accept_failed(error: &io::Error) {
    let kind = error.kind();
    if matches!(
        kind,
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    ) {
        return;
    }
    warn!(%error, "cannot accept connections just now");
    tokio::time::sleep(ACCEPT_PAUSE).await;
}

/// One connection from its first byte to its last.
async fn drive(site: Arc<Site>, place: Place, stream: TcpStream) {
    let watch = Arc::clone(&place.watch);
    let head_bytes = (site.node.settings.http.header_bytes_max * HEAD_READ_FACTOR).max(HEAD_READ_BYTES_MIN);
    let front = Front::new(site, Arc::clone(&watch));
    let transport = Transport::new(stream, Arc::clone(&watch));
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_buf_size(head_bytes)
        .serve_connection(transport, front);
    let mut connection = pin!(connection);
    let mut is_draining = false;
    poll_fn(|cx| {
        watch.remember(cx.waker());
        match watch.order() {
            Order::End => return std::task::Poll::Ready(()),
            Order::Drain if !is_draining => {
                is_draining = true;
                connection.as_mut().graceful_shutdown();
            }
            _ => {}
        }
        // A broken connection is the client's affair: what matters was logged where it happened.
        connection.as_mut().poll(cx).map(|_ended| ())
    })
    .await;
    drop(place);
}
