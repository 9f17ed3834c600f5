//! SIGTERM and SIGINT: the first asks for a graceful stop, the second ends the process.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code of a stop that was cut short.
const EXIT_CUT_SHORT: i32 = 1;

/// Completes at the first signal. Signals are caught from the moment this returns.
pub(super) fn shutdown() -> io::Result<impl Future<Output = ()>> {
    let mut signals = Signals {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
    };
    Ok(async move {
        let name = signals.next().await;
        tracing::info!(
            signal = name,
            "stopping; a second signal ends the process at once"
        );
        tokio::spawn(async move {
            let name = signals.next().await;
            tracing::warn!(signal = name, "stopped before all requests were finished");
            std::process::exit(EXIT_CUT_SHORT);
        });
    })
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
