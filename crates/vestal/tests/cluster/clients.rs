//! What surrounds a cluster while something happens to it: services that heartbeat, and a witness that never looks away.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::http::{self, Reply};
use crate::patience::Stop;

const HEARTBEAT: Duration = Duration::from_millis(300);

/// A service instance that renews its lease until dropped.
#[derive(Debug)]
pub(crate) struct Heartbeats {
    stop: Arc<Stop>,
    address: Arc<Mutex<SocketAddr>>,
    thread: Option<JoinHandle<Duration>>,
}

impl Heartbeats {
    /// Registers by the first PUT, before this returns.
    pub(crate) fn start(address: SocketAddr, path: &str) -> Self {
        let path = path.to_owned();
        beat(address, &path, 0).expect("the first registration");
        let stop = Arc::new(Stop::default());
        let address = Arc::new(Mutex::new(address));
        let (stopped, target) = (Arc::clone(&stop), Arc::clone(&address));
        let thread = std::thread::spawn(move || {
            let (mut last, mut gap_max) = (Instant::now(), Duration::ZERO);
            let mut count = 0;
            while !stopped.is_set_within(HEARTBEAT) {
                count += 1;
                let address = *target.lock().unwrap_or_else(PoisonError::into_inner);
                // A node that cannot be reached is asked again with the next heartbeat, as any service does.
                if beat(address, &path, count).is_ok() {
                    gap_max = gap_max.max(last.elapsed());
                    last = Instant::now();
                }
            }
            gap_max.max(last.elapsed())
        });
        Self {
            stop,
            address,
            thread: Some(thread),
        }
    }

    /// Heartbeats go to another node from now on.
    pub(crate) fn turn_to(&self, address: SocketAddr) {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    /// Ends them; the longest time between two that were taken.
    pub(crate) fn stop(mut self) -> Duration {
        self.stop.set();
        let thread = self.thread.take().expect("a running thread");
        thread.join().expect("heartbeats that end")
    }
}

impl Drop for Heartbeats {
    fn drop(&mut self) {
        self.stop.set();
    }
}

fn beat(address: SocketAddr, path: &str, count: u64) -> Result<(), String> {
    let body = format!(r#"{{"host":"10.0.0.1","updated_at":"{count}"}}"#);
    let reply = http::ask(address, "PUT", path, body.as_bytes()).map_err(|error| error.to_string())?;
    reply.expect_status(204).map(|_| ())
}

/// Asks the same questions over and over and keeps the first answer that must not be.
#[derive(Debug)]
pub(crate) struct Witness {
    stop: Arc<Stop>,
    threads: Vec<JoinHandle<Result<usize, String>>>,
}

impl Witness {
    /// Asks each node for `path`; `judge` says what is wrong with an answer.
    pub(crate) fn start(
        addresses: &[SocketAddr],
        path: &str,
        judge: impl Fn(io::Result<Reply>) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        let stop = Arc::new(Stop::default());
        let judge = Arc::new(judge);
        let threads = addresses.iter().map(|&address| {
            let (stop, judge, path) = (Arc::clone(&stop), Arc::clone(&judge), path.to_owned());
            std::thread::spawn(move || {
                let began = Instant::now();
                let mut looks = 0;
                // The pause leaves the processor to the nodes.
                while !stop.is_set_within(Duration::from_millis(2)) {
                    let verdict = judge(http::get(address, &path));
                    verdict.map_err(|wrong| {
                        format!(
                            "{path} at {address} after {:?} and {looks} looks: {wrong}",
                            began.elapsed()
                        )
                    })?;
                    looks += 1;
                }
                Ok(looks)
            })
        });
        let threads = threads.collect();
        Self { stop, threads }
    }

    /// Sees to it that these ids are in every answer.
    pub(crate) fn of_presence(addresses: &[SocketAddr], service: &str, present: &[&str]) -> Self {
        let present: Vec<String> = present.iter().map(|&id| id.to_owned()).collect();
        Self::start(addresses, &format!("/{service}"), move |reply| {
            let reply = reply.map_err(|error| error.to_string())?.expect_status(200)?;
            let answer = reply.json()?;
            match present.iter().find(|id| answer.get(id.as_str()).is_none()) {
                Some(absent) => Err(format!("{absent} is absent from {answer}")),
                None => Ok(()),
            }
        })
    }

    /// Ends the watch; fails with what was wrong first. How often it looked.
    #[track_caller]
    pub(crate) fn expect_nothing_wrong(self) -> usize {
        self.stop.set();
        let mut looks = 0;
        for thread in self.threads {
            match thread.join().expect("a watching thread that ends") {
                Ok(count) => looks += count,
                Err(wrong) => panic!("{wrong}"),
            }
        }
        looks
    }
}
