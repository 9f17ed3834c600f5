//! Source: the contract of `Catalog::apply`: a node that has heard an origin up to `n` holds what the origin said up to
//! `n`. Nobody can have heard more than was said.

use super::{Invariant, Observation, Scene};

#[derive(Debug, Default)]
pub(super) struct HeardWasSaid;

impl Invariant for HeardWasSaid {
    fn name(&self) -> &'static str {
        "what was heard was said"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        if !matches!(observation, Observation::Round) {
            return Ok(());
        }
        for origin in scene.nodes.iter().filter(|node| node.is_up) {
            let said = origin.catalog.own_head();
            for node in scene.nodes.iter().filter(|node| node.is_up) {
                let heard = node.catalog.head(origin.catalog.origin());
                if heard > said {
                    return Err(format!(
                        "{} heard {} up to {heard}, it has only said {said}",
                        node.name, origin.name
                    ));
                }
            }
        }
        Ok(())
    }
}
