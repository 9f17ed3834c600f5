//! Panics in a handler: answered with `internal` and logged, so that one request's bug is not another's outage.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use tracing::error;

use super::body::Reply;
use super::refusal::Refusal;

/// A handler that is not done at once.
pub(crate) type Pending = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// Runs `work`, or refuses because it panicked.
///
/// Unwind safety: locks do not poison, and the catalog's invariants hold between any two of its statements that can panic;
/// what the request itself owned is dropped.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(after_panic(&*panic)))
}

/// The same for work that waits.
pub(crate) async fn guard_pending(mut work: Pending) -> Reply {
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
            Ok(polled) => polled,
            Err(panic) => Poll::Ready(after_panic(&*panic).into_reply()),
        },
    )
    .await
}

fn after_panic(panic: &(dyn Any + Send)) -> Refusal {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message");
    error!(message, "a request's handler panicked");
    Refusal::internal().closing()
}
