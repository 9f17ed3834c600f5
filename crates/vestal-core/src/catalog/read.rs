//! What readers ask: answers, views, pages. Nothing here changes what is known.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Catalog;
use super::answer::Answer;
use super::instance::{Cell, Instance};
use super::origins::{OriginKey, OriginState};
use super::shard::Service;
use crate::id::{NodeName, Origin, Sequence};
use crate::record::{Batch, BatchWriter};
use crate::time::{Beat, LEASE_SLACK, Version};

/// Everything known of one live instance.
#[derive(Debug, Clone)]
pub struct InstanceView {
    pub id: String,
    pub status: &'static str,
    /// Why it has that status, in a sentence.
    pub reason: String,
    /// The node that keeps its lease.
    pub origin: NodeName,
    pub version: Version,
    /// Since the last heartbeat that this node knows of.
    pub age: Duration,
    pub ttl: Duration,
    /// Until the lease ends; `None` if another node judges it.
    pub lease_left: Option<Duration>,
    /// The node's index when the instance last changed for its readers.
    pub index: u64,
    pub body: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceView {
    pub name: String,
    pub instances: usize,
    pub index: u64,
}

/// A page of the services, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicesPage {
    pub services: Vec<ServiceView>,
    /// How many services there are in all.
    pub total: usize,
    /// Whether there are services after the last of this page.
    pub more: bool,
}

/// What this node holds of one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginView {
    pub origin: Origin,
    pub is_own: bool,
    /// How far it has been heard (of ourselves: the last change).
    pub head: Sequence,
    pub instances: usize,
    /// Digest of its live entries.
    pub hash: u64,
    /// Its last sign of life that is known here.
    pub beat: Beat,
    /// Since it was last known to be alive; zero for ourselves.
    pub age: Duration,
}

/// An answer would have to be rendered that is larger than was allowed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyInstances;

/// Handles copied per look into a log, so that its lock is never held for long.
pub(super) const LOG_PAGE: usize = 1024;

impl Catalog {
    /// The published answer of a service; `None` if it has no instances.
    pub fn answer(&self, service: &str) -> Option<Arc<Answer>> {
        self.answer_up_to(service, usize::MAX).unwrap_or_default()
    }

    /// The same, but no answer of more than `instances_max` instances is rendered for it: that takes a while, and is for
    /// the caller to do where it keeps nobody waiting.
    pub fn answer_up_to(
        &self,
        service: &str,
        instances_max: usize,
    ) -> Result<Option<Arc<Answer>>, TooManyInstances> {
        let hash = self.hash(service);
        let shard = self.shard(hash).read();
        let Some(entry) = shard.entry(hash, service) else {
            return Ok(None);
        };
        let touched = entry.service.touched();
        let published = entry.service.answer.load();
        if let Some(answer) = published.as_ref().filter(|answer| answer.touched == touched) {
            return Ok((answer.instances > 0).then(|| Arc::clone(answer)));
        }
        drop(published);
        if entry.live > instances_max {
            return Err(TooManyInstances);
        }
        let instances: Vec<Arc<Instance>> = entry.instances.iter().cloned().collect();
        let service = Arc::clone(&entry.service);
        let index = service.index();
        drop(shard);
        Ok(Some(self.publish(&service, instances, index, touched)).filter(|answer| answer.instances > 0))
    }

    /// Renders outside of the shard's lock: a large service must not keep its writers waiting, nor readers behind them.
    fn publish(
        &self,
        service: &Service,
        instances: Vec<Arc<Instance>>,
        index: u64,
        touched: u64,
    ) -> Arc<Answer> {
        let answer = Arc::new(Answer::render(instances, index, touched, self.etag_salt));
        service.answer.store(Some(Arc::clone(&answer)));
        answer
    }

    pub fn instance(&self, service: &str, id: &str) -> Option<InstanceView> {
        let hashes = self.hashes(service, id);
        let instance = {
            let shard = self.shard(hashes.service).read();
            Arc::clone(shard.find(hashes, service, id)?.1)
        };
        self.view(&instance)
    }

    /// The body of an instance alone, for readers who want no more.
    pub fn body(&self, service: &str, id: &str) -> Option<Bytes> {
        let hashes = self.hashes(service, id);
        let shard = self.shard(hashes.service).read();
        let (_, instance) = shard.find(hashes, service, id)?;
        let cell = instance.cell.lock();
        cell.state
            .body()
            .map(|body| Bytes::copy_from_slice(body.as_bytes()))
    }

    /// How many instances a service has.
    pub fn size(&self, service: &str) -> usize {
        let hash = self.hash(service);
        self.shard(hash)
            .read()
            .entry(hash, service)
            .map_or(0, |entry| entry.live)
    }

    /// The instances of a service, by id, with its index; `None` if it has none.
    pub fn instances(&self, service: &str) -> Option<(u64, Vec<InstanceView>)> {
        let hash = self.hash(service);
        let (index, handles) = {
            let shard = self.shard(hash).read();
            let entry = shard.entry(hash, service)?;
            (
                entry.service.index(),
                entry.instances.iter().cloned().collect::<Vec<_>>(),
            )
        };
        let mut views: Vec<_> = handles
            .iter()
            .filter_map(|instance| self.view(instance))
            .collect();
        views.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        (!views.is_empty()).then_some((index, views))
    }

    fn view(&self, instance: &Instance) -> Option<InstanceView> {
        let cell = instance.cell.lock();
        let body = Bytes::copy_from_slice(cell.state.body()?.as_bytes());
        let keeper = self.origins.of(cell.origin)?;
        let now = self.lease_now();
        let (age, lease_left) = if cell.is_own_live() {
            let age = (cell.ttl() + LEASE_SLACK).saturating_sub(instance.deadline().since(now));
            (age, Some(cell.ttl().saturating_sub(age)))
        } else {
            (now.since(keeper.vouched()), None)
        };
        Some(InstanceView {
            id: instance.id.to_string(),
            status: "up",
            reason: reason(&keeper.origin.node, &cell, age),
            origin: keeper.origin.node.clone(),
            version: cell.version,
            age,
            ttl: cell.ttl(),
            lease_left,
            index: cell.index,
            body,
        })
    }

    /// Up to `limit` services whose names come after `after`, by name.
    pub fn services(&self, after: Option<&str>, limit: usize) -> ServicesPage {
        let mut names: Vec<ServiceView> = Vec::new();
        let mut total = 0;
        for shard in &self.shards {
            for entry in shard.read().services.iter().filter(|entry| entry.live > 0) {
                total += 1;
                if after.is_none_or(|after| &*entry.service.name > after) {
                    let name = entry.service.name.to_string();
                    names.push(ServiceView {
                        name,
                        instances: entry.live,
                        index: entry.service.index(),
                    });
                }
            }
        }
        names.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let more = names.len() > limit;
        names.truncate(limit);
        ServicesPage {
            services: names,
            total,
            more,
        }
    }

    /// What this node holds of every origin, itself first.
    pub fn origins(&self) -> Vec<OriginView> {
        self.origins
            .all()
            .iter()
            .map(|state| self.view_origin(state))
            .collect()
    }

    /// What this node holds of one origin; `None` if it never heard of it.
    pub fn origin_view(&self, origin: &Origin) -> Option<OriginView> {
        self.origins.find(origin).map(|state| self.view_origin(&state))
    }

    /// How far an origin has been heard.
    pub fn head(&self, origin: &Origin) -> Sequence {
        self.origins
            .find(origin)
            .map_or(Sequence(0), |state| state.head())
    }

    fn view_origin(&self, state: &OriginState) -> OriginView {
        let age = self.age_of(state);
        let log = state.log.lock();
        OriginView {
            origin: state.origin.clone(),
            is_own: state.key == OriginKey::OWN,
            head: log.head,
            instances: log.live,
            hash: log.hash,
            beat: self.beat_of(state),
            age,
        }
    }

    /// Since an origin was last known to be alive; zero for ourselves.
    pub(super) fn age_of(&self, state: &OriginState) -> Duration {
        if state.key == OriginKey::OWN {
            Duration::ZERO
        } else {
            self.lease_now().since(state.vouched())
        }
    }

    /// The last sign of life of an origin; our own is given as it is asked for.
    fn beat_of(&self, state: &OriginState) -> Beat {
        if state.key == OriginKey::OWN {
            Beat(self.lease_now().0)
        } else {
            state.beat()
        }
    }

    /// The sequence of this node's latest change.
    pub fn own_head(&self) -> Sequence {
        self.origins.own().head()
    }

    /// The entries of `origin` after `after`, as many as fit `bytes_max` (one at the least); `None` if it is unknown.
    pub fn batch(&self, origin: &Origin, after: Sequence, bytes_max: usize) -> Option<Batch> {
        let state = self.origins.find(origin)?;
        let mut writer = BatchWriter::new(origin.clone(), after);
        let (beat, age) = (self.beat_of(&state), self.age_of(&state));
        writer.beat(beat);
        let mut reach = after;
        loop {
            let (page, page_reach) = state.after(reach, LOG_PAGE);
            let is_last = page.len() < LOG_PAGE;
            for (sequence, instance) in page {
                let cell = instance.cell.lock();
                // Changed since the page was copied: it comes again at its new place, in this log or another's.
                if cell.sequence == sequence && cell.origin == state.key {
                    writer.push(&cell.record(&instance));
                }
                reach = sequence;
                if writer.bytes() >= bytes_max {
                    return Some(writer.finish(reach, state.head(), age));
                }
            }
            reach = page_reach;
            if is_last {
                return Some(writer.finish(reach, state.head(), age));
            }
        }
    }
}

fn reason(keeper: &NodeName, cell: &Cell, age: Duration) -> String {
    let seconds = age.as_secs();
    if cell.is_inherited {
        format!("its lease was kept by a node that fell silent and vouched for it {seconds} s ago")
    } else if cell.is_own_live() {
        format!("renewed here {seconds} s ago")
    } else {
        format!("{keeper} keeps its lease and vouched for it {seconds} s ago")
    }
}
