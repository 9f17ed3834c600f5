//! The `cluster` mapping of the file: names to `{host, port, protocol}`.

use std::collections::HashSet;

use super::member::{Member, PROTOCOLS, parse_port, parse_protocol};
use super::problem::{Fault, Problem};
use super::source::{Position, Source};
use super::tree::{Content, Entry, Node};
use super::value::{did_you_mean, parse_host, parse_name};

const KEYS: [&str; 3] = ["host", "port", "protocol"];

/// Reads all members; the list is complete only if there is no problem.
pub(super) fn read(entries: Vec<Entry>, place: &dyn Fn(Position) -> Source) -> (Vec<Member>, Vec<Problem>) {
    let mut reading = Reading {
        place,
        problems: Vec::new(),
    };
    let mut members: Vec<Member> = Vec::new();
    let mut names: HashSet<String> = HashSet::new();
    for entry in entries {
        let position = entry.position;
        if !names.insert(entry.key.clone()) {
            let fault = Fault::new(format!(
                "the node `{}` is named twice in `cluster`",
                entry.key.escape_debug()
            ));
            reading.complain(
                position,
                fault.suggest("give each node a name of its own, or remove one of the two"),
            );
        } else if let Some(member) = reading.member(entry) {
            members.push(member);
        }
    }
    (members, reading.problems)
}

struct Reading<'a> {
    place: &'a dyn Fn(Position) -> Source,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn member(&mut self, entry: Entry) -> Option<Member> {
        let position = entry.position;
        let key = format!("cluster.{}", entry.key);
        let name = self.take(position, "name", &key, parse_name(&entry.key));
        let entries = match entry.value.content {
            Content::Mapping(entries) => entries,
            Content::Refused => return None,
            other => {
                let fault = Fault::new(format!(
                    "`{key}` must be a mapping of `host` and `port`; found {}",
                    other.shape()
                ));
                self.complain(position, fault.suggest("write `{host: 10.0.0.1, port: 3222}`"));
                return None;
            }
        };
        let [host, port, protocol] = self.parts(&key, entries);
        let host = self.required(position, "host", &key, host, parse_host);
        let port = self.required(position, "port", &key, port, parse_port);
        let protocol = match protocol {
            None => Some(PROTOCOLS[0]),
            given => self.required(position, "protocol", &key, given, parse_protocol),
        };
        Some(Member {
            name: name?,
            host: host?,
            port: port?,
            protocol: protocol?,
            source: Some((self.place)(position)),
        })
    }

    /// The values under the known keys, in their order; everything else is complained about.
    fn parts(&mut self, key: &str, entries: Vec<Entry>) -> [Option<Node>; 3] {
        let mut parts = [None, None, None];
        for entry in entries {
            match KEYS.iter().position(|known| *known == entry.key) {
                Some(index) if parts[index].is_some() => {
                    let fault = Fault::new(format!("`{key}.{}` is given twice", entry.key));
                    self.complain(entry.position, fault.suggest("keep one of the two"));
                }
                Some(index) => parts[index] = Some(entry.value),
                None => {
                    let fault = Fault::new(format!("unknown key `{key}.{}`", entry.key.escape_debug()))
                        .suggest("a node of the cluster has `host`, `port` and optionally `protocol`")
                        .suggest_if_any(did_you_mean(&entry.key, KEYS));
                    self.complain(entry.position, fault);
                }
            }
        }
        parts
    }

    fn required<T>(
        &mut self,
        member: Position,
        part: &str,
        key: &str,
        node: Option<Node>,
        parse: fn(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        let Some(node) = node else {
            let fault = Fault::new(format!("`{key}` has no `{part}`"));
            self.complain(member, fault.suggest("write `{host: 10.0.0.1, port: 3222}`"));
            return None;
        };
        match node.content {
            Content::Scalar(text) => self.take(node.position, part, key, parse(&text)),
            Content::Refused => None,
            other => {
                let fault = Fault::new(format!(
                    "`{key}.{part}` must be a single value; found {}",
                    other.shape()
                ));
                self.complain(node.position, fault);
                None
            }
        }
    }

    fn take<T>(&mut self, position: Position, part: &str, key: &str, result: Result<T, Fault>) -> Option<T> {
        let what = if part == "name" {
            key.to_owned()
        } else {
            format!("{key}.{part}")
        };
        result
            .map_err(|fault| self.complain(position, fault.of(&what)))
            .ok()
    }

    fn complain(&mut self, position: Position, fault: Fault) {
        self.problems.push(fault.at((self.place)(position)));
    }
}
