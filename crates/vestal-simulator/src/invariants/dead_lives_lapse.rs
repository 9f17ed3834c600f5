//! Source: design.md, Meaning, Lease: "when the origin is unreachable for `liveness`, the entry lapses"; and hera.md, "a
//! crashed and wiped node: its old state is purged elsewhere when old". A life that has ended must not be kept alive by
//! nodes that vouch for it to each other.

use super::{Invariant, Observation, Scene};
use crate::terms::converged_by;

#[derive(Debug, Default)]
pub(super) struct DeadLivesLapse;

impl Invariant for DeadLivesLapse {
    fn name(&self) -> &'static str {
        "a life that has ended lapses"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        if !matches!(observation, Observation::Round) || scene.now < converged_by() {
            return Ok(());
        }
        for node in scene.nodes {
            for view in node.catalog.origins() {
                let lives = scene
                    .nodes
                    .iter()
                    .any(|peer| *peer.catalog.origin() == view.origin);
                if !lives && view.instances > 0 {
                    return Err(format!(
                        "{} still shows {} instances of {}, vouched for {:?} ago",
                        node.name, view.instances, view.origin, view.age
                    ));
                }
            }
        }
        Ok(())
    }
}
