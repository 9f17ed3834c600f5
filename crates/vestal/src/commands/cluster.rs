//! `vestal cluster`: the cluster as one node sees it.

use clap::Args;
use serde_json::Value;
use vestal_api::{ClusterView, OriginView, PeerView};

use super::node_options::{NodeOptions, block_on};
use crate::failure::{EXIT_CODES, Failure};
use crate::output::{self, OutputFormat, span};

const EXAMPLES: &str = "\
Examples:
  vestal cluster
  vestal cluster --node http://10.0.0.2:3222
  vestal cluster --output json | jq -e '.ready and all(.peers[]; .state == \"streaming\")'
";

/// Show the cluster as the node sees it.
///
/// First its peers: what they speak, whether changes stream in, when they last answered, how many of this node's changes
/// they had not heard of when they last told (LAG) and how far their clock is off (SKEW). Then the origins: whose instances it holds and when each was last
/// vouched for.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n{EXIT_CODES}"))]
pub(super) struct Cluster {
    #[command(flatten)]
    node: NodeOptions,
}

impl Cluster {
    pub(super) fn run(self, output: OutputFormat) -> Result<(), Failure> {
        let client = self.node.client()?;
        let body = block_on(async { Ok(client.read("/_cluster").await?) })?;
        match output {
            OutputFormat::Json => output::write_json(&body),
            OutputFormat::Table => output::write(&text(client.decode(&body)?)),
        }
    }
}

fn text(view: ClusterView) -> String {
    let ready = if view.ready {
        "ready"
    } else {
        "not ready: still fetching what its peers know"
    };
    let mut text = format!(
        "node {} (incarnation {}), {ready}\n\n",
        view.node, view.incarnation
    );
    if view.peers.is_empty() {
        text.push_str("no peers: a single node\n\n");
    } else {
        let headings = [
            "PEER",
            "ADDRESS",
            "PROTOCOL",
            "STATE",
            "LAST CONTACT",
            "LAG",
            "SKEW",
            "ERROR",
        ];
        text.push_str(&output::table(&headings, view.peers.into_iter().map(peer_row)));
        text.push('\n');
    }
    let headings = ["ORIGIN", "INCARNATION", "INSTANCES", "SEQUENCE", "VOUCHED"];
    text + &output::table(&headings, view.origins.into_iter().map(origin_row))
}

fn peer_row(peer: PeerView) -> Vec<String> {
    vec![
        peer.name,
        peer.address,
        word(&serde_json::json!(peer.protocol)),
        word(&serde_json::json!(peer.state)),
        peer.last_contact_ms
            .map_or("never".to_owned(), |age| format!("{} ago", span(age))),
        peer.lag.to_string(),
        format!("{}ms", peer.skew_ms),
        peer.error.unwrap_or_default(),
    ]
}

fn origin_row(origin: OriginView) -> Vec<String> {
    let vouched = match origin.vouched_ms_ago {
        _ if origin.is_self => "itself".to_owned(),
        Some(age) => format!("{} ago", span(age)),
        None => "-".to_owned(),
    };
    vec![
        origin.node,
        origin.incarnation.to_string(),
        origin.instances.to_string(),
        origin.sequence.to_string(),
        vouched,
    ]
}

/// An enum as the API writes it.
fn word(value: &Value) -> String {
    value.as_str().unwrap_or("unknown").to_owned()
}
