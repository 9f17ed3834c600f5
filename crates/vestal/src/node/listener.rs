//! The listening socket: bound here, or handed over by systemd or the main server.

use std::env;
use std::net::{SocketAddr, TcpListener};

use listenfd::ListenFd;
use socket2::{Domain, Protocol, Socket, Type};

use super::error::StartError;

/// BOUND: connections that wait to be accepted. A fleet that reconnects at once after a restart must fit; the kernel
/// lowers it to its own limit (`net.core.somaxconn`).
const BACKLOG: i32 = 4_096;

/// A socket of our own.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let failed = |source| StartError::Listen { address, source };
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP)).map_err(failed)?;
    // Connections of the process before, still dying, must not keep a restarted node from its port.
    socket.set_reuse_address(true).map_err(failed)?;
    socket.bind(&address.into()).map_err(failed)?;
    socket.listen(BACKLOG).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    Ok(socket.into())
}

/// The socket that was handed over by the socket-activation protocol, if there is one. Must be called before the
/// process has threads: it takes the variables out of the environment.
pub(crate) fn inherited() -> Result<Option<TcpListener>, StartError> {
    let refused = |reason: String| StartError::Inherited { reason };
    let Ok(count) = env::var("LISTEN_FDS") else {
        return Ok(None);
    };
    if count != "1" {
        return Err(refused(format!(
            "LISTEN_FDS is {count:?}, and a node has exactly one socket"
        )));
    }
    let listener = ListenFd::from_env()
        .take_tcp_listener(0)
        .map_err(|error| refused(error.to_string()))?;
    if let Some(listener) = &listener {
        listener.set_nonblocking(true).map_err(StartError::Socket)?;
    }
    Ok(listener)
}
