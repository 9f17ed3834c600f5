//! A registry node as a process: from the configuration to a listening socket, and from a signal to the end.
//!
//! Owns the order of the start and what is said when it fails. What the node then does is `vestal-registry`'s.

mod error;
mod listener;
mod open_files;
mod signals;

use std::net::TcpListener;

use vestal_registry::settings::Settings;

use crate::config::{Configuration, settings};

pub(crate) use error::StartError;
pub(crate) use listener::inherited;

/// Runs a node until a signal ends it. `inherited` is a socket that someone else already listens on.
pub(crate) fn run(configuration: &Configuration, inherited: Option<TcpListener>) -> Result<(), StartError> {
    let listener = match inherited {
        Some(listener) => listener,
        None => listener::bind(settings::listen_address(configuration)?)?,
    };
    let address = listener.local_addr().map_err(StartError::Socket)?;
    let settings = settings::settings(configuration, address);
    open_files::raise(settings.http.connections_max);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?;
    runtime.block_on(serve(settings, listener))
}

async fn serve(settings: Settings, listener: TcpListener) -> Result<(), StartError> {
    // Signals are caught before the address is announced: whoever reads the line may send one at once.
    let shutdown = signals::shutdown().map_err(StartError::Signals)?;
    let outcome = vestal_registry::serve(settings, listener, shutdown).await;
    outcome.map_err(StartError::Serve)?;
    tracing::info!("stopped");
    Ok(())
}
