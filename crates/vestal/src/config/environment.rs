//! Settings from `VESTAL_*` environment variables. A misspelt one is an error, as in the file.

use std::ffi::{OsStr, OsString};

use super::field::Field;
use super::fields::FIELDS;
use super::layer::Layer;
use super::problem::Fault;
use super::source::Source;
use super::value::did_you_mean;

/// What every name begins with.
pub(super) const PREFIX: &str = "VESTAL_";

/// The configuration file, as `-c` gives it.
pub(super) const CONFIG: &str = "VESTAL_CONFIG";

/// The node that the client commands call, as `--node` gives it.
pub const NODE: &str = "VESTAL_NODE";

/// The settings among these variables.
pub(super) fn read(variables: &[(OsString, OsString)]) -> Layer {
    let mut layer = Layer::default();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        if name == CONFIG || name == NODE || is_service_link(name, value) {
            continue;
        }
        let source = Source::Environment(name.to_owned());
        match FIELDS.into_iter().find(|field| field.environment_name() == name) {
            Some(field) => layer.set(field, parse(field, value), source),
            None => layer.complain(unknown_name(name).at(source)),
        }
    }
    layer
}

fn parse(field: &Field, value: &OsStr) -> Result<super::value::Value, Fault> {
    match value.to_str() {
        Some(text) => field.kind.parse(text),
        None => Err(Fault::new("is not UTF-8 text").suggest("give it in UTF-8")),
    }
}

/// Kubernetes tells each pod about each service of its namespace: next to one named `vestal`, every pod finds
/// `VESTAL_PORT=tcp://10.0.0.7:3222`, `VESTAL_SERVICE_HOST`, `VESTAL_PORT_3222_TCP_ADDR` and more. Nobody wrote
/// these for this process, so they are neither settings nor mistakes.
fn is_service_link(name: &str, value: &OsStr) -> bool {
    let rest = &name[PREFIX.len()..];
    let is_url = value
        .to_str()
        .is_some_and(|value| value.starts_with("tcp://") || value.starts_with("udp://"));
    let is_port_link = rest
        .strip_prefix("PORT_")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    rest.starts_with("SERVICE_") || is_port_link || (rest == "PORT" && is_url)
}

fn unknown_name(name: &str) -> Fault {
    let names: Vec<String> = FIELDS
        .into_iter()
        .map(Field::environment_name)
        .chain([CONFIG.into(), NODE.into()])
        .collect();
    Fault::new("no setting has this name")
        .suggest("unset it; `vestal config explain` lists all keys and their names here")
        .suggest_if_any(did_you_mean(name, names.iter().map(String::as_str)))
}
