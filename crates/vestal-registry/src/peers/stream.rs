//! The stream from one peer: its own changes as they happen, from where we last heard it. Owns one connection's life.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use vestal_core::id::{Incarnation, NodeName, Sequence};
use vestal_core::replication::{Batch, Input, Message, read_frame};

use super::client::{PeerClient, PeerError};
use super::cluster::Cluster;
use crate::node::Node;
use crate::settings::PeerProtocol;

/// A peer sends something each gossip interval; this many intervals of silence mean that the line is dead.
const SILENT_INTERVALS: u32 = 5;
const SILENCE_MIN: Duration = Duration::from_secs(3);
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the stream, tells the replica, and feeds it until the stream ends. Returns why it ended, and whether it was
/// ever open.
pub(super) async fn follow(node: &Arc<Node>, peer: &NodeName, client: &PeerClient) -> (PeerError, bool) {
    let path = path(node, peer);
    let mut body = match client.open(&path, OPEN_TIMEOUT).await {
        Ok(body) => body,
        Err(error) => return (error, false),
    };
    node.cluster.note_spoken(peer, PeerProtocol::Vestal);
    Cluster::handle(
        node,
        Input::Stream {
            peer: peer.clone(),
            is_open: true,
            error: None,
        },
    );
    let ended = match read(node, peer, client, &mut body).await {
        Ok(()) => PeerError::Ended {
            address: client.address(),
        },
        Err(error) => error,
    };
    (ended, true)
}

/// Where to go on: the peer's latest life that we know and how far we have heard it.
fn path(node: &Node, peer: &NodeName) -> String {
    let lives = node
        .catalog
        .origins()
        .into_iter()
        .filter(|view| view.origin.node == *peer);
    let latest = lives.max_by_key(|view| view.origin.incarnation);
    let (incarnation, after) = latest.map_or((Incarnation(0), Sequence(0)), |view| {
        (view.origin.incarnation, view.head)
    });
    format!(
        "/_cluster/stream?from={}&incarnation={incarnation}&after={after}",
        node.settings.name
    )
}

async fn read(
    node: &Arc<Node>,
    peer: &NodeName,
    client: &PeerClient,
    body: &mut Incoming,
) -> Result<(), PeerError> {
    let silence = (node.settings.gossip_interval * SILENT_INTERVALS).max(SILENCE_MIN);
    let mut buffer = BytesMut::new();
    loop {
        let frame = tokio::time::timeout(silence, body.frame()).await;
        let frame = frame.map_err(|_| PeerError::Silent {
            address: client.address(),
            after: silence,
        })?;
        let Some(frame) = frame else { return Ok(()) };
        let frame = frame.map_err(|error| PeerError::Unreachable {
            address: client.address(),
            reason: error.to_string(),
        })?;
        if let Some(data) = frame.data_ref() {
            buffer.extend_from_slice(data);
        }
        while let Some(batch) = next_batch(&mut buffer, client)? {
            take(node, peer, client, batch)?;
        }
    }
}

fn next_batch(buffer: &mut BytesMut, client: &PeerClient) -> Result<Option<Batch>, PeerError> {
    let unreadable = |source| PeerError::Frame {
        address: client.address(),
        source,
    };
    let Some((content, length)) = read_frame(buffer).map_err(unreadable)? else {
        return Ok(None);
    };
    let message = Message::decode(content).map_err(unreadable)?;
    let _ = buffer.split_to(length);
    match message {
        Message::Batch(batch) => Ok(Some(batch)),
        _ => Err(PeerError::Foreign {
            address: client.address(),
        }),
    }
}

fn take(node: &Arc<Node>, peer: &NodeName, client: &PeerClient, batch: Batch) -> Result<(), PeerError> {
    if batch.origin.node != *peer {
        return Err(PeerError::Misnamed {
            address: client.address(),
            found: batch.origin.node.to_string(),
            expected: peer.to_string(),
        });
    }
    // The origin lapsed here since the stream was opened: what came before is wanted again, so open it anew.
    if batch.after > node.catalog.head(&batch.origin) {
        return Err(PeerError::Ended {
            address: client.address(),
        });
    }
    node.metrics.cluster.count_batch(batch.bytes());
    Cluster::handle(
        node,
        Input::Batch {
            peer: peer.clone(),
            batch,
        },
    );
    Ok(())
}
