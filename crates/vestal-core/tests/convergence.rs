//! Laws of merging: whoever has heard the same says the same, in whatever order and however often it came.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::time::Duration;

use clockwork::{Node, config};
use proptest::prelude::*;
use vestal_core::catalog::CatalogConfig;
use vestal_core::id::Sequence;
use vestal_core::replication::Batch;

const NODES: [&str; 3] = ["a", "b", "c"];
const IDS: [&str; 3] = ["1", "2", "3"];

#[derive(Debug, Clone)]
enum Step {
    Put { at: usize, id: usize, port: u8 },
    Renew { at: usize, id: usize },
    Remove { at: usize, id: usize },
    Hear { at: usize, from: usize },
    Pass { at: usize, ms: u64 },
    Skew { at: usize, by: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let at = || 0..NODES.len();
    let id = || 0..IDS.len();
    prop_oneof![
        4 => (at(), id(), 0..3_u8).prop_map(|(at, id, port)| Step::Put { at, id, port }),
        2 => (at(), id()).prop_map(|(at, id)| Step::Renew { at, id }),
        2 => (at(), id()).prop_map(|(at, id)| Step::Remove { at, id }),
        4 => (at(), at()).prop_map(|(at, from)| Step::Hear { at, from }),
        2 => (at(), 0..3_000_u64).prop_map(|(at, ms)| Step::Pass { at, ms }),
        1 => (at(), -20_000..20_000_i64).prop_map(|(at, by)| Step::Skew { at, by }),
    ]
}

/// Nodes that write and hear each other at random, and what each of them told as it wrote.
#[derive(Debug)]
struct History {
    nodes: Vec<Node>,
    told: Vec<Vec<Batch>>,
}

impl History {
    fn of(steps: &[Step]) -> Self {
        let nodes = NODES.map(|node| {
            Node::with(CatalogConfig {
                lease_ttl: Duration::from_secs(2),
                ..config(node)
            })
        });
        let mut history = Self {
            nodes: nodes.into(),
            told: vec![Vec::new(); NODES.len()],
        };
        for step in steps {
            history.take(step);
            history.note();
        }
        history
    }

    fn take(&self, step: &Step) {
        match *step {
            Step::Put { at, id, port } => {
                self.nodes[at].put("s", IDS[id], &format!(r#"{{"port":{port}}}"#));
            }
            Step::Renew { at, id } => drop(self.nodes[at].renew("s", IDS[id])),
            Step::Remove { at, id } => drop(self.nodes[at].remove("s", IDS[id])),
            Step::Hear { at, from } if at != from => drop(self.nodes[at].hear(&self.nodes[from])),
            Step::Hear { .. } => {}
            Step::Pass { at, ms } => drop(self.nodes[at].pass(Duration::from_millis(ms))),
            Step::Skew { at, by } => {
                self.nodes[at].set_wall(self.nodes[at].wall().0.saturating_add_signed(by));
            }
        }
    }

    fn note(&mut self) {
        for (node, told) in self.nodes.iter().zip(&mut self.told) {
            let reach = told.last().map_or(Sequence(0), |last| last.reach);
            if node.catalog.own_head() > reach {
                told.push(node.news_of(&node.origin(), reach));
            }
        }
    }

    /// Lets everybody hear everybody until nobody has anything to say.
    fn settle(&mut self) {
        for round in 0.. {
            let heads: Vec<_> = self.nodes.iter().map(|node| node.catalog.own_head()).collect();
            for (at, from) in (0..NODES.len()).flat_map(|at| (0..NODES.len()).map(move |from| (at, from))) {
                self.take(&Step::Hear { at, from });
            }
            self.note();
            let is_quiet = self
                .nodes
                .iter()
                .zip(heads)
                .all(|(node, head)| node.catalog.own_head() == head);
            if is_quiet {
                return;
            }
            assert!(round < 20, "they never come to an end");
        }
    }

    /// Tells all to an observer: of each origin in its order, of the origins as `choices` say, with repetitions.
    fn tell(&self, choices: &[(usize, bool, bool)]) -> Node {
        let observer = Node::named("observer");
        let mut next = vec![0_usize; NODES.len()];
        let in_turn = (0..NODES.len()).flat_map(|origin| std::iter::repeat_n((origin, false, false), 1000));
        for (origin, is_repeated, is_listing) in choices.iter().copied().chain(in_turn) {
            let told = &self.told[origin];
            let Some(place) = next[origin]
                .checked_sub(usize::from(is_repeated))
                .filter(|&place| place < told.len())
            else {
                continue;
            };
            let mut batch = told[if is_listing && is_repeated { 0 } else { place }].clone();
            batch.is_listing = is_listing;
            observer.apply(&batch);
            next[origin] += usize::from(!is_repeated);
        }
        observer.audit();
        observer
    }
}

/// What an observer believes: the answer, and the digests of all it heard.
fn belief(node: &Node) -> (String, Vec<(String, Sequence, usize, u64)>) {
    let mut digests: Vec<_> = node
        .catalog
        .origins()
        .into_iter()
        .filter(|view| !view.is_own && view.head > Sequence(0))
        .map(|view| (view.origin.to_string(), view.head, view.instances, view.hash))
        .collect();
    digests.sort();
    (node.answer("s"), digests)
}

fn choices() -> impl Strategy<Value = Vec<(usize, bool, bool)>> {
    prop::collection::vec((0..NODES.len(), any::<bool>(), any::<bool>()), 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn batches_give_the_same_in_any_order_and_however_often(
        steps in prop::collection::vec(step(), 1..60),
        one in choices(),
        other in choices(),
    ) {
        let history = History::of(&steps);
        prop_assert_eq!(belief(&history.tell(&one)), belief(&history.tell(&other)));
    }

    #[test]
    fn one_batch_of_all_gives_the_same_as_news_one_by_one(
        steps in prop::collection::vec(step(), 1..60),
        order in choices(),
    ) {
        let mut history = History::of(&steps);
        history.settle();
        let at_once = Node::named("observer");
        for node in &history.nodes {
            at_once.hear(node);
        }
        prop_assert_eq!(belief(&history.tell(&order)), belief(&at_once));
    }

    #[test]
    fn when_all_have_heard_all_they_agree(steps in prop::collection::vec(step(), 1..60)) {
        let mut history = History::of(&steps);
        history.settle();
        let answers: Vec<_> = history.nodes.iter().map(|node| node.answer("s")).collect();
        prop_assert!(answers.iter().all(|answer| *answer == answers[0]), "{:?}", answers);
        for of in &history.nodes {
            let digests = history.nodes.iter().map(|node| node.catalog.origin_view(&of.origin()));
            let digests: Vec<_> = digests.flatten().map(|view| (view.head, view.instances, view.hash)).collect();
            prop_assert!(digests.iter().all(|digest| *digest == digests[0]), "{}: {:?}", of.origin(), digests);
        }
        for node in &history.nodes {
            prop_assert_eq!(node.catalog.check_invariants(), Ok(()));
        }
    }
}
