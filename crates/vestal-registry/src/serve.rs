//! A node's life: data directory, catalog, tasks, HTTP server, and the way back.

use std::io;
use std::sync::Arc;

use thiserror::Error;
use tokio::task::JoinHandle;
use tracing::info;
use vestal_platform::{DataDirectory, DataDirectoryError};

use crate::clock::Clock;
use crate::http::connections::Connections;
use crate::http::server;
use crate::http::site::Site;
use crate::incarnation::{self, IncarnationError};
use crate::node::Node;
use crate::settings::Settings;
use crate::{peers, routes, ticker};

/// Why a node could not serve, or stopped.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error(transparent)]
    DataDirectory(#[from] DataDirectoryError),
    #[error("the node's incarnation cannot be kept")]
    Incarnation(#[from] IncarnationError),
    #[error("the listening socket cannot be used")]
    Listener(#[source] io::Error),
    #[error(
        "the ticker ended, so leases would no longer; this is a fault of the node, and the log says more"
    )]
    TickerEnded,
    #[error(
        "the task of a peer ended, so it would not be heard any more; this is a fault of the node, and the log says more"
    )]
    PeerTaskEnded,
}

/// Serves on `listener` until `shutdown` is ready, then lets requests under way finish for the configured grace.
///
/// Must run within a tokio runtime that has time and sockets enabled.
pub async fn serve(
    settings: Settings,
    listener: std::net::TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let directory = DataDirectory::open(&settings.data)?;
    let clock = Clock::start();
    let incarnation = incarnation::begin(&directory, clock.wall())?;
    listener.set_nonblocking(true).map_err(ServeError::Listener)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(ServeError::Listener)?;
    let address = listener.local_addr().map_err(ServeError::Listener)?;

    let connections = Connections::new(&settings.http);
    let (node, errands) = Node::new(settings, incarnation, clock);
    let node = Arc::new(node);
    node.metrics.connections.watch(Arc::clone(&connections));
    let site = Site::new(Arc::clone(&node), routes::router(Arc::clone(&node)));
    // A node without peers is ready with its first tick, before it answers anybody; the others when the replica says so.
    ticker::tick(&node);
    let mut ticker = Task(tokio::spawn(ticker::run(Arc::clone(&node))));
    let mut peers = peers::start(&node, errands);
    info!(
        %address,
        node = %node.settings.name,
        %incarnation,
        peers = node.settings.cluster.len(),
        data = %node.settings.data.display(),
        version = env!("CARGO_PKG_VERSION"),
        "listening"
    );
    tokio::select! {
        () = server::run(site, connections, listener, shutdown) => Ok(()),
        _ = &mut ticker.0 => Err(ServeError::TickerEnded),
        Some(_) = peers.join_next() => Err(ServeError::PeerTaskEnded),
    }
}

/// A task that ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
