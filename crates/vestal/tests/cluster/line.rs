//! The line from one node to another: a relay in user space that can be cut, silenced, slowed down and healed without
//! any privilege. Each direction between two nodes has a line of its own, so cuts can be one-way.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What happens to bytes and connections on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Open,
    /// Connections are reset, new ones too: a port nobody listens on, a firewall that rejects.
    Refused,
    /// Nothing arrives and nobody is told: a cable pulled, a firewall that drops. What was sent arrives after healing.
    Silent,
}

#[derive(Debug)]
struct State {
    target: Option<SocketAddr>,
    flow: Flow,
    delay: Duration,
    /// Both ends of each connection that is carried.
    carried: BTreeMap<u64, [TcpStream; 2]>,
    next: u64,
    has_ended: bool,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// A line; ends with the value.
#[derive(Debug)]
pub(crate) struct Line {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Line {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = State {
            target: None,
            flow: Flow::Open,
            delay: Duration::ZERO,
            carried: BTreeMap::new(),
            next: 0,
            has_ended: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &accepting));
        Self { address, shared }
    }

    /// Where the caller finds it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it leads from now on; `None` while nobody is there.
    pub(crate) fn lead_to(&self, target: Option<SocketAddr>) {
        self.shared.state().target = target;
    }

    pub(crate) fn set_flow(&self, flow: Flow) {
        let mut state = self.shared.state();
        state.flow = flow;
        if flow == Flow::Refused {
            state.reset_all();
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Each piece takes this long.
    pub(crate) fn set_delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
        self.shared.changed.notify_all();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.has_ended = true;
        state.reset_all();
        drop(state);
        self.shared.changed.notify_all();
        // Wakes the accept loop.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn reset_all(&mut self) {
        for (_, streams) in std::mem::take(&mut self.carried) {
            streams.iter().for_each(reset);
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the line is silent; what it is then.
    fn flow(&self) -> Flow {
        let waited = self.changed.wait_while(self.state(), |state| {
            state.flow == Flow::Silent && !state.has_ended
        });
        waited.unwrap_or_else(PoisonError::into_inner).flow
    }

    /// Waits until what came at `arrived` may go on; false if its connection is not carried any more.
    fn may_pass(&self, number: u64, arrived: Instant) -> bool {
        let mut state = self.state();
        while state.carried.contains_key(&number) {
            let left = (arrived + state.delay).saturating_duration_since(Instant::now());
            if state.flow == Flow::Silent {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else if left.is_zero() {
                return true;
            } else {
                let waited = self.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        false
    }
}

/// The other end sees a reset, not an orderly end, once the last handle is dropped.
fn reset(stream: &TcpStream) {
    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
    let _ = stream.shutdown(Shutdown::Read);
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for caller in listener.incoming().map_while(Result::ok) {
        if shared.state().has_ended {
            return;
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || carry(&shared, caller));
    }
}

/// One connection: both directions, until either end closes or the line is cut.
fn carry(shared: &Arc<Shared>, caller: TcpStream) {
    let is_open = shared.flow() == Flow::Open;
    let target = shared.state().target.filter(|_| is_open);
    let target = target.and_then(|target| TcpStream::connect_timeout(&target, Duration::from_secs(1)).ok());
    let Some(target) = target else {
        return reset(&caller);
    };
    let _ = (caller.set_nodelay(true), target.set_nodelay(true));
    let Some(number) = enter(shared, &caller, &target) else {
        return reset(&caller);
    };
    let (back_from, back_to) = (handle(&target), handle(&caller));
    let back = Arc::clone(shared);
    let answers = std::thread::spawn(move || pump(&back, number, back_from, back_to));
    pump(shared, number, caller, target);
    let _ = answers.join();
    shared.state().carried.remove(&number);
}

fn enter(shared: &Shared, caller: &TcpStream, target: &TcpStream) -> Option<u64> {
    let mut state = shared.state();
    if state.flow == Flow::Refused || state.has_ended {
        return None;
    }
    state.next += 1;
    let number = state.next;
    state.carried.insert(number, [handle(caller), handle(target)]);
    Some(number)
}

fn handle(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a second handle of a connection")
}

fn pump(shared: &Shared, number: u64, mut from: TcpStream, mut to: TcpStream) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut piece).unwrap_or(0);
        if !shared.may_pass(number, Instant::now()) {
            return;
        }
        if length == 0 || to.write_all(&piece[..length]).is_err() {
            // The end is carried on as an end, and what still comes from the other side has nobody to go to.
            let _ = to.shutdown(Shutdown::Write);
            return;
        }
    }
}
