//! A real node, and client commands that call it.

use crate::harness::{Ended, Folder, Node, ended, vestal};

pub(crate) const BODY: &str = r#"{"host":"10.1.1.1","port":12345}"#;

/// A node and the folder that commands run in.
#[derive(Debug)]
pub(crate) struct Scene {
    /// Before the folder: the node ends first, and the folder goes when nobody writes in it.
    pub(crate) node: Node,
    pub(crate) folder: Folder,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let node = Node::start(&folder, &[]);
        Self { node, folder }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        let output = vestal(&self.folder)
            .args(arguments)
            .env("VESTAL_NODE", self.node.url())
            .output();
        ended(output.expect("the binary runs"))
    }
}
