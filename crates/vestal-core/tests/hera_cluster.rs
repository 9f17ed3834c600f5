//! A Vestal node and a hera node in one cluster: both have all, and lose what ends.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::collections::BTreeMap;
use std::time::Duration;

use clockwork::{Node, SKEW_MAX, name};
use proptest::prelude::*;
use serde_json::{Value, json};
use vestal_core::replication::hera;

/// How often a node asks another, and how long hera keeps what it does not hear of again.
const GOSSIP_INTERVAL: Duration = Duration::from_secs(3);
const HERA_LIVENESS_MS: u64 = 90_000;

type Delta = (String, String, Value, u64);

/// hera's algorithm: a list of deltas per node, newest first; asks for what is later than the latest it has seen of a
/// node; drops what is older than `liveness` by its wall clock; of one instance the later delta wins.
#[derive(Debug, Default)]
struct Hera {
    deltas: BTreeMap<String, Vec<Delta>>,
    /// What it remembers even when all deltas of a node have been dropped.
    seen: BTreeMap<String, u64>,
}

impl Hera {
    fn put(&mut self, now: u64, id: &str, body: &Value) {
        self.deltas
            .entry("h".to_owned())
            .or_default()
            .insert(0, ("s".to_owned(), id.to_owned(), body.clone(), now));
    }

    fn answer(&self, asked: &[(&str, u64)]) -> String {
        let known = asked
            .iter()
            .filter_map(|&(node, after)| Some((node, after, self.deltas.get(node)?)));
        let told = known.map(|(node, after, list)| {
            (
                node,
                list.iter().filter(|delta| delta.3 > after).collect::<Vec<_>>(),
            )
        });
        json!(told.collect::<BTreeMap<_, _>>()).to_string()
    }

    /// One round: asks `peer` for every node but itself.
    fn gossip(&mut self, now: u64, nodes: &[&str], peer: &Node) {
        let asked: Vec<_> = nodes
            .iter()
            .map(|&of| (name(of), self.seen.get(of).copied().unwrap_or(0)))
            .collect();
        let answer = hera::answer(&peer.catalog, peer.wall(), &asked);
        let answer: BTreeMap<String, Vec<Delta>> =
            serde_json::from_slice(&answer).expect("exactly four items each");
        for (node, news) in answer {
            let seen = self.seen.entry(node.clone()).or_default();
            *seen = news.iter().map(|delta| delta.3).max().unwrap_or(0).max(*seen);
            self.deltas.entry(node).or_default().splice(0..0, news);
        }
        for list in self.deltas.values_mut() {
            list.retain(|delta| delta.3 + HERA_LIVENESS_MS >= now);
        }
    }

    /// What its readers get.
    fn view(&self) -> BTreeMap<String, Value> {
        let mut view: BTreeMap<String, (u64, Value)> = BTreeMap::new();
        for (_, id, body, at) in self.deltas.values().flatten() {
            if view.get(id).is_none_or(|known| known.0 < *at) {
                view.insert(id.clone(), (*at, body.clone()));
            }
        }
        view.into_iter().map(|(id, (_, body))| (id, body)).collect()
    }
}

/// A Vestal node `a`, which hears `b` now and then, beside a hera node `h`.
#[derive(Debug)]
struct Cluster {
    a: Node,
    b: Node,
    h: Hera,
    cursor: u64,
}

impl Cluster {
    fn new() -> Self {
        Self {
            a: Node::named("a"),
            b: Node::named("b"),
            h: Hera::default(),
            cursor: 0,
        }
    }

    fn now(&self) -> u64 {
        self.a.wall().0
    }

    /// An interval passes, then everybody asks once.
    fn round(&mut self) {
        self.a.pass(GOSSIP_INTERVAL);
        self.b.pass(GOSSIP_INTERVAL);
        self.a.hear(&self.b);
        self.b.hear(&self.a);
        let told = self.h.answer(&[("h", self.cursor)]);
        let now = self.a.wall();
        let news =
            hera::take(&self.a.catalog, now, &name("h"), self.cursor, &told, SKEW_MAX).expect("hera's shape");
        assert_eq!((news.refused, news.skewed), (0, 0));
        self.cursor = news.cursor;
        self.h.gossip(now.0, &["a", "b"], &self.a);
    }

    fn views(&self) -> [BTreeMap<String, Value>; 3] {
        let of = |node: &Node| serde_json::from_str(&node.answer("s")).expect("an answer is JSON");
        [of(&self.a), of(&self.b), self.h.view()]
    }

    /// Expects all to have exactly `ids`.
    fn check(&self, ids: &[&str]) {
        for (view, who) in self.views().iter().zip(["a", "b", "h"]) {
            assert!(
                view.keys().eq(ids),
                "{who} has {:?}, expected {ids:?}",
                view.keys()
            );
        }
    }
}

#[test]
fn registrations_reach_everybody_both_ways() {
    let mut cluster = Cluster::new();
    cluster.a.put("s", "at-a", "{}");
    cluster.b.put("s", "at-b", "{}");
    cluster.h.put(cluster.now(), "at-h", &json!({"port": 1}));
    cluster.round();
    cluster.round();
    cluster.check(&["at-a", "at-b", "at-h"]);
    assert_eq!(
        cluster.views()[1]["at-h"],
        json!({"port": 1}),
        "through a, to whom h speaks"
    );
}

#[test]
fn who_renews_stays_with_everybody_and_who_is_silent_ends_with_everybody() {
    let mut cluster = Cluster::new();
    for id in ["at-a", "silent-at-a"] {
        cluster.a.put("s", id, "{}");
    }
    for id in ["at-b", "silent-at-b"] {
        cluster.b.put("s", id, "{}");
    }
    for id in ["at-h", "silent-at-h"] {
        cluster.h.put(cluster.now(), id, &json!({}));
    }
    let all = [
        "at-a",
        "at-b",
        "at-h",
        "silent-at-a",
        "silent-at-b",
        "silent-at-h",
    ];
    cluster.round();
    cluster.round();
    cluster.check(&all);
    for round in 0_u64..100 {
        if round % 10 == 0 {
            cluster
                .a
                .put("s", "at-a", &format!(r#"{{"updated_at":{round}}}"#));
            cluster.b.renew("s", "at-b");
            cluster.h.put(cluster.now(), "at-h", &json!({}));
        }
        cluster.round();
        for view in cluster.views() {
            assert!(
                ["at-a", "at-b", "at-h"].iter().all(|id| view.contains_key(*id)),
                "round {round}: {view:?}"
            );
        }
    }
    cluster.check(&["at-a", "at-b", "at-h"]);
}

#[test]
fn an_entry_that_ended_at_hera_ends_with_us_a_lease_after_its_last_word() {
    let mut cluster = Cluster::new();
    cluster.h.put(cluster.now(), "i", &json!({}));
    cluster.round();
    let mut rounds = 0;
    while cluster.a.has("s", "i") {
        cluster.round();
        rounds += 1;
    }
    assert!((29..=32).contains(&rounds), "{rounds} rounds of 3 s");
    cluster.check(&[]);
    cluster.round();
    cluster.check(&[]);
}

#[test]
fn a_client_that_goes_from_one_to_the_other_is_there_all_the_time() {
    let mut cluster = Cluster::new();
    cluster.a.put("s", "i", r#"{"at":"a"}"#);
    cluster.round();
    cluster.round();
    for turn in 0..12 {
        let body = json!({ "at": if turn % 2 == 0 { "h" } else { "a" } });
        if turn % 2 == 0 {
            cluster.h.put(cluster.now(), "i", &body);
        } else {
            cluster.a.put("s", "i", &body.to_string());
        }
        for _ in 0..10 {
            cluster.round();
            assert!(cluster.views().iter().all(|view| view.contains_key("i")));
        }
        assert!(
            cluster.views().iter().all(|view| view["i"] == body),
            "turn {turn}: {:?}",
            cluster.views()
        );
    }
}

#[derive(Debug, Clone)]
enum Step {
    AtA(u8),
    AtB(u8),
    AtH(u8),
    Pause(u64),
    Round,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..6_u8).prop_map(Step::AtA),
        (0..6_u8).prop_map(Step::AtB),
        (0..6_u8).prop_map(Step::AtH),
        (0..300_u64).prop_map(Step::Pause),
        Just(Step::Round),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn when_writes_stop_all_have_all(steps in prop::collection::vec(step(), 1..40)) {
        let mut cluster = Cluster::new();
        let mut ids = std::collections::BTreeSet::new();
        for (number, step) in steps.into_iter().enumerate() {
            let body = json!({ "number": number });
            // An id belongs to one place: clients that move have a test of their own.
            match step {
                Step::AtA(id) => drop((cluster.a.put("s", &format!("a{id}"), &body.to_string()), ids.insert(format!("a{id}")))),
                Step::AtB(id) => drop((cluster.b.put("s", &format!("b{id}"), &body.to_string()), ids.insert(format!("b{id}")))),
                Step::AtH(id) => {
                    // hera's clock gives every write a millisecond at the least.
                    cluster.a.pass(Duration::from_millis(1));
                    cluster.b.pass(Duration::from_millis(1));
                    cluster.h.put(cluster.now(), &format!("h{id}"), &body);
                    ids.insert(format!("h{id}"));
                }
                Step::Pause(millis) => {
                    cluster.a.pass(Duration::from_millis(millis));
                    cluster.b.pass(Duration::from_millis(millis));
                }
                Step::Round => {}
            }
            if number % 3 == 0 {
                cluster.h.gossip(cluster.now(), &["a", "b"], &cluster.a);
            }
        }
        prop_assume!(cluster.now() < clockwork::START + 60_000);
        for _ in 0..3 {
            cluster.round();
        }
        let [a, b, h] = cluster.views();
        prop_assert!(a.keys().eq(ids.iter()));
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(&a, &h);
        prop_assert_eq!(cluster.a.catalog.check_invariants(), Ok(()));
        prop_assert_eq!(cluster.b.catalog.check_invariants(), Ok(()));
    }
}
