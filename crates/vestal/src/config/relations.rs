//! What must hold between settings that are each right by themselves.

use std::time::Duration;

use super::configuration::Configuration;
use super::field::Field;
use super::fields::{CLUSTER, GOSSIP_INTERVAL, LEASE_TTL_MAX, LEASE_TTL_MIN, LIVENESS, NAME, TOMBSTONE_LIFE};
use super::problem::{Fault, Problem};
use super::quantity::format_duration;
use super::source::Source;
use super::value::did_you_mean;

/// The relations that do not hold. Those with a refused setting are not judged.
pub(super) fn check(configuration: &Configuration, is_refused: &dyn Fn(&Field) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (left, right, judge) in DURATIONS {
        if !is_refused(left) && !is_refused(right) {
            problems.extend(judge(configuration));
        }
    }
    if !is_refused(&CLUSTER) {
        problems.extend(shared_addresses(configuration));
        if !is_refused(&NAME) {
            problems.extend(stranger(configuration));
        }
    }
    problems
}

type Judge = fn(&Configuration) -> Option<Problem>;

static DURATIONS: [(&Field, &Field, Judge); 4] = [
    (&LEASE_TTL_MIN, &LIVENESS, lease_ttl_min),
    (&LEASE_TTL_MAX, &LIVENESS, lease_ttl_max),
    (&GOSSIP_INTERVAL, &LIVENESS, gossip_interval),
    (&TOMBSTONE_LIFE, &LIVENESS, tombstone_life),
];

fn lease_ttl_min(configuration: &Configuration) -> Option<Problem> {
    let (min, liveness) = (
        configuration.duration(&LEASE_TTL_MIN),
        configuration.duration(&LIVENESS),
    );
    let fault = Fault::new(format!(
        "`lease-ttl-min` ({}) is above `liveness` ({}), the lease of whoever asks for none",
        format_duration(min),
        format_duration(liveness)
    ))
    .suggest(format!(
        "set `lease-ttl-min` to {} or less",
        format_duration(liveness)
    ));
    (min > liveness).then(|| fault.at(blamed(configuration, &LEASE_TTL_MIN, &LIVENESS)))
}

fn lease_ttl_max(configuration: &Configuration) -> Option<Problem> {
    let (max, liveness) = (
        configuration.duration(&LEASE_TTL_MAX),
        configuration.duration(&LIVENESS),
    );
    let fault = Fault::new(format!(
        "`liveness` ({}) is above `lease-ttl-max` ({}), the longest lease there is",
        format_duration(liveness),
        format_duration(max)
    ))
    .suggest(format!(
        "set `lease-ttl-max` to {} or more",
        format_duration(liveness)
    ));
    (liveness > max).then(|| fault.at(blamed(configuration, &LEASE_TTL_MAX, &LIVENESS)))
}

fn gossip_interval(configuration: &Configuration) -> Option<Problem> {
    let (interval, liveness) = (
        configuration.duration(&GOSSIP_INTERVAL),
        configuration.duration(&LIVENESS),
    );
    let fault = Fault::new(format!(
        "`gossip-interval` ({}) is not below a third of `liveness` ({}): a few lost rounds would look like a dead node",
        format_duration(interval),
        format_duration(liveness)
    ))
    .suggest(format!(
        "set `gossip-interval` below {}, or `liveness` above {}",
        format_duration(whole_milliseconds(liveness / 3)),
        format_duration(interval * 3)
    ));
    (interval * 3 >= liveness).then(|| fault.at(blamed(configuration, &GOSSIP_INTERVAL, &LIVENESS)))
}

/// A suggestion reads better without a tail of digits.
fn whole_milliseconds(duration: Duration) -> Duration {
    Duration::new(duration.as_secs(), duration.subsec_millis() * 1_000_000)
}

fn tombstone_life(configuration: &Configuration) -> Option<Problem> {
    let (life, liveness) = (
        configuration.duration(&TOMBSTONE_LIFE),
        configuration.duration(&LIVENESS),
    );
    let fault = Fault::new(format!(
        "`tombstone-life` ({}) is below twice `liveness` ({}): a node that was cut off could bring back what was deleted",
        format_duration(life),
        format_duration(liveness)
    ))
    .suggest(format!("set `tombstone-life` to {} or more", format_duration(liveness * 2)));
    (life < liveness * 2).then(|| fault.at(blamed(configuration, &TOMBSTONE_LIFE, &LIVENESS)))
}

/// The place of whichever of the two was set more deliberately: a default is never to blame.
fn blamed(configuration: &Configuration, left: &Field, right: &Field) -> Source {
    let (left, right) = (
        &configuration.setting(left).source,
        &configuration.setting(right).source,
    );
    left.max(right).clone()
}

fn shared_addresses(configuration: &Configuration) -> Vec<Problem> {
    let members = configuration.members();
    let mut problems = Vec::new();
    let mut first: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for (index, member) in members.iter().enumerate() {
        let other = *first
            .entry(member.address().to_ascii_lowercase())
            .or_insert(index);
        if other != index {
            let fault = Fault::new(format!(
                "the nodes `{}` and `{}` share the address {}",
                members[other].name,
                member.name,
                member.address()
            ))
            .suggest("give each node an address of its own");
            problems.push(
                fault.at(member
                    .source
                    .clone()
                    .unwrap_or_else(|| source_of(configuration, &CLUSTER))),
            );
        }
    }
    problems
}

/// This node must be in its own cluster, as in hera.
fn stranger(configuration: &Configuration) -> Option<Problem> {
    let (name, members) = (configuration.name(), configuration.members());
    if members.is_empty() || members.iter().any(|member| member.name == *name) {
        return None;
    }
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let listed = names
        .iter()
        .take(8)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let fault = Fault::new(format!(
        "this node, `{name}`, is not in `cluster`: the others would never call it"
    ))
    .suggest(format!(
        "set `name` (or `-n`) to one of {listed}, or add `{name}` to `cluster`"
    ))
    .suggest_if_any(did_you_mean(name.as_str(), names.iter().copied()));
    let source = match source_of(configuration, &NAME) {
        Source::Default | Source::Derived(_) => source_of(configuration, &CLUSTER),
        given => given,
    };
    Some(fault.at(source))
}

fn source_of(configuration: &Configuration, field: &Field) -> Source {
    configuration.setting(field).source.clone()
}
