//! Why a node could not start or go on, in a paragraph that says what to do.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use vestal_registry::ServeError;

use crate::config::settings::ListenAddressError;

/// What stood in the way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    ListenAddress(#[from] ListenAddressError),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot use the listening socket that was handed over: {reason}")]
    Inherited { reason: String },
    #[error("cannot prepare the listening socket: {0}")]
    Socket(#[source] io::Error),
    #[error("cannot start the threads that serve requests: {0}")]
    Runtime(#[source] io::Error),
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
    #[error("{}", chain(.0))]
    Serve(#[source] ServeError),
}

impl StartError {
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::ListenAddress(_) => {
                Some("set `bind` to an address of this machine, or 0.0.0.0 for all".to_owned())
            }
            Self::Listen { address, source } => listen_hint(*address, source),
            Self::Inherited { .. } => {
                Some("unset LISTEN_FDS, or let the socket unit hand over exactly one TCP socket".to_owned())
            }
            Self::Runtime(_) => Some("the system's limit of threads or memory may be reached".to_owned()),
            Self::Serve(ServeError::DataDirectory(_) | ServeError::Incarnation(_)) => {
                Some("`--data FOLDER` names another; `vestal config explain data` tells more".to_owned())
            }
            Self::Socket(_) | Self::Signals(_) | Self::Serve(_) => None,
        }
    }
}

fn listen_hint(address: SocketAddr, error: &io::Error) -> Option<String> {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => Some(format!(
            "another process has this port; `ss -ltnp 'sport = :{port}'` shows which. Stop it, or choose another port with `-p`"
        )),
        io::ErrorKind::AddrNotAvailable => Some(format!(
            "{} is no address of this machine; set `bind` to one that is, or to 0.0.0.0 for all",
            address.ip()
        )),
        io::ErrorKind::PermissionDenied => Some(format!(
            "port {port} may need a privilege, as those below 1024 do; choose another with `-p`"
        )),
        _ => None,
    }
}

/// The error with all its causes in one sentence.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        // Some errors repeat their cause in their own text.
        if !text.ends_with(&part) {
            text = format!("{text}: {part}");
        }
        cause = error.source();
    }
    text
}
