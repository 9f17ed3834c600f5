//! Source: design.md, Meaning: "Index: a counter per service and per node, never 0, never going back"; "Heartbeats are not
//! changes: [they are] never pushed". A watcher that resumes from an index misses nothing and is not woken for nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use vestal_core::catalog::Answer;

use super::{Invariant, Observation, Scene};
use crate::node::Node;

#[derive(Debug, Default)]
pub(super) struct Index {
    seen: BTreeMap<(usize, u32, String), Seen>,
}

#[derive(Debug)]
struct Seen {
    answer: Option<Arc<Answer>>,
    index: u64,
    meaning: Vec<u8>,
}

impl Invariant for Index {
    fn name(&self) -> &'static str {
        "an index moves with what readers see, and only forwards"
    }

    fn check(&mut self, scene: &mut Scene<'_>, observation: &Observation<'_>) -> Result<(), String> {
        match *observation {
            Observation::Served {
                node,
                is_same,
                index_before,
                index_after,
            } => {
                let is_right = if is_same {
                    index_after == index_before
                } else {
                    index_after > index_before
                };
                if is_right {
                    return Ok(());
                }
                let what = if is_same { "a heartbeat" } else { "a change" };
                Err(format!(
                    "n{node} took a service's index from {index_before} to {index_after} for {what}"
                ))
            }
            Observation::Ticked { node } => self.look(&scene.nodes[node], scene),
            _ => Ok(()),
        }
    }
}

impl Index {
    fn look(&mut self, node: &Node, scene: &Scene<'_>) -> Result<(), String> {
        let mut last = None;
        for (service, _) in scene.ledger.entries.keys() {
            if last.replace(service) != Some(service) {
                self.look_at(node, service)?;
            }
        }
        Ok(())
    }

    fn look_at(&mut self, node: &Node, service: &str) -> Result<(), String> {
        let answer = node.catalog.answer(service);
        let index = answer
            .as_ref()
            .map_or_else(|| node.catalog.index(), |answer| answer.index);
        if index == 0 {
            return Err(format!("{} gives {service} the index 0", node.name));
        }
        let key = (node.place, node.life, service.to_owned());
        let Some(seen) = self.seen.get_mut(&key) else {
            let meaning = meaning(answer.as_deref());
            self.seen.insert(
                key,
                Seen {
                    answer,
                    index,
                    meaning,
                },
            );
            return Ok(());
        };
        if index < seen.index {
            return Err(format!(
                "{} took {service} from {} back to {index}",
                node.name, seen.index
            ));
        }
        let is_same = match (&answer, &seen.answer) {
            (Some(new), Some(old)) => Arc::ptr_eq(new, old),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            let now_means = meaning(answer.as_deref());
            if now_means != seen.meaning && index == seen.index {
                return Err(format!(
                    "{} changed {service} for its readers but left its index at {index}",
                    node.name
                ));
            }
            seen.meaning = now_means;
            seen.answer = answer;
        }
        seen.index = index;
        Ok(())
    }
}

/// The answer without the digits of volatile members.
fn meaning(answer: Option<&Answer>) -> Vec<u8> {
    const VOLATILE: &[u8] = b"\"updated_at\":";
    let Some(answer) = answer else { return Vec::new() };
    let mut meaning = Vec::with_capacity(answer.body.len());
    let mut rest: &[u8] = &answer.body;
    while let Some(at) = rest.windows(VOLATILE.len()).position(|window| window == VOLATILE) {
        let (before, after) = rest.split_at(at + VOLATILE.len());
        meaning.extend_from_slice(before);
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = &after[digits..];
    }
    meaning.extend_from_slice(rest);
    meaning
}
