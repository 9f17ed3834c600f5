//! Source: point 7 of the cluster: "tombstones with bounded life". There is at most one for each instance that ever was,
//! and when nothing ends any more, the last of them is forgotten at the end of its life.

use super::{Invariant, Observation, Scene};

#[derive(Debug, Default)]
pub(super) struct Tombstones;

impl Invariant for Tombstones {
    fn name(&self) -> &'static str {
        "tombstones are bounded and end"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        let bound = match observation {
            Observation::Round => scene.ledger.entries.len(),
            Observation::Ended => 0,
            _ => return Ok(()),
        };
        for node in scene.nodes.iter().filter(|node| node.is_up) {
            let stats = node.catalog.stats();
            if stats.tombstones > bound {
                return Err(format!(
                    "{} keeps {} tombstones; at most {bound} may be",
                    node.name, stats.tombstones
                ));
            }
        }
        Ok(())
    }
}
