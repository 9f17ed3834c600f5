//! How a Vestal node is started: the binary's command line and the cluster file in hera's shape.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

/// The address that answers 200 once a node may be asked.
pub(crate) const READY_PATH: &str = "/_health/ready";

/// A node that may be started, any number of times.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) port: u16,
    pub(crate) data: PathBuf,
    /// The cluster file; none for a single node.
    pub(crate) config: Option<PathBuf>,
}

impl Node {
    /// A node on its own, with its data in `folder`.
    pub(crate) fn single(port: u16, folder: &Path) -> Node {
        Node {
            name: "n1".to_owned(),
            port,
            data: folder.join("n1"),
            config: None,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Adds this node's arguments to a command that is the binary, or that runs it.
    pub(crate) fn push_arguments(&self, command: &mut Command) {
        command
            .arg("run")
            .arg("-p")
            .arg(self.port.to_string())
            .arg("-n")
            .arg(&self.name);
        command.arg("--data").arg(&self.data);
        if let Some(config) = &self.config {
            command.arg("-c").arg(config);
        }
    }
}

/// Nodes `n1`, `n2`, ... that know each other through one file in `folder`.
pub(crate) fn cluster(ports: &[u16], folder: &Path) -> anyhow::Result<Vec<Node>> {
    let config = folder.join("cluster.yml");
    std::fs::write(&config, cluster_file(ports))
        .with_context(|| format!("cannot write {}", config.display()))?;
    let node = |(index, port): (usize, &u16)| {
        let name = format!("n{}", index + 1);
        let data = folder.join(&name);
        Node {
            name,
            port: *port,
            data,
            config: Some(config.clone()),
        }
    };
    Ok(ports.iter().enumerate().map(node).collect())
}

fn cluster_file(ports: &[u16]) -> String {
    let member = |(index, port)| format!("  n{}:\n    host: 127.0.0.1\n    port: {port}\n", index + 1);
    let members: String = ports.iter().enumerate().map(member).collect();
    format!("cluster:\n{members}")
}

#[cfg(test)]
mod tests {
    use super::cluster_file;

    #[test]
    fn the_cluster_file_has_the_shape_of_heras() {
        let text =
            "cluster:\n  n1:\n    host: 127.0.0.1\n    port: 1\n  n2:\n    host: 127.0.0.1\n    port: 2\n";
        assert_eq!(cluster_file(&[1, 2]), text);
    }
}
