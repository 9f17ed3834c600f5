//! Errands to one peer, in order: an exchange of digests, a fetch of entries. Owns their time-outs; each ends with an
//! input to the replica, whatever happens.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use vestal_core::id::NodeName;
use vestal_core::replication::{Fetch, Input, Message};

use super::client::{PeerClient, PeerError};
use super::cluster::Cluster;
use crate::node::Node;

const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(3);
const FETCH_TIMEOUT: Duration = Duration::from_secs(8);

#[derive(Debug)]
pub(crate) enum Errand {
    Exchange,
    Fetch(Fetch),
}

impl Errand {
    /// What the replica is told when the errand comes to nothing.
    pub(super) fn failed(self, peer: &NodeName, error: String) -> Input {
        let peer = peer.clone();
        match self {
            Self::Exchange => Input::ExchangeFailed { peer, error },
            Self::Fetch(fetch) => Input::FetchFailed {
                peer,
                origin: fetch.origin,
                error,
            },
        }
    }
}

/// Runs the errands of one peer until its lane is closed.
pub(super) async fn run(
    node: Arc<Node>,
    peer: NodeName,
    client: PeerClient,
    mut errands: mpsc::Receiver<Errand>,
) {
    while let Some(errand) = errands.recv().await {
        let input = match go(&node, &peer, &client, &errand).await {
            Ok(input) => input,
            Err(error) => {
                node.metrics.cluster.failures.inc();
                errand.failed(&peer, error.text())
            }
        };
        Cluster::handle(&node, input);
    }
}

async fn go(node: &Node, peer: &NodeName, client: &PeerClient, errand: &Errand) -> Result<Input, PeerError> {
    match errand {
        Errand::Exchange => {
            let message = Message::Exchange(Cluster::exchange(node));
            match client
                .call("/_cluster/exchange", &message, EXCHANGE_TIMEOUT)
                .await?
            {
                Message::Exchange(exchange) => Ok(Input::Reply {
                    peer: peer.clone(),
                    exchange,
                }),
                _ => Err(PeerError::Foreign {
                    address: client.address(),
                }),
            }
        }
        Errand::Fetch(fetch) => {
            match client
                .call("/_cluster/fetch", &Message::Fetch(fetch.clone()), FETCH_TIMEOUT)
                .await?
            {
                Message::Batch(batch) if batch.origin == fetch.origin => {
                    node.metrics.cluster.count_batch(batch.bytes());
                    Ok(Input::Batch {
                        peer: peer.clone(),
                        batch,
                    })
                }
                _ => Err(PeerError::Foreign {
                    address: client.address(),
                }),
            }
        }
    }
}
