//! The cluster as this node sees it, in the public contract's shape.

use vestal_api::cluster::{ClusterView, OriginView, PeerProtocolView, PeerState, PeerView};
use vestal_core::catalog;
use vestal_core::replication::{self, StreamState};
use vestal_core::time::millis;

use crate::node::Node;
use crate::settings::{Peer, PeerProtocol};

pub(crate) fn view(node: &Node) -> ClusterView {
    let peers = node.cluster.peers(&node.catalog);
    ClusterView {
        node: node.settings.name.to_string(),
        incarnation: node.incarnation.0,
        ready: node.is_ready(),
        peers: peers
            .into_iter()
            .map(|(peer, spoken, view)| peer_view(&peer, spoken, view))
            .collect(),
        origins: node.catalog.origins().iter().map(origin_view).collect(),
    }
}

fn peer_view(peer: &Peer, spoken: PeerProtocol, view: replication::PeerView) -> PeerView {
    PeerView {
        name: peer.name.to_string(),
        address: format!("{}:{}", peer.host, peer.port),
        protocol: match spoken {
            PeerProtocol::Auto => PeerProtocolView::Unknown,
            PeerProtocol::Vestal => PeerProtocolView::Vestal,
            PeerProtocol::Hera => PeerProtocolView::Hera,
        },
        state: state(spoken, &view),
        last_contact_ms: view.last_contact.map(millis),
        lag: view.lag,
        skew_ms: view.skew_ms,
        error: view.error,
    }
}

pub(crate) fn state(spoken: PeerProtocol, view: &replication::PeerView) -> PeerState {
    match view.stream {
        StreamState::Open => PeerState::Streaming,
        _ if view.error.is_some() => PeerState::Unreachable,
        _ if spoken == PeerProtocol::Hera && view.last_contact.is_some() => PeerState::Gossiping,
        _ => PeerState::Connecting,
    }
}

fn origin_view(view: &catalog::OriginView) -> OriginView {
    OriginView {
        node: view.origin.node.to_string(),
        incarnation: view.origin.incarnation.0,
        instances: view.instances,
        sequence: view.head.0,
        vouched_ms_ago: (!view.is_own).then(|| millis(view.age)),
        is_self: view.is_own,
    }
}
