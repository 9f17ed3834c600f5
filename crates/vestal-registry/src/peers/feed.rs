//! The stream to one peer: our own changes, each batch made when the peer has taken the one before. A slow peer
//! therefore costs one batch of memory, and finds the latest state when it comes round.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use vestal_core::id::Sequence;
use vestal_core::replication::{BATCH_BYTES, Message};

use crate::node::Node;

/// Pause between two batches: the first change after quiet goes out at once, a burst goes out by the thousand.
const PACE: Duration = Duration::from_millis(1);

/// The body of the stream's response.
#[derive(Debug)]
pub(crate) struct Feed {
    frames: mpsc::Receiver<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    /// Starts to send what came after `after`. Ends when the peer goes away or this node stops.
    pub(crate) fn start(node: &Arc<Node>, after: Sequence, place: OwnedSemaphorePermit) -> Self {
        let (sender, frames) = mpsc::channel(1);
        tokio::spawn(produce(Arc::clone(node), after, sender));
        Self {
            frames,
            _place: place,
        }
    }
}

impl Body for Feed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.frames
            .poll_recv(context)
            .map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

async fn produce(node: Arc<Node>, mut after: Sequence, frames: mpsc::Sender<Bytes>) {
    let mut stopping = node.cluster.stopping();
    let interval = node.settings.gossip_interval;
    loop {
        // Read before the batch is made: what is written down before the stop is in it.
        let is_stopping = *stopping.borrow_and_update();
        let Some(batch) = node.catalog.batch(node.catalog.origin(), after, BATCH_BYTES) else {
            return;
        };
        let has_more = batch.has_more();
        after = batch.reach;
        let frame = Bytes::from(Message::Batch(batch).encode());
        if frames.send(frame).await.is_err() {
            return;
        }
        if has_more {
            continue;
        }
        if is_stopping {
            return;
        }
        tokio::select! {
            () = next_news(&node, after, interval) => {}
            _ = stopping.changed() => {}
            () = frames.closed() => return,
        }
    }
}

/// Waits until there is something after `after`, or until it is time to vouch for what was sent.
async fn next_news(node: &Node, after: Sequence, interval: Duration) {
    tokio::time::sleep(PACE).await;
    let until = tokio::time::Instant::now() + interval;
    loop {
        let mut news = std::pin::pin!(node.cluster.news().notified());
        // Enabled before the look, so that news in between is not missed.
        news.as_mut().enable();
        if node.catalog.own_head() > after || tokio::time::timeout_at(until, news).await.is_err() {
            return;
        }
    }
}
