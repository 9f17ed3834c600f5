//! Which nodes can be expected to know what others know: those joined by sound lines, directly or through third nodes,
//! that have been left in peace for long enough.

use crate::moment::Moment;
use crate::network::Network;
use crate::node::Node;
use crate::terms::PROPAGATION;

#[derive(Debug)]
pub struct Reach {
    /// For each node the smallest node that it is joined to; itself if it is alone.
    group: Vec<usize>,
    /// Whether the node itself was left in peace.
    is_calm: Vec<bool>,
}

impl Reach {
    pub fn new(nodes: usize) -> Self {
        Self {
            group: (0..nodes).collect(),
            is_calm: vec![false; nodes],
        }
    }

    pub fn look(nodes: &[Node], network: &Network, now: Moment) -> Self {
        let is_calm: Vec<bool> = nodes
            .iter()
            .map(|node| node.is_running() && node.is_ready && now.since(node.disturbed) >= PROPAGATION)
            .collect();
        let mut group: Vec<usize> = (0..nodes.len()).collect();
        for a in 0..nodes.len() {
            for b in a + 1..nodes.len() {
                if is_calm[a] && is_calm[b] && network.is_sound(a, b, now, PROPAGATION) {
                    join(&mut group, a, b);
                }
            }
        }
        Self { group, is_calm }
    }

    /// Whether what `a` knows reaches `b` within the propagation time.
    pub fn joins(&self, a: usize, b: usize) -> bool {
        self.is_calm[a] && self.is_calm[b] && self.group[a] == self.group[b]
    }
}

fn join(group: &mut [usize], a: usize, b: usize) {
    let (kept, gone) = (group[a].min(group[b]), group[a].max(group[b]));
    for member in group.iter_mut().filter(|member| **member == gone) {
        *member = kept;
    }
}
