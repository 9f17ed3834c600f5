//! The task of one peer: finds out what it speaks, follows its stream or gossips as hera, and tries again for ever with
//! growing, jittered pauses.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tracing::info;
use vestal_core::id::NodeName;
use vestal_core::replication::Input;

use super::client::{PeerClient, PeerError};
use super::cluster::{Cluster, Errands};
use super::hera::{self, Cursors};
use super::{errands, stream};
use crate::node::Node;
use crate::settings::{Peer, PeerProtocol};

const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// How often a node that turned out to be hera is asked whether it is Vestal by now.
const ASK_AGAIN: Duration = Duration::from_secs(30);

/// Starts the tasks of all peers. They end when the set is dropped.
pub(crate) fn start(node: &Arc<Node>, mut lanes: Errands) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for peer in &node.settings.cluster {
        let client = PeerClient::new(peer);
        if let Some(lane) = lanes.remove(&peer.name) {
            tasks.spawn(errands::run(
                Arc::clone(node),
                peer.name.clone(),
                client.clone(),
                lane,
            ));
        }
        tasks.spawn(attend(Arc::clone(node), peer.clone(), client));
    }
    tasks
}

async fn attend(node: Arc<Node>, peer: Peer, client: PeerClient) {
    let mut pause = Pause::default();
    let mut cursors = Cursors::default();
    loop {
        let (error, was_well) = match peer.protocol {
            PeerProtocol::Hera => gossip(&node, &peer, &client, &mut cursors).await,
            PeerProtocol::Vestal => stream::follow(&node, &peer.name, &client).await,
            PeerProtocol::Auto => match stream::follow(&node, &peer.name, &client).await {
                (PeerError::Foreign { .. }, _) => gossip(&node, &peer, &client, &mut cursors).await,
                ended => ended,
            },
        };
        if was_well {
            pause = Pause::default();
        }
        report_down(&node, &peer.name, &error);
        pause.wait().await;
    }
}

/// Speaks hera's protocol until a round fails or, with a node that may be Vestal by now, until it is time to ask again.
/// Returns why it ended, and whether a round ever went well.
async fn gossip(
    node: &Arc<Node>,
    peer: &Peer,
    client: &PeerClient,
    cursors: &mut Cursors,
) -> (PeerError, bool) {
    let until = tokio::time::Instant::now() + ASK_AGAIN;
    let mut was_well = false;
    while peer.protocol == PeerProtocol::Hera || tokio::time::Instant::now() < until {
        if let Err(error) = hera::round(node, &peer.name, client, cursors).await {
            return (error, was_well);
        }
        // Only now: any web server may stand at a peer's address, but only a hera node answers as one.
        if node.cluster.note_spoken(&peer.name, PeerProtocol::Hera) != Some(PeerProtocol::Hera) {
            info!(peer = %peer.name, "the peer speaks hera's protocol; gossiping as hera does");
        }
        was_well = true;
        Cluster::handle(
            node,
            Input::Foreign {
                peer: peer.name.clone(),
            },
        );
        tokio::time::sleep(jittered(node.settings.gossip_interval)).await;
    }
    (
        PeerError::AskAgain {
            address: client.address(),
        },
        was_well,
    )
}

fn report_down(node: &Arc<Node>, peer: &NodeName, error: &PeerError) {
    if matches!(error, PeerError::AskAgain { .. }) {
        return;
    }
    let input = Input::Stream {
        peer: peer.clone(),
        is_open: false,
        error: Some(error.text()),
    };
    Cluster::handle(node, input);
}

/// The pause before the next try: doubles, with jitter so that nodes which lost each other do not come back in step.
#[derive(Debug)]
struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(PAUSE_MIN)
    }
}

impl Pause {
    async fn wait(&mut self) {
        tokio::time::sleep(jittered(self.0)).await;
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}

fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.75 + fastrand::f64() * 0.5)
}
