//! A catalog under random use, step by step beside a model that is too simple to be wrong.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use std::collections::BTreeMap;
use std::time::Duration;

use clockwork::{Node, batch, name, origin};
use proptest::prelude::*;
use vestal_core::catalog::{End, Put};
use vestal_core::id::{Origin, Sequence};
use vestal_core::replication::{Record, RecordState};
use vestal_core::time::Version;

const SERVICES: [&str; 2] = ["s", "t"];
const IDS: [&str; 3] = ["1", "2", "3"];
const PEERS: [&str; 2] = ["b", "z"];

#[derive(Debug, Clone)]
enum Step {
    Put {
        key: Key,
        port: u8,
        beat: u8,
        ttl_s: u64,
    },
    Renew(Key),
    Remove(Key),
    Pass(u64),
    /// A peer says something of an instance, at a version this far from our wall clock.
    Told {
        peer: usize,
        key: Key,
        offset_ms: i64,
        said: Option<End>,
        port: u8,
    },
    Lapse(usize),
}

type Key = (usize, usize);

fn step() -> impl Strategy<Value = Step> {
    let key = || (0..SERVICES.len(), 0..IDS.len());
    let said = prop_oneof![2 => Just(None), 1 => Just(Some(End::Expired)), 1 => Just(Some(End::Removed))];
    prop_oneof![
        6 => (key(), 0..2_u8, 0..3_u8, 1..4_u64)
            .prop_map(|(key, port, beat, ttl_s)| Step::Put { key, port, beat, ttl_s }),
        3 => key().prop_map(Step::Renew),
        2 => key().prop_map(Step::Remove),
        3 => (0..2_500_u64).prop_map(Step::Pass),
        5 => (0..PEERS.len(), key(), -3_000..3_000_i64, said, 0..2_u8)
            .prop_map(|(peer, key, offset_ms, said, port)| Step::Told { peer, key, offset_ms, said, port }),
        1 => (0..PEERS.len()).prop_map(Step::Lapse),
    ]
}

#[derive(Debug, Clone)]
struct Fact {
    keeper: Origin,
    version: Version,
    ttl_s: u64,
    /// `Ok` is the body's port and beat.
    state: Result<(u8, u8), End>,
    /// Until when the last heartbeat that was received here holds, in milliseconds of the run; 0 if none was.
    lease_until: u64,
}

#[derive(Debug)]
struct Run {
    node: Node,
    now: u64,
    facts: BTreeMap<Key, Fact>,
    /// The last sequence that each peer has given.
    given: [u64; 2],
}

fn body(port: u8, beat: u8) -> String {
    format!(r#"{{"port":{port},"updated_at":{beat}}}"#)
}

impl Run {
    fn new() -> Self {
        Self {
            node: Node::named("a"),
            now: 0,
            facts: BTreeMap::new(),
            given: [0; 2],
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        let before = (self.node.catalog.index(), self.visible());
        match *step {
            Step::Put {
                key,
                port,
                beat,
                ttl_s,
            } => self.put(key, port, beat, ttl_s)?,
            Step::Renew(key) => self.renew(key)?,
            Step::Remove(key) => self.remove(key)?,
            Step::Pass(ms) => self.pass(ms)?,
            Step::Told {
                peer,
                key,
                offset_ms,
                said,
                port,
            } => self.told(peer, key, offset_ms, said, port)?,
            Step::Lapse(peer) => self.lapse(peer)?,
        }
        let after = (self.node.catalog.index(), self.visible());
        prop_assert!(after.0 >= before.0, "the index went back");
        prop_assert!(
            after.1 == before.1 || after.0 > before.0,
            "a visible change left the index where it was"
        );
        self.compare()
    }

    fn live(&self, key: Key) -> Option<&Fact> {
        self.facts.get(&key).filter(|fact| fact.state.is_ok())
    }

    fn is_own(&self, fact: &Fact) -> bool {
        fact.keeper == self.node.origin()
    }

    fn version(&self, key: Key) -> Version {
        self.facts.get(&key).map_or(Version(0), |fact| fact.version)
    }

    fn put(&mut self, key: Key, port: u8, beat: u8, ttl_s: u64) -> Result<(), TestCaseError> {
        let expected = match self.live(key) {
            None => Put::Registered,
            Some(fact) if fact.ttl_s != ttl_s || fact.state.map(|(port, _)| port) != Ok(port) => Put::Changed,
            Some(fact) if self.is_own(fact) => Put::Renewed,
            Some(_) => Put::Moved,
        };
        let (service, id) = (SERVICES[key.0], IDS[key.1]);
        prop_assert_eq!(
            self.node
                .put_for(service, id, Duration::from_secs(ttl_s), &body(port, beat)),
            expected
        );
        self.keep(key, Ok((port, beat)), ttl_s, expected == Put::Renewed)
    }

    /// Notes that this node keeps the lease from now on.
    fn keep(
        &mut self,
        key: Key,
        state: Result<(u8, u8), End>,
        ttl_s: u64,
        is_renewal: bool,
    ) -> Result<(), TestCaseError> {
        let version = self.node.version(SERVICES[key.0], IDS[key.1]);
        let before = self.version(key);
        prop_assert_eq!(version == before, is_renewal);
        prop_assert!(version >= before);
        let lease_until = self.now + ttl_s * 1000;
        self.facts.insert(
            key,
            Fact {
                keeper: self.node.origin(),
                version,
                ttl_s,
                state,
                lease_until,
            },
        );
        Ok(())
    }

    /// Whether a heartbeat that was received here still holds, whoever keeps the lease now. A lease gets half a second more
    /// than its time.
    fn holds(&self, fact: &Fact) -> bool {
        fact.state.is_ok() && (self.is_own(fact) || fact.lease_until > 0 && fact.lease_until + 500 > self.now)
    }

    fn renew(&mut self, key: Key) -> Result<(), TestCaseError> {
        let known = self.live(key).cloned();
        let expected = known.as_ref().map(|fact| {
            if self.is_own(fact) {
                Put::Renewed
            } else {
                Put::Moved
            }
        });
        prop_assert_eq!(self.node.renew(SERVICES[key.0], IDS[key.1]), expected);
        match known {
            Some(fact) => self.keep(key, fact.state, fact.ttl_s, expected == Some(Put::Renewed)),
            None => Ok(()),
        }
    }

    fn remove(&mut self, key: Key) -> Result<(), TestCaseError> {
        let is_live = self.live(key).is_some();
        prop_assert_eq!(self.node.remove(SERVICES[key.0], IDS[key.1]), is_live);
        if is_live {
            let (version, keeper) = (self.own_version(key), self.node.origin());
            let fact = self.facts.get_mut(&key).expect("a live fact");
            prop_assert!(version > fact.version);
            (fact.version, fact.keeper, fact.state) = (version, keeper, Err(End::Removed));
        }
        Ok(())
    }

    /// The version that this node tells of an instance.
    fn own_version(&self, key: Key) -> Version {
        let news = self.node.own_news();
        let told = news
            .records()
            .flatten()
            .find(|record| (record.service, record.id) == (SERVICES[key.0], IDS[key.1]));
        told.map_or(Version(0), |record| record.version)
    }

    fn pass(&mut self, ms: u64) -> Result<(), TestCaseError> {
        let report = self.node.pass(Duration::from_millis(ms));
        self.now += ms;
        let mut expired = 0;
        let own = self.node.origin();
        for (key, fact) in self
            .facts
            .iter_mut()
            .filter(|(_, fact)| fact.keeper == own && fact.state.is_ok())
        {
            let is_live = self.node.has(SERVICES[key.0], IDS[key.1]);
            let end = fact.lease_until;
            prop_assert!(is_live || self.now >= end, "{:?} ended early", key);
            prop_assert!(!is_live || self.now <= end + 1000, "{:?} ended late", key);
            if !is_live {
                fact.state = Err(End::Expired);
                expired += 1;
            }
        }
        prop_assert_eq!(report.expired, expired);
        Ok(())
    }

    fn told(
        &mut self,
        peer: usize,
        key: Key,
        offset_ms: i64,
        said: Option<End>,
        port: u8,
    ) -> Result<(), TestCaseError> {
        let speaker = origin(PEERS[peer], 1);
        let version = Version::at(self.node.wall().0.saturating_add_signed(offset_ms));
        self.given[peer] += 1;
        let text = body(port, 0);
        let state = said.map_or(RecordState::Live(text.as_bytes()), RecordState::Gone);
        let (service, id, sequence) = (SERVICES[key.0], IDS[key.1], Sequence(self.given[peer]));
        let record = Record {
            service,
            id,
            sequence,
            version,
            ttl_ms: 2000,
            state,
        };
        let after = self.node.catalog.head(&speaker).0;
        let applied = self.node.apply(&batch(&speaker, after, &[record]));
        prop_assert_eq!(applied.malformed, 0);
        match self.judge(key, &speaker, version, said) {
            Verdict::Old => prop_assert_eq!((applied.merged, applied.reasserted), (0, 0)),
            Verdict::Reassert => {
                prop_assert_eq!((applied.merged, applied.reasserted), (0, 1));
                self.reassert(key, version)?;
            }
            Verdict::Takes => {
                prop_assert_eq!((applied.merged, applied.reasserted), (1, 0));
                let state = said.map_or(Ok((port, 0)), Err);
                let held = self.live(key).map_or(0, |fact| fact.lease_until);
                let lease_until = held.min(self.now + 2000);
                self.facts.insert(
                    key,
                    Fact {
                        keeper: speaker,
                        version,
                        ttl_s: 2,
                        state,
                        lease_until,
                    },
                );
            }
        }
        Ok(())
    }

    /// This node has said again that an instance is alive, above `version`.
    fn reassert(&mut self, key: Key, version: Version) -> Result<(), TestCaseError> {
        let (above, own) = (self.node.version(SERVICES[key.0], IDS[key.1]), self.node.origin());
        prop_assert!(above > version);
        let fact = self.facts.get_mut(&key).expect("a live fact");
        (fact.version, fact.keeper) = (above, own);
        Ok(())
    }

    fn judge(&self, key: Key, speaker: &Origin, version: Version, said: Option<End>) -> Verdict {
        let Some(fact) = self.facts.get(&key) else {
            return Verdict::Takes;
        };
        let wins = (version, said, speaker) > (fact.version, fact.state.err(), &fact.keeper);
        match said {
            _ if fact.keeper != *speaker && !wins => Verdict::Old,
            Some(End::Expired) if self.holds(fact) => Verdict::Reassert,
            _ => Verdict::Takes,
        }
    }

    fn lapse(&mut self, peer: usize) -> Result<(), TestCaseError> {
        let silent = origin(PEERS[peer], 1);
        let theirs = self.facts.iter().filter(|(_, fact)| fact.keeper == silent);
        let theirs: Vec<_> = theirs
            .map(|(key, fact)| (*key, fact.clone(), self.holds(fact)))
            .collect();
        let dropped = theirs
            .iter()
            .filter(|(_, fact, holds)| fact.state.is_ok() && !holds)
            .count();
        prop_assert_eq!(self.node.catalog.lapse(&silent), dropped);
        for (key, fact, holds) in theirs {
            match fact.state {
                Ok(_) if holds => self.reassert(key, fact.version)?,
                Ok(_) => drop(self.facts.remove(&key)),
                // A removal outlives whoever said it.
                Err(_) => self.facts.get_mut(&key).expect("a fact").keeper = self.node.origin(),
            }
        }
        Ok(())
    }

    /// What readers can tell: which instances there are, with what but a heartbeat changes.
    fn visible(&self) -> Vec<(Key, u8)> {
        self.facts
            .iter()
            .filter_map(|(key, fact)| Some((*key, fact.state.ok()?.0)))
            .collect()
    }

    fn compare(&self) -> Result<(), TestCaseError> {
        let mut services = 0;
        for (number, service) in SERVICES.iter().enumerate() {
            let of_service = self.facts.iter().filter(|(key, _)| key.0 == number);
            let bodies: Vec<_> = of_service
                .filter_map(|(key, fact)| fact.state.ok().map(|(port, beat)| (IDS[key.1], body(port, beat))))
                .map(|(id, body)| format!(r#""{id}":{body}"#))
                .collect();
            services += usize::from(!bodies.is_empty());
            prop_assert_eq!(self.node.answer(service), format!("{{{}}}", bodies.join(",")));
        }
        for (key, fact) in self.facts.iter().filter(|(_, fact)| fact.state.is_ok()) {
            let view = self
                .node
                .catalog
                .instance(SERVICES[key.0], IDS[key.1])
                .expect("a live instance");
            prop_assert_eq!((&view.origin, view.version), (&fact.keeper.node, fact.version));
            prop_assert_eq!(view.lease_left.is_some(), self.is_own(fact));
        }
        let stats = self.node.catalog.stats();
        let live = self.facts.values().filter(|fact| fact.state.is_ok()).count();
        let counts = (stats.instances, stats.services, stats.tombstones);
        prop_assert_eq!(counts, (live, services, self.facts.len() - live));
        prop_assert_eq!(self.node.catalog.check_invariants(), Ok(()));
        Ok(())
    }
}

enum Verdict {
    Takes,
    Old,
    Reassert,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_catalog_does_what_the_model_does(steps in prop::collection::vec(step(), 1..80)) {
        let mut run = Run::new();
        prop_assert_eq!(run.node.origin().node, name("a"));
        for step in &steps {
            run.take(step)?;
        }
    }
}
