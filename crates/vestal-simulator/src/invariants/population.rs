//! Source: the invariant of `catalog::instance`: while an entry has a sequence, exactly one log holds it. What is counted,
//! what is listed and what the logs hold are the same instances.

use super::{Invariant, Observation, Scene};
use crate::node::Node;

#[derive(Debug, Default)]
pub(super) struct Population;

impl Invariant for Population {
    fn name(&self) -> &'static str {
        "counts are true"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        if !matches!(observation, Observation::Round | Observation::Ended) {
            return Ok(());
        }
        scene.nodes.iter().filter(|node| node.is_up).try_for_each(count)
    }
}

fn count(node: &Node) -> Result<(), String> {
    let counted = node.catalog.stats().instances;
    let page = node.catalog.services(None, usize::MAX);
    let listed: usize = page.services.iter().map(|service| service.instances).sum();
    let logged: usize = node.catalog.origins().iter().map(|view| view.instances).sum();
    let answers = page
        .services
        .iter()
        .filter_map(|service| node.catalog.answer(&service.name));
    let answered: usize = answers.map(|answer| answer.instances).sum();
    node.catalog.check_invariants()?;
    if [listed, logged, answered] != [counted; 3] {
        return Err(format!(
            "{} counts {counted} instances, lists {listed}, answers {answered}, and has {logged} in its logs",
            node.name
        ));
    }
    Ok(())
}
