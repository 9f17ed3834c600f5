//! Source: design.md, Meaning, Lease: a PUT renews for `liveness` seconds or `?ttl=`. Who falls silent is gone everywhere
//! when the lease is over, even if the node that kept the lease is gone too.

use super::{Invariant, Observation, Scene};
use crate::terms::expired_by;

#[derive(Debug, Default)]
pub(super) struct SilentExpires;

impl Invariant for SilentExpires {
    fn name(&self) -> &'static str {
        "a silent client's instance expires everywhere"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        if !matches!(observation, Observation::Round) || scene.now < expired_by() {
            return Ok(());
        }
        for key in scene
            .ledger
            .entries
            .keys()
            .filter(|&key| scene.keeper_of(key).is_none())
        {
            let (service, id) = key;
            for node in scene.nodes {
                if let Some(view) = node.catalog.instance(service, id) {
                    return Err(format!(
                        "{} still shows {service}/{id}, kept by {} with {:?} left",
                        node.name, view.origin, view.lease_left
                    ));
                }
            }
        }
        Ok(())
    }
}
