//! A node of a test's own: port 0, a folder of its own, stopped at the end.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use vestal_core::id::NodeName;
use vestal_registry::{ServeError, Settings, serve};

use crate::client::{Answer, Client};

pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Node {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let folder = scratch();
        let mut settings = Settings::single(NodeName::parse("node-1").expect("a name"));
        settings.data.clone_from(&folder);
        settings.listen = address;
        change(&mut settings);
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(serve(settings, listener, async {
                let _ = stopped.await;
            }))
        });
        Self {
            address,
            folder,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(&self, method: &str, target: &str) -> Answer {
        self.connect().ask(method, target)
    }

    pub(crate) fn put(&self, target: &str, body: &str) -> Answer {
        self.connect().ask_with("PUT", target, &[], body.as_bytes())
    }

    /// Asks the node to stop, without waiting for it.
    pub(crate) fn order_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Waits for the node to have stopped.
    pub(crate) fn wait_stopped(&mut self) -> Result<(), ServeError> {
        self.thread
            .take()
            .expect("waited for once")
            .join()
            .expect("the node does not panic")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.order_stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn scratch() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("vestal-registry-{}-{number}", std::process::id()))
}
