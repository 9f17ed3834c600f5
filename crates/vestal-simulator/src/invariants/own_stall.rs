//! Source: design.md, Meaning, Lease: the origin "adds its own stalls (pause, suspend, clock jump) to every lease"; and
//! registries.md, part 9, "etcd #15247: paused leader revoked all leases".

use super::{Invariant, Observation, Scene, dishonoured};

#[derive(Debug, Default)]
pub(super) struct OwnStall;

impl Invariant for OwnStall {
    fn name(&self) -> &'static str {
        "a node's own stall expires nobody"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        match *observation {
            Observation::Ticked { node } | Observation::Told { node, .. } => {
                dishonoured(scene, node, true).map_or(Ok(()), Err)
            }
            _ => Ok(()),
        }
    }
}
